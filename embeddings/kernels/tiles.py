"""Register tiles: small matrix products that stay in vector registers, for use inside kernels.

BLAS is built for matrices far larger than a chunk of words, and collapses when several threads
call it on small ones; a plain numba loop leaves half of the multiply-add units idle. So the
innermost products are written once here as LLVM vector code, which LLVM lowers to AVX-512, AVX2,
SSE or NEON alike. Everything works on flat float32 arrays with explicit offsets (int64, in floats).

Rows of all matrices are padded to a multiple of :data:`LANES` floats; padding holds zeros, which
every product keeps zero.

Source: the register-tiled inner kernel of Goto & van de Geijn 2008, "Anatomy of high-performance
matrix multiplication", section 6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from .simd import (
    INDEX,
    LANES,
    VECTOR,
    address,
    broadcast,
    get,
    i8,
    index,
    multiply_add,
    put,
    shuffle,
)


def _accumulate(
    builder: Any, depth: Any, step: int, sums: int, body: Callable[..., list[Any]]
) -> Any:
    """Emit ``for k in range(0, depth, step): sums = body(k, sums)`` with all sums in registers.

    Starts from zeros; returns the finished sums, with the builder behind the loop.
    """
    entry = builder.block
    head = builder.append_basic_block("tile.head")
    inside = builder.append_basic_block("tile.body")
    done = builder.append_basic_block("tile.done")
    builder.branch(head)
    builder.position_at_end(head)
    k = builder.phi(INDEX)
    k.add_incoming(index(0), entry)
    held = [builder.phi(VECTOR) for _ in range(sums)]
    for phi in held:
        phi.add_incoming(ir.Constant(VECTOR, None), entry)
    builder.cbranch(builder.icmp_signed("<", k, depth), inside, done)
    builder.position_at_end(inside)
    for phi, value in zip(held, body(k, held), strict=True):
        phi.add_incoming(value, inside)
    k.add_incoming(builder.add(k, index(step)), inside)
    builder.branch(head)
    builder.position_at_end(done)
    return held


def _row_starts(builder: Any, at: Any, first: Any, rows: int) -> list[Any]:
    """Emit the loads of ``at[first] ... at[first + rows - 1]``."""
    return [builder.load(builder.gep(at, [builder.add(first, index(r))])) for r in range(rows)]


def _product_sums(
    builder: Any, columns: int, depth: Any, factors: Callable[[Any], list[Any]], right: Any
) -> list[list[Any]]:
    """Emit ``sums[r][c] = sum_k factors(k)[r] * right(k)[16c:16c + 16]``.

    ``factors(k)`` gives the addresses of the rows' factors; ``right`` is (data, start(k)).
    """
    data, start = right
    rows = len(factors(index(0)))

    def body(k: Any, sums: list[Any]) -> list[Any]:
        row = start(k)
        vectors = [get(builder, data, builder.add(row, index(c * LANES))) for c in range(columns)]
        added: list[Any] = []
        for r, place in enumerate(factors(k)):
            left = broadcast(builder, builder.load(place))
            line = sums[r * columns : (r + 1) * columns]
            added += [multiply_add(builder, left, x, s) for x, s in zip(vectors, line, strict=True)]
        return added

    sums = _accumulate(builder, depth, 1, rows * columns, body)
    return [sums[r * columns : (r + 1) * columns] for r in range(rows)]


def _add_tile(rows: int, columns: int) -> Any:
    """Make ``dst[at[r] + c ...] += sum_k a[r, k] * b[b_at[b_first + k] + c ...]``.

    c is ``column + 16 * number``, one vector each. Factor (r, k) is at ``a_offset + r * a_row +
    k * a_step``; ``at`` is read from ``at_first`` on. All sums are finished before ``dst`` is
    touched and the rows are added one after another, so that two rows with one destination both
    count.
    """

    @intrinsic
    def add_tile(  # type: ignore[no-untyped-def]
        typingctx, dst, at, at_first, column, a, a_offset, a_row, a_step, b, b_at, b_first, depth
    ):
        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            def data(i: int) -> Any:
                return address(context, builder, signature.args[i], args[i])

            p_dst, p_at, p_a, p_b, p_b_at = data(0), data(1), data(4), data(8), data(9)
            starts = [builder.add(args[5], builder.mul(args[6], index(r))) for r in range(rows)]

            def factors(k: Any) -> list[Any]:
                along = builder.mul(k, args[7])
                return [builder.gep(p_a, [builder.add(start, along)]) for start in starts]

            def start(k: Any) -> Any:
                place = builder.gep(p_b_at, [builder.add(args[10], k)])
                return builder.add(builder.load(place), args[3])

            sums = _product_sums(builder, columns, args[11], factors, (p_b, start))
            for r, row in enumerate(_row_starts(builder, p_at, args[2], rows)):
                for c in range(columns):
                    place = builder.add(builder.add(row, args[3]), index(c * LANES))
                    put(builder, builder.fadd(get(builder, p_dst, place), sums[r][c]), p_dst, place)
            return context.get_dummy_value()

        return types.void(dst, at, i8, i8, a, i8, i8, i8, b, b_at, i8, i8), codegen

    return add_tile


def _set_tile(rows: int, columns: int) -> Any:
    """Make ``dst[dst_offset + r * dst_step + 16c ...] = sum_k a[a_at[r] + k] * b[k, 16c ...]``.

    ``a_at`` is read from ``a_first`` on; row k of ``b`` is at ``b_offset + k * b_step``.
    """

    @intrinsic
    def set_tile(  # type: ignore[no-untyped-def]
        typingctx, dst, dst_offset, dst_step, a, a_at, a_first, b, b_offset, b_step, depth
    ):
        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            def data(i: int) -> Any:
                return address(context, builder, signature.args[i], args[i])

            p_dst, p_a, p_a_at, p_b = data(0), data(3), data(4), data(6)
            starts = _row_starts(builder, p_a_at, args[5], rows)

            def factors(k: Any) -> list[Any]:
                return [builder.gep(p_a, [builder.add(start, k)]) for start in starts]

            def start(k: Any) -> Any:
                return builder.add(args[7], builder.mul(k, args[8]))

            sums = _product_sums(builder, columns, args[9], factors, (p_b, start))
            for r in range(rows):
                row = builder.add(args[1], builder.mul(args[2], index(r)))
                for c in range(columns):
                    put(builder, sums[r][c], p_dst, builder.add(row, index(c * LANES)))
            return context.get_dummy_value()

        return types.void(dst, i8, i8, a, a_at, i8, b, i8, i8, i8), codegen

    return set_tile


def _across(builder: Any, vectors: list[Any]) -> Any:
    """Emit the sums over the lanes of each vector, as one vector: as many as they are, or more."""
    lanes, zero = LANES, ir.Constant(VECTOR, None)
    vectors = vectors + [zero] * ((1 << (len(vectors) - 1).bit_length()) - len(vectors))
    while lanes > len(vectors):
        half = lanes // 2
        low, high = list(range(half)), list(range(half, lanes))
        vectors = [
            builder.fadd(shuffle(builder, v, v, low), shuffle(builder, v, v, high)) for v in vectors
        ]
        lanes = half
    step = 1
    while len(vectors) > 1:  # each step folds two vectors into one that keeps all their sums
        low = [i if not i & step else lanes + i - step for i in range(lanes)]
        high = [i + step for i in low]
        vectors = [
            builder.fadd(shuffle(builder, v, w, low), shuffle(builder, v, w, high))
            for v, w in zip(vectors[0::2], vectors[1::2], strict=True)
        ]
        step *= 2
    return vectors[0]


def _dot_tile(left_rows: int, right_rows: int) -> Any:
    """Make ``out[out_offset + l * out_row + r] = a_l . b_r`` for a few rows of each.

    Row l of ``a`` starts at ``a_at[a_first + l]``, row r of ``b`` at ``b_at[b_first + r]``.
    """

    @intrinsic
    def dot_tile(  # type: ignore[no-untyped-def]
        typingctx, out, out_offset, out_row, a, a_at, a_first, b, b_at, b_first, width
    ):
        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            def data(i: int) -> Any:
                return address(context, builder, signature.args[i], args[i])

            p_out, p_a, p_b = data(0), data(3), data(6)
            a_starts = _row_starts(builder, data(4), args[5], left_rows)
            b_starts = _row_starts(builder, data(7), args[8], right_rows)

            def body(k: Any, sums: list[Any]) -> list[Any]:
                left = [get(builder, p_a, builder.add(start, k)) for start in a_starts]
                right = [get(builder, p_b, builder.add(start, k)) for start in b_starts]
                pairs = [(x, y) for x in left for y in right]
                return [
                    multiply_add(builder, x, y, s) for (x, y), s in zip(pairs, sums, strict=True)
                ]

            sums = _accumulate(builder, args[9], LANES, left_rows * right_rows, body)
            total = _across(builder, sums)
            for row in range(left_rows):
                lanes = list(range(row * right_rows, (row + 1) * right_rows))
                part = total if left_rows == 1 else shuffle(builder, total, total, lanes)
                put(builder, part, p_out, builder.add(args[1], builder.mul(args[2], index(row))))
            return context.get_dummy_value()

        return types.void(out, i8, i8, a, a_at, i8, b, b_at, i8, i8), codegen

    return dot_tile


def _exchange_tile(inputs: int, columns: int) -> Any:
    """Make both products of :func:`.products.exchange` for a few columns of it and of the rows.

    Row k of ``a`` meets row ``first + i`` of ``b`` with ``factors[k * step + first + i]``. Rows are
    used from ``column`` on.
    """

    @intrinsic
    def exchange_tile(  # type: ignore[no-untyped-def]
        typingctx,
        a,
        to_a,
        old,
        old_at,
        depth,
        b,
        b_at,
        change,
        to_change,
        factors,
        step,
        first,
        column,
    ):
        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            def data(i: int) -> Any:
                return address(context, builder, signature.args[i], args[i])

            p_a, p_to, p_old, p_at, p_b = (data(i) for i in (0, 1, 2, 3, 5))
            p_change, p_factors = data(7), data(9)
            places = [builder.add(args[12], index(c * LANES)) for c in range(columns)]
            b_starts = _row_starts(builder, data(6), args[11], inputs)
            b_rows = [[get(builder, p_b, builder.add(r, c)) for c in places] for r in b_starts]

            def body(k: Any, sums: list[Any]) -> list[Any]:
                start, end = (builder.load(builder.gep(p, [k])) for p in (p_at, p_to))
                rows = [get(builder, p_old, builder.add(start, c)) for c in places]
                new = [get(builder, p_a, builder.add(end, c)) for c in places]
                line = builder.add(args[11], builder.mul(k, args[10]))
                added: list[Any] = []
                for i in range(inputs):
                    place = builder.gep(p_factors, [builder.add(line, index(i))])
                    factor = broadcast(builder, builder.load(place))
                    for c in range(columns):
                        added.append(multiply_add(builder, factor, rows[c], sums[i * columns + c]))
                        new[c] = multiply_add(builder, factor, b_rows[i][c], new[c])
                for c in range(columns):
                    put(builder, new[c], p_a, builder.add(end, places[c]))
                return added

            sums = _accumulate(builder, args[4], 1, inputs * columns, body)
            for i, row in enumerate(_row_starts(builder, data(8), args[11], inputs)):
                for c in range(columns):
                    place = builder.add(row, places[c])
                    old = get(builder, p_change, place)
                    put(builder, builder.fadd(old, sums[i * columns + c]), p_change, place)
            return context.get_dummy_value()

        taken = (a, to_a, old, old_at, i8, b, b_at, change, to_change, factors, i8, i8, i8)
        return types.void(*taken), codegen

    return exchange_tile


add_1x1, add_1x2, add_1x3, add_1x4 = (_add_tile(1, c) for c in (1, 2, 3, 4))
add_1x5, add_1x6, add_1x7, add_1x8 = (_add_tile(1, c) for c in (5, 6, 7, 8))
add_3x1, add_3x2, add_3x3, add_3x4 = (_add_tile(3, c) for c in (1, 2, 3, 4))
add_4x1, add_4x2, add_4x3, add_4x4 = (_add_tile(4, c) for c in (1, 2, 3, 4))
set_8x1, set_8x3, set_1x1 = _set_tile(8, 1), _set_tile(8, 3), _set_tile(1, 1)
dot_1x1, dot_1x2, dot_1x4 = _dot_tile(1, 1), _dot_tile(1, 2), _dot_tile(1, 4)
dot_3x2, dot_3x4 = _dot_tile(3, 2), _dot_tile(3, 4)
dot_4x2, dot_4x4 = _dot_tile(4, 2), _dot_tile(4, 4)
exchange_1x1, exchange_2x1, exchange_3x1, exchange_4x1, exchange_5x1 = (
    _exchange_tile(n, 1) for n in (1, 2, 3, 4, 5)
)
exchange_6x1, exchange_7x1, exchange_8x1, exchange_9x1, exchange_10x1 = (
    _exchange_tile(n, 1) for n in (6, 7, 8, 9, 10)
)
exchange_1x2, exchange_2x2, exchange_3x2, exchange_4x2, exchange_5x2 = (
    _exchange_tile(n, 2) for n in (1, 2, 3, 4, 5)
)
