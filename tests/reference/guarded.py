"""Arrays with margins around them that nobody may write: bounds checks for code without any."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

_MARGIN = 512
"""Items on each side: more than the widest row of the tests."""

Arrays = TypeVar("Arrays", bound=tuple)


class Guard:
    """Copies arrays into memory with margins.

    Whole numbers there are all ones: as an id -1, whose row is in the margin of the rows. Floats
    are NaN and a small number in turn: reading too far spoils results, and adding too far shows,
    which on NaN it would not.
    """

    def __init__(self) -> None:
        self._memories: list[tuple[np.ndarray, np.ndarray]] = []

    def array(self, array: np.ndarray) -> np.ndarray:
        """Return a writable copy of ``array`` between two margins."""
        memory = np.empty(array.size + 2 * _MARGIN, array.dtype)
        memory.view(np.uint8)[:] = 0xFF
        if array.dtype.kind == "f":
            memory[1::2] = 1e-3
        before = _margins(memory)
        inside = memory[_MARGIN : _MARGIN + array.size]
        inside[:] = array.ravel()
        self._memories.append((memory, before))
        return inside.reshape(array.shape)

    def arrays(self, named: Arrays) -> Arrays:
        """Do it to every array of a named tuple."""
        return type(named)(*(self.array(a) for a in named))

    def broken(self) -> list[tuple[int, int]]:
        """Return which array, in the order made, was left by how many items."""
        found = []
        for number, (memory, before) in enumerate(self._memories):
            touched = (_margins(memory) != before).any(axis=1)
            if touched.any():
                found.append((number, int(touched.sum())))
        return found


def _margins(memory: np.ndarray) -> np.ndarray:
    """Return a copy of both margins as uint8[items, bytes of one]."""
    both = np.concatenate([memory[:_MARGIN], memory[-_MARGIN:]])
    return both.view(np.uint8).reshape(len(both), -1)
