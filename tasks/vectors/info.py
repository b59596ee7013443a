"""What a file of vectors holds, how it was made, and what loading it found."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...embeddings.formats import load_vectors
from ...embeddings.formats.report import LoadReport


@dataclass(frozen=True)
class VectorFileInfo:
    """What a file of vectors holds.

    Attributes:
        path: The file or folder.
        words: Number of words V.
        vector_size: Length of each vector D.
        dtype: What a number is stored as, once loaded.
        bytes: Size of the file, or of the folder's files; ``None`` for what isn't on this disk.
        tokens: Tokens of the corpus the words were counted in; ``None`` where not known.
        most_frequent: The first words of the file.
        ngrams: Shortest and longest n-grams and buckets, for vectors with subwords.
        tokenizer: How the text was tokenised; ``None`` where not known.
        metadata: All else that the file says about its making.
        report: What loading found.
    """

    path: str
    words: int
    vector_size: int
    dtype: str
    bytes: int | None
    tokens: int | None
    most_frequent: tuple[str, ...]
    ngrams: Mapping[str, int] | None
    tokenizer: Mapping[str, Any] | None
    metadata: Mapping[str, Any]
    report: LoadReport | None


def run(path: str | os.PathLike[str], *, strict: bool = False) -> VectorFileInfo:
    """Return what a file of vectors of any format holds and how it was made.

    Args:
        path: The file.
        strict: Raise at the first thing wrong with it.

    Raises:
        VectorFormatError: It can't be loaded, or isn't flawless and ``strict`` is set.
    """
    vectors = load_vectors(path, strict=strict)
    subwords = vectors.subwords
    return VectorFileInfo(
        path=os.fspath(path),
        words=len(vectors),
        vector_size=vectors.vector_size,
        dtype=str(vectors.storage.dtype),
        bytes=_size(Path(path)),
        tokens=None if vectors.counts is None else int(vectors.counts.sum()),
        most_frequent=tuple(vectors.index_to_key[:10]),
        ngrams=subwords
        and {"min_n": subwords.min_n, "max_n": subwords.max_n, "buckets": subwords.buckets},
        tokenizer=vectors.tokenizer,
        metadata=vectors.metadata,
        report=vectors.report,
    )


def text(found: VectorFileInfo) -> str:
    """Return what :func:`run` found, a line each."""
    size = "" if found.bytes is None else f" ({found.bytes / 1e6:,.1f} MB)"
    rows = {
        "file": f"{found.path}{size}",
        "format": "native" if found.report is None else _format(found.report),
        "words": f"{found.words:,}",
        "vector size": f"{found.vector_size} ({found.dtype})",
        "tokens": "unknown" if found.tokens is None else f"{found.tokens:,}",
        "most frequent": " ".join(found.most_frequent),
        "tokenizer": "unknown" if found.tokenizer is None else _flat(found.tokenizer),
    }
    if found.ngrams is not None:
        n = found.ngrams
        rows["n-grams"] = f"{n['min_n']} to {n['max_n']} characters, {n['buckets']:,} buckets"
    for name, value in found.metadata.items():
        if name == "history":
            rows["loss by epoch"] = " ".join(f"{epoch['loss']:.4f}" for epoch in value)
        elif name != "tokenizer":
            rows[name] = _flat(value) if isinstance(value, Mapping) else str(value)
    if found.report is not None:
        rows["report"] = str(found.report)
    return aligned(rows)


def aligned(rows: Mapping[str, str]) -> str:
    """Return names and values in two columns, a line each."""
    width = max(map(len, rows))
    return "\n".join(f"{name.ljust(width)}  {value}" for name, value in rows.items())


def folder_size(folder: Path) -> int:
    """Return the bytes of all files in a folder, and in those within."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _format(report: LoadReport) -> str:
    return f"{report.format}, {report.compression}" if report.compression else report.format


def _size(path: Path) -> int | None:
    if path.is_dir():
        return folder_size(path)
    return path.stat().st_size if path.exists() else None


def _flat(value: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={item}" for name, item in value.items())
