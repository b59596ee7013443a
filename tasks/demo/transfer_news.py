"""Transfer on the toy world's news and sentences: few labels, none, attributes, clusters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...embeddings.vectors import WordVectors
from ..toys import documents as toydocuments
from ..toys import transfer as toytransfer
from ..toys import world as toyworld
from ..toys.words import TOPICS
from .clusters import ClustersResult
from .transfer_row import TransferRow

POOL, TESTED, DRAWS, ATOMS = 600, 400, 5, 64
PASSAGES, PASSAGE = 1000, 3  # runs of sentences of the world without labels, and their length
RIDDLES, UNSEEN = 1200, 6
FEW, AUXILIARY, WORD_CLUSTERS = 100, 1500, 32
PAIRS = 1500


@dataclass(frozen=True, eq=False)
class News:
    """News with topics.

    Attributes:
        pool: Texts that labels are drawn of.
        topics: str[N], their topics.
        test: Others.
        truth: str[M], theirs.
    """

    pool: list[str]
    topics: NDArray[np.str_]
    test: list[str]
    truth: NDArray[np.str_]

    @classmethod
    def made(cls, seed: int) -> News:
        """Return the news of a seed."""
        pool = toydocuments.documents(POOL, seed=100 * seed + 11)
        test = toydocuments.documents(TESTED, seed=100 * seed + 12)
        return cls(
            [one.text for one in pool],
            np.array([one.topic for one in pool]),
            [one.text for one in test],
            np.array([one.topic for one in test]),
        )

    def draw(self, labels: int, seed: int) -> NDArray[np.int64]:
        """Return the places of so many texts of each topic."""
        rng = np.random.default_rng([seed, labels])
        each = [
            rng.permutation(np.flatnonzero(self.topics == topic))[:labels]
            for topic in toydocuments.TOPICS
        ]
        return np.concatenate(each)


def rows(
    vectors: WordVectors, clusters: ClustersResult, *, seed: int = 1
) -> list[Callable[[], TransferRow]]:
    """Return what makes each row, in their order.

    Args:
        vectors: Of the world's words.
        clusters: What the demonstration's news fell into.
        seed: Of whatever is made and drawn.
    """
    news = News.made(seed)
    return [
        lambda: _few_shot(vectors, news),
        lambda: _self_taught(vectors, news, seed),
        lambda: _attributes(vectors, seed),
        lambda: _zero_shot(vectors, news, seed),
        lambda: _clusters(clusters),
        lambda: _together(news, seed),
        lambda: _alike(vectors, news, seed),
    ]


def _few_shot(vectors: WordVectors, news: News) -> TransferRow:
    from ...models.documents.vectorizer import DocumentVectorizer
    from ...models.few_labels.few_shot import PrototypeClassifier

    space = DocumentVectorizer(vectors).fit(news.pool)
    own, others = space.transform(news.pool), space.transform(news.test)
    reached: dict[int, float] = {}
    for labels in (1, 5):
        draws = [news.draw(labels, draw) for draw in range(DRAWS)]
        reached[labels] = _mean_right(
            lambda at: PrototypeClassifier().fit(own[at], news.topics[at]).predict(others),
            draws, news,
        )  # fmt: skip
    plain = {labels: _counted(news, labels) for labels in reached}
    return TransferRow(
        kind="Few-shot",
        setting="inductive",
        told=f"One news item of each of {len(toydocuments.TOPICS)} topics has a label. The nearest "
        "class mean answers, in a space of vectors and unlabelled news.",
        measure=f"accuracy, mean of {DRAWS} draws",
        without=plain[1],
        without_by="TF-IDF and logistic regression",
        reached=reached[1],
        by="class means in the joint space",
        names=("PrototypeClassifier", "DocumentVectorizer"),
        command="wordgraft few-shot",
        page="docs/few-labels.md",
        section="Classes from some examples",
        note=f"With five of each: {plain[5]:.1%} without, {reached[5]:.1%} with.",
    )


def _self_taught(vectors: WordVectors, news: News, seed: int) -> TransferRow:
    from sklearn.linear_model import LogisticRegression

    from ...models.documents.vectorizer import DocumentVectorizer
    from ...models.few_labels.self_taught import SelfTaughtFeatures

    said = toyworld.sentences(100 * PASSAGES, seed=100 * seed + 13)
    passages = [" ".join(islice(said, PASSAGE)) for _ in range(PASSAGES)]
    reader = DocumentVectorizer(vectors, weighting="sif").fit(news.pool)
    parts = SelfTaughtFeatures(ATOMS, seed=seed).fit(reader.transform(passages))
    own, others = reader.transform(news.pool), reader.transform(news.test)
    codes, other_codes = parts.transform(own), parts.transform(others)

    def right(table: Any, test: Any) -> float:
        draws = [news.draw(1, draw) for draw in range(DRAWS)]
        return _mean_right(
            lambda at: LogisticRegression(C=10).fit(table[at], news.topics[at]).predict(test),
            draws, news,
        )  # fmt: skip

    return TransferRow(
        kind="Self-taught features",
        setting="inductive",
        told=f"{ATOMS} parts are learnt on {PASSAGES:,} passages of three sentences about "
        "anything, without labels. How much of each part is in a news item are its features; one "
        "item of each topic has a label.",
        measure=f"accuracy, mean of {DRAWS} draws",
        without=_counted(news, 1),
        without_by="TF-IDF and logistic regression",
        reached=right(codes, other_codes),
        by="logistic regression on the amounts",
        names=("SelfTaughtFeatures",),
        command="wordgraft few-shot --methods tfidf,codes",
        page="docs/few-labels.md",
        section="Self-taught learning",
        note=f"On the mean vectors themselves, without parts: {right(own, others):.1%}.",
    )


def _attributes(vectors: WordVectors, seed: int) -> TransferRow:
    from ...models.documents.vectorizer import DocumentVectorizer
    from ...models.few_labels.attributes import ESZSL, SJE

    told = toytransfer.riddles(RIDDLES, seed=100 * seed + 14)
    attributes = toytransfer.person_attributes()
    table = DocumentVectorizer(vectors, weighting="mean").fit_transform([one.text for one in told])
    people = np.array([one.person for one in told])
    women = sorted(name for name, row in attributes.items() if row[-1] > 0)
    unseen = np.random.default_rng(seed).permutation(women)[:UNSEEN]
    new = np.isin(people, unseen)

    def right(kind: Any) -> float:
        model = kind(attributes).fit(table[~new], people[~new])
        return float(np.mean(model.predict(table[new], among="unseen") == people[new]))

    return TransferRow(
        kind="Attributes of classes",
        setting="inductive",
        told=f"Who is meant? Sentences with the person left out; of {UNSEEN} women "
        f"({', '.join(sorted(unseen.tolist()))}) there was none to learn from. Attributes say "
        "whose counterpart each is, and that she is a she.",
        measure=f"accuracy among the {UNSEEN} unseen",
        without=1 / UNSEEN,
        without_by="chance: a classifier has no example of them",
        reached=right(ESZSL),
        by="ESZSL from mean vectors to attributes",
        names=("ESZSL", "SJE"),
        page="docs/few-labels.md",
        section="Classes by signatures: ESZSL and SJE",
        note=f"SJE: {right(SJE):.1%}.",
    )


def _zero_shot(vectors: WordVectors, news: News, seed: int) -> TransferRow:
    from ...models.few_labels.name_matching import match_names
    from ...models.few_labels.zero_shot import ZeroShotClassifier

    topics = toydocuments.TOPICS
    described = {topic: TOPICS[topic][0].split()[0] for topic in topics}
    found = match_names(news.test, [[described[topic]] for topic in topics])
    plain = np.array([*topics, ""])[found]
    model = ZeroShotClassifier(vectors, classes=described, seed=seed).fit(news.test)
    return TransferRow(
        kind="Zero-shot by the names of classes",
        setting="unsupervised",
        told="No label at all: each topic is known by one word ("
        + ", ".join(described[topic] for topic in topics[:3])
        + " …), and refined on the news that are asked about.",
        measure="accuracy",
        without=float(np.mean(plain == news.truth)),
        without_by="the word stands in the text",
        reached=float(np.mean(model.predict(news.test) == news.truth)),
        by="vectors of the words",
        names=("ZeroShotClassifier",),
        command="wordgraft zero-shot",
        page="docs/few-labels.md",
        section="Classes from their names",
    )


def _clusters(found: ClustersResult) -> TransferRow:
    return TransferRow(
        kind="Clusters",
        setting="unsupervised",
        told=f"{found.documents:,} news without labels in as many clusters as there are topics: "
        "those of the map above.",
        measure="agreement with the topics (NMI)",
        without=found.nmi_tfidf,
        without_by="k-means on TF-IDF",
        reached=found.nmi,
        by="vectors of the world's words",
        names=("TextClusterer",),
        command="wordgraft cluster",
        page="docs/clusters.md",
        section="Methods",
    )


def _together(news: News, seed: int) -> TransferRow:
    from sklearn.feature_extraction.text import CountVectorizer

    from ...models.clusters.co_clustering import SelfTaughtClustering
    from ...models.clusters.scores import agreement

    others = [one.text for one in toydocuments.documents(AUXILIARY, seed=100 * seed + 15)]
    few, truth = news.test[:FEW], news.truth[:FEW].tolist()
    counter = CountVectorizer().fit([*others, *few])
    counts, more = counter.transform(few), counter.transform(others)

    def agreed(auxiliary: Any) -> float:
        model = SelfTaughtClustering(
            len(toydocuments.TOPICS), word_clusters=WORD_CLUSTERS, seed=seed
        )
        return agreement(model.fit(counts, Xa=auxiliary).labels_, truth).nmi

    return TransferRow(
        kind="Self-taught clustering",
        setting="unsupervised",
        told=f"{FEW} news, clustered together with {len(others):,} others through clusters of "
        "the words that both have. No vectors, no labels.",
        measure="agreement with the topics (NMI)",
        without=agreed(None),
        without_by="the same without the others",
        reached=agreed(more),
        by="co-clustering with the others",
        names=("SelfTaughtClustering",),
        command="wordgraft co-cluster",
        page="docs/few-labels.md",
        section="Self-taught learning",
    )


def _alike(vectors: WordVectors, news: News, seed: int) -> TransferRow:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics import roc_auc_score

    from ...models.documents.text_similarity import text_similarity

    first, second = np.random.default_rng(seed).integers(len(news.test), size=(2, PAIRS))
    one, other = (part[first != second] for part in (first, second))
    same = news.truth[one] == news.truth[other]
    counts: Any = TfidfVectorizer().fit_transform(news.test)
    plain = np.asarray(counts[one].multiply(counts[other]).sum(axis=1)).ravel()
    pairs = [(news.test[a], news.test[b]) for a, b in zip(one, other, strict=True)]
    return TransferRow(
        kind="Similarity",
        setting="unsupervised",
        told=f"{len(pairs):,} pairs of news: are two about one topic? How often a pair that is "
        "comes before one that isn't.",
        measure="area under the ROC curve",
        without=float(roc_auc_score(same, plain)),
        without_by="cosine of TF-IDF",
        reached=float(roc_auc_score(same, text_similarity(pairs, vectors, method="sif"))),
        by="SIF means of vectors",
        names=("text_similarity", "DocumentIndex"),
        command="wordgraft similar-docs",
        page="docs/similarity.md",
        section="Two sentences",
    )


def _counted(news: News, labels: int) -> float:
    """Return the accuracy of counting words: what there is without transfer."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    def answers(at: NDArray[np.int64]) -> NDArray[Any]:
        model = make_pipeline(TfidfVectorizer(), LogisticRegression(C=10))
        return model.fit([news.pool[i] for i in at], news.topics[at]).predict(news.test)

    return _mean_right(answers, [news.draw(labels, draw) for draw in range(DRAWS)], news)


def _mean_right(
    answers: Callable[[NDArray[np.int64]], Any], draws: Sequence[NDArray[np.int64]], news: News
) -> float:
    return float(np.mean([np.mean(answers(at) == news.truth) for at in draws]))
