"""Slow twins of documents made of word vectors: one document, one word after another, float64."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np


def sums(
    documents: Sequence[Sequence[int]],
    rows: np.ndarray,
    weights: np.ndarray,
    *,
    logarithm: bool = False,
    power: int = 1,
    divisor: str = "count",
) -> np.ndarray:
    """Return float64[N, W], what ``document_sums`` computes.

    Args:
        documents: Rows of the words of each.
        rows: float[V, W].
        weights: float[V].
        logarithm: Whether a word counts ``1 + ln tf`` times.
        power: Of each number.
        divisor: What a sum is divided by.
    """
    found = np.zeros((len(documents), rows.shape[1]))
    for document, words in enumerate(documents):
        shares = {
            word: (1 + math.log(count) if logarithm else count) * float(weights[word])
            for word, count in Counter(words).items()
        }
        for word, share in shares.items():
            found[document] += share * rows[word].astype(np.float64) ** power
        scale = {
            "nothing": 1.0,
            "count": len(words),
            "weights": sum(shares.values()),
            "length": math.sqrt(sum(share**2 for share in shares.values())),
        }[divisor]
        found[document] = found[document] / scale if scale else 0.0
    return found


def extremes(
    documents: Sequence[Sequence[int]], rows: np.ndarray, weights: np.ndarray, *, greatest: bool
) -> np.ndarray:
    """Return float[N, W], what ``document_extremes`` computes."""
    found = np.zeros((len(documents), rows.shape[1]), rows.dtype)
    for document, words in enumerate(documents):
        own = [word for word in words if weights[word]]
        if own:
            found[document] = rows[own].max(axis=0) if greatest else rows[own].min(axis=0)
    return found


def frequencies(documents: Sequence[Sequence[int]], words: int) -> list[int]:
    """Return in how many documents each word stands."""
    return [sum(word in document for document in documents) for word in range(words)]


def finished(
    documents: np.ndarray,
    components: np.ndarray,
    shares: np.ndarray,
    centre: np.ndarray,
    *,
    unit: bool,
) -> np.ndarray:
    """Return float64[N, W], what ``Finish.apply`` leaves."""
    found = documents.astype(np.float64)
    for place, document in enumerate(documents.astype(np.float64)):
        if not document.any():
            continue
        left = document - (components.astype(np.float64) @ document * shares) @ components - centre
        length = np.linalg.norm(left)
        found[place] = left / length if unit else left
        if length <= 1e-5 * np.linalg.norm(document):
            found[place] = 0
    return found


def flat(documents: Sequence[Sequence[int]], first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return int32[T] ids and int64[N + 1] offsets."""
    ids = np.array([word + first for document in documents for word in document], np.int32)
    return ids, np.cumsum([0, *map(len, documents)]).astype(np.int64)
