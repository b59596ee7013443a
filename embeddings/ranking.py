"""Neighbours of many targets at once, equal to those of each alone.

The work is one large product, done in tiles by threads that share out the rows; it tells which rows
can be among the best, with a margin for its rounding. Those few are then scored again just as a
single question scores them, so that a batch gives the same neighbours, scores and order, bit for
bit, whatever the number of threads.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from .kernels.nearest import (
    TARGETS,
    Candidates,
    drop_all_but_best,
    new_panel,
    no_candidates,
    take_block,
)
from .kernels.simd import aligned_zeros, padded
from .packed_rows import Rows
from .similarity import best_rows, cosines, divisors, row_norms

_BLOCK = 2048  # rows that a thread takes at a time
_QUERIES = 1024  # targets that are worked on together
_PLACES = 1 << 20  # candidates held for them, by each thread: 8 MB
_SPARE = 96  # places of a target beyond twice those it wants
_PAIRS = 4096  # candidates that are scored again at a time
_ROUNDING = 2.0**-24


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
    vectors: Rows,
    norms: np.ndarray,
    targets: np.ndarray,
    k: int,
    *,
    without: Sequence[Sequence[int]],
) -> list[Ranking]:
    """Return the best rows for many targets.

    Memory beside the answers: about 12 MB for each core, more only where ``k`` is in the thousands.

    Args:
        vectors: float32[V, D], or packed.
        norms: float32[V].
        targets: float32[Q, D] of length 1.
        k: How many rows for each.
        without: Q lists of rows to leave out.

    Returns:
        Q rankings, as :func:`~.similarity.best_rows` gives them one by one.
    """
    if not k:
        return [Ranking(np.empty(0, np.int64), np.empty(0, np.float32)) for _ in targets]
    wanted = np.array([k + len(rows) for rows in without], np.int64)
    answers: list[Ranking] = []
    start = 0
    while start < len(targets):
        room = _room(wanted[start : start + _QUERIES], len(vectors))
        fitting = min(_QUERIES, _PLACES // room) // TARGETS * TARGETS
        part = slice(start, start + max(TARGETS, fitting))
        search = _Search(vectors, norms, targets[part], wanted[part])
        answers += search.rankings(k, without[part])
        start = part.stop
    return answers


def rescored(
    vectors: Rows,
    norms: np.ndarray | None,
    targets: np.ndarray,
    pairs: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """Return the cosines of pairs of a target and a row, as :func:`~.similarity.cosines` has them.

    Args:
        vectors: float32[V, D], or packed.
        norms: float32[V]; ``None`` computes those of the rows needed.
        targets: float32[Q, D] of length 1.
        pairs: Targets and rows, int64[n] each.

    Returns:
        float32[n].
    """
    target, row = pairs
    scores = np.empty(len(row), np.float32)
    for start in range(0, len(row), _PAIRS):
        part = slice(start, start + _PAIRS)
        rows = vectors[row[part]]
        lengths = row_norms(rows) if norms is None else norms[row[part]]
        np.vecdot(rows, targets[target[part]], out=scores[part])
        scores[part] /= divisors(lengths)
    return scores


def best_pairs(
    scores: np.ndarray, pairs: tuple[np.ndarray, np.ndarray], targets: int, k: int
) -> list[Ranking]:
    """Return each target's k best rows among scored pairs, equal ones in row order.

    Args:
        scores: float32[n].
        pairs: Targets and rows, int64[n] each.
        targets: How many targets there are.
        k: How many rows for each.
    """
    target, row = pairs
    order = np.lexsort((row, -scores, target))
    target, row, scores = target[order], row[order], scores[order]
    borders = np.searchsorted(target, np.arange(targets + 1))
    return [
        Ranking(row[a : min(a + k, b)], scores[a : min(a + k, b)])
        for a, b in zip(borders[:-1].tolist(), borders[1:].tolist(), strict=True)
    ]


def _room(wanted: np.ndarray, rows: int) -> int:
    """Return how many candidates to hold for a target; never full if it is more than all rows."""
    return min(2 * int(wanted.max()) + _SPARE, rows + 1)


class _Search:
    """One part of a batch, on its way.

    Args:
        vectors: float32[V, D], or packed.
        norms: float32[V].
        targets: float32[q, D] of length 1.
        wanted: int64[q], how many rows each target wants, left out ones included.
    """

    def __init__(
        self, vectors: Rows, norms: np.ndarray, targets: np.ndarray, wanted: np.ndarray
    ) -> None:
        self._vectors, self._norms, self._targets = vectors, norms, targets
        self._room = _room(wanted, len(vectors))
        places = -(-len(targets) // TARGETS) * TARGETS
        self._wanted = np.ones(places, np.int64)
        self._wanted[: len(wanted)] = wanted
        size = vectors.shape[1]
        self._flat = aligned_zeros(places * padded(size))
        self._at = np.arange(places, dtype=np.int64) * padded(size)
        self._flat.reshape(places, -1)[: len(targets), :size] = targets
        # Two sums of D products, each summed in its own order, are no farther apart than this; and
        # of two rows each may be off.
        self._margin = np.float32(2 * (2 * size + 64) * _ROUNDING)

    def rankings(self, k: int, without: Sequence[Sequence[int]]) -> list[Ranking]:
        """Search all rows; return the k best for each target, but those of ``without``."""
        starts = range(0, len(self._vectors), _BLOCK)
        shared = iter(starts)  # a thread takes the next block when it is done with one
        threads = min(cores(), len(starts))
        if threads == 1:
            found = [self._work(shared)]
        else:
            with ThreadPoolExecutor(threads) as pool:
                found = list(pool.map(self._work, [shared] * threads))
        crowded = np.zeros(len(self._wanted), bool)
        targets, rows = [], []
        for candidates in found:
            crowded |= candidates.counts < 0
            held = np.arange(self._room) < candidates.counts[:, None]
            targets.append(np.nonzero(held)[0])
            rows.append(candidates.rows[held].astype(np.int64))
        target, row = np.concatenate(targets), np.concatenate(rows)
        asked = self._allowed(target, row, without) & ~crowded[target]
        pairs = target[asked], row[asked]
        scores = rescored(self._vectors, self._norms, self._targets, pairs)
        answers = best_pairs(scores, pairs, len(self._targets), k)
        for place in np.flatnonzero(crowded[: len(answers)]).tolist():
            answers[place] = self._alone(place, k, without[place])
        return answers

    def _work(self, starts: Iterator[int]) -> Candidates:
        """Search blocks of rows until there are none left."""
        found = no_candidates(self._wanted, self._room)
        panel = new_panel(self._vectors.shape[1])
        for start in starts:
            part = slice(start, start + _BLOCK)
            block = np.ascontiguousarray(self._vectors[part]).view(np.ndarray)
            block.setflags(write=False)
            norms = self._norms[part]
            factors = np.divide(1, norms, out=np.zeros_like(norms), where=norms > 0.0)
            take_block(found, block, factors, start, self._flat, self._at, panel, self._margin)
        for target in range(len(self._targets)):
            drop_all_but_best(found, target, self._margin)
        return found

    def _allowed(
        self, target: np.ndarray, row: np.ndarray, without: Sequence[Sequence[int]]
    ) -> np.ndarray:
        """Return which pairs are of a true target and not to be left out."""
        total = len(self._vectors)
        out = [place * total + r for place, rows in enumerate(without) for r in rows if r < total]
        return (target < len(self._targets)) & ~np.isin(target * total + row, out)

    def _alone(self, place: int, k: int, without: Sequence[int]) -> Ranking:
        """Answer one target by itself: too many rows are about as good as its best."""
        scores = cosines(self._vectors, self._norms, self._targets[place])
        rows = best_rows(scores, k, norms=self._norms, without=without)
        return Ranking(rows, scores[rows])


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
