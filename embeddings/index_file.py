"""The file of an index of neighbours: a graph, and which vectors it was built from.

A safetensors file with one array, ``graph``: the bytes that usearch would write to a file of its
own. ``docs/native-format.md`` has the metadata.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from .arrayfile import ArrayFile, check_sums, open_arrays, parse_json, write_arrays
from .errors import StaleIndexError, VectorFormatError
from .lookup import VectorTable
from .packed_rows import PackedRows

GRAPH_NOTES = "wordgraft_index"
"""Name of what an index file says of itself."""
_FORMAT_VERSION = 1
_BLOCK = 10_000  # rows whose bytes are summed at a time


@dataclass(frozen=True)
class GraphFile:
    """An opened index file.

    Attributes:
        path: The file, absolute.
        graph: uint8[B], mapped: what usearch wrote.
        usearch: Its version.
    """

    path: Path
    graph: np.ndarray
    usearch: str


def write_graph(
    path: str | os.PathLike[str],
    graph: np.ndarray,
    vectors: VectorTable,
    *,
    notes: Mapping[str, Any],
) -> None:
    """Write a graph and the checksums of its vectors, atomically.

    Args:
        path: The file to write; its folder must exist.
        graph: uint8[B].
        vectors: What it was built from.
        notes: JSON-able notes on how.

    Raises:
        OutputError: The file can't be written; nothing is left behind.
    """
    about = {
        "format_version": _FORMAT_VERSION,
        "written_by": _version("wordgraft"),
        "usearch": _version("usearch"),
        "vectors": table_sums(vectors),
        **notes,
    }
    write_arrays(path, {"graph": graph}, metadata={GRAPH_NOTES: json.dumps(about)})


def read_graph(path: str | os.PathLike[str], vectors: VectorTable) -> GraphFile:
    """Open an index file, and make sure that it is whole and was built from these vectors.

    Raises:
        StaleIndexError: It was built from others.
        VectorFormatError: The file is damaged, or no index.
        OSError: The file can't be opened, as Python says it.
    """
    opened = open_arrays(path)
    notes = graph_notes(opened)
    check_same(notes.get("vectors"), vectors, str(opened.path))
    check_sums(opened)
    return GraphFile(opened.path, opened.arrays["graph"], str(notes.get("usearch")))


def check_same(built_from: Any, vectors: VectorTable, name: str) -> None:
    """Make sure that an index belongs to vectors.

    Args:
        built_from: The vectors it was built from, or their sums as a file has them.
        vectors: Those that are asked.
        name: Of the index, for the message.

    Raises:
        StaleIndexError: They differ.
    """
    found = table_sums(built_from) if isinstance(built_from, VectorTable) else built_from
    expected = table_sums(vectors)
    if found != expected:
        raise StaleIndexError(
            f"{name}: the index was built from other vectors: expected {_shown(expected)}, found "
            f"{_shown(found)}. Build it again: vectors.build_index().save()"
        )


def table_sums(vectors: VectorTable) -> dict[str, Any]:
    """Return what tells a table of vectors from another: shape, type, and CRC-32 of its bytes.

    Mapped native files have the sums in their header; of others all is read.
    """
    storage = vectors.storage
    scale = storage.scale if isinstance(storage, PackedRows) else None
    sums = _file_sums(vectors)
    if sums is None:
        values = storage.values if isinstance(storage, PackedRows) else storage
        sums = {"vectors": _sum(values)} | ({} if scale is None else {"scale": _sum(scale)})
    return {"shape": list(storage.shape), "dtype": storage.dtype.name, "crc32": sums}


def _file_sums(vectors: VectorTable) -> dict[str, str] | None:
    """Return the sums that the file of the vectors has of all their rows, where it has them."""
    source = vectors.source
    if source is None or not source.is_unchanged():
        return None
    try:
        opened = open_arrays(source.path)
    except VectorFormatError:  # a mapped file of another format
        return None
    sums = _summed(opened)
    names = [name for name in ("vectors", "scale") if name in opened.arrays]
    table, storage = opened.arrays.get("vectors"), vectors.storage
    same = table is not None and (table.shape, table.dtype) == (storage.shape, storage.dtype)
    if not same or not all(isinstance(sums.get(name), str) for name in names):
        return None
    return {name: sums[name] for name in names}


def _sum(array: np.ndarray) -> str:
    crc = 0
    for start in range(0, len(array), _BLOCK):
        part = np.ascontiguousarray(array[start : start + _BLOCK])
        crc = zlib.crc32(part.reshape(-1).view(np.uint8).data, crc)
    return f"{crc:08x}"


def _summed(opened: ArrayFile) -> dict[str, Any]:
    return parse_json(opened.metadata.get("crc32", "{}"), opened.path, "the list of checksums")


def graph_notes(opened: ArrayFile) -> dict[str, Any]:
    """Return what the file says of itself, once it is sure to be an index of this version."""
    text = opened.metadata.get(GRAPH_NOTES)
    if text is None or "graph" not in opened.arrays or "graph" not in _summed(opened):
        raise VectorFormatError(
            "the file is no index of neighbours: expected an array 'graph' with its checksum and "
            "the metadata 'wordgraft_index'",
            path=opened.path,
        )
    notes = parse_json(text, opened.path, "the metadata of the index")
    if notes.get("format_version") != _FORMAT_VERSION:
        raise VectorFormatError(
            f"expected an index of format version {_FORMAT_VERSION}, found "
            f"{notes.get('format_version')!r}",
            path=opened.path,
            hint="Upgrade wordgraft, or build it again: vectors.build_index().save()",
        )
    return notes


def _shown(sums: Any) -> str:
    if not isinstance(sums, dict) or not isinstance(sums.get("shape"), list):
        return repr(sums)[:60]
    shape = " x ".join(str(n) for n in sums["shape"])
    return f"{shape} {sums.get('dtype')} with checksum {sums.get('crc32')}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # run from a folder on the path, without an install
        return "unknown"
