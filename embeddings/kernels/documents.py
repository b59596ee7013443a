"""Documents as sums, maxima and minima of table rows, at the speed of memory.

A word that stands in a document several times is added once, with what its count is worth: a
review of 230 words has 140 different ones. Rows are asked for some words ahead of their use, for a
table is larger than a cache. What a document becomes depends on nothing but its own words, in their
order: so it is the same to the last bit however documents are divided among threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import kernel
from .rows import (
    add_scaled,
    copy_row,
    fill_row,
    keep_greater,
    keep_less,
    multiply_row,
    prefetch_row,
)
from .simd import aligned_zeros, padded

BY_NOTHING, BY_COUNT, BY_WEIGHTS, BY_LENGTH = 0, 1, 2, 3
"""What a sum is divided by: nothing; the number of words; the sum of what they counted; the root of
the sum of its squares."""

_AHEAD = 4  # words: a row comes from memory in about the time that four are added in
_ZERO, _ONE = np.float32(0), np.float32(1)
_ROUNDING = 1e-10  # of a document's square: what is left of it then is no direction


class DocumentScratch(NamedTuple):
    """A worker's memory; W is the length of a row.

    Attributes:
        counts: int32[V], all zero between documents.
        words: int32[L + 1], the different words of a document of up to L.
        line: float32[W, padded], what a document becomes.
        row: float32[W, padded], a row that can't be read where it stands, or a power of one.
        power: float32[W, padded], the row whose power that is.
    """

    counts: NDArray[np.int32]
    words: NDArray[np.int32]
    line: NDArray[np.float32]
    row: NDArray[np.float32]
    power: NDArray[np.float32]


def new_scratch(words: int, longest: int, size: int) -> DocumentScratch:
    """Return memory for a table of ``words`` rows of ``size`` numbers, and so long documents."""
    return DocumentScratch(
        np.zeros(words, np.int32),
        np.zeros(longest + 1, np.int32),
        aligned_zeros(padded(size)),
        aligned_zeros(padded(size)),
        aligned_zeros(padded(size)),
    )


@kernel
def _different(ids, start, stop, first, x):
    """Count the words of a document; returns how many different ones ``x.words`` has then."""
    found = 0
    counts, words = x.counts, x.words
    for i in range(start, stop):
        word = ids[i] - first
        count = counts[word]
        words[found] = word
        found += count == 0  # no branch: nobody could guess it
        counts[word] = count + 1
    return found


@kernel
def _copy(rows, word, x):
    """Copy a row to ``x.row``, so that what stands behind it in the table is not read."""
    line, row = x.row[: rows.shape[1]], rows[word]
    for j in range(line.shape[0]):
        line[j] = row[j]


@kernel
def sum_documents(ids, offsets, first, rows, weights, logarithm, power, divisor, out, x):
    """Fill ``out`` with ``sum_w g(tf_w) weight_w row_w ** power / divisor``, w a document's words.

    ``g(tf)`` is ``tf``, or ``1 + ln tf``. Documents without a word, and those whose divisor is 0,
    become zeros.

    Args:
        ids: int32[T], rows of the table plus ``first``.
        offsets: int64[n + 1]; document i is ``ids[offsets[i]:offsets[i + 1]]``.
        first: What to take off an id to have its row.
        rows: float32[V, W], read-only.
        weights: float32[V], read-only.
        logarithm: Whether ``g(tf) = 1 + ln tf``.
        power: Whole number from 1, of each number of a row.
        divisor: One of the BY_ constants; what a word counted is ``g(tf_w) weight_w``.
        out: float32[n, W]. Overwritten.
        x: DocumentScratch; its counts are zero before and after.
    """
    size = rows.shape[1]
    width = padded(size)
    # A row is read in whole vectors: the numbers behind it are too, and what comes of them is left.
    readable = rows.size - width
    for document in range(out.shape[0]):
        start, stop = offsets[document], offsets[document + 1]
        found = _different(ids, start, stop, first, x)
        for i in range(min(_AHEAD, found)):
            prefetch_row(rows, np.int64(x.words[i]) * size, size)
        fill_row(x.line, 0, (), _ZERO, width)
        total = 0.0
        squares = 0.0
        for i in range(found):
            if i + _AHEAD < found:
                prefetch_row(rows, np.int64(x.words[i + _AHEAD]) * size, size)
            word = np.int64(x.words[i])
            count = x.counts[word]
            x.counts[word] = 0
            share = np.float32(count)
            if logarithm:
                share = _ONE if count == 1 else np.float32(1.0 + np.log(np.float64(count)))
            share *= weights[word]
            if share == _ZERO:
                continue
            total += np.float64(share)
            squares += np.float64(share) * np.float64(share)
            if power == 1 and word * size <= readable:
                add_scaled(x.line, 0, (rows, word * size), share, width)
                continue
            _copy(rows, word, x)
            if power > 1:
                copy_row(x.power, 0, (x.row, 0), _ONE, width)
                for _ in range(1, power):
                    multiply_row(x.row, 0, (x.power, 0), _ONE, width)
            add_scaled(x.line, 0, (x.row, 0), share, width)
        scale = 1.0
        if divisor == BY_COUNT:
            scale = np.float64(stop - start)
        elif divisor == BY_WEIGHTS:
            scale = total
        elif divisor == BY_LENGTH:
            scale = np.sqrt(squares)
        factor = _ZERO if scale == 0.0 else np.float32(1.0 / scale)
        target, line = out[document], x.line[:size]
        for j in range(size):
            target[j] = line[j] * factor


@kernel
def extreme_documents(ids, offsets, first, rows, weights, greatest, out, x):
    """Fill ``out`` with the greatest or the least numbers among the rows of a document's words.

    Documents without a word become zeros.

    Args:
        ids: int32[T], rows of the table plus ``first``.
        offsets: int64[n + 1].
        first: What to take off an id to have its row.
        rows: float32[V, W], read-only.
        weights: float32[V], read-only; words of weight 0 are left out.
        greatest: Whether to keep the greatest numbers, not the least.
        out: float32[n, W]. Overwritten.
        x: DocumentScratch; its counts are zero before and after.
    """
    size = rows.shape[1]
    width = padded(size)
    readable = rows.size - width
    for document in range(out.shape[0]):
        found = _different(ids, offsets[document], offsets[document + 1], first, x)
        for i in range(min(_AHEAD, found)):
            prefetch_row(rows, np.int64(x.words[i]) * size, size)
        fill_row(x.line, 0, (), _ZERO, width)
        begun = False
        for i in range(found):
            if i + _AHEAD < found:
                prefetch_row(rows, np.int64(x.words[i + _AHEAD]) * size, size)
            word = np.int64(x.words[i])
            x.counts[word] = 0
            if weights[word] == _ZERO:
                continue
            at = word * size
            if at > readable or not begun:
                _copy(rows, word, x)
            if not begun:
                copy_row(x.line, 0, (x.row, 0), _ONE, width)
                begun = True
            elif at > readable and greatest:
                keep_greater(x.line, 0, (x.row, 0), _ONE, width)
            elif at > readable:
                keep_less(x.line, 0, (x.row, 0), _ONE, width)
            elif greatest:
                keep_greater(x.line, 0, (rows, at), _ONE, width)
            else:
                keep_less(x.line, 0, (rows, at), _ONE, width)
        target, line = out[document], x.line[:size]
        for j in range(size):
            target[j] = line[j]


@kernel
def count_documents(ids, offsets, first, documents, x):
    """Add to each word in how many documents it stands.

    Args:
        ids: int32[T], rows of a table plus ``first``.
        offsets: int64[N + 1].
        first: What to take off an id to have its row.
        documents: int64[V]. Updated in place.
        x: DocumentScratch; its counts are zero before and after.
    """
    for document in range(offsets.shape[0] - 1):
        found = _different(ids, offsets[document], offsets[document + 1], first, x)
        for i in range(found):
            word = x.words[i]
            x.counts[word] = 0
            documents[word] += 1


# Sums may be taken in any order, always the same one: then they are taken in vectors.
@kernel(fastmath={"reassoc", "contract"})
def finish_documents(out, components, shares, centre, unit, lengths):
    """Take directions and a centre off documents, and scale them to length 1.

    Documents of zeros stay zeros, and those become zeros of which rounding alone is left.

    Args:
        out: float32[n, W]. Updated in place.
        components: float32[m, W], orthogonal directions of length 1.
        shares: float32[m], which part of what lies in each is taken off.
        centre: float32[W].
        unit: Whether to scale.
        lengths: float64[n], receives the lengths before, 0.0 for documents of zeros.
    """
    size = out.shape[1]
    for document in range(out.shape[0]):
        line = out[document]
        total = 0.0
        for j in range(size):
            total += np.float64(line[j]) * np.float64(line[j])
        lengths[document] = np.sqrt(total)
        if total == 0.0:
            continue
        for c in range(components.shape[0]):
            component = components[c]
            found = _ZERO
            for j in range(size):
                found += line[j] * component[j]
            found *= shares[c]
            for j in range(size):
                line[j] -= found * component[j]
        left = 0.0
        for j in range(size):
            line[j] -= centre[j]
            left += np.float64(line[j]) * np.float64(line[j])
        factor = _ONE
        if left <= total * _ROUNDING:
            factor = _ZERO
        elif unit:
            factor = np.float32(1.0 / np.sqrt(left))
        for j in range(size):
            line[j] *= factor
