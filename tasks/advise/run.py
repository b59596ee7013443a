"""Advice on when and how to fine-tune, and whether it was right."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from ...embeddings.atomic import atomic_writer, ensure_writable
from ...embeddings.errors import ConfigurationError
from ..classify.compare import CompareProgress, compare
from ..reading.data_options import DataOptions, one_or_more
from ..reading.labelled import LabelledTexts
from .measuring import SOURCE_TEXTS, measure
from .page import html
from .result import Advised, Verdict
from .rule import WAYS, Advice, recommend

HELD_OUT = 0.2
"""Share of the texts that the ways are tried on, where no test texts are named."""
_SOURCE_TRIED = 10  # so many times more texts are looked at for a sample of the source


def verify(
    advice: Advice,
    train: LabelledTexts,
    test: LabelledTexts,
    vectors: Any,
    *,
    settings: Mapping[str, Any] | None = None,
    seeds: Sequence[int] = (1,),
    progress: Callable[[CompareProgress], None] | None = None,
) -> Verdict:
    """Train all four ways and see whether the advice was right.

    Args:
        advice: To be judged. It should have been made of ``train`` alone.
        train: Texts to learn from.
        test: Texts held out.
        vectors: As for the advice.
        settings: Arguments of :class:`.TextClassifier` that all ways share.
        seeds: Trainings of each.
        progress: Called before the first and after each.
    """
    from ...models.classifier import TextClassifier

    shared = dict(settings or {})

    def make(method: str, seed: int) -> Any:
        given: dict[str, Any] = {**shared, "vectors": vectors, "embeddings": method, "seed": seed}
        return TextClassifier(**given)

    found = compare(
        train, test, make, about={}, methods=WAYS, sizes=("all",), seeds=seeds, progress=progress
    )
    return Verdict.of(found, advice.way)


def advise_files(
    source: str,
    *,
    vectors: str,
    output: str | os.PathLike[str] | None = None,
    data: DataOptions | None = None,
    split: str | None = None,
    test: str | None = None,
    test_split: str | None = None,
    against: str | None = None,
    settings: Mapping[str, Any] | None = None,
    trying: bool = False,
    seeds: Sequence[int] = (1,),
    progress: Callable[[CompareProgress], None] | None = None,
) -> Advised:
    """Advise on labelled texts of a file, and write the page about it.

    Args:
        source: Labelled texts.
        vectors: File of vectors that may be grafted on.
        output: HTML file to write; ``None`` writes none.
        data: How texts are read.
        split: Which part of ``source``.
        test: Texts to try the ways on; without them and ``test_split``, a fifth of ``source`` is
            held out by chance.
        test_split: Which part of ``test`` or, where only this is given, of ``source``.
        against: Texts of the kind that the vectors were trained on: measures the distance.
        settings: Arguments of :class:`.TextClassifier` that all ways share.
        trying: Whether the ways are tried.
        seeds: Trainings of each.
        progress: Called before the first and after each.

    Raises:
        ConfigurationError: Test texts are named, but nothing is to be tried.
        LabelledDataError: The texts can't be used as they are.
        OutputError: ``output`` can't be written: found out before any work.
    """
    from ..classify.run import load_vectors_file

    options, shared = data or DataOptions(), dict(settings or {})
    if not trying and (test is not None or test_split is not None):
        raise ConfigurationError("--test and --test-split say what to verify on: add --verify")
    if output is not None:
        ensure_writable(output)
    texts = options.load(source, split=split)
    held = None
    if test is not None or test_split is not None:
        held = options.load(test or source, split=test_split).named_like(texts.label_names)
    elif trying:
        texts, held = texts.held_out(HELD_OUT, seed=0)
    grafts = load_vectors_file(vectors)
    others = None if against is None else _sample(against, options)
    measures = measure(
        texts,
        grafts,
        source=others,
        tokenizer=shared.get("tokenizer"),
        seed=int(shared.get("seed", 0)),
    )
    found = Advised(texts.name, Path(vectors).name, recommend(measures))
    if trying and held is not None:
        shared.pop("seed", None)
        verdict = verify(
            found.advice, texts, held, grafts, settings=shared, seeds=seeds, progress=progress
        )
        found = replace(found, verdict=verdict)
    if output is not None:
        with atomic_writer(output) as file:
            file.write(html(found).encode())
    return found


def _sample(source: str, options: DataOptions) -> list[Any]:
    """Return texts of a source, evenly from its beginning on."""
    from ..reading.text_input import text_batches

    batches = text_batches(source, text=one_or_more(options.text), split=None, how=options.reading)
    first = list(islice((one for batch in batches for one in batch), SOURCE_TEXTS * _SOURCE_TRIED))
    return first[:: max(1, len(first) // SOURCE_TEXTS)]
