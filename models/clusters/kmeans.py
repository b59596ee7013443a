"""K-means of scikit-learn on unit rows: from several starts, and from mini-batches."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning

from ...embeddings.similarity import row_norms, unit_rows
from ..threads import threads_for

PASSES = 2
"""Times that mini-batches go over all rows."""
_SAMPLE, _EACH = 20_000, 30  # rows that mini-batches start from: at least, and per cluster
_WORK = 1.5e11  # additions and products that their start may take; starts are fewer beyond
_ONE: dict[str, Any] = {"n_init": 1}
_ROUNDS = 30  # through the sample, at most, of one start


@dataclass(frozen=True, eq=False)
class Means:
    """What k-means found.

    Attributes:
        labels: int32[N].
        centres: float32[K, W].
        inertia: Sum of squared distances to the centres.
    """

    labels: NDArray[np.int32]
    centres: NDArray[np.float32]
    inertia: float


def k_means(
    unit: NDArray[np.float32],
    k: int,
    *,
    n_init: int,
    seed: int,
    rounds: int = 300,
    progress: Callable[[int, int], None] | None = None,
) -> Means:
    """Return the best of several runs of Lloyd's algorithm from k-means++ starts.

    The starts are those of ``KMeans(k, n_init=n_init, random_state=seed)``, one by one so that
    progress can be told between them.

    Args:
        unit: float32[N, W] of length 1; left as they are.
        k: Clusters, at most N.
        n_init: Starts.
        seed: Of the starts.
        rounds: Passages over the rows of one start, at most.
        progress: Called after each start.
    """
    random = np.random.RandomState(seed)  # noqa: NPY002 - what scikit-learn takes
    best: Means | None = None
    for number in range(n_init):
        model: Any = KMeans(k, **_ONE, max_iter=rounds, random_state=random)
        with warnings.catch_warnings(), threads_for(unit.size * k):
            # Fewer clusters than asked for are counted by the caller.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(unit)
        if best is None or model.inertia_ < best.inertia:
            best = Means(model.labels_, model.cluster_centers_, float(model.inertia_))
        if progress is not None:
            progress(number + 1, n_init)
    assert best is not None  # n_init is at least 1
    return best


def mini_batches(
    rows: NDArray[np.float32],
    k: int,
    *,
    order: NDArray[np.int64],
    n_init: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> NDArray[np.float32]:
    """Return float32[K, W], centres from :data:`PASSES` passages over rows in mini-batches.

    Centres start as those of k-means on a sample, so that what they lack is only the last
    refinement. Memory beyond the rows is that of the sample and of one batch.

    Args:
        rows: float32[N, W], of any length but zero; a batch at a time is scaled to length 1.
        k: Clusters, at most N.
        order: int64[N], the rows in random order.
        n_init: Starts on the sample; fewer where rows and clusters are very many.
        seed: Of the starts.
        progress: Called with rows read and rows to read.
    """
    size = min(len(rows), max(_SAMPLE, _EACH * k))
    starts = int(np.clip(_WORK / (2.0 * size * k * rows.shape[1] * _ROUNDS), 1, n_init))
    total = PASSES * len(rows)
    if progress is not None:
        progress(0, total)
    sample = _unit(rows, np.sort(order[:size]))
    first = k_means(sample, k, n_init=starts, seed=seed, rounds=_ROUNDS)
    batch = max(4096, 16 * k)
    given: dict[str, Any] = {"init": first.centres, **_ONE}
    model: Any = MiniBatchKMeans(
        k, **given, batch_size=batch, compute_labels=False, reassignment_ratio=0.0,
        random_state=seed,
    )  # fmt: skip
    for turn in range(PASSES):
        for start in range(0, len(rows), batch):
            some = np.sort(order[start : start + batch])
            if len(some) >= k:  # the last one may be small
                model.partial_fit(_unit(rows, some))
            if progress is not None:
                progress(turn * len(rows) + min(start + batch, len(rows)), total)
    centres = getattr(model, "cluster_centers_", first.centres)
    return np.ascontiguousarray(centres, np.float32)


def _unit(rows: NDArray[np.float32], chosen: NDArray[np.int64]) -> NDArray[np.float32]:
    some = rows[chosen]
    return unit_rows(some, row_norms(some), out=some)
