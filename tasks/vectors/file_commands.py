"""The commands about files of vectors; ``cli.py`` hangs them into the command line."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from .. import console
from ..options import Json, VectorsFile

Target = Literal[
    "native",
    "word2vec",
    "word2vec-binary",
    "glove",
    "fasttext",
    "fasttext-binary",
    "spacy",
    "sentence-transformers",
    "model2vec",
    "tensorboard",
    "parquet",
]


def convert(
    source: Annotated[str, typer.Argument(metavar="IN", help="File of vectors; - is stdin.")],
    target: Annotated[
        str, typer.Argument(metavar="OUT", help="File or folder to write; - is stdout.")
    ],
    *,
    to: Annotated[
        Target | None, typer.Option(help="Format to write. [default: by the suffix of OUT]")
    ] = None,
    format: Annotated[
        str | None, typer.Option(help="Format of IN. [default: by its content]")
    ] = None,
    member: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which file of a zip archive of several.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only this many rows. [default: all]")
    ] = None,
    vocabulary: Annotated[
        str | None, typer.Option(metavar="FILE", help="Only these words, one a line.")
    ] = None,
    dtype: Annotated[
        Literal["float32", "float16", "int8"] | None,
        typer.Option(help="Size of numbers in a native file. [default: as they are]"),
    ] = None,
    unfit: Annotated[
        Literal["error", "replace", "skip"],
        typer.Option(help="Words the format can't hold: refuse, write _ for a space, leave out."),
    ] = "error",
    language: Annotated[str, typer.Option(help="For spaCy: the code of the language.")] = "en",
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse a file with anything wrong in it.")
    ] = False,
    errors: Annotated[
        Literal["replace", "ignore", "strict"],
        typer.Option(help="What to do with bytes in words that are no UTF-8."),
    ] = "replace",
    json: Json = False,
) -> None:
    """Write vectors in another format: for other tools, or from theirs.

    What was skipped or repaired while reading, and what the format had no place for, is said on
    standard error. OUT appears whole or not at all.

    \b
    Examples:
      wordgraft convert glove.6B.300d.txt glove.safetensors
      wordgraft convert wiki.safetensors wiki.txt --to word2vec
      wordgraft convert wiki.safetensors wiki_spacy --to spacy --language en
      zcat cc.en.300.vec.gz | wordgraft convert - top.parquet --limit 100000
    """
    from . import convert as task

    with console.rows_progress("writing") as progress:
        result = task.run(
            source,
            target,
            to=to,
            format=format,
            member=member,
            limit=limit,
            vocabulary=vocabulary,
            dtype=dtype,
            unfit=unfit,
            language=language,
            strict=strict,
            errors=errors,
            progress=progress,
        )
    if json and target != task.STANDARD:
        console.show_json(result)
        return
    console.say(f"read {result.read}" if result.read else f"read {source}")
    console.say(f"wrote {result.written}")


def info(
    vectors: VectorsFile,
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse a file with anything wrong in it.")
    ] = False,
    json: Json = False,
) -> None:
    """Print what a file of vectors or a model holds, how it was made, what loading found.

    Models are folders: classifiers, regressors, fitted vectorisers, clusters, paragraph vectors,
    adapted and zero-shot models, or results in which a model was kept; kept features, too.

    \b
    Examples:
      wordgraft info vectors.safetensors
      wordgraft info glove.840B.300d.zip
      wordgraft info cc.en.300.bin --json
      wordgraft info sentiment
    """
    from . import info as task
    from . import saved_info

    saved = saved_info.find(vectors)
    if saved is not None:
        model = saved()
        console.show_json(model) if json else console.show(saved_info.text(model))
        return
    result = task.run(vectors, strict=strict)
    console.show_json(result) if json else console.show(task.text(result))
