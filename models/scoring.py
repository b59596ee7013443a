"""What a classifier is worth in numbers: how often right, how sure of it, where it went wrong."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import binomtest, rankdata
from sklearn.metrics import (
    confusion_matrix,
    precision_recall_fscore_support,
    roc_auc_score,
    roc_curve,
)

from ..embeddings.errors import ConfigurationError, LabelledDataError
from .scores import (
    Calibration,
    ClassificationScores,
    ClassScore,
    Interval,
    MultilabelScores,
    RatingScores,
    ReliabilityBin,
    Roc,
    Wrong,
)

__all__ = ["score_classes", "score_multilabel", "score_ratings", "wilson"]

CURVE_POINTS = 200
"""Points a ROC curve is thinned to; its area is that of the whole curve."""
_TINY = 1e-12


def score_classes(
    truth: Sequence[object] | np.ndarray,
    probabilities: np.ndarray,
    classes: Sequence[object] | np.ndarray,
    *,
    texts: Sequence[str | Sequence[str]] | None = None,
    most_wrong: int = 10,
    bins: int = 15,
    confidence: float = 0.95,
) -> ClassificationScores:
    """Score probabilities of classes that exclude each other.

    Args:
        truth: N true classes, each one of ``classes``.
        probabilities: float[N, C], rows sum to 1.
        classes: The C classes, as the columns of ``probabilities`` have them.
        texts: The N texts, to show where the model was wrong.
        most_wrong: Mistakes to show.
        bins: Bins of confidence.
        confidence: Of the interval of the accuracy.

    Raises:
        ConfigurationError: Lengths disagree, or probabilities are none.
        LabelledDataError: A true class isn't among ``classes``.
    """
    chances = _probabilities(probabilities, len(truth), len(classes), texts)
    if (off := np.flatnonzero(np.abs(chances.sum(axis=1) - 1) > 1e-3)).size:
        raise ConfigurationError(
            f"probabilities: expected rows that sum to 1, found {chances[off[0]].sum():.4f} in row "
            f"{off[0] + 1} (and {off.size - 1:,} more)"
        )
    names = [str(name) for name in np.asarray(classes).tolist()]
    places = _places(truth, names)
    predicted = chances.argmax(axis=1)
    sure = chances[np.arange(len(places)), predicted]
    hit = predicted == places
    right = int(hit.sum())
    per_class = _class_scores(places, predicted, names)
    shown = [score.f1 for score in per_class if score.texts or score.predicted]
    table = confusion_matrix(places, predicted, labels=np.arange(len(names)))
    curves = [1] if len(names) == 2 else range(len(names))
    missed = np.flatnonzero(~hit)
    worst = missed[np.argsort(-sure[missed], kind="stable")][:most_wrong]
    return ClassificationScores(
        texts=len(places),
        right=right,
        accuracy=wilson(right, len(places), confidence=confidence),
        most_frequent=float(np.bincount(places).max() / len(places)),
        f1_macro=float(np.mean(shown)),
        classes=per_class,
        confusion=tuple(tuple(int(n) for n in row) for row in table),
        roc=_curves(curves, names, [places == c for c in range(len(names))], chances),
        calibration=_calibration(chances, places, sure, hit, bins),
        most_wrong=tuple(
            Wrong(int(i), names[places[i]], names[predicted[i]], float(sure[i]), _start(texts, i))
            for i in worst
        ),
    )


def score_multilabel(
    truth: np.ndarray,
    probabilities: np.ndarray,
    classes: Sequence[object] | np.ndarray,
    *,
    threshold: float = 0.5,
    confidence: float = 0.95,
) -> MultilabelScores:
    """Score probabilities of labels that may stand together.

    Args:
        truth: 0 and 1, [N, C].
        probabilities: float[N, C], each from 0 to 1.
        classes: Names of the C labels.
        threshold: Probability from which a label counts as predicted.
        confidence: Of the interval of the exact matches.

    Raises:
        ConfigurationError: Shapes disagree, or probabilities are none.
    """
    chances = _probabilities(probabilities, len(truth), len(classes), None)
    real = np.asarray(truth).astype(bool)
    if real.shape != chances.shape:
        raise ConfigurationError(
            f"truth: expected the shape of the probabilities {chances.shape}, found {real.shape}"
        )
    called = chances >= threshold
    names = [str(name) for name in np.asarray(classes).tolist()]
    precision, recall, f1, support = _measured(real, called)
    exact = int((real == called).all(axis=1).sum())
    return MultilabelScores(
        texts=len(real),
        exact=wilson(exact, len(real), confidence=confidence),
        f1_micro=_micro(real, called),
        f1_macro=float(f1.mean()),
        threshold=threshold,
        classes=tuple(
            ClassScore(
                names[c],
                float(precision[c]),
                float(recall[c]),
                float(f1[c]),
                int(support[c]),
                int(called[:, c].sum()),
            )
            for c in range(len(names))
        ),
        roc=_curves(range(len(names)), names, list(real.T), chances),
    )


def score_ratings(
    truth: Sequence[float] | np.ndarray,
    predicted: Sequence[float] | np.ndarray,
    *,
    texts: Sequence[str | Sequence[str]] | None = None,
    most_wrong: int = 10,
) -> RatingScores:
    """Score predicted numbers.

    Raises:
        ConfigurationError: Lengths disagree, there are none, or one isn't finite.
    """
    real = np.asarray(truth, dtype=np.float64)
    guess = np.asarray(predicted, dtype=np.float64)
    if real.shape != guess.shape or real.ndim != 1 or not real.size:
        raise ConfigurationError(
            f"ratings: expected as many predictions as true ratings, at least one, found "
            f"{guess.shape} for {real.shape}"
        )
    if not (np.isfinite(real).all() and np.isfinite(guess).all()):
        raise ConfigurationError("ratings: expected finite numbers, found nan or inf")
    distance = np.abs(real - guess)
    spread = float(((real - real.mean()) ** 2).sum())
    worst = np.argsort(-distance, kind="stable")[:most_wrong]
    return RatingScores(
        texts=len(real),
        mae=float(distance.mean()),
        rmse=float(np.sqrt((distance**2).mean())),
        r2=1 - float((distance**2).sum()) / spread if spread else math.nan,
        spearman=_spearman(real, guess),
        median_mae=float(np.abs(real - np.median(real)).mean()),
        most_wrong=tuple(
            Wrong(int(i), f"{real[i]:g}", f"{guess[i]:.2f}", float(distance[i]), _start(texts, i))
            for i in worst
            if distance[i] > 0
        ),
    )


def wilson(right: int, asked: int, *, confidence: float = 0.95) -> Interval:
    """Return the share of right answers with its interval.

    Wilson's interval stays inside 0 and 1 and holds near them, where the usual one fails.

    Source: Wilson 1927, J. Am. Stat. Assoc. 22:209, through ``scipy.stats``.
    """
    found = binomtest(right, asked).proportion_ci(confidence_level=confidence, method="wilson")
    return Interval(right / asked, float(found.low), float(found.high), confidence)


def _probabilities(
    given: np.ndarray, texts: int, classes: int, shown: Sequence[object] | None
) -> np.ndarray:
    chances = np.asarray(given, dtype=np.float64)
    problems: list[str] = []
    if chances.shape != (texts, classes) or not texts:
        problems.append(
            f"probabilities: expected a row for each of at least one text and a column for each "
            f"class, ({texts:,}, {classes:,}), found {chances.shape}"
        )
    elif not ((chances >= -1e-6) & (chances <= 1 + 1e-6)).all():
        problems.append("probabilities: expected numbers from 0 to 1, found others")
    if shown is not None and len(shown) != texts:
        problems.append(f"texts: expected {texts:,}, one per row, found {len(shown):,}")
    if problems:
        raise ConfigurationError(*problems)
    return chances


def _places(truth: Sequence[object] | np.ndarray, names: Sequence[str]) -> np.ndarray:
    place = {name: i for i, name in enumerate(names)}
    told = [str(name) for name in np.asarray(truth).tolist()]
    unseen = [i for i, name in enumerate(told) if name not in place]
    if unseen:
        raise LabelledDataError(
            f"truth: expected classes the model knows ({', '.join(map(repr, names[:8]))}), found "
            f"{told[unseen[0]]!r} at place {unseen[0] + 1:,} and {len(unseen) - 1:,} more such. A "
            "model can't predict what it never saw"
        )
    return np.array([place[name] for name in told], dtype=np.int64)


def _class_scores(
    places: np.ndarray, predicted: np.ndarray, names: Sequence[str]
) -> tuple[ClassScore, ...]:
    precision, recall, f1, support = _measured(places, predicted, labels=np.arange(len(names)))
    called = np.bincount(predicted, minlength=len(names))
    return tuple(
        ClassScore(
            name,
            float(precision[c]),
            float(recall[c]),
            float(f1[c]),
            int(support[c]),
            int(called[c]),
        )
        for c, name in enumerate(names)
    )


def _measured(
    truth: np.ndarray, called: np.ndarray, *, labels: np.ndarray | None = None
) -> list[np.ndarray]:
    """Return precision, recall, F1 and number of true ones, each [C]; 0 where nothing counts."""
    nothing: Any = 0  # its stub knows "warn" alone
    found = precision_recall_fscore_support(
        truth, called, average=None, zero_division=nothing, labels=labels
    )
    return [np.asarray(column) for column in found]


def _micro(truth: np.ndarray, called: np.ndarray) -> float:
    """Return F1 over all decisions together; 0 where nothing is so or called so."""
    decisions = int(truth.sum()) + int(called.sum())
    return 2 * int((truth & called).sum()) / decisions if decisions else 0.0


def _curves(
    chosen: Sequence[int] | range,
    names: Sequence[str],
    truths: Sequence[np.ndarray],
    chances: np.ndarray,
) -> tuple[Roc, ...]:
    curves: list[Roc] = []
    for c in chosen:
        truth = truths[c]
        if truth.all() or not truth.any():
            continue  # a curve needs both kinds of texts
        alarms, found, _ = roc_curve(truth, chances[:, c])
        keep = np.unique(np.linspace(0, len(alarms) - 1, CURVE_POINTS).round().astype(np.int64))
        curves.append(
            Roc(
                names[c],
                float(roc_auc_score(truth, chances[:, c])),
                tuple(float(x) for x in alarms[keep]),
                tuple(float(y) for y in found[keep]),
            )
        )
    return tuple(curves)


def _calibration(
    chances: np.ndarray, places: np.ndarray, sure: np.ndarray, hit: np.ndarray, bins: int
) -> Calibration:
    # A bin is open below and closed above, so that a confidence of 1 is in the last one.
    which = np.clip(np.ceil(sure * bins).astype(np.int64) - 1, 0, bins - 1)
    found: list[ReliabilityBin] = []
    ece = 0.0
    for b in range(bins):
        inside = which == b
        count = int(inside.sum())
        if count:
            mean, share = float(sure[inside].mean()), float(hit[inside].mean())
            found.append(ReliabilityBin(b / bins, (b + 1) / bins, count, mean, share))
            ece += count / len(sure) * abs(mean - share)
    true = chances[np.arange(len(places)), places]
    brier = (chances**2).sum(axis=1) - 2 * true + 1
    return Calibration(
        ece=ece,
        bins=tuple(found),
        log_loss=float(-np.log(np.maximum(true, _TINY)).mean()),
        brier=float(brier.mean()),
    )


def _spearman(real: np.ndarray, guess: np.ndarray) -> float:
    if np.ptp(real) == 0 or np.ptp(guess) == 0:
        return math.nan
    return float(np.corrcoef(rankdata(real), rankdata(guess))[0, 1])


def _start(texts: Sequence[str | Sequence[str]] | None, place: int | np.integer) -> str | None:
    if texts is None:
        return None
    text = texts[int(place)]
    words = text.split() if isinstance(text, str) else list(text)
    return " ".join(words)[:600]
