"""A barrier for threads inside kernels, where Python's would cost more than the work between."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from . import kernel

_SPINS = 4_000
"""Looks at the counter, some microseconds, before the core is offered to another thread."""

_sched_yield = types.ExternalFunction("sched_yield", types.int32())


def _counter(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return context.make_array(signature.args[0])(context, builder, args[0]).data


@intrinsic
def _emit_increment(typingctx, counter):  # type: ignore[no-untyped-def]
    """Add 1 to ``counter[0]`` atomically; returns what it was."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        place = _counter(context, builder, signature, args)
        return builder.atomic_rmw("add", place, ir.Constant(ir.IntType(64), 1), "seq_cst")

    return types.int64(counter), codegen


@intrinsic
def _emit_current(typingctx, counter):  # type: ignore[no-untyped-def]
    """Read ``counter[0]`` atomically."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        place = _counter(context, builder, signature, args)
        return builder.load_atomic(place, "seq_cst", 8)

    return types.int64(counter), codegen


# A type checker sees intrinsics with the compiler's own first argument; kernels call them without.
_increment: Any = _emit_increment
_current: Any = _emit_current


@kernel
def wait_for_all(counter, parts):
    """Return when all ``parts`` threads have called this equally often.

    Args:
        counter: int64[1], shared, zero at first; counts all arrivals.
        parts: Number of threads.
    """
    arrived = _increment(counter)
    goal = (arrived // parts + 1) * parts
    spins = 0
    while _current(counter) < goal:
        spins += 1
        if spins > _SPINS:
            _sched_yield()
