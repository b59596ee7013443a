"""Files of documents as streams of rows, whatever their size: lines, JSON lines, CSV, Parquet.

``labelled.py`` reads tables whole, as fitting a classifier needs them; here nothing is held but the
row at hand.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal, cast

from ...embeddings.errors import CorpusError, CorpusNotFoundError, WordgraftError
from ...embeddings.reading import STDIN, ErrorPolicy, Tally, clean_blocks, raw_blocks
from .label_tables import SUFFIXES, Reading, last_suffix

Row = Mapping[str, Any]
_PARQUET_ROWS = 1000
_MAGIC = b"PAR1"


@dataclass(frozen=True)
class Rows:
    """A table that is read as it is asked for.

    Attributes:
        name: For people.
        columns: Names of the columns; of JSON lines the fields of the first record.
        read: Gives the rows, with the columns named at least; can be called once.
    """

    name: str
    columns: tuple[str, ...]
    read: Callable[[Sequence[str]], Iterator[Row]]


def text_lines(path: str | Path, *, errors: ErrorPolicy, tally: Tally) -> Iterator[str]:
    """Yield the lines of a text file, plain or packed; line feeds end them, and nothing else.

    Args:
        path: A file, or ``"-"`` for standard input.
        errors: What to do about bytes that are no UTF-8.
        tally: Counts bytes as they are read.

    Raises:
        TextEncodingError: The file is binary, or not UTF-8 and ``errors="strict"``.
    """
    where = "standard input" if path == STDIN else path
    pending: list[str] = []
    for block in clean_blocks(raw_blocks(path, tally), errors=errors, path=where, tally=tally):
        *lines, rest = block.decode("utf-8").split("\n")
        if lines:
            lines[0] = "".join([*pending, lines[0]])
            pending = []
            for line in lines:
                yield line.removesuffix("\r")
        pending.append(rest)
    if last := "".join(pending):
        yield last.removesuffix("\r")


def json_lines(lines: Iterator[str], name: str) -> Rows:
    """Return records of JSON, an object a line; empty lines are left out."""
    numbered = ((n, line) for n, line in enumerate(lines, 1) if line and not line.isspace())
    first = next(numbered, None)
    if first is None:
        return Rows(name, (), lambda wanted: iter(()))
    record = _object(*first, name)

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        yield record
        for number, line in numbered:
            found = _object(number, line, name)
            for column in wanted:
                if column not in found:
                    raise CorpusError(
                        f"{name}: line {number:,}: no field {column!r}, which the first record "
                        f"has; there are {_listed(found)}"
                    )
            yield found

    return Rows(name, tuple(record), read)


def is_json_object(line: str) -> bool:
    """Tell whether a line is a record of JSON lines."""
    try:
        return line.lstrip().startswith("{") and isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def table_rows(path: Path, *, how: Reading, errors: ErrorPolicy, tally: Tally) -> Rows:
    """Return the rows of a CSV, TSV, JSON lines or Parquet file.

    Args:
        path: The file; its suffix tells the kind, ``.gz`` and the like aside.
        how: How CSV and TSV are read.
        errors: What to do about bytes that are no UTF-8.
        tally: Counts bytes as they are read.

    Raises:
        CorpusError: It can't be read as that; says where and why.
    """
    kind = SUFFIXES[last_suffix(path)]
    if kind == "parquet":
        return _parquet(path)
    if kind == "json":
        lines = text_lines(path, errors=errors, tally=tally)
        first = next(lines, "")
        if first.lstrip().startswith("["):
            return _json_list("\n".join(chain([first], lines)), str(path))
        return json_lines(chain([first], lines), str(path))
    return _delimited(path, kind, how=how, errors=errors, tally=tally)


def _object(number: int, line: str, name: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise CorpusError(
            f"{name}: line {number:,}: expected one JSON object a line, found {line[:40]!r} "
            f"({error})"
        ) from None
    if not isinstance(record, dict):
        raise CorpusError(
            f"{name}: line {number:,}: expected a JSON object, found {type(record).__name__}"
        )
    return cast("dict[str, Any]", record)


def _json_list(content: str, name: str) -> Rows:
    try:
        records = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{name}: expected a list of JSON objects ({error})") from None
    lines = (json.dumps(record) for record in cast("list[Any]", records))
    found = json_lines(lines, name)
    return Rows(name, found.columns, found.read)


def _delimited(
    path: Path, kind: Literal["csv", "tsv"], *, how: Reading, errors: ErrorPolicy, tally: Tally
) -> Rows:
    """Read CSV or TSV, every value the text it is; as ``label_files.py`` does."""
    # A limit of the whole process, below which a document of 131,072 characters doesn't fit.
    csv.field_size_limit(max(csv.field_size_limit(), min(sys.maxsize, 2**31 - 1)))
    lines = text_lines(path, errors=errors, tally=tally)
    first = next(lines, "")
    tabs = kind == "tsv" or ("\t" in first and "," not in first)
    delimiter = how.delimiter or ("\t" if tabs else ",")
    quoted = how.quoting if how.quoting is not None else delimiter != "\t"
    rows = csv.reader(
        (line + "\n" for line in chain([first], lines)),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
    )
    with _explained(path):
        head = next((row for row in rows if row), [])
    names = tuple(head) if how.header else tuple(str(i + 1) for i in range(len(head)))

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        places = [(column, names.index(column)) for column in wanted]
        with _explained(path):
            for row in rows if how.header else chain([head], rows):
                if not row:
                    continue
                if len(row) != len(names):
                    raise CorpusError(
                        f"{path}: line {rows.line_num:,}: expected {len(names)} values, found "
                        f"{len(row)}: is a value with {delimiter!r} in it not quoted?"
                    )
                yield {column: row[place] for column, place in places}

    return Rows(str(path), names, read)


def _parquet(path: Path) -> Rows:
    from pyarrow import parquet

    with _explained(path):
        if path.stat().st_size == 0:
            raise CorpusError(f"{path}: expected a Parquet file, found an empty one")
        with path.open("rb") as file:
            begin = file.read(len(_MAGIC))
        if begin != _MAGIC:
            raise CorpusError(f"{path}: expected a Parquet file, found {begin!r} at its beginning")
        file = parquet.ParquetFile(path)

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        with _explained(path), file:
            for batch in file.iter_batches(_PARQUET_ROWS, columns=list(dict.fromkeys(wanted))):
                yield from batch.to_pylist()

    return Rows(str(path), tuple(file.schema_arrow.names), read)


@contextmanager
def _explained(path: Path) -> Generator[None]:
    """Turn what the readers raise into one line about the file."""
    try:
        yield
    except FileNotFoundError as error:
        if isinstance(error, CorpusNotFoundError):
            raise
        raise CorpusNotFoundError(f"{path}: no such file") from error
    except (WordgraftError, GeneratorExit, KeyboardInterrupt):
        raise
    except (csv.Error, OSError, ValueError) as error:  # pyarrow's own are ValueErrors or OSErrors
        raise CorpusError(f"{path}: can't be read: {str(error).splitlines()[0]:.300}") from error


def document_of(path: Path, *, errors: ErrorPolicy, tally: Tally) -> str | None:
    """Return the text of a file that is one document; ``None`` for a binary file.

    A file is binary if it holds a NUL byte.

    Raises:
        TextEncodingError: It isn't UTF-8 and ``errors="strict"``.
        CorpusError: It can't be read.
    """
    content = io.BytesIO()
    for block in raw_blocks(path, tally):
        if b"\0" in block:
            return None
        content.write(block)
    parts = clean_blocks(iter([content.getvalue()]), errors=errors, path=path, tally=tally)
    return b"".join(parts).decode("utf-8")


def _listed(names: Any) -> str:
    return ", ".join(repr(name) for name in names) or "none"
