"""Rows as clustering takes them: checked, by blocks of unit length, each at its nearest centre."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...embeddings.similarity import row_norms, unit_rows

NONE = -1
"""Label of a row that is in no cluster: one of zeros, or what HDBSCAN takes for noise."""
_BLOCK = 1 << 13


def checked_rows(rows: Any, *, width: int | None = None) -> NDArray[np.float32]:
    """Return rows as float32[N, W], the array itself where it is that.

    Raises:
        ValueError: They are no table of finite numbers, or of another width; says where.
    """
    table = np.asarray(rows)
    if table.ndim != 2 or not table.shape[1] or table.dtype.kind not in "fiu":
        raise ValueError(
            f"expected a row of numbers for each document, found {table.dtype} of shape "
            f"{list(table.shape)}"
        )
    if width is not None and table.shape[1] != width:
        raise ValueError(f"expected rows of {width} numbers, found {table.shape[1]}")
    table = np.ascontiguousarray(table, np.float32)
    for start in range(0, len(table), _BLOCK):
        bad = np.flatnonzero(~np.isfinite(table[start : start + _BLOCK]).all(axis=1))
        if bad.size:
            raise ValueError(
                f"row {start + int(bad[0])}: expected finite numbers, found NaN or infinity: "
                "were the vectors trained to the end?"
            )
    return table


def nearest(
    centres: NDArray[np.float32],
    rows: NDArray[np.float32],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> NDArray[np.int64]:
    """Return int64[n], the centre nearest to each unit row; -1 for rows of zeros."""
    half = np.vecdot(centres, centres) / np.float32(2)
    found = np.empty(len(rows), np.int64)
    for part, block in unit_blocks(rows):
        near = np.full(len(block), NONE)
        if len(centres):
            near = np.where(block.any(axis=1), (block @ centres.T - half).argmax(axis=1), NONE)
        found[part] = near
        if progress is not None:
            progress(min(part.stop, len(rows)), len(rows))
    return found


def unit_blocks(
    rows: NDArray[np.float32],
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Yield parts of a table with their rows scaled to length 1; zeros stay zeros."""
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        yield slice(start, start + _BLOCK), unit_rows(block, row_norms(block))
