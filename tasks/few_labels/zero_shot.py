"""Documents to a folder about the classes they were put in, from the names of the classes alone."""

from __future__ import annotations

import os
import time
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...embeddings.atomic import atomic_folder, ensure_folder_writable
from ...embeddings.errors import ConfigurationError, TokenizerWarning
from ..cluster.result import Example, beginning
from ..outputs import (
    MODEL,
    TableFormat,
    check_format,
    until_written,
    write_json,
    write_table,
    write_text,
)
from ..reading.data_options import DocumentOptions
from ..reading.documents import Documents

if TYPE_CHECKING:
    from ...models.few_labels.zero_shot import ZeroShotClassifier

REPORT, RESULT = "report.html", "zero-shot.json"
"""Files of the folder, beside ``predictions.parquet`` or ``.csv``."""
_EXAMPLES = 4
BY_WORD, BY_VECTORS, REFINED = "name found in the text", "vectors of the name", "refined on texts"
"""The ways that are compared: without transfer, with it, and as the answers are."""


@dataclass(frozen=True)
class FoundClass:
    """One class.

    Attributes:
        label: What it is called.
        words: Words of its name or description that have a vector.
        unknown: Those that have none.
        neighbours: Words that were added, with cosines.
        documents: How many were put in it.
        share: Of all documents.
        by_word: Documents that hold a word of its name, and of no other class more.
        examples: Those that are surest.
        labels: Known labels of its documents, the most frequent first; empty without any.
    """

    label: str
    words: tuple[str, ...]
    unknown: tuple[str, ...]
    neighbours: tuple[tuple[str, float], ...]
    documents: int
    share: float
    by_word: int
    examples: tuple[Example, ...]
    labels: Mapping[str, int]


@dataclass(frozen=True)
class Way:
    """A way to answer, and how well it does.

    Attributes:
        name: What it is.
        answered: Share of the documents that it says anything about.
        accuracy: Share of the labelled documents that are right, those without an answer being
            wrong; ``None`` without labels.
        macro_f1: Mean over the classes of the harmonic mean of precision and recall.
    """

    name: str
    answered: float
    accuracy: float | None
    macro_f1: float | None


@dataclass(frozen=True)
class ZeroShotResult:
    """What was found, as ``zero-shot.json`` has it.

    Attributes:
        source: Name of the documents' source.
        vectors: File of the word vectors.
        documents: How many there are.
        labelled: How many have a known label that is one of the classes; 0 without labels.
        settings: Of the :class:`.ZeroShotClassifier`.
        classes: The classes, as given.
        ways: Without vectors, with them, and refined.
        confusion: Documents by known label (rows) and class; empty without labels.
        changed: Share of documents that changed their class in each round of refinement.
        reading: What was found in the documents, as a sentence.
        notes: What a person should know, as sentences.
        seconds: Time taken.
        output: The folder.
    """

    source: str
    vectors: str
    documents: int
    labelled: int
    settings: Mapping[str, Any]
    classes: tuple[FoundClass, ...]
    ways: tuple[Way, ...]
    confusion: tuple[tuple[int, ...], ...]
    changed: tuple[float, ...]
    reading: str
    notes: tuple[str, ...]
    seconds: float
    output: str


@dataclass(frozen=True, eq=False)
class ZeroShotRun:
    """A result, and what it was made of.

    Attributes:
        result: What was found.
        documents: What was classified.
        model: What classified it.
        shares: float64[N, C], as :meth:`.ZeroShotClassifier.predict_proba` gives them.
    """

    result: ZeroShotResult
    documents: Documents
    model: ZeroShotClassifier
    shares: NDArray[np.float64]


def zero_shot_files(
    source: Any,
    output: str | os.PathLike[str],
    *,
    vectors: str | os.PathLike[str],
    classes: Any,
    settings: Mapping[str, Any] | None = None,
    options: DocumentOptions | None = None,
    format: TableFormat = "csv",
    keep_model: bool = False,
) -> ZeroShotResult:
    """Put the documents of a source in classes, and write a folder about it, whole or not at all.

    Args:
        source: What :func:`.load_documents` takes.
        output: Folder to make: predictions, ``zero-shot.json``, ``report.html``.
        vectors: File of word vectors.
        classes: As :class:`.ZeroShotClassifier` takes them.
        settings: Its other arguments by name.
        options: How documents are read, and the column of known labels.
        format: Of the predictions.
        keep_model: Write the fitted classifier too.

    Raises:
        ConfigurationError: A setting is impossible, a class has no word with a vector, or no known
            label is one of the classes.
        CorpusError: The source can't be read, or holds no document.
        DocumentError: No document has a known word.
        OutputError: The folder can't be written.
        TrainingInterrupted: Ctrl-C was pressed; nothing was written.
    """
    check_format(format)
    ensure_folder_writable(output)
    with until_written(output) as stop:
        from ...embeddings.formats import load_vectors

        loaded = load_vectors(vectors)
        with stop.heard():
            documents = (options or DocumentOptions()).load(source)
            run = zero_shot_documents(
                documents,
                loaded,
                classes=classes,
                settings=settings,
                vectors_name=os.fspath(vectors),
                output=os.fspath(output),
            )
        stop.check()
        _write(run, Path(output), format, keep_model=keep_model)
        return run.result


def zero_shot_documents(
    documents: Documents,
    vectors: Any,
    *,
    classes: Any,
    settings: Mapping[str, Any] | None = None,
    vectors_name: str = "",
    output: str = "",
) -> ZeroShotRun:
    """Put documents that are there in classes, beside what comes out without vectors.

    Args:
        documents: N documents.
        vectors: Word vectors.
        classes: As :class:`.ZeroShotClassifier` takes them.
        settings: Its other arguments by name.
        vectors_name: Where the vectors come from, for people.
        output: Folder that will hold the result.
    """
    from ...models.documents.report import NOTHING_READ
    from ...models.few_labels.class_names import read_classes
    from ...models.few_labels.name_matching import match_names
    from ...models.few_labels.zero_shot import ZeroShotClassifier

    began = time.perf_counter()
    names = [str(label) for label in read_classes(classes)]
    known = known_labels(documents, names)
    model = ZeroShotClassifier(vectors, classes=classes, **(settings or {}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TokenizerWarning)  # the notes have it
        model.fit(documents.texts)
    shares = model.predict_proba(documents.texts)
    answers = shares.argmax(axis=1)
    by_word = match_names(
        documents.texts,
        [(*one.words, *one.unknown) for one in model.class_words_],
        tokenizer=model.naming_.space_.words.indexer.tokenizer,
    )
    guess = model.naming_.transform(documents.texts) @ model.directions_.T
    ways = [
        _way(BY_WORD, by_word, known, len(names)),
        _way(BY_VECTORS, np.where(guess.any(axis=1), guess.argmax(axis=1), -1), known, len(names)),
    ]
    if model.joint_ is not None:
        ways.append(_way(REFINED, answers, known, len(names)))
    kept = {n: v for n, v in model.get_params(deep=False).items() if n not in ("vectors",)}
    kept["tokenizer"] = None if model.tokenizer is None else str(model.tokenizer)
    kept["classes"] = read_classes(classes)
    table = np.zeros((len(names), len(names)), np.int64)
    np.add.at(table, (known[known >= 0], answers[known >= 0]), 1)
    read = model.naming_.report_ or NOTHING_READ
    result = ZeroShotResult(
        source=documents.name,
        vectors=vectors_name,
        documents=len(documents),
        labelled=int((known >= 0).sum()),
        settings=kept,
        classes=_described(documents, model, shares, by_word),
        ways=tuple(ways),
        confusion=tuple(tuple(row) for row in table.tolist()) if (known >= 0).any() else (),
        changed=model.changed_,
        reading=str(documents.report),
        notes=(*_notes(documents, model, known), *read.notes),
        seconds=time.perf_counter() - began,
        output=output,
    )
    return ZeroShotRun(result, documents, model, shares)


def known_labels(documents: Documents, names: Sequence[str]) -> NDArray[np.int64]:
    """Return int64[N], places of the known labels among the classes; -1 for none.

    Raises:
        ConfigurationError: There are labels, and none of them is a class.
    """
    if documents.labels is None:
        return np.full(len(documents), -1, np.int64)
    place = {name: number for number, name in enumerate(names)}
    found = np.array([place.get(label, -1) for label in documents.labels], np.int64)  # type: ignore[arg-type]
    if not (found >= 0).any():
        there = sorted({label for label in documents.labels if label is not None})[:10]
        raise ConfigurationError(
            f"labels: expected some of the classes {', '.join(map(repr, names))}, found "
            f"{', '.join(map(repr, there)) or 'none'}. Name classes as labels are, and describe "
            "them: LABEL=description"
        )
    return found


def _way(name: str, answers: NDArray[Any], known: NDArray[np.int64], classes: int) -> Way:
    from sklearn.metrics import f1_score

    there = known >= 0
    answered = float((answers >= 0).mean())
    if not there.any():
        return Way(name, answered, None, None)
    f1: Any = f1_score(
        known[there], answers[there], labels=list(range(classes)), average="macro",
        zero_division=0.0,  # type: ignore[arg-type]
    )  # fmt: skip
    return Way(name, answered, float((answers == known)[there].mean()), float(f1))


def _described(
    documents: Documents,
    model: ZeroShotClassifier,
    shares: NDArray[np.float64],
    by_word: NDArray[np.int64],
) -> tuple[FoundClass, ...]:
    answers = shares.argmax(axis=1)
    found: list[FoundClass] = []
    for number, one in enumerate(model.class_words_):
        own = np.flatnonzero(answers == number)
        best = own[np.argsort(-shares[own, number], kind="stable")[:_EXAMPLES]].tolist()
        counts: Counter[str] = Counter()
        if documents.labels is not None:
            labels = (documents.labels[i] for i in own.tolist())
            counts.update(label for label in labels if label is not None)
        found.append(
            FoundClass(
                label=str(one.label),
                words=one.words,
                unknown=one.unknown,
                neighbours=one.neighbours,
                documents=len(own),
                share=len(own) / len(documents),
                by_word=int((by_word == number).sum()),
                examples=tuple(
                    Example(
                        documents.ids[i],
                        beginning(documents.texts[i]),
                        round(float(shares[i, number]), 4),
                    )
                    for i in best
                ),
                labels=dict(counts.most_common()),
            )
        )
    return tuple(found)


def _notes(documents: Documents, model: ZeroShotClassifier, known: NDArray[np.int64]) -> list[str]:
    notes = [
        f"class {str(one.label)!r}: left out, for they have no vector: {', '.join(one.unknown)}"
        for one in model.class_words_
        if one.unknown
    ]
    if documents.labels is not None and (known < 0).any():
        notes.append(
            f"{int((known < 0).sum()):,} documents have no label, or one that is none of the "
            "classes; they aren't scored"
        )
    return notes


def _write(run: ZeroShotRun, output: Path, format: TableFormat, *, keep_model: bool) -> None:
    from . import zero_shot_page

    with atomic_folder(output) as folder:
        _write_predictions(run, folder / f"predictions.{format}", format)
        write_json(folder / RESULT, run.result)
        write_text(folder / REPORT, zero_shot_page.html(run.result))
        if keep_model:
            run.model.save(folder / MODEL)


def _write_predictions(run: ZeroShotRun, path: Path, format: TableFormat) -> None:
    import pyarrow as pa

    names = pa.array([one.label for one in run.result.classes], pa.string())
    columns: dict[str, Any] = {
        "id": pa.array(run.documents.ids, pa.string()),
        "class": names.take(pa.array(run.shares.argmax(axis=1))),
        "share": pa.array(run.shares.max(axis=1)),
    }
    if run.documents.labels is not None:
        columns["label"] = pa.array(run.documents.labels, pa.string())
    write_table(path, columns, format)
