"""Transfer on toy reviews: vectors, networks and tasks carried over, domains, advice."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..toys import reviews as toyreviews
from ..toys import transfer as toytransfer
from .reviews import SETTINGS, SIZES, VECTORS, ReviewsRun, one_thread
from .transfer_row import TransferRow

BOOKS, DRAWS, TESTED = 40, 2, 500
MOODS, STARS = 60, 300
HEADS, HEAD_LABELS = 10, 100
FILMS, TARGET = 300, 300
CRITIC: dict[str, Any] = {"epochs": 20, "rate": 3e-3, "batch_size": 32, "device": "cpu"}
"""Of the network against the critic; settled on reviews of seeds 51 and 52."""
MOST_WORDS = 1000
_CHOSEN = ("none", "coral", "denoise")


def rows(reviews: ReviewsRun, *, seed: int = 1) -> list[Callable[[], TransferRow]]:
    """Return what makes each row, in their order."""
    return [
        *(lambda way=way: _grafted(reviews, way) for way in _GRAFTED),
        lambda: _carried(reviews, seed),
        lambda: _tasks(reviews, seed),
        lambda: _kept(reviews, seed),
        lambda: _advice(reviews, seed),
        lambda: _domains(seed),
        lambda: _critic(seed),
    ]


_GRAFTED = {
    "frozen": "stay as they are",
    "tuned": "learn along from the first step",
    "staged": "learn last and slowly, when what is new has learnt",
}


def _grafted(reviews: ReviewsRun, way: str) -> TransferRow:
    reached = {(p.method, p.labels): p.accuracy for p in reviews.result.comparison.points()}
    most = max(labels for _, labels in reached)
    return TransferRow(
        kind=f"Pretrained vectors, {way}",
        setting="inductive",
        told=f"Vectors of {reviews.result.unlabelled:,} reviews without a label, under a recurrent "
        f"network with {most:.0f} labelled ones: they {_GRAFTED[way]}.",
        measure="accuracy, mean of 3 draws",
        without=reached["scratch", most],
        without_by="the same network from scratch",
        reached=reached[way, most],
        by=f'embeddings="{way}"',
        names=("TextClassifier",),
        command="wordgraft classify compare",
        page="docs/classifiers.md",
        section="What vectors do",
    )


def _carried(reviews: ReviewsRun, seed: int) -> TransferRow:
    from ...models.classifier import TextClassifier

    test, truth = _books(TESTED, 100 * seed + 31, "test")
    starts: dict[str, dict[str, Any]] = {
        "scratch": {"embeddings": "scratch", "vector_size": VECTORS["vector_size"]},
        "vectors": {"vectors": reviews.vectors},
        "carried": {"init_from": reviews.classifier},
    }
    reached: dict[str, list[float]] = {name: [] for name in starts}
    with one_thread():
        for draw in range(1, DRAWS + 1):
            few = _books(BOOKS, 100 * seed + 40 + draw, "train")
            for name, start in starts.items():
                model = TextClassifier(seed=draw, **start, **SETTINGS).fit(*few)
                reached[name].append(float(np.mean(model.predict(test) == truth)))
    means = {name: float(np.mean(values)) for name, values in reached.items()}
    return TransferRow(
        kind="A classifier carried over",
        setting="inductive",
        told=f"The network that learnt reviews of films goes on with {BOOKS} of books: words, "
        "layers and vectors stay, the head is new.",
        measure=f"accuracy, mean of {DRAWS} draws",
        without=means["scratch"],
        without_by="the same network from scratch",
        reached=means["carried"],
        by="init_from=classifier",
        names=("TextClassifier", "gradual_unfreezing"),
        command="wordgraft classify train --init-from",
        page="docs/classifiers.md",
        section="Carrying over",
        note=f"On the vectors alone: {means['vectors']:.1%}.",
    )


def _tasks(reviews: ReviewsRun, seed: int) -> TransferRow:
    from ...models.classifier import TextClassifier
    from ...models.multitask import MultiTaskClassifier
    from ...models.task_labels import joined_tasks

    few = toyreviews.reviews(MOODS, seed=100 * seed + 32)
    rated = toyreviews.reviews(STARS, seed=100 * seed + 33)
    asked = toyreviews.reviews(TESTED, seed=100 * seed + 34, part="test")
    moods = ([one.text for one in few], [one.label for one in few])
    stars = ([one.text for one in rated], [str((one.rating + 1) // 2) for one in rated])
    test, truth = [one.text for one in asked], [one.label for one in asked]
    with one_thread():
        alone = TextClassifier(reviews.vectors, seed=seed, **SETTINGS).fit(*moods)
        both = MultiTaskClassifier(reviews.vectors, seed=seed, **SETTINGS).fit(
            *joined_tasks({"mood": moods, "stars": stars})
        )
        reached = both.scores(test, {"mood": truth})["mood"]
        without = float(np.mean(alone.predict(test) == np.array(truth)))
    return TransferRow(
        kind="Several tasks at once",
        setting="inductive",
        told=f"{MOODS} reviews say whether they praise; {STARS} others have one to five stars. One "
        "network with a head for each task learns both.",
        measure="accuracy of praise or blame",
        without=without,
        without_by="the same network and vectors, that task alone",
        reached=reached,
        by="both tasks",
        names=("MultiTaskClassifier",),
        command="wordgraft multitask train",
        page="docs/multitask.md",
        section="Several tasks at once",
    )


def _kept(reviews: ReviewsRun, seed: int) -> TransferRow:
    from sklearn.linear_model import LogisticRegression

    from ...models.feature_cache import FeatureCache, compute_features

    texts = [str(text) for text in reviews.train.texts]
    labels = np.asarray(reviews.train.labels)
    rng = np.random.default_rng(seed)
    draws = [rng.permutation(len(texts))[:HEAD_LABELS] for _ in range(HEADS)]

    def heads(features: Callable[[], Any]) -> tuple[float, list[NDArray[np.float64]]]:
        began = time.perf_counter()
        found: list[NDArray[np.float64]] = []
        for at in draws:
            table = features()
            found.append(LogisticRegression(C=10).fit(table[at], labels[at]).coef_)
        return time.perf_counter() - began, found

    with one_thread(), tempfile.TemporaryDirectory(prefix="wordgraft-") as folder:
        cache = FeatureCache(folder)
        again, first = heads(lambda: compute_features(reviews.classifier, texts))
        once, second = heads(lambda: cache.features(reviews.classifier, texts))
    same = all(np.allclose(a, b) for a, b in zip(first, second, strict=True))
    return TransferRow(
        kind="Features kept once",
        setting="inductive",
        told=f"What a fitted network sees in {len(texts)} texts goes to disk; {HEADS} heads for "
        "other labels read it from there.",
        measure=f"seconds for {HEADS} heads",
        without=again,
        without_by="the network runs for each head",
        reached=once,
        by="it runs once",
        names=("FeatureCache", "BottleneckClassifier"),
        command="wordgraft classify heads",
        page="docs/multitask.md",
        section="Features that are kept",
        note="Seconds vary; the heads are the same." if same else "The heads differ.",
        seconds=True,
    )


def _advice(reviews: ReviewsRun, seed: int) -> TransferRow:
    from ..advise.measuring import measure
    from ..advise.result import WITHIN
    from ..advise.rule import WAYS, recommend

    most = SIZES[-1]
    advice = recommend(measure(reviews.train.take(np.arange(most)), reviews.vectors, seed=seed))
    reached = {
        one.method: one.accuracy
        for one in reviews.result.comparison.points()
        if one.size == most and one.method in WAYS
    }
    best = max(reached, key=reached.__getitem__)
    right = reached[advice.way] >= reached[best] - WITHIN
    return TransferRow(
        kind="Advice",
        setting="inductive",
        told=f"From {most} labelled texts and the vectors, in a moment and without training: how "
        f"to fine-tune? Advised: {advice.way}.",
        measure="accuracy, mean of 3 draws",
        without=reached["scratch"],
        without_by="from scratch",
        reached=reached[advice.way],
        by="what was advised",
        names=("tasks.advise.run",),
        command="wordgraft advise",
        page="docs/transfer.md",
        section="When and how to fine-tune",
        note=f"Best of the four: {best}, {reached[best]:.1%}; the advice was "
        f"{'right' if right else 'wrong'} (within a point).",
    )


def _domains(seed: int) -> TransferRow:
    from ...models.domains.adapter import DomainAdapter

    films, labels, books, truth = _two_domains(seed)

    def right(**how: Any) -> tuple[float, DomainAdapter]:
        model = DomainAdapter(seed=seed, vote=1, **how).fit(films, labels, books)
        return float(np.mean(model.predict(books) == truth)), model

    reached, chosen = right(ways=_CHOSEN)
    each = {name: right(method=name)[0] for name in _CHOSEN}
    return TransferRow(
        kind="Domain adaptation",
        setting="transductive",
        told=f"{len(films)} labelled reviews of films, {len(books)} of books without labels, which "
        "praise and blame with words that those of films have not. Reverse validation chooses the "
        "way, without a label of a book.",
        measure="accuracy on books",
        without=each["none"],
        without_by="learnt from films, used on books",
        reached=reached,
        by=f"{chosen.names_[0]}, as chosen",
        names=("DomainAdapter", "CORAL", "MarginalizedDenoising"),
        command="wordgraft adapt",
        page="docs/domains.md",
        section="The ways",
        note=f"CORAL alone: {each['coral']:.1%}; denoising: {each['denoise']:.1%}.",
    )


def _critic(seed: int) -> TransferRow:
    from ...models.domains.counts import DomainTfidf
    from ...models.domains.network import DomainAdversarial
    from ...models.domains.pipeline import AdaptedClassifier
    from ...models.domains.texts import WordCounts

    films, labels, books, truth = _two_domains(seed)

    def right(strength: float) -> float:
        network = DomainAdversarial(strength=strength, seed=seed, **CRITIC)
        model = AdaptedClassifier(
            [("count", WordCounts(most=MOST_WORDS)), ("tfidf", DomainTfidf())], network
        )
        return float(np.mean(model.fit(films, labels, books).predict(books) == truth))

    with one_thread():
        without, reached = right(0.0), right(1.0)
    return TransferRow(
        kind="Domains confused",
        setting="transductive",
        told="The same films and books, by a network that unlearns which of both it reads, against "
        "a critic that tells them apart.",
        measure="accuracy on books",
        without=without,
        without_by="the same network without the critic",
        reached=reached,
        by="against the critic",
        names=("DomainAdversarial", "DomainAdversarialText"),
        command="wordgraft adapt --method adversarial",
        page="docs/domains.md",
        section="The ways",
        note="From seed to seed it gains ten points or loses as many.",
    )


def _two_domains(seed: int) -> tuple[list[str], list[str], list[str], NDArray[np.str_]]:
    films = toyreviews.reviews(FILMS, seed=100 * seed + 35)
    books, truth = _books(TARGET, 100 * seed + 36, "unlabelled")
    return [one.text for one in films], [one.label for one in films], books, np.array(truth)


def _books(count: int, seed: int, part: toyreviews.Part) -> tuple[list[str], list[str]]:
    found = toyreviews.reviews(count, seed=seed, part=part)
    return [toytransfer.as_books(one.text) for one in found], [one.label for one in found]
