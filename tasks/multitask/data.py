"""The labelled texts of several tasks: named, read, and a part of each held out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...embeddings.errors import ConfigurationError, WordgraftError
from ..classify.leaks import leaks
from ..reading import labels as parse
from ..reading.data_options import DataOptions
from ..reading.labelled import LabelledTexts

HELD_OUT = 0.2
"""Share of a task's texts that it is tested on where no test texts are named."""
_STDIN = "-"


@dataclass(frozen=True, eq=False)
class TaskData:
    """The texts of one task.

    Attributes:
        name: Of the task.
        train: What is learnt from.
        test: What it is tested on.
        tested_on: Name of that, for people.
    """

    name: str
    train: LabelledTexts
    test: LabelledTexts
    tested_on: str


def named(option: str, given: Sequence[str], *, value: str, problems: list[str]) -> dict[str, str]:
    """Return the values of an option that takes ``NAME=VALUE`` by name.

    Args:
        option: Its name, for messages.
        given: What was said, in order.
        value: What stands behind the sign, for messages.
        problems: What is wrong is added here, a sentence each.
    """
    found: dict[str, str] = {}
    for one in given:
        name, sign, said = one.partition("=")
        name, said = name.strip(), said.strip()
        if not (name and sign and said):
            problems.append(f"{option}: expected NAME={value}, found {one!r}")
        elif name in found:
            problems.append(f"{option}: {name!r} stands there twice")
        else:
            found[name] = said
    return found


def read_tasks(
    sources: Mapping[str, str],
    tests: Mapping[str, str],
    *,
    data: DataOptions,
    split: str | None,
    seed: int,
    problems: list[str],
) -> list[TaskData]:
    """Read the texts of all tasks, and say all that is wrong with them in one error.

    Args:
        sources: Name of the task -> its labelled texts.
        tests: Name of the task -> those to test on; a fifth of the others is held out elsewhere.
        data: How texts are read.
        split: Which part of the sources.
        seed: Of what is held out.
        problems: What is known to be wrong already.

    Raises:
        ConfigurationError: Something is wrong; each sentence names the task.
    """
    problems = [*problems]
    problems += [
        f"--test: {name!r} is none of the tasks {parse.listed(tuple(sources))}"
        for name in tests
        if name not in sources
    ]
    if [*sources.values(), *tests.values()].count(_STDIN) > 1:
        problems.append("standard input (-) can be read once: name files for the other tasks")
        sources = {name: source for name, source in sources.items() if source != _STDIN}
        tests = {name: source for name, source in tests.items() if source != _STDIN}
    found: list[TaskData] = []
    for name, source in sources.items():
        try:
            found.append(_read(name, source, tests.get(name), data=data, split=split, seed=seed))
        except WordgraftError as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise ConfigurationError(*problems)
    return found


def leak_notes(tasks: Sequence[TaskData]) -> list[str]:
    """Return what should be known of test texts that are training texts, of this task or others."""
    notes: list[str] = []
    for one in tasks:
        own = leaks(one.train.texts, one.test.texts)
        if own.count:
            notes.append(f"{one.name}: {own}")
        others = [text for other in tasks if other is not one for text in other.train.texts]
        met = leaks(others, one.test.texts)
        if met.count:
            notes.append(
                f"{one.name}: {met.count:,} of its test texts are training texts of another task; "
                "the shared network has read them"
            )
    return notes


def _read(
    name: str, source: str, test: str | None, *, data: DataOptions, split: str | None, seed: int
) -> TaskData:
    texts = _classes(data.load(source, split=split))
    if test is None:
        _check_size(texts)
        train, held = texts.held_out(HELD_OUT, seed=seed)
        return TaskData(name, train, held, f"a fifth of {texts.name}")
    held = data.load(test, split=None)
    if held.kind != "classes":
        raise ConfigurationError(f"{held.name}: expected one class for each text")
    return TaskData(name, texts, held.named_like(texts.label_names), held.name)


def _classes(texts: LabelledTexts) -> LabelledTexts:
    if texts.kind != "classes":
        raise ConfigurationError(
            f"{texts.name}: expected one class for each text, found {texts.kind}: make a task of "
            "each label"
        )
    met = [texts.label_names[i] for i in np.unique(texts.labels)]
    if len(met) < 2:
        raise ConfigurationError(
            f"{texts.name}: expected at least two classes, found {parse.listed(met)}"
        )
    return texts


def _check_size(texts: LabelledTexts) -> None:
    """Raise unless a fifth has room for every class, and leaves some of each."""
    counts = np.bincount(texts.labels, minlength=len(texts.label_names))
    rare = [texts.label_names[i] for i in np.flatnonzero(counts == 1)]
    if rare:
        raise ConfigurationError(
            f"{texts.name}: expected two texts or more of each class, to learn from and to test "
            f"on, found one of {parse.listed(rare)}. Leave such rows out, or name test texts"
        )
    classes = int((counts > 0).sum())
    if math.ceil(HELD_OUT * len(texts)) < classes:
        raise ConfigurationError(
            f"{texts.name}: expected more than {round((classes - 1) / HELD_OUT):,} texts, of which "
            f"a fifth is held out to test on, found {len(texts):,}. Name test texts"
        )
