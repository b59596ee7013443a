r"""Rows into clusters: k-means on unit rows, its mini-batch form, agglomeration, HDBSCAN.

Length says how long a document is, direction what it is about: all methods see rows of length 1,
where squared distance is twice one minus cosine. Clusters are numbered by size, the largest is 0.

Example:
    >>> rows = np.array([[1, 0], [2, 0.1], [0, 3], [0, 0], [0.1, 1]], np.float32)
    >>> found = cluster(rows, k=2)
    >>> found.labels.tolist(), found.sizes.tolist()
    ([0, 0, 1, -1, 1], [2, 2])
    >>> found.predict(np.array([[5.0, 1.0]])).tolist()
    [0]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ...embeddings.errors import ConfigurationError, CorpusError
from ...embeddings.similarity import row_norms, unit_rows
from .count import choose_k
from .kmeans import PASSES, k_means, mini_batches
from .rows import NONE, checked_rows, nearest, unit_blocks

Method: TypeAlias = Literal["kmeans", "minibatch", "agglomerative", "hdbscan"]
LARGE = 5_000_000
"""Rows times clusters from which k-means reads mini-batches where no method is named."""
MOST: dict[str, int] = {"agglomerative": 20_000, "hdbscan": 100_000}
"""Most rows of methods that compare every row with every other: 1.6 GB, and minutes."""
DENSE_NUMBERS = 5
"""Numbers a row is reduced to (PCA) before HDBSCAN looks for dense places. Of 5, 10, 20, 50 and all
it agreed best with the topics of BBC News and of AG News' training sample: in many dimensions no
place is dense."""

Progress: TypeAlias = Callable[[int, int], None]
"""Takes steps done, and steps in all."""


@dataclass(frozen=True, eq=False)
class Clustering:
    """Which row is in which cluster.

    Attributes:
        labels: int64[N], from 0 by falling size; -1 for rows in no cluster.
        centres: float32[K, W], means of the unit rows of each cluster.
        sizes: int64[K], rows of each cluster.
        empty: bool[N], rows of zeros: documents of which no word is known. They are in no cluster.
        method: How they were found.
        notes: What a person should know, as sentences.
    """

    labels: NDArray[np.int64]
    centres: NDArray[np.float32]
    sizes: NDArray[np.int64]
    empty: NDArray[np.bool_]
    method: Method
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """K, the number of clusters."""
        return len(self.centres)

    @property
    def outliers(self) -> int:
        """How many rows that aren't zeros are in no cluster."""
        return int((self.labels == NONE).sum() - self.empty.sum())

    def predict(self, rows: Any) -> NDArray[np.int64]:
        """Return the nearest cluster of each row, by the distance of its unit row to the centres.

        K-means gives its own rows their own clusters back. The other methods have no rule for new
        rows, so that some of their own may come out elsewhere, and nothing is an outlier.

        Args:
            rows: float[n, W].

        Returns:
            int64[n]; -1 for rows of zeros.
        """
        return nearest(self.centres, checked_rows(rows, width=self.centres.shape[1]))

    def closeness(self, rows: Any, labels: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """Return the cosine of each row with the centre of its cluster.

        Args:
            rows: float[n, W].
            labels: int64[n]; ``None`` for those of the rows that were clustered.

        Returns:
            float32[n], 0 for rows in no cluster.
        """
        own = self.labels if labels is None else labels
        checked = checked_rows(rows, width=self.centres.shape[1])
        if len(own) != len(checked):
            raise ValueError(f"expected as many rows as labels, {len(own):,}, not {len(checked):,}")
        directions = unit_rows(self.centres, row_norms(self.centres))
        found = np.zeros(len(checked), np.float32)
        for part, block in unit_blocks(checked):
            inside = own[part] != NONE
            found[part][inside] = np.vecdot(block[inside], directions[own[part][inside]])
        return found


def cluster(
    rows: Any,
    *,
    k: int | None = None,
    method: Method | None = None,
    n_init: int = 10,
    min_size: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Clustering:
    """Find clusters of rows.

    Rows of zeros have no direction: they are counted, in no cluster, and seen by no method. Where
    fewer rows differ than clusters are wanted, there are as many clusters as different rows; a note
    says so.

    Args:
        rows: float[N, W], finite. Left as they are; float32 isn't copied by mini-batches.
        k: Number of clusters. ``None`` chooses it (:func:`.choose_k`); HDBSCAN takes none.
        method: "kmeans", or "minibatch", which reads rows in pieces and copies none;
            "agglomerative" (Ward), "hdbscan". ``None`` takes k-means, from mini-batches where rows
            times clusters are more than 5 million.
        n_init: Starts of k-means of which the best is kept. One is not reliable: on BBC News two of
            eight merged two of its five topics.
        min_size: Of HDBSCAN: rows of the smallest cluster; ``None`` takes a hundredth of the rows,
            and at least 5.
        seed: Start of every random draw.
        progress: Called with steps done and steps in all.

    Raises:
        ConfigurationError: A setting is impossible, such as more clusters than rows.
        CorpusError: There are no rows, or all are zeros.
        ValueError: Rows are no table of finite numbers.
    """
    problems = _problems(method, k, n_init=n_init, min_size=min_size)
    if problems:
        raise ConfigurationError(*problems)
    checked = checked_rows(rows)
    if not len(checked):
        raise CorpusError("expected documents to cluster, found none")
    empty = row_norms(checked) == 0.0
    known = np.flatnonzero(~empty)
    if not len(known):
        raise CorpusError(
            f"none of {len(checked):,} documents has a direction: no word of them is known (do "
            "tokenizer and letter case fit the vectors?), or all say the same"
        )
    whole = len(known) == len(checked)
    seen = checked if whole else checked[known]
    if k is None and method != "hdbscan":
        k = choose_k(seen, seed=seed).k
    method, notes = _fitting(method, k, seen)
    if k is not None:
        k, more = _possible(k, seen)
        notes += more
    found = _found(seen, method, k, n_init=n_init, min_size=min_size, seed=seed, progress=progress)
    labels, centres, sizes = _by_size(seen, found.labels, found.centres)
    if k is not None and len(sizes) < k:
        notes += (f"{k - len(sizes):,} of {k:,} clusters were left empty",)
    if not whole:
        everywhere = np.full(len(checked), NONE, np.int64)
        everywhere[known] = labels
        labels = everywhere
    return Clustering(labels, centres, sizes, empty, method, notes)


@dataclass(frozen=True)
class _Found:
    """What a method found: labels, and centres where it has its own."""

    labels: NDArray[np.int64]
    centres: NDArray[np.float32] | None = None


def _problems(method: str | None, k: Any, *, n_init: Any, min_size: Any) -> list[str]:
    problems: list[str] = []
    if method is not None and method not in get_args(Method):
        problems.append(f"method: expected one of {', '.join(get_args(Method))}, found {method!r}")
    for name, value in (("k", k), ("n_init", n_init), ("min_size", min_size)):
        least = 2 if name == "min_size" else 1
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if value is not None and not (whole and value >= least):
            problems.append(f"{name}: expected a whole number from {least}, found {value!r}")
    if n_init is None:
        problems.append("n_init: expected a whole number from 1, found None")
    if method == "hdbscan" and k is not None:
        problems.append("k: HDBSCAN finds the number of clusters itself; leave it out")
    if method != "hdbscan" and min_size is not None:
        problems.append("min_size: only HDBSCAN takes it")
    return problems


def _fitting(
    method: Method | None, k: int | None, rows: NDArray[np.float32]
) -> tuple[Method, tuple[str, ...]]:
    """Return the method, and what is to be said about it."""
    if method is None:
        if k is not None and len(rows) * k > LARGE:
            return "minibatch", ("so many documents: k-means read them in mini-batches",)
        return "kmeans", ()
    most = MOST.get(method)
    if most is not None and len(rows) > most:
        raise ConfigurationError(
            f"method: {method} compares every document with every other, for at most {most:,}; "
            f"there are {len(rows):,}. Use kmeans, or minibatch"
        )
    return method, ()


def _possible(k: int, rows: NDArray[np.float32]) -> tuple[int, tuple[str, ...]]:
    """Return how many clusters there can be."""
    if k > len(rows):
        raise ConfigurationError(
            f"k: expected at most {len(rows):,} clusters, the number of documents with a known "
            f"word, found {k:,}"
        )
    different: set[bytes] = set()
    for _, block in unit_blocks(rows):
        for row in np.round(block, 6) + np.float32(0):  # without what rounding adds; no -0.0
            different.add(row.tobytes())
            if len(different) >= k:
                return k, ()
    said = f"only {len(different):,} documents differ: as many clusters, instead of {k:,}"
    return len(different), (said,)


def _found(
    rows: NDArray[np.float32],
    method: Method,
    k: int | None,
    *,
    n_init: int,
    min_size: int | None,
    seed: int,
    progress: Progress | None,
) -> _Found:
    if method == "minibatch" and k is not None:
        sample = np.random.default_rng(seed).permutation(len(rows))
        steps = (PASSES + 1) * len(rows)
        centres = mini_batches(
            rows, k, order=sample, n_init=n_init, seed=seed, progress=_of(progress, 0, steps)
        )
        last = _of(progress, PASSES * len(rows), steps)
        return _Found(nearest(centres, rows, progress=last), centres)
    unit = unit_rows(rows, row_norms(rows))
    if method == "kmeans" and k is not None:
        best = k_means(unit, k, n_init=n_init, seed=seed, progress=progress)
        return _Found(best.labels.astype(np.int64), best.centres)
    if method == "agglomerative" and k is not None:
        return _Found(_agglomerated(unit, k))
    return _Found(_dense(unit, min_size, seed=seed))


def _agglomerated(unit: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    from sklearn.cluster import AgglomerativeClustering

    if len(unit) == 1:
        return np.zeros(1, np.int64)
    return AgglomerativeClustering(k, linkage="ward").fit_predict(unit).astype(np.int64)


def _dense(unit: NDArray[np.float32], min_size: int | None, *, seed: int) -> NDArray[np.int64]:
    from sklearn.cluster import HDBSCAN
    from sklearn.decomposition import PCA

    size = max(5, len(unit) // 100) if min_size is None else min_size
    if len(unit) < max(size, 2):
        return np.full(len(unit), NONE, np.int64)
    numbers = min(DENSE_NUMBERS, *unit.shape)
    flat = PCA(numbers, random_state=seed).fit_transform(unit) if numbers < unit.shape[1] else unit
    # Noise by its own neighbours, not by those of the smallest cluster wanted.
    options: dict[str, Any] = {"min_samples": min(5, len(unit)), "copy": True}
    return HDBSCAN(size, **options).fit_predict(flat).astype(np.int64)


def _by_size(
    rows: NDArray[np.float32],
    labels: NDArray[np.int64],
    centres: NDArray[np.float32] | None,
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
    """Return labels by falling size without empty clusters, and centres and sizes in that order.

    Of clusters of one size the one that is met first comes first.
    """
    inside = labels[labels != NONE]
    found, first, sizes = np.unique(inside, return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    place = np.full(int(found.max(initial=-1)) + 2, NONE, np.int64)  # its last is that of -1
    place[found[order]] = np.arange(len(found))
    moved = place[labels]
    if centres is None:
        return moved, _means(rows, moved, len(found)), sizes[order]
    return moved, np.ascontiguousarray(centres[found[order]], np.float32), sizes[order]


def _means(
    rows: NDArray[np.float32], labels: NDArray[np.int64], clusters: int
) -> NDArray[np.float32]:
    sums = np.zeros((clusters, rows.shape[1]))
    for part, block in unit_blocks(rows):
        inside = np.flatnonzero(labels[part] != NONE)
        where = (labels[part][inside], inside)
        sums += csr_matrix((np.ones(len(inside)), where), shape=(clusters, len(block))) @ block
    counts = np.bincount(labels[labels != NONE], minlength=clusters)
    return (sums / np.maximum(counts, 1)[:, None]).astype(np.float32)


def _of(progress: Progress | None, before: int, total: int) -> Progress | None:
    """Return what tells a part of the work as a part of the whole."""
    if progress is None:
        return None
    return lambda done, _: progress(before + done, total)
