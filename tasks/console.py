"""What commands say and where: results to standard output, everything else to standard error."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Number
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import typer

if TYPE_CHECKING:
    from ..embeddings.word2vec import TrainingProgress


def say(text: str) -> None:
    """Write a message for the person at the terminal to standard error."""
    typer.echo(text, err=True)


def show(text: str) -> None:
    """Write a result to standard output."""
    typer.echo(text)


def show_json(value: Any) -> None:
    """Write a result to standard output as one line of JSON; dataclasses become objects."""
    typer.echo(json.dumps(_plain(value), ensure_ascii=False, allow_nan=False))


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return aligned columns: the first to the left, the others to the right."""
    lines = [header, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


@contextmanager
def training_progress() -> Generator[Callable[[TrainingProgress], None] | None, None, None]:
    """Give a callback that draws progress on a terminal; ``None``, and silence, in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (
        TextColumn("epoch {task.fields[epoch]}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[speed]:,.0f} words/s  loss {task.fields[loss]:.4f}"),
        TextColumn("{task.fields[left]} left"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("", total=None, epoch="-", speed=0.0, loss=0.0, left="?")

        def update(state: TrainingProgress) -> None:
            progress.update(
                bar,
                total=state.words_total,
                completed=state.words_done,
                epoch=f"{state.epoch}/{state.epochs}",
                speed=state.words_per_second,
                loss=state.loss,
                left=duration(state.seconds_left),
            )

        yield update


def duration(seconds: float) -> str:
    """Return seconds as people say them: ``45 s``, ``3:05 min``, ``2:03:00 h``."""
    if not math.isfinite(seconds):
        return "?"
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02} min"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02} h"


def _plain(value: Any) -> Any:
    """Return ``value`` in the types JSON has; not-a-number becomes null."""
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    fields: tuple[str, ...] = getattr(value, "_fields", ())  # of a named tuple
    if fields:
        return {name: _plain(getattr(value, name)) for name in fields}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Number) and not isinstance(value, (int, float)):  # NumPy's
        return _plain(cast("Any", value).item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
