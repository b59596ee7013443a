"""N-grams in the native file: the array ``ngrams`` and its note ``subwords``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ConfigurationError, VectorFormatError
from ..subwords import Pruned, Subwords

_NOTES = ("min_n", "max_n", "bucket", "hash")


@dataclass(frozen=True)
class SubwordParts:
    """What a native file holds of subwords.

    Attributes:
        arrays: ``ngrams`` float32[R, D]; ``ngram_buckets`` int32[R], rising, of a pruned table.
        notes: For the file's metadata: ``{"subwords": {...}}``, or nothing.
    """

    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)


def subword_parts(subwords: Subwords | None) -> SubwordParts:
    """Return what to write of subwords; quantised tables are unpacked, and pruned ones sorted."""
    if subwords is None:
        return SubwordParts()
    table, pruned = subwords.table, subwords.pruned
    arrays: dict[str, np.ndarray] = {}
    if pruned is not None:
        arrays["ngram_buckets"] = pruned.buckets
    rows = slice(None) if pruned is None else pruned.rows
    arrays["ngrams"] = table if pruned is None and isinstance(table, np.ndarray) else table[rows]
    values = (subwords.min_n, subwords.max_n, subwords.buckets, subwords.hashing)
    return SubwordParts(arrays, {"subwords": dict(zip(_NOTES, values, strict=True))})


def subwords_of(
    arrays: Mapping[str, np.ndarray], notes: Mapping[str, Any], *, path: Path
) -> Subwords | None:
    """Return the subwords of an opened native file, ``None`` where it has none.

    Args:
        arrays: The file's arrays, ``vectors`` among them.
        notes: The file's metadata.
        path: The file, for messages.

    Raises:
        VectorFormatError: They are damaged: shapes, dtypes or numbers don't fit together.
    """
    table, said = arrays.get("ngrams"), notes.get("subwords")
    if table is None and said is None:
        return None
    kept = arrays.get("ngram_buckets")
    problems: list[str] = []
    if table is None or table.dtype != np.float32 or table.ndim != 2:
        problems.append("an array ngrams of float32[R, D]")
    elif table.shape[1] != arrays["vectors"].shape[1]:
        problems.append(f"n-grams of {arrays['vectors'].shape[1]} numbers, as words have")
    if not isinstance(said, dict) or not all(_is_number(said.get(name)) for name in _NOTES[:3]):
        problems.append("whole numbers min_n, max_n and bucket in the note subwords")
    if kept is not None and (kept.dtype != np.int32 or kept.ndim != 1):
        problems.append("an array ngram_buckets of int32[R]")
    if problems or table is None or not isinstance(said, dict):
        raise VectorFormatError(
            f"the n-grams are damaged: expected {' and '.join(problems)}", path=path
        )
    hashing: Any = said.get("hash")
    pruned = None if kept is None else Pruned(kept, np.arange(len(kept), dtype=np.int32))
    try:
        return Subwords(
            *(said[name] for name in _NOTES[:3]), table=table, pruned=pruned, hashing=hashing
        )
    except ConfigurationError as error:
        raise VectorFormatError(f"the n-grams are damaged: {error}", path=path) from error


def _is_number(value: object) -> bool:
    return type(value) is int
