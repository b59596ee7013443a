"""Labelled text in files and folders: what kind they are, which split, how they are read."""

from __future__ import annotations

import csv
import io
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast

from ...embeddings.errors import LabelledDataError
from ...embeddings.reading import Tally, raw_blocks
from .label_tables import (
    SPLITS,
    SUFFIXES,
    Kind,
    Reading,
    Table,
    choose_split,
    collect,
    explained,
    last_suffix,
    stream,
)
from .labels import listed

UNLABELLED_FOLDERS = ("unsup", "unsupervised", "unlabelled", "unlabeled")
FILE_TEXT, FILE_LABEL, FILE_RATING = "text", "label", "rating"
"""Columns of a folder of class folders; the rating is the number after a file name's last ``_``."""


def from_files(paths: Sequence[Path], *, name: str, how: Reading) -> Table:
    """Read files of one kind as one table, in the order given."""
    kind, first = _kind(paths[0])
    files = [str(path) for path in paths]
    if kind in ("csv", "tsv"):
        return _delimited(paths, first, kind=kind, name=name, how=how)
    module = "json" if kind == "json" else "parquet"
    with explained(name, paths[0]):
        return collect(stream(module, files), name=name)


def _kind(path: Path) -> tuple[Kind, bytes]:
    """Return what kind of file it is, and its first bytes, unpacked."""
    first = next(raw_blocks(path, Tally()), b"")
    if not first.strip():
        raise LabelledDataError(f"{path}: the file is empty")
    if first[:4] == b"PAR1":
        return "parquet", first
    known = SUFFIXES.get(last_suffix(path))
    if known == "parquet" or b"\0" in first[:4096]:
        raise LabelledDataError(
            f"{path}: expected CSV, TSV, JSON lines or Parquet, found {first[:16]!r}"
        )
    if known is not None:
        return known, first
    if first.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return "json", first
    return ("tsv" if b"\t" in first.partition(b"\n")[0] else "csv"), first


def _delimited(
    paths: Sequence[Path], first: bytes, *, kind: Kind, name: str, how: Reading
) -> Table:
    """Read CSV or TSV with every value as the text it is: no "NA" becomes missing."""
    import datasets

    line = first.decode("utf-8-sig", errors="replace").partition("\n")[0].rstrip("\r")
    tabs = kind == "tsv" or ("\t" in line and "," not in line)
    delimiter = how.delimiter or ("\t" if tabs else ",")
    quoted = how.quoting if how.quoting is not None else delimiter != "\t"
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    head = _first_record(first, delimiter=delimiter, quoting=quoting)
    names = _unique(head) if how.header else [str(i + 1) for i in range(len(head))]
    while True:
        features = datasets.Features({column: datasets.Value("string") for column in names})
        options = {
            "sep": delimiter,
            "quoting": quoting,
            "names": names,
            "header": 0 if how.header else None,
            "features": features,
            "keep_default_na": False,
            "na_filter": False,
        }
        try:
            with explained(name, paths[0]):
                table = collect(stream("csv", [str(p) for p in paths], options), name=name)
            break
        except LabelledDataError as error:
            wider = re.search(r"Expected (\d+) fields in line \d+, saw (\d+)", str(error))
            if how.header or wider is None or int(wider[2]) <= len(names):
                raise
            # Columns without names can be as many as the longest row has.
            names = [str(i + 1) for i in range(int(wider[2]))]
    notes = _quotes_note(table) if delimiter == "\t" and not quoted else ()
    return Table(table.columns, name, notes=notes)


def _first_record(first: bytes, *, delimiter: str, quoting: int) -> list[str]:
    text = first[: 1 << 16].decode("utf-8-sig", errors="replace")
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=cast("Literal[0, 3]", quoting),
    )
    return next((row for row in reader if row), [""])


def _unique(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique: list[str] = []
    for position, name in enumerate(names, 1):
        base = name.strip() or f"column {position}"
        seen[base] = seen.get(base, 0) + 1
        unique.append(base if seen[base] == 1 else f"{base}.{seen[base]}")
    return unique


def _quotes_note(table: Table) -> tuple[str, ...]:
    quoted = sum(
        len(v) > 1 and v[0] == v[-1] == '"' for values in table.columns.values() for v in values
    )
    if not quoted:
        return ()
    return (
        f"{quoted:,} values stand in quotation marks, which were kept: a tab-separated file isn't "
        "quoted unless quoting=True says so",
    )


def from_stdin(how: Reading) -> Table:
    """Read standard input, kept in a file meanwhile: what kind it is shows at its beginning."""
    with tempfile.TemporaryDirectory(prefix="wordgraft-") as folder:
        path = Path(folder, "input")
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        try:
            return from_files([path], name="standard input", how=how)
        except LabelledDataError as error:
            raise LabelledDataError(str(error).replace(str(path), "standard input")) from None


def from_folder(folder: Path, *, split: str | None, how: Reading) -> Table:
    """Read a folder of files or folders named after splits, of data files, or of classes."""
    inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    splits: dict[str, list[Path]] = {}
    for path in inside:
        name = split_of(path)
        if name is not None and (path.is_dir() or _is_data_file(path)):
            splits.setdefault(name, []).append(path)
    if splits:
        chosen = choose_split(list(splits), split, str(folder))
        paths = splits[chosen]
        name = f"{folder.name} ({chosen})"
        if paths[0].is_dir():
            return _from_class_folders(paths[0], name)
        return from_files(paths, name=name, how=how)
    if files := [path for path in inside if path.is_file() and _is_data_file(path)]:
        return from_files(files, name=folder.name, how=how)
    return _from_class_folders(folder, folder.name)


def _from_class_folders(folder: Path, name: str) -> Table:
    """Read a folder that holds a folder of text files per class, as ``aclImdb/train`` does."""
    inside = sorted(
        path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
    )
    skipped = [path.name for path in inside if path.name.lower() in UNLABELLED_FOLDERS]
    columns: dict[str, list[Any]] = {FILE_TEXT: [], FILE_LABEL: [], FILE_RATING: []}
    for kind in inside:
        if kind.name in skipped:
            continue
        for path in sorted(kind.rglob("*.txt")):
            rating = re.fullmatch(r".*_(\d+(?:\.\d+)?)", path.stem)
            columns[FILE_TEXT].append(_document(path))
            columns[FILE_LABEL].append(kind.name)
            columns[FILE_RATING].append(rating[1] if rating else None)
    if not columns[FILE_TEXT]:
        found = listed([path.name for path in inside]) or "nothing"
        raise LabelledDataError(
            f"{folder}: expected a folder of .txt files per class, as in aclImdb/train/pos, or "
            f"data files ({', '.join(sorted(SUFFIXES))}), found {found}"
        )
    notes = tuple(f"the folder {one} holds no labels and was left out" for one in skipped)
    return Table(columns, name, notes=notes)


def _document(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabelledDataError(
            f"{path}: expected UTF-8, found byte 0x{error.object[error.start]:02x} at {error.start}"
        ) from None


def split_of(path: Path) -> str | None:
    """Return the split that the name of a file or folder speaks of: ``imdb_train.jsonl.gz``."""
    for word in re.split(r"[^a-z]+", path.name.lower()):
        if word in SPLITS:
            return SPLITS[word]
    return None


def _is_data_file(path: Path) -> bool:
    return last_suffix(path) in SUFFIXES
