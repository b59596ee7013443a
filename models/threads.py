"""How many threads scikit-learn's compiled loops, and products of matrices, take."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

ALONE = 50_000_000
"""Products up to which one thread is as quick as several. Where others want the machine too, it is
much quicker: threads that are handed a millisecond of work mostly wait for each other."""


def threads_for(products: float) -> AbstractContextManager[Any]:
    """Return what leaves scikit-learn its threads within a block, or lets it have one.

    Args:
        products: That are computed between two times that threads wait for each other.
    """
    return _controller().limit(limits=1, user_api="openmp") if products < ALONE else nullcontext()


def blas_for(products: float) -> AbstractContextManager[Any]:
    """Return what leaves products of matrices their threads within a block, or lets them have one.

    Args:
        products: That are computed between two times that threads wait for each other.
    """
    return _controller().limit(limits=1, user_api="blas") if products < ALONE else nullcontext()


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
