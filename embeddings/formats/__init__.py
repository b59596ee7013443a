"""Files of word vectors: a table of formats, and the one function that opens any of them.

A format is a row of :data:`FORMATS`: how to recognise its first bytes, and how to read it. What
the content is decides, never the name of the file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import cast, get_args

from ..errors import ConfigurationError, UnknownFormatError
from ..packed_rows import STORAGE_TYPES, Rows, StorageType, pack
from ..vectors import WordVectors
from .download import fetch, is_url
from .fasttext_binary import read_fasttext, sniff_fasttext
from .floret import read_floret, sniff_floret
from .native import sniff_native
from .native_reading import read_native
from .packed import Opened, open_source
from .reader import BadBytes, Format, Loaded, LoadOptions
from .refusals import refuse_known
from .report import Findings, LoadReport
from .text import read_glove, read_word2vec_text, sniff_glove, sniff_word2vec_text
from .token_table import read_token_table, sniff_token_table, table_file
from .word2vec_binary import read_word2vec_binary, sniff_word2vec_binary

FORMATS: tuple[Format, ...] = (
    Format("safetensors", sniff_token_table, read_token_table),
    Format("native", sniff_native, read_native),
    Format("fasttext-binary", sniff_fasttext, read_fasttext),
    Format("floret", sniff_floret, read_floret),
    Format("word2vec", sniff_word2vec_text, read_word2vec_text),
    Format("word2vec-binary", sniff_word2vec_binary, read_word2vec_binary),
    Format("glove", sniff_glove, read_glove),
)


def load_vectors(
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    member: str | None = None,
    limit: int | None = None,
    vocabulary: Iterable[str] | None = None,
    dtype: StorageType | None = None,
    strict: bool = False,
    errors: BadBytes = "replace",
    mmap: bool = True,
) -> WordVectors:
    """Load word vectors from a file of any known format, packed or not.

    Rows keep the order of the file; files are sorted by frequency as a rule, so that ``limit``
    keeps the most frequent words. Of a word that stands twice the first row counts. What was left
    out or repaired is in ``WordVectors.report``.

    Args:
        path: The file; or its address on the web (``http`` or ``https``), from where it is
            downloaded once, and compared with the hash if the address ends in ``#sha256=...``; or
            the folder of a static embedding (sentence-transformers, model2vec). What is packed
            with gzip, Zstandard, bzip2, xz or zip is unpacked on the way.
        format: A name in :data:`FORMATS`; ``None`` decides from the first bytes, never from the
            name of the file.
        member: Which file of a zip archive that holds several.
        limit: Load at most so many rows, the first of those wanted. At least 1.
        vocabulary: Load only these words. Those that the file doesn't have are counted in the
            report.
        dtype: Keep the vectors as ``"float32"``, ``"float16"`` or ``"int8"``; ``None`` as the file
            has them (float32 where that is no storage type of ours).
        strict: Raise at the first thing wrong with the file, rather than report it.
        errors: What to do with bytes in words that are no UTF-8: ``"replace"`` them with U+FFFD,
            ``"ignore"`` them, or raise (``"strict"``).
        mmap: Map native files: opens in milliseconds, shared between processes. Otherwise read all
            of it now and compare its checksums.

    Returns:
        Vectors exactly as stored: not normalised.

    Raises:
        VectorFormatError: The content breaks the format, with the reason.
        UnknownFormatError: No known format fits the content; lists those tried.
        ConfigurationError: An argument is wrong.
        DownloadError: The file can't be had from the web.
        OSError: The file can't be opened, as Python says it.
    """
    began = time.perf_counter()
    rows = {row.name: row for row in FORMATS}
    options = replace(_checked(format, limit, vocabulary, dtype, errors), mmap=mmap)
    download = fetch(os.fspath(path)) if is_url(path) else None
    place = Path(path) if download is None else download.path
    with open_source(table_file(place) if place.is_dir() else place, member=member) as source:
        chosen = rows[format] if format is not None else _recognised(source)
        findings = Findings(source.path, strict=strict)
        loaded = chosen.read(source, options=options, findings=findings)
    if dtype is not None:
        packed = pack(cast("Rows", loaded.vectors), dtype)  # composed rows answer to all it asks
        # What differs from the file can't be had again by opening it in a worker process.
        origin = loaded.source if packed is loaded.vectors else None
        loaded = replace(loaded, vectors=packed, source=origin)
    _note_missing(options, loaded, findings)
    if download is not None:
        came = "downloaded" if download.fresh else "found in the cache, once downloaded"
        findings.note(f"{came} from {download.url}, sha256 {download.sha256}")
    report = LoadReport(
        format=chosen.name,
        path=source.path,
        compression=source.compression,
        rows=len(loaded.words),
        dimension=loaded.vectors.shape[1],
        rows_in_file=findings.rows_in_file,
        duplicates=findings.duplicates,
        skipped=tuple(findings.skipped),
        skipped_count=findings.skipped_count,
        repaired_words=findings.repaired_words,
        possibly_cut=findings.possibly_cut,
        seconds=time.perf_counter() - began,
        notes=tuple(findings.notes),
    )
    return WordVectors.from_loaded(loaded, report=report)


def _checked(
    format: str | None,
    limit: int | None,
    vocabulary: Iterable[str] | None,
    dtype: str | None,
    errors: BadBytes,
) -> LoadOptions:
    problems: list[str] = []
    names = [row.name for row in FORMATS]
    if format is not None and format not in names:
        problems.append(f"format must be one of {', '.join(names)}, found {format!r}")
    if limit is not None and limit < 1:
        problems.append(f"limit must be at least 1, found {limit}")
    if dtype is not None and dtype not in STORAGE_TYPES:
        problems.append(f"dtype must be one of {', '.join(STORAGE_TYPES)}, found {dtype!r}")
    if errors not in get_args(BadBytes):
        problems.append(f"errors must be one of {', '.join(get_args(BadBytes))}, found {errors!r}")
    wanted = None
    if isinstance(vocabulary, str):
        problems.append(f"vocabulary must be words, found the single str {vocabulary!r:.60}")
    elif vocabulary is not None:
        wanted = frozenset(vocabulary)
        strange = next((word for word in wanted if not isinstance(word, str)), None)
        if strange is not None or not wanted:
            problems.append(f"vocabulary must be words (str), found {strange!r:.60}")
    if problems:
        raise ConfigurationError(*problems)
    return LoadOptions(limit=limit, vocabulary=wanted, errors=errors)


def _note_missing(options: LoadOptions, loaded: Loaded, findings: Findings) -> None:
    if options.vocabulary is not None and options.limit is None:
        asked = len(options.vocabulary)
        findings.note(f"{len(loaded.words):,} of the {asked:,} words asked for have a row")


def _recognised(source: Opened) -> Format:
    refuse_known(source.head, source.path)
    for row in FORMATS:
        if row.sniff(source.head):
            return row
    raise UnknownFormatError(
        f"no known format fits: the content begins with {source.head[:16]!r}"
        if source.head
        else "the file is empty",
        path=source.path,
        hint=f"Tried {', '.join(row.name for row in FORMATS)}",
    )
