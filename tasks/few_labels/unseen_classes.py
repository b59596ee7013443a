"""Documents into classes of which some have labelled texts, to a folder about what these bought."""

from __future__ import annotations

import os
import time
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...embeddings.atomic import atomic_folder, ensure_folder_writable
from ...embeddings.errors import ConfigurationError, LabelledDataError, TokenizerWarning
from ...embeddings.reading import STDIN
from ..cluster.result import Example, beginning
from ..outputs import TableFormat, check_format, until_written, write_json, write_table, write_text
from ..reading.data_options import DataOptions, DocumentOptions
from ..reading.documents import Documents
from ..reading.labelled import LabelledTexts
from .unseen_classes_result import (
    LABELS,
    NAMES,
    REFINED,
    NamedClass,
    UnseenResult,
    UnseenRun,
    UnseenWay,
)
from .zero_shot import known_labels

if TYPE_CHECKING:
    from ...models.few_labels.attributes import SignatureClassifier
    from ...models.few_labels.zero_shot import ZeroShotClassifier

Method: TypeAlias = Literal["eszsl", "sje"]
REPORT, RESULT = "report.html", "unseen-classes.json"
"""Files of the folder, beside ``predictions.parquet`` or ``.csv``."""
_EXAMPLES = 4
_STEPS = 50_000  # of SJE's learning, about: passages are fewer where texts are many


@dataclass(frozen=True, eq=False)
class _Learnt:
    """Labelled rows of classes, and the classifier that was fitted on them."""

    rows: NDArray[np.float32]
    y: NDArray[np.int64]
    model: SignatureClassifier
    notes: tuple[str, ...]


def unseen_class_files(
    source: Any,
    output: str | os.PathLike[str],
    *,
    labelled: str,
    vectors: str | os.PathLike[str],
    classes: Mapping[str, str | None],
    method: Method = "eszsl",
    seen_penalty: float | None = None,
    settings: Mapping[str, Any] | None = None,
    options: DocumentOptions | None = None,
    data: DataOptions | None = None,
    split: str | None = None,
    format: TableFormat = "csv",
) -> UnseenResult:
    """Put the documents of a source in classes, and write a folder about it, whole or not at all.

    Args:
        source: What :func:`.load_documents` takes; documents of any of the classes.
        output: Folder to make: predictions, ``unseen-classes.json``, ``report.html``.
        labelled: Texts of the seen classes, as :func:`.load_labelled` takes them.
        vectors: File of word vectors.
        classes: Descriptions by class, as :class:`.ZeroShotClassifier` takes them: of all unseen
            ones, and of those of ``labelled`` whose label is no word.
        method: What maps documents to classes.
        seen_penalty: Taken off the scores of seen classes; ``None`` chooses it on the labelled
            texts (:func:`.choose_penalty`).
        settings: Other arguments of :class:`.ZeroShotClassifier` by name, which makes rows of
            documents and of classes.
        options: How documents are read.
        data: How labelled texts are.
        split: Which part of the labelled texts.
        format: Of the predictions.

    Raises:
        ConfigurationError: A setting is impossible, a class has no word with a vector, no class is
            unseen, or no known label is one of the classes.
        CorpusError: A source can't be read, or holds no document.
        LabelledDataError: Texts have several labels, or are of one class only.
        OutputError: The folder can't be written.
        TrainingInterrupted: Ctrl-C was pressed; nothing was written.
    """
    check_format(format)
    if source == STDIN and labelled == STDIN:
        raise ConfigurationError("expected a file for DOCS or for --labelled, found - for both")
    ensure_folder_writable(output)
    with until_written(output) as stop:
        from ...embeddings.formats import load_vectors

        loaded = load_vectors(vectors)
        with stop.heard():
            texts = (data or DataOptions()).load(labelled, split=split)
            documents = (options or DocumentOptions()).load(source)
            run = unseen_class_documents(
                documents,
                texts,
                loaded,
                classes=classes,
                method=method,
                seen_penalty=seen_penalty,
                settings=settings,
                vectors_name=os.fspath(vectors),
                output=os.fspath(output),
            )
        stop.check()
        _write(run, Path(output), format)
        return run.result


def unseen_class_documents(
    documents: Documents,
    labelled: LabelledTexts,
    vectors: Any,
    *,
    classes: Mapping[str, str | None],
    method: Method = "eszsl",
    seen_penalty: float | None = None,
    settings: Mapping[str, Any] | None = None,
    vectors_name: str = "",
    output: str = "",
) -> UnseenRun:
    """Put documents that are there in classes, of which some have labelled texts.

    Args:
        documents: N documents.
        labelled: Texts of the seen classes.
        vectors: Word vectors.
        classes: As :func:`unseen_class_files`.
        method: As there.
        seen_penalty: As there.
        settings: As there.
        vectors_name: Where the vectors come from, for people.
        output: Folder that will hold the result.
    """
    from ...models.few_labels.zero_shot import ZeroShotClassifier

    began = time.perf_counter()
    described = _classes(classes, labelled)
    names = [str(label) for label in described]
    known = known_labels(documents, names)
    namer = ZeroShotClassifier(vectors, classes=described, **(settings or {}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TokenizerWarning)  # the notes have it
        namer.fit(documents.texts)
    assert namer.joint_ is not None  # rounds are no option here
    learnt = _learnt(namer, labelled, names, method, seen_penalty)
    rows = namer.joint_.transform(documents.texts)
    scores = learnt.model.class_scores(rows)
    answers = scores.argmax(axis=1)
    by_names = namer.predict_proba(documents.texts).argmax(axis=1)
    guess = (namer.naming_.transform(documents.texts) @ namer.directions_.T).argmax(axis=1)
    plain = (scores + learnt.model.seen_penalty * learnt.model.seen_).argmax(axis=1)
    kind = type(learnt.model).__name__
    ways = [
        (LABELS, _by_labels(learnt, rows)),
        (NAMES, guess),
        (REFINED, by_names),
        (f"{kind}, no penalty", plain),
        (kind, answers),
    ]
    table = np.zeros((len(names), len(names)), np.int64)
    np.add.at(table, (known[known >= 0], answers[known >= 0]), 1)
    seen = set(np.flatnonzero(learnt.model.seen_).tolist())
    result = UnseenResult(
        source=documents.name,
        labelled=labelled.name,
        vectors=vectors_name,
        documents=len(documents),
        known=int((known >= 0).sum()),
        labelled_texts=len(learnt.y),
        settings=_told(namer, learnt.model, described, method),
        penalty=float(learnt.model.seen_penalty),
        classes=_described(documents, namer, learnt, scores, by_names),
        ways=tuple(_way(name, found, known, seen) for name, found in ways),
        confusion=tuple(tuple(row) for row in table.tolist()) if (known >= 0).any() else (),
        reading=f"{documents.report}; {labelled.name}: {labelled.report}",
        notes=(*_notes(documents, namer, known), *learnt.notes),
        seconds=time.perf_counter() - began,
        output=output,
    )
    return UnseenRun(result, documents, answers, scores, by_names)


def _classes(given: Mapping[str, str | None], labelled: LabelledTexts) -> dict[str, str | None]:
    """Return all classes: those named, then others with labels, by their own names."""
    labelled.one_class_each("a document is put in one class")
    there = [labelled.label_names[i] for i in np.unique(labelled.labels).tolist()]
    if len(there) < 2:
        raise LabelledDataError(
            f"{labelled.name}: expected texts of two classes or more, found {there[0]!r} alone"
        )
    if not set(given) - set(there):
        raise ConfigurationError(
            f"classes: expected one or more without labelled texts, found labels of all in "
            f"{labelled.name}: {', '.join(map(repr, there[:10]))}. Name those that have none; "
            "where all have some, a classifier is what you want"
        )
    return {**given, **{name: None for name in there if name not in given}}


def _learnt(
    namer: ZeroShotClassifier,
    labelled: LabelledTexts,
    names: Sequence[str],
    method: Method,
    penalty: float | None,
) -> _Learnt:
    from ...models.few_labels.attributes import ESZSL, SJE
    from ...models.few_labels.generalised import choose_penalty

    assert namer.joint_ is not None
    notes: list[str] = []
    place = {name: number for number, name in enumerate(names)}
    y = np.array([place[name] for name in labelled.y.tolist()], np.int64)
    rows = namer.joint_.transform(labelled.texts)
    read = np.count_nonzero(rows, axis=1) > 0
    if not read.all():
        notes.append(f"{int((~read).sum()):,} labelled texts have no known word: left out")
        rows, y = rows[read], y[read]
        _check_read(labelled, read, y, names)
    signatures = dict(enumerate(namer.directions_))
    model = (
        SJE(signatures, epochs=int(np.clip(_STEPS // max(len(y), 1), 5, 50)), seed=namer.seed)
        if method == "sje"
        else ESZSL(signatures)
    )
    if penalty is None:
        try:
            penalty = choose_penalty(model, rows, y, seed=namer.seed)
        except LabelledDataError as error:
            penalty = 0.0
            notes.append(
                f"no penalty of seen classes could be chosen ({error}), so they are likely to get "
                "nearly all documents: name one with --seen-penalty, or take zero-shot"
            )
    model.seen_penalty = penalty
    return _Learnt(rows, y, model.fit(rows, y), tuple(notes))


def _check_read(
    labelled: LabelledTexts, read: NDArray[np.bool_], y: NDArray[np.int64], names: Sequence[str]
) -> None:
    """Raise unless texts that can be read are of two classes or more."""
    there = [names[i] for i in np.unique(y).tolist()]
    if len(there) < 2:
        gone = Counter(labelled.y[~read].tolist())
        told = ", ".join(f"{count:,} of {name!r}" for name, count in gone.most_common(10))
        raise LabelledDataError(
            f"{labelled.name}: expected texts of two classes or more with words that have a "
            f"vector, found {f'those of {there[0]!r} alone' if there else 'none'}. Left out, for "
            f"no word of theirs has one: {told}. Take vectors of these texts' language"
        )


def _by_labels(learnt: _Learnt, rows: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return what a classifier says that knows no other class than those with labels."""
    from sklearn.linear_model import LogisticRegression

    make: Any = LogisticRegression
    return make(C=10.0, max_iter=1000).fit(learnt.rows, learnt.y).predict(rows)


def _way(
    name: str, answers: NDArray[np.int64], known: NDArray[np.int64], seen: set[int]
) -> UnseenWay:
    from ...models.few_labels.generalised import scores_of_answers

    there = known >= 0
    new = float(np.mean([answer not in seen for answer in answers.tolist()]))
    if not there.any():
        return UnseenWay(name, new, None, None)
    both = {number in seen for number in known[there].tolist()} == {True, False}
    return UnseenWay(
        name=name,
        unseen_share=new,
        accuracy=float((answers == known)[there].mean()),
        scores=scores_of_answers(answers[there], known[there], seen=seen) if both else None,
    )


def _told(
    namer: ZeroShotClassifier, model: SignatureClassifier, described: Any, method: Method
) -> dict[str, Any]:
    kept = namer.get_params(deep=False) | {"method": method, "classes": dict(described)}
    kept["tokenizer"] = None if namer.tokenizer is None else str(namer.tokenizer)
    own: Any = model
    kept |= {n: v for n, v in own.get_params(deep=False).items() if n != "signatures"}
    return {name: value for name, value in kept.items() if name != "vectors"}


def _described(
    documents: Documents,
    namer: ZeroShotClassifier,
    learnt: _Learnt,
    scores: NDArray[np.float64],
    by_names: NDArray[np.int64],
) -> tuple[NamedClass, ...]:
    answers = scores.argmax(axis=1)
    ahead = -np.diff(np.sort(scores, axis=1)[:, ::-1][:, :2], axis=1)[:, 0]
    found: list[NamedClass] = []
    for number, one in enumerate(namer.class_words_):
        own = np.flatnonzero(answers == number)
        best = own[np.argsort(-ahead[own], kind="stable")[:_EXAMPLES]].tolist()
        counts: Counter[str] = Counter()
        if documents.labels is not None:
            labels = (documents.labels[i] for i in own.tolist())
            counts.update(label for label in labels if label is not None)
        found.append(
            NamedClass(
                label=str(one.label),
                words=one.words,
                unknown=one.unknown,
                labelled=int((learnt.y == number).sum()),
                documents=len(own),
                share=len(own) / len(documents),
                by_names=int((by_names == number).sum()),
                examples=tuple(
                    Example(
                        documents.ids[i], beginning(documents.texts[i]), round(float(ahead[i]), 4)
                    )
                    for i in best
                ),
                labels=dict(counts.most_common()),
            )
        )
    return tuple(found)


def _notes(
    documents: Documents, namer: ZeroShotClassifier, known: NDArray[np.int64]
) -> tuple[str, ...]:
    notes = [
        f"class {str(one.label)!r}: left out, for they have no vector: {', '.join(one.unknown)}"
        for one in namer.class_words_
        if one.unknown
    ]
    silent = int(namer.unread(documents.texts).sum())
    if silent:
        notes.append(f"{silent:,} documents have no known word: all of them get the same class")
    if documents.labels is not None and (known < 0).any():
        notes.append(
            f"{int((known < 0).sum()):,} documents have no label, or one that is none of the "
            "classes; they aren't scored"
        )
    return tuple(notes)


def _write(run: UnseenRun, output: Path, format: TableFormat) -> None:
    from . import unseen_classes_page

    with atomic_folder(output) as folder:
        _write_predictions(run, folder / f"predictions.{format}", format)
        write_json(folder / RESULT, run.result)
        write_text(folder / REPORT, unseen_classes_page.html(run.result))


def _write_predictions(run: UnseenRun, path: Path, format: TableFormat) -> None:
    import pyarrow as pa

    names = pa.array([one.label for one in run.result.classes], pa.string())
    columns: dict[str, Any] = {
        "id": pa.array(run.documents.ids, pa.string()),
        "class": names.take(pa.array(run.answers)),
        "score": pa.array(run.scores.max(axis=1)),
        "by_names": names.take(pa.array(run.by_names)),
    }
    if run.documents.labels is not None:
        columns["label"] = pa.array(run.documents.labels, pa.string())
    write_table(path, columns, format)
