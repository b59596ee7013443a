"""Sentiment carried from books to films and back, without a label of the target.

Every way of adapting is scored by reverse validation and, only afterwards, on the target's labels.
What the package takes, the vote of the three best by reverse validation, is put together here from
the single ways' probabilities, as ``DomainAdapter`` does it. The ways and their settings were
fixed on pairs of groups of 20 Newsgroups and on IMDB with sentences of rt-polarity.
"""

from __future__ import annotations

import gzip
import io
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .records import Check, Measurement, deviation, mean, read_json, write_json
from .sentiment import trained_vectors
from .workplace import Workplace, data_file

DIRECTIONS = (("books", "dvd"), ("dvd", "books"))
PEERS: Mapping[str, Mapping[str, float]] = {
    "books-dvd": {"DANN paper": 0.784, "TF-IDF": 0.8185, "IDF of the target": 0.814,
                  "CORAL": 0.8196},
    "dvd-books": {"DANN paper": 0.723, "TF-IDF": 0.7608, "IDF of the target": 0.794,
                  "CORAL": 0.8038},
}  # fmt: skip
"""Published, or measured with other programs on the same files."""
QUICK_ROWS = 150
ONCE = ("adversarial", "denoise+adversarial")
"""Ways for raw texts that are measured with the first seed alone: they take longer than all others
together, and nothing chooses them."""
WIDTH = 5000


def features(place: Workplace, *, source: str, target: str, bar: float) -> Measurement:
    """Adapt on counts of 5,000 words and pairs, and score the target's test file.

    Args:
        place: Where and how much.
        source: "books" or "dvd".
        target: The other.
        bar: Accuracy wanted of what reverse validation takes.
    """
    from wordgraft.models.domains.candidates import count_candidates

    (X, y), (Xt, _), (Xe, ye) = (_svmlight(f"{source}_train", place), _svmlight(
        f"{target}_train", place), _svmlight(f"{target}_test", place))  # fmt: skip
    runs = [
        {
            name: kept(place, f"{source}-{target}", name, seed, lambda model=model, seed=seed: (
                _scored(model, X, y, Xt, Xe, ye, seed)))
            for name, model in _some(count_candidates(seed=seed), place).items()
        }
        for seed in place.scale.seeds
    ]  # fmt: skip
    plainly = [
        kept(place, f"{source}-{target}", "source-only network", seed, lambda seed=seed: (
            _network(X, y, Xt, Xe, ye, seed)))["accuracy"]
        for seed in place.scale.seeds
    ]  # fmt: skip
    adversarial = [run["adversarial"]["accuracy"] for run in runs]
    gains = [one - other for one, other in zip(adversarial, plainly, strict=True)]
    return _measurement(
        runs, ye, bar, f"{source}-{target}",
        compared=(
            f"accuracy on the {len(ye):,} reviews of {target}'s test file, 5,000 counts of words "
            f"and pairs; {X.shape[0]:,} labelled reviews of {source}, {Xt.shape[0]:,} of {target} "
            "without labels"
        ),
        more=(
            Check(name="adversarial over the same network without", value=mean(gains),
                  unit="difference", target=0.0, ours=mean(adversarial), peer=mean(plainly),
                  sides="accuracy", each=tuple(gains)),
        ),
    )  # fmt: skip


def texts(place: Workplace, *, source: str, target: str, bar: float) -> Measurement:
    """Adapt on raw texts with vectors of IMDB, and score the target's texts themselves.

    Args:
        place: Where and how much.
        source: "books" or "dvd".
        target: The other.
        bar: Accuracy wanted of what reverse validation takes.
    """
    from wordgraft.models.domains.texts import text_candidates

    (X, y), (Xt, yt) = (reviews(name, place) for name in (source, target))
    vectors = trained_vectors(place, "imdb")
    runs = [
        {
            name: kept(place, f"texts-{source}-{target}", name, seed,
                        lambda model=model, seed=seed: _scored(model, X, y, Xt, Xt, yt, seed))
            for name, model in _some(text_candidates(vectors, seed=seed), place).items()
            if seed == place.scale.seeds[0] or name not in ONCE
        }
        for seed in place.scale.seeds
    ]  # fmt: skip
    return _measurement(
        runs, yt, bar, f"texts-{source}-{target}",
        compared=(
            f"accuracy on {len(yt):,} reviews of {target} (title and text), which are the "
            f"unlabelled target too; {len(y):,} labelled reviews of {source}; vectors of IMDB's "
            "train and unlabelled reviews, D=300"
        ),
    )  # fmt: skip


def _measurement(
    runs: list[dict[str, dict[str, Any]]],
    truth: np.ndarray,
    bar: float,
    pair: str,
    *,
    compared: str,
    more: tuple[Check, ...] = (),
) -> Measurement:
    """Return the vote's accuracy, and every way beside it."""
    from wordgraft.models.domains.adapter import VOTE, best
    from wordgraft.models.domains.reverse import ReverseScore

    votes: list[float] = []
    alone: list[float] = []
    taken: list[list[str]] = []
    for run in runs:
        scores = [
            ReverseScore(name, one["reverse"], (one["reverse"],), one["source"], ())
            for name, one in run.items()
        ]
        names = best(scores, VOTE)
        chances = np.mean([run[name]["chances"] for name in names], axis=0)
        votes.append(float(((chances > 0.5) == truth).mean()))
        alone.append(run[names[0]]["accuracy"])
        taken.append(names)
    ways = {
        name: {
            "reverse": mean([one["reverse"] for one in measured]),
            "accuracy": mean([one["accuracy"] for one in measured]),
            "deviation": deviation([one["accuracy"] for one in measured]),
            "seeds": len(measured),
        }
        for name in runs[0]
        for measured in [[run[name] for run in runs if name in run]]
    }
    checks = [
        Check(name="vote of the three best", value=mean(votes), unit="score", target=bar,
              each=tuple(votes)),
        Check(name="best by reverse validation", value=mean(alone), unit="score",
              each=tuple(alone)),
        *more,
        *(
            Check(name=name, value=one["accuracy"], unit="score")
            for name, one in ways.items()
        ),
    ]  # fmt: skip
    return Measurement(
        compared=f"{compared}; mean of {len(runs)} seeds; hyper-parameters chosen on other data",
        cache="not used",
        figures={"ways": ways, "taken": taken, "references": dict(PEERS.get(pair, {}))},
        checks=tuple(checks),
    )


def _scored(
    model: Any, X: Any, y: np.ndarray, Xt: Any, Xe: Any, ye: np.ndarray, seed: int
) -> dict[str, Any]:
    """Return what reverse validation says of a way, and how right it is in the target."""
    from wordgraft.models.domains.reverse import reverse_validation

    began = time.perf_counter()
    found = reverse_validation(model, X, y, Xt, seed=seed)
    chances = model.fit(X, y, Xt).predict_proba(Xe)[:, 1]
    return {
        "reverse": found.score,
        "source": found.source,
        "accuracy": float(((chances > 0.5) == ye).mean()),
        "chances": np.round(chances, 5).tolist(),
        "seconds": time.perf_counter() - began,
    }


def _network(X: Any, y: np.ndarray, Xt: Any, Xe: Any, ye: np.ndarray, seed: int) -> dict[str, Any]:
    """Return the accuracy of the network that adapts in nothing but its strength of 0."""
    from wordgraft.models.domains.counts import DomainTfidf
    from wordgraft.models.domains.network import DomainAdversarial
    from wordgraft.models.domains.pipeline import AdaptedClassifier

    network = DomainAdversarial(seed=seed, strength=0.0)
    model = AdaptedClassifier([("tfidf", DomainTfidf())], network).fit(X, y, Xt)
    return {"accuracy": float((model.predict(Xe) == ye).mean())}


def _some(candidates: dict[str, Any], place: Workplace) -> dict[str, Any]:
    if not place.scale.quick:
        return candidates
    return {name: candidates[name] for name in ("none", "idf", "self-training", "adversarial")}


def kept(
    place: Workplace, pair: str, name: str, seed: int, run: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Return a result of the present ways of adapting; computed only where none is kept."""
    key = {"way": name, "seed": seed, "sources": place.state(), "quick": place.scale.quick}
    path = place.kept(f"domains-{pair}", key)
    found = read_json(path)
    if found is None:
        found = run()
        write_json(path, found)
        shown = {n: value for n, value in found.items() if n != "chances"}
        print(f"{pair} {name} {seed}: {shown}", flush=True)
    return found


def _svmlight(name: str, place: Workplace) -> tuple[Any, np.ndarray]:
    from sklearn.datasets import load_svmlight_file

    with gzip.open(data_file(f"amazon/{name}.svmlight.gz"), "rb") as file:
        X, y = load_svmlight_file(
            io.BytesIO(file.read()), n_features=WIDTH, zero_based=True, dtype=np.float32
        )
    labels = (y > 0).astype(np.int64)
    rows = _rows(labels, place)
    return X[rows], labels[rows]


def reviews(name: str, place: Workplace) -> tuple[list[str], np.ndarray]:
    """Return title and text of Amazon's reviews, and whether they praise."""
    from .sentiment import _read

    found = _read(f"amazon/{name}_raw.jsonl.gz", place, fields=("title", "text"))
    rows = _rows(found.labels, place)
    return [found.texts[i] for i in rows.tolist()], found.labels[rows]


def _rows(labels: np.ndarray, place: Workplace) -> np.ndarray:
    """Return which rows are used: all, or few of each class."""
    if not place.scale.quick:
        return np.arange(len(labels))
    half = QUICK_ROWS // 2
    return np.sort(np.concatenate([np.flatnonzero(labels == one)[:half] for one in (0, 1)]))
