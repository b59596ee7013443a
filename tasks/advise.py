"""Advice on when and how to fine-tune, and whether it was right."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from ..embeddings.atomic import atomic_writer, ensure_writable
from ..embeddings.errors import ConfigurationError
from ..models.scores import to_json
from .advise_measuring import SOURCE_TEXTS, measure
from .advise_rule import WAYS, Advice, Way, recommend
from .compare import CompareProgress, compare
from .comparison import Comparison
from .data_options import DataOptions, one_or_more
from .labelled import LabelledTexts

WITHIN = 0.01
"""Accuracy that advice may stay behind the best way and still count as right."""
HELD_OUT = 0.2
"""Share of the texts that the ways are tried on, where no test texts are named."""
_SOURCE_TRIED = 10  # so many times more texts are looked at for a sample of the source


@dataclass(frozen=True)
class Trial:
    """What became of one way on the held-out texts.

    Attributes:
        way: "frozen", "tuned", "staged" or "scratch".
        accuracy: Mean over the seeds.
        seconds: Mean time of training.
    """

    way: Way
    accuracy: float
    seconds: float


@dataclass(frozen=True)
class Verdict:
    """Whether the advice was right.

    Attributes:
        trials: All ways, best first.
        chosen: The way advised.
        accuracy: Its accuracy.
        best: The best way.
        best_accuracy: Its accuracy.
        right: Whether the advice stays behind the best by no more than a point.
        test_texts: Texts they were tried on.
        seeds: Trainings of each.
    """

    trials: tuple[Trial, ...]
    chosen: Way
    accuracy: float
    best: Way
    best_accuracy: float
    right: bool
    test_texts: int
    seeds: int

    @classmethod
    def of(cls, comparison: Comparison, chosen: Way) -> Verdict:
        """Judge advice by a comparison of all ways."""
        trials = sorted(
            (
                Trial(way, point.accuracy, point.fit_seconds)
                for point in comparison.points()
                for way in WAYS
                if way == point.method
            ),
            key=lambda trial: -trial.accuracy,
        )
        own = next(trial.accuracy for trial in trials if trial.way == chosen)
        best = trials[0]
        return cls(
            trials=tuple(trials),
            chosen=chosen,
            accuracy=own,
            best=best.way,
            best_accuracy=best.accuracy,
            right=own >= best.accuracy - WITHIN - 1e-9,
            test_texts=int(comparison.about["test_texts"]),
            seeds=len({row.seed for row in comparison.rows}),
        )

    def __str__(self) -> str:
        found = f"advised: {self.chosen}, {self.accuracy:.2%}; best: {self.best}"
        told = "right" if self.right else "wrong"
        return (
            f"{found}, {self.best_accuracy:.2%}, on {self.test_texts:,} held-out texts, "
            f"{self.seeds} seed(s): the advice was {told} (within {100 * WITHIN:.0f} point)"
        )


@dataclass(frozen=True)
class Advised:
    """What ``wordgraft advise`` found.

    Attributes:
        name: Of the data.
        vectors: Name of the file of vectors.
        advice: What to do, and why.
        verdict: Whether that was right; ``None`` where nothing was tried.
    """

    name: str
    vectors: str
    advice: Advice
    verdict: Verdict | None = None

    def to_json(self) -> dict[str, Any]:
        """Return everything in the types JSON has."""
        measures = self.advice.measures
        own = asdict(self)
        own["advice"]["measures"] |= {"size": measures.size, "nearness": measures.nearness}
        return to_json(own)


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
    from ..models.classifier import TextClassifier

    shared = dict(settings or {})

    def make(method: str, seed: int) -> Any:
        given = {**shared, "vectors": vectors, "embeddings": method, "seed": seed}
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
    from .classify import load_vectors_file

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
        from .advise_page import html

        with atomic_writer(output) as file:
            file.write(html(found).encode())
    return found


def _sample(source: str, options: DataOptions) -> list[Any]:
    """Return texts of a source, evenly from its beginning on."""
    from .text_input import text_batches

    batches = text_batches(source, text=one_or_more(options.text), split=None, how=options.reading)
    first = list(islice((one for batch in batches for one in batch), SOURCE_TEXTS * _SOURCE_TRIED))
    return first[:: max(1, len(first) // SOURCE_TEXTS)]
