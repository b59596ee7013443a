"""Slow twins of ``kernels/products.py``: the formulas of the docstrings, row by row.

They take the arguments of the kernels and return what the kernel should leave in its first one.
"""

from __future__ import annotations

import numpy as np

Floats = np.ndarray
Offsets = np.ndarray


def _rows_at(flat: Floats, start: int, step: int, count: int, width: int) -> Floats:
    """Return float[count, width], row k at ``start + k * step``."""
    rows = [flat[start + k * step :][:width] for k in range(count)]
    return np.array(rows, np.float64).reshape(count, width)


def _factors_at(flat: Floats, start: int, step: int, count: int) -> Floats:
    return np.array([flat[start + k * step] for k in range(count)], np.float64)


def add_rows(
    dst: Floats,
    at: Offsets,
    rows: int,
    a: Floats,
    a_starts: Offsets,
    a_step: int,
    b: Floats,
    b_starts: Offsets,
    b_step: int,
    depths: Offsets,
    width: int,
) -> Floats:
    out = dst.copy()
    for r in range(rows):
        factors = _factors_at(a, a_starts[r], a_step, depths[r])
        out[at[r] :][:width] += factors @ _rows_at(b, b_starts[r], b_step, depths[r], width)
    return out


def add_product(
    dst: Floats,
    at: Offsets,
    rows: int,
    a: Floats,
    a_offset: int,
    a_row: int,
    a_step: int,
    b: Floats,
    b_offset: int,
    b_step: int,
    depth: int,
    width: int,
) -> Floats:
    out = dst.copy()
    right = _rows_at(b, b_offset, b_step, depth, width)
    for r in range(rows):
        out[at[r] :][:width] += _factors_at(a, a_offset + r * a_row, a_step, depth) @ right
    return out


def set_product(
    dst: Floats, a: Floats, a_row: int, b: Floats, rows: int, columns: int, depth: int
) -> Floats:
    left = _rows_at(a, 0, a_row, rows, depth)
    product = left @ b[: depth * columns].reshape(depth, columns)
    return np.concatenate([product.ravel(), dst[rows * columns :]])


def dot_rows(
    out: Floats,
    out_starts: Offsets,
    a: Floats,
    a_starts: Offsets,
    b: Floats,
    b_starts: Offsets,
    b_step: int,
    counts: Offsets,
    rows: int,
    width: int,
) -> Floats:
    result = out.copy()
    for r in range(rows):
        left = a[a_starts[r] :][:width].astype(np.float64)
        right = _rows_at(b, b_starts[r], b_step, counts[r], width)
        result[out_starts[r] :][: counts[r]] = right @ left
    return result


def transpose(dst: Floats, src: Floats, rows: int, width: int) -> Floats:
    across = src[: rows * width].reshape(rows, width).T.ravel()
    return np.concatenate([across, dst[rows * width :]])
