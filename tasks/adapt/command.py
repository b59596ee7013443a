"""The command ``wordgraft adapt``; ``cli.py`` hangs it into the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import console
from ..classify import options
from ..options import Json, KeepModel, OutputFolder


def adapt(
    *,
    source: Annotated[
        str,
        typer.Option(
            metavar="DATA", help="Labelled texts: CSV, TSV, JSON lines, Parquet, a folder."
        ),
    ],
    target: Annotated[
        str,
        typer.Option(
            metavar="DOCS", help="Texts to classify: a line each, or a table; - is stdin."
        ),
    ],
    output: OutputFolder,
    vectors: Annotated[
        str | None, typer.Option(metavar="FILE", help="Word vectors. [default: words alone]")
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="auto, or a way to compare with none (none, idf, standardise, coral, subspace, "
            "weights, self-training, denoise, denoise+self-training, adversarial, "
            "denoise+adversarial, metric, pivots; network with vectors, vectors where they went "
            "on learning); "
            "may be repeated. [default: auto, all but metric, pivots and the adversarial ones, "
            "which take minutes]",
        ),
    ] = None,
    target_labels: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Labels of the target: to score by, never to choose."),
    ] = None,
    continue_epochs: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Let vectors go on learning on both texts for so many passes. "
            "[default: 5 for a file of wordgraft train, else 0]",
        ),
    ] = None,
    text: options.TextColumn = None,
    label: options.LabelColumn = None,
    split: options.Split = None,
    target_text: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Column of the target's text. [default: as --text]"),
    ] = None,
    target_split: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which part of the target.")
    ] = None,
    id_column: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help='Names of the target\'s texts. [default: "id", or row numbers]'
        ),
    ] = None,
    ignore_label: options.IgnoreLabel = None,
    missing: options.Missing = "error",
    header: options.Header = True,
    delimiter: options.Delimiter = None,
    quoting: options.Quoting = None,
    tokenizer: options.Tokenizer = None,
    vote: Annotated[
        int | None,
        typer.Option(min=1, help="How many of the best ways answer together. [default: 3]"),
    ] = None,
    folds: Annotated[
        int | None, typer.Option(min=2, help="Of reverse validation. [default: 3]")
    ] = None,
    seed: Annotated[int, typer.Option(help="Start of every random draw.")] = 0,
    keep_model: KeepModel = False,
    json: Json = False,
) -> None:
    """Classify texts of one domain by labels of another, in the ways that adapt best.

    Ways of adapting are compared with none by reverse validation, which needs no label of the
    target; the best three answer together. DIR gets predictions.csv, adaptation.json and
    report.html, a page with every way beside none. It appears whole or not at all.

    \b
    Examples:
      wordgraft adapt --source books.jsonl --target dvds.jsonl --vectors v.safetensors -o dvds
      wordgraft adapt --source books.csv --target dvds.csv --target-labels label -o dvds
      wordgraft adapt --source a.csv --target b.txt --method coral --method self-training -o b
      wordgraft adapt --source a.csv --target b.txt --keep-model -o b
      wordgraft classify predict b other.txt
      cat b.txt | wordgraft adapt --source a.csv --target - --vectors v.bin --json -o b
    """
    from ..reading.data_options import DataOptions
    from . import run as task
    from .page import text as page_text

    read = task.AdaptOptions(
        data=DataOptions.of(dict(locals())),
        split=split,
        target_text=target_text or text or (),
        target_labels=target_labels,
        target_split=target_split,
        id_column=id_column,
    )
    with console.stages_progress() as progress:
        result = task.run(
            source,
            target,
            output,
            vectors=vectors,
            continue_epochs=continue_epochs,
            ways=method or (),
            tokenizer=tokenizer,
            vote=vote,
            folds=folds,
            seed=seed,
            keep_model=keep_model,
            options=read,
            progress=progress,
        )
    console.show_json(result) if json else console.show(page_text(result))
    console.say(f"report: {output / task.REPORT}")
