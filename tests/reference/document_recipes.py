"""Document vectors by plain NumPy and dictionaries, as the papers write them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

Tokens = Sequence[Sequence[str]]
Rows = Mapping[str, np.ndarray]


def known(documents: Tokens, rows: Rows) -> list[list[str]]:
    """Return the words with a vector."""
    return [[word for word in document if word in rows] for document in documents]


def weighted(
    documents: Tokens, rows: Rows, weights: Mapping[str, float], *, by_count: bool
) -> np.ndarray:
    """Return weighted means; zeros for documents without a known word."""
    size = len(next(iter(rows.values())))
    found = np.zeros((len(documents), size))
    for i, words in enumerate(known(documents, rows)):
        total = len(words) if by_count else sum(weights[word] for word in words)
        for word in words:
            found[i] += weights[word] * rows[word] / total
    return found


def idf(documents: Tokens, rows: Rows) -> np.ndarray:
    """Return means weighted by inverse document frequency."""
    frequency = Counter(word for document in documents for word in set(document))
    n = len(documents)
    weights = {word: math.log((1 + n) / (1 + frequency[word])) + 1 for word in rows}
    return weighted(documents, rows, weights, by_count=False)


def sif(documents: Tokens, rows: Rows, counts: Mapping[str, int], *, a: float = 1e-3) -> np.ndarray:
    """Arora et al. 2017, algorithm 1."""
    total = sum(counts[word] for word in rows)
    weights = {word: a / (a + counts[word] / total) for word in rows}
    found = weighted(documents, rows, weights, by_count=True)
    u = np.linalg.svd(found, full_matrices=False)[2][0]
    return found - np.outer(found @ u, u)


def usif(documents: Tokens, rows: Rows, counts: Mapping[str, int], *, m: int = 5) -> np.ndarray:
    """Ethayarajh 2018, with the normalised dimensions of the paper's program."""
    total = sum(counts[word] for word in rows)
    chances = {word: counts[word] / total for word in rows}
    size = sum(chance > 0 for chance in chances.values())
    read = [words for words in known(documents, rows) if words]
    n = sum(map(len, read)) / len(read)
    threshold = 1 - (1 - 1 / size) ** n
    alpha = sum(chance > threshold for chance in chances.values()) / size
    a = (1 - alpha) / (alpha * 0.5 * size)
    found = np.zeros((len(documents), len(next(iter(rows.values())))))
    for i, words in enumerate(known(documents, rows)):
        if not words:
            continue
        own = np.array([rows[word] for word in words], np.float64)
        lengths = np.linalg.norm(own, axis=0)
        own = np.divide(own, lengths, out=np.zeros_like(own), where=lengths > 0)
        own *= np.array([a / (0.5 * a + chances[word]) for word in words])[:, None]
        found[i] = own.mean(axis=0)
    _, strengths, directions = np.linalg.svd(found, full_matrices=False)
    shares = strengths[:m] ** 2 / (strengths[:m] ** 2).sum()
    left = found.copy()
    for share, u in zip(shares, directions[:m], strict=False):
        left -= share * np.outer(found @ u, u)
    return left


def power(documents: Tokens, rows: Rows, powers: Sequence[float]) -> np.ndarray:
    """Return concatenated power means, roots of negative means with their sign."""
    found = []
    for words in known(documents, rows):
        own = np.array([rows[word] for word in words], np.float64)
        means = []
        for p in powers:
            if math.isinf(p):
                means.append(own.max(axis=0) if p > 0 else own.min(axis=0))
            else:
                mean = (own**p).mean(axis=0)
                means.append(np.sign(mean) * np.abs(mean) ** (1 / p))
        found.append(np.concatenate(means))
    return np.array(found)
