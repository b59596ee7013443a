r"""Documents: where they come from, one by one or all at once, and by what names they go.

Example:
    >>> import tempfile; from pathlib import Path
    >>> folder = tempfile.TemporaryDirectory()
    >>> _ = Path(folder.name, "news.txt").write_text("rain tomorrow\nrates unchanged\n")
    >>> load_documents(Path(folder.name, "news.txt")).texts
    ('rain tomorrow', 'rates unchanged')
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias, cast

from ..embeddings.errors import CorpusError
from ..embeddings.reading import STDIN, ErrorPolicy, Tally, check_policy
from .document_files import Rows, document_of, is_json_object, json_lines, table_rows, text_lines
from .label_sources import read_table
from .label_tables import SUFFIXES, Reading, Table, last_suffix
from .labelled import TEXT_NAMES

Text: TypeAlias = "str | tuple[str, ...]"
ID_NAME = "id"
"""Column that names the documents where none is named."""
_DEFAULT = Reading()


@dataclass(frozen=True, slots=True)
class Document:
    """One document.

    Attributes:
        id: Its name: of a column, the path of its file within the folder, or its number from 1.
        text: A text, or a tuple of tokens.
        label: What its column of labels says; ``None`` where none was asked for or it is missing.
    """

    id: str
    text: Text
    label: str | None = None


@dataclass
class DocumentTally(Tally):
    """What one passage over documents has met so far.

    Attributes:
        documents: How many there were.
        empty: Those without anything but white space; they are kept.
        unnamed: Those that have their number for an id because their column of ids says nothing.
        binary: Files of a folder that were left out because they hold no text.
    """

    documents: int = 0
    empty: int = 0
    unnamed: int = 0
    binary: list[str] = field(default_factory=list[str])

    def notes(self) -> tuple[str, ...]:
        """Return what a person should know, as sentences."""
        found: list[str] = []
        if self.binary:
            few = ", ".join(self.binary[:3]) + (", …" if len(self.binary) > 3 else "")
            found.append(f"{len(self.binary):,} binary files left out: {few}")
        if self.empty:
            found.append(f"{self.empty:,} documents without any text")
        if self.unnamed:
            found.append(f"{self.unnamed:,} documents without an id have their number")
        if self.bad_bytes:
            found.append(f"{self.bad_bytes:,} bytes that are no UTF-8 replaced or left out")
        return tuple(found)


@dataclass(frozen=True)
class DocumentsReport:
    """What was found while documents were read.

    Attributes:
        documents: How many there are.
        empty: Those without anything but white space; they are kept.
        repeated_ids: Documents whose id stands there before; they are kept.
        binary: Files of a folder that were left out because they hold no text.
        notes: What else a person should know, as sentences.
    """

    documents: int
    empty: int
    repeated_ids: int
    binary: tuple[str, ...]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join([f"{self.documents:,} documents", *self.notes])


@dataclass(frozen=True, eq=False)
class Documents:
    """All documents of a source, in the order they were read.

    Attributes:
        ids: N names.
        texts: N texts, or tuples of tokens.
        name: Where they come from, for people.
        report: What was found while reading.
        labels: N labels, ``None`` for those without one; ``None`` where none were asked for.
    """

    ids: tuple[str, ...]
    texts: tuple[Text, ...]
    name: str
    report: DocumentsReport
    labels: tuple[str | None, ...] | None = None

    def __len__(self) -> int:
        return len(self.texts)


def read_documents(
    source: Any,
    *,
    text: str | Sequence[str] | None = None,
    id_column: str | None = None,
    label: str | None = None,
    split: str | None = None,
    how: Reading = _DEFAULT,
    errors: ErrorPolicy = "strict",
    tally: DocumentTally | None = None,
) -> Iterator[Document]:
    """Yield documents one by one, from sources of any size.

    Args:
        source: A text file, each line a document (an empty line is an empty one), or JSON lines; a
            CSV, TSV, JSON lines or Parquet file; any of them packed but Parquet; ``"-"`` for
            standard input, lines or JSON lines. A folder of text files, each a document, or of
            tables, one after the other. The name of a data set on the Hugging Face hub, a
            ``datasets.Dataset``, or texts and token lists from memory.
        text: Column of the text in a table or record; several are joined by line ends. ``None``
            looks for "text", "sentence", "review" and the like.
        id_column: Column of the names. ``None`` takes "id" where there is such a column, else the
            numbers of the rows, from 1.
        label: Column of labels to carry along; of a folder of texts ``"label"``, the name of the
            folder that a file lies in.
        split: Which part of a data set.
        how: How CSV and TSV are read.
        errors: What to do about bytes that are no UTF-8.
        tally: Receives what is met on the way; one of your own tells it while reading.

    Raises:
        CorpusNotFoundError: A path doesn't exist.
        CorpusError: It can't be read, or a column is missing; says where. A binary file in a folder
            is left out and counted, a binary file by itself is an error.
    """
    check_policy(errors)
    asked = _Asked(text, id_column, label, how, errors, tally or DocumentTally())
    if not isinstance(source, (str, os.PathLike)):
        return asked.counted(_from_memory(source, split=split, asked=asked))
    if source == STDIN:
        return asked.counted(_from_lines(STDIN, asked))
    path = Path(cast("str | os.PathLike[str]", source))
    if path.is_dir():
        return asked.counted(_from_folder(path, asked))
    if not path.exists():
        # Raises for what looks like a path; the rest may be the name of a data set.
        return asked.counted(_of_table(read_table(source, split=split, how=how), asked))
    asked.tally.bytes_total = path.stat().st_size
    if last_suffix(path) in SUFFIXES:
        return asked.counted(
            _of_rows(table_rows(path, how=how, errors=errors, tally=asked.tally), asked)
        )
    return asked.counted(_from_lines(path, asked))


def load_documents(
    source: Any,
    *,
    text: str | Sequence[str] | None = None,
    id_column: str | None = None,
    label: str | None = None,
    split: str | None = None,
    how: Reading = _DEFAULT,
    errors: ErrorPolicy = "strict",
) -> Documents:
    """Read all documents of a source.

    Args and errors as :func:`read_documents`; moreover:

    Raises:
        CorpusError: There is no document.
    """
    tally = DocumentTally()
    ids: list[str] = []
    texts: list[Text] = []
    labels: list[str | None] = []
    for one in read_documents(
        source,
        text=text,
        id_column=id_column,
        label=label,
        split=split,
        how=how,
        errors=errors,
        tally=tally,
    ):
        ids.append(one.id)
        texts.append(one.text)
        labels.append(one.label)
    name = source_name(source)
    if not texts:
        raise CorpusError(f"{name}: expected documents, found none")
    repeated = len(ids) - len(set(ids))
    notes = tally.notes()
    if repeated:
        notes = (*notes, f"{repeated:,} documents with an id that stands there before")
    return Documents(
        tuple(ids),
        tuple(texts),
        name,
        DocumentsReport(len(texts), tally.empty, repeated, tuple(tally.binary), notes),
        labels=tuple(labels) if label is not None else None,
    )


def source_name(source: Any) -> str:
    """Return what to call a source of documents before people."""
    if source == STDIN if isinstance(source, str) else False:
        return "standard input"
    if isinstance(source, (str, os.PathLike)):
        path = Path(cast("str | os.PathLike[str]", source))
        return path.name or str(path)
    return f"the {type(source).__name__}"


@dataclass(frozen=True)
class _Asked:
    """What was asked of a source."""

    text: str | Sequence[str] | None
    id_column: str | None
    label: str | None
    how: Reading
    errors: ErrorPolicy
    tally: DocumentTally

    def counted(self, documents: Iterator[Document]) -> Iterator[Document]:
        for one in documents:
            self.tally.documents += 1
            if not one.text or (isinstance(one.text, str) and one.text.isspace()):
                self.tally.empty += 1
            yield one

    def no_columns(self, where: str) -> None:
        """Raise if columns were named, where there are none."""
        named = [
            f"{option}={value!r}"
            for option, value in (
                ("text", self.text), ("id_column", self.id_column), ("label", self.label),
            )
            if value is not None
        ]  # fmt: skip
        if named:
            raise CorpusError(
                f"{where}: {', '.join(named)} names a column, but there are none: expected JSON "
                "lines, CSV, TSV or Parquet (told by the first line, or the suffix of the file)"
            )


def _from_lines(path: str | Path, asked: _Asked) -> Iterator[Document]:
    where = "standard input" if path == STDIN else str(path)
    lines = text_lines(path, errors=asked.errors, tally=asked.tally)
    first = next(lines, None)
    if first is None:
        return
    if is_json_object(first):
        yield from _of_rows(json_lines(chain([first], lines), where), asked)
        return
    asked.no_columns(where)
    for number, line in enumerate(chain([first], lines), 1):
        yield Document(str(number), line)


def _from_folder(folder: Path, asked: _Asked) -> Iterator[Document]:
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    tables = [path for path in paths if last_suffix(path) in SUFFIXES]
    if tables and len(tables) < len(paths):
        other = next(path for path in paths if path not in set(tables))
        raise CorpusError(
            f"{folder}: expected text files, each a document, or tables; found both, such as "
            f"{other.relative_to(folder)} and {tables[0].relative_to(folder)}. Name one of them, "
            "or a folder of one kind"
        )
    asked.tally.bytes_total = sum(path.stat().st_size for path in paths)
    if tables:
        for path in tables:
            rows = table_rows(path, how=asked.how, errors=asked.errors, tally=asked.tally)
            yield from _of_rows(rows, asked, prefix=f"{path.relative_to(folder).as_posix()}:")
        return
    yield from _files(folder, paths, asked)


def _files(folder: Path, paths: Sequence[Path], asked: _Asked) -> Iterator[Document]:
    """Yield text files, each a document."""
    if asked.text is not None or asked.id_column is not None or asked.label not in (None, "label"):
        asked.no_columns(str(folder))
    found = 0
    for path in paths:
        text = document_of(path, errors=asked.errors, tally=asked.tally)
        name = path.relative_to(folder).as_posix()
        if text is None:
            asked.tally.binary.append(name)
            continue
        found += 1
        yield Document(name, text, path.parent.name if asked.label else None)
    if paths and not found:
        raise CorpusError(
            f"{folder}: expected text files, found {len(paths):,} files, all of them binary, such "
            f"as {asked.tally.binary[0]}"
        )


def _of_rows(rows: Rows, asked: _Asked, *, prefix: str = "") -> Iterator[Document]:
    if not rows.columns:
        return
    texts = _text_columns(rows, asked)
    named = asked.id_column if asked.id_column is not None else ID_NAME
    ids = named if asked.id_column is not None or named in rows.columns else None
    for column, what in ((asked.id_column, "id_column"), (asked.label, "label")):
        if column is not None and column not in rows.columns:
            raise _no_column(rows, f"no column {column!r}", what)
    labels = asked.label
    wanted = [*texts, *((labels,) if labels else ())]
    if ids is not None:
        wanted.append(ids)
    for number, row in enumerate(rows.read(wanted), 1):
        name = row.get(ids) if ids is not None else None
        if name is None or name == "":
            asked.tally.unnamed += ids is not None
            name = f"{prefix}{number}"
        label = row.get(labels) if labels else None
        yield Document(
            str(name),
            _text_of(row, texts, rows.name, number),
            None if label is None else str(label),
        )


def _text_columns(rows: Rows, asked: _Asked) -> tuple[str, ...]:
    known = rows.columns
    if asked.text is not None:
        names = (asked.text,) if isinstance(asked.text, str) else tuple(asked.text)
        lacking = [name for name in names if name not in known]
        if lacking or not names:
            raise _no_column(rows, f"no column {', '.join(map(repr, lacking))}", "text")
        return names
    lower = {name.lower(): name for name in reversed(known)}
    for name in TEXT_NAMES:
        if name in lower:
            return (lower[name],)
    raise _no_column(rows, "no column is called like a text", "text")


def _no_column(rows: Rows, problem: str, option: str) -> CorpusError:
    known = ", ".join(repr(name) for name in rows.columns[:20])
    more = f" and {len(rows.columns) - 20} more" if len(rows.columns) > 20 else ""
    return CorpusError(f"{rows.name}: {problem}; there are {known}{more}. Name it with {option}=")


def _text_of(row: Mapping[str, Any], columns: Sequence[str], where: str, number: int) -> Text:
    parts = ["" if row.get(column) is None else row[column] for column in columns]
    if all(isinstance(part, str) for part in parts):
        return parts[0] if len(parts) == 1 else "\n".join(parts)
    if len(parts) == 1 and _is_tokens(parts[0]):
        return tuple(parts[0])
    raise CorpusError(
        f"{where}: row {number:,}, column {columns[0]!r}: expected a text or a list of tokens, "
        f"found {parts[0] if len(parts) == 1 else parts!r:.60}"
    )


def _is_tokens(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(
        isinstance(token, str) for token in cast("list[Any]", value)
    )


def _from_memory(source: Any, *, split: str | None, asked: _Asked) -> Iterator[Document]:
    if isinstance(source, Mapping) or (hasattr(source, "column_names") and hasattr(source, "iter")):
        yield from _of_table(read_table(source, split=split, how=asked.how), asked)
        return
    if isinstance(source, bytes) or not isinstance(source, Iterable):
        raise CorpusError(
            "documents: expected a path, the name of a data set, a datasets.Dataset or texts, "
            f"found {type(source).__name__}"
        )
    asked.no_columns(source_name(source))
    for number, one in enumerate(cast("Iterable[Any]", source), 1):
        if isinstance(one, Document):
            yield one
            continue
        yield Document(str(number), _text_of({"text": one}, ("text",), "documents", number))


def _of_table(table: Table, asked: _Asked) -> Iterator[Document]:
    columns = table.columns

    def read(wanted: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        for values in zip(*(columns[column] for column in wanted), strict=True):
            yield dict(zip(wanted, values, strict=True))

    return _of_rows(Rows(table.name, tuple(columns), read), asked)
