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

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, register_jitable
from numpy.typing import NDArray

LANES = 16
"""Floats in one vector; rows of all matrices are padded to a multiple of it."""

_FLOAT = ir.FloatType()
_VECTOR = ir.VectorType(_FLOAT, LANES)
_INT32 = ir.IntType(32)
_INDEX = ir.IntType(64)
_i8 = types.int64


@register_jitable
def padded(size: int) -> int:
    """Return ``size`` rounded up to a multiple of :data:`LANES`."""
    return -(-size // LANES) * LANES


def aligned_zeros(size: int) -> NDArray[np.float32]:
    """Return float32[size] zeros that start at a multiple of a vector's bytes.

    A vector that straddles two cache lines costs two loads: products run a third slower.
    """
    memory = np.zeros(size + LANES, np.float32)
    skipped = (-memory.ctypes.data // memory.itemsize) % LANES
    return memory[skipped : skipped + size]


def _index(value: int) -> Any:
    return ir.Constant(_INDEX, value)


def _data(context: Any, builder: Any, array_type: Any, array: Any) -> Any:
    return context.make_array(array_type)(context, builder, array).data


def _vector_place(builder: Any, data: Any, offset: Any, kind: Any = _VECTOR) -> Any:
    return builder.bitcast(builder.gep(data, [offset]), ir.PointerType(kind))


def _get(builder: Any, data: Any, offset: Any) -> Any:
    return builder.load(_vector_place(builder, data, offset), align=4)


def _put(builder: Any, vector: Any, data: Any, offset: Any) -> None:
    builder.store(vector, _vector_place(builder, data, offset, vector.type), align=4)


def _shuffle(builder: Any, first: Any, second: Any, lanes: list[int]) -> Any:
    mask = ir.Constant(ir.VectorType(_INT32, len(lanes)), lanes)
    return builder.shuffle_vector(first, second, mask)


def _spread(builder: Any, scalar: Any) -> Any:
    nothing = ir.Constant(_VECTOR, ir.Undefined)
    one = builder.insert_element(nothing, scalar, ir.Constant(_INT32, 0))
    return _shuffle(builder, one, nothing, [0] * LANES)


def _multiply_add(builder: Any, a: Any, b: Any, c: Any) -> Any:
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
    fma = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{LANES}f32")
    return builder.call(fma, [a, b, c])


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
    k = builder.phi(_INDEX)
    k.add_incoming(_index(0), entry)
    held = [builder.phi(_VECTOR) for _ in range(sums)]
    for phi in held:
        phi.add_incoming(ir.Constant(_VECTOR, None), entry)
    builder.cbranch(builder.icmp_signed("<", k, depth), inside, done)
    builder.position_at_end(inside)
    for phi, value in zip(held, body(k, held), strict=True):
        phi.add_incoming(value, inside)
    k.add_incoming(builder.add(k, _index(step)), inside)
    builder.branch(head)
    builder.position_at_end(done)
    return held


def _row_starts(builder: Any, at: Any, first: Any, rows: int) -> list[Any]:
    """Emit the loads of ``at[first] ... at[first + rows - 1]``."""
    return [builder.load(builder.gep(at, [builder.add(first, _index(r))])) for r in range(rows)]


def _product_sums(
    builder: Any, columns: int, depth: Any, factors: Callable[[Any], list[Any]], right: Any
) -> list[list[Any]]:
    """Emit ``sums[r][c] = sum_k factors(k)[r] * right(k)[16c:16c + 16]``.

    ``factors(k)`` gives the addresses of the rows' factors; ``right`` is (data, start(k)).
    """
    data, start = right
    rows = len(factors(_index(0)))

    def body(k: Any, sums: list[Any]) -> list[Any]:
        row = start(k)
        vectors = [_get(builder, data, builder.add(row, _index(c * LANES))) for c in range(columns)]
        added: list[Any] = []
        for r, address in enumerate(factors(k)):
            left = _spread(builder, builder.load(address))
            line = sums[r * columns : (r + 1) * columns]
            added += [
                _multiply_add(builder, left, x, s) for x, s in zip(vectors, line, strict=True)
            ]
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
                return _data(context, builder, signature.args[i], args[i])

            p_dst, p_at, p_a, p_b, p_b_at = data(0), data(1), data(4), data(8), data(9)
            starts = [builder.add(args[5], builder.mul(args[6], _index(r))) for r in range(rows)]

            def factors(k: Any) -> list[Any]:
                along = builder.mul(k, args[7])
                return [builder.gep(p_a, [builder.add(start, along)]) for start in starts]

            def start(k: Any) -> Any:
                place = builder.gep(p_b_at, [builder.add(args[10], k)])
                return builder.add(builder.load(place), args[3])

            sums = _product_sums(builder, columns, args[11], factors, (p_b, start))
            for r, row in enumerate(_row_starts(builder, p_at, args[2], rows)):
                for c in range(columns):
                    place = builder.add(builder.add(row, args[3]), _index(c * LANES))
                    _put(
                        builder, builder.fadd(_get(builder, p_dst, place), sums[r][c]), p_dst, place
                    )
            return context.get_dummy_value()

        return types.void(dst, at, _i8, _i8, a, _i8, _i8, _i8, b, b_at, _i8, _i8), codegen

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
                return _data(context, builder, signature.args[i], args[i])

            p_dst, p_a, p_a_at, p_b = data(0), data(3), data(4), data(6)
            starts = _row_starts(builder, p_a_at, args[5], rows)

            def factors(k: Any) -> list[Any]:
                return [builder.gep(p_a, [builder.add(start, k)]) for start in starts]

            def start(k: Any) -> Any:
                return builder.add(args[7], builder.mul(k, args[8]))

            sums = _product_sums(builder, columns, args[9], factors, (p_b, start))
            for r in range(rows):
                row = builder.add(args[1], builder.mul(args[2], _index(r)))
                for c in range(columns):
                    _put(builder, sums[r][c], p_dst, builder.add(row, _index(c * LANES)))
            return context.get_dummy_value()

        return types.void(dst, _i8, _i8, a, a_at, _i8, b, _i8, _i8, _i8), codegen

    return set_tile


def _across(builder: Any, vectors: list[Any]) -> Any:
    """Emit the sums over the lanes of each vector, as one vector: as many as they are, or more."""
    lanes, zero = LANES, ir.Constant(_VECTOR, None)
    vectors = vectors + [zero] * ((1 << (len(vectors) - 1).bit_length()) - len(vectors))
    while lanes > len(vectors):
        half = lanes // 2
        low, high = list(range(half)), list(range(half, lanes))
        vectors = [
            builder.fadd(_shuffle(builder, v, v, low), _shuffle(builder, v, v, high))
            for v in vectors
        ]
        lanes = half
    step = 1
    while len(vectors) > 1:  # each step folds two vectors into one that keeps all their sums
        low = [i if not i & step else lanes + i - step for i in range(lanes)]
        high = [i + step for i in low]
        vectors = [
            builder.fadd(_shuffle(builder, v, w, low), _shuffle(builder, v, w, high))
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
                return _data(context, builder, signature.args[i], args[i])

            p_out, p_a, p_b = data(0), data(3), data(6)
            a_starts = _row_starts(builder, data(4), args[5], left_rows)
            b_starts = _row_starts(builder, data(7), args[8], right_rows)

            def body(k: Any, sums: list[Any]) -> list[Any]:
                left = [_get(builder, p_a, builder.add(start, k)) for start in a_starts]
                right = [_get(builder, p_b, builder.add(start, k)) for start in b_starts]
                pairs = [(x, y) for x in left for y in right]
                return [
                    _multiply_add(builder, x, y, s) for (x, y), s in zip(pairs, sums, strict=True)
                ]

            sums = _accumulate(builder, args[9], LANES, left_rows * right_rows, body)
            total = _across(builder, sums)
            for row in range(left_rows):
                lanes = list(range(row * right_rows, (row + 1) * right_rows))
                part = total if left_rows == 1 else _shuffle(builder, total, total, lanes)
                _put(builder, part, p_out, builder.add(args[1], builder.mul(args[2], _index(row))))
            return context.get_dummy_value()

        return types.void(out, _i8, _i8, a, a_at, _i8, b, b_at, _i8, _i8), codegen

    return dot_tile


def _exchange_tile(inputs: int, columns: int) -> Any:
    """Make both products of :func:`.products.exchange` for a few columns of it and of the rows.

    Row k of ``a`` meets row ``first + i`` of ``b`` with ``factors[k * step + first + i]``. Rows are
    used from ``column`` on.
    """

    @intrinsic
    def exchange_tile(  # type: ignore[no-untyped-def]
        typingctx, a, to_a, old, old_at, depth, b, b_at, change, to_change, first, factors, step, column
    ):
        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            def data(i: int) -> Any:
                return _data(context, builder, signature.args[i], args[i])

            p_a, p_to, p_old, p_at, p_b = (data(i) for i in (0, 1, 2, 3, 5))
            p_change, p_factors = data(7), data(10)
            places = [builder.add(args[12], _index(c * LANES)) for c in range(columns)]
            b_starts = _row_starts(builder, data(6), args[9], inputs)
            b_rows = [[_get(builder, p_b, builder.add(r, c)) for c in places] for r in b_starts]

            def body(k: Any, sums: list[Any]) -> list[Any]:
                start, end = (builder.load(builder.gep(p, [k])) for p in (p_at, p_to))
                rows = [_get(builder, p_old, builder.add(start, c)) for c in places]
                new = [_get(builder, p_a, builder.add(end, c)) for c in places]
                line = builder.add(args[9], builder.mul(k, args[11]))
                added: list[Any] = []
                for i in range(inputs):
                    place = builder.gep(p_factors, [builder.add(line, _index(i))])
                    factor = _spread(builder, builder.load(place))
                    for c in range(columns):
                        added.append(
                            _multiply_add(builder, factor, rows[c], sums[i * columns + c])
                        )
                        new[c] = _multiply_add(builder, factor, b_rows[i][c], new[c])
                for c in range(columns):
                    _put(builder, new[c], p_a, builder.add(end, places[c]))
                return added

            sums = _accumulate(builder, args[4], 1, inputs * columns, body)
            for i, row in enumerate(_row_starts(builder, data(8), args[9], inputs)):
                for c in range(columns):
                    place = builder.add(row, places[c])
                    old = _get(builder, p_change, place)
                    _put(builder, builder.fadd(old, sums[i * columns + c]), p_change, place)
            return context.get_dummy_value()

        taken = (a, to_a, old, old_at, _i8, b, b_at, change, to_change, _i8, factors, _i8, _i8)
        return types.void(*taken), codegen

    return exchange_tile


@intrinsic
def _transpose_block(typingctx, dst, dst_offset, dst_step, src, src_offset, src_step):  # type: ignore[no-untyped-def]
    """Write the LANES x LANES block of ``src`` at ``src_offset`` transposed to ``dst_offset``."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        p_dst = _data(context, builder, signature.args[0], args[0])
        p_src = _data(context, builder, signature.args[3], args[3])
        rows = [
            _get(builder, p_src, builder.add(args[4], builder.mul(args[5], _index(r))))
            for r in range(LANES)
        ]
        step = 1
        while step < LANES:  # exchange the off-diagonal step x step blocks of each pair of rows
            upper_lanes = [i if not i & step else LANES + i - step for i in range(LANES)]
            lower_lanes = [i + step if not i & step else LANES + i for i in range(LANES)]
            for r in range(LANES):
                if not r & step:
                    upper, lower = rows[r], rows[r + step]
                    rows[r] = _shuffle(builder, upper, lower, upper_lanes)
                    rows[r + step] = _shuffle(builder, upper, lower, lower_lanes)
            step *= 2
        for r in range(LANES):
            _put(builder, rows[r], p_dst, builder.add(args[1], builder.mul(args[2], _index(r))))
        return context.get_dummy_value()

    return types.void(dst, _i8, _i8, src, _i8, _i8), codegen


def _row_operation(sources: int, combine: Callable[..., Any]) -> Any:
    """Make ``f(dst, dst_offset, sources..., factor, width)``, an element-wise update of one row.

    ``sources`` is a tuple ``(a, a_offset, b, b_offset, ...)``; ``combine(builder, old, values,
    factor)`` emits the new value of a vector of ``dst`` from the old one and the sources'.
    """

    @intrinsic
    def operation(typingctx, dst, dst_offset, values, factor, width):  # type: ignore[no-untyped-def]
        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            p_dst = _data(context, builder, signature.args[0], args[0])
            kinds = signature.args[2].types
            parts = cgutils.unpack_tuple(builder, args[2], 2 * sources)
            places = [
                (_data(context, builder, kinds[2 * n], parts[2 * n]), parts[2 * n + 1])
                for n in range(sources)
            ]
            spread = _spread(builder, args[3])
            with cgutils.for_range_slice(builder, _index(0), args[4], _index(LANES), inc=True) as (
                k,
                _,
            ):
                place = builder.add(args[1], k)
                vectors = [_get(builder, data, builder.add(at, k)) for data, at in places]
                new = combine(builder, lambda: _get(builder, p_dst, place), vectors, spread)
                _put(builder, new, p_dst, place)
            return context.get_dummy_value()

        wide = types.Tuple([_i8 if n % 2 else values.types[n] for n in range(2 * sources)])
        return types.void(dst, _i8, wide, types.float32, _i8), codegen

    return operation


fill_row = _row_operation(0, lambda b, old, v, s: s)
"""dst = factor"""
copy_row = _row_operation(1, lambda b, old, v, s: b.fmul(v[0], s))
"""dst = a * factor"""
set_sum = _row_operation(2, lambda b, old, v, s: b.fadd(v[0], v[1]))
"""dst = a + b"""
set_between = _row_operation(
    4, lambda b, old, v, s: b.fmul(b.fsub(b.fsub(v[0], v[1]), b.fsub(v[2], v[3])), s)
)
"""dst = (a - b - (c - d)) * factor"""
add_scaled = _row_operation(1, lambda b, old, v, s: _multiply_add(b, v[0], s, old()))
"""dst += a * factor"""
add_difference = _row_operation(
    2, lambda b, old, v, s: b.fadd(old(), b.fsub(v[0], b.fmul(v[1], s)))
)
"""dst += a - b * factor"""


@intrinsic
def _prefetch_row(typingctx, array, offset, width):  # type: ignore[no-untyped-def]
    """Ask for the cache lines of ``width`` floats, a multiple of LANES; waits for nothing."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        data = _data(context, builder, signature.args[0], args[0])
        place = builder.bitcast(data, ir.PointerType(ir.IntType(8)))
        kind = ir.FunctionType(ir.VoidType(), [place.type, _INT32, _INT32, _INT32])
        fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        with cgutils.for_range_slice(builder, _index(0), args[2], _index(LANES), inc=True) as (
            k,
            _,
        ):
            line = builder.gep(data, [builder.add(args[1], k)])
            line = builder.bitcast(line, place.type)
            # to be read, into all cache levels but the first, data
            builder.call(fetch, [line, _INT32(0), _INT32(2), _INT32(1)])
        return context.get_dummy_value()

    return types.void(array, _i8, _i8), codegen


# A type checker sees intrinsics with the compiler's own first argument; kernels call them without.
transpose_block: Any = _transpose_block
prefetch_row: Any = _prefetch_row

add_1x1, add_1x2, add_1x3, add_1x4 = (_add_tile(1, c) for c in (1, 2, 3, 4))
add_1x5, add_1x6, add_1x7, add_1x8 = (_add_tile(1, c) for c in (5, 6, 7, 8))
add_3x1, add_3x2, add_3x3, add_3x4 = (_add_tile(3, c) for c in (1, 2, 3, 4))
add_4x1, add_4x2, add_4x3, add_4x4 = (_add_tile(4, c) for c in (1, 2, 3, 4))
set_8x1, set_1x1 = _set_tile(8, 1), _set_tile(1, 1)
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
