"""Nearest documents against scikit-learn, near duplicates, and paragraph vectors against gensim."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from .neighbours import clustered
from .records import Check, Measurement, mean, median
from .sentiment import Labelled, imdb_reviews
from .workplace import Workplace

DOCUMENTS, QUERIES, TOPN = 100_000, 1000, 10
REVIEWS, LABELLED = 4000, 2500
EPOCHS = 20


def nearest(place: Workplace) -> Measurement:
    """Ask for the nearest documents: scikit-learn's brute force, ours, and ours through a graph."""
    from sklearn.neighbors import NearestNeighbors

    from wordgraft import DocumentIndex

    size = min(DOCUMENTS, place.scale.opening_words)
    rows = clustered(size, place.scale.opening_size)
    asked = rows[np.random.default_rng(2).choice(size, min(QUERIES, size // 2), replace=False)]
    asked = asked + 0.1 * np.random.default_rng(3).standard_normal(asked.shape, np.float32)
    peer = NearestNeighbors(n_neighbors=TOPN, metric="cosine", algorithm="brute").fit(rows)
    exact, through = DocumentIndex(rows), DocumentIndex(rows)
    built = _seconds(through.build)
    ways: dict[str, Callable[[], Any]] = {
        "scikit-learn": lambda: peer.kneighbors(asked)[1].tolist(),
        "exact": lambda: _rows(exact.nearest(asked, topn=TOPN)),
        "graph": lambda: _rows(through.nearest(asked, topn=TOPN)),
    }
    runs: dict[str, list[float]] = {name: [] for name in ways}
    answers: dict[str, Any] = {}
    for ask in ways.values():
        ask()  # kernels are compiled, lengths computed before the clock runs
    for _ in range(place.scale.repetitions):
        for name, ask in ways.items():
            began = time.perf_counter()
            answers[name] = ask()
            runs[name].append(time.perf_counter() - began)
    part = DocumentIndex(rows[: size // 5])
    duplicates = _seconds(lambda: part.near_duplicates(0.95))
    return Measurement(
        compared=(
            f"{TOPN} nearest of {size:,} x {rows.shape[1]} float32 numbers (8,000 GoogleNews "
            f"vectors with noise of their covariance) to {len(asked):,} queries: scikit-learn's "
            "NearestNeighbors(algorithm='brute', metric='cosine') against DocumentIndex.nearest, "
            "exact and through its graph, in turns; all pairs of a fifth of them for near "
            "duplicates"
        ),
        cache="warm",
        figures={"seconds": runs, "build": built, "duplicates": duplicates},
        checks=(
            _faster("exact", runs, "exact"),
            _faster("through the graph", runs, "graph"),
            Check(name="the same documents as scikit-learn's, exact", unit="score", target=0.999,
                  value=_shared(answers["scikit-learn"], answers["exact"])),
            Check(name="the same through the graph", unit="score", target=0.95,
                  value=_shared(answers["scikit-learn"], answers["graph"])),
            Check(name="build the graph", value=built, unit="s"),
            Check(name=f"near duplicates of {len(part):,}, all pairs", value=duplicates, unit="s"),
        ),
    )  # fmt: skip


def paragraphs(place: Workplace) -> Measurement:
    """Train and infer paragraph vectors of reviews, ours and gensim's, each on one thread.

    All reviews are of IMDB's training set: the classifier is scored on a part that it didn't see.
    """
    from wordgraft.models.documents.paragraphs import ParagraphVectors

    train, _ = imdb_reviews(place)
    some = np.random.default_rng(0).permutation(len(train))[:REVIEWS]
    reviews = train.take(some)
    runs: dict[str, list[dict[str, float]]] = {"ours": [], "gensim": []}
    ParagraphVectors(min_count=1, epochs=1, workers=1).fit(["warm up"] * 9).transform(["warm"])
    for seed in place.scale.seeds:
        model = ParagraphVectors(epochs=EPOCHS, workers=1, seed=seed)
        began = time.perf_counter()
        model.fit(reviews.texts)
        fitted = time.perf_counter()
        rows = model.transform(reviews.texts)
        seconds = sum(epoch.seconds for epoch in model.history_)
        words = sum(epoch.words for epoch in model.history_)
        runs["ours"].append(
            {
                "accuracy": _accuracy(rows, reviews),
                "accuracy_trained": _accuracy(model.documents_, reviews),
                "words_per_second": words / seconds,
                "fit_seconds": fitted - began,
                "infer_seconds": time.perf_counter() - fitted,
            }
        )
        runs["gensim"].append(_theirs(model, reviews, seed))
    ours, theirs = runs["ours"], runs["gensim"]
    speeds = [
        a["words_per_second"] / b["words_per_second"] for a, b in zip(ours, theirs, strict=True)
    ]
    gains = [a["accuracy"] - b["accuracy"] for a, b in zip(ours, theirs, strict=True)]
    infer = [b["infer_seconds"] / a["infer_seconds"] for a, b in zip(ours, theirs, strict=True)]
    million = 1e-6
    return Measurement(
        compared=(
            f"paragraph vectors (PV-DBOW, D=100, {EPOCHS} epochs, one worker) of {len(reviews):,} "
            "reviews of IMDB's training set: ParagraphVectors against gensim's Doc2Vec(dm=0) on "
            "the same tokens, words/s of training alone; accuracy of logistic regression on "
            f"inferred vectors of {LABELLED:,} of them, on the others; mean of "
            f"{len(place.scale.seeds)} seeds"
        ),
        cache="warm",
        figures=runs,
        checks=(
            Check(name="words/s", value=median(speeds), unit="x", sides="M words/s", target=4.0,
                  ours=median([a["words_per_second"] for a in ours]) * million,
                  peer=median([b["words_per_second"] for b in theirs]) * million,
                  each=tuple(speeds)),
            Check(name="inferring", value=median(infer), unit="x", each=tuple(infer)),
            Check(name="accuracy on inferred vectors, minus gensim's", value=mean(gains),
                  unit="difference", target=-0.01, ours=mean([a["accuracy"] for a in ours]),
                  peer=mean([b["accuracy"] for b in theirs]), sides="accuracy", each=tuple(gains)),
        ),
    )  # fmt: skip


def _theirs(model: Any, reviews: Labelled, seed: int) -> dict[str, float]:
    """Train gensim's on the tokens that ours was trained on."""
    from gensim.models.doc2vec import Doc2Vec, TaggedDocument

    words = model.vocabulary_.words
    tokens = [[words[row - 2] for row in text] for text in model.indexer_(reviews.texts)]
    documents = [TaggedDocument(text, [number]) for number, text in enumerate(tokens)]
    peer = Doc2Vec(
        dm=0, vector_size=100, negative=5, min_count=1, sample=1e-3, epochs=EPOCHS, workers=1,
        seed=seed,
    )  # fmt: skip
    peer.build_vocab(documents)
    began = time.perf_counter()
    peer.train(documents, total_examples=len(documents), epochs=EPOCHS)
    trained = time.perf_counter()
    rows = np.array([peer.infer_vector(text) for text in tokens])
    return {
        "accuracy": _accuracy(rows, reviews),
        "accuracy_trained": _accuracy(peer.dv.vectors, reviews),
        "words_per_second": EPOCHS * sum(map(len, tokens)) / (trained - began),
        "infer_seconds": time.perf_counter() - trained,
    }


def _accuracy(rows: np.ndarray, reviews: Labelled) -> float:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    learnt = min(LABELLED, len(reviews) * 5 // 8)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=500))
    model.fit(rows[:learnt], reviews.labels[:learnt])
    return float(model.score(rows[learnt:], reviews.labels[learnt:]))


def _rows(answers: Any) -> list[list[int]]:
    return [[one.row for one in answer] for answer in answers]


def _shared(first: list[list[int]], second: list[list[int]]) -> float:
    shares = [len(set(a) & set(b)) / len(a) for a, b in zip(first, second, strict=True)]
    return float(np.mean(shares))


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _faster(name: str, runs: dict[str, list[float]], side: str) -> Check:
    return Check(
        name=name,
        value=median(runs["scikit-learn"]) / median(runs[side]),
        unit="x",
        target=1.0,
        ours=median(runs[side]),
        peer=median(runs["scikit-learn"]),
        sides="s",
        each=tuple(a / b for a, b in zip(runs["scikit-learn"], runs[side], strict=True)),
    )
