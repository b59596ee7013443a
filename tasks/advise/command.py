"""The command ``wordgraft advise``; ``cli.py`` hangs it into the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import console
from ..classify import options
from ..options import Json, chosen, whole_numbers

SETTINGS = ("encoder", "max_length", "epochs", "tokenizer", "device")
"""Options that are arguments of :class:`.TextClassifier`."""


def advise(
    data: options.Data,
    *,
    vectors: Annotated[str, typer.Option(metavar="FILE", help="Vectors that may be grafted on.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="HTML", help="Page to write.")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Train all four ways and see whether it was right.")
    ] = False,
    against: Annotated[
        str | None,
        typer.Option(metavar="TEXTS", help="Texts like those the vectors were trained on."),
    ] = None,
    seeds: Annotated[str, typer.Option(help="Of the trainings of --verify.")] = "1",
    split: options.Split = None,
    test: options.Test = None,
    test_split: options.TestSplit = None,
    text: options.TextColumn = None,
    label: options.LabelColumn = None,
    label_names: options.LabelNames = None,
    ignore_label: options.IgnoreLabel = None,
    missing: options.Missing = "error",
    header: options.Header = True,
    delimiter: options.Delimiter = None,
    quoting: options.Quoting = None,
    encoder: options.Encoder = None,
    max_length: options.MaxLength = None,
    epochs: options.Epochs = None,
    tokenizer: options.Tokenizer = None,
    device: options.Device = None,
    json: Json = False,
) -> None:
    """Say how to fine-tune on DATA: frozen, tuned, staged or from scratch, and why.

    Measures the size of DATA and how like it is to what the vectors were trained on; trains nothing
    but small linear models. --verify trains all four ways on four fifths (or on DATA, where --test
    or --test-split names other texts) and tells how far the advice was from the best.

    \b
    Examples:
      wordgraft advise reviews.csv --vectors wiki.safetensors
      wordgraft advise reviews.csv --vectors wiki.safetensors --verify -o advice.html
      wordgraft advise posts.jsonl --vectors v.bin --against news.txt --json
    """
    from ..reading.data_options import DataOptions
    from . import run as task
    from .page import text as page_text

    given = dict(locals())
    with console.rows_progress("models") as rows:
        found = task.advise_files(
            data,
            vectors=vectors,
            output=output,
            data=DataOptions.of(given),
            split=split,
            test=test,
            test_split=test_split,
            against=against,
            settings=chosen(given, SETTINGS),
            trying=verify,
            seeds=whole_numbers("seeds", seeds),
            progress=None if rows is None else lambda state: rows(state.done, state.total),
        )
    console.show_json(found.to_json()) if json else console.show(page_text(found))
    if output is not None:
        console.say(f"report: {output}")
