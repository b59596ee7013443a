"""The labelled texts of several tasks: named, read, and a part of each held out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from ...embeddings.errors import ConfigurationError, WordgraftError
from ..classify.leaks import leaks
from ..reading import labels as parse
from ..reading.data_options import DataOptions
from ..reading.labelled import LabelledTexts

HELD_OUT = 0.2
"""Share of a task's texts that it is tested on where no test texts are named."""
_STDIN = "-"
_ONE = "make a task of each label"


@dataclass(frozen=True, eq=False)
class TaskData:
    """The texts of one task.

    Attributes:
        name: Of the task.
        train: What is learnt from.
        test: What it is tested on.
        tested_on: Name of that, for people.
        drawn: Whether that was drawn from the same texts.
    """

    name: str
    train: LabelledTexts
    test: LabelledTexts
    tested_on: str
    drawn: bool = False


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
        data: How texts are read; ``TASK=COLUMN`` is the column of that task alone.
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
    texts = columns_by_task("--text", data.text, tuple(sources), problems)
    labels = columns_by_task("--label", data.label, tuple(sources), problems)
    if [*sources.values(), *tests.values()].count(_STDIN) > 1:
        problems.append("standard input (-) can be read once: name files for the other tasks")
        sources = {name: source for name, source in sources.items() if source != _STDIN}
        tests = {name: source for name, source in tests.items() if source != _STDIN}
    found: list[TaskData] = []
    whole: dict[str, LabelledTexts] = {}
    for name, source in sources.items():
        own = replace(data, text=texts[name], label=labels[name])
        try:
            whole[name] = _classes(own.load(source, split=split))
            test = tests.get(name)
            held = None if test is None else _test_texts(whole[name], own.load(test, split=None))
            beside = [one for one in found if sources[one.name] == source and one.drawn]
            found.append(_parts(name, whole[name], held, beside=beside, seed=seed))
        except WordgraftError as error:
            problems.append(f"{name}: {error}")
    problems += [
        f"--task: {one!r} and {other!r} have the same texts and labels ({whole[one].name}): name "
        f"a column for each, as --label {one}=COLUMN --label {other}=COLUMN, or leave one out"
        for one, other in combinations(whole, 2)
        if _same(whole[one], whole[other])
    ]
    if problems:
        raise ConfigurationError(*problems)
    return found


def columns_by_task(
    option: str, given: Sequence[str], tasks: Sequence[str], problems: list[str]
) -> dict[str, tuple[str, ...]]:
    """Return the columns of each task: its own, or else those that were named for all.

    Args:
        option: Its name, for messages.
        given: ``COLUMN`` or ``TASK=COLUMN``. A column with such a sign has a task before it.
        tasks: Names of the tasks.
        problems: What is wrong is added here, a sentence each.
    """
    own: dict[str, list[str]] = {name: [] for name in tasks}
    shared: list[str] = []
    for one in given:
        name, sign, column = one.partition("=")
        if not sign:
            shared.append(one)
        elif name.strip() not in own:
            problems.append(
                f"{option}: {name.strip()!r} is none of the tasks {parse.listed(tasks)}"
            )
        elif not column.strip():
            problems.append(f"{option}: expected COLUMN or TASK=COLUMN, found {one!r}")
        else:
            own[name.strip()].append(column.strip())
    return {name: tuple(columns or shared) for name, columns in own.items()}


def _same(one: LabelledTexts, other: LabelledTexts) -> bool:
    return one.texts == other.texts and np.array_equal(one.y, other.y)


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


def _parts(
    name: str,
    texts: LabelledTexts,
    test: LabelledTexts | None,
    *,
    beside: Sequence[TaskData],
    seed: int,
) -> TaskData:
    """Return a task's texts to learn from, and those to test on: named ones, or a fifth.

    A row that one task of a table is tested on is no training text of the table's others, where
    each of their classes stays in both parts.
    """
    if test is not None:
        return TaskData(name, texts, test, test.name)
    _check_size(texts)
    told = f"a fifth of {texts.name}"
    for one in beside:
        tested = np.isin(texts.rows, one.test.rows)
        classes, own = (np.unique(texts.labels[rows]) for rows in (~tested, tested))
        if np.array_equal(classes, own):
            return TaskData(name, texts.take(~tested), texts.take(tested), told, drawn=True)
    train, held = texts.held_out(HELD_OUT, seed=seed)
    return TaskData(name, train, held, told, drawn=True)


def _test_texts(train: LabelledTexts, held: LabelledTexts) -> LabelledTexts:
    return held.one_class_each(_ONE).named_like(train.label_names)


def _classes(texts: LabelledTexts) -> LabelledTexts:
    texts = texts.one_class_each(_ONE)
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
