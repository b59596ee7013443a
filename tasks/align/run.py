"""Two files of vectors to a folder in which both lie in one space, and how good they are there."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...embeddings.align import Alignment, Round, align
from ...embeddings.atomic import atomic_folder, ensure_folder_writable
from ...embeddings.contexts import add_contexts
from ...embeddings.errors import ConfigurationError
from ...embeddings.formats import load_vectors
from ...embeddings.induction import evaluate_dictionary, split_dictionary
from ...embeddings.orthogonal import Preparation
from ...embeddings.testsets import read_dictionary
from ...embeddings.vectors import WordVectors
from ..outputs import until_written, write_json, write_text
from . import page as align_page
from .result import ALIGNED, FIRST, UNALIGNED, AlignResult, AlignRun, Example, Tested, WordPairs

SUMMARY, JOINT, REPORT = "alignment.json", "joint", "report.html"
EXAMPLES, ANSWERS = 24, 3
_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True, kw_only=True)
class AlignFiles:
    """What is read and written, beside the two files of vectors.

    Attributes:
        dictionary: Pairs to learn from, a file; ``None`` for none.
        test: Pairs to test on, a file.
        test_share: Share of the dictionary's source words to hold back and test on.
        names: Of the two sides: of their files, and before their words in the joint file.
        joint: Write one file of all words too, each with its side's name before it.
        contexts: Add each word's output vector first, which files that ``train`` wrote have.
        report: Write a page too.
    """

    dictionary: str | os.PathLike[str] | None = None
    test: str | os.PathLike[str] | None = None
    test_share: float | None = None
    names: tuple[str, str] = ("source", "target")
    joint: bool = False
    contexts: bool = False
    report: bool = False

    def problems(self) -> list[str]:
        """Return a sentence for each mistake."""
        found = [
            f"names: expected letters, digits, . _ or -, found {name!r}"
            for name in self.names
            if not _NAME.fullmatch(name)
        ]
        if self.names[0] == self.names[1] or JOINT in self.names:
            found.append(
                f"names: expected two different ones, neither {JOINT!r}, found {self.names[0]!r} "
                f"and {self.names[1]!r}"
            )
        if self.test is not None and self.test_share is not None:
            found.append("give test or test_share, not both")
        if self.test_share is not None and not 0.0 < self.test_share < 1.0:
            found.append(f"test_share must be above 0 and below 1, found {self.test_share!r}")
        if self.test_share is not None and self.dictionary is None:
            found.append("test_share holds part of a dictionary back: give one")
        return found


def run(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    files: AlignFiles | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> AlignResult:
    """Align two files of vectors and write a folder about it, whole or not at all.

    Args:
        source: File of vectors of the one language.
        target: Of the other.
        output: Folder to make: a native file for each side, ``alignment.json``, and on request
            ``joint.safetensors`` and ``report.html``.
        files: What else is read and written.
        settings: Arguments of :func:`.align` by name, but dictionary and progress.
        progress: Told what is done, steps done, and steps in all.

    Raises:
        ConfigurationError: Settings are impossible, or no pair is of use.
        EvaluationDataError: A dictionary breaks its format; names file and line.
        OutputError: The folder can't be written; known before any work.
        TrainingInterrupted: Ctrl-C was pressed; nothing was written.
    """
    given = files or AlignFiles()
    if problems := given.problems():
        raise ConfigurationError(*problems)
    ensure_folder_writable(output)
    opened = add_contexts if given.contexts else load_vectors
    with until_written(output) as stop, stop.heard():
        done = align_vectors(
            opened(source),
            opened(target),
            files=given,
            settings=settings,
            progress=progress,
            paths=(os.fspath(source), os.fspath(target), os.fspath(output)),
        )
        _write(done, Path(output), given)
        return done.result


def align_vectors(
    source: WordVectors,
    target: WordVectors,
    *,
    files: AlignFiles,
    settings: Mapping[str, Any] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    paths: tuple[str, str, str] = ("", "", ""),
) -> AlignRun:
    """Align vectors that are there, test them where there are pairs, and describe the result.

    Args:
        source: Vectors of the one language.
        target: Of the other.
        files: The dictionaries.
        settings: Arguments of :func:`.align` by name.
        progress: As :func:`run`.
        paths: Where source and target come from and the result goes, for people.
    """
    tell = progress or (lambda name, done, total: None)
    learnt_from, test, test_name, notes = _dictionaries(files)
    began = time.perf_counter()
    turns = 0

    def turned(found: Round) -> None:
        nonlocal turns
        turns += 1
        tell(f"turn {turns}, {found.pairs:,} pairs", turns, 0)

    alignment = align(source, target, learnt_from, progress=turned, **(settings or {}))
    seconds = time.perf_counter() - began
    tests = tuple(_tests(source, target, alignment, test, tell)) if test else ()
    tell("words", 0, 1)
    examples = _examples(alignment, test)
    pairs = test or learnt_from or tuple((one.word, one.found[0]) for one in examples if one.found)
    result = AlignResult(
        source=paths[0],
        target=paths[1],
        names=files.names,
        words=(len(source), len(target)),
        vector_size=source.vector_size,
        seeds=alignment.seeds,
        rounds=alignment.rounds,
        tests=tests,
        test=test_name,
        examples=examples,
        settings=asdict(alignment.settings) | {"contexts": files.contexts},
        notes=(*notes, *alignment.notes),
        seconds=seconds,
        output=paths[2],
    )
    return AlignRun(result, source, target, alignment, pairs)


def _dictionaries(
    files: AlignFiles,
) -> tuple[WordPairs | None, WordPairs, str | None, tuple[str, ...]]:
    """Return pairs to learn from, pairs to test on, the name of these, and notes."""
    learnt_from = None if files.dictionary is None else read_dictionary(files.dictionary)
    if files.test is not None:
        test = read_dictionary(files.test)
        known = {word for word, _ in learnt_from or ()}
        words = {word for word, _ in test}
        both = len(words & known)
        note = (
            f"{both:,} of the {len(words):,} words to test on stand in the dictionary too: their "
            "translations were learnt, not found",
        )
        return learnt_from, test, os.fspath(files.test), note if both else ()
    if learnt_from is not None and files.test_share is not None:
        learnt_from, test = split_dictionary(learnt_from, files.test_share, seed=0)
        name = f"{files.test_share:.0%} of the words of {os.fspath(files.dictionary or '')}"
        return learnt_from, test, name, ()
    return learnt_from, (), None, ()


def _tests(
    source: WordVectors,
    target: WordVectors,
    alignment: Alignment,
    test: WordPairs,
    tell: Callable[[str, int, int], None],
) -> Sequence[Tested]:
    first = alignment.first_maps
    spaces = {
        UNALIGNED: lambda: (source, target),
        FIRST: lambda: (
            _by(source, alignment.source_preparation, first.source),
            _by(target, alignment.target_preparation, first.target),
        ),
        ALIGNED: lambda: (alignment.source, alignment.target),
    }
    found: list[Tested] = []
    for place, (name, both) in enumerate(spaces.items()):
        tell(f"test, {name}", place, len(spaces))
        neighbours = alignment.settings.neighbours
        found.append(Tested(name, evaluate_dictionary(*both(), test, neighbours=neighbours)))
    return found


def _by(side: WordVectors, preparation: Preparation, matrix: np.ndarray) -> WordVectors:
    rows = preparation.apply(side.vectors) @ matrix
    return WordVectors(side.index_to_key, rows.astype(np.float32))


def _examples(alignment: Alignment, test: WordPairs) -> tuple[Example, ...]:
    """Translate words from the frequent to the rare: of the test, or any."""
    expected: dict[str, list[str]] = {}
    for word, translation in test:
        if word in alignment.source:
            expected.setdefault(word, []).append(translation)
    index = alignment.source.key_to_index
    words = sorted(expected, key=index.__getitem__) or alignment.source.index_to_key[:2000]
    places = np.unique(np.linspace(0, len(words) - 1, min(EXAMPLES, len(words))).astype(int))
    chosen = [words[place] for place in places.tolist()]
    answers = alignment.translate(chosen, topn=ANSWERS)
    return tuple(
        _example(word, expected.get(word, ()), [one.word for one in found])
        for word, found in zip(chosen, answers, strict=True)
    )


def _example(word: str, expected: Sequence[str], found: Sequence[str]) -> Example:
    right = found[0] in expected if expected and found else None
    return Example(word, tuple(expected), tuple(found), right)


def _write(done: AlignRun, output: Path, files: AlignFiles) -> None:
    with atomic_folder(output) as folder:
        sides = (done.alignment.source, done.alignment.target)
        for name, side in zip(files.names, sides, strict=True):
            side.save(folder / f"{name}.safetensors")
        if files.joint:
            done.alignment.joined(*files.names).save(folder / f"{JOINT}.safetensors")
        write_json(folder / SUMMARY, done.result)
        if files.report:
            write_text(folder / REPORT, align_page.html(done))
