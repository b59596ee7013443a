"""Small products of any size, put together from register tiles; see :mod:`.tiles`.

All arrays are flat float32. A matrix is given by an array and the offsets of its rows, int64, so
that rows can be used where they are, wherever that is; ``width`` is a multiple of LANES.
"""

from __future__ import annotations

from llvmlite import binding

from . import kernel
from .rows import transpose_block
from .simd import LANES
from .tiles import (
    add_1x1,
    add_1x2,
    add_1x3,
    add_1x4,
    add_1x5,
    add_1x6,
    add_1x7,
    add_1x8,
    add_3x1,
    add_3x2,
    add_3x3,
    add_3x4,
    add_4x1,
    add_4x2,
    add_4x3,
    add_4x4,
    dot_1x1,
    dot_1x2,
    dot_1x4,
    dot_3x2,
    dot_3x4,
    dot_4x2,
    dot_4x4,
    exchange_1x1,
    exchange_1x2,
    exchange_2x1,
    exchange_2x2,
    exchange_3x1,
    exchange_3x2,
    exchange_4x1,
    exchange_4x2,
    exchange_5x1,
    exchange_5x2,
    exchange_6x1,
    exchange_7x1,
    exchange_8x1,
    exchange_9x1,
    exchange_10x1,
    set_1x1,
    set_8x1,
)

# How many vectors per row of a tile: as many sums as the machine's registers hold (32 of 16 floats
# with AVX-512, 16 of 8 or fewer elsewhere).
_WIDE = bool(binding.get_host_cpu_features().get("avx512f"))
_ONE_ROW = 8 if _WIDE else 6
_FOUR_ROWS = 4 if _WIDE else 1
MOST_EXCHANGED = 10 if _WIDE else 2


@kernel
def add_rows(dst, at, rows, a, a_starts, a_step, b, b_at, b_firsts, depths, width):
    """Add rows of products that each have their own terms: a band times a matrix.

    ``dst[at[r]:][:width] += sum_k a[a_starts[r] + k a_step] * b[b_at[b_firsts[r] + k]:][:width]``

    Args:
        dst: float32[...], updated in place; rows may share a place.
        at: int64[rows], offsets into ``dst``.
        rows: Rows of the product.
        a: float32[...], factors.
        a_starts: int64[rows], offset of each row's first factor.
        a_step: Floats between its factors.
        b: float32[...], what is added up.
        b_at: int64[...], offsets of the rows of ``b``.
        b_firsts: int64[rows], the first row that each row of the product takes.
        depths: int64[rows], terms of each row, 0 or more.
        width: Floats per row.
    """
    left = width // LANES
    column = 0
    while left > 0:
        parts = (left + _ONE_ROW - 1) // _ONE_ROW  # as few tiles as fit, of nearly equal width
        c = (left + parts - 1) // parts
        for r in range(rows):
            a0, first, depth = a_starts[r], b_firsts[r], depths[r]
            if c == 7:
                add_1x7(dst, at, r, column, a, a0, 0, a_step, b, b_at, first, depth)
            elif c == 8:
                add_1x8(dst, at, r, column, a, a0, 0, a_step, b, b_at, first, depth)
            elif c == 6:
                add_1x6(dst, at, r, column, a, a0, 0, a_step, b, b_at, first, depth)
            elif c == 5:
                add_1x5(dst, at, r, column, a, a0, 0, a_step, b, b_at, first, depth)
            elif c == 4:
                add_1x4(dst, at, r, column, a, a0, 0, a_step, b, b_at, first, depth)
            elif c == 3:
                add_1x3(dst, at, r, column, a, a0, 0, a_step, b, b_at, first, depth)
            elif c == 2:
                add_1x2(dst, at, r, column, a, a0, 0, a_step, b, b_at, first, depth)
            else:
                add_1x1(dst, at, r, column, a, a0, 0, a_step, b, b_at, first, depth)
        column += c * LANES
        left -= c


@kernel
def add_product(dst, at, rows, a, a_row, a_step, b, b_at, depth, width):
    """Add a product to scattered rows: ``dst[at[r]:] += sum_k a[r, k] * b[b_at[k]:][:width]``.

    Args:
        dst: float32[...], updated in place.
        at: int64[rows], where in ``dst`` each row goes; rows may share a place.
        rows: Rows of the product.
        a: float32[...], factor (r, k) at ``r * a_row + k * a_step``.
        a_row: Floats between factors (r, k) and (r + 1, k).
        a_step: Floats between factors (r, k) and (r, k + 1).
        b: float32[...], what is added up.
        b_at: int64[depth], offsets of its rows.
        depth: Terms of each sum.
        width: Floats per row.
    """
    left = width // LANES
    column = 0
    while left > 0:
        parts = (left + _FOUR_ROWS - 1) // _FOUR_ROWS
        c = (left + parts - 1) // parts
        row = 0
        while row + 4 <= rows:
            a0 = row * a_row
            if c == 4:
                add_4x4(dst, at, row, column, a, a0, a_row, a_step, b, b_at, 0, depth)
            elif c == 3:
                add_4x3(dst, at, row, column, a, a0, a_row, a_step, b, b_at, 0, depth)
            elif c == 2:
                add_4x2(dst, at, row, column, a, a0, a_row, a_step, b, b_at, 0, depth)
            else:
                add_4x1(dst, at, row, column, a, a0, a_row, a_step, b, b_at, 0, depth)
            row += 4
        if row + 3 <= rows:
            a0 = row * a_row
            if c == 4:
                add_3x4(dst, at, row, column, a, a0, a_row, a_step, b, b_at, 0, depth)
            elif c == 3:
                add_3x3(dst, at, row, column, a, a0, a_row, a_step, b, b_at, 0, depth)
            elif c == 2:
                add_3x2(dst, at, row, column, a, a0, a_row, a_step, b, b_at, 0, depth)
            else:
                add_3x1(dst, at, row, column, a, a0, a_row, a_step, b, b_at, 0, depth)
            row += 3
        while row < rows:
            a0 = row * a_row
            if c == 4:
                add_1x4(dst, at, row, column, a, a0, 0, a_step, b, b_at, 0, depth)
            elif c == 3:
                add_1x3(dst, at, row, column, a, a0, 0, a_step, b, b_at, 0, depth)
            elif c == 2:
                add_1x2(dst, at, row, column, a, a0, 0, a_step, b, b_at, 0, depth)
            else:
                add_1x1(dst, at, row, column, a, a0, 0, a_step, b, b_at, 0, depth)
            row += 1
        column += c * LANES
        left -= c


@kernel
def set_product(dst, a, a_at, rows, b, columns, depth):
    """Overwrite ``dst[r, c] = sum_k a[a_at[r] + k] * b[k, c]``; ``dst`` and ``b`` are packed.

    Args:
        dst: float32[rows * columns], overwritten.
        a: float32[...].
        a_at: int64[rows], offsets of its rows.
        rows: Rows of the product.
        b: float32[depth * columns].
        columns: Columns, a multiple of LANES.
        depth: Terms of each sum.
    """
    for column in range(0, columns, LANES):
        row = 0
        while row + 8 <= rows:
            place = row * columns + column
            set_8x1(dst, place, columns, a, a_at, row, b, column, columns, depth)
            row += 8
        while row < rows:
            place = row * columns + column
            set_1x1(dst, place, columns, a, a_at, row, b, column, columns, depth)
            row += 1


@kernel
def dot_rows(out, out_starts, a, a_at, b, b_at, b_firsts, counts, rows, width):
    """Overwrite ``out[out_starts[r] + k]`` by row r of ``a`` times each of its rows k of ``b``.

    Args:
        out: float32[...]; nothing else of it is written.
        out_starts: int64[rows], where the results of each row go.
        a: float32[...].
        a_at: int64[rows], offsets of its rows.
        b: float32[...].
        b_at: int64[...], offsets of its rows.
        b_firsts: int64[rows], the first row of ``b`` that each row of ``a`` meets.
        counts: int64[rows], how many it meets.
        rows: Rows of ``a``.
        width: Floats per row.
    """
    for r in range(rows):
        to, first, count = out_starts[r], b_firsts[r], counts[r]
        k = 0
        while k + 4 <= count:
            dot_1x4(out, to + k, 0, a, a_at, r, b, b_at, first + k, width)
            k += 4
        if k + 2 <= count:
            dot_1x2(out, to + k, 0, a, a_at, r, b, b_at, first + k, width)
            k += 2
        if k < count:
            dot_1x1(out, to + k, 0, a, a_at, r, b, b_at, first + k, width)


@kernel
def dot_product(out, a, a_at, rows, b, b_at, columns, width):
    """Overwrite ``out[r * columns + c]`` by the dot product of row r of ``a`` and row c of ``b``.

    Args:
        out: float32[rows * columns], overwritten.
        a: float32[...].
        a_at: int64[rows], offsets of its rows.
        rows: How many.
        b: float32[...].
        b_at: int64[columns], offsets of its rows.
        columns: How many.
        width: Floats per row.
    """
    r = 0
    while r < rows:
        here, c, left = r * columns, 0, rows - r
        if left == 3 or left == 6 or left == 9:  # tiles of three: single rows take twice the time
            take = 3
            while c + 4 <= columns:
                dot_3x4(out, here + c, columns, a, a_at, r, b, b_at, c, width)
                c += 4
            if c + 2 <= columns:
                dot_3x2(out, here + c, columns, a, a_at, r, b, b_at, c, width)
                c += 2
        elif left >= 4:
            take = 4
            while c + 4 <= columns:
                dot_4x4(out, here + c, columns, a, a_at, r, b, b_at, c, width)
                c += 4
            if c + 2 <= columns:
                dot_4x2(out, here + c, columns, a, a_at, r, b, b_at, c, width)
                c += 2
        else:
            take = 1
            while c + 4 <= columns:
                dot_1x4(out, here + c, 0, a, a_at, r, b, b_at, c, width)
                c += 4
            if c + 2 <= columns:
                dot_1x2(out, here + c, 0, a, a_at, r, b, b_at, c, width)
                c += 2
        if c < columns:
            for row in range(r, r + take):
                dot_1x1(out, row * columns + c, 0, a, a_at, row, b, b_at, c, width)
        r += take


@kernel
def exchange(a, to_a, old, old_at, rows, b, b_at, change, change_at, columns, factors, width):
    """Add to each of two sets of rows the other's times factors, in one passage.

    ``change[c] += sum_r factors[r, c] * old[r]`` and ``a[r] += sum_c factors[r, c] * b[c]``.

    Args:
        a: float32[...], updated at ``to_a`` int64[rows].
        to_a: Where its rows are.
        old: The rows of ``a`` as they were: ``a`` itself, or a copy where ``columns`` are more than
            :data:`MOST_EXCHANGED`, for then they are met in groups.
        old_at: int64[rows], where they are.
        rows: How many.
        b: float32[...], what is added to ``a``.
        b_at: int64[columns], offsets of its rows.
        change: float32[...], updated at ``change_at``.
        change_at: int64[columns], offsets.
        columns: How many rows of ``b``.
        factors: float32[rows * columns].
        width: Floats per row.
    """
    all_of_it = (a, to_a, old, old_at, rows, b, b_at, change, change_at, factors, columns)
    first, left = 0, columns
    while left > 0:
        parts = (left + MOST_EXCHANGED - 1) // MOST_EXCHANGED  # of nearly equal size
        take = (left + parts - 1) // parts
        at = 0
        if _WIDE:
            while take <= 5 and at + 2 * LANES <= width:
                if take == 4:
                    exchange_4x2(*all_of_it, first, at)
                elif take == 2:
                    exchange_2x2(*all_of_it, first, at)
                elif take == 3:
                    exchange_3x2(*all_of_it, first, at)
                elif take == 5:
                    exchange_5x2(*all_of_it, first, at)
                else:
                    exchange_1x2(*all_of_it, first, at)
                at += 2 * LANES
            while at < width:
                if take == 6:
                    exchange_6x1(*all_of_it, first, at)
                elif take == 8:
                    exchange_8x1(*all_of_it, first, at)
                elif take == 10:
                    exchange_10x1(*all_of_it, first, at)
                elif take == 4:
                    exchange_4x1(*all_of_it, first, at)
                elif take == 2:
                    exchange_2x1(*all_of_it, first, at)
                elif take == 7:
                    exchange_7x1(*all_of_it, first, at)
                elif take == 9:
                    exchange_9x1(*all_of_it, first, at)
                elif take == 5:
                    exchange_5x1(*all_of_it, first, at)
                elif take == 3:
                    exchange_3x1(*all_of_it, first, at)
                else:
                    exchange_1x1(*all_of_it, first, at)
                at += LANES
        else:
            while at < width:
                if take == 2:
                    exchange_2x1(*all_of_it, first, at)
                else:
                    exchange_1x1(*all_of_it, first, at)
                at += LANES
        first += take
        left -= take


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
