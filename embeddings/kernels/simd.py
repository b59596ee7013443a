"""Vectors of :data:`LANES` floats and how LLVM code for them is emitted, for tiles and rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import register_jitable
from numpy.typing import NDArray

LANES = 16
"""Floats in one vector; rows of all matrices are padded to a multiple of it."""

_FLOAT = ir.FloatType()
VECTOR = ir.VectorType(_FLOAT, LANES)
INT32 = ir.IntType(32)
INDEX = ir.IntType(64)
i8 = types.int64


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


def index(value: int) -> Any:
    """Return a constant offset."""
    return ir.Constant(INDEX, value)


def address(context: Any, builder: Any, array_type: Any, array: Any) -> Any:
    """Return where the floats of an array argument are."""
    return context.make_array(array_type)(context, builder, array).data


def vector_place(builder: Any, data: Any, offset: Any, kind: Any = VECTOR) -> Any:
    """Emit the address of the vector that starts ``offset`` floats behind ``data``."""
    return builder.bitcast(builder.gep(data, [offset]), ir.PointerType(kind))


def get(builder: Any, data: Any, offset: Any) -> Any:
    """Emit the load of a vector, wherever it starts."""
    return builder.load(vector_place(builder, data, offset), align=4)


def put(builder: Any, vector: Any, data: Any, offset: Any) -> None:
    """Emit the store of a vector, of whatever length."""
    builder.store(vector, vector_place(builder, data, offset, vector.type), align=4)


def shuffle(builder: Any, first: Any, second: Any, lanes: list[int]) -> Any:
    """Emit a vector of the given lanes of two, those of ``second`` counted on."""
    mask = ir.Constant(ir.VectorType(INT32, len(lanes)), lanes)
    return builder.shuffle_vector(first, second, mask)


def broadcast(builder: Any, scalar: Any) -> Any:
    """Emit a vector with ``scalar`` in every lane."""
    nothing = ir.Constant(VECTOR, ir.Undefined)
    one = builder.insert_element(nothing, scalar, ir.Constant(INT32, 0))
    return shuffle(builder, one, nothing, [0] * LANES)


def multiply_add(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """Emit ``a * b + c``, rounded once."""
    kind = ir.FunctionType(VECTOR, [VECTOR] * 3)
    fma = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{LANES}f32")
    return builder.call(fma, [a, b, c])
