"""Arguments and options that several commands share."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

VectorsFile = Annotated[str, typer.Argument(metavar="VECTORS", help="File of vectors, or its URL.")]
Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON, for machines.")]
Topn = Annotated[int, typer.Option(min=1, help="How many words to print.")]
RestrictVocab = Annotated[
    int | None, typer.Option(min=1, help="Answer among this many of the most frequent words.")
]
Method = Annotated[
    Literal["3cosadd", "3cosmul"], typer.Option(help="How to add up: sum or product of cosines.")
]
