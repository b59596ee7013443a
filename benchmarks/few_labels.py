"""Few labels and none: classes from names, from some examples, from other text, from attributes.

Settings were chosen on AG News' training sample and on the training part of 20 Newsgroups
(docs/few-labels.md says which, and what was tried); the test parts were scored afterwards.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from .records import Check, Measurement, mean, read_json, write_json
from .sentiment import trained_vectors
from .workplace import Workplace, data_file

NAMES: Mapping[str, Mapping[str, str]] = {
    "agnews": {
        "1": "international politics", "2": "sports", "3": "business", "4": "technology",
    },
    "bbc": {name: name for name in ("business", "entertainment", "politics", "sport", "tech")},
    "20newsgroups": {
        "alt.atheism": "atheism", "comp.graphics": "computer graphics",
        "comp.os.ms-windows.misc": "microsoft windows", "comp.sys.ibm.pc.hardware": "pc hardware",
        "comp.sys.mac.hardware": "apple macintosh", "comp.windows.x": "x windows unix",
        "misc.forsale": "items for sale", "rec.autos": "cars", "rec.motorcycles": "motorcycles",
        "rec.sport.baseball": "baseball", "rec.sport.hockey": "ice hockey",
        "sci.crypt": "cryptography", "sci.electronics": "electronics", "sci.med": "medicine",
        "sci.space": "space", "soc.religion.christian": "christianity",
        "talk.politics.guns": "guns", "talk.politics.mideast": "middle east politics",
        "talk.politics.misc": "politics", "talk.religion.misc": "religion",
    },
}  # fmt: skip
"""What classes are called. Those of 20 Newsgroups were written once, before anything was scored."""
SHOTS, DRAWS = (1, 5, 10, 20), 20
WIKIPEDIA, PARAGRAPHS, PARAGRAPH = "enwiki2015_articles_part1.jsonl.gz", 5_000, 400
"""Text that sparse codes are learnt from, paragraphs of it, and characters of the shortest."""
QUICK_TEXTS = 400
SPLITS = 50
"""Divisions of the animals: four fifths are seen, a fifth is not."""
GLOVE = {
    "GloVe, Twitter, D=25": "embeddings/glove.twitter.27B.25d.12k.txt.gz",
    "GloVe, Wikipedia and Gigaword, D=100": "embeddings/glove.wikigiga.100d.top10k.int8.txt.gz",
}
"""Parts of published vectors that know the most animals: 24 and 17 of 50."""
TARGET_DOCUMENTS, AUXILIARY, CLUSTERINGS = 100, 2_000, 10


def zero_shot(place: Workplace, *, collection: str, target: float | None) -> Measurement:
    """Put a collection in classes from their names, and count who is right.

    Args:
        place: Where and how much.
        collection: "agnews", "bbc" or "20newsgroups".
        target: Accuracy wanted.
    """
    from wordgraft.tasks.few_labels.zero_shot import zero_shot_documents
    from wordgraft.tasks.reading.documents import load_documents

    texts, labels = _test(collection)
    if place.scale.quick:
        texts, labels = texts[::20], labels[::20]
    documents = load_documents(_file(place, "test", texts, labels), label="label")
    settings = {"classes": NAMES[collection], "settings": {"tokenizer": "default"}}

    def run() -> dict[str, Any]:
        found = zero_shot_documents(documents, trained_vectors(place, "wiki"), **settings)
        ways = {way.name: way.accuracy for way in found.result.ways}
        return {"ways": ways, "changed": found.result.changed, "seconds": found.result.seconds}

    found = _kept(place, f"zero-{collection}", {}, run)
    *others, ours = found["ways"]
    return Measurement(
        compared=(
            f"accuracy of ZeroShotClassifier as it comes on {len(texts):,} texts, which it learns "
            f"from without labels, class names only ({', '.join(NAMES[collection].values())}), "
            "general vectors (wiki, D=300)"
        ),
        cache="warm",
        figures=found,
        checks=(
            Check(name=ours, value=found["ways"][ours], unit="score", target=target),
            *(Check(name=name, value=found["ways"][name], unit="score") for name in others),
        ),
    )


def few_shot(place: Workplace, *, collection: str) -> Measurement:
    """Learn from 1 to 20 labels a class, against TF-IDF, draw by draw.

    Args:
        place: Where and how much.
        collection: "agnews" or "20newsgroups".
    """
    from wordgraft.tasks.few_labels.few_shot import few_shot as compare
    from wordgraft.tasks.reading.labelled import load_labelled

    test, train = _test(collection), _train(collection)
    if place.scale.quick:
        rows = np.random.default_rng(0).permutation(len(train[0]))[: 3 * QUICK_TEXTS].tolist()
        train = [train[0][i] for i in rows], [train[1][i] for i in rows]
    draws = 2 if place.scale.quick else DRAWS

    def run() -> dict[str, Any]:
        data = {
            name: load_labelled(_file(place, name, *both))
            for name, both in (("train", train), ("test", test))
        }
        return compare(
            data["train"],
            trained_vectors(place, "wiki"),
            test=data["test"],
            unlabelled=_paragraphs(),
            shots=SHOTS,
            draws=draws,
            tokenizer="default",
        ).to_json()

    found = _kept(place, f"few-{collection}", {"draws": draws}, run)
    cells = {(one["method"], one["shots"]): one for one in found["cells"]}
    checks: list[Check] = []
    for (method, shots), one in cells.items():
        base = cells["tfidf", shots]
        pairs = zip(one["accuracies"], base["accuracies"], strict=True)
        checks.append(
            Check(
                name=f"{method}, {shots} labels a class",
                value=one["mean"],
                unit="score",
                ours=None if method == "tfidf" else one["mean"],
                peer=None if method == "tfidf" else base["mean"],
                sides="accuracy",
                each=tuple(one["accuracies"] if method == "tfidf" else [a - b for a, b in pairs]),
            )
        )
    return Measurement(
        compared=(
            f"accuracy on {len(test[0]):,} test texts with so many labels of each of "
            f"{len(NAMES[collection])} classes, mean of {draws} draws from {len(train[0]):,} "
            "training texts, whose text alone all features are learnt from; codes: sparse codes "
            f"learnt on {PARAGRAPHS:,} paragraphs of Wikipedia (self-taught). Beside each the same "
            "draws with TF-IDF and logistic regression"
        ),
        cache="warm",
        figures=found,
        checks=tuple(checks),
    )


def self_taught_clusters(place: Workplace) -> Measurement:
    """Cluster a hundred BBC articles alone, and with the help of AG News' short texts."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.metrics import normalized_mutual_info_score

    from wordgraft import SelfTaughtClustering

    texts, labels = _test("bbc")
    helpers, _ = _train("agnews")
    numbers = np.unique(labels, return_inverse=True)[1]
    alone: list[float] = []
    taught: list[float] = []
    for draw in range(2 if place.scale.quick else CLUSTERINGS):
        rng = np.random.default_rng(draw)
        rows = np.concatenate([
            rng.permutation(np.flatnonzero(numbers == number))[: TARGET_DOCUMENTS // 5]
            for number in range(5)
        ])  # fmt: skip
        some = [helpers[i] for i in rng.permutation(len(helpers))[:AUXILIARY].tolist()]
        count = CountVectorizer(stop_words="english", min_df=2)
        count.fit([*(texts[i] for i in rows.tolist()), *some])
        own, other = count.transform(texts[i] for i in rows.tolist()), count.transform(some)
        model = SelfTaughtClustering(5, word_clusters=32, seed=draw)
        for found, given in ((alone, None), (taught, other)):
            labels_ = model.fit(own, Xa=given).labels_
            found.append(float(normalized_mutual_info_score(numbers[rows], labels_)))
    gains = [a - b for a, b in zip(taught, alone, strict=True)]
    return Measurement(
        compared=(
            f"normalised mutual information with the topics of {TARGET_DOCUMENTS} BBC articles, "
            f"SelfTaughtClustering with {AUXILIARY:,} short texts of AG News, against without, "
            f"mean of {len(gains)} draws"
        ),
        cache="warm",
        figures={"with": taught, "without": alone},
        checks=(
            Check(name="with AG News over without", value=mean(gains), unit="difference",
                  ours=mean(taught), peer=mean(alone), sides="score", each=tuple(gains)),
        ),
    )  # fmt: skip


def attributes(place: Workplace) -> Measurement:
    """Tell animals never seen from their attributes, by the vectors of their names."""
    from wordgraft import load_vectors

    names, table = _animals()
    checks: list[Check] = []
    figures: dict[str, Any] = {}
    sources = {name: load_vectors(data_file(file)) for name, file in GLOVE.items()}
    for short, vectors in {"wiki, D=300": trained_vectors(place, "wiki"), **sources}.items():
        known = [i for i, name in enumerate(names) if _words(name, vectors)]
        rows = np.stack([
            np.mean([vectors[word] for word in _words(names[i], vectors)], axis=0) for i in known
        ])  # fmt: skip
        found = _zero_shot_animals(table[known], rows, 5 if place.scale.quick else SPLITS)
        figures[short] = {"animals": len(known), **found}
        checks += [
            Check(
                name=f"{short}: {name}",
                value=mean(each),
                unit="score",
                each=tuple(each),
            )
            for name, each in found.items()
        ]
    return Measurement(
        compared=(
            f"animals of AwA (attributes only; there are no pictures here), mean of {SPLITS} "
            "divisions into four fifths seen and a fifth unseen: an unseen animal recognised among "
            "the unseen from its 85 attributes by the vector of its name, and its attributes told "
            "from that vector by ridge regression (area under ROC over the unseen animals; "
            "0.5 knows nothing). One example for each class: what these data allow, and no measure "
            "of recognising pictures"
        ),
        cache="warm",
        figures=figures,
        checks=tuple(checks),
    )


def _zero_shot_animals(table: np.ndarray, rows: np.ndarray, splits: int) -> dict[str, list[float]]:
    from sklearn.linear_model import Ridge
    from sklearn.metrics import roc_auc_score

    from wordgraft import ESZSL, SJE

    found: dict[str, list[float]] = {
        "ESZSL": [], "SJE": [], "chance": [], "attributes told from vectors, AUC": []
    }  # fmt: skip
    held = max(2, round(len(table) / 5))
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    centred = unit - unit.mean(axis=0)
    for split in range(splits):
        order = np.random.default_rng(split).permutation(len(table))
        unseen, seen = order[:held], order[held:]
        signatures = dict(enumerate(centred))
        for name, model in (("ESZSL", ESZSL(signatures)), ("SJE", SJE(signatures, seed=split))):
            model.fit(table[seen], seen)
            answers = model.predict(table[unseen], among="unseen")
            found[name].append(float((answers == unseen).mean()))
        found["chance"].append(1 / held)
        told = Ridge(1.0).fit(centred[seen], table[seen]).predict(centred[unseen])
        areas = [
            roc_auc_score(table[unseen, a] > 0, told[:, a])
            for a in range(table.shape[1])
            if 0 < (table[unseen, a] > 0).sum() < len(unseen)
        ]
        found["attributes told from vectors, AUC"].append(mean([float(one) for one in areas]))
    return found


def _words(name: str, vectors: Any) -> list[str]:
    """Return the words of a name, if all have a vector."""
    words = name.split("+")
    return words if all(word in vectors for word in words) else []


def _animals() -> tuple[list[str], np.ndarray]:
    lines = data_file("zeroshot/awa/classes.txt").read_text().splitlines()
    table = np.loadtxt(data_file("zeroshot/awa/predicate-matrix-binary.txt"))
    return [line.split()[1] for line in lines], table


def _file(place: Workplace, name: str, texts: list[str], labels: list[str]) -> Path:
    """Return a file of texts and labels, as the commands read them."""
    path = place.scratch / f"{name}.jsonl"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for text, label in zip(texts, labels, strict=True):
            file.write(json.dumps({"text": text, "label": label}) + "\n")
    return path


def _kept(
    place: Workplace, kind: str, key: dict[str, Any], run: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    path = place.kept(kind, {**key, "sources": place.state(), "quick": place.scale.quick})
    found = read_json(path)
    if found is None:
        found = run()
        write_json(path, found)
    return found


@cache
def _test(collection: str) -> tuple[list[str], list[str]]:
    """Return the texts and labels that are scored."""
    if collection == "agnews":
        with gzip.open(data_file("ag_news/test.csv.gz")) as file:
            rows = list(csv.reader(io.TextIOWrapper(file, "utf-8", newline="")))
        return [f"{title} {text}" for _, title, text in rows], [row[0] for row in rows]
    if collection == "bbc":
        records = _records("bbc_news.jsonl.gz")
        return [one["text"] for one in records], [one["label"] for one in records]
    return _newsgroups("20news_bydate_test.jsonl.gz")


@cache
def _train(collection: str) -> tuple[list[str], list[str]]:
    """Return texts and labels to learn from; of AG News without those that the test has."""
    if collection == "20newsgroups":
        return _newsgroups("20news_bydate_train.jsonl.gz")
    with gzip.open(data_file("ag_news/test.csv.gz")) as file:
        tested = {row[2] for row in csv.reader(io.TextIOWrapper(file, "utf-8", newline=""))}
    with gzip.open(data_file("ag_news/train_sample_8000.csv.gz")) as file:
        rows = list(csv.reader(io.TextIOWrapper(file, "utf-8", newline="")))[1:]
    kept = [(label, text) for label, text in rows if text not in tested]
    return [text for _, text in kept], [label for label, _ in kept]


def _newsgroups(name: str) -> tuple[list[str], list[str]]:
    """Return posts without headers, footers and quotes, as scikit-learn strips them."""
    from sklearn.datasets import _twenty_newsgroups as posts

    records = _records(name)
    texts = [
        posts.strip_newsgroup_quoting(
            posts.strip_newsgroup_footer(posts.strip_newsgroup_header(one["text"]))
        )
        for one in records
    ]
    return texts, [one["label"] for one in records]


@cache
def _paragraphs() -> tuple[str, ...]:
    found: list[str] = []
    with gzip.open(data_file(WIKIPEDIA), "rb") as file:
        for line in file:
            parts = [p for p in json.loads(line)["text"].split("\n") if len(p) >= PARAGRAPH]
            found += parts[:3]
            if len(found) >= PARAGRAPHS:
                break
    return tuple(found[:PARAGRAPHS])


def _records(name: str) -> list[dict[str, Any]]:
    with gzip.open(data_file(name), "rb") as file:
        return [json.loads(line) for line in file]
