"""The command ``wordgraft align``; ``cli.py`` hangs it into the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from .. import console
from ..options import Json, OutputFolder, chosen

SETTINGS = (
    "seed_words",
    "refinements",
    "reweight",
    "neighbours",
    "induction_words",
    "seed",
)
"""Options that are arguments of :func:`.align`."""


def align(
    source: Annotated[str, typer.Argument(metavar="SRC", help="Vectors of the one language.")],
    target: Annotated[str, typer.Argument(metavar="TGT", help="Vectors of the other.")],
    *,
    output: OutputFolder,
    dictionary: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A word and its translation a line, as MUSE has them."),
    ] = None,
    seed_words: Annotated[
        Literal["identical", "unsupervised"] | None,
        typer.Option(help="Begin with words written alike, or with no pair at all."),
    ] = None,
    test: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Another dictionary, to test on.")
    ] = None,
    test_share: Annotated[
        float | None, typer.Option(help="Hold this share of the dictionary's words back to test.")
    ] = None,
    names: Annotated[
        tuple[str, str],
        typer.Option(metavar="A B", help="Names of the files, and before words of --joint."),
    ] = ("source", "target"),
    joint: Annotated[
        bool, typer.Option("--joint", help="Write one file of all words too: A:word, B:word.")
    ] = False,
    contexts: Annotated[
        bool,
        typer.Option("--contexts", help="Add output vectors first; for files that train wrote."),
    ] = False,
    refinements: Annotated[
        int | None,
        typer.Option(
            help="Turns of finding pairs. [default: 2; with no dictionary, while it helps]"
        ),
    ] = None,
    reweight: Annotated[
        float | None, typer.Option(help="Stretch directions by their agreement to this power.")
    ] = None,
    neighbours: Annotated[
        int | None, typer.Option(help="Cosines that CSLS takes the mean of. [default: 10]")
    ] = None,
    induction_words: Annotated[
        int | None, typer.Option(help="Look for pairs among the first so many. [default: 20000]")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of the draws of the unsupervised start. [default: 1]")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Write report.html, a page with pictures, too.")
    ] = False,
    json: Json = False,
) -> None:
    """Bring the vectors of two languages into one space, and say how good it is.

    DIR gets a file of vectors for each side, to be used like any others, and alignment.json. It
    appears whole or not at all. With test words, what was learnt is compared with the spaces as
    they were and with a single rotation.

    \b
    Examples:
      wordgraft align en.safetensors es.safetensors --dictionary en-es.txt -o en-es
      wordgraft align en.safetensors es.safetensors --dictionary en-es.txt --test-share 0.2 \\
        --names en es --joint --report -o en-es
      wordgraft align en.vec de.vec --seed-words identical --test en-de.5000-6500.txt -o en-de
      wordgraft align en.safetensors es.safetensors --seed-words unsupervised -o en-es
    """
    from . import run as task
    from .page import text

    given = dict(locals())
    files = task.AlignFiles(
        dictionary=dictionary,
        test=test,
        test_share=test_share,
        names=names,
        joint=joint,
        contexts=contexts,
        report=report,
    )
    with console.stages_progress() as progress:
        result = task.run(
            source,
            target,
            output,
            files=files,
            settings=chosen(given, SETTINGS),
            progress=progress,
        )
    for note in result.notes:
        console.say(note)
    console.show_json(result) if json else console.show(text(result))
    if report:
        console.say(f"report: {output / task.REPORT}")
