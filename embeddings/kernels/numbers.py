"""Text to numbers: decimals to the float64 that Python's ``float`` gives, bit for bit.

Eight digits at a time are turned into an integer by three multiplications. Decimals of up to 15
digits then need one exact division (Clinger); longer ones one or two products with a power of five
to 128 bits (Eisel and Lemire), which is exact for up to 19 digits. Of still longer ones it is known
when it isn't exact: they are handed back, for Python to read.

Bytes are loaded eight at a time, least significant first: little-endian machines only.

Source: Clinger 1990, "How to read floating point numbers accurately"; Lemire 2021, "Number parsing
at a gigabyte per second", arXiv:2101.11408; Mushtak and Lemire 2023, "Fast number parsing without
fallback", arXiv:2212.06644.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from . import kernel

NUMBER, NO_NUMBER, TOO_LARGE, UNSURE = 0, 1, 2, 3
"""What :func:`read_number` found: a number, none of the grammar, one that float32 can't hold, or
one of so many digits that only exact arithmetic can tell."""

# Whatever 19 digits stand before it, a power of ten below makes float32's zero, one above infinity.
_LOWEST, _HIGHEST = -66, 38
_MOST_DIGITS = 19
_FAR = 100_000  # exponents are held within, so that no number of digits overflows them


def _powers_of_five() -> np.ndarray:
    """Return uint64[105 * 2]: 5**q to 128 bits, high half first, from q = -66 on.

    Cut off for q >= 0, rounded up below, as the method's proof wants them.
    """
    halves: list[int] = []
    for exponent in range(_LOWEST, _HIGHEST + 1):
        power = 5 ** abs(exponent)
        if exponent >= 0:
            shift = power.bit_length() - 128
            scaled = power >> shift if shift > 0 else power << -shift
        else:
            scaled = (1 << (power.bit_length() + 127)) // power + 1
            while scaled >= 1 << 128:
                scaled >>= 1
        halves += [scaled >> 64, scaled & ((1 << 64) - 1)]
    return np.array(halves, np.uint64)


_FIVES = _powers_of_five()
_TENS = np.array([10.0**e for e in range(23)])
TEN_WORDS = np.array([10**e for e in range(20)], np.uint64)

_U0, _U1, _U2, _U3 = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3)
_U7, _U8, _U10, _U16, _U32, _U63 = (np.uint64(n) for n in (7, 8, 10, 16, 32, 63))
_LOW = np.uint64(0xFFFFFFFF)
_EXACT = np.uint64(1 << 53)
_NEARLY = np.uint64((1 << 9) - 1)  # low bits of the high half that may still change: 64 - 52 - 3
_ZEROS = np.uint64(0x3030303030303030)
_OVER = np.uint64(0x7676767676767676)
_TOPS = np.uint64(0x8080808080808080)
_PAIRS = np.uint64(0x000000FF000000FF)
_TIMES_HUNDREDS = np.uint64(0x000F424000000064)
_TIMES_ONES = np.uint64(0x0000271000000001)
_LARGEST = 3.4028235677973366e38  # halfway from the largest float32 to the next power of two
_PLUS, _MINUS, _POINT, _ZERO, _NINE, _BIG_E, _E = 43, 45, 46, 48, 57, 69, 101


@intrinsic
def _load_eight(typing_context: Any, data: Any, at: Any) -> Any:
    """Return bytes ``data[at:at + 8]`` as a uint64, the first one lowest."""

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        base = context.make_array(signature.args[0])(context, builder, values[0]).data
        place = builder.gep(base, [values[1]])
        wide = builder.bitcast(place, ir.PointerType(ir.IntType(64)))
        return builder.load(wide, align=1)

    return types.uint64(data, types.int64), codegen


def _bit_count(name: str) -> Any:
    def typed(typing_context: Any, value: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            word = ir.IntType(64)
            kind = ir.FunctionType(word, [word, ir.IntType(1)])
            count = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.i64")
            return builder.call(count, [values[0], ir.Constant(ir.IntType(1), 0)])

        return types.int64(types.uint64), codegen

    return intrinsic(typed)


trailing_zeros = _bit_count("cttz")
leading_zeros = _bit_count("ctlz")


@intrinsic
def _high_half(typing_context: Any, a: Any, b: Any) -> Any:
    """Return the high 64 of the 128 bits of a product; the low ones are ``a * b``."""

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        wide = ir.IntType(128)
        first, second = (builder.zext(value, wide) for value in values)
        product = builder.lshr(builder.mul(first, second), ir.Constant(wide, 64))
        return builder.trunc(product, ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), codegen


# A type checker sees intrinsics with the compiler's own first argument; kernels call them without.
load_eight: Any = _load_eight
_high_product: Any = _high_half


@kernel
def digits_ahead(eight):
    """Return how many of eight bytes, from the first on, are digits."""
    flipped = eight ^ _ZEROS
    return trailing_zeros(((flipped + _OVER) | flipped) & _TOPS) >> 3


@kernel
def eight_digits(eight, count):
    """Return the number that the first ``count`` (1 to 8) of eight bytes, digits, stand for."""
    value = (eight ^ _ZEROS) << np.uint64(64 - 8 * count)
    value = value * _U10 + (value >> _U8)
    low = (value & _PAIRS) * _TIMES_HUNDREDS
    high = ((value >> _U16) & _PAIRS) * _TIMES_ONES
    return (low + high) >> _U32


@kernel
def decimal(digits, exponent):
    """Return ``digits * 10**exponent`` rounded to float64, to nearest, ties to even.

    Args:
        digits: uint64.
        exponent: int64. Below -66 the result is 0.0, above 38 infinite (unless digits are 0): what
            float32 makes of it.
    """
    if digits == _U0 or exponent < _LOWEST:
        return 0.0
    if exponent > _HIGHEST:
        return math.inf
    if digits < _EXACT and -22 <= exponent <= 22:
        if exponent < 0:
            return float(digits) / _TENS[-exponent]
        return float(digits) * _TENS[exponent]
    zeros = leading_zeros(digits)
    digits <<= np.uint64(zeros)
    place = 2 * (exponent - _LOWEST)
    high = _high_product(digits, _FIVES[place])
    low = digits * _FIVES[place]
    if high & _NEARLY == _NEARLY:
        more = _high_product(digits, _FIVES[place + 1])
        low += more
        if low < more:
            high += _U1
    top = high >> _U63
    shift = top + np.uint64(9)
    mantissa = high >> shift
    # A tie between two float64 is told from what is just above it: 5**q is exact for these q.
    if (
        low <= _U1
        and -4 <= exponent <= 23
        and (mantissa & _U3) == _U1
        and (mantissa << shift) == high
    ):
        mantissa &= ~_U1
    mantissa = (mantissa + (mantissa & _U1)) >> _U1
    power = ((217706 * exponent) >> 16) + 63 + np.int64(top) - zeros
    return math.ldexp(float(mantissa), power - 52)


@kernel
def read_number(data, at, stop):
    """Read a number of the grammar ``[+-]digits[.digits][e[+-]digits]``, E as good as e.

    Args:
        data: uint8[n].
        at: Its first byte.
        stop: Where to stop at the latest.

    Returns:
        What was found (:data:`NUMBER` and so on), the number as float64, and the byte behind it.
    """
    i = at
    negative = False
    if i < stop and (data[i] == _MINUS or data[i] == _PLUS):
        negative = data[i] == _MINUS
        i += 1
    digits = _U0
    kept = 0  # significant digits in `digits`
    exponent = 0
    cut = False  # a digit beyond 19 wasn't zero
    begin = i
    while i < stop and _ZERO <= data[i] <= _NINE:
        if kept < _MOST_DIGITS:
            digits = digits * _U10 + np.uint64(data[i] - _ZERO)
            kept += digits != _U0
        else:
            exponent += 1
            cut |= data[i] != _ZERO
        i += 1
    if i == begin:
        return NO_NUMBER, 0.0, i
    if i < stop and data[i] == _POINT:
        i += 1
        begin = i
        while i < stop and _ZERO <= data[i] <= _NINE:
            if kept < _MOST_DIGITS:
                digits = digits * _U10 + np.uint64(data[i] - _ZERO)
                kept += digits != _U0
                exponent -= 1
            else:
                cut |= data[i] != _ZERO
            i += 1
        if i == begin:
            return NO_NUMBER, 0.0, i
    if i < stop and (data[i] == _E or data[i] == _BIG_E):
        i += 1
        down = False
        if i < stop and (data[i] == _MINUS or data[i] == _PLUS):
            down = data[i] == _MINUS
            i += 1
        begin = i
        written = 0
        while i < stop and _ZERO <= data[i] <= _NINE:
            if written < _FAR * 10_000:
                written = written * 10 + np.int64(data[i] - _ZERO)
            i += 1
        if i == begin:
            return NO_NUMBER, 0.0, i
        exponent += -written if down else written
    value = decimal(digits, exponent)
    if cut and value != decimal(digits + _U1, exponent):
        return UNSURE, 0.0, i
    if value >= _LARGEST:
        return TOO_LARGE, 0.0, i
    return NUMBER, -value if negative else value, i
