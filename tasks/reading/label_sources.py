"""Tables from wherever labelled text lives: files, folders, hub names, standard input."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from ...embeddings.compression import COMPRESSED_SUFFIXES
from ...embeddings.errors import CorpusNotFoundError, LabelledDataError
from ...embeddings.reading import STDIN
from .label_files import from_files, from_folder, from_stdin, split_of
from .label_tables import SPLITS, SUFFIXES, Reading, Table, choose_split, collect, last_suffix


def read_table(source: Any, *, split: str | None, how: Reading) -> Table:
    """Read a source whole.

    Raises:
        CorpusNotFoundError: A path that looks like one doesn't exist.
        LabelledDataError: It can't be read as a table; says why and what to do.
    """
    if not isinstance(source, (str, os.PathLike)):
        return _from_dataset(source, split=split, name=None)
    if source == STDIN:
        return from_stdin(how)
    path = Path(cast("str | os.PathLike[str]", source))
    if path.is_dir():
        return from_folder(path, split=split, how=how)
    if path.exists():
        if split is not None and split_of(path) not in (None, SPLITS.get(split, split)):
            raise LabelledDataError(
                f"{path}: split={split!r} was asked for, but a file is one split by itself"
            )
        return from_files([path], name=path.name, how=how)
    if _looks_like_a_path(str(source)):
        raise CorpusNotFoundError(f"{path}: no such file or folder")
    return _from_hub(str(source), split=split)


def _from_hub(name: str, *, split: str | None) -> Table:
    import datasets

    try:
        found = datasets.load_dataset(name)
    except Exception as error:  # whatever the hub's client raises: it has dozens of classes
        why = str(error).strip().partition("\n")[0] or type(error).__name__
        raise LabelledDataError(
            f"{name}: no file or folder of that name here, and no data set of that name could be "
            f"had from the Hugging Face hub ({why:.200}). Check the spelling or the connection"
        ) from error
    return _from_dataset(found, split=split, name=name)


def _from_dataset(dataset: Any, *, split: str | None, name: str | None) -> Table:
    if isinstance(dataset, Mapping):
        splits = cast("Mapping[str, Any]", dataset)
        name = name or "the data set"
        chosen = choose_split(list(splits), split, name)
        return collect(splits[chosen], name=f"{name} ({chosen})")
    if not hasattr(dataset, "column_names") or not hasattr(dataset, "iter"):
        raise LabelledDataError(
            "labelled texts: expected a path, the name of a data set, or a datasets.Dataset, "
            f"found {type(dataset).__name__}"
        )
    info = getattr(dataset, "info", None)
    return collect(dataset, name=name or getattr(info, "dataset_name", None) or "data set")


def _looks_like_a_path(source: str) -> bool:
    """Tell a mistyped path from the name of a data set, which is ``name`` or ``owner/name``."""
    return (
        source.startswith((".", "/", "~"))
        or source.count("/") > 1
        or "\\" in source
        or last_suffix(Path(source)) in SUFFIXES
        or Path(source).suffix in COMPRESSED_SUFFIXES
        or source.endswith((".txt", "/"))
    )
