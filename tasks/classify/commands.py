"""The commands of ``wordgraft classify``; ``cli.py`` hangs them into the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .. import console
from ..heads.command import heads
from ..options import Json, chosen, whole_numbers
from . import options

app = typer.Typer(
    name="classify",
    help="Train classifiers on labelled texts, use them, score them, compare ways to train them.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def train(
    data: options.Data,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="MODEL", help="Folder to make.")
    ],
    vectors: Annotated[
        str | None, typer.Option(metavar="FILE", help="Pretrained vectors. [default: none]")
    ] = None,
    init_from: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Carry this model over to these labels.")
    ] = None,
    split: options.Split = None,
    test: options.Test = None,
    test_split: options.TestSplit = None,
    text: options.TextColumn = None,
    label: options.LabelColumn = None,
    kind: options.Kind = None,
    label_names: options.LabelNames = None,
    label_separator: options.LabelSeparator = None,
    ignore_label: options.IgnoreLabel = None,
    missing: options.Missing = "error",
    header: options.Header = True,
    delimiter: options.Delimiter = None,
    quoting: options.Quoting = None,
    embeddings: options.Embeddings = None,
    encoder: options.Encoder = None,
    hidden: options.Hidden = None,
    layers: options.Layers = None,
    bidirectional: options.Bidirectional = None,
    pooling: options.Pooling = None,
    max_length: options.MaxLength = None,
    long_texts: options.LongTexts = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    class_weight: options.ClassWeight = None,
    calibrate: options.Calibrate = None,
    validation_fraction: options.ValidationFraction = None,
    patience: options.Patience = None,
    tokenizer: options.Tokenizer = None,
    device: options.Device = None,
    seed: options.Seed = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Finish an interrupted run; give the same options.")
    ] = False,
    json: Json = False,
) -> None:
    """Train a classifier on DATA and write it to a folder; with --kind rating, a regressor.

    While it runs, MODEL.checkpoint/ holds checkpoints; Ctrl-C or worse loses little, and the same
    command with --resume goes on.

    \b
    Examples:
      wordgraft classify train reviews.csv --vectors wiki.safetensors -o sentiment
      wordgraft classify train aclImdb --split train --test-split test --vectors v.bin -o sentiment
      wordgraft classify train books.jsonl --init-from sentiment --embeddings staged -o books
      wordgraft classify train reviews.jsonl --kind rating --label stars --vectors v.txt -o stars
    """
    from ...models.training.devices import is_main_process
    from ..reading.data_options import DataOptions
    from . import run as task

    given = dict(locals())
    with console.fit_progress() as progress:
        result = task.train(
            data,
            output,
            vectors=vectors,
            settings=chosen(given, options.MODEL_SETTINGS),
            data=DataOptions.of(given),
            split=split,
            test=test,
            test_split=test_split,
            init_from=init_from,
            resume=resume,
            progress=progress,
        )
    if not is_main_process():
        return
    if json:
        console.show_json(result.to_json())
        return
    console.say(result.data)
    console.say(str(result))
    if result.test is not None:
        from .evaluation_page import text as page_text

        console.show(page_text(result.test))


@app.command()
def predict(
    model: options.Model,
    source: Annotated[
        str, typer.Argument(metavar="[FILE]", help="Texts, a line each, or a table; - is stdin.")
    ] = "-",
    *,
    split: options.Split = None,
    text: options.TextColumn = None,
    header: options.Header = True,
    delimiter: options.Delimiter = None,
    quoting: options.Quoting = None,
    threshold: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Probability from which a label counts.")
    ] = 0.5,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which words decided, for or against.")
    ] = False,
    task: options.Task = None,
    device: options.Device = None,
    json: Json = False,
) -> None:
    """Print a class and its probability for each text: as many lines as texts, in order.

    With --json an object a line, with the probabilities of all classes. A model of several tasks
    (wordgraft multitask) answers in a column for each; --task asks one of them.

    \b
    Examples:
      wordgraft classify predict sentiment reviews.txt
      echo "not a good film" | wordgraft classify predict sentiment --explain
      wordgraft classify predict sentiment reviews.csv --text body --json
    """
    from ..reading.data_options import DataOptions
    from . import prediction

    given = dict(locals())
    answers = prediction.predict(
        model,
        source,
        text=text or (),
        split=split,
        data=DataOptions.of(given),
        threshold=threshold,
        explain=explain,
        device=device,
        task=task,
    )
    count = unread = 0
    for answer in answers:
        count, unread = count + 1, unread + answer.unread
        if json:
            console.show_json(answer)
        else:
            console.show("\t".join(answer.columns()))
    if unread:
        console.say(
            f"{unread:,} of {count:,} texts have no word that the model knows: their answer is the "
            "same for all"
        )


@app.command()
def evaluate(
    model: options.Model,
    data: options.Data,
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="HTML", help="Page with pictures to write."),
    ] = None,
    split: options.Split = None,
    train: Annotated[
        str | None, typer.Option(metavar="DATA", help="What it was trained on: look for leaks.")
    ] = None,
    train_split: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which part of that, or of DATA.")
    ] = None,
    text: options.TextColumn = None,
    label: options.LabelColumn = None,
    kind: options.Kind = None,
    label_names: options.LabelNames = None,
    label_separator: options.LabelSeparator = None,
    ignore_label: options.IgnoreLabel = None,
    missing: options.Missing = "error",
    header: options.Header = True,
    delimiter: options.Delimiter = None,
    quoting: options.Quoting = None,
    task: options.Task = None,
    device: options.Device = None,
    json: Json = False,
) -> None:
    """Score MODEL on DATA: accuracy with its interval, F1, confusion, ROC, calibration, mistakes.

    \b
    Examples:
      wordgraft classify evaluate sentiment test.csv
      wordgraft classify evaluate sentiment aclImdb --split test --train-split train -o report.html
    """
    from ..reading.data_options import DataOptions
    from . import run as classify

    found = classify.evaluate_files(
        model,
        data,
        output=output,
        data=DataOptions.of(dict(locals())),
        split=split,
        train=train,
        train_split=train_split,
        device=device,
        task=task,
    )
    if json:
        console.show_json(found.to_json())
    else:
        from .evaluation_page import text as page_text

        console.show(page_text(found))
    if output is not None:
        console.say(f"report: {output}")


@app.command()
def compare(
    data: options.Data,
    *,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="HTML", help="Page to write; rows beside it."),
    ],
    vectors: Annotated[str, typer.Option(metavar="FILE", help="Pretrained vectors.")],
    methods: Annotated[
        str, typer.Option(help="Of scratch, frozen, tuned, staged, tfidf.")
    ] = "scratch,frozen,tuned,staged,tfidf",
    sizes: Annotated[
        str, typer.Option(help="Numbers of labels to train on.")
    ] = "100,300,1000,3000,10000,all",
    seeds: Annotated[str, typer.Option(help="Of draws and training.")] = "1,2,3",
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
    hidden: options.Hidden = None,
    layers: options.Layers = None,
    bidirectional: options.Bidirectional = None,
    pooling: options.Pooling = None,
    max_length: options.MaxLength = None,
    long_texts: options.LongTexts = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    class_weight: options.ClassWeight = None,
    validation_fraction: options.ValidationFraction = None,
    patience: options.Patience = None,
    tokenizer: options.Tokenizer = None,
    device: options.Device = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep the rows there are; train what is missing.")
    ] = False,
    json: Json = False,
) -> None:
    """Draw accuracy against number of labels for ways to use vectors, with times.

    Every method trains on the same balanced draws and is tested on the same texts: those of --test
    or --test-split, else a fifth of DATA. Rows are kept as they come, in the .json beside the page;
    after an interruption the same command with --resume goes on.

    \b
    Examples:
      wordgraft classify compare reviews.csv --vectors wiki.safetensors -o compare.html
      wordgraft classify compare aclImdb --split train --test-split test --vectors v.bin -o c.html
      wordgraft classify compare r.csv --vectors v.bin --sizes 100,all -o c.html --resume
    """
    from ..reading.data_options import DataOptions
    from . import run as task

    given = dict(locals())
    with console.rows_progress("models") as rows:
        found = task.compare_files(
            data,
            output,
            vectors=vectors,
            settings=chosen(given, options.MODEL_SETTINGS),
            data=DataOptions.of(given),
            split=split,
            test=test,
            test_split=test_split,
            methods=[name.strip() for name in methods.split(",")],
            sizes=_sizes(sizes),
            seeds=whole_numbers("seeds", seeds),
            resume=resume,
            progress=None if rows is None else lambda state: rows(state.done, state.total),
        )
    if json:
        console.show_json(found.to_json())
    else:
        from .comparison_page import text as page_text

        console.show(page_text(found))
    console.say(f"report: {output}")


app.command()(heads)


def _sizes(text: str) -> list[Any]:
    """Return numbers of labels, and "all" where it stands."""
    parts = [one.strip() for one in text.split(",")]
    return ["all" if one == "all" else whole_numbers("sizes", one)[0] for one in parts]
