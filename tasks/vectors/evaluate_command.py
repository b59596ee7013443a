"""The command that scores vectors; ``cli.py`` hangs it into the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from .. import console
from ..options import Json, Method, VectorsFile


def evaluate(
    vectors: VectorsFile,
    *,
    analogies: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Google-style: sections of four words a line."),
    ] = None,
    similarity: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Two words and a rating per line; may be repeated."),
    ] = None,
    sts: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Two sentences and a rating per line; may be repeated."),
    ] = None,
    categories: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A word and its category per line; may be repeated."),
    ] = None,
    wug: Annotated[
        bool,
        typer.Option("--wug", help="Plurals of nine made-up nouns; vectors with n-grams alone."),
    ] = False,
    sts_method: Annotated[
        Literal["align", "overlap", "mean", "idf", "sif", "usif", "max", "power"],
        typer.Option(help="How alike sentences are: word by word, or cosine of their vectors."),
    ] = "align",
    tokenizer: Annotated[
        str | None,
        typer.Option(help="Of sentences: default, whitespace, spacy:NAME. [default: vectors' own]"),
    ] = None,
    restrict_vocab: Annotated[
        int, typer.Option(min=0, help="Ask analogies among the most frequent words; 0: among all.")
    ] = 30_000,
    method: Method = "3cosadd",
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse categories with a word missing in a line.")
    ] = False,
    json: Json = False,
) -> None:
    """Score vectors on analogies, rated words and sentences, categories, plurals of made-up words.

    \b
    Examples:
      wordgraft evaluate vectors.safetensors --analogies questions-words.txt
      wordgraft evaluate vectors.safetensors --similarity wordsim353.tsv --similarity simlex999.tsv
      wordgraft evaluate vectors.safetensors --sts sts-test.csv --tokenizer default
      wordgraft evaluate vectors.safetensors --categories battig.tsv
      wordgraft evaluate with-ngrams.safetensors --wug
    """
    from . import evaluate as task

    scores = task.run(
        vectors,
        analogies=analogies,
        similarity=similarity or (),
        sts=sts or (),
        categories=categories or (),
        wug=wug,
        restrict_vocab=restrict_vocab or None,
        method=method,
        sts_method=sts_method,
        tokenizer=tokenizer,
        strict=strict,
    )
    console.show_json(scores) if json else console.show(task.text(scores))
