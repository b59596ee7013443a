"""What pretrained vectors buy: accuracy against number of labels, method by method, with times.

Every method trains on the same balanced draws of the same training texts and is tested on the same
test texts. Each row is written as soon as it is there, so that an interruption costs one model.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import numpy as np

from ...embeddings.atomic import ensure_writable
from ...embeddings.errors import CheckpointError, ConfigurationError, TrainingInterrupted
from ..reading.labelled import LabelledTexts
from .comparison import Comparison, Row, check_same, load_comparison
from .draws import Size, check_sizes, draw

Method = Literal["scratch", "frozen", "tuned", "staged", "tfidf"]
METHODS: tuple[Method, ...] = get_args(Method)
SIZES: tuple[Size, ...] = (100, 300, 1000, 3000, 10_000, "all")


class Classifier(Protocol):
    """What is compared: anything that learns names from texts and gives probabilities."""

    classes_: Any

    def fit(self, X: Sequence[Any], y: Any) -> Any:
        """Learn."""
        ...

    def predict_proba(self, X: Sequence[Any]) -> np.ndarray:
        """Return float[N, C]."""
        ...


Make = Callable[[str, int], Classifier]
"""Makes an untrained classifier for a method and a seed."""


@dataclass(frozen=True)
class CompareProgress:
    """How far a comparison is.

    Attributes:
        done: Models trained, with those of an earlier run.
        total: Models in all.
        row: The last one; ``None`` before the first.
    """

    done: int
    total: int
    row: Row | None


def compare(
    train: LabelledTexts,
    test: LabelledTexts,
    make: Make,
    *,
    about: Mapping[str, Any],
    methods: Sequence[str] = METHODS,
    sizes: Sequence[Size] = SIZES,
    seeds: Sequence[int] = (1, 2, 3),
    record: str | os.PathLike[str] | None = None,
    resume: bool = False,
    progress: Callable[[CompareProgress], None] | None = None,
) -> Comparison:
    """Train and test every method with every number of labels and every seed.

    Args:
        train: Texts to draw from.
        test: Texts to test on; the same for all.
        make: Makes a classifier for a method and a seed.
        about: JSON-able: what else decides the rows (vectors, settings), so that rows of different
            things are never mixed.
        methods: In the order they are trained.
        sizes: Numbers of labels; "all" takes every training text.
        seeds: Of draws and training.
        record: JSON file that rows are written to as they come.
        resume: Keep the rows that ``record`` holds and train what is missing. Methods, sizes and
            seeds may have been added.
        progress: Called before the first model and after each.

    Raises:
        ConfigurationError: Data or sizes can't be compared.
        CheckpointError: ``record`` holds rows and ``resume`` is off, or rows of something else.
        TrainingInterrupted: On Ctrl-C; the rows are in ``record``.
    """
    _check(train, test, methods, seeds)
    sizes = check_sizes(sizes, texts=len(train), classes=len(train.label_names))
    test = test.named_like(train.label_names)
    told = {
        "train": train.name,
        "test": test.name,
        "train_texts": len(train),
        "test_texts": len(test),
        "classes": list(train.label_names),
        "data": fingerprint(train, test),
        **about,
    }
    path = None if record is None else Path(record)
    found = _begin(path, told, resume=resume)
    done = found.done()
    wanted: list[tuple[str, Size, int]]
    wanted = [(m, size, seed) for seed in seeds for size in sizes for m in methods]
    left = [one for one in wanted if one not in done]
    if progress is not None:
        progress(CompareProgress(len(wanted) - len(left), len(wanted), None))
    for number, (method, size, seed) in enumerate(left, len(wanted) - len(left) + 1):
        try:
            row = _train(train, test, make, method, size, seed)
        except KeyboardInterrupt:
            raise TrainingInterrupted(
                f"stopped with {number - 1} of {len(wanted)} models trained"
                + (f"; {path} has them, and --resume goes on" if path else ""),
                checkpoint=path,
            ) from None
        found = Comparison(told, (*found.rows, row))
        if path is not None:
            found.save(path)
        if progress is not None:
            progress(CompareProgress(number, len(wanted), row))
    return found


def tfidf(seed: int) -> Classifier:
    """Return the baseline without vectors: TF-IDF of one and two words, logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    pipeline: Any = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, preprocessor=_plain),
        LogisticRegression(C=10.0, max_iter=1000, random_state=seed),
    )
    return pipeline


def fingerprint(*parts: LabelledTexts) -> str:
    """Return a short mark of texts and labels: another one for other data."""
    mark = hashlib.blake2b(digest_size=16)
    for part in parts:
        for text in part.texts:
            plain = text if isinstance(text, str) else "\0".join(text)
            mark.update(plain.encode("utf-8", errors="surrogatepass") + b"\n\0")
        mark.update(np.ascontiguousarray(part.labels).tobytes())
        mark.update("\0".join(part.label_names).encode())
    return mark.hexdigest()


def _plain(text: str | Sequence[str]) -> str:
    return (text if isinstance(text, str) else " ".join(text)).lower()


def _check(
    train: LabelledTexts, test: LabelledTexts, methods: Sequence[str], seeds: Sequence[int]
) -> None:
    problems: list[str] = []
    if train.kind != "classes" or test.kind != "classes":
        problems.append(f"compare: expected one label a text, found {train.kind} and {test.kind}")
    elif len(np.unique(train.labels)) < 2:
        problems.append(f"{train.name}: expected at least two classes, found {train.label_names}")
    if not len(test):
        problems.append(f"{test.name}: expected texts to test on, found none")
    unknown = [method for method in methods if method not in METHODS]
    if unknown or not methods:
        problems.append(
            f"methods: expected some of {', '.join(METHODS)}, found {unknown or 'none'}"
        )
    if not seeds or len(set(seeds)) != len(seeds):
        problems.append(f"seeds: expected different numbers, at least one, found {list(seeds)}")
    if problems:
        raise ConfigurationError(*problems)


def _begin(path: Path | None, about: dict[str, Any], *, resume: bool) -> Comparison:
    if path is None:
        return Comparison(about, ())
    if not path.exists():
        if resume:
            raise CheckpointError(f"{path}: nothing to resume: there is no such file")
        ensure_writable(path)
        return Comparison(about, ())
    found = load_comparison(path)
    if not resume:
        raise CheckpointError(
            f"{path} holds {len(found.rows)} rows of a comparison. Pass --resume to keep them and "
            "train what is missing, or remove the file"
        )
    check_same(found, about, path)
    return found


def _train(
    train: LabelledTexts, test: LabelledTexts, make: Make, method: str, size: Size, seed: int
) -> Row:
    from ...models.scoring import score_classes

    part = train.take(draw(train.labels, size, classes=len(train.label_names), seed=seed))
    classifier = tfidf(seed) if method == "tfidf" else make(method, seed)
    start = time.perf_counter()
    classifier.fit(part.texts, part.y)
    fitted = time.perf_counter()
    chances = classifier.predict_proba(test.texts)
    end = time.perf_counter()
    scores = score_classes(test.y, chances, classifier.classes_, most_wrong=0)
    history = getattr(classifier, "history_", None)
    return Row(
        method=method,
        size=size,
        seed=seed,
        labels=len(part),
        accuracy=scores.accuracy.value,
        f1_macro=scores.f1_macro,
        fit_seconds=fitted - start,
        predict_seconds=end - fitted,
        epochs=len(getattr(history, "epochs", None) or history or ()),
    )
