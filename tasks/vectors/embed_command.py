"""The command ``wordgraft embed``; ``cli.py`` hangs it into the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import console
from ..options import Json
from ..reading import document_options as options


def embed(
    docs: options.Docs,
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE", help=".parquet (ids, vectors) or .npy (vectors)."
        ),
    ],
    vectors: Annotated[
        str | None, typer.Option(metavar="FILE", help="Word vectors to make documents of.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="FITTED", help="Use what --save-model wrote, instead.")
    ] = None,
    save_model: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep what was learnt, for other documents.")
    ] = None,
    weighting: options.Weighting = None,
    tokenizer: options.Tokenizer = None,
    remove_components: options.RemoveComponents = None,
    center: options.Center = None,
    normalize: options.Normalize = None,
    smoothing: options.Smoothing = None,
    word_counts: options.WordCounts = None,
    empty: options.Empty = None,
    text: options.TextColumn = None,
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
    """Write a vector for each document, made of the vectors of its words.

    Documents are read as they come, twice where something is learnt from them: a file may be larger
    than memory. Rows stand in the order of the documents. The output appears whole or not at all.

    \b
    Examples:
      wordgraft embed news.txt --vectors wiki.safetensors -o news.parquet
      wordgraft embed reviews.jsonl.gz --text body --vectors v.bin --weighting sif -o reviews.npy
      wordgraft embed train.csv --vectors v.bin --save-model space -o train.parquet
      wordgraft embed test.csv --model space -o test.parquet
      zcat news.gz | wordgraft embed - --vectors wiki.safetensors --tokenizer default -o news.npy
    """
    from ..reading.data_options import DocumentOptions
    from . import embed as task

    given = dict(locals())
    with console.rows_progress("documents") as progress:
        result = task.embed(
            docs,
            output,
            vectors=vectors,
            model=model,
            save_model=save_model,
            settings=options.vectorizer_settings(given),
            options=DocumentOptions.of(given),
            fit_on=fit_on,
            progress=progress,
        )
    console.show_json(result) if json else console.say(str(result))
