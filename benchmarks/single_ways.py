"""Ways of adapting that reverse validation isn't asked about, each against doing nothing.

Sentiment carried from books to films and back, raw texts. Every way has the settings that it comes
with; nothing was chosen on these texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .domains import kept, reviews
from .records import Check, Measurement, deviation, mean
from .sentiment import trained_file, trained_vectors
from .workplace import Workplace


@dataclass(frozen=True)
class Texts:
    """Labelled texts of the source; texts of the target, whose labels only score."""

    source: list[str]
    labels: np.ndarray
    target: list[str]
    truth: np.ndarray


COMPARISONS: Mapping[str, tuple[str, str]] = {
    "network against a critic": ("network, critic", "network"),
    "network, vectors that went on": ("network, continued", "network"),
    "network, general vectors that went on": ("network, general, continued", "network, general"),
    "means of vectors that went on": ("means, continued", "means"),
    "means of general vectors that went on": ("means, general, continued", "means, general"),
    "weights by a classifier of domains": ("weights", "no weights"),
    "weights by KLIEP": ("KLIEP", "no weights"),
}
"""What is told -> the way, and the same without transfer."""


def measure(place: Workplace, *, source: str, target: str) -> Measurement:
    """Score every way on the target's texts, which it saw without their labels.

    Args:
        place: Where and how much.
        source: "books" or "dvd".
        target: The other.
    """
    texts = Texts(*reviews(source, place), *reviews(target, place))
    seeds = place.scale.seeds
    found = {
        name: [
            kept(place, f"single-{source}-{target}", name, seed,
                 lambda way=way, seed=seed: _scored(way(place, texts, seed), texts))["accuracy"]
            for seed in seeds
        ]
        for name, way in WAYS.items()
    }  # fmt: skip
    return Measurement(
        compared=(
            f"accuracy on {len(texts.truth):,} reviews of {target} (title and text), which are the "
            f"unlabelled target too; {len(texts.labels):,} labelled reviews of {source}; mean of "
            f"{len(seeds)} seeds, against the same without transfer"
        ),
        cache="not used",
        figures={
            name: {"accuracy": mean(each), "deviation": deviation(each), "each": each}
            for name, each in found.items()
        },
        checks=tuple(
            Check(name=told, value=mean(gains), unit="difference", ours=mean(found[way]),
                  peer=mean(found[none]), sides="accuracy", each=tuple(gains))
            for told, (way, none) in COMPARISONS.items()
            for gains in [[a - b for a, b in zip(found[way], found[none], strict=True)]]
        ),
    )  # fmt: skip


def _scored(model: Any, texts: Texts) -> dict[str, Any]:
    return {"accuracy": float((model.predict(texts.target) == texts.truth).mean())}


def _network(corpus: str, *, going_on: bool = False) -> Callable[..., Any]:
    def fitted(place: Workplace, texts: Texts, seed: int) -> Any:
        from wordgraft import TextClassifier

        words = _vectors(place, corpus, texts, seed, going_on=going_on)
        settings: dict[str, Any] = {"epochs": 1, "max_length": 30} if place.scale.quick else {}
        model = TextClassifier(words, tokenizer="default", seed=seed, **settings)
        return model.fit(texts.source, texts.labels)

    return fitted


def _critic(place: Workplace, texts: Texts, seed: int) -> Any:
    from wordgraft import DomainAdversarialText

    settings: dict[str, Any] = {"epochs": 1, "max_length": 30} if place.scale.quick else {}
    words = trained_vectors(place, "imdb")
    model = DomainAdversarialText(words, tokenizer="default", seed=seed, **settings)
    return model.fit(texts.source, texts.labels, texts.target)


def _means(corpus: str, *, going_on: bool = False) -> Callable[..., Any]:
    def fitted(place: Workplace, texts: Texts, seed: int) -> Any:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        from wordgraft import DocumentVectorizer

        words = _vectors(place, corpus, texts, seed, going_on=going_on)
        means = DocumentVectorizer(words, weighting="mean", tokenizer="default")
        head = LogisticRegression(C=0.1, max_iter=2000)
        return make_pipeline(means, StandardScaler(), head).fit(texts.source, texts.labels)

    return fitted


def _weighted(density: str | None) -> Callable[..., Any]:
    def fitted(place: Workplace, texts: Texts, seed: int) -> Any:
        from wordgraft.models.domains.pipeline import AdaptedClassifier
        from wordgraft.models.domains.texts import text_candidates
        from wordgraft.models.domains.weights import ImportanceWeighting

        way = text_candidates(trained_vectors(place, "imdb"), seed=seed)["weights"]
        (rows,) = way.steps
        weighing = None if density is None else ImportanceWeighting(density=density, seed=seed)  # type: ignore[arg-type]
        return AdaptedClassifier([rows], weighing).fit(texts.source, texts.labels, texts.target)

    return fitted


def _vectors(place: Workplace, corpus: str, texts: Texts, seed: int, *, going_on: bool) -> Any:
    """Return vectors as they are, or after they went on on the texts of both domains."""
    if not going_on:
        return trained_vectors(place, corpus)
    from wordgraft.models.domains.vectors import continued_vectors

    return continued_vectors(
        trained_file(place, corpus), [*texts.source, *texts.target],
        tokenizer="default", workers=1, seed=seed,
    )  # fmt: skip


WAYS: Mapping[str, Callable[..., Any]] = {
    "network": _network("imdb"),
    "network, critic": _critic,
    "network, continued": _network("imdb", going_on=True),
    "network, general": _network("wiki"),
    "network, general, continued": _network("wiki", going_on=True),
    "means": _means("imdb"),
    "means, continued": _means("imdb", going_on=True),
    "means, general": _means("wiki"),
    "means, general, continued": _means("wiki", going_on=True),
    "no weights": _weighted(None),
    "weights": _weighted("classifier"),
    "KLIEP": _weighted("kliep"),
}
