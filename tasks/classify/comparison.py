"""What a comparison finds: its rows in a file that outlives an interruption, and what they say."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from ...embeddings.atomic import atomic_writer
from ...embeddings.errors import CheckpointError
from .draws import Size

FORMAT = 1
BASELINE = "scratch"
"""The method that the others are compared with: what there is without pretrained vectors."""


@dataclass(frozen=True)
class Row:
    """One model trained and tested.

    Attributes:
        method: "scratch", "frozen", "tuned", "staged" or "tfidf".
        size: Labels asked for.
        seed: Of the draw and of the training.
        labels: Labels trained on.
        accuracy: On the test texts.
        f1_macro: Likewise.
        fit_seconds: Time of ``fit``.
        predict_seconds: Time for predicting all test texts.
        epochs: Passes over the labels; 0 where the method has none.
    """

    method: str
    size: Size
    seed: int
    labels: int
    accuracy: float
    f1_macro: float
    fit_seconds: float
    predict_seconds: float
    epochs: int


@dataclass(frozen=True)
class Point:
    """One method with one number of labels, over its seeds.

    Attributes:
        method: The method.
        size: Labels asked for.
        labels: Labels trained on, on average.
        accuracy: Mean over the seeds.
        sd: Standard deviation over the seeds; ``nan`` for a single one.
        seeds: How many.
        fit_seconds: Mean time of ``fit``.
        predict_seconds: Mean time for predicting all test texts.
    """

    method: str
    size: Size
    labels: float
    accuracy: float
    sd: float
    seeds: int
    fit_seconds: float
    predict_seconds: float


@dataclass(frozen=True)
class Claim:
    """How few labels, and how little time, a method needs for what the baseline gets from most.

    Attributes:
        method: The method.
        goal: Mean accuracy of the baseline with the most labels.
        goal_labels: Those labels,
        goal_seconds: and the baseline's time of training on them.
        labels: Fewest labels with which the method reaches the goal; ``None`` if with none tried.
        accuracy: What it reaches with them, or at best.
        seconds: Its time of training on them; ``None`` where it doesn't reach the goal.
    """

    method: str
    goal: float
    goal_labels: float
    goal_seconds: float
    labels: float | None
    accuracy: float
    seconds: float | None

    def __str__(self) -> str:
        if self.labels is None or self.seconds is None:
            return (
                f"{self.method} doesn't reach the {self.goal:.2%} of {BASELINE} with "
                f"{self.goal_labels:,.0f} labels: {self.accuracy:.2%} at best"
            )
        return (
            f"{self.method} reaches {self.accuracy:.2%} with {self.labels:,.0f} labels in "
            f"{self.seconds:,.1f} s; {BASELINE} needs {self.goal_labels:,.0f} labels and "
            f"{self.goal_seconds:,.1f} s for {self.goal:.2%}"
        )


@dataclass(frozen=True)
class Comparison:
    """Everything a comparison found.

    Attributes:
        about: What was compared: names, settings, and fingerprints of data and vectors.
        rows: One per model trained, in the order trained.
    """

    about: Mapping[str, Any]
    rows: tuple[Row, ...]

    def points(self) -> list[Point]:
        """Return rows of one method and size as one, in the order methods and sizes were tried."""
        methods = list(dict.fromkeys(row.method for row in self.rows))
        by_labels = sorted(self.rows, key=lambda row: row.labels)
        sizes: list[Size] = list(dict.fromkeys(row.size for row in by_labels))
        found: list[Point] = []
        for method in methods:
            for size in sizes:
                rows = [row for row in self.rows if (row.method, row.size) == (method, size)]
                if rows:
                    found.append(_point(method, size, rows))
        return found

    def claims(self) -> list[Claim]:
        """Return for each other method what it needs to do as well as the baseline at its best."""
        points = self.points()
        own = [point for point in points if point.method == BASELINE]
        if not own:
            return []
        goal = own[-1]
        claims: list[Claim] = []
        for method in dict.fromkeys(point.method for point in points):
            if method == BASELINE:
                continue
            tried = [point for point in points if point.method == method]
            reached = next((p for p in tried if p.accuracy >= goal.accuracy), None)
            best = reached or max(tried, key=lambda point: point.accuracy)
            claims.append(
                Claim(
                    method,
                    goal.accuracy,
                    goal.labels,
                    goal.fit_seconds,
                    reached.labels if reached else None,
                    best.accuracy,
                    reached.fit_seconds if reached else None,
                )
            )
        return claims

    def done(self) -> set[tuple[str, Size, int]]:
        """Return which models there are: method, size, seed."""
        return {(row.method, row.size, row.seed) for row in self.rows}

    def to_json(self) -> dict[str, Any]:
        """Return everything in the types JSON has; what can't be said is ``None``."""
        points = [_plain(asdict(point)) for point in self.points()]
        return {
            "format": FORMAT,
            "about": dict(self.about),
            "rows": [asdict(row) for row in self.rows],
            "points": points,
            "claims": [asdict(claim) for claim in self.claims()],
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything as JSON, whole or not at all."""
        with atomic_writer(path) as file:
            file.write(json.dumps(self.to_json(), indent=1, allow_nan=False).encode())


def load_comparison(path: str | os.PathLike[str]) -> Comparison:
    """Read what :meth:`Comparison.save` wrote.

    Raises:
        CheckpointError: The file is damaged, newer, or something else.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise CheckpointError(
                f"{path}: expected rows of a comparison in format {FORMAT}, found "
                f"{content['format']!r}: another version of wordgraft wrote it"
            )
        names = [one.name for one in fields(Row)]
        rows = tuple(Row(**{name: row[name] for name in names}) for row in content["rows"])
        return Comparison(dict(content["about"]), rows)
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(
            f"{path}: expected rows of a comparison, found something else ({error!r:.80}). Remove "
            "the file, or name another output"
        ) from error


def check_same(found: Comparison, about: Mapping[str, Any], path: Path) -> None:
    """Raise unless rows of a file and those to come can stand side by side."""
    differing = [
        f"{name} (there {found.about.get(name)!r:.60}, now {value!r:.60})"
        for name, value in about.items()
        if found.about.get(name) != value
    ]
    if differing:
        raise CheckpointError(
            f"{path}: holds rows of another comparison: it differs in {'; '.join(differing)}. Give "
            "the same arguments, remove the file, or name another output"
        )


def _point(method: str, size: Size, rows: Sequence[Row]) -> Point:
    def mean(name: str) -> float:
        return float(np.mean([getattr(row, name) for row in rows]))

    spread = [row.accuracy for row in rows]
    return Point(
        method,
        size,
        mean("labels"),
        mean("accuracy"),
        float(np.std(spread, ddof=1)) if len(rows) > 1 else math.nan,
        len(rows),
        mean("fit_seconds"),
        mean("predict_seconds"),
    )


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in values.items()
    }
