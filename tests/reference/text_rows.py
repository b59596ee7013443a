"""Slow twin of ``embeddings/kernels/text_rows.py``: lines split by Python."""

from __future__ import annotations

import re

import numpy as np

EMPTY, ROW, FEW, MANY, LARGE = range(5)
NUMBER = re.compile(rb"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def row_of(line: bytes, size: int) -> tuple[int, bytes, list[float]]:
    """What a line without its end is, its word and its numbers."""
    bare = line.rstrip(b" \t\r").lstrip(b" \t")
    if not bare:
        return EMPTY, b"", []
    ends = [place.span() for place in re.finditer(rb"[^ \t]+", bare)]
    numbers: list[bytes] = []
    for begin, end in reversed(ends[1:]):
        if not NUMBER.fullmatch(bare[begin:end]):
            break
        numbers.insert(0, bare[begin:end])
    if len(numbers) != size:
        return (MANY if len(numbers) > size else FEW), b"", []
    with np.errstate(over="ignore"):
        values = [float(np.float32(float(number))) for number in numbers]
    if not np.isfinite(values).all():
        return LARGE, b"", []
    return ROW, bare[: ends[-size - 1][1]], values
