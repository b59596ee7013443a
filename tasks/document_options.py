"""Options that the commands about documents share, named as the Python arguments are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

import typer

Docs: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="DOCS",
        help="Text file of a document a line, folder of text files, JSON lines, CSV, Parquet; "
        "- is stdin.",
    ),
]
TextColumn: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--text", metavar="COLUMN", help="Column of the text; several are joined."),
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
Weighting: TypeAlias = Annotated[
    Literal["auto", "mean", "idf", "sif", "usif", "max", "power"] | None,
    typer.Option(help="How words make a document. [default: auto]"),
]
Tokenizer: TypeAlias = Annotated[
    str | None, typer.Option(help="default, whitespace, spacy:NAME. [default: the vectors' own]")
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
Seed: TypeAlias = Annotated[int | None, typer.Option(help="Start of every random draw.")]
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
    known = {name: given.get(name) for name in VECTORIZER_SETTINGS}
    return {name: value for name, value in known.items() if value is not None}
