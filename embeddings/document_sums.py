"""Documents as float32[N, W]: weighted sums, maxima, minima of the rows of their words.

Documents are divided among threads by their words; the result is the same for any number of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .kernels.documents import (
    BY_COUNT,
    BY_LENGTH,
    BY_NOTHING,
    BY_WEIGHTS,
    DocumentScratch,
    count_documents,
    extreme_documents,
    finish_documents,
    new_scratch,
    sum_documents,
)
from .ranking import cores

Divisor = Literal["nothing", "count", "weights", "length"]
_DIVISORS: dict[str, int] = {
    "nothing": BY_NOTHING,
    "count": BY_COUNT,
    "weights": BY_WEIGHTS,
    "length": BY_LENGTH,
}
_BLOCK = 1 << 14  # words that a thread takes at a time
_ALONE = 1 << 15  # words up to which one thread is the quickest


@dataclass(frozen=True, eq=False)
class WordRows:
    """What documents are made of.

    Attributes:
        rows: float32[V, W], finite.
        weights: float32[V]; a word of weight 0 adds nothing to a sum, and takes no part in an
            extreme.
        first: What to take off an id to have its row.
    """

    rows: NDArray[np.float32]
    weights: NDArray[np.float32]
    first: int = 0

    def __post_init__(self) -> None:
        rows, weights = self.rows, self.weights
        if rows.ndim != 2 or weights.shape != (len(rows),):
            raise ValueError(
                f"expected rows of shape [V, W] and V weights, found {list(rows.shape)} and "
                f"{list(weights.shape)}"
            )
        # Kernels are compiled for read-only, aligned arrays: one signature for all.
        for name, array in (("rows", rows), ("weights", weights)):
            object.__setattr__(self, name, _read_only(np.require(array, np.float32, ["C", "A"])))


def document_sums(
    ids: NDArray[np.int32],
    offsets: NDArray[np.int64],
    words: WordRows,
    *,
    logarithm: bool = False,
    power: int = 1,
    divisor: Divisor = "count",
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return ``sum_w g(tf_w) weight_w row_w ** power / divisor`` for each document.

    Args:
        ids: int32[T], the documents' words, one document after the other.
        offsets: int64[N + 1]; document i is ``ids[offsets[i]:offsets[i + 1]]``.
        words: Rows and weights.
        logarithm: Count a word ``1 + ln tf`` times; else as often as it stands there.
        power: Of each number of a row, from 1.
        divisor: The number of words, what they counted in all, or the root of the sum of its
            squares; ``g(tf_w) weight_w`` is what a word counted.
        threads: ``None`` for all cores; changes no bit of the result.

    Returns:
        float32[N, W]; zeros for documents without a word, and where the divisor is 0.

    Raises:
        ValueError: Ids or offsets are outside of the table.
    """
    by = _DIVISORS[divisor]

    def work(block: Any, borders: Any, out: Any, scratch: DocumentScratch) -> None:
        sum_documents(
            block, borders, words.first, words.rows, words.weights, logarithm, power, by, out,
            scratch,
        )  # fmt: skip

    return _all(ids, offsets, words, work, threads)


def document_extremes(
    ids: NDArray[np.int32],
    offsets: NDArray[np.int64],
    words: WordRows,
    *,
    greatest: bool,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return the greatest or least numbers among the rows of each document's words.

    Args:
        ids: int32[T], as in :func:`document_sums`, as is all else.
        offsets: int64[N + 1].
        words: Rows and weights.
        greatest: Or the least.
        threads: ``None`` for all cores.

    Returns:
        float32[N, W]; zeros for documents without a word.
    """

    def work(block: Any, borders: Any, out: Any, scratch: DocumentScratch) -> None:
        extreme_documents(
            block, borders, words.first, words.rows, words.weights, greatest, out, scratch
        )

    return _all(ids, offsets, words, work, threads)


def document_frequencies(
    ids: NDArray[np.int32], offsets: NDArray[np.int64], *, words: int, first: int = 0
) -> NDArray[np.int64]:
    """Return int64[V], in how many documents each of ``words`` words stands.

    Args:
        ids: int32[T], as in :func:`document_sums`.
        offsets: int64[N + 1].
        words: V.
        first: What to take off an id to have its word's number.
    """
    ids, offsets = _checked(ids, offsets, first, words)
    found = np.zeros(words, np.int64)
    count_documents(ids, offsets, first, found, new_scratch(words, _longest(offsets), 0))
    return found


@dataclass(frozen=True, eq=False)
class Finish:
    """What is taken off documents.

    Attributes:
        components: float32[m, W], orthogonal directions of length 1.
        shares: float32[m], which part of what lies in each direction is taken off.
        centre: float32[W].
        unit: Whether they are scaled to length 1 then.
    """

    components: NDArray[np.float32]
    shares: NDArray[np.float32]
    centre: NDArray[np.float32]
    unit: bool

    def apply(
        self, documents: NDArray[np.float32], *, threads: int | None = None
    ) -> NDArray[np.float64]:
        """Finish documents in place; those of zeros stay so, as does nothing but rounding.

        Args:
            documents: float32[N, W], C-contiguous. Updated.
            threads: ``None`` for all cores; changes no bit of the result.

        Returns:
            float64[N], their lengths before: 0.0 for those of zeros.
        """
        lengths = np.empty(len(documents), np.float64)
        components, shares, centre = (
            _read_only(np.require(array, np.float32, ["C", "A"]))
            for array in (self.components, self.shares, self.centre)
        )
        step = max(1, (1 << 18) // max(1, documents.shape[1]))

        def run(begin: int) -> None:
            part = slice(begin, begin + step)
            finish_documents(documents[part], components, shares, centre, self.unit, lengths[part])

        starts = range(0, len(documents), step)
        workers = min(threads or cores(), len(starts))
        if workers < 2:
            for begin in starts:
                run(begin)
        else:
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(run, starts))
        return lengths


def _all(
    ids: NDArray[np.int32],
    offsets: NDArray[np.int64],
    words: WordRows,
    work: Callable[[Any, Any, Any, DocumentScratch], None],
    threads: int | None,
) -> NDArray[np.float32]:
    """Have all documents worked on, in blocks that threads take in turn."""
    ids, offsets = _checked(ids, offsets, words.first, len(words.rows))
    out = np.empty((len(offsets) - 1, words.rows.shape[1]), np.float32)
    longest = _longest(offsets)
    blocks = _blocks(offsets)

    def run(shared: Iterator[tuple[int, int]]) -> None:
        scratch = new_scratch(len(words.rows), longest, words.rows.shape[1])
        for begin, end in shared:
            work(ids, offsets[begin : end + 1], out[begin:end], scratch)

    workers = min(threads or cores(), len(blocks))
    if workers < 2 or (threads is None and len(ids) < _ALONE):
        run(iter(blocks))
        return out
    turns = iter(blocks)  # a thread takes the next block when it is done with one
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(run, [turns] * workers))
    return out


def _blocks(offsets: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return borders of runs of documents with about :data:`_BLOCK` words each."""
    documents = len(offsets) - 1
    if not documents:
        return []
    # An empty document is work too.
    done = offsets[1:] + np.arange(1, documents + 1) * 8
    borders = np.flatnonzero(np.diff(done // _BLOCK, prepend=0)).tolist()
    edges = sorted({0, *borders, documents})
    return list(zip(edges[:-1], edges[1:], strict=True))


def _longest(offsets: NDArray[np.int64]) -> int:
    return int(np.diff(offsets).max(initial=0))


def _checked(
    ids: NDArray[np.int32], offsets: NDArray[np.int64], first: int, words: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return ids and offsets as kernels take them; raise where they lead outside."""
    if not len(offsets) or offsets[0] < 0 or offsets[-1] > len(ids) or (np.diff(offsets) < 0).any():
        raise ValueError(f"expected offsets that rise from 0 to {len(ids)}, the number of ids")
    if len(ids) and not (ids.min() >= first and ids.max() < first + words):
        raise ValueError(
            f"expected ids from {first} to {first + words - 1}, found {ids.min()} to {ids.max()}"
        )
    return (
        _read_only(np.require(ids, np.int32, ["C", "A"])),
        _read_only(np.require(offsets, np.int64, ["C", "A"])),
    )


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    # Kernels are compiled for read-only arrays: one signature, whatever the caller's are.
    view = array.view(np.ndarray)
    view.setflags(write=False)
    return view
