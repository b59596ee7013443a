"""Word vectors to files: a table of formats, and the one function that writes any of them.

A format is a row of :data:`WRITERS`: what writes it, whether it is a folder, which words it can't
hold, and what of the vectors it has a place for. No word is lost unless the caller chose so, and
the report says which.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from ..atomic import ensure_folder_writable, ensure_writable
from ..errors import ConfigurationError
from .fasttext_writing import NUL, write_fasttext_binary
from .outgoing import SPACES, Fit, Outgoing, Unfit, fitted
from .parquet import write_parquet
from .projector import REFUSED, write_projector
from .spacy_export import write_spacy
from .static_embedding import write_model2vec, write_sentence_transformers
from .text_writing import write_glove, write_word2vec
from .word2vec_binary_writing import write_word2vec_binary

if TYPE_CHECKING:
    from ..vectors import WordVectors

Write = Callable[[Outgoing, Path], tuple[str, ...]]
"""Writes a file or folder, whole or not at all; returns what else is worth knowing."""


def _write_native(outgoing: Outgoing, path: Path) -> tuple[str, ...]:
    outgoing.source.save(path)
    return ()


@dataclass(frozen=True)
class Writer:
    """One format that vectors can leave in.

    Attributes:
        name: What ``format=`` and ``--to`` call it.
        write: Writes it.
        suffixes: Of its files, where they tell the format; a file so named is written in it.
        folder: It is a folder.
        refused: What its words can't hold; ``None`` where any word is fine.
        keeps: What it holds besides words and rows.
    """

    name: str
    write: Write
    suffixes: tuple[str, ...] = ()
    folder: bool = False
    refused: re.Pattern[str] | None = None
    keeps: frozenset[str] = frozenset()


WRITERS: tuple[Writer, ...] = (
    Writer(
        "native",
        _write_native,
        suffixes=(".safetensors",),
        keeps=frozenset({"counts", "tokenizer", "subwords"}),
    ),
    Writer("word2vec", write_word2vec, refused=SPACES),
    Writer("word2vec-binary", write_word2vec_binary, refused=SPACES),
    Writer("glove", write_glove, refused=SPACES),
    Writer("fasttext", write_word2vec, suffixes=(".vec",), refused=SPACES),
    Writer(
        "fasttext-binary",
        write_fasttext_binary,
        refused=NUL,
        keeps=frozenset({"counts", "subwords"}),
    ),
    Writer("spacy", write_spacy, folder=True),
    Writer(
        "sentence-transformers",
        write_sentence_transformers,
        folder=True,
        keeps=frozenset({"tokenizer"}),
    ),
    Writer("model2vec", write_model2vec, folder=True, keeps=frozenset({"tokenizer"})),
    Writer(
        "tensorboard", write_projector, folder=True, refused=REFUSED, keeps=frozenset({"counts"})
    ),
    Writer(
        "parquet",
        write_parquet,
        suffixes=(".parquet",),
        keeps=frozenset({"counts", "tokenizer"}),
    ),
)
_SHOWN = 5  # words that a report names; all are counted


@dataclass(frozen=True)
class WriteReport:
    """What was written; ``str(report)`` is a paragraph to read.

    Attributes:
        path: The file or folder.
        format: Name of the format, a row of :data:`WRITERS`.
        words: Rows written.
        dimension: Numbers in a row.
        bytes: Size of the file, or of the folder's files.
        replaced: Words that had to be changed, and what is written for each.
        skipped: Words that were left out.
        notes: What the format has no place for, and what else is worth knowing.
        seconds: Time it took.
    """

    path: Path
    format: str
    words: int
    dimension: int
    bytes: int
    replaced: tuple[tuple[str, str], ...]
    skipped: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: float

    def __str__(self) -> str:
        sentences = [
            f"{self.path} ({self.format}): {self.words:,} words, {self.dimension} numbers each, "
            f"{self.bytes / 1e6:,.1f} MB in {self.seconds:.1f} s"
        ]
        if self.replaced:
            pairs = [f"{word!r} as {written!r}" for word, written in self.replaced]
            sentences.append(f"{_counted(len(pairs))} changed: {_some(pairs)}")
        if self.skipped:
            sentences.append(
                f"{_counted(len(self.skipped))} left out: {_some([repr(w) for w in self.skipped])}"
            )
        notes = [note[:1].upper() + note[1:] for note in self.notes]
        return ". ".join([*sentences, *notes]) + "."


def write_vectors(
    vectors: WordVectors,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    unfit: Unfit = "error",
    language: str = "en",
    progress: Callable[[int, int], None] | None = None,
) -> WriteReport:
    """Write vectors in any format of :data:`WRITERS`, whole or not at all.

    Numbers are kept bit for bit in every format. ``docs/formats.md`` tells what each one holds.

    Args:
        vectors: What to write.
        path: The file or folder. An existing file is replaced; an existing folder must be empty.
        format: A name in :data:`WRITERS`; ``None`` goes by the suffix: ``.safetensors`` native,
            ``.vec`` fasttext, ``.parquet`` parquet.
        unfit: Words that the format can't hold (white space in word2vec text): raise, write ``_``
            for what it can't hold, or leave them out. The report names them.
        language: For spaCy: its code of the language, ``xx`` for many.
        progress: Called now and then with rows written and rows in all.

    Raises:
        UnwritableWordError: The format can't hold some words and ``unfit="error"``.
        OutputError: The file or folder can't be written; nothing is left behind.
        ConfigurationError: ``format`` or ``unfit`` is unknown, or the suffix tells no format.
    """
    start, place = time.perf_counter(), Path(path)
    writer = writer_for(place, format)
    if unfit not in get_args(Unfit):
        raise ConfigurationError(
            f"unfit must be one of {_listed(get_args(Unfit))}, found {unfit!r}"
        )
    (ensure_folder_writable if writer.folder else ensure_writable)(place)
    whole = outgoing(vectors, language=language, progress=progress)
    fit = fitted(whole, format=writer.name, refused=writer.refused, unfit=unfit)
    notes = writer.write(fit.outgoing, place)
    return _report(writer, place, fit, (*_losses(writer, vectors), *notes), start)


def writer_for(path: Path, format: str | None) -> Writer:
    """Return the format of that name, or the one that the suffix of ``path`` tells.

    Raises:
        ConfigurationError: There is none; lists them.
    """
    for writer in WRITERS:
        if writer.name == format or (format is None and path.suffix.lower() in writer.suffixes):
            return writer
    known = _listed([writer.name for writer in WRITERS])
    if format is None:
        raise ConfigurationError(
            f"{path}: its suffix {path.suffix!r} doesn't tell the format. Name one of {known}"
        )
    raise ConfigurationError(f"format must be one of {known}, found {format!r}")


def outgoing(
    vectors: WordVectors,
    *,
    language: str = "en",
    progress: Callable[[int, int], None] | None = None,
) -> Outgoing:
    """Return all words and rows of ``vectors``."""
    words, rows = vectors.index_to_key, vectors.storage
    return Outgoing(words, rows, vectors.counts, vectors, language, progress)


def _losses(writer: Writer, vectors: WordVectors) -> list[str]:
    """Return a sentence for what the vectors have and the format has no place for."""
    if vectors.subwords is None or "subwords" in writer.keeps:
        return []
    return ["Character n-grams stay behind: there, unknown words have no vectors"]


def _report(
    writer: Writer, path: Path, fit: Fit, notes: tuple[str, ...], start: float
) -> WriteReport:
    files = [p for p in path.rglob("*") if p.is_file()] if writer.folder else [path]
    return WriteReport(
        path=path,
        format=writer.name,
        words=len(fit.outgoing.words),
        dimension=fit.outgoing.dimension,
        bytes=sum(file.stat().st_size for file in files),
        replaced=fit.replaced,
        skipped=fit.skipped,
        notes=notes,
        seconds=time.perf_counter() - start,
    )


def _counted(words: int) -> str:
    return "1 word" if words == 1 else f"{words:,} words"


def _some(items: list[str]) -> str:
    more = f" and {len(items) - _SHOWN:,} more" if len(items) > _SHOWN else ""
    return ", ".join(items[:_SHOWN]) + more


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names)
