"""Documents of any number to a file of vectors, with memory for some of them."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from ...embeddings.atomic import ensure_folder_writable, ensure_writable
from ...embeddings.errors import ConfigurationError, CorpusError, TokenizerWarning
from ...embeddings.interrupts import Interrupts
from ...embeddings.reading import STDIN
from ..outputs import until_written
from ..reading.data_options import DocumentOptions
from ..reading.documents import Document, DocumentTally, source_name
from .document_writing import check_suffix, vector_writer

FIT_ON = 100_000
"""Documents that a vectoriser is fitted on, where there are more."""
BLOCK_DOCUMENTS, BLOCK_CHARACTERS = 10_000, 8 << 20
"""Documents that are worked on together: at most so many, of so many characters."""


@dataclass(frozen=True)
class EmbedSummary:
    """What was written.

    Attributes:
        output: The file.
        documents: Rows in it.
        width: Numbers in each.
        empty: Documents without a known word.
        words: Words in all documents.
        unknown: Those that nothing is known of.
        fitted_on: Documents that the vectoriser was fitted on; 0 where it was fitted before.
        model: Folder the fitted vectoriser was written to.
        seconds: Time taken.
        notes: What a person should know, as sentences.
    """

    output: str
    documents: int
    width: int
    empty: int
    words: int
    unknown: int
    fitted_on: int
    model: str | None
    seconds: float
    notes: tuple[str, ...]

    def __str__(self) -> str:
        share = self.unknown / self.words if self.words else 0.0
        rate = self.documents / self.seconds if self.seconds else 0.0
        parts = [
            f"{self.output}: {self.documents:,} documents, {self.width} numbers each, "
            f"{share:.1%} of {self.words:,} words unknown ({rate:,.0f} documents/s)"
        ]
        if self.empty:
            parts.append(f"{self.empty:,} documents have no known word")
        return "\n".join([*parts, *self.notes])


def embed(
    source: Any,
    output: str | os.PathLike[str],
    *,
    vectors: str | os.PathLike[str] | None = None,
    model: str | os.PathLike[str] | None = None,
    save_model: str | os.PathLike[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    options: DocumentOptions | None = None,
    fit_on: int = FIT_ON,
    progress: Callable[[int, int], None] | None = None,
) -> EmbedSummary:
    """Write a vector for each document of a source.

    A vectoriser is fitted on the documents, on ``fit_on`` of them drawn evenly where there are
    more (of standard input, which can't be read twice, on the first so many); then all are read
    again, block by block. Memory is that of the fitted documents and a block.

    Args:
        source: What :func:`.read_documents` takes.
        output: ``.parquet`` with ids and vectors, or ``.npy`` with the vectors alone, in order.
        vectors: File of word vectors to fit a vectoriser with.
        model: Folder of a fitted one, instead.
        save_model: Folder to write the fitted one to.
        settings: Arguments of :class:`.DocumentVectorizer` by name.
        options: How documents are read.
        fit_on: See above.
        progress: Called with bytes read and bytes in all, where they are known.

    Raises:
        ConfigurationError: Arguments contradict each other; says all that do.
        CorpusError: The source can't be read, or holds no document.
        DocumentError: Nothing can be learnt from the documents, or a document has no known word
            and ``empty="error"``.
        OutputError: A result can't be written.
        TrainingInterrupted: Ctrl-C was pressed; no file was written.
    """
    began = time.perf_counter()
    _check(vectors, model, save_model, settings or {}, fit_on)
    check_suffix(output)
    ensure_writable(output)
    if save_model is not None:
        ensure_folder_writable(save_model)
    options = options or DocumentOptions()
    with until_written(output) as stop:
        run = _Run(source, options, stop, progress)
        fitted = run.fitted(vectors, model, dict(settings or {}), fit_on)
        if save_model is not None:
            fitted.save(save_model)
        done = run.write(fitted, Path(output))
    notes = () if model is not None else fitted.report_.notes
    return EmbedSummary(
        output=os.fspath(output),
        documents=done.documents,
        width=fitted.n_features_out_,
        empty=done.empty,
        words=done.words,
        unknown=done.unknown,
        fitted_on=run.fitted_on,
        model=None if save_model is None else os.fspath(save_model),
        seconds=time.perf_counter() - began,
        notes=(*notes, *run.notes()),
    )


def _check(
    vectors: Any, model: Any, save_model: Any, settings: Mapping[str, Any], fit_on: int
) -> None:
    problems: list[str] = []
    if (vectors is None) == (model is None):
        found = "neither" if model is None else "both"
        problems.append(f"expected vectors to fit with, or a fitted model; found {found}")
    if model is not None:
        fixed = [*settings, *(["save_model"] if save_model is not None else [])]
        if fixed:
            problems.append(f"{', '.join(fixed)}: a fitted model has its own; leave them out")
    if fit_on < 1:
        problems.append(f"fit_on: expected a whole number from 1, found {fit_on}")
    if problems:
        raise ConfigurationError(*problems)


class _Run:
    """One passage from a source to a file.

    Ctrl-C is noted while threads work and heard while documents are read, so that it never stops
    within a lock.
    """

    def __init__(
        self,
        source: Any,
        options: DocumentOptions,
        stop: Interrupts,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._source, self._options, self._stop, self._progress = source, options, stop, progress
        self._tally = DocumentTally()
        self._held: list[Document] | None = None
        self._rest: Iterator[Document] = iter(())
        self.fitted_on = 0

    def notes(self) -> tuple[str, ...]:
        """Return what was met while reading, as sentences."""
        return self._tally.notes()

    def fitted(self, vectors: Any, model: Any, settings: dict[str, Any], fit_on: int) -> Any:
        """Return the vectoriser; keep the documents where they needn't be read again."""
        from ...embeddings.formats import load_vectors
        from ...models.documents.vectorizer import DocumentVectorizer

        if model is not None:
            return DocumentVectorizer.load(model, tokenizer=settings.get("tokenizer"))
        vectorizer = DocumentVectorizer(load_vectors(vectors), **settings)
        sample = self._sample(fit_on, seed=vectorizer.seed)
        self.fitted_on = len(sample)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TokenizerWarning)  # the summary has it
            vectorizer.fit([one.text for one in sample])
        self._stop.check()
        return vectorizer

    def write(self, vectorizer: Any, output: Path) -> Any:
        """Write the vectors of all documents; returns what was found in them."""
        from ...models.documents.report import NOTHING_READ, DocumentReport

        space, found = vectorizer.space_, NOTHING_READ
        settings = vectorizer.get_params(deep=False)
        del settings["vectors"]
        notes = {
            "vectorizer": {name: str(value) for name, value in settings.items()},
            "source": source_name(self._source),
        }
        with vector_writer(output, width=space.width, notes=notes) as writer:
            for block in self._blocks():
                read = space.words.read([one.text for one in block])
                rows = space.vectors(read, before=found.documents)
                found += DocumentReport.of(read, first_new=len(space.words.indexer))
                writer.write([one.id for one in block], rows)
                self._stop.check()
        if not found.documents:
            raise CorpusError(f"{source_name(self._source)}: expected documents, found none")
        return found

    def _sample(self, most: int, *, seed: int) -> list[Document]:
        """Return all documents in order, or ``most`` of them, drawn evenly.

        Source: Vitter 1985, "Random sampling with a reservoir", algorithm R.
        """
        documents = self._read()
        with self._stop.heard():
            held = list(islice(documents, most))
            following = next(documents, None)
            if following is None:
                self._held = held
                return held
            if not self._can_be_read_again():
                self._held, self._rest = held, chain([following], documents)
                return held
            rng = np.random.default_rng(seed)
            for number, one in enumerate(chain([following], documents), most):
                place = int(rng.integers(number + 1))
                if place < most:
                    held[place] = one
        self._tally = DocumentTally()  # everything is met again
        return held

    def _can_be_read_again(self) -> bool:
        one_shot = isinstance(self._source, Iterator)
        return self._source != STDIN and not one_shot

    def _read(self) -> Iterator[Document]:
        return iter(self._options.read(self._source, self._tally))

    def _blocks(self) -> Iterator[list[Document]]:
        """Yield all documents in lists of bounded size."""
        documents = self._read() if self._held is None else chain(self._held, self._rest)
        while True:
            with self._stop.heard():
                block = _taken(documents)
            if not block:
                return
            if self._progress is not None and self._tally.bytes_total:
                self._progress(self._tally.bytes_read, self._tally.bytes_total)
            yield block


def _taken(documents: Iterator[Document]) -> list[Document]:
    block: list[Document] = []
    size = 0
    for one in documents:
        block.append(one)
        size += len(one.text) if isinstance(one.text, str) else 8 * len(one.text)
        if len(block) == BLOCK_DOCUMENTS or size >= BLOCK_CHARACTERS:
            break
    return block
