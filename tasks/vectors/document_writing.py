"""Vectors of documents, written as they come: Parquet with their ids, or a bare ``.npy``."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ...embeddings.atomic import atomic_writer
from ...embeddings.errors import ConfigurationError

SUFFIXES = (".parquet", ".npy")
_HEADER = 128  # bytes of the head of an .npy file, whatever number of rows it tells


class Writer(Protocol):
    """Takes vectors block by block."""

    def write(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Append n documents: their names, and float32[n, W]."""
        ...


def check_suffix(path: str | os.PathLike[str]) -> str:
    """Return the suffix of an output, which tells the format.

    Raises:
        ConfigurationError: It is none of those that can be written.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigurationError(
            f"output: expected a file ending in {' or '.join(SUFFIXES)}, found {os.fspath(path)!r}"
        )
    return suffix


@contextmanager
def vector_writer(
    path: str | os.PathLike[str], *, width: int, notes: Mapping[str, Any]
) -> Generator[Writer]:
    """Open a file of vectors that takes its place only when the block ends well.

    ``.parquet`` has the columns ``id`` and ``vector`` (float32, a list of fixed size), and
    ``notes`` in its schema's metadata under ``wordgraft``; ``.npy`` has float32[N, W] alone.

    Args:
        path: Its suffix tells the format.
        width: W.
        notes: JSON-able.

    Raises:
        ConfigurationError: The suffix is none that can be written.
        OutputError: The file can't be written; nothing is left behind.
    """
    suffix = check_suffix(path)
    with atomic_writer(path) as file:
        if suffix == ".npy":
            plain = _Npy(file, width)
            yield plain
            plain.end()
            return
        from pyarrow import parquet

        schema = _schema(width, notes)
        # Numbers of vectors hardly repeat: a dictionary or statistics of them only cost time.
        options: dict[str, Any] = {"use_dictionary": False, "write_statistics": ["id"]}
        with parquet.ParquetWriter(file, schema, compression="zstd", **options) as writer:
            yield _Parquet(writer, schema)


class _Npy:
    """Rows behind a head whose number of rows is known at the end alone."""

    def __init__(self, file: BinaryIO, width: int) -> None:
        self._file, self._width, self._rows = file, width, 0
        file.write(b"\0" * _HEADER)

    def write(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        self._file.write(np.ascontiguousarray(vectors, "<f4").data)
        self._rows += len(vectors)

    def end(self) -> None:
        shape = (self._rows, self._width)
        head = repr({"descr": "<f4", "fortran_order": False, "shape": shape})
        magic = npy.magic(1, 0)
        size = _HEADER - len(magic) - 2
        self._file.seek(0)
        self._file.write(magic + size.to_bytes(2, "little"))
        self._file.write(head.ljust(size - 1).encode("latin-1") + b"\n")


class _Parquet:
    def __init__(self, writer: Any, schema: Any) -> None:
        self._writer, self._schema = writer, schema

    def write(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        import pyarrow as pa

        numbers = pa.array(np.ascontiguousarray(vectors).reshape(-1))
        rows = pa.FixedSizeListArray.from_arrays(numbers, vectors.shape[1])
        columns: list[Any] = [pa.array(list(ids), pa.string()), rows]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))


def _schema(width: int, notes: Mapping[str, Any]) -> Any:
    import pyarrow as pa

    fields = [
        pa.field("id", pa.string(), nullable=False),
        pa.field("vector", pa.list_(pa.float32(), width), nullable=False),
    ]
    return pa.schema(fields, metadata={"wordgraft": json.dumps(notes, ensure_ascii=False)})
