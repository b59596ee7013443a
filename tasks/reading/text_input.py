"""Texts to predict: a line each, or a column of a table; as many answers as lines, in order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, cast

from ...embeddings.errors import LabelledDataError
from ...embeddings.reading import STDIN, Tally, raw_blocks
from .label_sources import read_table
from .label_tables import SUFFIXES, Reading, last_suffix
from .labelled import Text, text_column

BATCH = 2000
"""Texts predicted together."""


def text_batches(
    source: Any, *, text: str | Sequence[str] | None, split: str | None, how: Reading
) -> Iterator[list[Text]]:
    """Yield the texts of a source, :data:`BATCH` at a time.

    Lines are read as they come, so that a stream of any length is answered; an empty line is an
    empty text, for answers must stand beside their lines.

    Args:
        source: A text file of one text a line, plain or compressed, or ``"-"`` for standard input;
            JSON lines there are told by the first line. Or whatever :func:`.read_table` takes.
        text: Column of the text in a table or record.
        split: Which part of a folder or data set.
        how: How a table is read.

    Raises:
        CorpusNotFoundError: A path doesn't exist.
        LabelledDataError: A line isn't UTF-8, or a record has no text; says which.
    """
    if source == STDIN or (Path(source).is_file() and last_suffix(Path(source)) not in SUFFIXES):
        yield from _in_batches(_lines(source, text))
        return
    yield from _in_batches(iter(text_column(read_table(source, split=split, how=how), text)))


def _in_batches(texts: Iterator[Text]) -> Iterator[list[Text]]:
    batch: list[Text] = []
    for one in texts:
        batch.append(one)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _lines(source: str | Path, text: str | Sequence[str] | None) -> Iterator[Text]:
    where = "standard input" if source == STDIN else str(source)
    numbered = enumerate(_split(raw_blocks(source, Tally())), 1)
    first = next(numbered, None)
    if first is None:
        return
    is_json = first[1].lstrip(b"\xef\xbb\xbf \t").startswith(b"{")
    columns = ("text",) if text is None else (text,) if isinstance(text, str) else tuple(text)
    for number, line in chain([first], numbered):
        try:
            plain = line.decode("utf-8-sig" if number == 1 else "utf-8").removesuffix("\r")
        except UnicodeDecodeError as error:
            raise LabelledDataError(
                f"{where}: line {number:,}: expected UTF-8, found byte 0x{line[error.start]:02x}"
            ) from None
        yield _of_record(plain, columns, f"{where}: line {number:,}") if is_json else plain


def _of_record(line: str, columns: Sequence[str], where: str) -> Text:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise LabelledDataError(
            f"{where}: expected a JSON object as in the first line, found {line[:40]!r} ({error})"
        ) from None
    parts = [cast("dict[str, Any]", record).get(c) for c in columns] if _is_object(record) else []
    if not parts or not all(isinstance(part, str) for part in parts):
        raise LabelledDataError(
            f"{where}: expected an object with a text in {', '.join(map(repr, columns))}, found "
            f"{line[:60]!r}. Name the field with text="
        )
    return "\n".join(cast("list[str]", parts))


def _is_object(record: object) -> bool:
    return isinstance(record, dict)


def _split(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield lines, which end at line feeds and nowhere else."""
    pending = b""
    for block in blocks:
        *lines, pending = (pending + block).split(b"\n")
        yield from lines
    if pending:
        yield pending
