"""A file of vectors from one format into another."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ...embeddings.atomic import ensure_folder_writable, ensure_writable
from ...embeddings.errors import ConfigurationError
from ...embeddings.formats import load_vectors
from ...embeddings.formats.outgoing import Unfit
from ...embeddings.formats.reader import BadBytes
from ...embeddings.formats.report import LoadReport
from ...embeddings.formats.writing import WriteReport, write_vectors, writer_for
from ...embeddings.packed_rows import StorageType

STANDARD = "-"
"""In the place of a file: standard input, or standard output."""


@dataclass(frozen=True)
class Conversion:
    """What was read and what was written.

    Attributes:
        read: What loading found.
        written: What the new format took.
    """

    read: LoadReport | None
    written: WriteReport


def run(
    source: str,
    target: str,
    *,
    to: str | None = None,
    format: str | None = None,
    member: str | None = None,
    limit: int | None = None,
    vocabulary: str | os.PathLike[str] | None = None,
    dtype: StorageType | None = None,
    unfit: Unfit = "error",
    language: str = "en",
    strict: bool = False,
    errors: BadBytes = "replace",
    progress: Callable[[int, int], None] | None = None,
) -> Conversion:
    """Load vectors and write them in another format.

    Args:
        source: A file of any format that :func:`.load_vectors` opens; "-" is standard
            input.
        target: The file or folder to write; "-" is standard output, for formats of one file.
        to: A name in :data:`~.formats.writing.WRITERS`; ``None`` goes by the suffix of ``target``.
        format: That of the source; ``None`` decides from its content.
        member: Which file of a zip archive that holds several.
        limit: Only so many rows, the first.
        vocabulary: A file with a word a line: only these.
        dtype: Storage of numbers in a native file: "float32", "float16" or "int8".
        unfit: Words that the new format can't hold: raise, write ``_``, or leave them out.
        language: For spaCy: its code of the language.
        strict: Raise at the first thing wrong with the source.
        errors: Bytes in words that are no UTF-8: "replace", "ignore" or "strict".
        progress: Called now and then with rows written and rows in all.

    Raises:
        ConfigurationError: Names or options don't fit together.
        OutputError: The target can't be written; known before the source is read.
        VectorFormatError: The source can't be loaded.
        UnwritableWordError: The format can't hold some words and ``unfit="error"``.
    """
    writer = writer_for(Path(target), to)
    if dtype is not None and writer.name != "native":
        raise ConfigurationError(
            f"dtype is a matter of native files: {writer.name} holds float32 numbers"
        )
    if target == STANDARD and writer.folder:
        raise ConfigurationError(f"{writer.name} is a folder: standard output can't hold one")
    if target != STANDARD:
        (ensure_folder_writable if writer.folder else ensure_writable)(target)
    wanted = None if vocabulary is None else _words(vocabulary)
    with ExitStack() as stack:
        vectors = load_vectors(
            _spooled(stack) if source == STANDARD else source,
            format=format,
            member=member,
            limit=limit,
            vocabulary=wanted,
            dtype=dtype,
            strict=strict,
            errors=errors,
        )
        place = _folder(stack) / "vectors" if target == STANDARD else Path(target)
        written = write_vectors(
            vectors, place, format=writer.name, unfit=unfit, language=language, progress=progress
        )
        if target == STANDARD:
            with place.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.flush()
    return Conversion(vectors.report, written)


def _spooled(stack: ExitStack) -> Path:
    """Copy standard input to a file that lasts as long as the stack: readers go to and fro."""
    place = _folder(stack) / "stdin"
    with place.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    return place


def _folder(stack: ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wordgraft-")))


def _words(path: str | os.PathLike[str]) -> list[str]:
    """Read words, one a line; empty lines don't count.

    Raises:
        ConfigurationError: There is no word, or bytes that are no UTF-8.
    """
    try:
        words = Path(path).read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: byte {error.start} is no UTF-8") from error
    found = [word for word in words if word]
    if not found:
        raise ConfigurationError(f"{path}: expected a word a line, found none")
    return found
