"""The dictionary of a fastText ``.bin``: where its words are; and pieces of bytes joined."""

from __future__ import annotations

import numpy as np

from . import kernel

TAIL_BYTES = 9  # behind a word and its NUL: an int64 and a byte


@kernel
def scan_entries(content, at, starts, lengths, counts, kinds):
    """Walk over entries: a word, a NUL byte, an int64 and one byte more.

    Args:
        content: uint8[n], read-only, little-endian.
        at: First byte of the first entry.
        starts: int64[E], overwritten: first bytes of words.
        lengths: int64[E], overwritten: bytes of words.
        counts: int64[E], overwritten: the numbers.
        kinds: int64[E], overwritten: the last bytes.

    Returns:
        How many entries are whole, and the byte after the last of them.
    """
    for entry in range(len(starts)):
        end = at
        while end < len(content) and content[end] != 0:
            end += 1
        if end + 1 + TAIL_BYTES > len(content):
            return entry, at
        starts[entry] = at
        lengths[entry] = end - at
        number = np.uint64(0)
        for k in range(8):
            number |= np.uint64(content[end + 1 + k]) << np.uint64(8 * k)
        counts[entry] = np.int64(number)
        kinds[entry] = content[end + TAIL_BYTES]
        at = end + 1 + TAIL_BYTES
    return len(starts), at


@kernel
def gather_bytes(content, starts, offsets, data):
    """Join pieces of bytes.

    Args:
        content: uint8[n], read-only.
        starts: int64[P], first bytes of the pieces.
        offsets: int64[P + 1], borders of the pieces in ``data``.
        data: uint8[B], overwritten.
    """
    for piece in range(len(starts)):
        first, to = starts[piece], offsets[piece]
        for k in range(offsets[piece + 1] - to):
            data[to + k] = content[first + k]
