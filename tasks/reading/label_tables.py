"""Tables of labelled text, and how the ``datasets`` library is asked for them.

Its streaming mode reads local files, so that no copy of them is left in its cache. What its readers
raise becomes one line that a user can act on.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from ...embeddings.compression import COMPRESSED_SUFFIXES
from ...embeddings.errors import CorpusNotFoundError, LabelledDataError
from ...embeddings.reading import Tally, raw_blocks
from .labels import listed

Kind = Literal["csv", "tsv", "json", "parquet"]
SUFFIXES: dict[str, Kind] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".parquet": "parquet",
}
SPLITS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "valid": "validation",
    "validation": "validation",
    "val": "validation",
    "dev": "validation",
}


@dataclass(frozen=True)
class Table:
    """Columns as Python lists, one row a text.

    Attributes:
        columns: Values by name; all lists have the same length.
        coded: Names of the classes of columns that hold their places.
        name: For people: ``reviews.csv``, ``imdb (train)``.
        notes: What a person should know about how it was read.
    """

    columns: Mapping[str, Sequence[Any]]
    name: str
    coded: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """How to read files; see :func:`.labelled.load_labelled`."""

    header: bool = True
    delimiter: str | None = None
    quoting: bool | None = None


def choose_split(known: Sequence[str], split: str | None, where: str) -> str:
    """Return the split asked for, or the only one there is.

    Raises:
        LabelledDataError: There is no such split, or several and none was named.
    """
    if split is None:
        if len(known) == 1:
            return known[0]
        raise LabelledDataError(
            f"{where}: there are several splits, {listed(known)}; name one with split="
        )
    for name in (split, SPLITS.get(split, split)):
        if name in known:
            return name
    raise LabelledDataError(f"{where}: no split {split!r}; there are {listed(known)}")


def stream(module: str, files: Sequence[str], options: Mapping[str, Any] | None = None) -> Any:
    """Return the rows of local files as the ``datasets`` library reads them, none read yet."""
    import datasets

    return datasets.load_dataset(
        module, data_files={"train": list(files)}, split="train", streaming=True, **(options or {})
    )


def collect(dataset: Any, *, name: str) -> Table:
    """Return a data set's columns, and the names of those that hold places."""
    columns: dict[str, list[Any]] = {}
    rows = 0
    for batch in dataset.iter(batch_size=1000):
        for column in batch:
            # A column may begin in the middle of a file of records.
            columns.setdefault(column, [None] * rows)
        rows += max((len(values) for values in batch.values()), default=0)
        for column, values in columns.items():
            values.extend(batch.get(column) or [])
            values.extend([None] * (rows - len(values)))
    if not rows:
        raise LabelledDataError(f"{name}: expected rows of texts and labels, found none")
    features = cast("Mapping[str, Any]", getattr(dataset, "features", None) or {})
    coded: dict[str, tuple[str, ...]] = {}
    for column, feature in features.items():
        inner = getattr(feature, "feature", feature)  # of a list: that of its items
        names = getattr(inner, "names", None)
        if names is not None:
            coded[column] = tuple(names)
    return Table(columns, name, coded)


@contextmanager
def explained(name: str, path: Path) -> Generator[None]:
    """Turn what the readers raise into one line about the file; keep them quiet meanwhile."""
    from datasets.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity(logging.CRITICAL)
    try:
        yield
    except (CorpusNotFoundError, LabelledDataError):
        raise
    except UnicodeDecodeError as error:
        raise LabelledDataError(
            f"{name}: expected UTF-8, found byte 0x{error.object[error.start]:02x} "
            f"({error.reason}). Convert the file first: iconv -f latin1 -t utf-8"
        ) from error
    except Exception as error:  # pandas, pyarrow and fsspec have no common parent
        line = _broken_line(path)
        why = line or str(error).strip().replace("\n", " ") or type(error).__name__
        raise LabelledDataError(f"{name}: can't be read: {why:.300}") from error
    finally:
        logging.set_verbosity(before)


def _broken_line(path: Path) -> str | None:
    """Return what is wrong with the first line of JSON that is no object, where there is one."""
    import json

    if SUFFIXES.get(last_suffix(path)) != "json":
        return None
    pending = b""
    number = 0
    for block in raw_blocks(path, Tally()):
        *lines, pending = (pending + block).split(b"\n")
        for line in lines:
            number += 1
            if problem := _problem(line, json.loads):
                return f"line {number:,}: {problem}"
    problem = _problem(pending, json.loads)
    return f"line {number + 1:,}: {problem}" if problem else None


def _problem(line: bytes, decode: Any) -> str | None:
    if not line.strip():
        return None
    try:
        record = decode(line)
    except ValueError as error:
        return f"expected one JSON object a line, found {line[:40]!r} ({error})"
    if not isinstance(record, dict):
        return f"expected a JSON object, found {type(record).__name__}"
    return None


def last_suffix(path: Path) -> str:
    """Return the suffix that tells the kind: ``.csv`` of ``reviews.csv.gz``."""
    suffixes = [s.lower() for s in path.suffixes if s.lower() not in COMPRESSED_SUFFIXES]
    return suffixes[-1] if suffixes else ""
