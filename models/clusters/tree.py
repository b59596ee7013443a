"""Clusters of clusters: a tree that joins the nearest two first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import cut_tree, linkage

from ...embeddings.errors import ConfigurationError
from ...embeddings.similarity import row_norms, unit_rows


@dataclass(frozen=True)
class Merge:
    """Two parts that become one.

    Attributes:
        left: A cluster below K; from K on, the merge ``left - K``.
        right: Likewise.
        height: Mean cosine distance (1 - cosine) of the centres on both sides, 0 to 2.
        documents: Documents in it.
    """

    left: int
    right: int
    height: float
    documents: int


@dataclass(frozen=True)
class ClusterTree:
    """How clusters join.

    Attributes:
        merges: K - 1 merges by growing height; none for one cluster.
        order: The K clusters so that those that join early stand side by side.
    """

    merges: tuple[Merge, ...]
    order: tuple[int, ...]

    def groups(self, count: int) -> tuple[tuple[int, ...], ...]:
        """Return the clusters in ``count`` groups, as the tree has them, in tree order.

        Raises:
            ConfigurationError: ``count`` isn't from 1 to K.
        """
        clusters = len(self.order)
        if not 1 <= count <= clusters:
            raise ConfigurationError(f"groups: expected 1 to {clusters}, found {count}")
        if clusters == 1:
            return (self.order,)
        table = np.array([[m.left, m.right, m.height, 0.0] for m in self.merges])
        table[:, 3] = _leaves(self.merges, clusters)
        member = cut_tree(table, n_clusters=[count]).ravel()
        found: dict[int, list[int]] = {}
        for cluster in self.order:
            found.setdefault(int(member[cluster]), []).append(cluster)
        return tuple(tuple(group) for group in found.values())


def cluster_tree(centres: Any, sizes: NDArray[np.int64]) -> ClusterTree:
    """Join clusters by average linkage of the directions of their centres.

    Args:
        centres: float32[K, W], K at least 1.
        sizes: int64[K], documents of each.

    Source: average linkage (UPGMA), Sokal and Michener 1958, by scipy.
    """
    clusters = len(centres)
    if clusters < 2:
        return ClusterTree((), tuple(range(clusters)))
    rows = np.asarray(centres, np.float32)
    unit = unit_rows(rows, row_norms(rows)).astype(np.float64)
    cosines = np.clip(unit @ unit.T, -1.0, 1.0)
    upper = np.triu_indices(clusters, 1)
    table = linkage(1.0 - cosines[upper], "average", optimal_ordering=True)
    counts = [*map(int, sizes)]
    merges: list[Merge] = []
    for left, right, height, _ in table.tolist():
        counts.append(counts[int(left)] + counts[int(right)])
        merges.append(Merge(int(left), int(right), float(height), counts[-1]))
    return ClusterTree(tuple(merges), tuple(_order(merges, clusters)))


def _order(merges: list[Merge], clusters: int) -> list[int]:
    found: list[int] = []
    open_parts = [clusters + len(merges) - 1]
    while open_parts:
        part = open_parts.pop()
        if part < clusters:
            found.append(part)
        else:
            merge = merges[part - clusters]
            open_parts += [merge.right, merge.left]
    return found


def _leaves(merges: tuple[Merge, ...], clusters: int) -> list[int]:
    counts = [1] * clusters
    for merge in merges:
        counts.append(counts[merge.left] + counts[merge.right])
    return counts[clusters:]
