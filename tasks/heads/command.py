"""The command ``wordgraft classify heads``; ``classify/commands.py`` hangs it into its group."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import console
from ..classify import options
from ..options import MOST_SEED, Json


def heads(
    data: options.Data,
    *,
    models: Annotated[
        list[str],
        typer.Option(
            "--model",
            metavar="MODEL",
            help="Folder of a fitted model: a classifier, a regressor, several tasks, or what "
            "embed --save-model wrote; repeat it to average several.",
        ),
    ],
    cache: Annotated[Path, typer.Option(metavar="DIR", help="Folder that features are kept in.")],
    layer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Features for all models, or once for each: last, what the head sees; encoder; "
            "embedding, the mean of the words. [default: last]",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="HTML", help="Page to write.")
    ] = None,
    save_model: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep the heads and their models, for classify predict."),
    ] = None,
    folds: Annotated[
        int, typer.Option(min=2, help="Parts of DATA to test on, where no other texts are named.")
    ] = 5,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Compute damaged features, and old ones, anew.")
    ] = False,
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
    device: options.Device = None,
    seed: Annotated[int, typer.Option(min=0, max=MOST_SEED, help="Of the folds.")] = 0,
    json: Json = False,
) -> None:
    """Fit heads for DATA on what fitted models see of it: features are computed once and kept.

    The next head on the same texts, with other labels, takes a moment. Accuracy is that of heads
    on texts they didn't learn from, model by model and all averaged, beside TF-IDF and logistic
    regression, which carry nothing over. A model should not have learnt from DATA's own labels.

    \b
    Examples:
      wordgraft classify heads letters.csv --model sentiment --cache features
      wordgraft classify heads letters.csv --model sentiment --model space --cache f -o h.html
      wordgraft classify heads letters.csv --model sentiment --model space --layer encoder
        --layer last --cache features --save-model heads
      wordgraft classify predict heads more.txt
    """
    from ..reading.data_options import DataOptions
    from . import run as task
    from .page import text as page_text

    read = DataOptions.of(dict(locals()))
    with console.stages_progress() as progress:
        found = task.run(
            data,
            models=models,
            cache=cache,
            layers=layer or (),
            output=output,
            save_model=save_model,
            folds=folds,
            rebuild=rebuild,
            data=read,
            split=split,
            test=test,
            test_split=test_split,
            device=device,
            seed=seed,
            progress=progress,
        )
    console.show_json(found) if json else console.show(page_text(found))
    if output is not None:
        console.say(f"report: {output}")
