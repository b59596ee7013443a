"""Slow twins of ``kernels/products.py``: the formulas of the docstrings, row by row.

They take the arguments of the kernels and return what the kernel should leave in its first one.
"""

from __future__ import annotations

import numpy as np

Floats = np.ndarray
Offsets = np.ndarray


def _rows_at(flat: Floats, at: Offsets, first: int, count: int, width: int) -> Floats:
    """Return float[count, width], row k at ``at[first + k]``."""
    rows = [flat[at[first + k] :][:width] for k in range(count)]
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
    b_at: Offsets,
    b_firsts: Offsets,
    depths: Offsets,
    width: int,
) -> Floats:
    out = dst.copy()
    for r in range(rows):
        factors = _factors_at(a, a_starts[r], a_step, depths[r])
        out[at[r] :][:width] += factors @ _rows_at(b, b_at, b_firsts[r], depths[r], width)
    return out


def add_product(
    dst: Floats,
    at: Offsets,
    rows: int,
    a: Floats,
    a_row: int,
    a_step: int,
    b: Floats,
    b_at: Offsets,
    depth: int,
    width: int,
) -> Floats:
    out = dst.copy()
    right = _rows_at(b, b_at, 0, depth, width)
    for r in range(rows):
        out[at[r] :][:width] += _factors_at(a, r * a_row, a_step, depth) @ right
    return out


def set_product(
    dst: Floats, a: Floats, a_at: Offsets, rows: int, b: Floats, columns: int, depth: int
) -> Floats:
    left = _rows_at(a, a_at, 0, rows, depth)
    product = left @ b[: depth * columns].reshape(depth, columns)
    return np.concatenate([product.ravel(), dst[rows * columns :]])


def dot_rows(
    out: Floats,
    out_starts: Offsets,
    a: Floats,
    a_at: Offsets,
    b: Floats,
    b_at: Offsets,
    b_firsts: Offsets,
    counts: Offsets,
    rows: int,
    width: int,
) -> Floats:
    result = out.copy()
    for r in range(rows):
        left = a[a_at[r] :][:width].astype(np.float64)
        right = _rows_at(b, b_at, b_firsts[r], counts[r], width)
        result[out_starts[r] :][: counts[r]] = right @ left
    return result


def dot_product(
    out: Floats,
    a: Floats,
    a_at: Offsets,
    rows: int,
    b: Floats,
    b_at: Offsets,
    columns: int,
    width: int,
) -> Floats:
    product = _rows_at(a, a_at, 0, rows, width) @ _rows_at(b, b_at, 0, columns, width).T
    return np.concatenate([product.ravel(), out[rows * columns :]])


def transpose(dst: Floats, src: Floats, rows: int, width: int) -> Floats:
    across = src[: rows * width].reshape(rows, width).T.ravel()
    return np.concatenate([across, dst[rows * width :]])


def exchange(
    a: Floats,
    to_a: Offsets,
    old: Floats,
    old_at: Offsets,
    rows: int,
    b: Floats,
    b_at: Offsets,
    change: Floats,
    change_at: Offsets,
    columns: int,
    factors: Floats,
    width: int,
) -> tuple[Floats, Floats]:
    """Return what should be left in ``a`` and in ``change``."""
    table = factors[: rows * columns].astype(np.float64).reshape(rows, columns)
    upper, lower = _rows_at(old, old_at, 0, rows, width), _rows_at(b, b_at, 0, columns, width)
    a, change = a.copy(), change.copy()
    for r, row in enumerate(table @ lower):
        a[to_a[r] :][:width] += row
    for c, row in enumerate(table.T @ upper):
        change[change_at[c] :][:width] += row
    return a, change
