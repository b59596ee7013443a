"""Answers of a model for texts, one by one, in order."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...embeddings.errors import ConfigurationError
from ..outputs import kept_model
from ..reading.data_options import DataOptions, one_or_more
from ..reading.labelled import Text
from ..reading.labels import listed
from ..reading.text_input import text_batches
from .evaluation import explain_texts


@dataclass(frozen=True)
class Prediction:
    """One answer.

    Attributes:
        label: The class, the labels joined by ``|``, or the rating.
        probability: Of the class; ``None`` for several labels and ratings.
        probabilities: By class; empty for ratings.
        words: What each word adds to the class, where it was asked for.
        unread: Whether no word of the text is known to the model: the answer is then what it gives
            without reading, the mean of the training texts.
    """

    label: str
    probability: float | None
    probabilities: Mapping[str, float] = field(default_factory=dict[str, float])
    words: tuple[tuple[str, float], ...] = ()
    unread: bool = False

    def columns(self) -> list[str]:
        """Return it as a line of text has it: label, probability, words, as far as there are."""
        chance = [] if self.probability is None else [f"{self.probability:.4f}"]
        words = [" ".join(f"{word}{weight:+.2f}" for word, weight in self.words)]
        return [self.label, *chance, *(words if self.words else [])]


@dataclass(frozen=True)
class TaskPredictions:
    """The answers of a model of several tasks for one text.

    Attributes:
        tasks: Name of the task -> its answer.
        unread: Whether no word of the text is known to the model.
    """

    tasks: Mapping[str, Prediction]
    unread: bool = False

    def columns(self) -> list[str]:
        """Return each task's columns one after another, its name before the first: ``mood=pos``."""
        found: list[str] = []
        for name, one in self.tasks.items():
            label, *more = one.columns()
            found += [f"{name}={label}", *more]
        return found


def predict(
    model: str | os.PathLike[str],
    source: Any,
    *,
    text: Sequence[str] = (),
    split: str | None = None,
    data: DataOptions | None = None,
    threshold: float = 0.5,
    explain: bool = False,
    device: str | None = None,
    task: str | None = None,
) -> Iterator[Prediction | TaskPredictions]:
    """Yield an answer for each text, in order.

    Args:
        model: Folder that :func:`train` wrote, that ``adapt`` or ``zero-shot`` kept a model in, or
            of a model of several tasks.
        source: Texts: a line each, or a column of a table; ``"-"`` for standard input.
        text: Column of the text.
        split: Which part of a folder or data set.
        data: How tables are read.
        threshold: Of several labels a text: the probability from which one counts.
        explain: Say what each word adds.
        device: Where to compute; ``None`` leaves it to the model.
        task: Which task answers, where there are several; ``None`` for all of them.
    """
    loaded = load_model(model, device=device)
    if task is not None:
        loaded = of_task(loaded, task, name=os.fspath(model))
    how = (data or DataOptions()).reading
    for batch in text_batches(source, text=one_or_more(text), split=split, how=how):
        if hasattr(loaded, "tasks_"):
            yield from _answers_of_tasks(loaded, batch, explain=explain)
        else:
            yield from _answers(loaded, batch, threshold=threshold, explain=explain)


def load_model(path: str | os.PathLike[str], *, device: str | None = None) -> Any:
    """Return what answers for texts: the model of a folder, or the one kept in it."""
    from ...models.loading import load_predictor

    return load_predictor(kept_model(path), device=device)


def of_task(model: Any, task: str | None, *, name: str) -> Any:
    """Return what gives one answer for a text: the model, or one task of several.

    Args:
        model: What :func:`load_model` returned.
        task: Which task; ``None`` where there is one.
        name: Of the model, for messages.

    Raises:
        ConfigurationError: There is no such task, several and none is named, or the reverse.
    """
    names: tuple[str, ...] | None = getattr(model, "tasks_", None)
    if names is None:
        if task is not None:
            raise ConfigurationError(f"task: {name} has one task: leave {task!r} out")
        return model
    if task not in names:
        found = "none" if task is None else repr(task)
        raise ConfigurationError(
            f"task: {name} has {len(names)} tasks: expected one of {listed(names)}, found {found}"
        )
    return model.only(task)


def _answers_of_tasks(model: Any, texts: list[Text], *, explain: bool) -> Iterator[TaskPredictions]:
    chances, unread = model.predict_proba(texts), _unread(model, texts)
    by_task: dict[str, list[Prediction]] = {}
    for name, own in chances.items():
        classes = [str(one) for one in model.classes_[name].tolist()]
        best = own.argmax(axis=1)
        found = explain_texts(model.only(name), texts, best) if explain else []
        by_task[name] = [
            Prediction(
                classes[best[i]],
                float(row[best[i]]),
                {one: float(p) for one, p in zip(classes, row, strict=True)},
                tuple(found[i].top()) if found else (),
                unread[i],
            )
            for i, row in enumerate(own)
        ]
    for i, blank in enumerate(unread):
        yield TaskPredictions({name: own[i] for name, own in by_task.items()}, blank)


def _answers(
    model: Any, texts: list[Text], *, threshold: float, explain: bool
) -> Iterator[Prediction]:
    classes, unread = getattr(model, "classes_", None), _unread(model, texts)
    if classes is None:
        for value, blank in zip(model.predict(texts), unread, strict=True):
            yield Prediction(f"{value:.4g}", None, unread=blank)
        return
    names = [str(one) for one in np.asarray(classes).tolist()]
    chances = model.predict_proba(texts)
    best = chances.argmax(axis=1)
    found = explain_texts(model, texts, best) if explain else []
    for i, row in enumerate(chances):
        by_name = {name: float(p) for name, p in zip(names, row, strict=True)}
        words = found[i].top() if found else []
        if getattr(model, "multilabel_", False):
            chosen = [name for name, p in by_name.items() if p >= threshold]
            yield Prediction("|".join(chosen), None, by_name, tuple(words), unread[i])
        else:
            yield Prediction(names[best[i]], float(row[best[i]]), by_name, tuple(words), unread[i])


def _unread(model: Any, texts: list[Text]) -> list[bool]:
    """Say of which texts no word is known."""
    if hasattr(model, "unread"):
        return model.unread(texts).tolist()
    indexer = getattr(model, "indexer_", None)
    return [False] * len(texts) if indexer is None else indexer(texts).empty.tolist()
