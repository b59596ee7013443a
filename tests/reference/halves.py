"""Slow twin of unpacking: one number after another, as IEEE 754 says it."""

from __future__ import annotations

import numpy as np


def widen(bits: int) -> float:
    """Return the value of a float16 number given by its bits."""
    sign = -1.0 if bits >> 15 else 1.0
    exponent, fraction = bits >> 10 & 31, bits & 1023
    if exponent == 31:
        return float("nan")
    if exponent == 0:
        return sign * fraction * 2.0**-24
    return sign * (1024 + fraction) * 2.0 ** (exponent - 25)


def multiply(values: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return float32[n, D], whole numbers times the scale of their row."""
    out = np.empty(values.shape, np.float32)
    for row, factor in enumerate(scale):
        for column, value in enumerate(values[row].tolist()):
            out[row, column] = np.float32(value) * np.float32(factor)
    return out
