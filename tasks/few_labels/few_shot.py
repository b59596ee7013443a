"""What a few labels are worth: with vectors, and with word counts alone, draw by draw."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from ...embeddings.atomic import atomic_writer, ensure_writable
from ...embeddings.errors import ConfigurationError, LabelledDataError, TokenizerWarning
from ...models.method_names import FewShotMethod
from ..outputs import until_written
from ..reading.data_options import DataOptions
from ..reading.documents import load_documents
from ..reading.labelled import LabelledTexts, Text
from .few_shot_cells import Cell

METHODS: tuple[FewShotMethod, ...] = get_args(FewShotMethod)
SHOTS, DRAWS = (1, 5, 10, 20), 20
MOST_TESTED = 5_000
"""Texts that each draw is tested on, at most, where there is no test set."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class FewShotResult:
    """What was found.

    Attributes:
        source: Name of the labelled texts.
        test: Name of the test texts.
        vectors: File of the word vectors.
        texts: Labelled texts to draw from.
        test_texts: Texts that a draw is tested on.
        classes: Names of the classes.
        draws: How many there were of each size.
        cells: Methods by numbers of labels, in the order tried.
        settings: Which decide the numbers.
        reading: What was found in the texts, as a sentence.
        notes: What a person should know, as sentences.
        seconds: Time taken.
    """

    source: str
    test: str
    vectors: str
    texts: int
    test_texts: int
    classes: tuple[str, ...]
    draws: int
    cells: tuple[Cell, ...]
    settings: Mapping[str, Any]
    reading: str
    notes: tuple[str, ...]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return everything in the types JSON has."""
        from ...models.scores import to_json

        whole = to_json(self)
        whole["cells"] = [
            {
                "method": one.method,
                "shots": one.shots,
                "mean": one.mean,
                "sd": None if np.isnan(one.sd) else one.sd,
                "interval": None if np.isnan(one.interval) else one.interval,
                "accuracies": list(one.accuracies),
                "seconds": one.seconds,
            }
            for one in self.cells
        ]
        return whole


def few_shot_files(
    source: str,
    output: str | os.PathLike[str],
    *,
    vectors: str | os.PathLike[str],
    shots: Sequence[int] = SHOTS,
    draws: int = DRAWS,
    methods: Sequence[str] = METHODS,
    tokenizer: str | None = None,
    data: DataOptions | None = None,
    unlabelled: str | None = None,
    split: str | None = None,
    test: str | None = None,
    test_split: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> FewShotResult:
    """Compare methods with a few labels of each class, and write a page about it.

    Args:
        source: Labelled texts, as :func:`.load_labelled` takes them.
        output: HTML page to write.
        vectors: File of word vectors.
        shots: Labels of each class.
        draws: How often labels are drawn, for each number of them.
        methods: Of :data:`METHODS`.
        tokenizer: How texts become words; ``None`` for the vectors' own.
        data: How tables are read.
        unlabelled: Documents that sparse codes are learnt from, as :func:`.load_documents` takes
            them; ``None`` for the source's own texts.
        split: Which part of the source.
        test: Texts to test on; ``None`` for those of the source that aren't drawn.
        test_split: Which part of that, or of the source.
        seed: Of the draws.
        progress: Called with fits done and fits in all.

    Raises:
        ConfigurationError: A setting is impossible.
        LabelledDataError: Texts can't be read, or a class has too few of them; says which.
        OutputError: The page can't be written.
        TrainingInterrupted: Ctrl-C was pressed; nothing was written.
    """
    from . import few_shot_page

    ensure_writable(output)
    options = data or DataOptions()
    with until_written(output) as stop:
        from ...embeddings.formats import load_vectors

        loaded = load_vectors(vectors)
        with stop.heard():
            train = options.load(source, split=split)
            asked = test is not None or test_split is not None
            tests = options.load(test or source, split=test_split) if asked else None
            other = () if unlabelled is None else load_documents(unlabelled).texts

        def checked(done: int, total: int) -> None:
            stop.check()
            if progress is not None:
                progress(done, total)

        found = few_shot(
            train,
            loaded,
            test=tests,
            unlabelled=other,
            shots=shots,
            draws=draws,
            methods=methods,
            tokenizer=tokenizer,
            seed=seed,
            vectors_name=os.fspath(vectors),
            progress=checked,
        )
    with atomic_writer(Path(output)) as file:
        file.write(few_shot_page.html(found).encode())
    return found


def few_shot(
    train: LabelledTexts,
    vectors: Any,
    *,
    test: LabelledTexts | None = None,
    unlabelled: Sequence[Text] = (),
    shots: Sequence[int] = SHOTS,
    draws: int = DRAWS,
    methods: Sequence[str] = METHODS,
    tokenizer: Any = None,
    seed: int = 0,
    vectors_name: str = "",
    progress: Progress | None = None,
) -> FewShotResult:
    """Compare methods with a few labels of each class, on the same draws.

    Texts become features once, learnt from the texts to draw from and no label. The draws of one
    size are nested in those of the next.

    Args:
        train: Texts to draw from, of one class each.
        vectors: Word vectors.
        test: Texts to test on; ``None`` for those that a draw leaves, at most
            :data:`MOST_TESTED`.
        unlabelled: Text of another source that sparse codes are learnt from; empty for ``train``'s.
        shots: Labels of each class.
        draws: How often labels are drawn.
        methods: Of :data:`METHODS`.
        tokenizer: How texts become words; ``None`` for the vectors' own.
        seed: Of the draws.
        vectors_name: Where the vectors come from, for people.
        progress: Called with fits done and fits in all.

    Raises:
        ConfigurationError: Settings are wrong; says all that are.
        LabelledDataError: The texts have no classes, or a class has too few texts; says which.
    """
    from ...models.few_labels.features import few_features, head_of

    began = time.perf_counter()
    _check(shots, draws, methods, seed)
    classes = train.label_names
    _check_texts(train, test, max(shots))
    numbers = np.asarray(train.labels)
    tests = None if test is None else test.named_like(classes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TokenizerWarning)
        features = few_features(
            train.texts,
            () if tests is None else tests.texts,
            vectors,
            methods=methods,
            tokenizer=tokenizer,
            seed=seed,
            unlabelled=unlabelled,
        )
    cells: dict[tuple[str, int], tuple[list[float], list[float]]] = {}
    total, done, tested = draws * len(shots) * len(methods), 0, 0
    for size, rows, rest in _draws(numbers, shots, draws, seed):
        for method in methods:
            own, other = features[method]
            start = time.perf_counter()
            head = head_of(method, seed=seed).fit(own[rows], numbers[rows])
            if tests is None:
                right = head.predict(own[rest]) == numbers[rest]
            else:
                right = head.predict(other) == tests.labels
            tested = len(right)
            accuracies, seconds = cells.setdefault((method, size), ([], []))
            accuracies.append(float(right.mean()))
            seconds.append(time.perf_counter() - start)
            done += 1
            if progress is not None:
                progress(done, total)
    ordered = [(method, size) for method in methods for size in sorted(shots)]
    return FewShotResult(
        source=train.name,
        test=f"other texts of {train.name}" if tests is None else tests.name,
        vectors=vectors_name,
        texts=len(train),
        test_texts=tested,
        classes=tuple(classes),
        draws=draws,
        cells=tuple(
            Cell(
                method, size, tuple(cells[method, size][0]), float(np.mean(cells[method, size][1]))
            )
            for method, size in ordered
        ),
        settings={"seed": seed, "tokenizer": None if tokenizer is None else str(tokenizer)},
        reading=str(train.report),
        notes=features.notes,
        seconds=time.perf_counter() - began,
    )


def _draws(
    numbers: NDArray[np.int64], shots: Sequence[int], draws: int, seed: int
) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
    """Yield number of labels, rows with a label, and others to test on: the same for all sizes."""
    most = max(shots)
    for draw in range(draws):
        rng = np.random.default_rng([seed, draw])
        orders = [
            rng.permutation(np.flatnonzero(numbers == number)) for number in np.unique(numbers)
        ]
        rest = np.concatenate([order[most:] for order in orders])
        if len(rest) > MOST_TESTED:
            rest = rng.choice(rest, MOST_TESTED, replace=False)
        for size in sorted(shots):
            yield size, np.concatenate([order[:size] for order in orders]), np.sort(rest)


def _check(shots: Sequence[int], draws: int, methods: Sequence[str], seed: int) -> None:
    problems: list[str] = []
    if not shots or min(shots) < 1 or len(set(shots)) < len(shots):
        problems.append(f"shots: expected different whole numbers from 1, found {list(shots)!r}")
    if draws < 1:
        problems.append(f"draws: expected a whole number from 1, found {draws!r}")
    if seed < 0:
        problems.append(f"seed: expected a whole number from 0, found {seed!r}")
    unknown = [name for name in methods if name not in METHODS]
    if unknown or not methods or len(set(methods)) < len(methods):
        problems.append(
            f"methods: expected different ones of {', '.join(map(repr, METHODS))}, found "
            f"{', '.join(map(repr, methods)) or 'none'}"
        )
    if problems:
        raise ConfigurationError(*problems)


def _check_texts(train: LabelledTexts, test: LabelledTexts | None, most: int) -> None:
    if train.kind != "classes":
        raise LabelledDataError(
            f"{train.name}: expected one class for each text, found {train.kind} labels"
        )
    if len(train.label_names) < 2:
        raise LabelledDataError(
            f"{train.name}: expected at least two classes, found {len(train.label_names)}"
        )
    counts = np.bincount(train.labels, minlength=len(train.label_names))
    least = most if test is not None else most + 1
    if (counts < least).any():
        few = [f"{train.label_names[i]} ({counts[i]})" for i in np.flatnonzero(counts < least)[:5]]
        raise LabelledDataError(
            f"{train.name}: expected {least} texts or more of each class for {most} shots"
            f"{'' if test is not None else ' and one to test on'}, found fewer of {', '.join(few)}"
        )
