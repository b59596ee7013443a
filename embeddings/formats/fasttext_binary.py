"""fastText's ``.bin`` and ``.ftz`` files: dense, quantised, supervised, and the oldest layout."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..composed_rows import ComposedRows
from ..errors import VectorFormatError
from ..lookup import Source
from ..product_rows import ProductRows
from ..subwords import PackedWords, Subwords, pieces
from ..words import WordList, unpack_words
from .fasttext_layout import (
    LOSSES,
    MODELS,
    Cursor,
    Model,
    looks_like_magic,
    looks_like_old,
    read_flag,
    read_matrix,
    read_model,
)
from .packed import Opened, open_source
from .reader import BadBytes, Loaded, LoadOptions
from .report import Findings

NAME = "fasttext-binary"
_END = "</s>"
_NONE_ASKED = "none of the words asked for is in the file"


def sniff_fasttext(head: bytes) -> bool:
    """Tell whether the first bytes may be those of a fastText model."""
    return looks_like_magic(head) or looks_like_old(head)


def read_fasttext(source: Opened, *, options: LoadOptions, findings: Findings) -> Loaded:
    """Read a fastText model: its words' vectors as ``get_word_vector`` gives them, its n-grams.

    With ``mmap=True`` neither matrix is read before it is asked for; otherwise, and in strict mode,
    all vectors are composed now, and those that are no numbers left out.
    """
    content = source.map()
    if not options.mmap:
        content = np.array(content)
    cursor = Cursor(content, source.path)
    model = read_model(cursor)
    findings.rows_in_file = model.dictionary.words
    _read_rest(cursor, model, findings)
    known = _words(cursor, model, options.errors, findings)
    subwords = _subwords(model)
    if model.version == 0 and subwords is not None and isinstance(model.table, np.ndarray):
        _compose_end(known, model.table, subwords)
    words, rows = _chosen(known, options, findings)
    vectors = _rows(cursor, model, rows, subwords)
    if findings.strict or not options.mmap:
        good = _finite(vectors.all, rows, findings)
        words, rows = tuple(words[i] for i in good), rows[good]
        vectors = vectors.all if len(good) == len(vectors) else vectors.all[good]
    if not words and (subwords is None or options.vocabulary is not None):
        reason = "the file has no words" if options.vocabulary is None else _NONE_ASKED
        raise cursor.error(reason)
    mapped = options.mmap and source.compression is None
    return Loaded(
        WordList(lambda: words, size=len(words)),
        vectors,
        counts=_counts(cursor, model, rows),
        metadata={"fasttext": _notes(model)},
        subwords=subwords,
        source=_source(source.path, options) if mapped else None,
    )


def open_loaded(path: str | os.PathLike[str], *, limit: int | None = None) -> Loaded:
    """Open a mapped model again, in another process."""
    with open_source(path) as source:
        return read_fasttext(
            source, options=LoadOptions(limit=limit), findings=Findings(source.path)
        )


def _source(path: Path, options: LoadOptions) -> Source | None:
    if options.vocabulary is not None or options.errors != "replace":
        return None
    status = path.stat()
    return Source(path, options.limit, (status.st_size, status.st_mtime_ns), NAME)


def _read_rest(cursor: Cursor, model: Model, findings: Findings) -> None:
    """Look at what vectors don't need, for signs that the file was cut."""
    if model.dictionary.labels:
        findings.note(
            f"a supervised model: its classifier and its {model.dictionary.labels:,} labels are "
            "not loaded"
        )
    quantised = isinstance(model.table, ProductRows)
    try:
        packed = model.version > 0 and read_flag(cursor, "the mark of a quantised output")
        read_matrix(cursor, "the output matrix", quantised=packed and quantised)
    except VectorFormatError:
        findings.cut("the output matrix, which vectors don't need, isn't whole")
        return
    if cursor.left:
        findings.note(f"{cursor.left:,} bytes behind the end of the model were not read")


def _words(cursor: Cursor, model: Model, errors: BadBytes, findings: Findings) -> Sequence[str]:
    """Return all words as text; those that are no UTF-8 by the policy."""
    entries, n = model.dictionary, model.dictionary.words
    packed = PackedWords.gathered(cursor.content, entries.starts[:n], entries.lengths[:n])
    try:
        return unpack_words(packed.data, packed.offsets)
    except ValueError:
        borders: list[int] = packed.offsets.tolist()
        data = packed.data.tobytes()
        pieces = (data[a:b] for a, b in zip(borders[:-1], borders[1:], strict=True))
        return [_text(piece, row, errors, findings) for row, piece in enumerate(pieces, start=1)]


def _text(piece: bytes, row: int, errors: BadBytes, findings: Findings) -> str:
    try:
        return piece.decode()
    except UnicodeDecodeError as error:
        if errors == "strict":
            raise VectorFormatError(
                f"the word {piece!r:.60} is no UTF-8",
                path=findings.path,
                line=row,
                hint='Pass errors="replace" to read on',
            ) from error
        word = piece.decode(errors=errors)
        findings.repaired(row, word)
        return word


def _chosen(
    words: Sequence[str], options: LoadOptions, findings: Findings
) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the words to load and int64[V], their rows."""
    wanted, limit = options.vocabulary, options.limit
    found: dict[str, int] = {}
    for row, word in enumerate(words):
        if limit is not None and len(found) == limit:
            break
        if wanted is not None and word not in wanted:
            continue
        if not word:
            findings.skip(row + 1, "the word is empty")
        elif word in found:
            findings.duplicate(row + 1, word)
        else:
            found[word] = row
    return tuple(found), np.fromiter(found.values(), np.int64, len(found))


def _subwords(model: Model) -> Subwords | None:
    if not model.ngrams:
        return None
    given, first, table = model.arguments, model.dictionary.words, model.table
    last = first + given.bucket if model.pruned is None else len(table)
    rows = table[first:last] if isinstance(table, np.ndarray) else table.part(first, last)
    return Subwords(given.minn, given.maxn, given.bucket, rows, model.pruned)


def _compose_end(words: Sequence[str], table: np.ndarray, subwords: Subwords) -> None:
    """Give ``</s>`` its vector where its n-grams still counted: before there was a magic number.

    Its row is changed in memory: the map is copy-on-write.
    """
    for row in [row for row, word in enumerate(words) if word == _END]:
        ngrams = pieces(_END, subwords.min_n, subwords.max_n)
        parts = [table[row], *(subwords.ngram_vector(ngram) for ngram in ngrams)]
        with np.errstate(over="ignore", invalid="ignore"):  # what is no number shows later
            table[row] = np.mean(parts, axis=0)


def _rows(
    cursor: Cursor, model: Model, rows: np.ndarray, subwords: Subwords | None
) -> ComposedRows:
    entries = model.dictionary
    words = PackedWords.gathered(cursor.content, entries.starts[rows], entries.lengths[rows])
    return ComposedRows(words, model.table, rows, subwords)


def _counts(cursor: Cursor, model: Model, rows: np.ndarray) -> np.ndarray:
    counts = model.dictionary.counts[rows]
    if len(counts) and counts.min() < 0:
        raise cursor.error(f"a word can't have stood {counts.min()} times in a corpus")
    return counts


def _notes(model: Model) -> dict[str, Any]:
    given = vars(model.arguments)
    names = {
        key: names[given[key]]
        for key, names in (("loss", LOSSES), ("model", MODELS))
        if 0 < given[key] < len(names)
    }
    return {"version": model.version, **given, **names}


def _finite(vectors: np.ndarray, rows: np.ndarray, findings: Findings) -> np.ndarray:
    """Return int64[kept], which of the vectors are numbers."""
    good = np.isfinite(vectors).all(axis=1)
    for row in rows[~good].tolist():
        findings.skip(row + 1, "its vector has NaN or an infinite number")
    return np.flatnonzero(good)
