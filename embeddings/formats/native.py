"""The native vector file: what its arrays mean, and what must hold between them.

One safetensors file (see ``docs/native-format.md``): ``offsets`` and ``words`` give the words,
``vectors`` their rows, ``counts`` their frequencies, ``context`` what training needs to go on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from ..arrayfile import check_sums, open_arrays, parse_json, write_arrays
from ..errors import VectorFormatError
from ..packed_rows import STORAGE_TYPES, PackedRows, Rows
from ..words import WordList, checked_words, pack_words, unpack_words

FORMAT_VERSION = 1
_OWN = ("vectors", "scale", "words", "offsets", "counts", "context")
_RESERVED = ("format_version", "written_by", "tokenizer")
_ALIGN = 64


@dataclass(frozen=True)
class NativeFile:
    """An opened native file.

    Attributes:
        path: The file, absolute.
        words: The V words; decoded (and their checksum compared) at the first look-up.
        table: The V vectors: float32[V, D] or packed, as the file has them.
        arrays: ``vectors`` and, where the file has them, ``scale``, ``counts`` int64[V],
            ``context`` float32[N, D] and others; as :class:`~..arrayfile.ArrayFile` has them.
        tokenizer: Spec of the tokeniser, ``None`` where unknown.
        metadata: How the vectors were made.
        written_by: Version of wordgraft that wrote the file.
        signature: Size and time of the file when it was opened.
    """

    path: Path
    words: WordList
    table: Rows
    arrays: dict[str, np.ndarray]
    tokenizer: dict[str, Any] | None
    metadata: dict[str, Any]
    written_by: str
    signature: tuple[int, int]


def write_native(
    path: str | os.PathLike[str],
    *,
    words: Sequence[str],
    vectors: Rows,
    counts: np.ndarray | None = None,
    context: np.ndarray | None = None,
    extra: Mapping[str, np.ndarray] | None = None,
    tokenizer: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Write vectors to a native file, atomically and without a copy of the matrices.

    Args:
        path: The file to write; its folder must exist. A suffix ``.safetensors`` is usual.
        words: V distinct words, most frequent first.
        vectors: float32[V, D]; rows may be strided (a padded matrix cut to D columns). Packed rows
            are written as they are.
        counts: int64[V].
        context: float32[N, D], output vectors or tree nodes.
        extra: More arrays by name, of a dtype that safetensors knows.
        tokenizer: JSON-able spec of the tokeniser.
        metadata: JSON-able notes: ``training``, ``corpus``, ``license``.

    Raises:
        OutputError: The file can't be written; nothing is left behind.
        ValueError: The arrays don't fit together, or hold NaN or infinite numbers.
    """
    listed = checked_words(words)
    _check_shapes(listed, vectors, counts, context)
    data, offsets = pack_words(listed)
    values = vectors if isinstance(vectors, np.ndarray) else vectors.values
    scale = None if isinstance(vectors, np.ndarray) else vectors.scale
    arrays = {"offsets": offsets, "vectors": values}
    own = (("scale", scale), ("counts", counts), ("context", context))
    for name, array in (*own, *(extra or {}).items()):
        if array is None:
            continue
        if name in arrays or name == "words" or (name in _OWN and extra and name in extra):
            raise ValueError(f"extra array {name!r} has the name of an array of the format")
        arrays[name] = array
    order = sorted(arrays, key=lambda name: -arrays[name].dtype.itemsize)
    wide = {name: arrays[name] for name in order if arrays[name].dtype.itemsize >= 8}
    narrow = {name: arrays[name] for name in order if name not in wide}
    # The words are padded with zero bytes, so that the matrix after them starts at a cache line.
    used = sum(array.nbytes for array in wide.values()) + len(data)
    words_array = np.concatenate([data, np.zeros(-used % _ALIGN, np.uint8)])
    notes = {"format_version": FORMAT_VERSION, "written_by": _package_version()}
    write_arrays(
        path,
        {**wide, "words": words_array, **narrow},
        metadata={"wordgraft": _notes(notes, tokenizer, metadata)},
    )


def open_native(path: str | os.PathLike[str], *, mmap: bool = True) -> NativeFile:
    """Open a native file in milliseconds, whatever its size.

    The header, the shapes and the borders of the words are checked. With ``mmap=True`` the rest is
    read when it is used: the words' bytes and checksum at the first look-up, the matrix's numbers
    when :attr:`WordVectors.norms` is first computed (finite or not; its checksum isn't compared).

    Args:
        path: The file.
        mmap: Map it copy-on-write; otherwise read it all into memory and compare all checksums.

    Raises:
        VectorFormatError: The file is damaged, cut, of another format or a newer version.
        OSError: The file can't be opened, as Python says it.
    """
    opened = open_arrays(path, mmap=mmap)
    where, arrays = opened.path, dict(opened.arrays)
    notes = parse_json(opened.metadata.get("wordgraft", "{}"), where, "the metadata of wordgraft")
    found = notes.pop("format_version", None)
    if found != FORMAT_VERSION:
        raise VectorFormatError(
            f"expected a native file of format version {FORMAT_VERSION}, found "
            + ("a safetensors file without one" if found is None else f"version {found!r}"),
            path=where,
            hint=f"It holds the arrays {', '.join(sorted(arrays)) or '(none)'}"
            if found is None
            else "Upgrade wordgraft to read files of a newer version",
        )
    tokenizer, written_by = notes.pop("tokenizer", None), notes.pop("written_by", "unknown")
    if not isinstance(tokenizer, dict | None):
        raise VectorFormatError("the tokeniser's spec must be a JSON object", path=where)
    _check_arrays(arrays, where)
    data, offsets = arrays.pop("words"), arrays.pop("offsets")

    def fetch() -> tuple[str, ...]:
        check_sums(opened, ["words", "offsets"])
        try:
            return checked_words(unpack_words(data[: offsets[-1]], offsets))
        except ValueError as error:
            raise VectorFormatError(f"the words are damaged: {error}", path=where) from error

    words = WordList(fetch, size=len(offsets) - 1)
    values = arrays["vectors"]
    table = values if values.dtype == np.float32 else PackedRows(values, arrays.get("scale"))
    return NativeFile(
        where, words, table, arrays, tokenizer, notes, str(written_by), opened.signature
    )


def sniff_native(head: bytes) -> bool:
    """Tell whether the first bytes of a file may be those of a safetensors file."""
    return len(head) >= 9 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 1 << 32


def _check_shapes(
    words: Sequence[str],
    vectors: Rows,
    counts: np.ndarray | None,
    context: np.ndarray | None,
) -> None:
    problems: list[str] = []
    plain = isinstance(vectors, PackedRows) or vectors.dtype == np.float32
    if len(vectors.shape) != 2 or not plain or vectors.shape[1] < 1:
        problems.append(f"vectors must be float32[V, D], found {_shown(vectors)}")
    elif len(vectors) != len(words):
        problems.append(f"{len(words)} words, but {len(vectors)} vectors")
    if counts is not None and (counts.shape != (len(words),) or counts.dtype != np.int64):
        problems.append(f"counts must be int64[{len(words)}], found {_shown(counts)}")
    if context is not None and (context.ndim != 2 or context.dtype != np.float32):
        problems.append(f"context must be float32[N, D], found {_shown(context)}")
    if problems:
        raise ValueError("; ".join(problems))


def _check_arrays(arrays: dict[str, np.ndarray], path: Path) -> None:
    """Check what must hold between the arrays of an untrusted file."""
    expected = {"vectors": (STORAGE_TYPES, 2), "words": (("uint8",), 1), "offsets": (("int64",), 1)}
    optional = {"counts": (("int64",), 1), "context": (("float32",), 2), "scale": (("float32",), 1)}
    for name, (dtypes, axes) in (expected | optional).items():
        array = arrays.get(name)
        if array is None and name in optional:
            continue
        if array is None or array.dtype.name not in dtypes or array.ndim != axes:
            found = "none" if array is None else _shown(array)
            raise VectorFormatError(
                f"array {name!r} must be {' or '.join(dtypes)} with {axes} axes, found {found}",
                path=path,
            )
    rows, size = arrays["vectors"].shape
    offsets = np.asarray(arrays["offsets"])
    if rows < 1 or size < 1 or len(offsets) != rows + 1:
        raise VectorFormatError(
            f"vectors of shape [{rows}, {size}] don't go with {len(offsets)} borders of words: "
            "expected at least one row and one column, and a border more than rows",
            path=path,
        )
    if offsets[0] != 0 or offsets[-1] > len(arrays["words"]) or not (np.diff(offsets) > 0).all():
        raise VectorFormatError(
            f"the borders of the words must rise from 0 to at most {len(arrays['words'])}",
            path=path,
        )
    if "counts" in arrays and (arrays["counts"].shape != (rows,) or arrays["counts"].min() < 0):
        raise VectorFormatError(f"counts must be {rows} numbers from 0", path=path)
    _check_scale(arrays["vectors"], arrays.get("scale"), path)


def _check_scale(vectors: np.ndarray, scale: np.ndarray | None, path: Path) -> None:
    """Check that vectors of int8 have a scale that can be one, and others have none."""
    if (vectors.dtype == np.int8) != (scale is not None):
        raise VectorFormatError(
            f"vectors of {vectors.dtype} {'without' if scale is None else 'with'} the array "
            "'scale': vectors of int8 need one, others have none",
            path=path,
        )
    if scale is None:
        return
    if scale.shape != (len(vectors),) or not (np.isfinite(scale) & (scale >= 0)).all():
        raise VectorFormatError(
            f"scale must be {len(vectors)} finite numbers from 0, one for each row", path=path
        )


def _notes(
    own: dict[str, Any], tokenizer: Mapping[str, Any] | None, metadata: Mapping[str, Any] | None
) -> str:
    given = dict(metadata or {})
    taken = [name for name in _RESERVED if name in given]
    if taken:
        raise ValueError(f"metadata can't have the names {', '.join(taken)}: the format has them")
    notes = own | ({} if tokenizer is None else {"tokenizer": dict(tokenizer)}) | given
    try:
        return json.dumps(notes, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"tokenizer and metadata must be what JSON can hold: {error}") from error


def _shown(array: Rows) -> str:
    return f"{array.dtype}{list(array.shape)}"


def _package_version() -> str:
    try:
        return version("wordgraft")
    except PackageNotFoundError:  # run from a folder on the path, without an install
        return "unknown"
