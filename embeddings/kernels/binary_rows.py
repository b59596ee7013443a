"""Rows of a word2vec binary file: a word, a space, and D float32 as the machine has them.

Little-endian machines only, as the format is.
"""

from __future__ import annotations

import numpy as np

from . import kernel

_NEWLINE, _SPACE = 10, 32
_EXPONENT = np.uint32(0x7F800000)


@kernel
def read_binary_rows(data, start, numbers, bits, words, bad):
    """Read whole rows until the data ends or the receiving arrays are full.

    Args:
        data: uint8[n].
        start: First byte of a row.
        numbers: uint8[R, 4 * D], receives the numbers. Updated in place.
        bits: uint32[R, D], the same memory.
        words: int64[R, 2], receives first byte and end of the words, without line ends before
            them. Updated in place.
        bad: bool[R], receives whether a row has NaN or infinite numbers. Updated in place.

    Returns:
        How many rows were read, and the byte to go on from.
    """
    length = numbers.shape[1]
    found = 0
    i = start
    while found < numbers.shape[0]:
        begin = i
        while begin < data.shape[0] and data[begin] == _NEWLINE:
            begin += 1
        end = begin
        while end < data.shape[0] and data[end] != _SPACE:
            end += 1
        if end + 1 + length > data.shape[0]:
            break
        # One by one: assigning a slice takes numba's runtime, which kernels do without.
        row, source = numbers[found], data[end + 1 : end + 1 + length]
        for j in range(length):
            row[j] = source[j]
        wrong = False
        for number in bits[found]:
            wrong |= (number & _EXPONENT) == _EXPONENT
        bad[found] = wrong
        words[found, 0], words[found, 1] = begin, end
        found += 1
        i = end + 1 + length
    return found, i
