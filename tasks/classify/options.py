"""Options that the commands of ``classify`` share, named as the Python arguments are."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import typer

from ..options import Delimiter as Delimiter
from ..options import Header as Header
from ..options import Quoting as Quoting
from ..options import Seed as Seed
from ..options import TextColumn as TextColumn
from ..options import Tokenizer as Tokenizer

# --- labelled texts ----------------------------------------------------------------------------

Data: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="CSV, TSV, JSON lines, Parquet, plain or packed; a folder; a hub name; - is stdin.",
    ),
]
Model: TypeAlias = Annotated[str, typer.Argument(metavar="MODEL", help="Folder of a model.")]
LabelColumn: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--label", metavar="COLUMN", help="Column of the label; several of 0 and 1: many a text."
    ),
]
Split: TypeAlias = Annotated[
    str | None, typer.Option(metavar="NAME", help="Which part of a folder or data set.")
]
Kind: TypeAlias = Annotated[
    Literal["classes", "multilabel", "rating"] | None,
    typer.Option(help="What labels are. [default: classes, or multilabel where they are lists]"),
]
LabelNames: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--label-names", metavar="NAME", help="Name of a class, in order; repeat it."),
]
LabelSeparator: TypeAlias = Annotated[
    str | None, typer.Option(metavar="SIGN", help="What stands between several labels of a text.")
]
IgnoreLabel: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--ignore-label", metavar="LABEL", help='A label that means "none", as -1.'),
]
Missing: TypeAlias = Annotated[
    Literal["error", "skip"],
    typer.Option(help="Rows without a label: refuse them, or leave them out."),
]
Test: TypeAlias = Annotated[
    str | None, typer.Option(metavar="DATA", help="Labelled texts to score on at the end.")
]
TestSplit: TypeAlias = Annotated[
    str | None, typer.Option(metavar="NAME", help="Which part of them, or of DATA.")
]

# --- the model ---------------------------------------------------------------------------------

Embeddings: TypeAlias = Annotated[
    Literal["staged", "frozen", "tuned", "scratch"] | None,
    typer.Option(
        help="Vectors stay, learn, learn last, or aren't used. [default: staged; scratch without]"
    ),
]
Encoder: TypeAlias = Annotated[
    Literal["gru", "lstm", "rnn", "bag"] | None, typer.Option(help="[default: gru]")
]
Hidden: TypeAlias = Annotated[
    int | None, typer.Option(help="Numbers in the state of one direction. [default: the class's]")
]
Layers: TypeAlias = Annotated[int | None, typer.Option(help="Recurrent layers. [default: 1]")]
Bidirectional: TypeAlias = Annotated[
    bool | None,
    typer.Option("--bidirectional/--no-bidirectional", help="Read texts backwards too, or not."),
]
Pooling: TypeAlias = Annotated[
    str | None,
    typer.Option(help="last, max, mean, attention, joined by +. [default: max+mean+attention]"),
]
MaxLength: TypeAlias = Annotated[
    int | None, typer.Option(help="Words read of a text. [default: 400]")
]
LongTexts: TypeAlias = Annotated[
    Literal["head+tail", "chunks"] | None,
    typer.Option(help="What becomes of longer ones. [default: head+tail]"),
]
Epochs: TypeAlias = Annotated[
    int | None, typer.Option(help="Passes over the texts. [default: the class's]")
]
BatchSize: TypeAlias = Annotated[
    int | None, typer.Option(help="Texts in a step; less needs less memory.")
]
ClassWeight: TypeAlias = Annotated[
    Literal["balanced"] | None, typer.Option(help="Let rare classes count as much as others.")
]
Calibrate: TypeAlias = Annotated[
    bool | None,
    typer.Option("--calibrate/--no-calibrate", help="Make probabilities honest."),
]
ValidationFraction: TypeAlias = Annotated[
    float | None, typer.Option(help="Share of the texts held out to stop by.")
]
Patience: TypeAlias = Annotated[
    int | None, typer.Option(help="Epochs without a better one after which a stage ends.")
]
Task: TypeAlias = Annotated[
    str | None, typer.Option(metavar="NAME", help="Of a model of several tasks: which of them.")
]
Device: TypeAlias = Annotated[str | None, typer.Option(help="cpu, cuda, mps. [default: what is]")]
MODEL_SETTINGS = (
    "embeddings",
    "encoder",
    "hidden",
    "layers",
    "bidirectional",
    "pooling",
    "max_length",
    "long_texts",
    "epochs",
    "batch_size",
    "class_weight",
    "calibrate",
    "validation_fraction",
    "patience",
    "tokenizer",
    "device",
    "seed",
)
"""Options that are arguments of :class:`.TextClassifier`."""
