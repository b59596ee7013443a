"""Options that the commands about documents share, named as the Python arguments are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

import typer

from ..options import Delimiter as Delimiter
from ..options import Header as Header
from ..options import Quoting as Quoting
from ..options import Seed as Seed
from ..options import TextColumn as TextColumn
from ..options import Tokenizer as Tokenizer
from ..options import chosen

Docs: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="DOCS",
        help="Text file of a document a line, folder of text files, JSON lines, CSV, Parquet; "
        "- is stdin.",
    ),
]
IdColumn: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help='Column of the names. [default: "id", or row numbers]'),
]
Split: TypeAlias = Annotated[
    str | None, typer.Option(metavar="NAME", help="Which part of a data set.")
]
Errors: TypeAlias = Annotated[
    Literal["strict", "replace", "ignore"],
    typer.Option(help="What to do with bytes that are no UTF-8."),
]
KnownLabels: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help='Known labels to score against; of a folder: "label".'),
]
Weighting: TypeAlias = Annotated[
    Literal["auto", "mean", "idf", "sif", "usif", "max", "power"] | None,
    typer.Option(help="How words make a document. [default: auto]"),
]
RemoveComponents: TypeAlias = Annotated[
    int | None,
    typer.Option(help="Common directions to take off. [default: sif 1, usif 5, others 0]"),
]
Center: TypeAlias = Annotated[
    bool | None,
    typer.Option("--center/--no-center", help="Take off the documents' mean. [default: no]"),
]
Normalize: TypeAlias = Annotated[
    bool | None,
    typer.Option("--normalize/--no-normalize", help="Scale to length 1. [default: auto alone]"),
]
Smoothing: TypeAlias = Annotated[
    float | None, typer.Option(help="a of SIF's weights a / (a + p). [default: 0.001]")
]
WordCounts: TypeAlias = Annotated[
    Literal["vectors", "collection"] | None,
    typer.Option(help="Whose word counts SIF and uSIF use. [default: the vectors', if known]"),
]
Empty: TypeAlias = Annotated[
    Literal["zero", "mean", "error"] | None,
    typer.Option(help="What a document without a known word becomes. [default: zero]"),
]
FitOn: TypeAlias = Annotated[
    int, typer.Option(min=1, help="Learn from so many documents at most, drawn evenly.")
]
VECTORIZER_SETTINGS = (
    "weighting",
    "tokenizer",
    "remove_components",
    "center",
    "normalize",
    "smoothing",
    "word_counts",
    "empty",
    "seed",
)
"""Options that are arguments of :class:`.DocumentVectorizer`."""


def vectorizer_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of a command's options that were given, as arguments of the vectoriser."""
    return chosen(given, VECTORIZER_SETTINGS)
