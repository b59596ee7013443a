"""The commands for few labels and none; ``cli.py`` hangs them into the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ...embeddings.errors import ConfigurationError
from .. import console
from ..classify import options as classify_options
from ..options import Json, KeepModel, OutputFolder, WordVectorsFile, chosen, whole_numbers
from ..reading import document_options as options

SETTINGS = ("neighbours", "rounds", "balance", "tokenizer", "fit_on", "seed")
"""Options that are arguments of :class:`.ZeroShotClassifier`."""


def zero_shot(
    docs: options.Docs,
    *,
    output: OutputFolder,
    vectors: WordVectorsFile,
    classes: Annotated[
        list[str],
        typer.Option(
            "--class",
            metavar="NAME[=WORDS]",
            help="A class, and words that describe it in place of its name; once for each.",
        ),
    ],
    neighbours: Annotated[
        int | None, typer.Option(help="Near words added to each class. [default: 10]")
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(help="Of refinement on the documents; 0 for none. [default: 12]"),
    ] = None,
    balance: Annotated[
        float | None,
        typer.Option(help="0: classes of any size; 1: all of one. [default: 0]"),
    ] = None,
    format: Annotated[Literal["parquet", "csv"], typer.Option(help="Of the predictions.")] = "csv",
    keep_model: KeepModel = False,
    tokenizer: options.Tokenizer = None,
    text: options.TextColumn = None,
    labels: options.KnownLabels = None,
    id_column: options.IdColumn = None,
    split: options.Split = None,
    header: options.Header = True,
    delimiter: options.Delimiter = None,
    quoting: options.Quoting = None,
    errors: options.Errors = "strict",
    fit_on: options.FitOn = 100_000,
    seed: options.Seed = None,
    json: Json = False,
) -> None:
    """Put documents in classes from the names of the classes alone, and write a page about it.

    DIR gets predictions.csv or .parquet (id, class, share), zero-shot.json and report.html, a page
    that needs nothing else: what each class was read as, its surest documents, and what vectors
    bought over looking for the name in the text. It appears whole or not at all.

    \b
    Examples:
      wordgraft zero-shot news.txt --vectors wiki.safetensors --class sport --class business -o out
      wordgraft zero-shot ag.csv --vectors v.bin --class "1=international politics" --class 2=sports
        --class 3=business --class 4=technology --labels label -o ag
      wordgraft zero-shot old.txt --vectors v.bin --class sport --class business --keep-model -o old
      wordgraft classify predict old new.txt
    """
    from ..reading.data_options import DocumentOptions
    from . import zero_shot as task
    from .zero_shot_page import text as page_text

    given = dict(locals())
    result = task.zero_shot_files(
        docs,
        output,
        vectors=vectors,
        classes=_classes(classes),
        settings=chosen(given, SETTINGS),
        options=DocumentOptions.of(given),
        format=format,
        keep_model=keep_model,
    )
    console.show_json(result) if json else console.show(page_text(result))
    console.say(f"report: {output / task.REPORT}")


def unseen_classes(
    docs: options.Docs,
    *,
    labelled: Annotated[
        str,
        typer.Option(metavar="DATA", help="Texts with labels, of some of the classes; a table."),
    ],
    classes: Annotated[
        list[str],
        typer.Option(
            "--class",
            metavar="NAME[=WORDS]",
            help="A class without labelled texts; or one with, to describe it. Once for each.",
        ),
    ],
    output: OutputFolder,
    vectors: WordVectorsFile,
    method: Annotated[
        Literal["eszsl", "sje"], typer.Option(help="What maps documents to classes.")
    ] = "eszsl",
    seen_penalty: Annotated[
        float | None,
        typer.Option(
            min=0, help="Off the scores of labelled classes. [default: chosen on their texts]"
        ),
    ] = None,
    neighbours: Annotated[
        int | None, typer.Option(help="Near words added to each class. [default: 10]")
    ] = None,
    label: classify_options.LabelColumn = None,
    labelled_text: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Column of the labelled texts. [default: by name]"),
    ] = None,
    labelled_split: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which part of the labelled texts.")
    ] = None,
    ignore_label: classify_options.IgnoreLabel = None,
    missing: classify_options.Missing = "error",
    format: Annotated[Literal["parquet", "csv"], typer.Option(help="Of the predictions.")] = "csv",
    tokenizer: options.Tokenizer = None,
    text: options.TextColumn = None,
    labels: options.KnownLabels = None,
    id_column: options.IdColumn = None,
    split: options.Split = None,
    header: options.Header = True,
    delimiter: options.Delimiter = None,
    quoting: options.Quoting = None,
    errors: options.Errors = "strict",
    fit_on: options.FitOn = 100_000,
    seed: options.Seed = None,
    json: Json = False,
) -> None:
    """Put documents in classes of which some have labelled texts and some only a name.

    DIR gets predictions.csv or .parquet (id, class, score, and the class by names alone),
    unseen-classes.json and report.html, a page that compares with labels alone and with names alone
    (zero-shot). It appears whole or not at all. Names alone are often better: see the page.

    \b
    Examples:
      wordgraft unseen-classes news.txt --labelled seen.csv --class sport --vectors v.bin -o out
      wordgraft unseen-classes ag.csv --labelled seen.csv --class 4=technology --class 2=sports
        --class "1=international politics" --class 3=business --labels label --vectors v.bin -o ag
      wordgraft unseen-classes - --labelled seen.csv --class sport --method sje --vectors v.bin -o s
    """
    from ..reading.data_options import DataOptions, DocumentOptions
    from . import unseen_classes as task
    from .unseen_classes_page import text as page_text

    given = dict(locals())
    result = task.unseen_class_files(
        docs,
        output,
        labelled=labelled,
        vectors=vectors,
        classes=_classes(classes),
        method=method,
        seen_penalty=seen_penalty,
        settings=chosen(given, SETTINGS),
        options=DocumentOptions.of(given),
        data=DataOptions.of({**given, "text": labelled_text}),
        split=labelled_split,
        format=format,
    )
    console.show_json(result) if json else console.show(page_text(result))
    console.say(f"report: {output / task.REPORT}")


def few_shot(
    data: classify_options.Data,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="HTML", help="Page to write.")],
    vectors: WordVectorsFile,
    shots: Annotated[
        str, typer.Option(metavar="N,N...", help="Labels of each class to learn from.")
    ] = "1,5,10,20",
    draws: Annotated[int, typer.Option(min=1, help="How often labels are drawn.")] = 20,
    methods: Annotated[
        str, typer.Option(help="Of tfidf, prototypes, logistic, sif, codes.")
    ] = "tfidf,prototypes,logistic,sif,codes",
    unlabelled: Annotated[
        str | None,
        typer.Option(metavar="DOCS", help="Learn sparse codes from these, not from DATA's texts."),
    ] = None,
    split: classify_options.Split = None,
    test: classify_options.Test = None,
    test_split: classify_options.TestSplit = None,
    text: classify_options.TextColumn = None,
    label: classify_options.LabelColumn = None,
    label_names: classify_options.LabelNames = None,
    ignore_label: classify_options.IgnoreLabel = None,
    missing: classify_options.Missing = "error",
    header: options.Header = True,
    delimiter: options.Delimiter = None,
    quoting: options.Quoting = None,
    tokenizer: options.Tokenizer = None,
    seed: Annotated[int, typer.Option(help="Of the draws.")] = 0,
    json: Json = False,
) -> None:
    """Show what a few labels of each class are worth, with vectors and without.

    Labels are drawn again and again; every method learns from the same draws and is tested on the
    same texts: those of --test or --test-split, else the others of DATA.

    \b
    Examples:
      wordgraft few-shot news.csv --vectors wiki.safetensors -o few.html
      wordgraft few-shot 20news/ --split train --test-split test --vectors v.bin -o few.html
      wordgraft few-shot news.csv --vectors v.bin --shots 1,2,4,8 --draws 5 -o few.html --json
    """
    from ..reading.data_options import DataOptions
    from . import few_shot as task
    from .few_shot_page import text as page_text

    read = DataOptions.of(dict(locals()))
    with console.rows_progress("fits") as progress:
        found = task.few_shot_files(
            data,
            output,
            vectors=vectors,
            shots=whole_numbers("shots", shots),
            draws=draws,
            methods=[name.strip() for name in methods.split(",")],
            tokenizer=tokenizer,
            data=read,
            unlabelled=unlabelled,
            split=split,
            test=test,
            test_split=test_split,
            seed=seed,
            progress=progress,
        )
    console.show_json(found.to_json()) if json else console.show(page_text(found))
    console.say(f"report: {output}")


def _classes(given: list[str]) -> dict[str, str | None]:
    """Return descriptions by name; a name stands once."""
    found: dict[str, str | None] = {}
    for one in given:
        name, equals, description = one.partition("=")
        name = name.strip()
        if not name or (equals and not description.strip()):
            raise ConfigurationError(f"--class: expected NAME or NAME=WORDS, found {one!r}")
        if name in found:
            raise ConfigurationError(f"--class: {name!r} stands there twice")
        found[name] = description.strip() if equals else None
    return found
