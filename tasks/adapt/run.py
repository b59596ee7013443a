"""From labelled texts of one domain and texts of another to classes for the latter, and a page."""

from __future__ import annotations

import csv
import io
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...embeddings.atomic import atomic_folder, ensure_folder_writable
from ...embeddings.errors import ConfigurationError, LabelledDataError
from ..classify.run import load_vectors_file
from ..cluster.result import beginning
from ..outputs import MODEL, until_written, write_json, write_text
from ..reading import labels as parse
from ..reading.data_options import DataOptions, one_or_more
from ..reading.documents import Documents, load_documents
from ..reading.labelled import LabelledTexts
from .result import ABOUT, AdaptResult, AdaptRun, Change, Prediction, Way

PREDICTIONS, RESULT, REPORT = "predictions.csv", "adaptation.json", "report.html"
"""Files of the folder, beside the model where it is kept."""
SHOWN_CHANGES = 10
"""Texts whose class changed that are shown."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class AdaptOptions:
    """How texts are read.

    Attributes:
        data: How the source's tables are read, and its columns.
        split: Which part of the source.
        target_text: Column of the target's text.
        target_labels: Column of the target's labels: to score by, never to learn from.
        target_split: Which part of the target.
        id_column: Column of the names of the target's texts.
    """

    data: DataOptions = DataOptions()
    split: str | None = None
    target_text: Sequence[str] = ()
    target_labels: str | None = None
    target_split: str | None = None
    id_column: str | None = None

    def load_target(self, source: Any) -> Documents:
        """Return the texts of the target."""
        return load_documents(
            source,
            text=one_or_more(self.target_text),
            id_column=self.id_column,
            label=self.target_labels,
            split=self.target_split,
            how=self.data.reading,
        )


def run(
    source: str,
    target: str,
    output: str | os.PathLike[str],
    *,
    vectors: str | os.PathLike[str] | None = None,
    continue_epochs: int | None = None,
    ways: Sequence[str] = (),
    tokenizer: str | None = None,
    vote: int | None = None,
    folds: int | None = None,
    seed: int = 0,
    keep_model: bool = False,
    options: AdaptOptions | None = None,
    progress: Progress | None = None,
) -> AdaptResult:
    """Choose ways of adapting without labels of the target, and name the target's classes.

    Every way is compared with none by reverse validation. Labels of the target, where they are
    named, say afterwards how right each way is; nothing is chosen by them.

    Args:
        source: Labelled texts.
        target: Texts to classify.
        output: Folder to make: ``predictions.csv``, ``adaptation.json``, ``report.html``.
        vectors: File of word vectors; ``None`` for words alone.
        continue_epochs: Let the vectors go on learning on the texts of both domains for so many
            passes first; ``None`` for five where the file can: one that ``wordgraft train`` wrote.
        ways: Names of the ways to compare, beside "none"; empty for all.
        tokenizer: How texts become words.
        vote: How many of the best ways answer together.
        folds: Of reverse validation.
        seed: Of every random draw.
        keep_model: Write the ways that answer too, to classify other texts of the target with.
        options: How texts are read.
        progress: Told what is done, steps done, and steps in all.

    Raises:
        ConfigurationError: A setting is wrong; all are named.
        OutputError: The folder can't be written: found out before any work.
        LabelledDataError: Texts can't be used as they are.
        DomainError: The domains don't fit together.
        TrainingInterrupted: Ctrl-C was pressed; nothing was written.
    """
    from ...models.domains.adapter import DomainAdapter

    began = time.perf_counter()
    options = options or AdaptOptions()
    problems = (
        ["continue_epochs needs vectors: the file of what should go on learning"]
        if continue_epochs and vectors is None
        else []
    )
    if problems:
        raise ConfigurationError(*problems)
    ensure_folder_writable(output)
    with until_written(output) as stop, stop.heard():
        labelled = _one_label_each(options.data.load(source, split=options.split))
        texts = options.load_target(target)
        truth = _truth(texts, labelled)
        tell = progress or (lambda *_: None)
        used = None if vectors is None else load_vectors_file(os.fspath(vectors))
        passes, stayed = _passes(continue_epochs, vectors, tokenizer)
        settings: dict[str, Any] = {"tokenizer": tokenizer, "seed": seed}
        settings |= {n: v for n, v in (("folds", folds), ("vote", vote)) if v is not None}
        adapter = DomainAdapter(
            used,
            original=used if passes else None,
            ways=_beside_none(ways, going_on=bool(passes)),
            **settings,
        )
        adapter.chosen(labelled.texts)  # says what is wrong before the vectors take their time
        if passes:
            read = [*labelled.texts, *texts.texts]
            adapter.vectors = _continued(
                vectors, read, tell, epochs=passes, tokenizer=tokenizer, seed=seed
            )
        found = _compared(adapter, labelled, texts, truth, tell)
        result = AdaptResult(
            source=labelled.name,
            target=texts.name,
            vectors=None if vectors is None else Path(vectors).name,
            continued=passes,
            stayed=stayed,
            source_texts=len(labelled),
            target_texts=len(texts),
            labelled=int(sum(one is not None for one in truth)),
            classes=labelled.label_names,
            methods=found.names,
            ways=found.ways,
            accuracy=found.accuracy,
            predicted=_shares(found.labels, labelled.label_names),
            changed=int((found.labels != found.plain).sum()),
            reading=f"{labelled.name}: {labelled.report}; {texts.name}: {texts.report}",
            seconds=time.perf_counter() - began,
            output=os.fspath(output),
        )
        run = AdaptRun(result, _changes(found, texts))
        _write(run, _predictions(found, texts), output, adapter if keep_model else None)
        return result


@dataclass(frozen=True, eq=False)
class _Found:
    """What was chosen, and what it says of the target."""

    names: tuple[str, ...]
    ways: tuple[Way, ...]
    accuracy: float | None
    labels: np.ndarray
    chances: np.ndarray
    plain: np.ndarray


def _compared(
    adapter: Any,
    labelled: LabelledTexts,
    texts: Documents,
    truth: Sequence[str | None],
    tell: Progress,
) -> _Found:
    """Score all ways, fit the best ones and none; with labels of the target, all of them.

    The adapter gets the best ones.
    """
    from ...models.domains.adapter import best
    from ...models.domains.candidates import NONE
    from ...models.domains.data import copy_of
    from ...models.domains.reverse import reverse_scores
    from ...models.domains.vote import DomainVote

    source, y, target = list(labelled.texts), labelled.y, list(texts.texts)
    candidates = adapter.chosen(source)
    scores = reverse_scores(
        candidates,
        source,
        y,
        target,
        folds=adapter.folds,
        seed=adapter.seed,
        progress=lambda done, total: tell("reverse validation", done, total),
    )
    names = best(scores, adapter.vote)
    known = np.array([one is not None for one in truth])
    right = np.array([one or "" for one in truth])
    fitted = list(candidates) if known.any() else list(dict.fromkeys([NONE, *names]))
    classes = np.array(labelled.label_names, dtype=str)[np.unique(labelled.labels)]
    answers: dict[str, np.ndarray] = {}
    kept: dict[str, Any] = {}
    for done, each in enumerate(fitted):
        tell("the target", done, len(fitted))
        model = copy_of(candidates[each]).fit(source, y, target)
        answers[each] = model.predict_proba(target)
        if each in names:
            kept[each] = model
    adapter.take(DomainVote.of([(name, kept[name]) for name in names]), scores)

    def accuracy(chances: np.ndarray | None) -> float | None:
        if chances is None or not known.any():
            return None
        return float((classes[chances.argmax(axis=1)] == right)[known].mean())

    together = np.mean([answers[name] for name in names], axis=0)
    ways = tuple(
        Way(
            name=score.name,
            about=ABOUT.get(score.name, ""),
            reverse=score.score,
            deviation=score.deviation,
            source=score.source,
            shares=score.shares,
            accuracy=accuracy(answers.get(score.name)),
        )
        for score in scores
    )
    return _Found(
        tuple(names),
        ways,
        accuracy(together),
        classes[together.argmax(axis=1)],
        together,
        classes[answers[NONE].argmax(axis=1)],
    )


def _beside_none(ways: Sequence[str], *, going_on: bool) -> list[str] | None:
    """Return the names of the ways, that of no adaptation first; ``None`` for the usual ones.

    Where vectors went on learning, what that alone is worth stands beside too: a way gets no credit
    for it.
    """
    from ...models.domains.candidates import AUTO, NONE, VECTORS

    if not ways or list(ways) == [AUTO]:
        return None
    if AUTO in ways:
        raise ConfigurationError(
            f"method: {AUTO!r} compares all ways; leave the others out, or {AUTO!r}"
        )
    if VECTORS in ways and not going_on:
        raise ConfigurationError(
            f"method: {VECTORS!r} is the way of vectors that go on learning: it needs a file of "
            "vectors that can, and continue_epochs above 0"
        )
    return list(dict.fromkeys([NONE, *([VECTORS] if going_on else []), *ways]))


def _one_label_each(texts: LabelledTexts) -> LabelledTexts:
    if texts.kind != "classes":
        raise LabelledDataError(
            f"{texts.name}: expected one class for each text, found {texts.kind}: adapting takes "
            "one label a text"
        )
    return texts


def _truth(texts: Documents, labelled: LabelledTexts) -> list[str | None]:
    """Return the target's labels as the source names them; ``None`` where there is none."""
    if texts.labels is None:
        return [None] * len(texts)
    own = [None if one is None or not str(one).strip() else str(one) for one in texts.labels]
    strange = [i + 1 for i, one in enumerate(own) if one and one not in labelled.label_names]
    if strange:
        found = sorted({str(own[i - 1]) for i in strange})
        raise LabelledDataError(
            f"{texts.name}: expected labels among {parse.listed(labelled.label_names)}, as in "
            f"{labelled.name}, found {parse.listed(found)} ({parse.rows_text(strange)})"
        )
    return own


def _passes(asked: int | None, path: Any, tokenizer: str | None) -> tuple[int, str | None]:
    """Return for how many passes vectors go on, as asked, or the usual ones; or why for none."""
    if asked is not None or path is None:
        return asked or 0, None
    from ...embeddings.learnt import why_it_stays
    from ...models.domains.vectors import EPOCHS

    stayed = why_it_stays(path, cut=tokenizer is not None)
    return (EPOCHS, None) if stayed is None else (0, stayed)


def _continued(path: Any, texts: Sequence[Any], tell: Progress, **settings: Any) -> Any:
    from ...models.domains.vectors import continued_vectors

    return continued_vectors(
        path,
        texts,
        **settings,
        workers=1,  # several draw otherwise each time, and answers would depend on that
        progress=lambda state: tell("vectors go on", state.words_done, state.words_total),
    )


def _shares(found: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    return {name: float((found == name).mean()) for name in names}


def _predictions(found: _Found, texts: Documents) -> list[Prediction]:
    return [
        Prediction(name, str(label), float(row.max()), str(plain))
        for name, label, row, plain in zip(
            texts.ids, found.labels, found.chances, found.plain, strict=True
        )
    ]


def _changes(found: _Found, texts: Documents) -> tuple[Change, ...]:
    """Return texts whose class adapting changed, the surest first."""
    rows = np.flatnonzero(found.labels != found.plain)
    order = rows[np.argsort(-found.chances[rows].max(axis=1), kind="stable")][:SHOWN_CHANGES]
    shown: list[Change] = []
    for row in order.tolist():
        shown.append(
            Change(
                id=texts.ids[row],
                text=beginning(texts.texts[row]),
                before=str(found.plain[row]),
                after=str(found.labels[row]),
                probability=float(found.chances[row].max()),
            )
        )
    return tuple(shown)


def _write(
    found: AdaptRun, predictions: Sequence[Prediction], output: str | os.PathLike[str], model: Any
) -> None:
    """Write the folder, whole or not at all."""
    from .page import html

    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("id", "label", "probability", "without_adaptation"))
    for one in predictions:
        writer.writerow((one.id, one.label, f"{one.probability:.4f}", one.without_adaptation))
    with atomic_folder(output) as folder:
        write_text(folder / PREDICTIONS, table.getvalue())
        write_json(folder / RESULT, found.result)
        write_text(folder / REPORT, html(found))
        if model is not None:
            model.save(folder / MODEL)
