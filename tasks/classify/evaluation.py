"""One model on one set of labelled texts: scores, mistakes, and the words that decide."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...embeddings.errors import ConfigurationError
from ...models.scores import ClassificationScores, MultilabelScores, RatingScores, to_json
from ...models.scoring import score_classes, score_multilabel, score_ratings
from ..reading.labelled import LabelledReport, LabelledTexts
from .explain import DecidingWord, Explanation, deciding_words, explain
from .leaks import LeakReport, leaks

EXPLAINED = 400
"""Texts that the words of a class are gathered from; drawn by seed."""


@dataclass(frozen=True)
class Evaluation:
    """Everything found about a model.

    Attributes:
        model: Name of the model, for people.
        data: Name of the texts, for people.
        scores: By kind of labels.
        report: What was found while reading the texts.
        leaks: Texts that the model was trained on; ``None`` where the training texts weren't given.
        clean: Accuracy, exact matches, or mean error without those; ``None`` likewise, or where
            there are none.
        deciding: By class the words that speak most for it; empty where the model can't tell.
        explained: The most wrong texts word by word, in the order of ``scores.most_wrong``.
        seconds: Time for predicting.
    """

    model: str
    data: str
    scores: ClassificationScores | MultilabelScores | RatingScores
    report: LabelledReport
    leaks: LeakReport | None
    clean: float | None
    deciding: Mapping[str, tuple[DecidingWord, ...]]
    explained: tuple[Explanation, ...]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return everything in the types JSON has; explained texts as pairs of word and weight."""
        found = to_json(
            {
                "model": self.model,
                "data": self.data,
                "scores": self.scores,
                "report": self.report,
                "clean": self.clean,
                "deciding": self.deciding,
                "seconds": self.seconds,
            }
        )
        found["leaks"] = None if self.leaks is None else to_json(self.leaks)
        found["explained"] = [
            [[word, float(weight)] for word, weight in zip(one.words, one.weights, strict=True)]
            for one in self.explained
        ]
        return found


def evaluate(
    model: Any,
    data: LabelledTexts,
    *,
    name: str = "model",
    train: LabelledTexts | None = None,
    most_wrong: int = 10,
    seed: int = 0,
) -> Evaluation:
    """Score a model, and ask it about its mistakes.

    Args:
        model: A fitted classifier or regressor; explained where it is one of ours.
        data: Labelled texts that it wasn't trained on.
        name: What to call the model.
        train: Texts it was trained on, to look for leaks.
        most_wrong: Mistakes to show.
        seed: Of the draw of texts that are explained.

    Raises:
        ConfigurationError: Model and labels don't fit each other.
        LabelledDataError: A label that the model never saw.
    """
    classes = getattr(model, "classes_", None)
    if (classes is None) != (data.kind == "rating"):
        raise ConfigurationError(
            f"{name} {'predicts ratings' if classes is None else 'predicts classes'}, but the "
            f"labels of {data.name} were read as {data.kind}: say kind= and label= for them"
        )
    start = time.perf_counter()
    answers = model.predict(data.texts) if classes is None else model.predict_proba(data.texts)
    seconds = time.perf_counter() - start
    names = [] if classes is None else [str(one) for one in np.asarray(classes).tolist()]
    if data.kind != "rating":
        data = data.named_like(names)
    scores = _score(data, answers, names, data.texts, most_wrong)
    found = None if train is None else leaks(train.texts, data.texts)
    clean = None
    if found is not None and found.count:
        fresh = np.ones(len(data), dtype=bool)
        fresh[[test for _, test in found.pairs]] = False
        if fresh.any():
            clean = _main(_score(data.take(fresh), answers[fresh], names, None, 0))
    chosen, explained = _explained(model, data, answers, scores, seed)
    deciding = deciding_words(chosen, names) if chosen else {}
    return Evaluation(
        name, data.name, scores, data.report, found, clean, deciding, tuple(explained), seconds
    )


def explain_texts(
    model: Any, texts: Sequence[Any], outputs: Sequence[int] | np.ndarray
) -> list[Explanation]:
    """Return what each word of some texts adds to an answer; none where a model can't tell.

    Args:
        model: A fitted :class:`.TextClassifier`; of others nothing is known.
        texts: Texts or token lists.
        outputs: Place of a class for each.
    """
    network, indexer = getattr(model, "network_", None), getattr(model, "indexer_", None)
    if network is None or indexer is None or not len(texts):
        return []
    whole = getattr(model, "long_texts", "") == "chunks"
    cut = None if whole else model.max_length
    return explain(network, indexer, texts, outputs, max_length=cut)


def _score(
    data: LabelledTexts,
    answers: np.ndarray,
    names: Sequence[str],
    texts: Sequence[Any] | None,
    most_wrong: int,
) -> ClassificationScores | MultilabelScores | RatingScores:
    if data.kind == "rating":
        return score_ratings(data.labels, answers, texts=texts, most_wrong=most_wrong)
    if data.kind == "multilabel":
        return score_multilabel(data.labels, answers, names)
    return score_classes(data.y, answers, names, texts=texts, most_wrong=most_wrong)


def _main(scores: ClassificationScores | MultilabelScores | RatingScores) -> float:
    if isinstance(scores, ClassificationScores):
        return scores.accuracy.value
    return scores.exact.value if isinstance(scores, MultilabelScores) else scores.mae


def _explained(
    model: Any,
    data: LabelledTexts,
    answers: np.ndarray,
    scores: ClassificationScores | MultilabelScores | RatingScores,
    seed: int,
) -> tuple[list[Explanation], list[Explanation]]:
    """Return explanations of texts drawn by chance, and of the most wrong ones."""
    if not isinstance(scores, ClassificationScores):
        return [], []
    rng = np.random.default_rng(seed)
    drawn = np.sort(rng.permutation(len(data))[:EXPLAINED])
    wrong = np.array([one.place for one in scores.most_wrong], dtype=np.int64)
    places = np.concatenate([drawn, wrong])
    predicted = answers[places].argmax(axis=1)
    found = explain_texts(model, [data.texts[i] for i in places.tolist()], predicted)
    return found[: len(drawn)], found[len(drawn) :]
