"""Small products of any size, put together from register tiles; see :mod:`.tiles`.

All arrays are flat float32 with offsets and steps in floats; ``width`` is a multiple of LANES.
"""

from __future__ import annotations

from llvmlite import binding

from . import kernel
from .tiles import (
    LANES,
    add_1x1,
    add_1x2,
    add_1x3,
    add_1x4,
    add_1x5,
    add_1x6,
    add_1x7,
    add_1x8,
    add_4x1,
    add_4x2,
    add_4x3,
    add_4x4,
    dot_1,
    dot_4,
    set_1x1,
    set_8x1,
    transpose_block,
)

# How many vectors per row of a tile: as many sums as the machine's registers hold (32 of 16 floats
# with AVX-512, 16 of 8 or fewer elsewhere).
_WIDE = bool(binding.get_host_cpu_features().get("avx512f"))
_ONE_ROW = 8 if _WIDE else 6
_FOUR_ROWS = 4 if _WIDE else 1


@kernel
def add_rows(dst, at, rows, a, a_starts, a_step, b, b_starts, b_step, depths, width):
    """Add rows of products that each have their own terms: a band times a matrix.

    ``dst[at[r]:][:width] += sum_k a[a_starts[r] + k a_step] * b[b_starts[r] + k b_step:][:width]``

    Args:
        dst: float32[...], updated in place; rows may share a place.
        at: int64[rows], offsets into ``dst``.
        rows: Rows of the product.
        a: float32[...], factors.
        a_starts: int64[rows], offset of each row's first factor.
        a_step: Floats between its factors.
        b: float32[...], what is added up.
        b_starts: int64[rows], offset of each row's first term.
        b_step: Floats between its terms.
        depths: int64[rows], terms of each row, 0 or more.
        width: Floats per row.
    """
    left = width // LANES
    column = 0
    while left > 0:
        parts = (left + _ONE_ROW - 1) // _ONE_ROW  # as few tiles as fit, of nearly equal width
        c = (left + parts - 1) // parts
        for r in range(rows):
            a0, b0, depth = a_starts[r], b_starts[r] + column, depths[r]
            if c == 7:
                add_1x7(dst, at, r, column, a, a0, 0, a_step, b, b0, b_step, depth)
            elif c == 8:
                add_1x8(dst, at, r, column, a, a0, 0, a_step, b, b0, b_step, depth)
            elif c == 6:
                add_1x6(dst, at, r, column, a, a0, 0, a_step, b, b0, b_step, depth)
            elif c == 5:
                add_1x5(dst, at, r, column, a, a0, 0, a_step, b, b0, b_step, depth)
            elif c == 4:
                add_1x4(dst, at, r, column, a, a0, 0, a_step, b, b0, b_step, depth)
            elif c == 3:
                add_1x3(dst, at, r, column, a, a0, 0, a_step, b, b0, b_step, depth)
            elif c == 2:
                add_1x2(dst, at, r, column, a, a0, 0, a_step, b, b0, b_step, depth)
            else:
                add_1x1(dst, at, r, column, a, a0, 0, a_step, b, b0, b_step, depth)
        column += c * LANES
        left -= c


@kernel
def add_product(dst, at, rows, a, a_offset, a_row, a_step, b, b_offset, b_step, depth, width):
    """Add a product to scattered rows: ``dst[at[r]:][:width] += sum_k a[r, k] * b[k, :width]``.

    Args:
        dst: float32[...], updated in place.
        at: int64[rows], where in ``dst`` each row goes; rows may share a place.
        rows: Rows of the product.
        a: float32[...], factors.
        a_offset: Offset of factor (0, 0).
        a_row: Floats between factors (r, k) and (r + 1, k).
        a_step: Floats between factors (r, k) and (r, k + 1).
        b: float32[...], what is added up.
        b_offset: Offset of its row 0.
        b_step: Floats between its rows.
        depth: Terms of each sum.
        width: Floats per row.
    """
    left = width // LANES
    column = 0
    while left > 0:
        parts = (left + _FOUR_ROWS - 1) // _FOUR_ROWS
        c = (left + parts - 1) // parts
        b0 = b_offset + column
        row = 0
        while row + 4 <= rows:
            a0 = a_offset + row * a_row
            if c == 4:
                add_4x4(dst, at, row, column, a, a0, a_row, a_step, b, b0, b_step, depth)
            elif c == 3:
                add_4x3(dst, at, row, column, a, a0, a_row, a_step, b, b0, b_step, depth)
            elif c == 2:
                add_4x2(dst, at, row, column, a, a0, a_row, a_step, b, b0, b_step, depth)
            else:
                add_4x1(dst, at, row, column, a, a0, a_row, a_step, b, b0, b_step, depth)
            row += 4
        while row < rows:
            a0 = a_offset + row * a_row
            for k in range(c):
                add_1x1(
                    dst,
                    at,
                    row,
                    column + k * LANES,
                    a,
                    a0,
                    0,
                    a_step,
                    b,
                    b0 + k * LANES,
                    b_step,
                    depth,
                )
            row += 1
        column += c * LANES
        left -= c


@kernel
def set_product(dst, a, a_row, b, rows, columns, depth):
    """Overwrite ``dst[r, c] = sum_k a[r, k] * b[k, c]``; rows of ``dst`` and ``b`` are packed.

    Args:
        dst: float32[rows * columns], overwritten.
        a: float32[...], factor (r, k) at ``r * a_row + k``.
        a_row: Floats between rows of ``a``.
        b: float32[depth * columns].
        rows: Rows of the product.
        columns: Columns, a multiple of LANES.
        depth: Terms of each sum.
    """
    for column in range(0, columns, LANES):
        row = 0
        while row + 8 <= rows:
            place = row * columns + column
            set_8x1(dst, place, columns, a, row * a_row, a_row, 1, b, column, columns, depth)
            row += 8
        while row < rows:
            place = row * columns + column
            set_1x1(dst, place, columns, a, row * a_row, a_row, 1, b, column, columns, depth)
            row += 1


@kernel
def dot_rows(out, out_starts, a, a_starts, b, b_starts, b_step, counts, rows, width):
    """Overwrite ``out[out_starts[r] + k]`` by row r of ``a`` times each of its rows k of ``b``.

    Args:
        out: float32[...]; nothing else of it is written.
        out_starts: int64[rows], where the results of each row go.
        a: float32[...].
        a_starts: int64[rows], offset of each row of ``a``.
        b: float32[...], its row k for r at ``b_starts[r] + k * b_step``.
        b_starts: int64[rows], offset of the first.
        b_step: Floats between them.
        counts: int64[rows], how many.
        rows: Rows of ``a``.
        width: Floats per row.
    """
    for r in range(rows):
        to, a0, b0, count = out_starts[r], a_starts[r], b_starts[r], counts[r]
        k = 0
        while k + 4 <= count:
            dot_4(out, to + k, a, a0, b, b0 + k * b_step, b_step, width)
            k += 4
        while k < count:
            dot_1(out, to + k, a, a0, b, b0 + k * b_step, b_step, width)
            k += 1


@kernel
def transpose(dst, src, rows, width):
    """Overwrite ``dst`` float32[width * rows] by the transpose of ``src`` float32[rows * width].

    Args:
        dst: Overwritten.
        src: Packed rows.
        rows: A multiple of LANES.
        width: A multiple of LANES.
    """
    for r in range(0, rows, LANES):
        for k in range(0, width, LANES):
            transpose_block(dst, k * rows + r, rows, src, r * width + k, width)
