"""Means of table rows: how a word's vector is composed of the vectors of its parts."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from . import kernel

_INT32, _INDEX = ir.IntType(32), ir.IntType(64)
_FLOAT = ir.PointerType(ir.FloatType())


@intrinsic
def _float_at(typing_context: Any, data: Any, place: Any) -> Any:
    """Emit the float32 whose four bytes begin at byte ``place``, whatever its alignment."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        address = builder.gep(array.data, [arguments[1]])
        return builder.load(builder.bitcast(address, _FLOAT), align=1)

    return types.float32(data, types.int64), emit


@intrinsic
def _prefetch_bytes(typing_context: Any, data: Any, first: Any, length: Any) -> Any:
    """Emit requests for the cache lines of ``length`` bytes; waits for nothing."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        kind = ir.FunctionType(ir.VoidType(), [array.data.type, _INT32, _INT32, _INT32])
        fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        step = (ir.Constant(_INDEX, 0), arguments[2], ir.Constant(_INDEX, 64))
        with cgutils.for_range_slice(builder, *step, inc=True) as (k, _):
            line = builder.gep(array.data, [builder.add(arguments[1], k)])
            # to be read, into all cache levels but the first, data
            builder.call(fetch, [line, _INT32(0), _INT32(2), _INT32(1)])
        return context.get_dummy_value()

    return types.void(data, types.int64, types.int64), emit


# A type checker sees intrinsics with the compiler's own first argument; kernels call them without.
float_at: Any = _float_at
prefetch_bytes: Any = _prefetch_bytes


@kernel
def mean_rows(table, starts, rows, own, out):
    """Turn each row of ``out`` into the mean of itself and of rows of a table.

    Sums are in float32 and in order, as fastText's are, so that means equal its own.

    Args:
        table: uint8[R * 4 * D], read-only: the bytes of float32[R, D]. Bytes, because a mapped
            matrix may begin anywhere in its file.
        starts: int64[n + 1], borders in ``rows``.
        rows: int32[P], rows of the table to add to each row of ``out``.
        own: 1 if the rows of ``out`` hold a first part, 0 if they hold zeros that don't count.
        out: float32[n, D], updated in place; stays as it is where there are no parts.
    """
    size = out.shape[1]
    for i in range(len(out)):
        line = out[i]
        for p in range(starts[i], starts[i + 1]):
            if p + 2 < len(rows):
                prefetch_bytes(table, rows[p + 2] * 4 * size, 4 * size)
            first = rows[p] * 4 * size
            for k in range(size):
                line[k] += float_at(table, first + 4 * k)
        parts = starts[i + 1] - starts[i] + own
        if parts > 1:
            share = np.float32(1.0 / parts)
            for k in range(size):
                line[k] *= share
