"""Slow twin of the neighbours of many targets: every score, every rule, one after another."""

from __future__ import annotations

import numpy as np


def candidates(
    block: np.ndarray, factors: np.ndarray, targets: np.ndarray, wanted: np.ndarray
) -> list[list[int]]:
    """Return for each target the rows that must have been written down: its best ``wanted``.

    Args:
        block: float32[n, D].
        factors: float32[n]; 0 for rows to leave out.
        targets: float32[Q, D].
        wanted: int64[Q].
    """
    found: list[list[int]] = []
    for target, number in zip(targets, wanted.tolist(), strict=True):
        scores = [
            float(np.dot(row.astype(np.float64), target.astype(np.float64))) * float(factor)
            for row, factor in zip(block, factors, strict=True)
        ]
        rows = [row for row in range(len(block)) if factors[row] > 0]
        found.append(sorted(rows, key=lambda row: (-scores[row], row))[:number])
    return found


def neighbours(
    vectors: np.ndarray, target: np.ndarray, k: int, without: list[int]
) -> list[tuple[int, float]]:
    """Return the k best rows of one target and their cosines, in float64; ties in row order."""
    lengths = [float(np.linalg.norm(row.astype(np.float64))) for row in vectors]
    scores = {
        row: float(np.dot(vectors[row].astype(np.float64), target.astype(np.float64))) / length
        for row, length in enumerate(lengths)
        if length >= 1e-30 and row not in without
    }
    best = sorted(scores, key=lambda row: (-scores[row], row))[:k]
    return [(row, scores[row]) for row in best]
