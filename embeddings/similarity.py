"""Exact neighbours: cosines of one or many targets with all rows, and the best of them.

One target: a dot product per row (``numpy.vecdot`` reads the matrix at the speed of memory, where
``matrix @ vector`` is half as fast). Many targets: products of blocks, so that memory stays bounded
and BLAS uses all cores. Only the lengths of the rows are kept, never a second matrix.

What has no direction has no neighbours: rows of length zero are never listed; their cosine with
anything counts as 0.0, never as NaN. Equal scores are listed in row order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .packed_rows import Rows, row_blocks

TINY = 1e-30  # shorter rows are zero: their direction is lost in float32
_EPSILON = 1e-6  # of Levy & Goldberg's equation 4, as gensim has it
_BLOCK = 4096  # rows of the matrix to a block of a batch: 256 x 4096 scores are 4 MB
_QUERIES = 256


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
    return np.divide(vectors, _divisors(norms)[:, None], out=out)


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
    scores /= _divisors(norms)
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


@dataclass(frozen=True)
class Ranking:
    """The best rows for one target.

    Attributes:
        rows: int64[at most k], best first.
        scores: float32[at most k].
    """

    rows: np.ndarray
    scores: np.ndarray


def rank_batch(
    vectors: np.ndarray,
    norms: np.ndarray,
    targets: np.ndarray,
    k: int,
    *,
    without: Sequence[Sequence[int]],
) -> list[Ranking]:
    """Return the best rows for many targets, by blocks of products.

    Memory beside the answers: two blocks of about 4 MB (more only where ``k`` is above 1,000).

    Args:
        vectors: float32[V, D].
        norms: float32[V].
        targets: float32[Q, D] of length 1.
        k: How many rows for each.
        without: Q lists of rows to leave out.

    Returns:
        Q rankings, as :func:`best_rows` would give them one by one (scores may differ in the last
        bits, being summed in another order).
    """
    answers: list[Ranking] = []
    for start in range(0, len(targets), _QUERIES):
        part = slice(start, start + _QUERIES)
        answers += _rank_part(vectors, norms, targets[part], k, without[part])
    return answers


def _rank_part(
    vectors: np.ndarray,
    norms: np.ndarray,
    targets: np.ndarray,
    k: int,
    without: Sequence[Sequence[int]],
) -> list[Ranking]:
    step = max(_BLOCK, 4 * k)
    out_row = np.array([row for rows in without for row in rows], np.int64)
    out_query = np.repeat(np.arange(len(targets)), [len(rows) for rows in without])
    best = _Best.empty(len(targets), k)
    for start in range(0, len(vectors), step):
        stop = min(start + step, len(vectors))
        scores = targets @ vectors[start:stop].T
        scores /= _divisors(norms[start:stop])
        scores[:, norms[start:stop] == 0.0] = -np.inf
        here = (out_row >= start) & (out_row < stop)
        scores[out_query[here], out_row[here] - start] = -np.inf
        best = best.merged(scores, start)
    borders = np.searchsorted(best.query, np.arange(len(targets) + 1))
    return [
        Ranking(best.row[a:b], best.score[a:b])
        for a, b in zip(borders[:-1], borders[1:], strict=True)
    ]


@dataclass(frozen=True)
class _Best:
    """The best rows so far of Q targets, sorted by target, then score, then row.

    Attributes:
        query: int64[n]; ``row``: int64[n]; ``score``: float32[n].
        limit: float32[Q], the k-th best score of a target; -inf where it has fewer.
        k: How many rows to keep for each.
    """

    query: np.ndarray
    row: np.ndarray
    score: np.ndarray
    limit: np.ndarray
    k: int

    @classmethod
    def empty(cls, queries: int, k: int) -> _Best:
        none = np.empty(0, np.int64)
        return cls(none, none, np.empty(0, np.float32), np.full(queries, -np.inf, np.float32), k)

    def merged(self, scores: np.ndarray, start: int) -> _Best:
        """Take in a block of scores, float32[Q, b], of rows ``start`` and following."""
        k, width = self.k, scores.shape[1]
        if not k:
            return self
        # Later rows must beat the k-th best, not equal it: row order decides between equals.
        good = scores > self.limit[:, None]
        if not len(self.query) and width > k:
            good &= scores >= np.partition(scores, width - k, axis=1)[:, width - k, None]
        query, column = np.nonzero(good)
        if not len(query):
            return self
        query = np.concatenate([self.query, query])
        row = np.concatenate([self.row, column + start])
        score = np.concatenate([self.score, scores[good]])
        order = np.lexsort((-score, query))  # stable: equal scores stay in row order
        query = query[order]
        place = np.arange(len(query)) - np.searchsorted(query, query)
        kept = order[place < k]
        limit = self.limit.copy()
        limit[query[place == k - 1]] = score[order[place == k - 1]]
        return _Best(query[place < k], row[kept], score[kept], limit, k)


def _divisors(norms: np.ndarray) -> np.ndarray:
    """The lengths to divide by: what is divided by infinity is 0, never NaN."""
    return np.where(norms > 0.0, norms, np.float32(np.inf))
