"""Several tasks from files to a folder: learnt together, beside each alone; one added later."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...embeddings.atomic import atomic_folder, ensure_folder_writable
from ...embeddings.errors import TrainingInterrupted, WordgraftError
from ...embeddings.interrupts import Interrupts
from ..classify.compare import tfidf
from ..classify.run import load_vectors_file
from ..outputs import MODEL, StoppedWritten, kept_model, until_written, write_json, write_text
from ..pages.gains import Gain, Rival, accuracy
from ..reading import labels as parse
from ..reading.data_options import DataOptions
from .data import TaskData, leak_notes, named, read_tasks
from .result import AddedResult, MultiTaskResult, TaskScore

RESULT, REPORT = "multitask.json", "report.html"
"""Files of the folder, beside the model."""

Progress = Callable[[str, int, int], None]


def train(
    tasks: Sequence[str],
    output: str | os.PathLike[str],
    *,
    vectors: str | None = None,
    tests: Sequence[str] = (),
    weights: Sequence[str] = (),
    temperature: float = 1.0,
    compare: bool = True,
    settings: Mapping[str, Any] | None = None,
    data: DataOptions | None = None,
    split: str | None = None,
    progress: Progress | None = None,
) -> MultiTaskResult:
    """Learn several tasks together, and each alone; write the model and a page about it.

    Args:
        tasks: ``NAME=DATA``, the labelled texts of each task.
        output: Folder to make: ``model``, ``multitask.json``, ``report.html``.
        vectors: File of vectors; ``None`` for training from scratch.
        tests: ``NAME=DATA``, texts to test a task on; of other tasks a fifth is held out.
        weights: ``NAME=NUMBER``, what a label of a task counts.
        temperature: How tasks of unequal size are met.
        compare: Train each task alone too, with the same settings.
        settings: Arguments of :class:`.TextClassifier` by name; what is missing has its default.
        data: How texts are read.
        split: Which part of each task's texts.
        progress: Told what is done, steps done, and steps in all.

    Raises:
        ConfigurationError: A task or a setting is wrong; all of what can be known before training
            begins in one error.
        OutputError: ``output`` can't be written: found out before any work.
        TrainingInterrupted: Ctrl-C was pressed: nothing was written or, where all had been learnt
            together and each alone was not, the folder without the latter; it says which.
    """
    from ...models.task_labels import joined_tasks

    began = time.perf_counter()
    ensure_folder_writable(output)
    problems: list[str] = []
    sources = named("--task", tasks, value="DATA", problems=problems)
    held = named("--test", tests, value="DATA", problems=problems)
    counts = _weights(weights, tuple(sources), problems)
    given = dict(settings or {})
    with until_written(output) as stop:
        with stop.heard():
            grafted, model = _model(
                vectors,
                {"temperature": temperature, "task_weights": counts or None},
                given,
                problems,
            )
            read = read_tasks(
                sources,
                held,
                data=data or DataOptions(),
                split=split,
                seed=given.get("seed", 0),
                problems=problems,
            )
            texts, y = joined_tasks({one.name: (one.train.texts, one.train.y) for one in read})
            start = time.perf_counter()
            model.fit(texts, y, progress=_fitting("together", progress))
            train_seconds = time.perf_counter() - start
            right = {one.name: _right(model.only(one.name), one) for one in read}
        notes = leak_notes(read)
        rivals, stopped = {}, False
        if compare:
            rivals, stopped = _alone(read, right, grafted, notes, progress, stop)
        result = MultiTaskResult(
            tasks=tuple(_score(one, right[one.name], rivals.get(one.name)) for one in read),
            vectors=None if vectors is None else Path(vectors).name,
            temperature=temperature if math.isfinite(temperature) else "inf",
            weights=counts,
            settings=given,
            epochs=len(model.history_.epochs),
            losses=tuple(epoch.loss for epoch in model.history_.epochs),
            train_seconds=train_seconds,
            reading=tuple(f"{one.name}: {one.train.name}, {one.train.report}" for one in read),
            notes=tuple(notes),
            seconds=time.perf_counter() - began,
            output=os.fspath(output),
        )
        if stopped:
            _write(output, result, model)
            raise StoppedWritten(
                f"stopped: {output} was written with what was learnt together, but not beside all "
                "of it learnt alone",
                checkpoint=None,
            )
        with stop.heard():
            _write(output, result, model)
        return result


def add(
    model: str | os.PathLike[str],
    task: str,
    output: str | os.PathLike[str],
    *,
    tests: Sequence[str] = (),
    data: DataOptions | None = None,
    split: str | None = None,
    device: str | None = None,
    seed: int = 0,
) -> AddedResult:
    """Add a head for one task more to a model that stays as it is; write it and a page about it.

    Args:
        model: Folder that :func:`train` or this wrote.
        task: ``NAME=DATA``, its labelled texts.
        output: Folder to make: ``model``, ``multitask.json``, ``report.html``.
        tests: ``NAME=DATA``, texts to test it on; without them a fifth is held out.
        data: How texts are read.
        split: Which part of the texts.
        device: Where the network computes; ``None`` for the best there is.
        seed: Of what is held out.

    Raises:
        ConfigurationError: The task is wrong, or the model has one of that name.
        ModelFormatError: The folder holds no model of several tasks.
        OutputError: ``output`` can't be written: found out before any work.
        TrainingInterrupted: Ctrl-C was pressed; nothing was written.
    """
    from ...models.loading import load_estimator
    from ...models.multitask import MultiTaskClassifier

    began = time.perf_counter()
    ensure_folder_writable(output)
    problems: list[str] = []
    sources = named("--task", [task], value="DATA", problems=problems)
    held = named("--test", tests, value="DATA", problems=problems)
    with until_written(output) as stop, stop.heard():
        folder = kept_model(model)
        network: Any = load_estimator(folder, device=device, kinds=(MultiTaskClassifier.__name__,))
        before = tuple(network.tasks_)
        problems += [
            f"--task: {name!r} is there already: the model has {parse.listed(before)}"
            for name in sources
            if name in before
        ]
        (one,) = read_tasks(
            sources,
            held,
            data=data or DataOptions(),
            split=split,
            seed=seed,
            problems=problems,
        )
        start = time.perf_counter()
        network.add_task(one.name, one.train.texts, one.train.y)
        head_seconds = time.perf_counter() - start
        right = _right(network.only(one.name), one)
        start = time.perf_counter()
        plain = tfidf(seed).fit(one.train.texts, one.train.y)
        rival = _rival(right, plain, one, time.perf_counter() - start)
        result = AddedResult(
            task=_score(one, right, rival),
            model=os.fspath(model),
            before=before,
            head_seconds=head_seconds,
            network_seconds=network.history_.seconds,
            reading=f"{one.name}: {one.train.name}, {one.train.report}",
            notes=tuple(leak_notes([one])),
            seconds=time.perf_counter() - began,
            output=os.fspath(output),
        )
        _write(output, result, network)
        return result


def _model(
    vectors: str | None,
    own: Mapping[str, Any],
    given: Mapping[str, Any],
    problems: list[str],
) -> tuple[dict[str, Any], Any]:
    """Return settings with vectors, and the model of them; add what is wrong to ``problems``.

    Args:
        vectors: File.
        own: Settings that a classifier of one task doesn't have.
        given: The others.
        problems: A sentence each.
    """
    from ...models.multitask import MultiTaskClassifier

    grafted, checked = dict(given), dict(given)
    if vectors is not None:
        try:
            grafted["vectors"] = checked["vectors"] = load_vectors_file(vectors)
        except WordgraftError as error:
            problems.append(f"--vectors: {error}")
        except OSError as error:
            problems.append(f"--vectors: {vectors}: {(error.strerror or str(error)).lower()}")
    if vectors is not None and "vectors" not in grafted:
        checked.pop("embeddings", None)  # it says of vectors that they are needed: they were named
    problems += MultiTaskClassifier(**checked, **own).problems()
    return grafted, MultiTaskClassifier(**grafted, **own)


def _alone(
    read: Sequence[TaskData],
    right: Mapping[str, NDArray[np.bool_]],
    settings: Mapping[str, Any],
    notes: list[str],
    progress: Progress | None,
    stop: Interrupts,
) -> tuple[dict[str, Rival], bool]:
    """Learn each task alone: what fails, or is stopped, doesn't cost what all learnt together.

    Returns:
        Name of the task -> what it is alone, as far as there is; and whether Ctrl-C was pressed.
    """
    from ...models.classifier import TextClassifier

    found: dict[str, Rival] = {}
    for one in read:
        start = time.perf_counter()
        try:
            with stop.heard():
                alone = TextClassifier(**settings)
                told = _fitting(f"{one.name} alone", progress)
                alone.fit(one.train.texts, one.train.y, progress=told)
                found[one.name] = _rival(right[one.name], alone, one, time.perf_counter() - start)
        except (KeyboardInterrupt, TrainingInterrupted):
            left = [other.name for other in read if other.name not in found]
            notes.append(f"stopped by Ctrl-C before there was, alone: {', '.join(left)}")
            return found, True
        except WordgraftError as error:
            notes.append(f"{one.name} can't be learnt alone: {error}")
    return found, False


def _weights(given: Sequence[str], tasks: Sequence[str], problems: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, said in named("--weight", given, value="NUMBER", problems=problems).items():
        try:
            number = float(said)
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            problems.append(f"--weight: expected a number from 0 for {name!r}, found {said!r}")
        elif name not in tasks:
            problems.append(f"--weight: {name!r} is none of the tasks {parse.listed(tasks)}")
        else:
            found[name] = number
    return found


def _fitting(name: str, progress: Progress | None) -> Callable[[Any], None] | None:
    """Return what a fit tells its progress to."""
    if progress is None:
        return None

    def told(state: Any) -> None:
        done = (state.epoch - 1) * state.steps + state.step
        progress(name, done, state.epochs * state.steps)

    return told


def _right(model: Any, one: TaskData) -> NDArray[np.bool_]:
    return np.asarray(model.predict(one.test.texts) == one.test.y, bool)


def _rival(right: NDArray[np.bool_], model: Any, one: TaskData, seconds: float) -> Rival:
    other = _right(model, one)
    history = getattr(model, "history_", None)
    return Rival(
        accuracy=accuracy(other),
        gain=Gain.of(right, other),
        seconds=seconds,
        epochs=None if history is None else len(history.epochs),
    )


def _score(one: TaskData, right: NDArray[np.bool_], rival: Rival | None) -> TaskScore:
    return TaskScore(
        task=one.name,
        source=one.train.name,
        test=one.tested_on,
        classes=one.train.label_names,
        texts=len(one.train),
        test_texts=len(one.test),
        accuracy=accuracy(right),
        most_frequent=float(np.bincount(one.test.labels).max() / len(one.test)),
        without=rival,
    )


def _write(
    output: str | os.PathLike[str], result: MultiTaskResult | AddedResult, model: Any
) -> None:
    """Write the folder, whole or not at all."""
    from . import page as multitask_page

    with atomic_folder(output) as folder:
        write_json(folder / RESULT, result)
        write_text(folder / REPORT, multitask_page.html(result))
        model.save(folder / MODEL)
