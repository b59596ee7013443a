"""Arrays in, arrays out: the compiled ground of the house.

Kernels trust their callers (checks live above), hold no policy, allocate nothing, and release the
GIL. Each has a slow NumPy twin in ``tests/reference/``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

_OPTIONS: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    # Without numba's runtime nobody counts the users of an array. Counting is an atomic addition
    # wherever an array gets a name, and threads that count the same array wait for each other.
    "_nrt": False,
}


def kernel(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Compile a function with the project's options; the one place where they are chosen.

    Args:
        function: The function, when used as a plain ``@kernel``.
        **options: Extra numba options, ``@kernel(fastmath=True)``; the kernel says why. One that
            must allocate says ``_nrt=True``.
    """
    if function is None:
        return lambda f: kernel(f, **options)
    return numba.njit(**{**_OPTIONS, **options})(function)
