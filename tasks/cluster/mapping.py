"""Documents on a plane: which of them are drawn, and where."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from ...embeddings.errors import ConfigurationError, MissingDependencyError
from ...embeddings.similarity import row_norms, unit_rows
from ..pages.report import plane

Layout: TypeAlias = Literal["pca", "tsne", "umap"]
SHOWN = 3000
"""Documents that a map shows at most; of more, so many are drawn by chance."""
_FEW = 5  # of each cluster are shown in any case
_EACH = 50_000  # products of t-SNE for a document in a round, about
_NUMBERS = 50  # that t-SNE is given of each row


@dataclass(frozen=True, eq=False)
class DocumentMap:
    """Where documents lie on a plane.

    Attributes:
        layout: How the plane was found.
        places: int64[n], which documents are shown, growing.
        points: float64[n, 2].
        clusters: int64[n], the cluster of each; -1 for none.
        documents: How many there are to show.
    """

    layout: Layout
    places: NDArray[np.int64]
    points: NDArray[np.float64]
    clusters: NDArray[np.int64]
    documents: int


def check_layout(layout: str) -> None:
    """Find out before long work whether a map can be drawn.

    Raises:
        ConfigurationError: There is no such layout.
        MissingDependencyError: It is UMAP, which isn't installed.
    """
    if layout not in get_args(Layout):
        raise ConfigurationError(
            f"map: expected one of {', '.join(get_args(Layout))}, found {layout!r}"
        )
    if layout == "umap" and importlib.util.find_spec("umap") is None:
        raise MissingDependencyError(
            "map: umap needs the package umap-learn: pip install 'wordgraft[umap]', or take pca or "
            "tsne"
        )


def document_map(
    rows: NDArray[np.float32],
    labels: NDArray[np.int64],
    *,
    layout: Layout = "pca",
    most: int = SHOWN,
    seed: int = 0,
) -> DocumentMap:
    """Lay documents out on a plane; those without a direction aren't shown.

    Args:
        rows: float32[N, W].
        labels: int64[N], the cluster of each document, -1 for none.
        layout: "pca", the plane in which the documents shown differ most; "tsne" and "umap" keep
            neighbours together, and mean nothing by large distances.
        most: Of more documents so many are drawn by chance, some of each cluster.
        seed: Of the draw, and of the layout.

    Raises:
        MissingDependencyError: UMAP isn't installed.
    """
    check_layout(layout)
    there = np.flatnonzero(row_norms(rows))
    places = _drawn(there, labels, most, seed)
    some = rows[places]
    unit = unit_rows(some, row_norms(some))
    points = np.zeros((len(places), 2))
    if len(places) > 1:
        points = _laid_out(unit, layout, seed)
    return DocumentMap(layout, places, points, labels[places], len(there))


def _drawn(
    there: NDArray[np.int64], labels: NDArray[np.int64], most: int, seed: int
) -> NDArray[np.int64]:
    if len(there) <= most:
        return there
    order = np.random.default_rng(seed).permutation(there)
    own = labels[order]
    by_cluster = np.argsort(own, kind="stable")
    starts = np.flatnonzero(np.diff(own[by_cluster], prepend=-2))
    turn = np.arange(len(order)) - np.repeat(starts, np.diff([*starts.tolist(), len(order)]))
    first = by_cluster[turn < _FEW]  # the first few of each cluster, in random order
    rest = np.setdiff1d(np.arange(len(order)), first)
    return np.sort(order[np.concatenate([first, rest])[:most]])


def _laid_out(unit: NDArray[np.float32], layout: Layout, seed: int) -> NDArray[np.float64]:
    if layout == "pca" or len(unit) < 4:
        return plane(unit)
    if layout == "tsne":
        from sklearn.decomposition import PCA
        from sklearn.manifold import TSNE

        from ...models.threads import threads_for

        few = min(_NUMBERS, *unit.shape)
        short = PCA(few, random_state=seed).fit_transform(unit)
        model = TSNE(2, perplexity=min(30.0, (len(unit) - 1) / 3), init="pca", random_state=seed)
        with threads_for(_EACH * len(unit)):
            return np.asarray(model.fit_transform(short), np.float64)
    from importlib import import_module

    model = import_module("umap").UMAP(n_components=2, metric="cosine", random_state=seed)
    return np.asarray(model.fit_transform(unit), np.float64)
