"""Documents that are nearly the same, in groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from ...embeddings.ranking import Ranking
from ...embeddings.similarity import unit_rows

_BLOCK = 2048  # rows of which all pairs are multiplied at a time: 16 MB of products
_PAIRS = 1 << 20  # pairs that are joined together
_ROUNDING = 1e-6
_FIRST, _MOST = 16, 4096  # neighbours asked for, at first and at last


@dataclass(frozen=True)
class DuplicateGroup:
    """Documents that are nearly the same.

    Attributes:
        rows: Their numbers, rising.
        ids: Their names.
        similarity: The lowest cosine of one of them with the first.
    """

    rows: tuple[int, ...]
    ids: tuple[str, ...]
    similarity: float


@dataclass(frozen=True)
class Duplicates:
    """Groups of documents that are nearly the same.

    Attributes:
        groups: Largest first, equal ones by their first document.
        threshold: The cosine from which two documents are of one group.
        documents: All that were looked at.
        repeated: Those that could be left out: all of a group but the first.
        empty: Those without a direction, which are like nothing.
        exact: Whether every pair was looked at.
    """

    groups: tuple[DuplicateGroup, ...]
    threshold: float
    documents: int
    repeated: int
    empty: int
    exact: bool


def exact_duplicates(
    vectors: NDArray[np.float32],
    norms: NDArray[np.float32],
    threshold: float,
    ids: Sequence[str],
) -> Duplicates:
    """Look at all pairs, a block at a time.

    Args:
        vectors: float32[N, W].
        norms: float32[N], their lengths.
        threshold: Cosine from which two are of one group.
        ids: N names.
    """
    kept, labels = _distinct(vectors, norms)
    joined = _Joined(len(kept))
    limit = np.float32(threshold - _ROUNDING)
    for start in range(0, len(kept), _BLOCK):
        here = _units(vectors, norms, kept[start : start + _BLOCK])
        for other in range(start, len(kept), _BLOCK):
            there = here if other == start else _units(vectors, norms, kept[other : other + _BLOCK])
            first, second = np.nonzero(here @ there.T >= limit)
            joined.add(first + start, second + other)
    labels[labels >= 0] = joined.labels()[labels[labels >= 0]]
    return _grouped(vectors, norms, labels, threshold, ids, exact=True)


def found_duplicates(
    vectors: NDArray[np.float32],
    norms: NDArray[np.float32],
    threshold: float,
    ids: Sequence[str],
    ask: Callable[[NDArray[np.int64], int], list[Ranking]],
) -> Duplicates:
    """Look at the neighbours of each document, more of those whose neighbours are all near.

    Args:
        vectors: float32[N, W].
        norms: float32[N].
        threshold: Cosine from which two are of one group.
        ids: N names.
        ask: Returns so many neighbours of each of some documents.
    """
    kept, labels = _distinct(vectors, norms)
    place = np.full(len(vectors), -1, np.int64)
    place[kept] = np.arange(len(kept))
    joined = _Joined(len(kept))
    left, wanted = kept, _FIRST
    while len(left):
        again: list[int] = []
        for begin in range(0, len(left), _BLOCK):
            part = left[begin : begin + _BLOCK]
            for row, found in zip(part.tolist(), ask(part, wanted), strict=True):
                near = found.rows[found.scores >= threshold - _ROUNDING]
                joined.add(np.full(len(near), place[row]), labels[near])
                if len(near) == wanted < _MOST:
                    again.append(row)
        left, wanted = np.array(again, np.int64), 4 * wanted
    labels[labels >= 0] = joined.labels()[labels[labels >= 0]]
    return _grouped(vectors, norms, labels, threshold, ids, exact=False)


class _Joined:
    """Things of which some pairs belong together, and with them all that a chain joins."""

    def __init__(self, size: int) -> None:
        self._labels = np.arange(size)
        self._first: list[NDArray[np.int64]] = []
        self._second: list[NDArray[np.int64]] = []
        self._held = 0

    def add(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> None:
        """Join pairs."""
        new = self._labels[first] != self._labels[second]
        self._first.append(first[new])
        self._second.append(second[new])
        self._held += int(new.sum())
        if self._held > _PAIRS:
            self._join()

    def labels(self) -> NDArray[np.int64]:
        """Return int64[size], equal for all that belong together."""
        self._join()
        return self._labels

    def _join(self) -> None:
        if self._held:
            first, second = np.concatenate(self._first), np.concatenate(self._second)
            size = len(self._labels)
            pairs = (self._labels[first], self._labels[second])
            graph = coo_matrix((np.ones(len(first), np.bool_), pairs), shape=(size, size))
            _, found = connected_components(graph, directed=False)
            self._labels = found.astype(np.int64)[self._labels]
        self._first, self._second, self._held = [], [], 0


def _distinct(
    vectors: NDArray[np.float32], norms: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first of equal documents, and which of these each document is; -1 for empty ones.

    Thousands of copies of one page would be millions of pairs.
    """
    there = np.flatnonzero(norms > 0.0)
    labels = np.full(len(vectors), -1, np.int64)
    rows = np.ascontiguousarray(vectors[there])
    content = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, first, inverse = np.unique(content, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    labels[there] = rank[inverse]
    return there[first[order]], labels


def _units(
    vectors: NDArray[np.float32], norms: NDArray[np.float32], rows: NDArray[np.int64]
) -> NDArray[np.float32]:
    return unit_rows(vectors[rows], norms[rows])


def _grouped(
    vectors: NDArray[np.float32],
    norms: NDArray[np.float32],
    labels: NDArray[np.int64],
    threshold: float,
    ids: Sequence[str],
    *,
    exact: bool,
) -> Duplicates:
    """Return documents of one label as a group, where there are two or more."""
    order = np.argsort(labels, kind="stable")
    order = order[labels[order] >= 0]
    borders = np.flatnonzero(np.diff(labels[order], prepend=-2, append=-2))
    groups: list[DuplicateGroup] = []
    for start, stop in zip(borders[:-1].tolist(), borders[1:].tolist(), strict=True):
        if stop - start < 2:
            continue
        rows = order[start:stop]
        units = _units(vectors, norms, rows)
        lowest = float(np.clip(units[1:] @ units[0], -1.0, 1.0).min())
        listed: list[int] = rows.tolist()
        names = tuple(str(ids[row]) for row in listed)
        groups.append(DuplicateGroup(tuple(listed), names, lowest))
    groups.sort(key=lambda group: (-len(group.rows), group.rows[0]))
    return Duplicates(
        tuple(groups),
        threshold=float(threshold),
        documents=len(vectors),
        repeated=sum(len(group.rows) - 1 for group in groups),
        empty=int((norms == 0.0).sum()),
        exact=exact,
    )
