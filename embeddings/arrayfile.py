"""Named arrays in one safetensors file: written in a stream, opened by mapping.

The layout is that of the safetensors library (which can read these files): 8 bytes with the length
of the header, a JSON header, the bytes of the arrays one after the other. The library's own reader
copies each array, and its writer wants them all in memory; here opening costs milliseconds
whatever the size, and writing needs a block at a time. ``docs/native-format.md`` has the bytes.
"""

from __future__ import annotations

import json
import math
import os
import stat
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from .atomic import atomic_writer
from .errors import VectorFormatError

DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
_NAMES = {np.dtype(text): name for name, text in DTYPES.items()}
_ALIGN = 64
_MAX_HEADER = 100_000_000  # the safetensors library's own bound
_BLOCK_BYTES = 1 << 23
_DAMAGED = "The file is damaged, or its download or copy was cut"


@dataclass(frozen=True)
class ArrayFile:
    """What a file of arrays holds.

    Attributes:
        path: The file, absolute.
        arrays: Name to array: copy-on-write maps of the file (a write stays in this process), or
            arrays in memory.
        metadata: The strings that travel with them.
        signature: Size and time of the file when it was opened, to notice a replaced one.
    """

    path: Path
    arrays: dict[str, np.ndarray]
    metadata: dict[str, str]
    signature: tuple[int, int]


def write_arrays(
    path: str | os.PathLike[str],
    arrays: Mapping[str, np.ndarray],
    *,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write arrays to a safetensors file, atomically, a block of rows at a time.

    Arrays are written in the order given; a row-strided or read-only array is fine and no whole
    copy is made. The first one starts at a multiple of 64 bytes. ``metadata["crc32"]`` is added: a
    JSON object with the CRC-32 of every array's bytes, in hexadecimal.

    Args:
        path: The file to write; its folder must exist.
        arrays: Name to array, of a dtype in :data:`DTYPES`.
        metadata: Strings to store with them.

    Raises:
        OutputError: The file can't be written; nothing is left behind.
        ValueError: A dtype has no safetensors name, an array would start at an address its
            items can't have (put wider items first), or a float is NaN or infinite.
    """
    notes = {**(metadata or {}), "crc32": json.dumps(dict.fromkeys(arrays, "0" * 8))}
    header = _header(arrays, notes)
    sums: dict[str, str] = {}
    with atomic_writer(path) as file:
        file.write(header)
        for name, array in arrays.items():
            sums[name] = _write_array(file, name, array)
        file.seek(0)
        file.write(_header(arrays, {**notes, "crc32": json.dumps(sums)}))


def _header(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> bytes:
    entries: dict[str, Any] = {"__metadata__": dict(metadata)}
    position = 0
    for name, array in arrays.items():
        dtype = _NAMES.get(array.dtype.newbyteorder("<"))
        if dtype is None or name == "__metadata__":
            raise ValueError(f"array {name!r} of {array.dtype} can't be stored in safetensors")
        if position % array.dtype.itemsize:
            raise ValueError(
                f"array {name!r} of {array.dtype} would start at byte {position}, no multiple of "
                f"its {array.dtype.itemsize}-byte items. Write arrays with wider items first"
            )
        end = position + array.size * array.dtype.itemsize
        entries[name] = {"dtype": dtype, "shape": array.shape, "data_offsets": [position, end]}
        position = end
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % _ALIGN)
    return len(text).to_bytes(8, "little") + text


def _write_array(file: BinaryIO, name: str, array: np.ndarray) -> str:
    """Write one array row-blockwise; returns its CRC-32."""
    crc = 0
    rows = array.reshape(1) if array.ndim == 0 else array
    row_bytes = max(1, math.prod(rows.shape[1:]) * rows.dtype.itemsize)
    step = max(1, _BLOCK_BYTES // row_bytes)
    for start in range(0, len(rows), step):
        block = np.ascontiguousarray(rows[start : start + step], rows.dtype.newbyteorder("<"))
        if block.dtype.kind == "f" and not np.isfinite(block).all():
            bad = start + int(np.argwhere(~np.isfinite(block))[0][0])
            raise ValueError(f"array {name!r} has NaN or an infinite number in row {bad}")
        data = block.reshape(-1).view(np.uint8).data
        crc = zlib.crc32(data, crc)
        file.write(data)
    return f"{crc:08x}"


def open_arrays(path: str | os.PathLike[str], *, mmap: bool = True) -> ArrayFile:
    """Open the arrays of a safetensors file.

    Nothing is allocated or mapped before the header has been checked against the size of the file.

    Args:
        path: The file.
        mmap: Map the arrays (copy-on-write, milliseconds, contents not read or checked); otherwise
            read them all into memory and compare their checksums, where the file has them.

    Raises:
        VectorFormatError: The content breaks the format, with the reason.
        OSError: The file can't be opened, as Python says it.
    """
    place = Path(os.path.abspath(path))  # noqa: PTH100  Path.resolve would follow links
    with place.open("rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise VectorFormatError("expected a regular file, found a device or a pipe", path=place)
        start, entries, metadata = _read_header(file, status.st_size, place)
        # numpy's own map duplicates the handle, so it outlives this block.
        content = (
            np.memmap(file, np.uint8, "c")
            if mmap
            else np.fromfile(file, np.uint8, status.st_size - start)
        )
    base = start if mmap else 0
    if len(content) != status.st_size - start + base:
        raise VectorFormatError("the file was cut while being read", path=place)
    arrays = {
        name: content[base + a : base + b].view(dtype).reshape(shape)
        for name, (dtype, shape, a, b) in entries.items()
    }
    opened = ArrayFile(place, arrays, metadata, (status.st_size, status.st_mtime_ns))
    if not mmap:
        check_sums(opened)
    return opened


def check_sums(opened: ArrayFile, names: Iterable[str] | None = None) -> None:
    """Compare arrays with the checksums their file holds; files without any pass.

    Args:
        opened: The file.
        names: The arrays to read and compare; ``None`` for all of them.

    Raises:
        VectorFormatError: An array's bytes aren't those that were written.
    """
    sums = parse_json(opened.metadata.get("crc32", "{}"), opened.path, "the list of checksums")
    for name in opened.arrays if names is None else names:
        expected = sums.get(name)
        if expected is None:
            continue
        found = f"{zlib.crc32(opened.arrays[name].reshape(-1).view(np.uint8).data):08x}"
        if found != expected:
            raise VectorFormatError(
                f"array {name!r} has checksum {found}, expected {expected}",
                path=opened.path,
                hint=_DAMAGED,
            )


_Entry = tuple[str, list[int], int, int]


def _read_header(
    file: BinaryIO, size: int, path: Path
) -> tuple[int, dict[str, _Entry], dict[str, str]]:
    """Return where the data starts, name -> (dtype, shape, first byte, end), and the metadata."""
    if size < 8:
        raise VectorFormatError(
            f"expected 8 bytes with the length of a header, found {size}", path=path, hint=_DAMAGED
        )
    length = int.from_bytes(file.read(8), "little")
    if length > min(size - 8, _MAX_HEADER):
        raise VectorFormatError(
            f"a header of {length:,} bytes is announced, in a file of {size:,} bytes",
            path=path,
            hint=_DAMAGED,
        )
    try:
        text = file.read(length).decode("utf-8")
    except UnicodeDecodeError as error:
        raise VectorFormatError(
            f"the header isn't valid UTF-8 at byte {8 + error.start}", path=path, hint=_DAMAGED
        ) from error
    header = parse_json(text, path, "the header")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise VectorFormatError("__metadata__ of the header must map names to strings", path=path)
    entries = {name: _entry(name, value, path) for name, value in header.items()}
    position = 0
    for name, (_, _, first, end) in sorted(entries.items(), key=lambda item: item[1][2:]):
        if first != position:
            raise VectorFormatError(
                f"array {name!r} starts at byte {first} of the data, expected {position}", path=path
            )
        position = end
    if position != size - 8 - length:
        raise VectorFormatError(
            f"the header announces {position:,} bytes of data, found {size - 8 - length:,}",
            path=path,
            hint=_DAMAGED,
        )
    return 8 + length, entries, metadata


def _entry(name: str, value: Any, path: Path) -> _Entry:
    """Check one array's line of the header."""
    if not isinstance(value, dict) or set(value) != {"dtype", "shape", "data_offsets"}:
        raise VectorFormatError(
            f"array {name!r} must have exactly dtype, shape and data_offsets", path=path
        )
    dtype = DTYPES.get(value["dtype"]) if isinstance(value["dtype"], str) else None
    if dtype is None:
        known = ", ".join(DTYPES)
        raise VectorFormatError(
            f"array {name!r} has the unknown dtype {value['dtype']!r}",
            path=path,
            hint=f"Known are {known}",
        )
    shape, offsets = value["shape"], value["data_offsets"]
    if not _naturals(shape) or not _naturals(offsets) or len(offsets) != 2 or len(shape) > 8:
        raise VectorFormatError(
            f"array {name!r} has shape {shape!r} and data_offsets {offsets!r}: expected lists of "
            "whole numbers from 0, at most 8 and exactly 2 of them",
            path=path,
        )
    expected = math.prod(shape) * np.dtype(dtype).itemsize
    if offsets[1] - offsets[0] != expected:
        raise VectorFormatError(
            f"array {name!r} of shape {shape} and dtype {value['dtype']} takes {expected} bytes, "
            f"data_offsets give it {offsets[1] - offsets[0]}",
            path=path,
        )
    return dtype, shape, offsets[0], offsets[1]


def _naturals(value: Any) -> bool:
    return isinstance(value, list) and all(type(n) is int and n >= 0 for n in value)


def parse_json(text: str, path: Path, what: str) -> dict[str, Any]:
    """Read a JSON object from untrusted text: no repeated names, no NaN, no endless nesting.

    Raises:
        VectorFormatError: It isn't one; names ``what`` and the reason.
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refused)
    except RecursionError as error:
        raise VectorFormatError(f"{what} is nested too deeply", path=path) from error
    except ValueError as error:
        raise VectorFormatError(
            f"{what} isn't valid JSON: {error}", path=path, hint=_DAMAGED
        ) from error
    if not isinstance(value, dict):
        raise VectorFormatError(f"{what} must be a JSON object", path=path, hint=_DAMAGED)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return result


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} isn't JSON")
