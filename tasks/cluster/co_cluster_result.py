"""What clustering beside other documents found, as values: for the page, the JSON, and people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..reading.documents import Documents

if TYPE_CHECKING:
    from ...models.clusters.names import Term
    from ...models.clusters.scores import ClusterScores

TFIDF, ALONE, BESIDE = "k-means on TF-IDF", "co-clustered alone", "beside the others"
"""The ways that are compared: twice without the other documents, and with them."""


@dataclass(frozen=True)
class CoCluster:
    """One cluster of the documents.

    Attributes:
        cluster: Its number, as the assignments have it.
        title: The first of its terms.
        documents: How many are in it.
        share: Of all documents that are in a cluster.
        terms: Words that stand out in it.
        examples: Ids and beginnings of the documents with most of these words.
        labels: Known labels of its documents, the most frequent first; empty without any.
        before: How many of its documents were in each cluster without the other documents.
    """

    cluster: int
    title: str
    documents: int
    share: float
    terms: tuple[Term, ...]
    examples: tuple[tuple[str, str], ...]
    labels: Mapping[str, int]
    before: tuple[int, ...]


@dataclass(frozen=True)
class ClusterWay:
    """A way to cluster the documents, and what came out.

    Attributes:
        name: What it is.
        sizes: Documents of its clusters, the largest first.
        scores: Agreement with known labels; ``None`` without any.
        shared: Mutual information with the clusters found beside the others, normalised: 1 for the
            same clusters.
        moved: Share of the documents that the best matching of the clusters puts elsewhere.
    """

    name: str
    sizes: tuple[int, ...]
    scores: ClusterScores | None
    shared: float
    moved: float


@dataclass(frozen=True)
class CoClusterResult:
    """What was found, as ``clusters.json`` has it.

    Attributes:
        source: Name of the documents' source.
        beside: Name of the others'.
        documents: How many documents there are.
        others: How many others.
        no_words: Documents without a word that is counted; in no cluster.
        words: Words that are counted.
        common: Those that stand in documents of both.
        settings: Which decide what came out.
        clusters: The clusters, the largest first.
        ways: Without the other documents, and with them.
        reading: What was found in the documents, as a sentence.
        notes: What a person should know, as sentences.
        seconds: Time taken.
        output: The folder.
    """

    source: str
    beside: str
    documents: int
    others: int
    no_words: int
    words: int
    common: int
    settings: Mapping[str, Any]
    clusters: tuple[CoCluster, ...]
    ways: tuple[ClusterWay, ...]
    reading: str
    notes: tuple[str, ...]
    seconds: float
    output: str


@dataclass(frozen=True, eq=False)
class CoClusterRun:
    """A result, and what it was made of.

    Attributes:
        result: What was found.
        documents: What was clustered.
        labels: int64[N], clusters by falling size; -1 for documents without a word.
        alone: Likewise without the other documents.
    """

    result: CoClusterResult
    documents: Documents
    labels: NDArray[np.int64]
    alone: NDArray[np.int64]
