"""What was measured, as dated JSON files that outlive interrupted runs. Standard library only."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parent
ROOT = HOME.parent
RESULTS = HOME / "results"
FORMAT = 1
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})-([a-z_]+)(?:-(\d+))?\.json")


@dataclass(frozen=True, kw_only=True)
class Check:
    """One number that is held against a bar, or shown beside the others.

    Attributes:
        name: What it is; unique in its row.
        value: The number: a ratio, a difference, a speed, a time.
        unit: Of ``value``: "x", "difference", "M words/s", "s", "MB", "%", "score".
        target: The bar; ``None`` where the number is only shown.
        at_least: Whether ``value`` must be at least ``target``, or at most.
        ours: What ``value`` was made of, ours.
        peer: Likewise, gensim's.
        sides: Unit of ``ours`` and ``peer``.
        each: The single repetitions of ``value``.
    """

    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = True
    ours: float | None = None
    peer: float | None = None
    sides: str = ""
    each: tuple[float, ...] = ()

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; ``None`` where there is none."""
        if self.target is None:
            return None
        if math.isnan(self.value):
            return False
        return self.value >= self.target if self.at_least else self.value <= self.target


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What measuring one row gave.

    Attributes:
        compared: What exactly was compared, in words.
        cache: State of numba's kernel cache: "warm", "cold", "warm and cold", "not used".
        settings: Of the training or the text.
        figures: Everything raw: all repetitions, medians, tokens.
        checks: The numbers that count.
    """

    compared: str
    cache: str
    checks: tuple[Check, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the measurement JSON-able."""
        found = asdict(self)
        found["checks"] = [{**asdict(check), "met": check.met} for check in self.checks]
        return plain(found)


def plain(value: Any) -> Any:
    """Return ``value`` in the types that JSON has; what is no number becomes null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "item"):  # NumPy's numbers
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    part.replace(path)


def read_json(path: Path) -> Any:
    """Return the value in the file; ``None`` where there is no file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def result_files(folder: Path) -> list[Path]:
    """Return the result files of ``folder``, oldest first."""

    def age(path: Path) -> tuple[str, int, str]:
        found = _NAME.fullmatch(path.name)
        assert found is not None
        return found[1], int(found[3] or 1), found[2]

    return sorted((p for p in folder.glob("*.json") if _NAME.fullmatch(p.name)), key=age)


def newest_rows(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the newest record of each row, with its ``environment`` and ``file`` put in."""
    newest: dict[str, dict[str, Any]] = {}
    for path in result_files(folder):
        content = read_json(path)
        for name, record in content["rows"].items():
            found = {**record, "environment": content["environment"], "file": path.name}
            if name not in newest or found["measured_at"] >= newest[name]["measured_at"]:
                newest[name] = found
    return newest


class Store:
    """The result file that a run writes to: one of a group, of one state of sources and machine.

    A run goes on with the newest file of the group when sources, versions and machine are those of
    the file; otherwise it begins a new one, so that no file mixes two states and none is lost.

    Args:
        folder: Of the files.
        group: Of rows.
        environment: State of sources, versions and machine.
        new: Begin a new file in any case: what is measured again must not overwrite.
    """

    def __init__(
        self, folder: Path, group: str, environment: Mapping[str, Any], *, new: bool = False
    ) -> None:
        self._content: dict[str, Any] = {
            "format": FORMAT,
            "group": group,
            "environment": plain(environment),
            "rows": {},
        }
        self._measured: set[str] = set()
        self.path = _free(folder, group)
        mine = [p for p in result_files(folder) if _group(p) == group]
        for path in mine:
            found = read_json(path)
            if not _same(found, self._content):
                continue
            self._measured |= {n for n, row in found["rows"].items() if row["status"] == "ok"}
            if path == mine[-1] and not new:
                self.path, self._content = path, found

    def has(self, row: str) -> bool:
        """Whether the row was measured in this state; a failure doesn't count."""
        return row in self._measured

    def write(self, row: str, record: Mapping[str, Any]) -> None:
        """Take in the record of a row, on disk at once."""
        self._content["rows"][row] = plain(record)
        write_json(self.path, self._content)


def _group(path: Path) -> str:
    found = _NAME.fullmatch(path.name)
    return found[2] if found else ""


def _free(folder: Path, group: str) -> Path:
    today = date.today().isoformat()
    path, number = folder / f"{today}-{group}.json", 1
    while path.exists():
        number += 1
        path = folder / f"{today}-{group}-{number}.json"
    return path


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    keys = ("versions", "machine", "sources")
    if one.get("format") != other["format"]:
        return False
    return all(one["environment"].get(k) == other["environment"].get(k) for k in keys)


def median(values: Iterable[float]) -> float:
    """Return the middle value; not-a-number for none."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def mean(values: Sequence[float]) -> float:
    """Return the mean; not-a-number for none."""
    return sum(values) / len(values) if values else math.nan


def deviation(values: Sequence[float]) -> float:
    """Return the sample standard deviation; not-a-number for fewer than two values."""
    if len(values) < 2:
        return math.nan
    middle = mean(values)
    return math.sqrt(sum((value - middle) ** 2 for value in values) / (len(values) - 1))
