"""Reverse validation: how well an adaptation works, told without a label of the target.

A classifier is adapted from source to target and names the target's classes. From these names and
the source without its labels the same method is adapted back. If what it learnt about the target is
right, the way back leads to the source's own labels, which are known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import _safe_indexing  # pyright: ignore[reportPrivateUsage]

from ...embeddings.errors import ConfigurationError, LabelledDataError
from .data import class_numbers, copy_of, needed_target
from .pipeline import AdaptedClassifier

FOLDS = 3
"""All rows of the source are held out once, however many folds there are; more cost more."""


@dataclass(frozen=True)
class ReverseScore:
    """What the way there and back kept of the source's labels.

    Attributes:
        name: Of the method.
        score: Accuracy of the way back on held-out rows of the source, mean of the folds.
        each: Of each fold.
        source: Accuracy of the way there on the same rows: what is usual to look at, and blind to
            whether anything reached the target.
        shares: By class in order, its share among the answers for the target, mean of the folds.
    """

    name: str
    score: float
    each: tuple[float, ...]
    source: float
    shares: tuple[float, ...]

    @property
    def deviation(self) -> float:
        """Standard deviation over the folds."""
        return float(np.std(self.each, ddof=1)) if len(self.each) > 1 else float("nan")


def reverse_validation(
    model: Any,
    X: Any,
    y: Any,
    Xt: Any,
    *,
    name: str = "",
    folds: int = FOLDS,
    seed: int = 0,
    progress: Callable[[], None] | None = None,
) -> ReverseScore:
    """Score a way of adapting by reverse validation.

    Steps of an :class:`.AdaptedClassifier` that use no labels and treat both
    domains alike are fitted once, on all rows; what is held out are labels.

    Where the way there gives all of the target one class, nothing can be learnt on the way back:
    its score is the share of that class.

    Args:
        model: Unfitted, with ``fit(X, y, Xt)``; left as it is.
        X: N rows of the source, or texts.
        y: N classes.
        Xt: M rows of the target.
        name: Of the method, for the record.
        folds: In how many parts the source is held out in turn.
        seed: Of the parts.
        progress: Called after each fold.

    Raises:
        ConfigurationError: ``folds`` is below 2.
        LabelledDataError: A class has fewer rows than there are folds.

    Source: Bruzzone & Marconcini 2010 (IEEE TPAMI 32), section 4; Ganin et al. 2016,
        arXiv:1505.07818, section 5.1.2.
    """
    if not isinstance(folds, int) or folds < 2:
        raise ConfigurationError(f"folds: expected a whole number from 2, found {folds!r}")
    count = X.shape[0] if hasattr(X, "shape") else len(X)
    classes, numbers = class_numbers(y, rows=count)
    met = np.bincount(numbers)
    if met.min() < folds:
        raise LabelledDataError(
            f"reverse validation in {folds} folds needs as many rows of every class, found "
            f"{met.min()} of {str(classes[met.argmin()])!r}: lower folds, or leave that class out"
        )
    rows, rest = _prepared(model, X, needed_target(Xt))
    each: list[float] = []
    there: list[float] = []
    shares: list[np.ndarray] = []
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed)
    for learn, held in parts.split(np.zeros(count), numbers):
        known, asked = _safe_indexing(rows[0], learn), _safe_indexing(rows[0], held)
        forward = copy_of(rest).fit(known, numbers[learn], rows[1])
        guessed = np.asarray(forward.predict(rows[1]))
        there.append(float((_of_source(forward, asked) == numbers[held]).mean()))
        shares.append(np.bincount(guessed, minlength=len(classes)) / len(guessed))
        if len(np.unique(guessed)) < 2:
            each.append(float((numbers[held] == guessed[0]).mean()))
        else:
            back = copy_of(rest).fit(rows[1], guessed, known)
            each.append(float((back.predict(asked) == numbers[held]).mean()))
        if progress is not None:
            progress()
    return ReverseScore(
        name=name,
        score=float(np.mean(each)),
        each=tuple(each),
        source=float(np.mean(there)),
        shares=tuple(np.mean(shares, axis=0).tolist()),
    )


def reverse_scores(
    candidates: Mapping[str, Any],
    X: Any,
    y: Any,
    Xt: Any,
    *,
    folds: int = FOLDS,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[ReverseScore, ...]:
    """Score several ways of adapting on the same folds.

    Args:
        candidates: Name -> unfitted model, as :func:`reverse_validation` takes it.
        X: Rows of the source, or texts.
        y: Their classes.
        Xt: Rows of the target.
        folds: As there.
        seed: As there.
        progress: Called with folds done and folds in all.

    Returns:
        In the order of the candidates.
    """
    if not candidates:
        raise ConfigurationError("candidates: expected at least one way of adapting, found none")
    total, done = len(candidates) * folds, 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    return tuple(
        reverse_validation(model, X, y, Xt, name=name, folds=folds, seed=seed, progress=step)
        for name, model in candidates.items()
    )


def _prepared(model: Any, X: Any, Xt: Any) -> tuple[Any, Any]:
    """Return rows of both domains, and what is to be fitted on them in every fold."""
    if isinstance(model, AdaptedClassifier):
        return model.prepared(X, Xt)
    return (X, Xt), model


def _of_source(model: Any, rows: Any) -> np.ndarray:
    if isinstance(model, AdaptedClassifier):
        return model.predict(rows, domain="source")
    return model.predict(rows)
