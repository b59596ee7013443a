"""How well classes never seen are recognised beside those seen, and what to take off the latter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from ...embeddings.errors import LabelledDataError
from .attributes import SignatureClassifier, few


@dataclass(frozen=True)
class GeneralisedScores:
    """How well a classifier does where an example may be of any class.

    Attributes:
        seen: Mean over seen classes of the share of their examples that were recognised.
        unseen: The same over unseen classes.
        harmonic: ``2 seen unseen / (seen + unseen)``: low where either is.
    """

    seen: float
    unseen: float
    harmonic: float


def generalised_scores(model: SignatureClassifier, X: Any, y: Any) -> GeneralisedScores:
    """Score examples of seen and unseen classes, each class counting the same.

    Args:
        model: Fitted.
        X: float[N, D].
        y: N classes with signatures, seen and unseen.

    Raises:
        LabelledDataError: A class has no signature, or only seen or only unseen ones are there.

    Source: Xian, Schiele and Akata 2017 (CVPR), section 4.
    """
    check_is_fitted(model)
    scores = model.class_scores(X)
    return _generalised(scores, model, np.asarray(y))


def scores_of_answers(answers: Any, y: Any, *, seen: Collection[Any]) -> GeneralisedScores:
    """Score answers of whatever classifier, each class counting the same.

    Args:
        answers: N classes.
        y: N classes that are right.
        seen: Classes that had examples; the others of ``y`` are unseen.

    Raises:
        LabelledDataError: ``y`` has only seen or only unseen classes.

    Source: As :func:`generalised_scores`.
    """
    truth = np.asarray(y)
    right = np.asarray(answers) == truth
    each = {name: float(right[truth == name].mean()) for name in np.unique(truth).tolist()}
    known = [share for name, share in each.items() if name in seen]
    new = [share for name, share in each.items() if name not in seen]
    if not known or not new:
        raise LabelledDataError(
            f"expected examples of seen and unseen classes, found {len(known)} of the former and "
            f"{len(new)} of the latter"
        )
    a, b = float(np.mean(known)), float(np.mean(new))
    return GeneralisedScores(a, b, 2 * a * b / (a + b) if a + b else 0.0)


def choose_penalty(
    model: SignatureClassifier,
    X: Any,
    y: Any,
    *,
    candidates: Sequence[float] = tuple(np.round(np.linspace(0.0, 2.0, 41), 3).tolist()),
    folds: int = 3,
    seed: int = 0,
) -> float:
    """Return the ``seen_penalty`` that does best where some of the seen classes play unseen.

    Classes are divided into folds. Each fold is left out of training once; a half of the others'
    examples is kept from it too, so that both kinds are scored on examples never learnt from. No
    example of a class that is really unseen is needed. Of few classes it is a rough guess.

    Args:
        model: What to choose for; not changed.
        X: float[N, D], examples of seen classes.
        y: N classes.
        candidates: In parts of the standard deviation of the scores; the penalty returned is in
            their unit.
        folds: Of the classes.
        seed: Of the division.

    Raises:
        LabelledDataError: There are too few classes, three or as many as folds at least, or a class
            has one example.
    """
    table, labels = np.asarray(X), np.asarray(y)
    rng = np.random.default_rng(seed)
    classes = rng.permutation(np.unique(labels))
    least = max(folds, 3 if folds > 2 else 4)  # two classes are left to learn from
    if folds < 2 or len(classes) < least:
        raise LabelledDataError(
            f"expected {least} classes or more for {folds} folds, found {len(classes)}"
        )
    totals = np.zeros(len(candidates))
    spreads: list[float] = []
    for held in np.array_split(classes, folds):
        away = np.isin(labels, held)
        kept = _half_of_each(labels, away, rng)
        if len(np.unique(labels[~away & ~kept])) < 2 or not (~away & kept).any():
            raise LabelledDataError("expected two examples or more of each class")
        rival: Any = clone(model)
        rival.seen_penalty = 0.0
        rival.signatures = {name: model.signatures[name] for name in classes.tolist()}
        rival.fit(table[~away & ~kept], labels[~away & ~kept])
        some = away | kept
        scores = rival.class_scores(table[some])
        spread = float(scores.std())
        spreads.append(spread)
        for number, candidate in enumerate(candidates):
            moved = scores - candidate * spread * rival.seen_
            totals[number] += _generalised(moved, rival, labels[some]).harmonic
    return float(candidates[int(totals.argmax())] * np.mean(spreads))


def _half_of_each(
    labels: NDArray[Any], away: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.bool_]:
    kept = np.zeros(len(labels), bool)
    for name in np.unique(labels[~away]):
        own = rng.permutation(np.flatnonzero(labels == name))
        kept[own[: len(own) // 2]] = True
    return kept


def _generalised(
    scores: NDArray[np.float64], model: SignatureClassifier, y: NDArray[Any]
) -> GeneralisedScores:
    place = {name: number for number, name in enumerate(model.classes_.tolist())}
    lacking = [name for name in np.unique(y).tolist() if name not in place]
    if lacking:
        raise LabelledDataError(f"expected classes with a signature, found {few(lacking)}")
    numbers = np.array([place[name] for name in y.tolist()])
    seen = np.flatnonzero(model.seen_).tolist()
    return scores_of_answers(scores.argmax(axis=1), numbers, seen=seen)
