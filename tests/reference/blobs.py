"""Rows that lie in clusters."""

from __future__ import annotations

from typing import Any

import numpy as np


def blobs(sizes: tuple[int, ...] = (40, 25, 15), *, width: int = 7, seed: int = 0) -> Any:
    """Return rows around directions of their own, of any length, and where each belongs."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(sizes)), sizes)
    rows = np.eye(width)[truth] + rng.normal(0, 0.08, (len(truth), width))
    order = rng.permutation(len(truth))
    lengths = rng.uniform(0.1, 9, (len(truth), 1))
    return (rows * lengths)[order].astype(np.float32), truth[order]
