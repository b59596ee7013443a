"""Operations on single rows, for use inside kernels: scaled sums, prefetching, transposing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .simd import INT32, LANES, address, broadcast, get, i8, index, multiply_add, put, shuffle


@intrinsic
def _transpose_block(typingctx, dst, dst_offset, dst_step, src, src_offset, src_step):  # type: ignore[no-untyped-def]
    """Write the LANES x LANES block of ``src`` at ``src_offset`` transposed to ``dst_offset``."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        p_dst = address(context, builder, signature.args[0], args[0])
        p_src = address(context, builder, signature.args[3], args[3])
        rows = [
            get(builder, p_src, builder.add(args[4], builder.mul(args[5], index(r))))
            for r in range(LANES)
        ]
        step = 1
        while step < LANES:  # exchange the off-diagonal step x step blocks of each pair of rows
            upper_lanes = [i if not i & step else LANES + i - step for i in range(LANES)]
            lower_lanes = [i + step if not i & step else LANES + i for i in range(LANES)]
            for r in range(LANES):
                if not r & step:
                    upper, lower = rows[r], rows[r + step]
                    rows[r] = shuffle(builder, upper, lower, upper_lanes)
                    rows[r + step] = shuffle(builder, upper, lower, lower_lanes)
            step *= 2
        for r in range(LANES):
            put(builder, rows[r], p_dst, builder.add(args[1], builder.mul(args[2], index(r))))
        return context.get_dummy_value()

    return types.void(dst, i8, i8, src, i8, i8), codegen


def _row_operation(sources: int, combine: Callable[..., Any]) -> Any:
    """Make ``f(dst, dst_offset, sources..., factor, width)``, an element-wise update of one row.

    ``sources`` is a tuple ``(a, a_offset, b, b_offset, ...)``; ``combine(builder, old, values,
    factor)`` emits the new value of a vector of ``dst`` from the old one and the sources'.
    """

    @intrinsic
    def operation(typingctx, dst, dst_offset, values, factor, width):  # type: ignore[no-untyped-def]
        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            p_dst = address(context, builder, signature.args[0], args[0])
            kinds = signature.args[2].types
            parts = cgutils.unpack_tuple(builder, args[2], 2 * sources)
            places = [
                (address(context, builder, kinds[2 * n], parts[2 * n]), parts[2 * n + 1])
                for n in range(sources)
            ]
            spread = broadcast(builder, args[3])
            with cgutils.for_range_slice(builder, index(0), args[4], index(LANES), inc=True) as (
                k,
                _,
            ):
                place = builder.add(args[1], k)
                vectors = [get(builder, data, builder.add(at, k)) for data, at in places]
                new = combine(builder, lambda: get(builder, p_dst, place), vectors, spread)
                put(builder, new, p_dst, place)
            return context.get_dummy_value()

        wide = types.Tuple([i8 if n % 2 else values.types[n] for n in range(2 * sources)])
        return types.void(dst, i8, wide, types.float32, i8), codegen

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
add_scaled = _row_operation(1, lambda b, old, v, s: multiply_add(b, v[0], s, old()))
"""dst += a * factor"""
add_difference = _row_operation(
    2, lambda b, old, v, s: b.fadd(old(), b.fsub(v[0], b.fmul(v[1], s)))
)
"""dst += a - b * factor"""
multiply_row = _row_operation(1, lambda b, old, v, s: b.fmul(old(), v[0]))
"""dst *= a"""


def _kept(builder: Any, old: Any, new: Any, sign: str) -> Any:
    """Emit the greater or lesser of two vectors; what is no number stays so."""
    taken = builder.or_(
        builder.fcmp_ordered(sign, new, old), builder.fcmp_unordered("uno", new, new)
    )
    return builder.select(taken, new, old)


keep_greater = _row_operation(1, lambda b, old, v, s: _kept(b, old(), v[0], ">"))
"""dst = max(dst, a)"""
keep_less = _row_operation(1, lambda b, old, v, s: _kept(b, old(), v[0], "<"))
"""dst = min(dst, a)"""


def _prefetch(*, to_write: bool) -> Any:
    """Make ``f(array, offset, width)``: ask for a row's cache lines; waits for nothing."""

    @intrinsic
    def prefetch(typingctx, array, offset, width):  # type: ignore[no-untyped-def]
        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            data = address(context, builder, signature.args[0], args[0])
            place = builder.bitcast(data, ir.PointerType(ir.IntType(8)))
            kind = ir.FunctionType(ir.VoidType(), [place.type, INT32, INT32, INT32])
            fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            with cgutils.for_range_slice(builder, index(0), args[2], index(LANES), inc=True) as (
                k,
                _,
            ):
                line = builder.gep(data, [builder.add(args[1], k)])
                line = builder.bitcast(line, place.type)
                # into all cache levels but the first, data
                builder.call(fetch, [line, INT32(int(to_write)), INT32(2), INT32(1)])
            return context.get_dummy_value()

        return types.void(array, i8, i8), codegen

    return prefetch


# A type checker sees intrinsics with the compiler's own first argument; kernels call them without.
transpose_block: Any = _transpose_block
prefetch_row = _prefetch(to_write=False)
prefetch_row_to_write = _prefetch(to_write=True)
