"""Documents of the toy world with their topics, and vectors that know them."""

from __future__ import annotations

import numpy as np

from wordgraft import WordVectors
from wordgraft.tasks.toys import documents as toydocuments
from wordgraft.tasks.toys.words import TOPICS

_FUNCTION = "the and a of because again it like everyone talks about that nobody knew"


def topics(count: int = 120, *, seed: int = 3) -> tuple[list[str], list[str]]:
    """Return texts and their topics."""
    found = toydocuments.documents(count, seed=seed)
    return [one.text for one in found], [one.topic for one in found]


def topic_vectors(*, seed: int = 1) -> WordVectors:
    """Return vectors: a direction for each topic, with noise; function words are noise alone."""
    rng = np.random.default_rng(seed)
    rows: dict[str, np.ndarray] = {}
    for number, words in enumerate(TOPICS.values()):
        for word in " ".join(words).split():
            rows[word] = rng.normal(0, 0.15, 16) + np.eye(16)[number]
    for word in _FUNCTION.split():
        rows.setdefault(word, rng.normal(0, 0.3, 16))
    matrix = np.array(list(rows.values()), np.float32)
    return WordVectors(list(rows), matrix, tokenizer={"name": "default"})
