"""What clustering documents found, as values: for the page, the JSON, and people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..reading.documents import Documents
from .mapping import DocumentMap

if TYPE_CHECKING:
    from ...models.clusters.count import Choice
    from ...models.clusters.names import Term
    from ...models.clusters.scores import ClusterScores
    from ...models.clusters.text_clusterer import TextClusterer
    from ...models.clusters.tree import ClusterTree

SHOWN_CHARACTERS = 280
"""How much of a document is shown."""


@dataclass(frozen=True)
class Example:
    """A document that is typical of its cluster.

    Attributes:
        id: Its name.
        text: Its beginning.
        closeness: Cosine with the centre of the cluster.
    """

    id: str
    text: str
    closeness: float


@dataclass(frozen=True)
class FoundCluster:
    """One cluster.

    Attributes:
        cluster: Its number, as the assignments have it.
        title: The first of its terms.
        documents: How many are in it.
        share: Of all documents that are in a cluster.
        silhouette: Mean over the documents looked at; ``None`` where there is none.
        terms: Words that stand out in it.
        nearest: Words nearest to its centre, with cosines.
        examples: Typical documents.
        labels: Known labels of its documents, the most frequent first; empty without any.
    """

    cluster: int
    title: str
    documents: int
    share: float
    silhouette: float | None
    terms: tuple[Term, ...]
    nearest: tuple[tuple[str, float], ...]
    examples: tuple[Example, ...]
    labels: Mapping[str, int]


@dataclass(frozen=True)
class ClusterResult:
    """What was found, as ``clusters.json`` has it.

    Attributes:
        source: Name of the documents' source.
        vectors: File of the word vectors.
        documents: How many documents there are.
        no_known_word: Documents without a known word; in no cluster.
        outliers: Other documents in no cluster (HDBSCAN).
        settings: Of the :class:`.TextClusterer`.
        method: How clusters were found.
        clusters: The clusters, the largest first.
        silhouette: Mean over the documents looked at.
        silhouette_documents: How many those were.
        scores: Agreement with known labels; ``None`` without any.
        choice: How the number of clusters was chosen; ``None`` where it was given.
        tree: How clusters join.
        reading: What was found in the documents, as a sentence.
        notes: What a person should know, as sentences.
        seconds: Time taken.
        output: The folder.
    """

    source: str
    vectors: str
    documents: int
    no_known_word: int
    outliers: int
    settings: Mapping[str, Any]
    method: str
    clusters: tuple[FoundCluster, ...]
    silhouette: float | None
    silhouette_documents: int
    scores: ClusterScores | None
    choice: Choice | None
    tree: ClusterTree
    reading: str
    notes: tuple[str, ...]
    seconds: float
    output: str


@dataclass(frozen=True, eq=False)
class ClusterRun:
    """A result, and what it was made of.

    Attributes:
        result: What was found.
        documents: What was clustered.
        clusterer: What clustered it.
        map: Where documents lie on a plane.
        closeness: float32[N], cosine of each document with the centre of its cluster.
    """

    result: ClusterResult
    documents: Documents
    clusterer: TextClusterer
    map: DocumentMap
    closeness: NDArray[np.float32]


def beginning(text: Any, characters: int = SHOWN_CHARACTERS) -> str:
    """Return the beginning of a text, on one line."""
    whole = text if isinstance(text, str) else " ".join(text)
    line = " ".join(whole[: 4 * characters].split())
    return line if len(line) <= characters else line[: characters - 1].rstrip() + "…"
