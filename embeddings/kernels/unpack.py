"""Numbers of one or two bytes, back to float32."""

from __future__ import annotations

import numpy as np

from . import kernel

_SIGN, _REST, _THIRTEEN = np.uint32(0x8000), np.uint32(0x7FFF), np.uint32(13)
_INFINITE = np.uint32(0x7C00)
_LIFT = np.float32(2.0**112)  # from float16's bias of exponents, 15, to float32's, 127
_NAN = np.float32(np.nan)


@kernel
def unpack_bytes(values, scale, out):
    """Multiply rows of whole numbers by their scale.

    Args:
        values: int8[n, D], read-only.
        scale: float32[n], read-only.
        out: float32[n, D], overwritten.
    """
    for row in range(len(values)):
        factor, line, target = scale[row], values[row], out[row]
        for column in range(len(line)):
            target[column] = np.float32(line[column]) * factor


@kernel
def unpack_halves(bits, out):
    """Widen float16 numbers, given by their bits; exact, denormals included.

    Args:
        bits: uint16[n], read-only.
        out: float32[n], overwritten; NaN where a number is infinite or NaN.
    """
    for place in range(len(bits)):
        half = np.uint32(bits[place])
        rest = half & _REST
        # Exponent and fraction in float32's places, then the exponent lifted: this brings float16's
        # denormals to their value too.
        number = np.uint32(rest << _THIRTEEN).view(np.float32) * _LIFT
        if rest >= _INFINITE:
            number = _NAN
        if half & _SIGN:
            number = -number
        out[place] = number
