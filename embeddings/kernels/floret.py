"""Parts of words as rows of a table, as floret numbers them: several rows to a part."""

from __future__ import annotations

import numpy as np

from . import kernel

_C1, _C2 = np.uint64(0x87C37B91114253D5), np.uint64(0x4CF5AD432745937F)
_N1, _N2 = np.uint64(0x52DCE729), np.uint64(0x38495AB5)
_F1, _F2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_FIVE, _EIGHT, _LOW = np.uint64(5), np.uint64(8), np.uint64(0xFFFFFFFF)
_BITS, _HALF, _FOLD = np.uint64(64), np.uint64(32), np.uint64(33)
_R27, _R31, _R33 = np.uint64(27), np.uint64(31), np.uint64(33)


@kernel
def _turn(value, bits):
    """Rotate a 64-bit number to the left."""
    return (value << bits) | (value >> (_BITS - bits))


@kernel
def _mix(value):
    """Spread every bit of a 64-bit number over all."""
    value ^= value >> _FOLD
    value *= _F1
    value ^= value >> _FOLD
    value *= _F2
    return value ^ (value >> _FOLD)


@kernel
def _eight(utf8, first, end):
    """Return up to eight bytes from ``first`` on as a little-endian number."""
    number = np.uint64(0)
    for place in range(min(first + 8, end) - 1, first - 1, -1):
        number = (number << _EIGHT) | np.uint64(utf8[place])
    return number


@kernel
def murmur_128(utf8, first, end, seed):
    """Return MurmurHash3_x64_128 of ``utf8[first:end]`` as two 64-bit numbers.

    Args:
        utf8: uint8[B].
        first: First byte.
        end: The byte behind the last.
        seed: From 0, below 2**32.

    Source: Appleby 2011, MurmurHash3, public domain.
    """
    h1 = h2 = np.uint64(seed)
    at = first
    while end - at >= 16:
        h1 ^= _turn(_eight(utf8, at, end) * _C1, _R31) * _C2
        h1 = (_turn(h1, _R27) + h2) * _FIVE + _N1
        h2 ^= _turn(_eight(utf8, at + 8, end) * _C2, _R33) * _C1
        h2 = (_turn(h2, _R31) + h1) * _FIVE + _N2
        at += 16
    h2 ^= _turn(_eight(utf8, at + 8, end) * _C2, _R33) * _C1
    h1 ^= _turn(_eight(utf8, at, end) * _C1, _R31) * _C2
    length = np.uint64(end - first)
    h1 ^= length
    h2 ^= length
    h1 += h2
    h2 += h1
    h1, h2 = _mix(h1), _mix(h2)
    h1 += h2
    return h1, h2 + h1


@kernel
def _put(utf8, first, end, hashes, seed, buckets, rows, at):
    """Write the rows of one part, where there is room to write them; returns how many."""
    if len(rows):
        h1, h2 = murmur_128(utf8, first, end, seed)
        for k in range(hashes):
            h = h1 if k < 2 else h2
            h = h >> _HALF if k % 2 else h & _LOW
            rows[at + k] = np.int64(h) % buckets
    return hashes


@kernel
def _walk(utf8, first, end, min_n, max_n, hashes, seed, buckets, rows, at):
    """Number the parts of one word with its signs; returns how many rows there are."""
    found = _put(utf8, first, end, hashes, seed, buckets, rows, at)
    for n in range(max(1, min_n), max_n + 1):
        i = first
        while i < end:
            j = i
            characters = 0
            while characters < n and j < end:
                j += 1
                while j < end and (utf8[j] & 0xC0) == 0x80:
                    j += 1
                characters += 1
            if characters < n:
                break
            # A mark alone is no part to floret, as to fastText; spaCy has it as one.
            if n > 1 or (i > first and j < end):
                found += _put(utf8, i, j, hashes, seed, buckets, rows, at + found)
            i += 1
            while i < end and (utf8[i] & 0xC0) == 0x80:
                i += 1
    return found


@kernel
def floret_rows(utf8, offsets, min_n, max_n, buckets, hashes, seed, starts, rows):
    """Find the parts of words and their rows in floret's table.

    The parts are the whole word and all runs of ``min_n`` to ``max_n`` characters of it, marks
    included, by length, then by first character; but not its first or last character alone. Each
    has one to four rows: 32 bits of its hash, modulo ``buckets``.

    Args:
        utf8: uint8[B], read-only: words with their marks for begin and end, joined.
        offsets: int64[V + 1], their borders.
        min_n: Shortest n-grams, in characters; below 1 counts as 1.
        max_n: Longest; below ``min_n`` there are none but the word.
        buckets: Rows of the table, 1 to 2**31 - 1.
        hashes: Rows of a part, 1 to 4.
        seed: Of the hash, from 0, below 2**32.
        starts: int64[V + 1], overwritten: borders of the words in ``rows``.
        rows: int32[P], overwritten; of length 0 for a first call that only counts.

    Returns:
        P, how many rows there are.

    Source: Boyd and Warmerdam 2022, "floret: lightweight, robust word vectors"; spaCy's
    ``Vectors.get_batch``.
    """
    starts[0] = 0
    for word in range(len(offsets) - 1):
        first, end, at = offsets[word], offsets[word + 1], starts[word]
        found = _walk(utf8, first, end, min_n, max_n, hashes, seed, buckets, rows, at)
        starts[word + 1] = at + found
    return starts[len(offsets) - 1]
