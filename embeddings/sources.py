"""Where text comes from: files, records, data sets, all as batches.

A batch is either ``bytes``, clean UTF-8 lines (see :mod:`.reading`), or a list of records, each a
text (``str``) or a list of tokens. Both ways of encoding a corpus read the same batches, so they
cut and prune at the same places.
"""

from __future__ import annotations

import hashlib
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias, cast

from .compression import COMPRESSED_SUFFIXES
from .errors import ConfigurationError, CorpusError, CorpusNotFoundError, TextEncodingError
from .reading import (
    STDIN,
    ErrorPolicy,
    Tally,
    clean_blocks,
    line_blocks,
    raw_blocks,
)

Record: TypeAlias = "str | list[str]"
Batch: TypeAlias = "bytes | list[Record]"

BATCH_CHARACTERS = 1 << 20
_BATCH_RECORDS = 20_000
_JSONL_SUFFIXES = (".jsonl", ".ndjson")
_OTHER_SUFFIXES = {".parquet", ".arrow", ".pdf", ".docx", ".zip", ".tar", ".safetensors", ".npy"}


class Source(ABC):
    """One corpus source.

    Attributes:
        name: For people and provenance.
        one_shot: Whether it can be read only once.
    """

    name: str
    one_shot: bool = False

    @abstractmethod
    def batches(self, tally: Tally) -> Iterator[Batch]:
        """Read the source from its start."""

    def identity(self) -> list[Any] | None:
        """Return what changes when the content does, cheaply; ``None`` when nothing is known."""
        return None


class FileSource(Source):
    """One file, every file of a folder in sorted order, or standard input."""

    def __init__(
        self, path: str | os.PathLike[str], *, text_field: str | None, errors: ErrorPolicy
    ) -> None:
        self._field = text_field
        self._errors: ErrorPolicy = errors
        self.one_shot = path == STDIN
        self._root: Path | None = None if self.one_shot else Path(path)
        self.name = "standard input" if self._root is None else self._root.name or str(path)
        if self._root is not None and not self._root.exists():
            raise CorpusNotFoundError(
                f"{self._root}: no such file or folder. A path is expected here; to read a text "
                "held in memory, pass a list: [text]"
            )
        self._started = False

    def paths(self) -> list[Path]:
        """Return the files to read, in order; hidden files and folders are left out."""
        root = cast(Path, self._root)
        if not root.is_dir():
            return [root]
        found = sorted(
            path
            for path in root.rglob("*")
            if not any(part.startswith(".") for part in path.relative_to(root).parts)
            and path.is_file()
            and path.suffix.lower() not in _OTHER_SUFFIXES
        )
        if not found:
            raise CorpusError(
                f"{root}: the folder holds no text file (hidden files and "
                f"{', '.join(sorted(_OTHER_SUFFIXES))} are not read)"
            )
        return found

    def identity(self) -> list[Any] | None:
        """Return paths, sizes and times of change."""
        if self._root is None:
            return None
        files: list[Any] = []
        for path in self.paths():
            try:
                about = path.stat()
            except FileNotFoundError:
                raise CorpusNotFoundError(f"{path}: no such file") from None
            files.append([str(path.resolve()), about.st_size, about.st_mtime_ns])
        return ["files", self._field, self._errors, files]

    def batches(self, tally: Tally) -> Iterator[Batch]:
        """Read the source from its start."""
        if self._root is None:
            if self._started:
                raise CorpusError("standard input has been read already and can't be read again")
            self._started = True
            yield from self._file(STDIN, tally)
            return
        paths = self.paths()
        tally.bytes_total = sum(path.stat().st_size for path in paths if path.exists())
        for path in paths:
            yield from self._file(path, tally)

    def _file(self, path: str | Path, tally: Tally) -> Iterator[Batch]:
        raw = raw_blocks(path, tally)
        blocks = line_blocks(clean_blocks(raw, errors=self._errors, path=path, tally=tally))
        if self._field is None:
            yield from blocks
            return
        first = next(blocks, None)
        if first is None:
            return
        rest = _chain(first, blocks)
        if _is_jsonl(path, first, self._field):
            records = _jsonl_records(rest, path=path, field=self._field)
            yield from batched(records, errors=self._errors, tally=tally, where=f"{path}, record")
        else:
            yield from rest


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _is_jsonl(path: str | Path, block: bytes, field: str) -> bool:
    """Tell JSON lines by name, or by a first line that is an object with the text field."""
    name = str(path).lower()
    for suffix in COMPRESSED_SUFFIXES:
        name = name.removesuffix(suffix)
    if name.endswith(_JSONL_SUFFIXES):
        return True
    line = block.partition(b"\n")[0]
    if not line.lstrip().startswith(b"{"):
        return False
    try:
        record = json.loads(line)
    except ValueError:
        return False
    return isinstance(record, dict) and field in record


def _jsonl_records(blocks: Iterator[bytes], *, path: str | Path, field: str) -> Iterator[Any]:
    number = 0
    pending: list[bytes] = []
    for block in blocks:
        pending.append(block)
        if not block.endswith(b"\n"):
            continue
        lines = b"".join(pending)[:-1].decode().split("\n")  # splitlines() also cuts at U+0085
        pending = []
        for line in lines:
            number += 1
            if line and not line.isspace():
                yield _field_of(line, field, f"{path}:{number}")


_decode_json = json.JSONDecoder().decode


def _field_of(line: str, field: str, where: str) -> Any:
    try:
        record = _decode_json(line)
    except (ValueError, RecursionError) as error:
        place = f", column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        why = getattr(error, "msg", str(error))
        raise CorpusError(
            f"{where}: expected one JSON object a line, found {line[:40]!r} ({why}{place})"
        ) from None
    try:
        return record[field]
    except (KeyError, TypeError, IndexError):
        raise CorpusError(_no_field(where, record, field)) from None


def _no_field(where: str, record: object, field: str) -> str:
    if not isinstance(record, dict):
        return f"{where}: expected a JSON object, found {type(record).__name__}"
    names = ", ".join(repr(name) for name in cast("dict[str, Any]", record))
    return f"{where}: no field {field!r}; there are {names or 'none'}. Name it with text_field="


class ItemSource(Source):
    """Texts or token lists from memory: a list, a generator, any iterable."""

    def __init__(self, items: Iterable[Any], *, errors: ErrorPolicy) -> None:
        self._items = items
        self._errors: ErrorPolicy = errors
        self.one_shot = iter(items) is items
        self.name = type(items).__name__
        self._started = False

    def batches(self, tally: Tally) -> Iterator[Batch]:
        """Read the source from its start."""
        if self.one_shot and self._started:
            raise CorpusError(
                f"the {self.name} has been read already and can't be read again; pass a list, or "
                "an object whose __iter__ starts anew"
            )
        self._started = True
        yield from batched(self._items, errors=self._errors, tally=tally, where="item")


class DatasetSource(Source):
    """One column of a ``datasets.Dataset`` or ``IterableDataset``."""

    def __init__(self, dataset: Any, *, text_field: str | None, errors: ErrorPolicy) -> None:
        self._errors: ErrorPolicy = errors
        if isinstance(dataset, dict):
            splits = ", ".join(repr(name) for name in cast("dict[str, Any]", dataset))
            raise CorpusError(f"expected one split of the data set, found all of them: {splits}")
        columns = dataset.column_names
        if text_field is None or (columns is not None and text_field not in columns):
            known = ", ".join(repr(name) for name in columns or ())
            raise CorpusError(
                f"the data set has no column {text_field!r}; there are {known}. "
                "Name it with text_field="
            )
        self._dataset, self._field = dataset, text_field
        info = getattr(dataset, "info", None)
        self.name = getattr(info, "dataset_name", None) or "dataset"

    def identity(self) -> list[Any] | None:
        """Return the fingerprint that the data set keeps of itself."""
        mark = getattr(self._dataset, "_fingerprint", None)
        return None if mark is None else ["dataset", mark, self._field, self._errors]

    def batches(self, tally: Tally) -> Iterator[Batch]:
        """Read the source from its start."""
        if self._dataset.column_names is not None:
            values = self._dataset.select_columns([self._field])
        else:
            values = self._dataset
        records = (value for part in values.iter(batch_size=1000) for value in part[self._field])
        yield from batched(records, errors=self._errors, tally=tally, where="row", nulls=True)


def batched(
    items: Iterable[Any], *, errors: ErrorPolicy, tally: Tally, where: str, nulls: bool = True
) -> Iterator[list[Record]]:
    """Check records one by one and group them.

    Args:
        items: Texts and token lists, mixed as they come.
        errors: What to do about characters that have no UTF-8 form (lone surrogates).
        tally: ``bad_bytes`` counts such characters.
        where: What to call a record in messages, before its number (from 1).
        nulls: Take ``None`` for an empty record.

    Raises:
        CorpusError: An item is neither a text nor a list of tokens.
    """
    batch: list[Record] = []
    size = 0
    for number, item in enumerate(items, 1):
        if isinstance(item, str):
            record: Record = item
            if not item.isascii():
                record = _encodable(item, errors, tally, f"{where} {number}")
            size += len(item)
        elif item is None and nulls:
            record = ""
        else:
            record, length = _tokens(item, errors, tally, f"{where} {number}")
            size += length
        batch.append(record)
        if size >= BATCH_CHARACTERS or len(batch) >= _BATCH_RECORDS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _tokens(item: Any, errors: ErrorPolicy, tally: Tally, where: str) -> tuple[list[str], int]:
    if isinstance(item, (bytes, bytearray, dict)) or not isinstance(item, Iterable):
        raise CorpusError(
            f"{where}: expected a text or a list of tokens, found {type(item).__name__} "
            f"{repr(item)[:40]}"
        )
    tokens: list[str] = list(cast("Iterable[str]", item))
    try:
        joined = "".join(tokens)
    except TypeError:
        wrong = next(i for i, token in enumerate(tokens) if not isinstance(token, str))
        raise CorpusError(
            f"{where}: expected tokens of type str, found {type(tokens[wrong]).__name__} "
            f"{repr(tokens[wrong])[:40]} at position {wrong}"
        ) from None
    if not joined.isascii():
        try:
            joined.encode()
        except UnicodeEncodeError:
            tokens = [_encodable(token, errors, tally, where) for token in tokens]
    if "" in tokens:
        tokens = [token for token in tokens if token]
    return tokens, len(joined)


def _encodable(text: str, errors: ErrorPolicy, tally: Tally, where: str) -> str:
    """Return ``text`` without lone surrogates, which no file of vectors could hold."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        if errors == "strict":
            raise TextEncodingError(
                f"{where}: expected Unicode text, found the lone surrogate "
                f"U+{ord(text[error.start]):04X}",
                path=None,
                offset=len(text[: error.start].encode()),
            ) from None
        stand_in = "\ufffd" if errors == "replace" else ""
        kept = [stand_in if "\ud800" <= sign <= "\udfff" else sign for sign in text]
        tally.bad_bytes += sum("\ud800" <= sign <= "\udfff" for sign in text)
        return "".join(kept)
    return text


def make_source(source: Any, *, text_field: str | None, errors: ErrorPolicy) -> Source:
    """Recognise what ``source`` is; see :class:`.corpus.Corpus`."""
    if isinstance(source, (str, os.PathLike)):
        return FileSource(
            cast("str | os.PathLike[str]", source), text_field=text_field, errors=errors
        )
    module = type(source).__module__.partition(".")[0]
    if module == "datasets" and (hasattr(source, "column_names") or isinstance(source, dict)):
        return DatasetSource(source, text_field=text_field, errors=errors)
    if isinstance(source, (bytes, bytearray, dict)) or not isinstance(source, Iterable):
        raise ConfigurationError(
            "corpus: expected a path, a datasets.Dataset, or an iterable of texts or token lists, "
            f"found {type(source).__name__}"
        )
    return ItemSource(cast("Iterable[Any]", source), errors=errors)


def fingerprint(parts: Sequence[Any]) -> str:
    """Return a hash of JSON-able parts."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
