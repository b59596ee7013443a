"""Exact neighbours: cosines of a target with all rows, and the best of them.

A dot product per row: ``numpy.vecdot`` reads the matrix at the speed of memory, where
``matrix @ vector`` is half as fast. Only the lengths of the rows are kept, never a second matrix.
Many targets at once are for :mod:`.ranking`.

What has no direction has no neighbours: rows of length zero are never listed; their cosine with
anything counts as 0.0, never as NaN. Equal scores are listed in row order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .packed_rows import Rows, row_blocks

TINY = 1e-30  # shorter rows are zero: their direction is lost in float32
_EPSILON = 1e-6  # of Levy & Goldberg's equation 4, as gensim has it
_BLOCK = 4096  # rows whose lengths are computed in float64 at a time


def row_norms(vectors: Rows) -> np.ndarray:
    """Return the Euclidean length of every row.

    Args:
        vectors: float32[V, D], or packed.

    Returns:
        float32[V]; 0.0 for rows shorter than 1e-30; NaN or infinite where a row's numbers are, or
        where the length is beyond float32.
    """
    norms = np.empty(len(vectors), np.float32)
    for part, rows in row_blocks(vectors):
        norms[part] = _norms(rows)
    return norms


def _norms(vectors: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        squares = np.vecdot(vectors, vectors)
        norms = np.sqrt(squares)
        # The squares of very small or large numbers leave float32 before their root would.
        outside = np.flatnonzero(~((squares > TINY) & (squares < 1e30)))
        for start in range(0, len(outside), _BLOCK):
            rows = outside[start : start + _BLOCK]
            norms[rows] = np.linalg.norm(vectors[rows].astype(np.float64), axis=1)
        norms[norms < TINY] = 0.0
    return norms


def unit_rows(
    vectors: np.ndarray, norms: np.ndarray, *, out: np.ndarray | None = None
) -> np.ndarray:
    """Return the rows scaled to length 1; rows of length zero become zeros.

    Args:
        vectors: float32[n, D].
        norms: float32[n], from :func:`row_norms`.
        out: Where to write; ``None`` allocates.
    """
    return np.divide(vectors, divisors(norms)[:, None], out=out)


def unit(vector: np.ndarray) -> np.ndarray | None:
    """Return float32[D] of length 1 in the direction of ``vector``; ``None`` if it has none."""
    length = float(np.linalg.norm(vector.astype(np.float64)))
    return (vector.astype(np.float64) / length).astype(np.float32) if length >= TINY else None


def cosine(first: np.ndarray, second: np.ndarray) -> float:
    """Return the cosine of two vectors, computed in float64; 0.0 where one has no direction."""
    a, b = first.astype(np.float64), second.astype(np.float64)
    lengths = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if min(lengths) < TINY:
        return 0.0
    return max(-1.0, min(1.0, float(np.dot(a / lengths[0], b / lengths[1]))))


def cosines(vectors: Rows, norms: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the cosine of every row with a target; 0.0 for rows of length zero.

    Args:
        vectors: float32[V, D], or packed.
        norms: float32[V].
        target: float32[D] of length 1.

    Returns:
        float32[V].
    """
    scores = np.empty(len(vectors), np.float32)
    for part, rows in row_blocks(vectors):
        np.vecdot(rows, target, out=scores[part])
    scores /= divisors(norms)
    return scores


def products(
    vectors: Rows,
    norms: np.ndarray,
    positive: Sequence[np.ndarray],
    negative: Sequence[np.ndarray],
) -> np.ndarray:
    """Return 3CosMul of every row: cosines moved to [0, 1], multiplied and divided.

    Args:
        vectors: float32[V, D], or packed.
        norms: float32[V].
        positive: float32[D] of length 1 each.
        negative: The same, for the denominator.

    Returns:
        float32[V].

    Source: Levy and Goldberg 2014 (CoNLL), equation 4 and footnote 7.
    """
    scores = np.ones(len(vectors), np.float32)
    below = np.ones(len(vectors), np.float32)
    for target in positive:
        scores *= (1 + cosines(vectors, norms, target)) / 2
    for target in negative:
        below *= (1 + cosines(vectors, norms, target)) / 2
    return scores / (below + np.float32(_EPSILON))


def best_rows(
    scores: np.ndarray, k: int, *, norms: np.ndarray, without: Sequence[int] = ()
) -> np.ndarray:
    """Return the rows with the highest scores, best first, equal ones in row order.

    Args:
        scores: float32[V]; overwritten where rows are left out.
        k: How many; fewer come back where there are fewer.
        norms: float32[V]; rows of length zero are left out.
        without: More rows to leave out; those beyond V are ignored.

    Returns:
        int64[at most k].
    """
    scores[norms == 0.0] = -np.inf
    scores[[row for row in without if row < len(scores)]] = -np.inf
    k = min(k, len(scores))
    candidates = np.flatnonzero(scores >= _bound(scores, k)) if k else np.arange(0)
    found = scores[candidates]
    order = np.argsort(-found, kind="stable")[:k]
    return candidates[order[found[order] > -np.inf]]


def _bound(scores: np.ndarray, k: int) -> np.floating:
    """Return a number that at least ``k`` scores reach, few more than ``k`` if it can be quick."""
    width = 256
    maxima = scores[: len(scores) // width * width].reshape(-1, width).max(axis=1, initial=-np.inf)
    # The k-th best of the maxima of many parts is reached by at least k scores.
    chosen = maxima if len(maxima) >= k else scores
    return np.partition(chosen, len(chosen) - k)[len(chosen) - k]


def divisors(norms: np.ndarray) -> np.ndarray:
    """The lengths to divide by: what is divided by infinity is 0, never NaN."""
    return np.where(norms > 0.0, norms, np.float32(np.inf))
