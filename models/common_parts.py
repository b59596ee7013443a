"""What documents of a collection have in common: directions and a centre to take off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK = 4096
_EXACT, _QUICK = 1e-10, 1e-5  # of the greatest energy: less is rounding, in float64 and float32


@dataclass(frozen=True, eq=False)
class Directions:
    """The directions along which documents lie farthest from the origin.

    Attributes:
        components: float32[m, W], orthogonal, of length 1, the strongest first.
        energies: float64[m], sums of squares along each.
        rank: In how many directions documents lie at all.
    """

    components: NDArray[np.float32]
    energies: NDArray[np.float64]
    rank: int


def principal_directions(documents: NDArray[np.float32], most: int) -> Directions:
    """Return the first right singular vectors of documents, which aren't centred.

    Computed from the sums of products, float64[W, W]: a pass over the documents, and no copy.

    Args:
        documents: float32[N, W].
        most: m at most; fewer where documents lie in fewer directions.
    """
    width = documents.shape[1]
    moments = np.zeros((width, width))
    # Of few documents even rounding would be a direction; of many it is far below all others.
    few = len(documents) <= _BLOCK
    for start in range(0, len(documents), _BLOCK):
        block = documents[start : start + _BLOCK]
        block = block.astype(np.float64) if few else block
        moments += block.T @ block
    energies, vectors = np.linalg.eigh(moments)
    energies, vectors = energies[::-1], vectors[:, ::-1]
    nothing = (_EXACT if few else _QUICK) * max(energies[0], 0.0)
    rank = int((energies > nothing).sum()) if energies[0] > 0 else 0
    kept = min(most, rank)
    components = vectors[:, :kept].T
    # A direction and its opposite are the same one; the sign is made that of the largest number.
    largest = np.abs(components).argmax(axis=1)[:, None]
    components = components * np.sign(np.take_along_axis(components, largest, axis=1))
    return Directions(np.ascontiguousarray(components, np.float32), energies[:kept].copy(), rank)


def mean_of(documents: NDArray[np.float32], read: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return float32[W], the mean of the documents that were read; zeros for none."""
    total = documents.sum(axis=0, dtype=np.float64, where=read[:, None])
    return (total / max(1, int(read.sum()))).astype(np.float32)


def all_alike(documents: NDArray[np.float32], read: NDArray[np.bool_]) -> bool:
    """Say whether the documents that were read are one and the same."""
    rows = np.flatnonzero(read)
    if len(rows) < 2:
        return True
    first = documents[rows[0]]
    return all(
        np.allclose(documents[rows[start : start + _BLOCK]], first, rtol=1e-5, atol=1e-7)
        for start in range(0, len(rows), _BLOCK)
    )
