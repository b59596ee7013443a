"""The native file as a row of the table of formats."""

from __future__ import annotations

import os

import numpy as np

from ..errors import VectorFormatError
from ..lookup import Source
from ..packed_rows import head
from ..words import WordList
from .native import open_native
from .native_subwords import subwords_of
from .packed import Opened
from .reader import Loaded, LoadOptions
from .report import Findings


def open_loaded(
    path: str | os.PathLike[str], *, limit: int | None = None, mmap: bool = True
) -> Loaded:
    """Open a native file, mapped or in memory; see :func:`.native.open_native`."""
    file = open_native(path, mmap=mmap)
    words = file.words
    if limit is not None and limit < len(words):
        words = WordList(lambda: file.words.words[:limit], size=limit)
    counts = file.arrays.get("counts")
    metadata = {name: note for name, note in file.metadata.items() if name != "subwords"}
    return Loaded(
        words,
        file.table if limit is None else head(file.table, limit),
        counts=None if counts is None else counts[:limit],
        tokenizer=file.tokenizer,
        metadata=metadata,
        subwords=subwords_of(file.arrays, file.metadata, path=file.path),
        source=Source(file.path, limit, file.signature) if mmap else None,
    )


def read_native(source: Opened, *, options: LoadOptions, findings: Findings) -> Loaded:
    """Read a native file: mapped where it is neither packed nor chosen from."""
    if options.vocabulary is None:
        mmap = options.mmap and source.compression is None
        loaded = open_loaded(source.file(), limit=options.limit, mmap=mmap)
        findings.rows_in_file = None if options.limit else len(loaded.words)
        return loaded
    loaded = open_loaded(source.file(), mmap=options.mmap)
    findings.rows_in_file = len(loaded.words)
    wanted = options.vocabulary
    rows = [row for row, word in enumerate(loaded.words.words) if word in wanted][: options.limit]
    if not rows:
        raise VectorFormatError("none of the words asked for is in the file", path=source.path)
    words = loaded.words.words
    return Loaded(
        WordList.of(words[row] for row in rows),
        loaded.vectors[np.array(rows)],
        counts=None if loaded.counts is None else loaded.counts[rows],
        tokenizer=loaded.tokenizer,
        metadata=loaded.metadata,
        subwords=loaded.subwords,
    )
