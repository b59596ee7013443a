"""What document vectors are worth: clusters against known topics, and features with few labels.

Collections are read whole, as their data sets give them. The joint space was chosen on AG News'
training sample, on 20 Newsgroups' training part and on BBC News (docs/documents.md says what was
tried); the test part of AG News and the whole of 20 Newsgroups were scored only afterwards.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .records import Check, Measurement, deviation, mean, read_json, write_json
from .sentiment import Labelled, balanced, imdb_reviews, trained_vectors
from .workplace import Workplace, data_file

SEEDS = (0, 1, 2, 3, 4)
STARTS = 10
"""Of k-means, for every method: the best of so many by its own measure, as ``cluster`` does it."""
TOPICS = 100
"""Dimensions of the latent semantic analysis that documents are compared with."""
LABELS, DRAWS = 100, 20
STRENGTH = 10.0
"""C of logistic regression on features whose rows are of length 1 in the mean: of powers of ten it
was best, or near it, for all of them on training reviews that weren't drawn."""
QUICK_TEXTS = 300
GROUPS = ("20news_bydate_train.jsonl.gz", "20news_bydate_test.jsonl.gz")


def clusters(place: Workplace, *, collection: str, target: float) -> Measurement:
    """Cluster a collection on the vectors of every method and compare with its topics.

    Args:
        place: Where and how much.
        collection: "bbc", "agnews" or "20newsgroups".
        target: Normalised mutual information wanted of the default.
    """
    texts, topics = _collection(place, collection)
    scores = {
        name: _kept(place, collection, name, lambda make=make: _scores(make(), topics))
        for name, make in _methods(place, texts).items()
    }
    ours = scores.pop("wordgraft, auto")
    best, single = max(scores, key=lambda name: mean(scores[name]["nmi"])), ours["one start"]
    return Measurement(
        compared=(
            f"normalised mutual information of k-means (unit rows, best of {STARTS} starts, k = "
            f"number of topics) with the topics of {len(texts):,} documents, mean of {len(SEEDS)} "
            "seeds; DocumentVectorizer as it comes on general vectors (wiki, D=300); the best "
            f"other is {best}"
        ),
        cache="warm",
        figures={"wordgraft, auto": ours, "best other": best, **scores},
        checks=(
            Check(name="default", value=mean(ours["nmi"]), unit="score", target=target,
                  each=tuple(ours["nmi"])),
            *(
                Check(name=f"over {title}", value=mean(ours["nmi"]) - mean(scores[other]["nmi"]),
                      unit="difference", target=0.0, ours=mean(ours["nmi"]),
                      peer=mean(scores[other]["nmi"]), sides="score")
                for title, other in (("TF-IDF", "TF-IDF"), ("the best other", best))
            ),
            Check(name="default, one start of k-means", value=mean(single), unit="score",
                  each=tuple(single)),
            *(
                Check(name=name, value=mean(found["nmi"]), unit="score", each=tuple(found["nmi"]))
                for name, found in scores.items()
            ),
        ),
    )  # fmt: skip


def few_labels(place: Workplace) -> Measurement:
    """Train logistic regression on 100 labelled reviews, draw by draw, on several features."""
    train, test = imdb_reviews(place)
    grafts = trained_vectors(place, "imdb")
    features = {name: (make(train), make(test)) for name, make in _features(grafts, train).items()}
    draws = range(2 if place.scale.quick else DRAWS)
    each = {
        name: [_accuracy(*pair, train, test, balanced(train.labels, LABELS, seed=d)) for d in draws]
        for name, pair in features.items()
    }
    tfidf = each.pop("TF-IDF")
    checks = [
        Check(name=name, value=mean(found), unit="score", peer=mean(tfidf), ours=mean(found),
              sides="accuracy", target=0.776 if "stretched" in name else None, each=tuple(found))
        for name, found in each.items()
    ]  # fmt: skip
    return Measurement(
        compared=(
            f"accuracy on IMDB's test set of logistic regression on {LABELS} labelled reviews, "
            f"mean of {len(draws)} balanced draws: document vectors (of IMDB's train and "
            "unlabelled reviews, fitted on the training reviews without their labels) against "
            "TF-IDF of one and two words"
        ),
        cache="warm",
        figures={**each, "TF-IDF": tfidf, "deviations": {n: deviation(x) for n, x in each.items()}},
        checks=tuple(checks),
    )


def _methods(place: Workplace, texts: list[str]) -> dict[str, Callable[[], Any]]:
    from wordgraft import DocumentVectorizer

    grafts = trained_vectors(place, "wiki")

    def vectorizer(weighting: str, **settings: Any) -> Any:
        made = DocumentVectorizer(grafts, weighting=weighting, tokenizer="default", **settings)
        return made.fit_transform(texts)

    return {
        "wordgraft, auto": lambda: vectorizer("auto"),
        "TF-IDF": lambda: _tfidf(texts),
        f"LSA-{TOPICS}": lambda: _analysed(_tfidf(texts)),
        "mean": lambda: vectorizer("mean"),
        "mean, centred": lambda: vectorizer("mean", center=True),
        "IDF mean, centred": lambda: vectorizer("idf", center=True),
        "SIF": lambda: vectorizer("sif"),
        "uSIF": lambda: vectorizer("usif"),
    }


def _tfidf(texts: list[str]) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        sublinear_tf=True, min_df=2, max_df=0.5, stop_words="english", dtype=np.float32
    ).fit_transform(texts)


def _analysed(rows: Any) -> Any:
    from sklearn.decomposition import TruncatedSVD

    return TruncatedSVD(min(TOPICS, rows.shape[1] - 1), random_state=0).fit_transform(rows)


def _scores(rows: Any, topics: np.ndarray) -> dict[str, Any]:
    """Return scores by seed: the best of several starts, and a single start."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
    from sklearn.preprocessing import normalize

    unit = normalize(rows)
    kinds = len(np.unique(topics))
    found: dict[str, list[float]] = {"nmi": [], "one start": [], "ari": []}
    for seed in SEEDS:
        best = KMeans(kinds, n_init=STARTS, random_state=seed).fit_predict(unit)
        single = KMeans(kinds, n_init=1, random_state=seed).fit_predict(unit)
        found["nmi"].append(float(normalized_mutual_info_score(topics, best)))
        found["ari"].append(float(adjusted_rand_score(topics, best)))
        found["one start"].append(float(normalized_mutual_info_score(topics, single)))
    return found


def _kept(
    place: Workplace, collection: str, method: str, run: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    key = {"method": method, "sources": place.state(), "quick": place.scale.quick}
    path = place.kept(f"clusters-{collection}", key)
    found = read_json(path)
    if found is None:
        found = run()
        write_json(path, found)
        print(f"{collection}, {method}: {mean(found['nmi']):.3f}", flush=True)
    return found


def _collection(place: Workplace, name: str) -> tuple[list[str], np.ndarray]:
    texts, topics = {"bbc": _bbc, "agnews": _agnews, "20newsgroups": _newsgroups}[name]()
    numbers = np.unique(topics, return_inverse=True)[1]
    if place.scale.quick:
        rows = np.random.default_rng(0).permutation(len(texts))[:QUICK_TEXTS].tolist()
        return [texts[i] for i in rows], numbers[rows]
    return texts, numbers


def _bbc() -> tuple[list[str], list[Any]]:
    records = _records("bbc_news.jsonl.gz")
    return [record["text"] for record in records], [record["label"] for record in records]


def _agnews() -> tuple[list[str], list[Any]]:
    with gzip.open(data_file("ag_news/test.csv.gz")) as file:
        rows = list(csv.reader(io.TextIOWrapper(file, "utf-8", newline="")))
    return [f"{title} {text}" for _, title, text in rows], [label for label, _, _ in rows]


def _newsgroups() -> tuple[list[str], list[Any]]:
    """Return all posts without headers, footers and quotes, as scikit-learn strips them."""
    from sklearn.datasets import _twenty_newsgroups as posts

    records = [record for name in GROUPS for record in _records(name)]
    texts = [
        posts.strip_newsgroup_quoting(
            posts.strip_newsgroup_footer(posts.strip_newsgroup_header(record["text"]))
        )
        for record in records
    ]
    return texts, [record["label"] for record in records]


def _records(name: str) -> list[dict[str, Any]]:
    with gzip.open(data_file(name), "rb") as file:
        return [json.loads(line) for line in file]


def _features(grafts: Any, train: Labelled) -> Mapping[str, Callable[[Labelled], Any]]:
    """Return what turns reviews into features, fitted on the training reviews."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    from wordgraft import DocumentVectorizer
    from wordgraft.models.few_labels.principal import PrincipalScaler

    made: dict[str, Callable[[Labelled], Any]] = {}
    ways: dict[str, dict[str, Any]] = {
        "mean": {"weighting": "mean"},
        "sif": {"weighting": "sif"},
        # The common component of reviews is a good deal of their sentiment: only the mean goes.
        "sif, only centred": {"weighting": "sif", "remove_components": 0, "center": True},
        "usif": {"weighting": "usif"},
        "auto": {},
    }
    for name, settings in ways.items():
        fitted = DocumentVectorizer(grafts, **settings)
        known = fitted.fit_transform(list(train.texts))
        length = np.sqrt(np.square(known, dtype=np.float64).sum(axis=1).mean())
        made[name] = lambda some, fitted=fitted, length=length: (
            fitted.transform(list(some.texts)) / np.float32(length)
        )
    stretched = PrincipalScaler().fit(made["sif, only centred"](train))
    made["sif, stretched"] = lambda some: stretched.transform(made["sif, only centred"](some))
    both = ("auto", "sif, only centred")
    made["auto beside SIF"] = lambda some: np.hstack([made[name](some) for name in both])
    counts = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    counts.fit(train.texts)
    return {**made, "TF-IDF": lambda some: counts.transform(some.texts)}


def _accuracy(known: Any, asked: Any, train: Labelled, test: Labelled, rows: np.ndarray) -> float:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=STRENGTH, max_iter=1000)
    model.fit(known[rows], train.labels[rows])
    return float((model.predict(asked) == test.labels).mean())
