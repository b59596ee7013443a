"""Which rows of a tile hold a number that reaches their limit: a look at 24 vectors, as one."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from .simd import LANES

_VECTOR = ir.VectorType(ir.FloatType(), LANES)
_INDEX = ir.IntType(64)
_i8 = types.int64


def _reaching_rows(rows: int, columns: int) -> Any:
    """Make ``sum(2**r for r in range(rows) if any(tile[r] >= limits[first + r]))``.

    Row r of ``tile`` is ``columns`` vectors long and starts behind row r - 1. A plain loop over
    rows and columns takes a tenth of the time of the product itself; this a hundredth.
    """

    @intrinsic
    def reaching_rows(typingctx, tile, limits, first):  # type: ignore[no-untyped-def]
        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            def data(i: int) -> Any:
                return context.make_array(signature.args[i])(context, builder, args[i]).data

            p_tile, p_limits = data(0), data(1)
            found = ir.Constant(_INDEX, 0)
            for row in range(rows):
                place = builder.add(args[2], ir.Constant(_INDEX, row))
                nothing = ir.Constant(_VECTOR, ir.Undefined)
                limit = builder.load(builder.gep(p_limits, [place]))
                limit = builder.insert_element(nothing, limit, ir.Constant(ir.IntType(32), 0))
                lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
                limit = builder.shuffle_vector(limit, nothing, lanes)
                reached = None
                for column in range(columns):
                    start = ir.Constant(_INDEX, (row * columns + column) * LANES)
                    vector = builder.bitcast(builder.gep(p_tile, [start]), ir.PointerType(_VECTOR))
                    more = builder.fcmp_ordered(">=", builder.load(vector, align=4), limit)
                    reached = more if reached is None else builder.or_(reached, more)
                bits = builder.bitcast(reached, ir.IntType(LANES))
                some = builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(LANES), 0))
                bit = builder.shl(builder.zext(some, _INDEX), ir.Constant(_INDEX, row))
                found = builder.or_(found, bit)
            return found

        return types.int64(tile, limits, _i8), codegen

    return reaching_rows


reaching_8x1, reaching_8x3 = _reaching_rows(8, 1), _reaching_rows(8, 3)
