"""Labels of several tasks for the same texts, where a text need not have one of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..embeddings.errors import ConfigurationError, LabelledDataError
from .indexing import Text, listed_texts
from .targets import classes_of

UNLABELLED = -1
"""What stands in a table of classes where a text has no label of a task."""


@dataclass(frozen=True, eq=False)
class TaskLabels:
    """Labels of N texts for K tasks.

    Attributes:
        classes: Name of the task -> its C classes in order.
        numbers: int64[N, K], places among the task's classes; :data:`UNLABELLED` for none.
    """

    classes: Mapping[str, np.ndarray]
    numbers: NDArray[np.int64]

    @property
    def known(self) -> NDArray[np.bool_]:
        """bool[N, K]: which labels there are."""
        return self.numbers != UNLABELLED

    def priors(self) -> dict[str, NDArray[np.float64]]:
        """Return for each task float64[C], the share of each class among its labels."""
        found: dict[str, NDArray[np.float64]] = {}
        for column, (name, classes) in enumerate(self.classes.items()):
            own = self.numbers[self.known[:, column], column]
            found[name] = np.bincount(own, minlength=len(classes)) / len(own)
        return found


def task_labels(y: Any, *, texts: int) -> TaskLabels:
    """Return the labels of several tasks as numbers.

    Args:
        y: Name of the task -> N labels, ``None`` where a text has none. NaN counts as ``None``.
        texts: N.

    Raises:
        ConfigurationError: ``y`` isn't a mapping of names, or is empty.
        LabelledDataError: A task has labels of another number than there are texts, none at all, or
            those of one class only; says all tasks of which that is so.
    """
    if not isinstance(y, Mapping) or not y or not all(isinstance(n, str) and n for n in y):
        raise ConfigurationError(
            "y: expected a mapping of each task's name to its labels, with None where a text has "
            f"none, found {type(y).__name__}. joined_tasks makes one of separate data"
        )
    classes: dict[str, np.ndarray] = {}
    columns: list[NDArray[np.int64]] = []
    problems: list[str] = []
    for name, own in y.items():
        given = list(own)
        there = np.array([not _missing(one) for one in given], bool)
        if len(given) != texts:
            problems.append(f"{name}: expected {texts:,} labels, found {len(given):,}")
            continue
        if not there.any():
            problems.append(f"{name}: expected some labels, found none")
            continue
        try:
            found = classes_of([one for one in given if not _missing(one)])
        except LabelledDataError as error:
            problems.append(f"{name}: {error}")
            continue
        if found.multilabel:
            problems.append(f"{name}: expected one label a text: make a task of each label")
            continue
        column = np.full(texts, UNLABELLED, np.int64)
        column[there] = found.numbers
        classes[name] = found.classes
        columns.append(column)
    if problems:
        raise LabelledDataError("; ".join(problems))
    return TaskLabels(classes, np.stack(columns, axis=1))


def joined_tasks(
    tasks: Mapping[str, tuple[Iterable[Text], Iterable[Any]]],
) -> tuple[list[Text], dict[str, list[Any]]]:
    """Put separate data of several tasks together.

    Args:
        tasks: Name of the task -> its texts, and a label for each.

    Returns:
        All texts, task after task, and name -> a label for each, ``None`` for those of other tasks:
        what :meth:`.MultiTaskClassifier.fit` takes. A text of two tasks stands there twice.

    Raises:
        LabelledDataError: A task has labels of another number than texts.

    Example:
        >>> joined_tasks({"mood": (["good"], ["up"]), "topic": (["rates rise"], ["money"])})
        (['good', 'rates rise'], {'mood': ['up', None], 'topic': [None, 'money']})
    """
    texts: list[Text] = []
    parts: list[tuple[str, list[Any]]] = []
    for name, (own, labels) in tasks.items():
        listed, given = listed_texts(own), list(labels)
        if len(listed) != len(given):
            raise LabelledDataError(
                f"{name}: expected a label for each text, found {len(listed):,} texts and "
                f"{len(given):,} labels"
            )
        texts.extend(listed)
        parts.append((name, given))
    y: dict[str, list[Any]] = {name: [] for name in tasks}
    for name, given in parts:
        for other, column in y.items():
            column.extend(given if other == name else [None] * len(given))
    return texts, y


def sampling_rates(known: NDArray[np.bool_], temperature: float) -> NDArray[np.float64]:
    """Return how often each text is met in an epoch, on average.

    A task of n labels is met in proportion to ``n ** (1 / temperature)``: 1 takes every text once,
    infinity gives every task as many. A text with labels of several tasks gets the mean of their
    rates; an epoch has as many texts as there are.

    Args:
        known: bool[N, K], which labels there are; at least one in each row and column.
        temperature: From 1; infinity too.

    Returns:
        float64[N], 1 on average.

    Source: Devlin 2019 (multilingual BERT) and Arivazhagan et al. 2019, arXiv:1907.05019,
        section 4.2: sampling with a temperature.
    """
    counts = known.sum(axis=0).astype(np.float64)
    wanted = counts ** (1.0 / temperature)
    rate = wanted / wanted.sum() * counts.sum() / counts  # 1 where all are met in proportion
    own = (known * rate).sum(axis=1) / known.sum(axis=1)
    return own / own.mean()


def sampled(rates: NDArray[np.float64], *, seed: int, epoch: int) -> NDArray[np.int64]:
    """Return which texts an epoch has, by number, rising; those met twice stand there twice.

    Systematic sampling in random order: every text is met ``floor(rate)`` or ``ceil(rate)`` times,
    and all epochs have the same number of texts.

    Args:
        rates: float64[N], 1 on average.
        seed: Of the draw.
        epoch: Another draw for each.
    """
    rng = np.random.default_rng([seed, epoch, 7])
    order = rng.permutation(len(rates))
    ends = np.cumsum(rates[order])
    ends *= len(rates) / ends[-1]
    steps = np.floor(ends + rng.random() + 1e-9).astype(np.int64)
    times = np.diff(steps, prepend=0)
    return np.sort(np.repeat(order, times))


def _missing(label: Any) -> bool:
    return label is None or (isinstance(label, (float, np.floating)) and np.isnan(label))


def check_names(names: Sequence[str], wanted: Mapping[str, float] | None) -> list[str]:
    """Return what is wrong with weights of tasks, given the names of the tasks there are."""
    return [
        f"task_weights: {name!r} is none of the tasks {', '.join(map(repr, names))}"
        for name in (wanted or {})
        if name not in names
    ]
