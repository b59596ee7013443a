"""What vectors buy a classifier of sentiment: accuracy on real test sets, with few labels, carried.

The classifier is :class:`TextClassifier` as it comes, no setting changed but the seed; where one
had to be chosen, it was on a part of IMDB's training set. Every accuracy is kept as soon as it is
there, so that an interrupted row goes on.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from . import commands
from .records import Check, Measurement, deviation, mean, median, read_json, write_json
from .workplace import Workplace, data_file, raw_file

TRAININGS: Mapping[str, dict[str, Any]] = {
    "imdb": {"vector-size": 300, "window": 10, "epochs": 5},
    "wiki": {"vector-size": 300, "window": 5, "epochs": 5, "tokenizer": "whitespace"},
}
"""How vectors are trained: options of ``wordgraft train``."""
TIMEOUT = 3600.0
FEW, FEW_DRAWS = 500, 3
CARRIED, CARRIED_DRAWS = 200, 20
FOLDS = 10


@dataclass(frozen=True)
class Labelled:
    """Texts and labels.

    Attributes:
        texts: N texts.
        labels: int64[N], 0 or 1.
    """

    texts: tuple[str, ...]
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: np.ndarray) -> Labelled:
        """Return some of them."""
        return Labelled(tuple(self.texts[i] for i in rows.tolist()), self.labels[rows])


def whole(place: Workplace, *, vectors: str, target: float) -> Measurement:
    """Train on IMDB's training set and score the test set once for each seed.

    Args:
        place: Where and how much.
        vectors: "imdb" or "wiki".
        target: Accuracy wanted.
    """
    train, test = imdb_reviews(place)
    grafts = trained_vectors(place, vectors)
    found = [
        _kept(place, "imdb", {"vectors": vectors, "seed": seed}, lambda seed=seed: _scored(
            _classifier(place, grafts, vectors, seed), train, test))
        for seed in place.scale.seeds
    ]  # fmt: skip
    accuracies = [one["accuracy"] for one in found]
    seconds = [one["fit_seconds"] for one in found]
    return Measurement(
        compared=(
            f"accuracy on IMDB's official test set of {len(test):,} reviews, TextClassifier() as "
            f"it comes (staged) on vectors of {_corpus(vectors)}, mean of "
            f"{len(found)} seeds; time of fit from texts, vectors given, by "
            f"{max(one['threads'] for one in found):.0f} thread(s)"
        ),
        cache="warm",
        settings={"vectors": TRAININGS[vectors]},
        figures={"runs": found, "deviation": deviation(accuracies)},
        checks=(
            Check(name="accuracy", value=mean(accuracies), unit="score", target=target,
                  each=tuple(accuracies)),
            Check(name="time of fit", value=median(seconds), unit="s", target=900.0,
                  at_least=False, each=tuple(seconds)),
            Check(name="predicting", value=median([len(test) / one["predict_seconds"]
                  for one in found]), unit="reviews/s"),
        ),
    )  # fmt: skip


def few_labels(place: Workplace) -> Measurement:
    """Train on 500 labelled reviews, staged and from scratch, draw by draw."""
    train, test = imdb_reviews(place)
    grafts = trained_vectors(place, "imdb")
    each: dict[str, list[float]] = {"staged": [], "scratch": []}
    for draw in range(1 if place.scale.quick else FEW_DRAWS):
        some = train.take(balanced(train.labels, FEW, seed=draw))
        for mode, own in each.items():

            def run(mode: str = mode, some: Labelled = some, draw: int = draw) -> dict[str, float]:
                return _scored(
                    _classifier(place, grafts, "imdb", draw, embeddings=mode), some, test
                )

            own.append(_kept(place, "few", {"mode": mode, "draw": draw}, run)["accuracy"])
    gains = [a - b for a, b in zip(each["staged"], each["scratch"], strict=True)]
    return Measurement(
        compared=(
            f"accuracy on IMDB's test set of TextClassifier() trained on {FEW} reviews, mean of "
            f"{len(gains)} balanced draws: staged on vectors of IMDB's train and unlabelled "
            "reviews, against the same from random vectors of the training texts' words"
        ),
        cache="warm",
        figures=each,
        checks=(
            Check(name="staged over scratch", value=mean(gains), unit="difference", target=0.15,
                  ours=mean(each["staged"]), peer=mean(each["scratch"]), sides="accuracy",
                  each=tuple(gains)),
        ),
    )  # fmt: skip


def carried(place: Workplace) -> Measurement:
    """Carry a classifier of IMDB to book reviews with 200 labels, draw by draw."""
    books = _read("amazon/books_raw.jsonl.gz", place, fields=("title", "text"))
    train, _ = imdb_reviews(place)
    grafts = trained_vectors(place, "imdb")
    source = _source(place, grafts, train)
    each: dict[str, list[float]] = {"carried": [], "vectors alone": [], "TF-IDF": []}
    for draw in range(2 if place.scale.quick else CARRIED_DRAWS):
        rows = balanced(books.labels, CARRIED, seed=draw)
        rest = np.setdiff1d(np.arange(len(books)), rows)
        makers: dict[str, Callable[[], Any]] = {
            "carried": lambda draw=draw: _carrying(place, source, draw),
            "vectors alone": lambda draw=draw: _classifier(place, grafts, "imdb", draw),
            "TF-IDF": _tfidf,
        }
        for name, make in makers.items():

            def run(make: Any = make, rows: Any = rows, rest: Any = rest) -> dict[str, float]:
                return _scored(make(), books.take(rows), books.take(rest))

            each[name].append(_kept(place, "carried", {"way": name, "draw": draw}, run)["accuracy"])
    checks = [
        Check(
            name=f"carried over {other}",
            value=mean(each["carried"]) - mean(each[other]),
            unit="difference",
            target=0.0,
            ours=mean(each["carried"]),
            peer=mean(each[other]),
            sides="accuracy",
            each=tuple(a - b for a, b in zip(each["carried"], each[other], strict=True)),
        )
        for other in ("vectors alone", "TF-IDF")
    ]
    return Measurement(
        compared=(
            f"accuracy on Amazon's book reviews (title and text) with {CARRIED} labels, the others "
            f"for testing, mean of {len(each['carried'])} balanced draws: TextClassifier("
            "init_from=a classifier of IMDB), against TextClassifier(vectors of IMDB), and "
            "against TF-IDF of one and two words with logistic regression, C=10"
        ),
        cache="warm",
        figures=each,
        checks=tuple(checks),
    )


def sentences(place: Workplace) -> Measurement:
    """Train and test on sentences: SST-2 and rt-polarity."""
    grafts = trained_vectors(place, "imdb")
    train, test = (_read(f"sst2/stsa_binary_{part}.jsonl.gz", place) for part in ("train", "test"))
    seeds = place.scale.seeds
    sst = [
        _kept(place, "sst2", {"seed": seed}, lambda seed=seed: _scored(
            _classifier(place, grafts, "imdb", seed), train, test))["accuracy"]
        for seed in seeds
    ]  # fmt: skip
    rt = _read("rt_polarity.jsonl.gz", place)
    folds = np.array_split(np.random.default_rng(0).permutation(len(rt)), FOLDS)
    accuracies: list[float] = []
    for number, held in enumerate(folds[: 1 if place.scale.quick else FOLDS]):
        rest = np.setdiff1d(np.arange(len(rt)), held)

        def run(held: Any = held, rest: Any = rest) -> dict[str, float]:
            return _scored(_classifier(place, grafts, "imdb", 0), rt.take(rest), rt.take(held))

        accuracies.append(_kept(place, "rt", {"fold": number}, run)["accuracy"])
    return Measurement(
        compared=(
            "accuracy of TextClassifier() as it comes (staged) on vectors of IMDB's train and "
            f"unlabelled reviews: SST-2, sentences, {len(train):,} to train and {len(test):,} to "
            f"test, mean of {len(seeds)} seeds; rt-polarity, {len(accuracies)} of {FOLDS} folds"
        ),
        cache="warm",
        figures={"sst2": sst, "rt_polarity": accuracies},
        checks=(
            Check(name="SST-2", value=mean(sst), unit="score", target=0.84, each=tuple(sst)),
            Check(name="rt-polarity", value=mean(accuracies), unit="score", target=0.78,
                  each=tuple(accuracies)),
        ),
    )  # fmt: skip


def _classifier(place: Workplace, grafts: Any, name: str, seed: int, **settings: Any) -> Any:
    from wordgraft import TextClassifier

    # The vectors of wiki were made of bare words; reviews are none.
    tokenizer = "default" if name == "wiki" else None
    return TextClassifier(grafts, tokenizer=tokenizer, seed=seed, **_quick(place), **settings)


def _carrying(place: Workplace, source: Path, seed: int) -> Any:
    from wordgraft import TextClassifier

    return TextClassifier(init_from=source, seed=seed, **_quick(place))


def _quick(place: Workplace) -> dict[str, Any]:
    return {"epochs": 1, "max_length": 50} if place.scale.quick else {}


def _tfidf() -> Any:
    from wordgraft.tasks.classify.compare import tfidf

    return tfidf(0)


def _scored(classifier: Any, train: Labelled, test: Labelled) -> dict[str, float]:
    """Fit and score once."""
    import torch

    began = time.perf_counter()
    classifier.fit(train.texts, train.labels)
    fitted = time.perf_counter()
    right = float((classifier.predict(test.texts) == test.labels).mean())
    return {
        "accuracy": right,
        "fit_seconds": fitted - began,
        "predict_seconds": time.perf_counter() - fitted,
        "threads": torch.get_num_threads(),
    }


def _kept(
    place: Workplace, kind: str, key: dict[str, Any], run: Callable[[], dict[str, float]]
) -> dict[str, float]:
    """Return a result by the present sources; it is computed only where none is kept."""
    path = place.kept(f"sentiment-{kind}", {**key, **_state(place)})
    found = read_json(path)
    if found is None:
        found = run()
        write_json(path, found)
        print(f"{kind} {key}: {found}", flush=True)
    return found


def _state(place: Workplace) -> dict[str, Any]:
    return {"sources": place.state(), "quick": place.scale.quick}


def _source(place: Workplace, grafts: Any, train: Labelled) -> Path:
    """Return the folder of a classifier of IMDB, fitted at the first call."""
    from wordgraft.embeddings.errors import ModelFormatError
    from wordgraft.models.loading import load_estimator

    folder = place.kept("sentiment-source", _state(place)).with_suffix("")
    try:
        load_estimator(folder)
    except ModelFormatError:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _classifier(place, grafts, "imdb", 0).fit(train.texts, train.labels).save(folder)
    return folder


def trained_vectors(place: Workplace, name: str) -> Any:
    """Return vectors trained by the present sources, trained at the first call."""
    from wordgraft import load_vectors

    return load_vectors(trained_file(place, name))


def trained_file(place: Workplace, name: str) -> Path:
    """Return the file of :func:`trained_vectors`; it can go on learning."""
    options = dict(TRAININGS[name])
    if place.scale.quick:
        options |= {"vector-size": 16, "epochs": 1}
    path = place.kept(f"vectors-{name}", {**options, **_state(place)}).with_suffix(".safetensors")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        source = raw_file(name, place.scratch, limit=300 if place.scale.quick else None)
        given = [part for n, value in options.items() for part in (f"--{n}", str(value))]
        commands.run(
            commands.wordgraft("train", source, "-o", path, *given),
            timeout=TIMEOUT,
            environment=place.environment,
            folder=place.scratch,
        )
    return path


def _corpus(vectors: str) -> str:
    options = TRAININGS[vectors]
    text = "IMDB's train and unlabelled reviews" if vectors == "imdb" else "general text (wiki)"
    return f"{text}, skip-gram, D={options['vector-size']}, window {options['window']}"


def imdb_reviews(place: Workplace) -> tuple[Labelled, Labelled]:
    return _read("imdb_train.jsonl.gz", place), _read("imdb_test.jsonl.gz", place)


def _read(name: str, place: Workplace, *, fields: Sequence[str] = ("text",)) -> Labelled:
    found = _records(name, tuple(fields))
    if not place.scale.quick:
        return found
    return found.take(balanced(found.labels, min(CARRIED * 3 // 2, len(found)), seed=0))


@cache
def _records(name: str, fields: tuple[str, ...]) -> Labelled:
    with gzip.open(data_file(name), "rb") as file:
        records = [json.loads(line) for line in file]
    texts = tuple("\n".join(str(record[field]) for field in fields) for record in records)
    return Labelled(texts, np.array([int(record["label"]) for record in records]))


def balanced(labels: np.ndarray, count: int, *, seed: int) -> np.ndarray:
    """Return int64[n], texts drawn with as many of each class."""
    rng = np.random.default_rng(seed)
    own = [rng.permutation(np.flatnonzero(labels == c))[: count // 2] for c in np.unique(labels)]
    return np.sort(np.concatenate(own))
