"""What commands write: results as JSON, pages, tables; and what becomes of Ctrl-C before that."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from ..embeddings.errors import ConfigurationError, TrainingInterrupted
from ..embeddings.interrupts import Interrupts

TableFormat: TypeAlias = Literal["parquet", "csv"]
MODEL = "model"
"""Folder of a fitted model within the folder of a result, where it is kept."""


class StoppedWritten(TrainingInterrupted):
    """Ctrl-C was pressed, and an output was written with what there was."""


@contextmanager
def until_written(output: str | os.PathLike[str]) -> Generator[Interrupts]:
    """Note Ctrl-C, to be heard where the block says so, while an output isn't written yet.

    Raises:
        TrainingInterrupted: It was pressed.
        StoppedWritten: As the block raised it.
    """
    try:
        with Interrupts() as stop:
            yield stop
    except StoppedWritten:
        raise
    except (KeyboardInterrupt, TrainingInterrupted) as error:
        if getattr(error, "checkpoint", None) is not None:
            raise
        raise TrainingInterrupted(f"stopped: {output} was not written", checkpoint=None) from None


def kept_model(path: str | os.PathLike[str]) -> Path:
    """Return the folder of a model: the one that is named, or the one kept in it."""
    inner = Path(path, MODEL)
    return inner if inner.is_dir() else Path(path)


def check_format(format: str) -> None:
    """Raise unless tables can be written in a format.

    Raises:
        ConfigurationError: It is neither Parquet nor CSV.
    """
    if format not in get_args(TableFormat):
        raise ConfigurationError(f"format: expected parquet or csv, found {format!r}")


def write_json(path: Path, result: Any) -> None:
    """Write a result, a dataclass or what JSON has, as indented JSON."""
    from ..models.scores import to_json

    text = json.dumps(to_json(result), ensure_ascii=False, allow_nan=False, indent=1)
    write_text(path, text + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text the same on every system: UTF-8, lines ending in a line feed."""
    path.write_text(text, encoding="utf-8", newline="\n")


def write_table(path: Path, columns: Mapping[str, Any], format: TableFormat) -> None:
    """Write columns of PyArrow arrays of one length.

    Args:
        path: The file.
        columns: By name.
        format: Parquet is packed.
    """
    import pyarrow as pa

    table = pa.table(dict(columns))
    if format == "csv":
        from pyarrow import csv

        csv.write_csv(table, path)
        return
    from pyarrow import parquet

    parquet.write_table(table, path, compression="zstd")
