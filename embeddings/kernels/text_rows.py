"""Lines of a text file to rows of a matrix: a word and D numbers each.

The number of a usual line (one sign, one digit, a point, up to 15 more digits) is read without a
loop over its bytes. A line that isn't as usual is read again from its right end: words may hold
spaces, so that only the last D fields are known to be numbers.

Little-endian machines only.
"""

from __future__ import annotations

from . import kernel
from .numbers import (
    NO_NUMBER,
    NUMBER,
    TEN_WORDS,
    TOO_LARGE,
    UNSURE,
    decimal,
    digits_ahead,
    eight_digits,
    load_eight,
    read_number,
)

EMPTY, ROW, FEW, MANY, LARGE = 0, 1, 2, 3, 4
"""What a line is: nothing, a row, or the reason why it is none."""

ROWS, BAD, UNSURE_NUMBERS, LINES = 0, 1, 2, 3
"""Places in the ``state`` of :func:`read_rows`."""

_TAB, _NEWLINE, _RETURN, _SPACE = 9, 10, 13, 32
_MINUS, _POINT, _ZERO, _NINE = 45, 46, 48, 57
_AHEAD = 32  # bytes that the quick way may look ahead of a number's first


@kernel
def _is_blank(byte):
    return byte == _SPACE or byte == _TAB


@kernel
def _usual_row(data, at, stop, size, row):
    """Read D numbers, each behind one blank, up to a line end.

    Args:
        data: uint8[n].
        at: The byte behind the word.
        stop: Where the lines end.
        size: D.
        row: float32[D]. Updated in place.

    Returns:
        The byte behind the line end; -1 if anything isn't as usual.
    """
    i = at
    safe = min(stop, data.shape[0] - _AHEAD)
    for column in range(size):
        if i >= safe or not _is_blank(data[i]):
            return -1
        i += 1
        negative = data[i] == _MINUS
        i += negative
        whole = data[i] - _ZERO
        if not 0 <= whole <= 9 or data[i + 1] != _POINT:
            return -1
        i += 2
        ahead = load_eight(data, i)
        count = digits_ahead(ahead)
        if count == 0:
            return -1
        digits = eight_digits(ahead, count)
        if count == 8:
            more = load_eight(data, i + 8)
            extra = digits_ahead(more)
            if extra == 8:
                return -1
            if extra > 0:
                digits = digits * TEN_WORDS[extra] + eight_digits(more, extra)
                count += extra
        digits += TEN_WORDS[count] * TEN_WORDS.dtype.type(whole)
        i += count
        if data[i] > _SPACE:
            return -1
        value = decimal(digits, -count)
        row[column] = -value if negative else value
    while i < stop and (_is_blank(data[i]) or data[i] == _RETURN):
        i += 1
    if i < stop and data[i] != _NEWLINE:
        return -1
    return i + 1


@kernel
def _any_row(data, begin, end, size, row, unsure, known):
    """Read a line from its right end.

    Args:
        data: uint8[n].
        begin: The line's first byte.
        end: The byte behind its last.
        size: D.
        row: float32[D]. Updated in place.
        unsure: int64[U, 4], receives column, first byte and end of numbers that only exact
            arithmetic can tell; place 0 is left to the caller. Updated in place.
        known: How many of its entries are taken.

    Returns:
        What the line is, its word's first byte and end, and the entries of ``unsure`` then taken;
        -1 where there is no place for more.
    """
    while end > begin and (_is_blank(data[end - 1]) or data[end - 1] == _RETURN):
        end -= 1
    while begin < end and _is_blank(data[begin]):
        begin += 1
    if end == begin:
        return EMPTY, begin, end, known
    found = 0
    large = False
    while end > begin:
        first = end
        while first > begin and not _is_blank(data[first - 1]):
            first -= 1
        if first == begin:
            break
        kind, value, behind = read_number(data, first, end)
        if kind == NO_NUMBER or behind != end:
            break
        if found == size:
            return MANY, begin, end, known
        found += 1
        if kind == TOO_LARGE:
            large = True
        elif kind == UNSURE:
            if known == unsure.shape[0]:
                return ROW, begin, end, -1
            unsure[known, 1], unsure[known, 2], unsure[known, 3] = size - found, first, end
            known += 1
        elif kind == NUMBER:
            row[size - found] = value
        end = first
        while end > begin and _is_blank(data[end - 1]):
            end -= 1
    if found < size:
        return FEW, begin, end, known
    return LARGE if large else ROW, begin, end, known


@kernel
def read_rows(data, start, stop, rows, words, bad, unsure, state):
    """Read lines until all are read or a receiving array is full.

    Args:
        data: uint8[n].
        start: First byte of a line.
        stop: The byte behind the last line end, or behind a last line without one.
        rows: float32[R, D], receives the numbers of the good lines. Updated in place.
        words: int64[R, 3], receives first byte and end of the word, and the number of the line,
            counted from 0. Updated in place.
        bad: int64[B, 4], receives what the line is, its number, its first byte and its end, for
            lines that are neither rows nor empty. Updated in place.
        unsure: int64[U, 4], receives row, column, first byte and end of the numbers that only
            exact arithmetic can tell. A line has at most U of them. Updated in place.
        state: int64[4]: rows, bad lines and unsure numbers found by this call; lines seen, which
            is carried from call to call. Updated in place.

    Returns:
        The byte to go on from; ``stop`` when all was read.
    """
    size = rows.shape[1]
    found = 0
    wrong = 0
    taken = 0
    i = start
    while i < stop and found < rows.shape[0] and wrong < bad.shape[0]:
        begin = i
        while i < stop and (data[i] > _SPACE or not (_is_blank(data[i]) or data[i] == _NEWLINE)):
            i += 1
        end = i
        behind = -1
        if end > begin:
            behind = _usual_row(data, i, stop, size, rows[found])
        kind, first = ROW, begin
        if behind < 0:
            while i < stop and data[i] != _NEWLINE:
                i += 1
            behind = i + 1
            kind, first, end, entries = _any_row(data, begin, i, size, rows[found], unsure, taken)
            if entries < 0:
                i = begin
                break
            if kind == ROW:
                for entry in range(taken, entries):
                    unsure[entry, 0] = found
                taken = entries
        if kind == ROW:
            words[found, 0], words[found, 1], words[found, 2] = first, end, state[LINES]
            found += 1
        elif kind != EMPTY:
            bad[wrong, 0], bad[wrong, 1], bad[wrong, 2], bad[wrong, 3] = (
                kind, state[LINES], begin, min(behind - 1, stop),
            )  # fmt: skip
            wrong += 1
        state[LINES] += 1
        i = min(behind, stop)
    state[ROWS], state[BAD], state[UNSURE_NUMBERS] = found, wrong, taken
    return i


@kernel
def join_words(data, places, text, offsets):
    """Copy words one after the other.

    Args:
        data: uint8[n].
        places: int64[R, 2], first byte and end of each word.
        text: uint8[m], receives the words; as long as they are. Updated in place.
        offsets: int64[R + 1], receives their borders. Updated in place.
    """
    used = 0
    offsets[0] = 0
    for row in range(places.shape[0]):
        for i in range(places[row, 0], places[row, 1]):
            text[used] = data[i]
            used += 1
        offsets[row + 1] = used
