"""Rows of tables as documents: which columns hold the text, the name, the label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from ...embeddings.errors import CorpusError
from ...embeddings.reading import ErrorPolicy, Tally
from .document_files import Rows
from .label_tables import Reading
from .labelled import TEXT_NAMES

Text: TypeAlias = "str | tuple[str, ...]"
ID_NAME = "id"
"""Column that names the documents where none is named."""


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
class Asked:
    """What was asked of a source, and what was met in it; see :func:`.documents.read_documents`."""

    text: str | Sequence[str] | None
    id_column: str | None
    label: str | None
    how: Reading
    errors: ErrorPolicy
    tally: DocumentTally

    def counted(self, documents: Iterator[Document]) -> Iterator[Document]:
        """Yield documents, and count them."""
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


def documents_of(rows: Rows, asked: Asked, *, prefix: str = "") -> Iterator[Document]:
    """Yield the documents of a table.

    Args:
        rows: The table.
        asked: Columns, and where to count.
        prefix: Of names that are numbers.

    Raises:
        CorpusError: A column is missing, or a row has no text.
    """
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
            text_of(row, texts, rows.name, number),
            None if label is None else str(label),
        )


def _text_columns(rows: Rows, asked: Asked) -> tuple[str, ...]:
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


def text_of(row: Mapping[str, Any], columns: Sequence[str], where: str, number: int) -> Text:
    """Return the text or the tokens of a row.

    Raises:
        CorpusError: It has neither; says where.
    """
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
