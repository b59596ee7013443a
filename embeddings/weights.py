"""The two matrices while they are trained: padded, aligned, with a spare last row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .kernels.huffman import compact_rows
from .kernels.simd import aligned_zeros, padded

_BLOCK_ROWS = 4_096


@dataclass(eq=False)
class Weights:
    """Input rows of V words and output rows of words or tree nodes.

    Attributes:
        size: Vector length D.
        width: Floats per row W, D rounded up for the kernels; the rest is zero.
        inputs: float32[(V + 1) * W].
        outputs: float32[(N + 1) * W], N words or nodes.
    """

    size: int
    width: int
    inputs: NDArray[np.float32]
    outputs: NDArray[np.float32]

    @classmethod
    def zeros(cls, words: int, outputs: int, size: int) -> Weights:
        """Allocate matrices of zeros."""
        width = padded(size)
        return cls(
            size, width, aligned_zeros((words + 1) * width), aligned_zeros((outputs + 1) * width)
        )

    def rows(self, flat: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return ``inputs`` or ``outputs`` as float32[rows, D]: a view without what pads them."""
        return flat.reshape(-1, self.width)[:-1, : self.size]

    def randomise(self, seed: int, *, only: NDArray[np.bool_] | None = None) -> None:
        """Fill input rows by even draws from +-1 / (2 D), as word2vec.c does.

        Args:
            seed: Start of the draws.
            only: bool[V], the rows to fill; ``None`` fills all.
        """
        rng = np.random.default_rng([seed, 0])
        rows = self.rows(self.inputs)
        for start in range(0, len(rows), _BLOCK_ROWS):
            block = rows[start : start + _BLOCK_ROWS]
            drawn = (rng.random(block.shape, dtype=np.float32) - np.float32(0.5)) / np.float32(
                self.size
            )
            if only is None:
                block[:] = drawn
            else:
                chosen = only[start : start + _BLOCK_ROWS]
                block[chosen] = drawn[chosen]

    def finite(self) -> bool:
        """Tell whether all are numbers: neither NaN nor infinite."""
        return all(
            bool(np.isfinite(rows[start : start + _BLOCK_ROWS]).all())
            for rows in (self.rows(self.inputs), self.rows(self.outputs))
            for start in range(0, len(rows), _BLOCK_ROWS)
        )

    def released(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return float32[V, D] and float32[N, D] without padding, moved together in place.

        No second copy of the matrices is ever needed; this object is of no use afterwards.
        """
        matrices: list[NDArray[np.float32]] = []
        for flat in (self.inputs, self.outputs):
            rows = len(flat) // self.width - 1
            compact_rows(flat, rows, self.width, self.size)
            matrices.append(flat[: rows * self.size].reshape(rows, self.size))
        self.inputs = self.outputs = np.zeros(0, np.float32)
        return matrices[0], matrices[1]
