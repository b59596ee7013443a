"""The principal axes of rows, and functions of their covariance without making it.

Rows of text have more columns than there are rows. Their covariance then has no more axes than
rows, all found from the products of rows with each other: 2,000 texts of 50,000 words take a matrix
of 2,000 by 2,000, and sparse rows stay sparse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from ...embeddings.errors import DomainError
from .data import MOST_COLUMNS, MOST_NUMBERS
from .rows import as_array

NEGLIGIBLE = 1e-10
"""Variance, as a share of the largest, below which a direction counts as having none."""


@dataclass(frozen=True, eq=False)
class Axes:
    """Where rows lie, and how they spread.

    Attributes:
        mean: float64[D].
        directions: float64[D, K], orthonormal columns, in the order of the variances.
        variances: float64[K], falling, all above 0: unbiased, over N - 1.
        total: Sum of the variances of all columns.
    """

    mean: NDArray[np.float64]
    directions: NDArray[np.float64]
    variances: NDArray[np.float64]
    total: float

    def applied(
        self, rows: NDArray[Any], function: Callable[[Any], Any], *, rest: float
    ) -> NDArray[Any]:
        """Return rows times a function of the covariance.

        Args:
            rows: float[N, D].
            function: Variance -> factor along that axis.
            rest: Factor in all directions without variance.
        """
        factors = function(self.variances) - rest
        spread = (rows @ self.directions) * factors
        return rest * rows + spread @ self.directions.T


def principal_axes(rows: Any, *, most: int | None = None) -> Axes:
    """Return the directions in which rows spread, most first.

    Args:
        rows: float[N, D], dense or CSR, N at least 2.
        most: Number of axes, at most; ``None`` for all that have variance.

    Raises:
        DomainError: There is only one row, or too many of both rows and columns.
    """
    count, width = rows.shape
    if count < 2:
        raise DomainError(f"expected at least two rows in each domain, found {count} sample")
    if min(count, width) > MOST_COLUMNS or min(count, width) * width > MOST_NUMBERS:
        raise DomainError(
            f"a covariance of {count:,} rows and {width:,} columns is too large to take apart: "
            f"keep at most {MOST_COLUMNS:,} features, or reduce them first"
        )
    mean = np.asarray(rows.mean(axis=0), np.float64).ravel()
    variances, directions = (_of_rows if count <= width else _of_columns)(rows, mean)
    keep = variances > NEGLIGIBLE * max(variances[0], np.finfo(np.float64).tiny)
    total = float(variances[keep].sum())
    number = int(keep.sum()) if most is None else min(most, int(keep.sum()))
    return Axes(mean, one_way(directions(number)), variances[:number], total)


def one_way(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return directions with the signs that make the largest entry of each positive."""
    if not directions.size:
        return directions
    largest = np.abs(directions).argmax(axis=0)
    return directions * np.sign(directions[largest, np.arange(directions.shape[1])])


def _of_columns(
    rows: Any, mean: NDArray[np.float64]
) -> tuple[NDArray[np.float64], Callable[[int], NDArray[np.float64]]]:
    """Return all variances, falling, and what gives the first directions."""
    count = rows.shape[0]
    covariance = (as_array(rows.T @ rows) - count * np.outer(mean, mean)) / (count - 1)
    values, vectors = scipy.linalg.eigh(covariance, overwrite_a=True)
    return values[::-1].clip(0.0), lambda number: vectors[:, ::-1][:, :number]


def _of_rows(
    rows: Any, mean: NDArray[np.float64]
) -> tuple[NDArray[np.float64], Callable[[int], NDArray[np.float64]]]:
    """Do so from the products of rows with each other."""
    count = rows.shape[0]
    gram = as_array(rows @ rows.T)
    to_mean = np.asarray(rows @ mean).ravel()
    gram = gram - to_mean[:, None] - to_mean[None, :] + mean @ mean
    values, vectors = scipy.linalg.eigh(gram, overwrite_a=True)
    values, vectors = values[::-1].clip(0.0), vectors[:, ::-1]

    def directions(number: int) -> NDArray[np.float64]:
        own = vectors[:, :number]
        spread = np.asarray(rows.T @ own, np.float64) - np.outer(mean, own.sum(axis=0))
        return spread / np.sqrt(values[:number])

    return values / (count - 1), directions
