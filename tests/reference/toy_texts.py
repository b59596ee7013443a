"""Reviews that a small network learns in a second: texts, labels, and vectors that know words."""

from __future__ import annotations

from typing import Any

import numpy as np

from wordgraft.embeddings.vectors import WordVectors
from wordgraft.models.classifier import TextClassifier
from wordgraft.tasks.toys import reviews as toyreviews

SIZE = 12
SMALL: dict[str, Any] = {
    "hidden": 8, "epochs": 12, "head_epochs": 2, "rate": 0.03, "batch_size": 16,
    "embedding_dropout": 0.0, "layer_dropout": 0.0, "head_dropout": 0.0, "vector_size": SIZE,
    "adversary": 0.0, "device": "cpu",
}  # fmt: skip


def vectors(size: int = SIZE, *, seed: int = 0) -> WordVectors:
    """Vectors whose first number is praise or blame, the others noise."""
    texts = toyreviews.reviews(400, seed=seed, part="unlabelled")
    words = sorted({word for review in texts for word in review.text.split()} - {",", "."})
    rows = np.random.default_rng(seed).standard_normal((len(words), size)).astype(np.float32) / 3
    sides = dict.fromkeys(toyreviews.PRAISE, 1.0) | dict.fromkeys(toyreviews.BLAME, -1.0)
    rows[:, 0] += [2.0 * sides.get(word, 0.0) for word in words]
    return WordVectors(words, rows)


def plain(count: int = 120, *, seed: int = 1) -> tuple[list[str], list[str]]:
    """Reviews of which every one says what it means, and their labels."""
    rng = np.random.default_rng(seed)
    texts: list[str] = []
    labels: list[str] = []
    for number in range(count):
        side = number % 2
        words = (toyreviews.BLAME, toyreviews.PRAISE)[side][: toyreviews.KNOWN]
        said = [f"the plot is {words[int(rng.integers(len(words)))]}" for _ in range(3)]
        texts.append(" . ".join(said[: int(rng.integers(1, 4))]))
        labels.append(toyreviews.LABELS[side])
    return texts, labels


def small(vectors: Any = None, **settings: Any) -> TextClassifier:
    """A classifier that learns within a second."""
    return TextClassifier(vectors, **{**SMALL, **settings})
