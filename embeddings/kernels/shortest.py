"""Numbers to text: the shortest decimal that reads back as the same float32.

Schubfach: of the decimals between the two midpoints, those with the fewest digits, and of these the
nearest to the number. One 64 x 32 bit product per border, no loop, no table but the powers of ten.

Source: Giulietti 2020, "The Schubfach way to render doubles".
"""

from __future__ import annotations

import numpy as np

from . import kernel

NUMBER_BYTES = 20
"""No number takes more, its separator with it: ``-1234567900000000.0`` and a space."""

_LOWEST = -31  # powers of ten from here to 45 are needed for float32


def _powers() -> np.ndarray:
    """Return uint64[77]: 10**e from e = -31 on, scaled to 64 bits and rounded up."""
    scaled: list[int] = []
    for exponent in range(_LOWEST, 46):
        if exponent < 0:
            divisor = 10**-exponent
            scaled.append(-(-(1 << (63 + divisor.bit_length())) // divisor))
        else:
            power = 10**exponent
            shift = 64 - power.bit_length()
            scaled.append(power << shift if shift >= 0 else -(-power >> -shift))
    return np.array(scaled, np.uint64)


_POWERS = _powers()
_REACHES = tuple(np.uint64(10**n) for n in range(1, 9))
_PAIRS = np.frombuffer("".join(f"{n:02}" for n in range(100)).encode(), np.uint8)
_LOW = np.uint64(0xFFFFFFFF)
_U0, _U1, _U2, _U4 = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(4)
_U10, _U32, _U40, _U100 = np.uint64(10), np.uint64(32), np.uint64(40), np.uint64(100)
_FRACTION = np.uint64((1 << 23) - 1)
_HIDDEN = np.uint64(1 << 23)

# As Python does: from 1e16 on, and below 1e-4, a number is written with an exponent.
_LARGEST_PLAIN, _SMALLEST_PLAIN = 16, -3
_MINUS, _POINT, _ZERO, _E, _PLUS, _NEWLINE = 45, 46, 48, 101, 43, 10


@kernel
def _times_power(power, value):
    """Return the top 32 of the 96 bits of a product, odd if anything was cut off."""
    low = (power & _LOW) * value
    high = (power >> _U32) * value + (low >> _U32)
    top = high >> _U32
    if (high & _LOW) > _U1:
        top |= _U1
    return top


@kernel
def _shortest(bits):
    """Return the digits of a positive, finite float32 and their power of ten.

    Args:
        bits: uint64, its 31 lower bits.

    Returns:
        uint64 and int64: the number is ``digits * 10**power``; digits may end in zeros.
    """
    fraction = bits & _FRACTION
    exponent = np.int64(bits >> np.uint64(23))
    if exponent != 0:
        c = fraction | _HIDDEN
        q = exponent - 150
        if -24 < q <= 0:
            shift = np.uint64(-q)
            if (c >> shift) << shift == c:  # a whole number
                return c >> shift, np.int64(0)
    else:
        c = fraction
        q = np.int64(-149)
    odd = c & _U1
    # Just above a power of two the neighbour below is nearer.
    closer = _U1 if fraction == _U0 and exponent > 1 else _U0
    k = (q * 1262611 - (524031 if closer else 0)) >> 22
    h = np.uint64(q + ((-k * 1741647) >> 19) + 1)
    power = _POWERS[-k - _LOWEST]
    middle = _times_power(power, (c * _U4) << h)
    lower = _times_power(power, (c * _U4 - _U2 + closer) << h) + odd
    upper = _times_power(power, (c * _U4 + _U2) << h) - odd
    s = middle >> _U2
    if s >= _U10:
        tens = s // _U10
        below = lower <= tens * _U40
        above = tens * _U40 + _U40 <= upper
        if below != above:
            return (tens + _U1 if above else tens), k + 1
    below = lower <= s * _U4
    above = s * _U4 + _U4 <= upper
    if below != above:
        return (s + _U1 if above else s), k
    half = s * _U4 + _U2
    if middle > half or (middle == half and s & _U1):
        s += _U1
    return s, k


@kernel
def _put_digits(out, end, digits, count):
    """Write ``count`` digits, two at a time, so that the last one stands before ``end``."""
    place = np.uint64(end)  # an unsigned index can't be negative: no check for that
    for _ in range(count >> 1):
        rest = digits // _U100
        pair = (digits - rest * _U100) * _U2
        out[place - _U1] = _PAIRS[pair + _U1]
        out[place - _U2] = _PAIRS[pair]
        place -= _U2
        digits = rest
    if count & 1:
        out[place - _U1] = _PAIRS[digits * _U2 + _U1]


@kernel
def _put_number(out, at, bits):
    """Write one number; returns the place after it."""
    out[at] = _MINUS  # of a positive number overwritten: signs are chance, and branches on it slow
    at += np.int64(bits >> np.uint64(31))
    bits &= np.uint64(0x7FFFFFFF)
    if bits == _U0:
        out[at], out[at + 1], out[at + 2] = _ZERO, _POINT, _ZERO
        return at + 3
    digits, power = _shortest(bits)
    while True:
        tenth = digits // _U10
        if tenth * _U10 != digits:
            break
        digits = tenth
        power += 1
    count = 1
    for reach in _REACHES:
        count += digits >= reach
    point = count + power  # digits before the decimal point
    if _SMALLEST_PLAIN <= point <= 0:  # 0.00123
        out[at], out[at + 1] = _ZERO, _POINT
        at += 2
        for _ in range(-point):
            out[at] = _ZERO
            at += 1
        _put_digits(out, at + count, digits, count)
        return at + count
    if 0 < point <= _LARGEST_PLAIN:
        if power < 0:  # 12.3
            scale = _U1
            for _ in range(-power):
                scale *= _U10
            whole = digits // scale
            _put_digits(out, at + point, whole, point)
            out[at + point] = _POINT
            _put_digits(out, at + count + 1, digits - whole * scale, -power)
            return at + count + 1
        _put_digits(out, at + count, digits, count)  # 1200.0
        for i in range(power):
            out[at + count + i] = _ZERO
        out[at + point], out[at + point + 1] = _POINT, _ZERO
        return at + point + 2
    if count == 1:  # 1e-05
        _put_digits(out, at + 1, digits, 1)
        at += 1
    else:  # 1.23e-05
        _put_digits(out, at + count + 1, digits, count)
        out[at] = out[at + 1]
        out[at + 1] = _POINT
        at += count + 1
    out[at] = _E
    out[at + 1] = _MINUS if point < 1 else _PLUS
    at += 2
    _put_digits(out, at + 2, np.uint64(abs(point - 1)), 2)
    return at + 2


@kernel
def text_rows(rows, words, offsets, separator, out):
    """Write rows as text: the word, its numbers, a newline.

    Args:
        rows: uint32[n, D], the bits of finite float32 numbers.
        words: uint8[B], the words joined; an empty word is left out with its separator.
        offsets: int64[n + 1], their borders.
        separator: The byte between words and numbers, and between numbers.
        out: uint8[at least B + n * (D * NUMBER_BYTES + 2)]; updated in place.

    Returns:
        How many bytes of ``out`` are used.
    """
    at = 0
    for row in range(rows.shape[0]):
        start, end = offsets[row], offsets[row + 1]
        for i in range(start, end):
            out[at] = words[i]
            at += 1
        line = rows[row]
        for column in range(line.shape[0]):
            if column > 0 or end > start:
                out[at] = separator
                at += 1
            at = _put_number(out, at, np.uint64(line[column]))
        out[at] = _NEWLINE
        at += 1
    return at
