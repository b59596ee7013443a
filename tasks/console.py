"""What commands say and where: results to standard output, everything else to standard error."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Number
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import typer

if TYPE_CHECKING:
    from ..embeddings.encoding import EncodingProgress
    from ..embeddings.progress import TrainingProgress
    from ..models.training.progress import FitProgress
    from .classify.compare import CompareProgress


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


@dataclass(frozen=True)
class Callbacks:
    """What to call while a corpus is read, a model trains, several are compared, work goes on."""

    encoding: Callable[[EncodingProgress], None] | None
    training: Callable[[TrainingProgress], None] | None
    comparing: Callable[[CompareProgress], None] | None = None
    stages: Callable[[str, int, int], None] | None = None


@contextmanager
def training_progress() -> Generator[Callbacks, None, None]:
    """Give callbacks that draw progress on a terminal; none, and silence, in a pipe."""
    if not sys.stderr.isatty():
        yield Callbacks(None, None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[told]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("reading", total=None, told="")

        def encoding(state: EncodingProgress) -> None:
            progress.update(
                bar,
                total=state.bytes_total,
                completed=state.bytes_done,
                told=f"{state.words_per_second:,.0f} words/s  {state.tokens:,} words, "
                f"{state.types:,} different",
            )

        def training(state: TrainingProgress) -> None:
            progress.update(
                bar,
                description=f"epoch {state.epoch}/{state.epochs}",
                total=state.words_total,
                completed=state.words_done,
                told=f"{state.words_per_second:,.0f} words/s  loss {state.loss:.4f}  "
                f"{duration(state.seconds_left)} left",
            )

        def comparing(state: CompareProgress) -> None:
            last, told = state.row, ""
            if last is not None:
                told = f"{last.method}, {last.labels:,} labels: {last.accuracy:.2%}"
            progress.update(
                bar,
                description="classifiers",
                total=state.total,
                completed=state.done,
                told=told,
            )

        def stages(name: str, done: int, total: int) -> None:
            progress.update(bar, description=name, total=total, completed=done, told="")

        yield Callbacks(encoding, training, comparing, stages)


@contextmanager
def fit_progress() -> Generator[Callable[[FitProgress], None] | None, None, None]:
    """Give a callback that draws how far a network is; none, and silence, in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[told]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("reading", total=None, told="")

        def fitting(state: FitProgress) -> None:
            shares = [f"loss {state.loss:.4f}"]
            if state.accuracy is not None:
                shares.append(f"accuracy {state.accuracy:.2%}")
            if state.last is not None and state.last.valid_accuracy is not None:
                shares.append(f"held out {state.last.valid_accuracy:.2%}")
            shares.append(f"{state.tokens_per_second:,.0f} tokens/s")
            progress.update(
                bar,
                description=f"{state.stage}, epoch {state.epoch}/{state.epochs}",
                total=state.epochs * state.steps,
                completed=(state.epoch - 1) * state.steps + state.step,
                told=f"{'  '.join(shares)}  {duration(state.seconds_left)} left",
            )

        yield fitting


@contextmanager
def rows_progress(description: str) -> Generator[Callable[[int, int], None] | None, None, None]:
    """Give a callback for rows done and rows in all; none, and silence, in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(description, total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)


@contextmanager
def stages_progress() -> Generator[Callable[[str, int, int], None] | None, None, None]:
    """Give a callback for what is done, steps done and in all; none, and silence, in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("opening", total=None)
        yield lambda name, done, total: progress.update(
            bar, description=name, completed=done, total=total
        )


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
