"""Classifiers from files to files: train, predict, evaluate, compare."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from ...embeddings.atomic import ensure_folder_writable, ensure_writable
from ...embeddings.errors import CheckpointError, ConfigurationError
from ...models.scores import to_json
from .. import console
from ..reading.data_options import DataOptions
from ..reading.labelled import LabelKind, LabelledTexts
from ..vectors.train import checkpoint_folder
from .compare import METHODS, SIZES, CompareProgress, compare
from .comparison import Comparison
from .comparison_page import save_page
from .draws import Size
from .evaluation import Evaluation, evaluate
from .evaluation_page import save_page as save_evaluation
from .leaks import leaks
from .prediction import load_model, of_task

HELD_OUT = 0.2
"""Share of the texts that a comparison tests on where no test texts are named."""


@dataclass(frozen=True)
class Trained:
    """What training made.

    Attributes:
        output: Folder of the model.
        data: What was found while reading the training texts.
        texts: How many there were.
        classes: Names of the classes; empty for ratings.
        epochs: Passes over the texts.
        seconds: Time of training.
        valid_accuracy: Of the best epoch on the held-out part; ``None`` where nothing was held out.
        test: Scores on the test texts, where they were named; in the main process only.
    """

    output: Path
    data: str
    texts: int
    classes: tuple[str, ...]
    epochs: int
    seconds: float
    valid_accuracy: float | None
    test: Evaluation | None = None

    def __str__(self) -> str:
        right = "" if self.valid_accuracy is None else f", {self.valid_accuracy:.2%} held out"
        return (
            f"{self.output}: {self.texts:,} texts, {self.epochs} epochs in "
            f"{console.duration(self.seconds)}{right}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return everything in the types JSON has."""
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        test = None if self.test is None else self.test.to_json()
        return to_json(own | {"output": str(self.output), "test": test})


def train(
    source: str,
    output: str | os.PathLike[str],
    *,
    vectors: str | None,
    settings: Mapping[str, Any],
    data: DataOptions | None = None,
    split: str | None = None,
    test: str | None = None,
    test_split: str | None = None,
    init_from: str | os.PathLike[str] | None = None,
    resume: bool = False,
    progress: Callable[[Any], None] | None = None,
) -> Trained:
    """Train a classifier, or a regressor for ratings, and write it to a folder.

    While it runs, ``OUTPUT.checkpoint/`` holds checkpoints; it is removed after success. Several
    processes that were launched together train one model; the main one writes it, and scores it.

    Args:
        source: Labelled texts.
        output: Folder to make.
        vectors: File of vectors; ``None`` for training from scratch.
        settings: Arguments of :class:`.TextClassifier` by name; what is missing has its default.
        data: How texts are read.
        split: Which part of ``source``; ``None`` takes "train" where there are several.
        test: Labelled texts to score the model on when it is done.
        test_split: Which part of ``test`` or, where only this is given, of ``source``.
        init_from: Folder of a model to carry over to these labels.
        resume: Go on from the checkpoint of an interrupted run with the same arguments.
        progress: Called a few times per second.

    Raises:
        ConfigurationError: Settings out of range or in contradiction.
        OutputError: ``output`` can't be written: found out before any work.
        CheckpointError: Something to resume is there but wasn't asked for, or the reverse.
        LabelledDataError: The texts can't be used as they are.
    """
    from ...models.training.devices import is_main_process, wait_for_others

    options = data or DataOptions()
    ensure_folder_writable(output)
    folder = checkpoint_folder(output)
    if folder.exists() != resume:
        raise CheckpointError(
            f"{folder}: nothing to resume: there is no such folder"
            if resume
            else f"{folder} holds an unfinished run. Pass --resume to finish it, or remove it"
        )
    wait_for_others(settings.get("device"))  # until all have looked: training makes the folder
    texts = options.load(source, split=split)
    held = None
    if test is not None or test_split is not None:
        held = options.load(test or source, split=test_split)
        if texts.kind != "rating":
            held = held.named_like(texts.label_names)
    arguments = _arguments(settings, texts)
    if vectors is not None:
        arguments["vectors"] = load_vectors_file(vectors)
    if init_from is not None:
        arguments["init_from"] = load_model(init_from)
    model = _estimator(texts.kind)(**arguments)
    start = time.perf_counter()
    model.fit(
        texts.texts,
        texts.y,
        checkpoint=folder,
        resume=resume,
        progress=progress,
    )
    seconds = time.perf_counter() - start
    main = is_main_process()
    if main:
        model.save(output)
        shutil.rmtree(folder, ignore_errors=True)
    wait_for_others(settings.get("device"))
    history = model.history_
    best = history.epochs[history.best - 1] if history.epochs else None
    return Trained(
        output=Path(output),
        data=f"{texts.name}: {texts.report}",
        texts=len(texts),
        classes=texts.label_names,
        epochs=len(history.epochs),
        seconds=seconds,
        valid_accuracy=None if best is None else best.valid_accuracy,
        test=evaluate(model, held, name=Path(output).name, train=texts) if held and main else None,
    )


def evaluate_files(
    model: str | os.PathLike[str],
    source: str,
    *,
    output: str | os.PathLike[str] | None = None,
    data: DataOptions | None = None,
    split: str | None = None,
    train: str | None = None,
    train_split: str | None = None,
    device: str | None = None,
    task: str | None = None,
) -> Evaluation:
    """Score the model of a folder on labelled texts, and write the page about it.

    Args:
        model: Folder that :func:`train` wrote, that ``adapt`` or ``zero-shot`` kept a model in, or
            of a model of several tasks.
        source: Labelled texts.
        output: HTML file to write; ``None`` writes none.
        data: How texts are read.
        split: Which part of ``source``.
        train: Texts that the model was trained on, to look for leaks.
        train_split: Which part of ``train`` or, where only this is given, of ``source``.
        device: Where to compute; ``None`` leaves it to the model.
        task: Which task is scored, of a model of several.
    """
    options = data or DataOptions()
    if output is not None:
        ensure_writable(output)
    loaded = of_task(load_model(model, device=device), task, name=os.fspath(model))
    texts = options.load(source, split=split)
    known = None
    if train is not None or train_split is not None:
        known = options.load(train or source, split=train_split)
    name = Path(model).name if task is None else f"{Path(model).name}, {task}"
    found = evaluate(loaded, texts, name=name, train=known)
    if output is not None:
        save_evaluation(found, output)
    return found


def compare_files(
    source: str,
    output: str | os.PathLike[str],
    *,
    vectors: str,
    settings: Mapping[str, Any],
    data: DataOptions | None = None,
    split: str | None = None,
    test: str | None = None,
    test_split: str | None = None,
    methods: Sequence[str] = METHODS,
    sizes: Sequence[Size] = SIZES,
    seeds: Sequence[int] = (1, 2, 3),
    resume: bool = False,
    progress: Callable[[CompareProgress], None] | None = None,
) -> Comparison:
    """Compare methods by number of labels; write the page and, beside it, the rows as JSON.

    Args:
        source: Labelled texts to draw from.
        output: HTML file to write; the rows come to stand in the same place with ``.json``.
        vectors: File of vectors.
        settings: Arguments of :class:`.TextClassifier` by name, the same for every method.
        data: How texts are read.
        split: Which part of ``source``.
        test: Labelled texts to test on; without them and ``test_split``, a fifth of ``source`` is
            held out by chance.
        test_split: Which part of ``test`` or, where only this is given, of ``source``.
        methods: What to compare.
        sizes: Numbers of labels, or "all".
        seeds: Of draws and training.
        resume: Keep the rows of an interrupted comparison and train what is missing.
        progress: Called before the first model and after each.
    """
    options = data or DataOptions()
    ensure_writable(output)
    texts = options.load(source, split=split)
    if test is None and test_split is None:
        texts, held = texts.held_out(HELD_OUT, seed=0)
    else:
        held = options.load(test or source, split=test_split)
    loaded = load_vectors_file(vectors)
    about = {
        "vectors": Path(vectors).name,
        "vectors_fingerprint": _mark(loaded.vectors),
        "settings": dict(settings),
        "leaks": str(leaks(texts.texts, held.texts)),
    }

    def make(method: str, seed: int) -> Any:
        return _estimator("classes")(
            **{**settings, "vectors": loaded, "embeddings": method, "seed": seed}
        )

    found = compare(
        texts,
        held,
        make,
        about=about,
        methods=methods,
        sizes=sizes,
        seeds=seeds,
        record=Path(output).with_suffix(".json"),
        resume=resume,
        progress=progress,
    )
    save_page(found, output)
    return found


def load_vectors_file(path: str) -> Any:
    """Return the vectors of a file, whatever its format."""
    from ...embeddings.formats import load_vectors

    return load_vectors(path)


def _estimator(kind: LabelKind) -> Any:
    if kind == "rating":
        from ...models.regressor import TextRegressor

        return TextRegressor
    from ...models.classifier import TextClassifier

    return TextClassifier


def _arguments(settings: Mapping[str, Any], texts: LabelledTexts) -> dict[str, Any]:
    """Return the estimator's arguments for these labels."""
    if texts.kind == "rating":
        problems = [
            f"{name}: contradicts kind='rating', which has no classes"
            for name in ("class_weight", "calibrate")
            if settings.get(name)
        ]
        if problems:
            raise ConfigurationError(*problems)
        return {n: value for n, value in settings.items() if n not in ("class_weight", "calibrate")}
    if texts.kind == "multilabel":
        return {**settings, "label_names": texts.label_names}
    return dict(settings)


def _mark(array: Any) -> str:
    """Return a short mark of a table of numbers: another one for other vectors."""
    rows = np.ascontiguousarray(np.asarray(array[:1000]))
    mark = hashlib.blake2b(rows.tobytes(), digest_size=8)
    mark.update(str(np.shape(array)).encode())
    return mark.hexdigest()
