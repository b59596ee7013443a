"""Slow twin of ``embeddings/kernels/ngrams.py``: n-grams as pieces of bytes, hashed one by one."""

from __future__ import annotations

import re

import numpy as np


def ngrams(word: bytes, min_n: int, max_n: int) -> list[bytes]:
    """Pieces of ``<word>`` of so many characters, by first character, then by length."""
    if word == b"</s>":
        return []
    characters = re.findall(rb"[\x00-\x7f\xc0-\xff][\x80-\xbf]*", b"<" + word + b">")
    last = len(characters) - 1
    return [
        b"".join(characters[i : i + n])
        for i in range(len(characters))
        for n in range(max(1, min_n), max_n + 1)
        if i + n <= len(characters) and (n > 1 or i not in (0, last))
    ]


def fnv1a(data: bytes) -> int:
    """32-bit FNV-1a over bytes widened with their sign, as fastText's is."""
    h = 2166136261
    for byte in data:
        signed = byte - 256 if byte > 127 else byte
        h = (h ^ (signed % 2**32)) * 16777619 % 2**32
    return h


def rows(word: bytes, min_n: int, max_n: int, buckets: int) -> list[int]:
    return [fnv1a(piece) % buckets for piece in ngrams(word, min_n, max_n)]


def mean_rows(
    table: np.ndarray, starts: list[int], rows: list[int], own: int, out: np.ndarray
) -> np.ndarray:
    """Slow twin of ``embeddings/kernels/composing.py``, in float64; returns the result."""
    found = out.astype(np.float64)
    for i in range(len(out)):
        chosen = rows[starts[i] : starts[i + 1]]
        found[i] += table[chosen].astype(np.float64).sum(axis=0)
        found[i] /= max(1, len(chosen) + own)
    return found
