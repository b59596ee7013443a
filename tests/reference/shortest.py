"""Slow twin of ``embeddings/kernels/shortest.py``: NumPy's own shortest digits, Python's layout."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def number(value: np.float32) -> str:
    """The shortest decimal that reads back as the same float32, laid out as Python's ``repr``."""
    digits = np.format_float_scientific(value, unique=True)
    return repr(float(digits))


def text_rows(rows: np.ndarray, words: Sequence[str], separator: str) -> bytes:
    lines = [
        separator.join([*filter(None, [word]), *map(number, row)])
        for word, row in zip(words, rows, strict=True)
    ]
    return "".join(f"{line}\n" for line in lines).encode()
