"""Pictures of clusters: documents as dots on a map, and the tree of clusters.

Every cluster has a hue of its own, and its number where it lies: nobody needs to tell twenty
colours apart. Dots have what they are as a title, which any browser shows; the script of a page
(``cluster_page.js``) shows it at once, and on phones.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from ...models.clusters.tree import ClusterTree
from ..pages import report
from .mapping import DocumentMap

_WIDTH, _HEIGHT, _EDGE = 760, 560, 16
_GOLDEN = 137.508
"""Degrees between the hues of two clusters: no two of many come close."""
_CHARACTERS = 30
"""Of a title beside the tree."""


def hue(cluster: int) -> str:
    """Return the style that gives something the colour of a cluster."""
    return f"--h:{(212 + cluster * _GOLDEN) % 360:.0f}"


def swatch(cluster: int) -> str:
    """Return a dot in the colour of a cluster."""
    return f'<i class="dot" style="{hue(cluster)}"></i>'


def document_picture(found: DocumentMap, titles: Sequence[str], said: Sequence[str]) -> str:
    """Return a map of documents with what its colours stand for.

    Args:
        found: Where documents lie.
        titles: Of the K clusters.
        said: What each of the n documents shown says of itself.
    """
    places = _scaled(found.points)
    parts: list[str] = []
    for cluster in [-1, *range(len(titles))]:
        own = np.flatnonzero(found.clusters == cluster).tolist()
        if not own:
            continue
        dots = "".join(
            f'<circle cx="{places[i, 0]:.1f}" cy="{places[i, 1]:.1f}" r="3.4">'
            f"<title>{escape(said[i])}</title></circle>"
            for i in own
        )
        kind = 'class="none"' if cluster < 0 else f'class="dots" style="{hue(cluster)}"'
        parts.append(f'<g {kind} data-cluster="{cluster}">{dots}</g>')
    for cluster in range(len(titles)):
        own = places[found.clusters == cluster]
        if len(own):
            x, y = np.median(own, axis=0)
            parts.append(f'<text class="number" x="{x:.1f}" y="{y + 5:.1f}">{cluster}</text>')
    items = "".join(
        f'<li data-cluster="{i}" tabindex="0">{swatch(i)}{i} {escape(title)}</li>'
        for i, title in enumerate(titles)
    )
    if (found.clusters < 0).any():
        items += '<li data-cluster="-1" tabindex="0"><i class="dot none"></i>in no cluster</li>'
    picture = report.svg(_WIDTH, _HEIGHT, parts, "Map of the documents")
    legend = f'<ul class="legend">{items}</ul>'
    names = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
    shown = f"{len(found.places):,} documents"
    if len(found.places) < found.documents:
        shown += f", drawn by chance from {found.documents:,}"
    caption = f"{names[found.layout]}: {shown}"
    return report.figure(caption, f"{picture}{legend}", kind="map")


def tree_picture(tree: ClusterTree, titles: Sequence[str]) -> str:
    """Return the tree of clusters: the further to the left two join, the less alike they are.

    Args:
        tree: Of K clusters, at least 2.
        titles: Of the clusters.
    """
    line, left, right, width = 24, 20, 250, 460
    height = line * len(titles) + 34
    most = max(merge.height for merge in tree.merges) or 1.0

    def across(distance: float) -> float:
        return width - right - distance / most * (width - right - left)

    spot = {c: (across(0.0), line * (i + 0.5) + 4) for i, c in enumerate(tree.order)}
    parts = [
        f'<text x="{spot[c][0] + 18:.1f}" y="{spot[c][1] + 4:.1f}">'
        f"{c} {escape(_cut(titles[c]))}<title>{escape(titles[c])}</title></text>"
        f'<circle class="leaf" style="{hue(c)}" cx="{spot[c][0] + 8:.1f}" cy="{spot[c][1]:.1f}" '
        'r="5"/>'
        for c in tree.order
    ]
    for number, merge in enumerate(tree.merges):
        (x1, y1), (x2, y2) = spot[merge.left], spot[merge.right]
        x = across(merge.height)
        said = f"{merge.documents:,} documents, cosine {1 - merge.height:.2f}"
        parts.append(
            f'<path class="branch" d="M{x1:.1f} {y1:.1f}H{x:.1f}V{y2:.1f}H{x2:.1f}">'
            f"<title>{said}</title></path>"
        )
        spot[len(titles) + number] = (x, (y1 + y2) / 2)
    for share in (0.0, 0.5, 1.0):
        parts.append(report.tick(across(share * most), height - 6, f"{1 - share * most:.2f}"))
    return report.figure(
        "Mean cosine of the centres where clusters join",
        report.svg(width, height, parts, "Tree of clusters"),
        kind="small",
    )


def _scaled(points: np.ndarray) -> np.ndarray:
    """Return float64[n, 2], points as places of the picture."""
    if not len(points):
        return np.zeros((0, 2))
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    share = (points - low) / np.where(span > 0.0, span, 1.0)
    share[:, 1] = 1.0 - share[:, 1]
    return _EDGE + share * [_WIDTH - 2 * _EDGE, _HEIGHT - 2 * _EDGE]


def _cut(title: str) -> str:
    return title if len(title) <= _CHARACTERS else title[: _CHARACTERS - 1] + "…"
