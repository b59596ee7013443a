"""The last part of the demonstration: news without a label fall into topics, and get names.

The vectors are those of the world's text. Beside them, k-means on TF-IDF of the same documents:
whoever counts words sees little, for two documents of a topic share few of its words.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...embeddings.vectors import WordVectors
from .. import console
from ..cluster.pictures import document_picture
from ..cluster.result import ClusterRun
from ..cluster.run import cluster_documents
from ..pages import report
from ..reading.documents import Documents, DocumentsReport
from ..toys import documents as toydocuments

COUNT = 600
"""Documents; that number, and the generator's, were settled on seed 50."""


@dataclass(frozen=True)
class TopicCluster:
    """One cluster.

    Attributes:
        title: Words that stand out in it.
        documents: How many are in it.
        topic: The topic most of them have.
        share: Which part of them has it.
    """

    title: str
    documents: int
    topic: str
    share: float


@dataclass(frozen=True)
class ClustersResult:
    """What clustering the news showed.

    Attributes:
        documents: How many there are.
        topics: How many topics they have.
        nmi: Agreement of clusters and topics (normalised mutual information).
        nmi_tfidf: That of k-means on TF-IDF.
        clusters: The clusters, the largest first.
        seconds: Time for all of it.
    """

    documents: int
    topics: int
    nmi: float
    nmi_tfidf: float
    clusters: tuple[TopicCluster, ...]
    seconds: float


@dataclass(frozen=True, eq=False)
class ClustersRun:
    """The result, and the clusters themselves."""

    result: ClustersResult
    run: ClusterRun


def run(vectors: WordVectors, *, seed: int = 1) -> ClustersRun:
    """Cluster news of the toy world, as many clusters as there are topics.

    Args:
        vectors: Of the world's words.
        seed: Of the documents and of k-means.
    """
    start = time.perf_counter()
    made = toydocuments.documents(COUNT, seed=seed)
    documents = Documents(
        ids=tuple(f"news {number}" for number in range(1, COUNT + 1)),
        texts=tuple(one.text for one in made),
        name="news of the toy world",
        report=DocumentsReport(COUNT, 0, 0, (), ()),
        labels=tuple(one.topic for one in made),
    )
    topics = len(toydocuments.TOPICS)
    settings: Mapping[str, Any] = {"k": topics, "tokenizer": "default", "seed": seed}
    done = cluster_documents(documents, vectors, settings=settings)
    scores = done.result.scores
    assert scores is not None  # there are labels
    clusters: list[TopicCluster] = []
    for one in done.result.clusters:
        topic, count = next(iter(one.labels.items()))
        clusters.append(TopicCluster(one.title, one.documents, topic, count / one.documents))
    result = ClustersResult(
        documents=COUNT,
        topics=topics,
        nmi=scores.nmi,
        nmi_tfidf=_tfidf(documents, topics, seed),
        clusters=tuple(clusters),
        seconds=time.perf_counter() - start,
    )
    return ClustersRun(result, done)


def text(result: ClustersResult) -> str:
    """Return the result as the command prints it."""
    rows = [
        (one.title, f"{one.documents:,}", one.topic, f"{one.share:.0%}") for one in result.clusters
    ]
    return "\n".join(
        [
            f"News: {result.documents:,} short documents in {len(result.clusters)} clusters. "
            f"Agreement with their topics (NMI) {result.nmi:.2f}; counting words (TF-IDF) "
            f"{result.nmi_tfidf:.2f}",
            "",
            console.table(("cluster", "documents", "most about", "share"), rows),
        ]
    )


def html(done: ClustersRun) -> list[str]:
    """Return the part of the page about news."""
    result, documents = done.result, done.run.documents
    titles = [one.title for one in result.clusters]
    said = [f"{documents.ids[i]}: {documents.texts[i]}" for i in done.run.map.places.tolist()]
    return [
        report.heading(
            "News in clusters, with names",
            f"{result.documents:,} documents of one to four sentences about {result.topics} "
            "topics, without a label. Two of one topic share few of its words; vectors of the "
            "world's text know which words are of one topic. Agreement of the clusters with the "
            "topics (normalised mutual information, 1 is all): "
            f"{result.nmi:.2f}, by counting words (k-means on TF-IDF) {result.nmi_tfidf:.2f}. "
            "Clusters are named by words that many of their documents have and few others.",
        ),
        document_picture(done.run.map, titles, said),
        report.table(
            ("cluster", "name", "documents", "most about", "of them"),
            [
                (str(number), one.title, one.documents, one.topic, f"{one.share:.0%}")
                for number, one in enumerate(result.clusters)
            ],
        ),
    ]


def _tfidf(documents: Documents, topics: int, seed: int) -> float:
    from sklearn.cluster import KMeans
    from sklearn.feature_extraction.text import TfidfVectorizer

    from ...models.clusters.scores import agreement
    from ...models.threads import threads_for

    rows = TfidfVectorizer().fit_transform(documents.texts)
    starts: dict[str, Any] = {"n_init": 10}
    with threads_for(rows.nnz * topics):
        found = KMeans(topics, **starts, random_state=seed).fit_predict(rows)
    return agreement(found, documents.labels or ()).nmi
