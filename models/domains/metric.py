"""A metric in which rows of one class are near each other whatever their domain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import OneToOneFeatureMixin

from ...embeddings.errors import ConfigurationError, DomainError
from .data import (
    Domain,
    DomainTransformer,
    class_numbers,
    dense,
    real,
    rows_of,
    target_of,
    whole,
)
from .pipeline import default_classifier
from .self_training import balanced_guesses

MOST_WIDTH = 2000
"""Columns, at most: every pair costs their square."""


class DomainMetric(OneToOneFeatureMixin, DomainTransformer):
    """Turn and stretch the space until pairs across the domains are near if of one class, else far.

    Learns a Mahalanobis metric from pairs of a row of the source and one of the target, as close to
    the Euclidean one as the pairs allow, and moves the rows of both domains so that Euclidean
    distance becomes that metric. The pairs need labels in the target: a few are enough
    (``fit(X, y, Xt, yt)``). Where there are none, a classifier of the source guesses them, and its
    surest guesses are taken, as many of each class as in the source.

    For some hundred columns: put :class:`.SubspaceAlignment` before it.

    Args:
        pairs: How many, half of one class and half of two.
        gamma: How strictly pairs are kept to: 0 ignores them.
        sweeps: Passes over the pairs, at most.
        share: Of the target, which guessed labels are used.
        seed: Of the pairs.

    Attributes:
        metric_: float64[D, D], symmetric, positive definite.
        root_: float64[D, D], what rows are multiplied with: its symmetric square root.
        near_: Squared distance that pairs of one class should keep within.
        far_: Likewise beyond which those of two should stay.
        guessed_: Whether labels of the target were guessed.

    Source: Saenko, Kulis, Fritz & Darrell 2010 (ECCV), section 3.2; the metric by Davis et al. 2007
        (ICML), algorithm 1.
    """

    def __init__(
        self,
        *,
        pairs: int = 1000,
        gamma: float = 1.0,
        sweeps: int = 20,
        share: float = 0.5,
        seed: int = 0,
    ) -> None:
        self.pairs, self.gamma, self.sweeps = pairs, gamma, sweeps
        self.share, self.seed = share, seed

    def __sklearn_tags__(self) -> Any:
        """Say that labels are needed."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    def fit(self, X: Any, y: Any = None, Xt: Any = None, yt: Any = None) -> Self:
        """Learn from pairs.

        Args:
            X: float[N, D], rows of the source.
            y: N classes.
            Xt: float[M, D], rows of the target; ``None`` pairs the source with itself.
            yt: M classes, ``None`` where one isn't known; or ``None`` to have them guessed.

        Raises:
            ConfigurationError: Settings are wrong, all of them in one error.
            DomainError: The domains don't fit together, there are too many columns, or no label in
                ``yt``.
        """
        self._check()
        if y is None:
            raise DomainError(
                "DomainMetric requires y to be passed, but the target y is None: pairs are made by "
                "the labels of the source"
            )
        source = rows_of(self, X, reset=True)
        target = target_of(source, Xt)
        if source.shape[1] > MOST_WIDTH:
            raise DomainError(
                f"DomainMetric takes at most {MOST_WIDTH:,} columns, found {source.shape[1]:,}: "
                "put SubspaceAlignment before it"
            )
        classes, numbers = class_numbers(y, rows=source.shape[0])
        self.guessed_ = Xt is not None and yt is None
        if Xt is None:
            others = numbers
        elif yt is None:
            others = _guessed(source, numbers, target, self.share)
        else:
            others = _known(yt, classes, rows=target.shape[0])
        here = dense(source, what="DomainMetric").astype(np.float64)
        there = dense(target, what="DomainMetric").astype(np.float64)
        pairs = _drawn(here, there, numbers, others, self.pairs, self.seed)
        self.near_, self.far_ = _bounds(here, there, self.seed)
        self.metric_ = logdet_metric(
            pairs, near=self.near_, far=self.far_, gamma=self.gamma, sweeps=self.sweeps
        )
        values, vectors = np.linalg.eigh(self.metric_)
        self.root_: NDArray[np.float64] = (vectors * np.sqrt(values.clip(0.0))) @ vectors.T
        return self

    def _problems(self) -> list[str]:
        return [
            *whole("pairs", self.pairs, 2),
            *real("gamma", self.gamma, 0.0, np.inf, above=True),
            *whole("sweeps", self.sweeps, 1),
            *real("share", self.share, 0.0, 1.0, above=True),
            *whole("seed", self.seed, 0),
        ]

    def _moved(self, rows: Any, domain: Domain) -> Any:
        del domain
        return np.asarray(rows @ self.root_).astype(rows.dtype)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of rows.

    Attributes:
        differences: float64[n, D], of the two rows of each.
        same: bool[n], whether they are of one class.
    """

    differences: NDArray[np.float64]
    same: NDArray[np.bool_]


def logdet_metric(
    pairs: Pairs, *, near: float, far: float, gamma: float, sweeps: int
) -> NDArray[np.float64]:
    """Return the metric nearest to the Euclidean one, by LogDet divergence, that pairs allow.

    Args:
        pairs: What is near and what is far.
        near: Squared distance that pairs of one class should keep within.
        far: Likewise beyond which those of two should stay.
        gamma: What slack costs.
        sweeps: Passes over the pairs, at most; it ends when the multipliers hardly change.

    Returns:
        float64[D, D], symmetric and positive definite.

    Source: Davis et al. 2007 (ICML), algorithm 1, whose step is printed for gamma=1; for others as
        in its authors' program.
    """
    count, width = pairs.differences.shape
    metric = np.eye(width)
    sign = np.where(pairs.same, 1.0, -1.0)
    bound = np.where(pairs.same, near, far)
    multiplier = np.zeros(count)
    for _ in range(sweeps):
        before = multiplier.copy()
        for i in range(count):
            image = metric @ pairs.differences[i]
            distance = float(pairs.differences[i] @ image)
            if distance <= 1e-12:
                continue
            wanted = sign[i] * gamma / (gamma + 1) * (1 / distance - 1 / bound[i])
            step = min(multiplier[i], wanted)
            factor = sign[i] * step / (1 - sign[i] * step * distance)
            bound[i] = gamma * bound[i] / (gamma + sign[i] * step * bound[i])
            multiplier[i] -= step
            metric += factor * np.outer(image, image)
        change = np.abs(multiplier - before).sum()
        if change <= 1e-3 * (np.abs(multiplier).sum() + np.abs(before).sum()):
            break
    return (metric + metric.T) / 2


def _bounds(
    source: NDArray[np.float64], target: NDArray[np.float64], seed: int
) -> tuple[float, float]:
    """Return the 5th and 95th percentile of squared distances across the domains."""
    rng = np.random.default_rng(seed)
    one = source[rng.integers(len(source), size=2000)]
    other = target[rng.integers(len(target), size=2000)]
    distances = np.square(one - other).sum(axis=1)
    distances = distances[distances > 0]
    if not distances.size:
        raise DomainError("all rows of both domains are the same: there is nothing to learn from")
    near, far = np.percentile(distances, (5, 95))
    return float(near), float(far)


def _drawn(
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    numbers: NDArray[np.int64],
    others: NDArray[np.int64],
    count: int,
    seed: int,
) -> Pairs:
    """Return pairs across the domains, half of one class and half of two, in random order."""
    rng = np.random.default_rng([seed, 1])
    labelled = np.flatnonzero(others >= 0)
    if not labelled.size:
        raise DomainError("yt: expected the class of some rows of the target, found none")
    j = labelled[rng.integers(len(labelled), size=count)]
    same = rng.permutation(np.arange(count) % 2).astype(np.bool_)
    i = np.empty(count, np.int64)
    for one in np.unique(others[labelled]):
        for alike in (True, False):
            wanted = (others[j] == one) & (same == alike)
            partners = np.flatnonzero((numbers == one) == alike)
            i[wanted] = partners[rng.integers(len(partners), size=int(wanted.sum()))]
    return Pairs(source[i] - target[j], same)


def _guessed(
    source: Any, numbers: NDArray[np.int64], target: Any, share: float
) -> NDArray[np.int64]:
    """Return int64[M], the classes a classifier is surest of, -1 where it isn't."""
    chances = default_classifier().fit(source, numbers).predict_proba(target)
    wanted = np.bincount(numbers) / len(numbers) * share * target.shape[0]
    return balanced_guesses(chances, np.maximum(wanted, 1))


def _known(yt: Any, classes: np.ndarray, *, rows: int) -> NDArray[np.int64]:
    """Return int64[M], places in ``classes``, -1 where a label is None."""
    given = list(yt)
    if len(given) != rows:
        raise DomainError(
            f"yt: expected a class or None for each row of the target, found {rows:,} rows and "
            f"{len(given):,} labels"
        )
    place = {one: number for number, one in enumerate(classes.tolist())}
    plain = [one.item() if isinstance(one, np.generic) else one for one in given]
    strange = sorted({repr(one) for one in plain if one is not None and one not in place})
    if strange:
        raise ConfigurationError(
            f"yt: expected classes of the source, {', '.join(map(repr, place))}, or None; found "
            f"{', '.join(strange[:5])}"
        )
    return np.array([-1 if one is None else place[one] for one in plain], np.int64)
