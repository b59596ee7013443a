"""Vectors that take two bytes or one for a number, unpacked only where they are read.

A table of vectors is either float32[V, D] or :class:`PackedRows`; both answer to ``len``,
``shape`` and to being indexed by rows, and what comes out is float32. Whatever walks over a whole
table takes it in :func:`row_blocks`, so that memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from .errors import ConfigurationError
from .kernels.unpack import unpack_bytes, unpack_halves

StorageType = Literal["float32", "float16", "int8"]
STORAGE_TYPES: tuple[StorageType, ...] = get_args(StorageType)
_BLOCK_BYTES = 1 << 20  # unpacked: stays in the cache until it has been used
_STEPS = 127  # int8 from -127 to 127; -128 isn't used
_HALF_MOST = float(np.finfo(np.float16).max)
# Below float16's normal numbers steps are absolute: a row whose largest number is here keeps 99 %.
_HALF_LEAST = float(np.finfo(np.float16).smallest_normal)


@dataclass(frozen=True)
class PackedRows:
    """Vectors as a file stores them: row ``i`` is ``values[i]``, times ``scale[i]`` if it is int8.

    Attributes:
        values: float16[V, D] or int8[V, D], C-contiguous.
        scale: float32[V], finite and at least 0, for int8; ``None`` for float16.
    """

    values: np.ndarray
    scale: np.ndarray | None = None

    def __post_init__(self) -> None:
        expected = (np.float16, False) if self.scale is None else (np.int8, True)
        if (self.values.dtype, self.scale is not None) != expected or self.values.ndim != 2:
            scale = "no scale" if self.scale is None else "a scale"
            raise ValueError(
                "expected float16[V, D] without a scale or int8[V, D] with one, "
                f"found {self.values.dtype}{list(self.values.shape)} with {scale}"
            )
        if self.scale is not None and (
            self.scale.shape != (len(self.values),) or self.scale.dtype != np.float32
        ):
            raise ValueError(
                f"expected a scale float32[{len(self.values)}], "
                f"found {self.scale.dtype}{list(self.scale.shape)}"
            )
        for name, array in (("values", self.values), ("scale", self.scale)):
            if array is not None:
                object.__setattr__(self, name, _read_only(array))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def shape(self) -> tuple[int, int]:
        """V and D."""
        return self.values.shape[0], self.values.shape[1]

    @property
    def dtype(self) -> np.dtype:
        """What a number is stored as: float16 or int8."""
        return self.values.dtype

    @property
    def nbytes(self) -> int:
        """Bytes that the table takes."""
        return self.values.nbytes + (0 if self.scale is None else self.scale.nbytes)

    def __getitem__(self, rows: int | np.integer | slice | np.ndarray) -> np.ndarray:
        """Return float32[D] for one row, float32[n, D] for a slice or int[n]; new arrays."""
        if isinstance(rows, int | np.integer):
            return self[np.array([rows])][0]
        values = np.ascontiguousarray(self.values[rows])
        out = np.empty(values.shape, np.float32)
        if self.scale is None:
            bits = _read_only(values.reshape(-1).view(np.uint16))
            unpack_halves(bits, out.reshape(-1))
        else:
            scale = np.ascontiguousarray(self.scale[rows])
            unpack_bytes(_read_only(values), _read_only(scale), out)
        return out

    def head(self, rows: int) -> PackedRows:
        """Return the first so many rows, still packed."""
        scale = None if self.scale is None else self.scale[:rows]
        return PackedRows(self.values[:rows], scale)

    def take(self, rows: np.ndarray) -> PackedRows:
        """Return chosen rows, still packed; int[n] or bool[V]."""
        scale = None if self.scale is None else self.scale[rows]
        return PackedRows(self.values[rows], scale)


Rows = np.ndarray | PackedRows
"""A table of vectors: float32[V, D], or packed."""


def head(table: Rows, rows: int) -> Rows:
    """Return the first so many rows of a table, as they are stored."""
    return table[:rows] if isinstance(table, np.ndarray) else table.head(rows)


def row_blocks(table: Rows, step: int | None = None) -> Iterator[tuple[slice, np.ndarray]]:
    """Walk over a table in pieces that are float32.

    Args:
        table: The table.
        step: Rows to a piece; ``None`` for a megabyte where rows are unpacked, and all at once
            where they needn't be.

    Yields:
        Where the piece is, and float32[n, D]; views of an array, new arrays of packed rows.
    """
    rows, size = table.shape
    whole = step is None and isinstance(table, np.ndarray)
    height = max(1, rows) if whole else step or max(1, _BLOCK_BYTES // (4 * size))
    for start in range(0, rows, height):
        part = slice(start, min(start + height, rows))
        yield part, table[part]


def unpacked(table: Rows) -> np.ndarray:
    """Return float32[V, D], the whole table: itself, or a new array."""
    return table if isinstance(table, np.ndarray) else table[:]


def pack(table: Rows, dtype: StorageType) -> Rows:
    """Return a table in another storage type; itself if it has that one.

    Args:
        table: float32[V, D], finite, or packed rows.
        dtype: ``"float16"`` keeps eleven bits of every number. ``"int8"`` keeps 127 steps to each
            side of zero, and how long a step is for each row: its largest number / 127.
            ``"float32"`` unpacks.

    Raises:
        ConfigurationError: ``dtype`` is none of these.
        ValueError: float16 can't hold a row, because its largest number is beyond 65,504 or below
            6e-5; names the row.
    """
    if dtype not in STORAGE_TYPES:
        raise ConfigurationError(
            f"dtype must be one of {', '.join(STORAGE_TYPES)}, found {dtype!r}"
        )
    if table.dtype == np.dtype(dtype):
        return table
    if dtype == "float32":
        return unpacked(table)
    values = np.empty(table.shape, dtype)
    if dtype == "float16":
        for part, rows in row_blocks(table, _pack_step(table)):
            values[part] = _halves(rows, part.start)
        return PackedRows(values)
    scale = np.empty(len(table), np.float32)
    for part, rows in row_blocks(table, _pack_step(table)):
        values[part], scale[part] = _bytes(rows)
    return PackedRows(values, scale)


def _pack_step(table: Rows) -> int:
    return max(1, _BLOCK_BYTES // (4 * table.shape[1]))


def _halves(rows: np.ndarray, start: int) -> np.ndarray:
    """Return float16[n, D]; ``start`` is the number of the first row, for messages."""
    peak = np.abs(rows).max(axis=1)
    bad = np.flatnonzero((peak > _HALF_MOST) | ((peak < _HALF_LEAST) & (peak > 0.0)))
    if len(bad):
        row = int(bad[0])
        raise ValueError(
            f"float16 can't hold row {start + row}: expected its largest number to be within "
            f"{_HALF_LEAST:.3g} and {_HALF_MOST:.0f}, found {peak[row]:.3g}. Use int8, which has a "
            "scale for each row, or scale the vectors first (transform.unit)"
        )
    with np.errstate(under="ignore"):
        return rows.astype(np.float16)


def _bytes(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return int8[n, D] and float32[n], the length of a step."""
    scale = (np.abs(rows).max(axis=1) / np.float32(_STEPS)).astype(np.float32)
    steps = np.where(scale > 0.0, scale, np.float32(1.0))[:, None]
    with np.errstate(under="ignore"):
        values = np.clip(np.rint(rows / steps), -_STEPS, _STEPS)
    return values.astype(np.int8), scale


def _read_only(array: np.ndarray) -> np.ndarray:
    # Kernels are compiled for read-only arrays, as maps are here: one signature for all.
    view = array.view(np.ndarray)
    view.setflags(write=False)
    return view
