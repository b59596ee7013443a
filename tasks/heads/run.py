"""Heads on what fitted models see of texts: features are kept, heads beside no transfer."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...embeddings.atomic import atomic_writer, ensure_folder_writable, ensure_writable
from ...embeddings.errors import (
    ConfigurationError,
    LabelledDataError,
    TrainingInterrupted,
    WordgraftError,
)
from ..classify.compare import tfidf
from ..classify.leaks import leaks
from ..outputs import kept_model, until_written
from ..pages.gains import Gain, accuracy
from ..reading import labels as parse
from ..reading.data_options import DataOptions
from ..reading.labelled import LabelledTexts
from .result import Features, HeadScore, HeadsResult

FOLDS = 5
_ONE = "a head names one class a text"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class _Reader:
    """A fitted model and the layer that is looked at."""

    name: str
    model: Any
    layer: Any


def run(
    source: str,
    *,
    models: Sequence[str],
    cache: str | os.PathLike[str],
    layers: Sequence[str] = (),
    output: str | os.PathLike[str] | None = None,
    save_model: str | os.PathLike[str] | None = None,
    folds: int = FOLDS,
    rebuild: bool = False,
    data: DataOptions | None = None,
    split: str | None = None,
    test: str | None = None,
    test_split: str | None = None,
    device: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> HeadsResult:
    """Fit heads on features of models, score them on texts held out, and write a page about it.

    Args:
        source: Labelled texts.
        models: Folders of fitted models: networks of texts, vectorisers of documents.
        cache: Folder that features are kept in, made where it isn't there.
        layers: Which features, one for all models or one for each; empty for "last".
        output: HTML page to write; ``None`` writes none.
        save_model: Folder to keep the heads in, fitted on all labelled texts, with their models;
            ``None`` keeps none.
        folds: In how many parts the texts are tested on, where no others are named.
        rebuild: Write features anew that are damaged or of another version.
        data: How texts are read.
        split: Which part of ``source``.
        test: Labelled texts to test on.
        test_split: Which part of ``test`` or, where only this is given, of ``source``.
        device: Where networks compute; ``None`` for the best there is.
        seed: Of the folds.
        progress: Told what is done, steps done, and steps in all.

    Raises:
        ConfigurationError: Settings or models are wrong; all of them in one error.
        OutputError: Something can't be written: found out before any work.
        LabelledDataError: The texts can't be used as they are.
        FeatureCacheError: Kept features are damaged or of another version.
        TrainingInterrupted: Ctrl-C was pressed; the cache has the features that were finished.
    """
    from ...models.feature_cache import FeatureCache

    began = time.perf_counter()
    tell = progress or (lambda *_: None)
    options = data or DataOptions()
    chosen = _layers(models, layers, folds)
    if output is not None:
        ensure_writable(output)
    if save_model is not None:
        ensure_folder_writable(save_model)
    try:
        with until_written("") as stop, stop.heard():
            readers = _readers(models, chosen, device=device)
            train = options.load(source, split=split).one_class_each(_ONE)
            held = None
            if test is not None or test_split is not None:
                held = options.load(test or source, split=test_split).one_class_each(_ONE)
                held = held.named_like(train.label_names)
            else:
                _check_folds(train, folds)
            kept = FeatureCache(cache, rebuild=rebuild)
            ensure_writable(kept.folder / "features")
            tables: list[tuple[NDArray[np.float32], ...]] = []
            found: list[Features] = []
            for done, reader in enumerate(readers):
                tell(f"features of {reader.name}", done, len(readers))
                own, where = _features(kept, reader, [train] if held is None else [train, held])
                tables.append(own)
                found.append(where)
            scored = _scored(readers, tables, found, train, held, folds=folds, seed=seed, tell=tell)
            result = HeadsResult(
                source=train.name,
                test=train.name if held is None else held.name,
                classes=train.label_names,
                texts=len(train),
                test_texts=len(train if held is None else held),
                folds=folds if held is None else None,
                heads=scored.heads,
                average=scored.average,
                words=scored.words,
                words_seconds=scored.words_seconds,
                cache=os.fspath(cache),
                reading=f"{train.name}: {train.report}",
                notes=tuple(_notes(train, held)),
                seconds=time.perf_counter() - began,
                saved=None if save_model is None else os.fspath(save_model),
            )
            if save_model is not None:
                _save(save_model, readers, kept, train)
            if output is not None:
                _write(output, result)
            return result
    except TrainingInterrupted:
        raise TrainingInterrupted(
            f"stopped: nothing was written but features that were finished, to {cache}",
            checkpoint=None,
        ) from None


@dataclass(frozen=True)
class _Scored:
    heads: tuple[HeadScore, ...]
    average: HeadScore | None
    words: Any
    words_seconds: float


def _scored(
    readers: Sequence[_Reader],
    tables: Sequence[tuple[NDArray[np.float32], ...]],
    found: Sequence[Features],
    train: LabelledTexts,
    held: LabelledTexts | None,
    *,
    folds: int,
    seed: int,
    tell: Progress,
) -> _Scored:
    """Fit heads and TF-IDF on the same texts, and test them on the same others."""
    from ...models.linear_head import fit_head

    tested = train if held is None else held
    truth, y = tested.y, train.y
    parts = list(_parts(train, held, folds=folds, seed=seed))
    right = np.zeros((len(readers) + 2, len(tested)), np.bool_)  # the last two: mean, words
    seconds = np.zeros(len(readers) + 1)
    for done, (learnt, asked) in enumerate(parts):
        tell("heads", done, len(parts))
        chances: list[NDArray[np.float64]] = []
        classes = np.unique(y[learnt])
        for i, table in enumerate(tables):
            start = time.perf_counter()
            head = fit_head(table[0][learnt], y[learnt])
            seconds[i] += time.perf_counter() - start
            chances.append(head.predict_proba(table[-1][asked]))
            right[i, asked] = classes[chances[i].argmax(axis=1)] == truth[asked]
        mean = np.mean(chances, axis=0)
        right[-2, asked] = classes[mean.argmax(axis=1)] == truth[asked]
        start = time.perf_counter()
        words = tfidf(seed).fit(train.take(learnt).texts, y[learnt])
        seconds[-1] += time.perf_counter() - start
        right[-1, asked] = words.predict(tested.take(asked).texts) == truth[asked]
    seconds /= len(parts)
    heads = [
        HeadScore(
            name=reader.name,
            kind=type(reader.model).__name__,
            layer=reader.layer,
            features=where,
            accuracy=accuracy(own),
            gain=Gain.of(own, right[-1]),
            seconds=float(took),
        )
        for reader, where, own, took in zip(readers, found, right[:-2], seconds[:-1], strict=True)
    ]
    average = None
    if len(readers) > 1:
        took = float(seconds[:-1].sum())
        gain = Gain.of(right[-2], right[-1])
        average = HeadScore("averaged", "", "", None, accuracy(right[-2]), gain, took)
    return _Scored(tuple(heads), average, accuracy(right[-1]), float(seconds[-1]))


def _parts(
    train: LabelledTexts, held: LabelledTexts | None, *, folds: int, seed: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield places of the texts to learn from, and of those to test on."""
    if held is not None:
        yield np.arange(len(train)), np.arange(len(held))
        return
    from sklearn.model_selection import StratifiedKFold

    parts = StratifiedKFold(folds, shuffle=True, random_state=seed)
    yield from parts.split(np.zeros(len(train)), train.labels)


def _features(
    cache: Any, reader: _Reader, parts: Sequence[LabelledTexts]
) -> tuple[tuple[NDArray[np.float32], ...], Features]:
    """Return features of each part, and where they came from."""
    tables: list[NDArray[np.float32]] = []
    computed = kept = 0
    start = time.perf_counter()
    for texts in parts:
        before = cache.report.kept
        tables.append(cache.features(reader.model, texts.texts, layer=reader.layer))
        if cache.report.kept > before:
            kept += len(texts)
        else:
            computed += len(texts)
    seconds = time.perf_counter() - start
    return tuple(tables), Features(tables[0].shape[1], computed, kept, seconds)


def _layers(models: Sequence[str], layers: Sequence[str], folds: int) -> list[str]:
    """Return the layer of each model."""
    from ...models.layer_features import LAYERS

    problems = [
        f"layer: expected one of {parse.listed(LAYERS)}, found {one!r}"
        for one in dict.fromkeys(layers)
        if one not in LAYERS
    ]
    if len(layers) not in {0, 1, len(models)}:
        problems.append(
            f"layer: expected one for all models or one for each of {len(models)}, found "
            f"{len(layers)}"
        )
    chosen = list(layers) if len(layers) == len(models) else [*layers, "last"][:1] * len(models)
    twice = [one for one, count in Counter(zip(models, chosen, strict=True)).items() if count > 1]
    problems += [
        f"model: {model} stands there twice with layer {layer!r}" for model, layer in twice
    ]
    if not models:
        problems.append("model: expected the folder of a fitted model, or several, found none")
    if folds < 2:
        problems.append(f"folds: expected a whole number from 2, found {folds}")
    if problems:
        raise ConfigurationError(*problems)
    return chosen


def _readers(models: Sequence[str], layers: Sequence[str], *, device: str | None) -> list[_Reader]:
    """Open the models; say all that can't be used in one error."""
    from ...models.feature_cache import check_reader
    from ...models.loading import load_reader

    opened: dict[str, Any] = {}
    problems: list[str] = []
    for path in dict.fromkeys(models):
        try:
            opened[path] = load_reader(kept_model(path), device=device)
        except WordgraftError as error:
            problems.append(str(error))
    readers: list[_Reader] = []
    names = Counter(_name(path) for path in dict.fromkeys(models))
    for path, layer in zip(models, layers, strict=True):
        if path not in opened:
            continue
        name = _name(path) if names[_name(path)] == 1 else path
        shown = f"{name}, {layer}" if list(models).count(path) > 1 else name
        try:
            check_reader(opened[path], layer)
        except WordgraftError as error:
            problems.append(f"{path}: {error}")
        readers.append(_Reader(shown, opened[path], layer))
    if problems:
        raise ConfigurationError(*problems)
    return readers


def _name(path: str) -> str:
    return Path(path).name or path


def _check_folds(texts: LabelledTexts, folds: int) -> None:
    counts = np.bincount(texts.labels, minlength=len(texts.label_names))
    rare = [texts.label_names[i] for i in np.flatnonzero((counts > 0) & (counts < folds))]
    if rare:
        raise LabelledDataError(
            f"{texts.name}: expected {folds} texts or more of each class for {folds} folds, found "
            f"fewer of {parse.listed(rare)}. Ask for fewer folds, or name test texts"
        )
    if int((counts > 0).sum()) < 2:
        raise LabelledDataError(
            f"{texts.name}: expected at least two classes, found {parse.listed(texts.label_names)}"
        )


def _notes(train: LabelledTexts, held: LabelledTexts | None) -> Iterator[str]:
    if held is not None:
        found = leaks(train.texts, held.texts)
        if found.count:
            yield str(found)
    elif train.report.repeated:
        yield (
            f"{train.report.repeated:,} texts stand there before: one may be learnt from in the "
            "fold that tests the other"
        )


def _save(
    path: str | os.PathLike[str], readers: Sequence[_Reader], cache: Any, train: LabelledTexts
) -> None:
    """Write heads that have learnt from all labelled texts."""
    from ...models.bottleneck import BottleneckClassifier

    models, layers = [one.model for one in readers], [one.layer for one in readers]
    BottleneckClassifier(models, layers=layers, cache=cache).fit(train.texts, train.y).save(path)


def _write(output: str | os.PathLike[str], result: HeadsResult) -> None:
    from .page import html

    with atomic_writer(output) as file:
        file.write(html(result).encode())
