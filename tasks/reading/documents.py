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
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, cast

from ...embeddings.errors import CorpusError
from ...embeddings.reading import STDIN, ErrorPolicy, check_policy
from .document_files import Rows, document_of, is_json_object, json_lines, table_rows, text_lines
from .document_rows import Asked, Document, DocumentTally, Text, documents_of, text_of
from .label_sources import read_table
from .label_tables import SUFFIXES, Reading, Table, last_suffix

__all__ = [
    "Document", "DocumentTally", "Documents", "DocumentsReport", "Text", "load_documents",
    "read_documents", "source_name",
]  # fmt: skip
_DEFAULT = Reading()


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
    asked = Asked(text, id_column, label, how, errors, tally or DocumentTally())
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
            documents_of(table_rows(path, how=how, errors=errors, tally=asked.tally), asked)
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


def _from_lines(path: str | Path, asked: Asked) -> Iterator[Document]:
    where = "standard input" if path == STDIN else str(path)
    lines = text_lines(path, errors=asked.errors, tally=asked.tally)
    first = next(lines, None)
    if first is None:
        return
    if is_json_object(first):
        yield from documents_of(json_lines(chain([first], lines), where), asked)
        return
    asked.no_columns(where)
    for number, line in enumerate(chain([first], lines), 1):
        yield Document(str(number), line)


def _from_folder(folder: Path, asked: Asked) -> Iterator[Document]:
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
            yield from documents_of(rows, asked, prefix=f"{path.relative_to(folder).as_posix()}:")
        return
    yield from _files(folder, paths, asked)


def _files(folder: Path, paths: Sequence[Path], asked: Asked) -> Iterator[Document]:
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


def _from_memory(source: Any, *, split: str | None, asked: Asked) -> Iterator[Document]:
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
        yield Document(str(number), text_of({"text": one}, ("text",), "documents", number))


def _of_table(table: Table, asked: Asked) -> Iterator[Document]:
    columns = table.columns

    def read(wanted: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        for values in zip(*(columns[column] for column in wanted), strict=True):
            yield dict(zip(wanted, values, strict=True))

    return documents_of(Rows(table.name, tuple(columns), read), asked)
