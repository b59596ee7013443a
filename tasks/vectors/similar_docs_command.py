"""The command ``wordgraft similar-docs``; ``cli.py`` hangs it into the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import console
from ..options import Json
from ..reading import document_options as options


def similar_docs(
    docs: options.Docs,
    *,
    vectors: Annotated[
        str | None, typer.Option(metavar="FILE", help="Word vectors to make documents of.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="FITTED", help="Use what embed --save-model wrote, instead."),
    ] = None,
    query: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT|FILE|-",
            help="A text or a word; a file of them, read as DOCS are; repeat it.",
        ),
    ] = None,
    topn: Annotated[int, typer.Option(min=1, help="How many documents to print.")] = 10,
    words: Annotated[
        int, typer.Option(min=0, help="Print so many words near each query, too.")
    ] = 0,
    duplicates: Annotated[
        bool,
        typer.Option("--duplicates", help="Print documents that are nearly the same, instead."),
    ] = False,
    threshold: Annotated[float, typer.Option(help="Cosine from which two documents are.")] = 0.95,
    approximate: Annotated[
        bool,
        typer.Option("--approximate", help="Search a graph: for millions. Needs wordgraft[ann]."),
    ] = False,
    weighting: options.Weighting = None,
    tokenizer: options.Tokenizer = None,
    remove_components: options.RemoveComponents = None,
    center: options.Center = None,
    normalize: options.Normalize = None,
    smoothing: options.Smoothing = None,
    word_counts: options.WordCounts = None,
    text: options.TextColumn = None,
    id_column: options.IdColumn = None,
    split: options.Split = None,
    header: options.Header = True,
    delimiter: options.Delimiter = None,
    quoting: options.Quoting = None,
    errors: options.Errors = "strict",
    seed: options.Seed = None,
    json: Json = False,
) -> None:
    """Print the documents nearest to a text or a word, or those that are nearly the same.

    Each line has the cosine, the name of the document and how it begins. Documents without a known
    word are near nothing; a query without one is an error.

    \b
    Examples:
      wordgraft similar-docs news.txt --vectors wiki.safetensors --query "rates were raised"
      wordgraft similar-docs posts/ --vectors v.bin --query hockey --query baseball --words 10
      wordgraft similar-docs train.csv --vectors v.bin --query test.csv --topn 1 --json
      wordgraft similar-docs reviews.jsonl.gz --vectors v.bin --duplicates --threshold 0.98
    """
    from ..reading.data_options import DocumentOptions
    from . import similar_docs as task

    given = dict(locals())
    with console.rows_progress("graph") as progress:
        result = task.run(
            docs,
            vectors=vectors,
            model=model,
            queries=query or (),
            topn=topn,
            words=words,
            duplicates=duplicates,
            threshold=threshold,
            approximate=approximate,
            settings=options.vectorizer_settings(given),
            options=DocumentOptions.of(given),
            progress=progress,
        )
    for note in result.notes:
        console.say(note)
    console.show_json(result) if json else console.show(task.text(result))
