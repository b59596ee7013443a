"""Slow twin of text similarity word by word (``kernels/alignment.py``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def beginning(first: str, second: str) -> float:
    """Return twice the letters at the beginning of both over the letters of both."""
    alike = 0
    while alike < min(len(first), len(second)) and first[alike] == second[alike]:
        alike += 1
    return 2 * alike / (len(first) + len(second))


def match(first: str, second: str, vectors: Mapping[str, np.ndarray]) -> float:
    """Return how alike two words are."""
    if first == second:
        return 1.0
    if any(letter.isdigit() for letter in first + second):
        return 0.0
    cosine = 0.0
    if first in vectors and second in vectors:
        a, b = vectors[first].astype(float), vectors[second].astype(float)
        lengths = np.linalg.norm(a) * np.linalg.norm(b)
        cosine = max(0.0, float(a @ b / lengths)) if lengths else 0.0
    return 1 - (1 - beginning(first, second)) * (1 - cosine**2)


def similarity(
    first: Sequence[str],
    second: Sequence[str],
    vectors: Mapping[str, np.ndarray],
    shares: Mapping[str, float],
) -> float:
    """Return how alike two token lists are."""
    if not first or not second:
        return 0.0
    best = [(word, max(match(word, other, vectors) for other in second)) for word in first]
    best += [(word, max(match(word, other, vectors) for other in first)) for word in second]
    weights = [1e-4 / (1e-4 + shares.get(word, 0.0)) for word, _ in best]
    return sum(w * b for w, (_, b) in zip(weights, best, strict=True)) / sum(weights)
