"""Arrays with margins around them that nobody may write: bounds checks for code without any."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

_MARGIN = 512
"""Items on each side: more than the widest row of the tests."""

Arrays = TypeVar("Arrays", bound=tuple)


class Guard:
    """Copies arrays into memory with margins; all their bytes are 0xFF.

    That is NaN as a float, so that reading too far spoils results, and -1 as an id, whose row is in
    the margin of the rows.
    """

    def __init__(self) -> None:
        self._memories: list[np.ndarray] = []

    def array(self, array: np.ndarray) -> np.ndarray:
        """Return a writable copy of ``array`` between two margins."""
        memory = np.empty(array.size + 2 * _MARGIN, array.dtype)
        memory.view(np.uint8)[:] = 0xFF
        inside = memory[_MARGIN : _MARGIN + array.size]
        inside[:] = array.ravel()
        self._memories.append(memory)
        return inside.reshape(array.shape)

    def arrays(self, named: Arrays) -> Arrays:
        """Do it to every array of a named tuple."""
        return type(named)(*(self.array(a) for a in named))

    def broken(self) -> list[tuple[int, int]]:
        """Return which array, in the order made, was left by how many items."""
        found = []
        for number, memory in enumerate(self._memories):
            margins = np.concatenate([memory[:_MARGIN], memory[-_MARGIN:]])
            touched = margins.view(np.uint8).reshape(len(margins), -1) != 0xFF
            if touched.any():
                found.append((number, int(touched.any(axis=1).sum())))
        return found
