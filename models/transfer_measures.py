"""What can be told about a transfer before it is tried: numbers from features, words and labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from ..embeddings.errors import LabelledDataError
from .threads import blas_for

MOST_ROWS = 2000
"""Rows of each side that domains are told apart by, at most."""


class Evidence:
    """LogME: how well features explain labels, without training.

    The evidence of a Bayesian linear model of each class against the rest, at the precisions of
    prior and noise that make it greatest, per row; mean over the classes. Comparable between
    features of the same labelled rows; higher is better. The features are taken apart once, so that
    asking with other labels costs nothing.

    Args:
        features: float32[N, W], N at least 2.

    Raises:
        LabelledDataError: Fewer than two rows.

    Source: You et al. 2021, arXiv:2102.11005, algorithm 1, with the fixed-point iteration on
        singular values of You et al. 2022, arXiv:2110.10545.
    """

    def __init__(self, features: NDArray[np.float32]) -> None:
        rows = np.asarray(features, np.float64)
        if len(rows) < 2:
            raise LabelledDataError(f"LogME needs two rows at least, found {len(rows)}")
        self._shape = rows.shape
        with blas_for(rows.size):
            self._left, sizes, _ = np.linalg.svd(rows, full_matrices=False)
        self._squares = sizes**2

    def of(self, classes: NDArray[np.int64]) -> float:
        """Return the LogME of labels.

        Args:
            classes: int64[N], classes from 0.

        Raises:
            LabelledDataError: They are of one class.
        """
        names = np.unique(classes)
        if len(names) < 2 or len(classes) != self._shape[0]:
            raise LabelledDataError(
                f"LogME needs {self._shape[0]:,} labels of two classes at least, found "
                f"{len(classes):,} of {len(names)}"
            )
        targets = ((classes == name).astype(np.float64) for name in names)
        found = [
            _evidence(self._left.T @ one, self._squares, float(one @ one), self._shape)
            for one in targets
        ]
        return float(np.mean(found))


def _evidence(
    inner: NDArray[np.float64], squares: NDArray[np.float64], total: float, shape: tuple[int, ...]
) -> float:
    """Return the greatest evidence of one target, divided by the rows.

    Args:
        inner: float64[r], the target along the left singular vectors.
        squares: float64[r], squared singular values.
        total: Squared length of the target.
        shape: (N, W).
    """
    count, width = shape
    alpha, beta = 1.0, 1.0
    outside = max(total - float(inner @ inner), 0.0)  # of the target, what no feature reaches
    length = residue = 0.0
    for _ in range(100):
        ratio = alpha / beta
        kept = squares / (squares + ratio)
        length = float((squares * (inner / (squares + ratio)) ** 2).sum())
        residue = float((((1 - kept) * inner) ** 2).sum()) + outside
        gamma = float(kept.sum())
        before = ratio
        alpha = gamma / max(length, 1e-12)
        beta = (count - gamma) / max(residue, 1e-12)
        if abs(alpha / beta - before) <= 1e-3 * before:
            break
    ratio = alpha / beta
    length = float((squares * (inner / (squares + ratio)) ** 2).sum())
    residue = float(((ratio / (squares + ratio) * inner) ** 2).sum()) + outside
    determinant = float(np.log(alpha + beta * squares).sum()) + (width - len(squares)) * np.log(
        alpha
    )
    evidence = (
        width * np.log(alpha) + count * np.log(beta) - count * np.log(2 * np.pi)
        - beta * residue - alpha * length - determinant
    ) / 2  # fmt: skip
    return float(evidence / count)


def proxy_distance(
    rows: NDArray[np.float32], others: NDArray[np.float32], *, seed: int = 0
) -> float:
    """Return the proxy A-distance of two domains: 0 where none can tell them apart, to 2.

    ``2 (1 - 2 e)``, with the error ``e`` of a logistic regression that was shown which rows are of
    which domain, on rows held out (5 folds), as many rows of either side.

    Args:
        rows: float32[N, W], features of the one.
        others: float32[M, W], of the other.
        seed: Of the rows taken where there are more than :data:`MOST_ROWS`, and of the folds.

    Raises:
        LabelledDataError: One has fewer than 10 rows.

    Source: Ben-David et al. 2007 (NIPS), section 5; Blitzer et al. 2007 (ACL), section 5.
    """
    count = min(len(rows), len(others), MOST_ROWS)
    if count < 10:
        raise LabelledDataError(
            f"the distance of two domains needs 10 texts of each, found {len(rows):,} and "
            f"{len(others):,}"
        )
    rng = np.random.default_rng(seed)
    both = np.concatenate([part[rng.permutation(len(part))[:count]] for part in (rows, others)])
    both = (both - both.mean(0)) / np.maximum(both.std(0), 1e-9) / np.sqrt(both.shape[1])
    side = np.repeat([0, 1], count)
    told = _guesses(both, side, seed)
    error = min(float((told != side).mean()), 0.5)
    return 2.0 * (1.0 - 2.0 * error)


def guessed_right(
    features: Any, classes: NDArray[np.int64], *, strength: float, folds: int = 5, seed: int = 0
) -> float:
    """Return the accuracy of a logistic regression on rows it wasn't shown, in folds.

    Args:
        features: [N, W], dense (they are scaled as by :func:`.fit_head`) or sparse (as they are).
        classes: int64[N].
        strength: ``C``.
        folds: In how many parts rows are held out in turn; fewer where a class has fewer rows.
        seed: Of the parts.

    Returns:
        0 to 1; ``nan`` where a class has a single row.
    """
    rows: Any = features
    if isinstance(features, np.ndarray):
        rows = (features - features.mean(0)) / np.maximum(features.std(0), 1e-9)
        rows = rows / np.float32(np.sqrt(features.shape[1]))
    parts = min(folds, int(np.bincount(classes)[np.unique(classes)].min()))
    if parts < 2:
        return float("nan")
    return float((_guesses(rows, classes, seed, strength, parts) == classes).mean())


def _guesses(
    rows: Any, classes: NDArray[np.int64], seed: int, strength: float = 30.0, parts: int = 5
) -> NDArray[np.int64]:
    model = LogisticRegression(C=strength, max_iter=100, tol=1e-3)
    split = StratifiedKFold(parts, shuffle=True, random_state=seed)
    with blas_for(rows.shape[0] * rows.shape[1]):
        return np.asarray(cross_val_predict(model, rows, classes, cv=split))


@dataclass(frozen=True)
class WordOverlap:
    """How much the words of some texts are those of a vocabulary.

    Attributes:
        tokens: Words in the texts.
        types: Different ones.
        covered_tokens: Share of the words that are in the vocabulary.
        covered_types: Share of the different words that are.
        likeness: Shared mass of the two distributions of words, divided by what a sample of the
            vocabulary's own corpus of that size would share with it: about 1 for texts of the same
            kind, less the more other words are used, or the same ones otherwise often. ``nan``
            where the vocabulary has no counts.
    """

    tokens: int
    types: int
    covered_tokens: float
    covered_types: float
    likeness: float


def word_overlap(
    counts: Mapping[str, int], known: Mapping[str, int] | Any, *, seed: int = 0
) -> WordOverlap:
    """Compare the words of texts with a vocabulary.

    Args:
        counts: Words of the texts; at least one.
        known: Word -> count in the vocabulary's corpus; or anything that says what words it has,
            where counts aren't known.
        seed: Of the sample.

    Raises:
        LabelledDataError: The texts have no words.
    """
    total = sum(counts.values())
    if not total:
        raise LabelledDataError("expected texts with words, found none")
    there = {word: count for word, count in counts.items() if word in known}
    likeness = float("nan")
    if isinstance(known, Mapping) and known:
        numbers = np.fromiter(known.values(), np.float64, len(known))
        corpus = numbers / numbers.sum()
        own = np.array([counts.get(word, 0) for word in known], np.float64) / total
        sample = np.random.default_rng(seed).multinomial(total, corpus) / total
        shared, expected = np.minimum(own, corpus).sum(), np.minimum(sample, corpus).sum()
        likeness = float(shared / expected)
    return WordOverlap(
        tokens=total,
        types=len(counts),
        covered_tokens=sum(there.values()) / total,
        covered_types=len(there) / len(counts),
        likeness=likeness,
    )
