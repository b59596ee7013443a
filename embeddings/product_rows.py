"""Product-quantised rows, as fastText's ``.ftz`` files hold them, unpacked only where read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CENTROIDS = 256  # of each part of a row: a code is one byte


@dataclass(frozen=True, eq=False)
class ProductRows:
    """Rows in parts, each part one of 256 centroids; row ``i`` times ``norms[norm_codes[i]]``.

    Attributes:
        codes: uint8[R, P], which centroid each of P parts is.
        centroids: float32[P, 256, d], the last part padded by zeros to the length d of the others.
        size: D, the length of a row; ``P * d`` less the padding.
        norm_codes: uint8[R], which factor a row is multiplied by; ``None`` where there are none.
        norms: float32[256], the factors.

    Source: Jegou et al. 2011, "Product quantization for nearest neighbor search"; Joulin et al.
    2016, "FastText.zip", section 3.
    """

    codes: np.ndarray
    centroids: np.ndarray
    size: int
    norm_codes: np.ndarray | None = None
    norms: np.ndarray | None = None

    def __post_init__(self) -> None:
        parts, width = self.centroids.shape[0], self.centroids.shape[2]
        if (
            self.codes.shape[1:] != (parts,)
            or self.centroids.shape[1] != CENTROIDS
            or not (parts - 1) * width < self.size <= parts * width
        ):
            raise ValueError(
                f"codes {list(self.codes.shape)} and centroids {list(self.centroids.shape)} "
                f"don't make rows of {self.size} numbers"
            )
        if (self.norm_codes is None) != (self.norms is None):
            raise ValueError("expected both norms and their codes, or neither")

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def shape(self) -> tuple[int, int]:
        """R and D."""
        return len(self.codes), self.size

    @property
    def nbytes(self) -> int:
        """Bytes that the table takes."""
        norms = 0 if self.norm_codes is None else self.norm_codes.nbytes
        return self.codes.nbytes + self.centroids.nbytes + norms

    def __getitem__(self, rows: np.ndarray | slice) -> np.ndarray:
        """Return float32[n, D] for a slice or int[n]; a new array."""
        codes = self.codes[rows]
        parts, _, width = self.centroids.shape
        whole = self.centroids[np.arange(parts), codes].reshape(len(codes), parts * width)
        found = np.ascontiguousarray(whole[:, : self.size])
        if self.norm_codes is not None and self.norms is not None:
            with np.errstate(over="ignore", under="ignore"):  # whoever asks checks for infinity
                found *= self.norms[self.norm_codes[rows], None]
        return found

    def part(self, first: int, end: int) -> ProductRows:
        """Return rows ``first`` to ``end``, still quantised."""
        norms = None if self.norm_codes is None else self.norm_codes[first:end]
        return ProductRows(self.codes[first:end], self.centroids, self.size, norms, self.norms)
