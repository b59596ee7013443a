"""Arguments and options that several commands share, and what they have in common as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import typer

from ..embeddings.errors import ConfigurationError

# --- words and vectors ---------------------------------------------------------------------------

VectorsFile: TypeAlias = Annotated[
    str, typer.Argument(metavar="VECTORS", help="File of vectors, or its URL.")
]
Topn: TypeAlias = Annotated[int, typer.Option(min=1, help="How many words to print.")]
RestrictVocab: TypeAlias = Annotated[
    int | None, typer.Option(min=1, help="Answer among this many of the most frequent words.")
]
Method: TypeAlias = Annotated[
    Literal["3cosadd", "3cosmul"], typer.Option(help="How to add up: sum or product of cosines.")
]
WordVectorsFile: TypeAlias = Annotated[str, typer.Option(metavar="FILE", help="Word vectors.")]
Tokenizer: TypeAlias = Annotated[
    str | None, typer.Option(help="default, whitespace, spacy:NAME. [default: the vectors' own]")
]

# --- tables of texts -----------------------------------------------------------------------------

TextColumn: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--text", metavar="COLUMN", help="Column of the text; several are joined."),
]
Header: TypeAlias = Annotated[
    bool,
    typer.Option("--header/--no-header", help="Whether a first line names columns."),
]
Delimiter: TypeAlias = Annotated[
    str | None, typer.Option(metavar="SIGN", help="Between columns. [default: by the file]")
]
Quoting: TypeAlias = Annotated[
    bool | None,
    typer.Option("--quoting/--no-quoting", help="Whether values may be quoted. [default: not TSV]"),
]

# --- results -------------------------------------------------------------------------------------

OutputFolder: TypeAlias = Annotated[
    Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to make.")
]
KeepModel: TypeAlias = Annotated[
    bool, typer.Option("--keep-model", help="Keep what is needed to answer for other texts.")
]
MOST_SEED = 2**32 - 1
"""The largest seed that NumPy's older generators take, and scikit-learn with them."""
Seed: TypeAlias = Annotated[
    int | None, typer.Option(min=0, max=MOST_SEED, help="Start of every random draw.")
]
Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print one line of JSON, for machines.")
]


def chosen(given: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return those of a command's options that have a name among these and were given."""
    return {name: given[name] for name in names if given.get(name) is not None}


def whole_numbers(option: str, text: str) -> list[int]:
    """Return the numbers of an option that takes several, with commas between them.

    Raises:
        ConfigurationError: Something else stands there; names the option.
    """
    try:
        return [int(one) for one in text.split(",")]
    except ValueError:
        raise ConfigurationError(
            f"--{option}: expected whole numbers with commas between them, found {text!r}"
        ) from None
