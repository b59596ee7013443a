"""How good clusters are: against known labels, and by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

from ...embeddings.errors import LabelledDataError
from ...embeddings.similarity import row_norms, unit_rows

SAMPLE = 4000
"""Rows that silhouettes are computed on: each is compared with every other."""


@dataclass(frozen=True)
class ClusterScores:
    """Agreement of clusters with known labels. All are symmetric in the clusters' numbers.

    Attributes:
        documents: Documents scored.
        unlabelled: Documents left out because they have no label.
        clusters: Different clusters among them; documents in no cluster are one more.
        classes: Different labels among them.
        nmi: Mutual information over the arithmetic mean of both entropies, 0 to 1: 0 for random
            clusters, 1 for the labels under other names.
        ari: Rand index adjusted for chance, at most 1, about 0 for random clusters (Hubert and
            Arabie 1985).
        homogeneity: 1 where no cluster mixes classes.
        completeness: 1 where no class is spread over clusters.
        v_measure: Harmonic mean of both; it equals ``nmi`` (Rosenberg and Hirschberg 2007).
        purity: Share of documents whose class is the most frequent one of their cluster. It grows
            with the number of clusters.
    """

    documents: int
    unlabelled: int
    clusters: int
    classes: int
    nmi: float
    ari: float
    homogeneity: float
    completeness: float
    v_measure: float
    purity: float


@dataclass(frozen=True, eq=False)
class Silhouette:
    """How much nearer rows are to their own cluster than to the next, -1 to 1.

    Attributes:
        mean: Over the rows looked at; ``None`` where it isn't defined: fewer than two clusters, or
            as many as rows.
        by_cluster: Mean of each cluster; ``None`` for one without a row in the sample.
        rows: How many rows were looked at.

    Source: Rousseeuw 1987; with cosine distance.
    """

    mean: float | None
    by_cluster: tuple[float | None, ...]
    rows: int


def agreement(labels: Any, truth: Sequence[Any] | NDArray[Any]) -> ClusterScores:
    """Score clusters against known labels.

    Args:
        labels: int[N], the clusters. Rows in no cluster, -1, are a group of their own: whoever
            leaves documents out gains nothing.
        truth: N labels of any one kind; ``None`` where it isn't known.

    Raises:
        LabelledDataError: The lengths differ, or no document has a label.
    """
    found = np.asarray(labels)
    if len(found) != len(truth):
        raise LabelledDataError(
            f"expected a label for each document, found {len(found):,} documents and "
            f"{len(truth):,} labels"
        )
    known = np.array([label is not None for label in truth], bool)
    if not known.any():
        raise LabelledDataError(f"none of {len(truth):,} documents has a label to score against")
    classes, right = np.unique(
        np.array([str(label) for label in truth if label is not None]), return_inverse=True
    )
    clusters, own = np.unique(found[known], return_inverse=True)
    homogeneity, completeness, v = metrics.homogeneity_completeness_v_measure(right, own)
    return ClusterScores(
        documents=int(known.sum()),
        unlabelled=int((~known).sum()),
        clusters=len(clusters),
        classes=len(classes),
        nmi=float(metrics.normalized_mutual_info_score(right, own)),
        ari=float(metrics.adjusted_rand_score(right, own)),
        homogeneity=float(homogeneity),
        completeness=float(completeness),
        v_measure=float(v),
        purity=purity(own, right),
    )


def purity(labels: NDArray[np.int64], truth: NDArray[np.int64]) -> float:
    """Return the share of rows whose class is the most frequent one of their cluster.

    Args:
        labels: int64[N], N at least 1.
        truth: int64[N].
    """
    return float(metrics.cluster.contingency_matrix(truth, labels).max(axis=0).sum() / len(labels))


def silhouette(
    rows: NDArray[np.float32],
    labels: NDArray[np.int64],
    *,
    sample: int = SAMPLE,
    seed: int = 0,
) -> Silhouette:
    """Return silhouettes of rows drawn by chance; rows in no cluster aren't looked at.

    Args:
        rows: float32[N, W].
        labels: int64[N], -1 for rows in no cluster.
        sample: At most so many rows are drawn; time and memory grow with its square.
        seed: Of the draw.
    """
    inside = np.flatnonzero(labels >= 0)
    clusters = int(labels.max(initial=-1)) + 1
    if len(inside) > sample:
        inside = np.sort(np.random.default_rng(seed).choice(inside, sample, replace=False))
    own = labels[inside]
    different = len(np.unique(own))
    if not 2 <= different < len(own):
        return Silhouette(None, (None,) * clusters, len(inside))
    some = rows[inside]
    unit = unit_rows(some, row_norms(some))
    each = np.asarray(metrics.silhouette_samples(unit, own, metric="cosine"))
    sums = np.bincount(own, each, minlength=clusters)
    counts = np.bincount(own, minlength=clusters)
    means = [float(s / n) if n else None for s, n in zip(sums, counts, strict=True)]
    return Silhouette(float(each.mean()), tuple(means), len(inside))
