"""How many clusters: numbers tried on a sample, by silhouette and by stability.

Neither knows what a person wants: a collection has topics, and topics have topics. Both say which
numbers the rows themselves favour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score, silhouette_score

from ...embeddings.errors import ConfigurationError, CorpusError
from ...embeddings.similarity import row_norms, unit_rows
from .kmeans import k_means
from .rows import checked_rows, nearest

Criterion: TypeAlias = Literal["silhouette", "stability"]
TRIED = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50)
"""Numbers of clusters that are tried where none are named."""
SAMPLE = 2000
"""Rows that are looked at."""
PAIRS, SHARE = 3, 0.8
"""How often stability draws two subsamples, and which part of the sample each has."""
STARTS = 3
NEARLY = 0.95
"""Share of the best stability that counts as being as stable: of such numbers the largest is taken,
for two or three coarse clusters are nearly always stable."""


@dataclass(frozen=True)
class Tried:
    """One number of clusters.

    Attributes:
        k: Number of clusters.
        silhouette: Mean silhouette of the sample (cosine), -1 to 1.
        stability: Mean adjusted Rand index of two clusterings from two subsamples, on all rows of
            the sample; 1 where they always agree. ``None`` where silhouettes decide: it takes
            seven times as long.
    """

    k: int
    silhouette: float
    stability: float | None


@dataclass(frozen=True)
class Choice:
    """Which number was chosen, and what was seen of the others.

    Attributes:
        k: The number of clusters with the best silhouette, or the largest that is about as stable
            as the most stable one.
        criterion: By which it was chosen.
        tried: All numbers, growing.
        rows: Rows that were looked at.
    """

    k: int
    criterion: Criterion
    tried: tuple[Tried, ...]
    rows: int


def choose_k(
    rows: Any,
    *,
    ks: Sequence[int] | None = None,
    criterion: Criterion = "silhouette",
    sample: int = SAMPLE,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Choice:
    """Try numbers of clusters on a sample.

    Args:
        rows: float[N, W]; rows of zeros are left out.
        ks: Numbers to try, from 2; ``None`` for :data:`TRIED`. Those above half the rows looked at
            are left out.
        criterion: What decides: "silhouette", how much nearer rows are to their own cluster than to
            the next; "stability", how much clusterings of two subsamples agree.
        sample: At most so many rows are looked at.
        seed: Of all draws.
        progress: Called with numbers done and numbers in all.

    Returns:
        The choice; 1 where there are too few rows to try any number.

    Raises:
        ConfigurationError: A setting is impossible.
        CorpusError: No row has a direction.

    Source: Rousseeuw 1987 (silhouettes); Ben-Hur, Elisseeff and Guyon 2002 (stability, with
        centres extended to all rows of the sample, and Hubert and Arabie's index).
    """
    checked = checked_rows(rows)
    problems: list[str] = []
    if criterion not in get_args(Criterion):
        problems.append(f"criterion: expected silhouette or stability, found {criterion!r}")
    if ks is not None and (not len(ks) or min(ks) < 2):
        problems.append(f"ks: expected numbers of clusters from 2, found {list(ks)}")
    if sample < 10:
        problems.append(f"sample: expected at least 10 rows, found {sample}")
    if problems:
        raise ConfigurationError(*problems)
    rng = np.random.default_rng(seed)
    known = np.flatnonzero(row_norms(checked))
    if not len(known):
        raise CorpusError("expected rows with a direction, found none")
    if len(known) > sample:
        known = np.sort(rng.choice(known, sample, replace=False))
    some = checked[known]
    unit = unit_rows(some, row_norms(some))
    possible = min(len(unit) // 2, len(np.unique(unit, axis=0)))
    wanted = sorted({int(k) for k in (ks or TRIED) if k <= possible})
    if not wanted:
        return Choice(1, criterion, (), len(unit))
    tried: list[Tried] = []
    for number, k in enumerate(wanted):
        tried.append(_tried(unit, k, rng, stable=criterion == "stability"))
        if progress is not None:
            progress(number + 1, len(wanted))
    return Choice(_best(tried, criterion), criterion, tuple(tried), len(unit))


def _best(tried: Sequence[Tried], criterion: Criterion) -> int:
    if criterion == "silhouette":
        return max(tried, key=lambda one: one.silhouette).k
    found = [(one.stability or 0.0, one.k) for one in tried]
    most = max(found)[0]
    return max(k for stability, k in found if stability >= NEARLY * most)


def _tried(unit: NDArray[np.float32], k: int, rng: np.random.Generator, *, stable: bool) -> Tried:
    whole = k_means(unit, k, n_init=STARTS, seed=int(rng.integers(1 << 31)))
    different = len(np.unique(whole.labels))
    score = -1.0
    if 2 <= different < len(unit):
        score = float(silhouette_score(unit, whole.labels, metric="cosine"))
    return Tried(k, score, _stability(unit, k, rng) if stable else None)


def _stability(unit: NDArray[np.float32], k: int, rng: np.random.Generator) -> float:
    size = max(k, int(len(unit) * SHARE))
    scores: list[float] = []
    for _ in range(PAIRS):
        found: list[NDArray[np.int64]] = []
        for _ in range(2):
            part = unit[np.sort(rng.choice(len(unit), size, replace=False))]
            seed = int(rng.integers(1 << 31))
            found.append(nearest(k_means(part, k, n_init=STARTS, seed=seed).centres, unit))
        scores.append(float(adjusted_rand_score(*found)))
    return float(np.mean(scores))
