"""The commands of ``wordgraft multitask``; ``cli.py`` hangs them into the command line."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from ...embeddings.errors import ConfigurationError
from .. import console
from ..classify import options
from ..options import Json, OutputFolder, chosen

TextColumn: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--text", metavar="[NAME=]COLUMN", help="Column of the text, of one task or of all."
    ),
]
LabelColumn: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--label", metavar="[NAME=]COLUMN", help="Column of the label, of one task or of all."
    ),
]

app = typer.Typer(
    name="multitask",
    help="Train one network for several tasks, and add a task to it later.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def train(
    *,
    tasks: Annotated[
        list[str],
        typer.Option(
            "--task",
            metavar="NAME=DATA",
            help="A task and its labelled texts, as for classify train; once for each.",
        ),
    ],
    output: OutputFolder,
    vectors: Annotated[
        str | None, typer.Option(metavar="FILE", help="Pretrained vectors. [default: none]")
    ] = None,
    test: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=DATA",
            help="Texts to test a task on. [default: a fifth of its texts, held out]",
        ),
    ] = None,
    weight: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=NUMBER", help="What a label of a task counts. [default: 1]"),
    ] = None,
    temperature: Annotated[
        float,
        typer.Option(
            min=1.0,
            help="1: each text once an epoch; more: small tasks more often; inf: all as often.",
        ),
    ] = 1.0,
    compare: Annotated[
        bool,
        typer.Option("--compare/--no-compare", help="Train each task alone too, or not."),
    ] = True,
    split: options.Split = None,
    text: TextColumn = None,
    label: LabelColumn = None,
    ignore_label: options.IgnoreLabel = None,
    missing: options.Missing = "error",
    header: options.Header = True,
    delimiter: options.Delimiter = None,
    quoting: options.Quoting = None,
    embeddings: options.Embeddings = None,
    encoder: options.Encoder = None,
    hidden: options.Hidden = None,
    max_length: options.MaxLength = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    tokenizer: options.Tokenizer = None,
    device: options.Device = None,
    seed: options.Seed = None,
    json: Json = False,
) -> None:
    """Train one network that reads for several tasks, and show what that gained over each alone.

    DIR gets the model, multitask.json and report.html, a page with every task beside a classifier
    of the same settings that learns it alone. It appears whole or not at all. classify predict
    answers for all tasks.

    \b
    Examples:
      wordgraft multitask train --vectors wiki.safetensors --task mood=reviews.csv
        --task topic=news.jsonl -o tasks
      wordgraft classify predict tasks letters.txt
      wordgraft multitask train --task mood=reviews.csv --task topic=reviews.csv
        --label mood=stars --label topic=genre -o tasks
      wordgraft multitask train --vectors v.bin --task mood=aclImdb/train --test mood=aclImdb/test
        --task topic=news.csv --temperature 2 --weight topic=0.5 -o tasks --json
    """
    from ..reading.data_options import DataOptions
    from . import run as task
    from .page import text as page_text

    given = dict(locals())
    with console.stages_progress() as progress:
        result = task.train(
            tasks,
            output,
            vectors=vectors,
            tests=test or (),
            weights=weight or (),
            temperature=temperature,
            compare=compare,
            settings=chosen(given, options.MODEL_SETTINGS),
            data=DataOptions.of(given),
            split=split,
            progress=progress,
        )
    console.show_json(result) if json else console.show(page_text(result))
    console.say(f"report: {output / task.REPORT}")


@app.command()
def add(
    model: Annotated[
        str, typer.Argument(metavar="DIR", help="Folder that multitask train or add wrote.")
    ],
    *,
    tasks: Annotated[
        list[str],
        typer.Option("--task", metavar="NAME=DATA", help="The new task and its labelled texts."),
    ],
    output: OutputFolder,
    test: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=DATA", help="Texts to test it on. [default: a fifth, held out]"),
    ] = None,
    split: options.Split = None,
    text: TextColumn = None,
    label: LabelColumn = None,
    ignore_label: options.IgnoreLabel = None,
    missing: options.Missing = "error",
    header: options.Header = True,
    delimiter: options.Delimiter = None,
    quoting: options.Quoting = None,
    device: options.Device = None,
    seed: options.Seed = None,
    json: Json = False,
) -> None:
    """Add a head for one task more to a network that stays as it is: seconds.

    The other tasks answer as before, to the bit. The new folder gets the model, multitask.json and
    report.html, with the new head beside TF-IDF and logistic regression, which carry nothing over.

    \b
    Examples:
      wordgraft multitask add tasks --task spam=letters.csv -o more
      wordgraft multitask add tasks --task spam=letters.csv --test spam=others.csv -o more --json
    """
    from ..reading.data_options import DataOptions
    from . import run as task
    from .page import text as page_text

    given = dict(locals())
    if len(tasks) > 1:
        raise ConfigurationError(
            f"--task: expected one task at a time, found {len(tasks)}: {', '.join(tasks)}. Add the "
            "next to the folder that this one makes"
        )
    result = task.add(
        model,
        tasks[0],
        output,
        tests=test or (),
        data=DataOptions.of(given),
        split=split,
        device=device,
        seed=seed or 0,
    )
    console.show_json(result) if json else console.show(page_text(result))
    console.say(f"report: {output / task.REPORT}")
