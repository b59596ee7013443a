"""What a document vectoriser learns from a collection."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ...embeddings.document_sums import Finish, document_frequencies
from ...embeddings.errors import ConfigurationError, DocumentError, TokenizerWarning
from ...embeddings.tokenizers import Tokenizer
from ..common_parts import all_alike, mean_of, principal_directions
from ..indexing import FIRST_WORD, IndexedTexts, TextIndexer, listed_texts
from ..parallel_indexing import grow_texts
from ..text_tokens import tokenizer_for
from .joint_space import joint_space
from .report import DocumentReport, better_tokenizer
from .settings import COMPONENTS, POWERS
from .space import DocumentSpace, sums_of
from .weightings import (
    SMOOTHING,
    inverse_frequencies,
    probabilities_of,
    smooth_inverse_frequencies,
    unsupervised_frequencies,
)
from .words import DocumentWords, ReadTexts


@dataclass(frozen=True, eq=False)
class FittedDocuments:
    """What fitting found.

    Attributes:
        space: What was learnt.
        read: The documents.
        sums: float32[N, W], what ``space.sums(read)`` gives, where it was needed to learn.
        report: What was found in them.
    """

    space: DocumentSpace
    read: ReadTexts
    sums: NDArray[np.float32] | None
    report: DocumentReport


def fit_space(model: Any, texts: Any) -> FittedDocuments:
    """Learn what the settings of a :class:`.DocumentVectorizer` ask for.

    Raises:
        DocumentError: There are no documents to learn it from; says why.
    """
    documents: Any = texts if isinstance(texts, IndexedTexts) else listed_texts(texts)
    if not len(documents):
        raise DocumentError("expected documents to fit on, found none")
    return (_fit_joint if model.weighting == "auto" else _fit_weighted)(model, documents)


def _fit_weighted(model: Any, documents: Any) -> FittedDocuments:
    """Fit a weighting of the vectors' own rows."""
    vectors = model.vectors
    tokenizer = tokenizer_for(vectors, model.tokenizer, documents)
    indexer = TextIndexer(vectors.index_to_key, tokenizer)
    words = DocumentWords(indexer, vectors.vectors, vectors.subwords)
    read = words.read(documents)
    report = DocumentReport.of(read, first_new=len(indexer))
    report = _noted(report, documents, indexer, report.unknown + report.composed)
    weights = _weights(model, words, read)
    powers = tuple(float(p) for p in (POWERS if model.powers is None else model.powers))
    removed = model.remove_components
    removed = COMPONENTS.get(model.weighting, 0) if removed is None else int(removed)
    sums = None
    if removed or model.center or model.empty == "mean":
        everything = np.concatenate([weights.table, weights.new])
        sums = sums_of(words, read, model.weighting, everything, powers=powers)
        finish = _finish(model, sums, removed)
    else:
        width = words.rows.shape[1] * (len(powers) if model.weighting == "power" else 1)
        nothing = np.zeros(0, np.float32)
        finish = Finish(
            np.zeros((0, width), np.float32), nothing, np.zeros(width, np.float32),
            bool(model.normalize),
        )  # fmt: skip
    space = DocumentSpace(
        words=words,
        weighting=model.weighting,
        weights=weights.table,
        new_weights=dict(zip(read.new, weights.new.tolist(), strict=True)),
        unseen=weights.unseen,
        powers=powers if model.weighting == "power" else (),
        finish=finish,
        mean=_mean(sums, finish) if model.empty == "mean" else np.zeros_like(finish.centre),
        empty=model.empty,
    )
    return FittedDocuments(space, read, sums, report)


def _fit_joint(model: Any, documents: Any) -> FittedDocuments:
    """Fit the space that joins what the vectors know with what the collection says."""
    vectors = model.vectors
    found = _joint_words(model, documents)
    texts, report = found.texts, found.report
    columns = len(found.chosen) + len(found.new)
    counts = csr_matrix(
        (np.ones(len(texts.ids), np.float32), texts.ids - FIRST_WORD, texts.offsets),
        shape=(len(texts), columns),
    )
    counts.sum_duplicates()
    table = np.zeros((columns, vectors.vector_size), np.float32)
    table[: len(found.chosen)] = vectors.storage[found.chosen]
    able = [i for i, word in enumerate(found.new) if vectors.has_vector(word)]
    if able:
        table[len(found.chosen) + np.array(able)] = vectors[[found.new[i] for i in able]]
    joint = joint_space(counts, table, seed=model.seed)
    names = [*(vectors.index_to_key[row] for row in found.chosen.tolist()), *found.new]
    words = DocumentWords(TextIndexer(names, found.tokenizer), _plain(joint.rows))
    width = words.rows.shape[1]
    finish = Finish(
        np.zeros((0, width), np.float32),
        np.zeros(0, np.float32),
        _plain(joint.centre),
        model.normalize is not False,
    )
    read, weights = ReadTexts(texts), _plain(joint.weights)
    sums = sums_of(words, read, "auto", weights, powers=())
    if all_alike(sums, np.asarray(sums.any(axis=1))):
        raise DocumentError(
            f"weighting='auto' tells documents apart, but these {len(texts):,} are all alike: "
            "nothing would be left of them. Fit on different documents, or take another weighting"
        )
    space = DocumentSpace(
        words=words,
        weighting="auto",
        weights=weights,
        new_weights={},
        unseen=0.0,
        powers=(),
        finish=finish,
        mean=_mean(sums, finish) if model.empty == "mean" else np.zeros_like(finish.centre),
        empty=model.empty,
    )
    return FittedDocuments(space, read, sums, report)


@dataclass(frozen=True, eq=False)
class _JointWords:
    """The words of a joint space.

    Attributes:
        chosen: int64[C], rows of the vectors that have a word in it, rising.
        new: Words of the collection that come behind them.
        texts: The documents in these words.
        tokenizer: That made them.
        report: What was found in the documents.
    """

    chosen: NDArray[np.int64]
    new: list[str]
    texts: IndexedTexts
    tokenizer: Tokenizer
    report: DocumentReport


def _joint_words(model: Any, documents: Any) -> _JointWords:
    """Choose words: the collection's, and the most frequent of the vectors besides."""
    vectors = model.vectors
    tokenizer = tokenizer_for(vectors, model.tokenizer, documents)
    indexer = TextIndexer(vectors.index_to_key, tokenizer)
    if isinstance(documents, IndexedTexts):
        if len(vectors) > model.extra_words:
            raise ConfigurationError(
                f"texts that come as rows have those of the vectors' {len(vectors):,} words, of "
                f"which weighting='auto' keeps {model.extra_words:,} in their places: say "
                f"extra_words={len(vectors)}, or pass texts"
            )
        texts, new = DocumentWords(indexer, vectors.vectors).read(documents).texts, []
    else:
        texts, new = grow_texts(indexer, documents)
    frequencies = document_frequencies(
        texts.ids, texts.offsets, words=len(vectors) + len(new), first=FIRST_WORD
    )
    kept = frequencies > 0
    kept[: model.extra_words] = True
    kept[len(vectors) :] = frequencies[len(vectors) :] >= model.min_df
    places = (np.cumsum(kept) - 1 + FIRST_WORD).astype(np.int32)
    there = kept[texts.ids - FIRST_WORD]
    lost = np.zeros(len(there) + 1, np.int64)
    np.cumsum(~there, out=lost[1:])
    borders = lost[texts.offsets]
    without = int(texts.unknown.sum())
    unknown = np.diff(borders)
    if isinstance(documents, IndexedTexts):
        unknown = documents.unknown
    texts = IndexedTexts(places[texts.ids[there] - FIRST_WORD], texts.offsets - borders, unknown)
    report = DocumentReport.of(ReadTexts(texts), first_new=0)
    report = _noted(report, documents, indexer, without)
    rows = np.flatnonzero(kept)
    added = [new[row - len(vectors)] for row in rows[rows >= len(vectors)].tolist()]
    return _JointWords(rows[rows < len(vectors)], added, texts, indexer.tokenizer, report)


def _noted(
    report: DocumentReport, documents: Any, indexer: TextIndexer, without: int
) -> DocumentReport:
    """Return a report with what should be said about the tokeniser; refuse if nothing is known.

    Args:
        report: Of the documents.
        documents: As they were given.
        indexer: Of the vectors' words.
        without: Words that have no vector.

    Raises:
        DocumentError: No document has a known word.
    """
    note = None
    if not isinstance(documents, IndexedTexts):
        share = without / report.words if report.words else 1.0
        note = better_tokenizer(documents, indexer.tokenizer, indexer, share)
    if report.empty == report.documents:
        raise DocumentError(
            f"none of the {report.documents:,} documents has a word that the vectors know: do "
            "tokenizer and letter case fit the vectors?" + (f" {note}" if note else "")
        )
    if note is None:
        return report
    warnings.warn(note, TokenizerWarning, stacklevel=2)
    return replace(report, notes=(*report.notes, note))


@dataclass(frozen=True, eq=False)
class _Weights:
    """What words count: float32[V] those with a row, float32[n] the new ones, and any other."""

    table: NDArray[np.float32]
    new: NDArray[np.float32]
    unseen: float


def _weights(model: Any, words: DocumentWords, read: ReadTexts) -> _Weights:
    table, kind = len(words.rows), model.weighting
    total = table + len(read.new)
    if kind not in ("idf", "sif", "usif"):
        ones = np.ones(total, np.float32)
        return _Weights(ones[:table], ones[table:], 1.0)
    texts = read.texts
    # One place more: of a word that no document has.
    if kind == "idf":
        frequencies = document_frequencies(
            texts.ids, texts.offsets, words=total + 1, first=FIRST_WORD
        )
        found = inverse_frequencies(len(texts), frequencies)
    else:
        counts = np.zeros(total + 1, np.int64)
        if model.word_counts != "collection" and model.vectors.counts is not None:
            counts[:table] = model.vectors.counts
        else:
            counts[:] = np.bincount(texts.ids - FIRST_WORD, minlength=total + 1)
        shares = probabilities_of(counts)
        if kind == "sif":
            found = smooth_inverse_frequencies(shares, model.smoothing or SMOOTHING)
        else:
            length = len(texts.ids) / max(1, int((~texts.empty).sum()))
            found = unsupervised_frequencies(shares, length)
    return _Weights(found[:table], found[table:total], float(found[total]))


def _finish(model: Any, sums: NDArray[np.float32], removed: int) -> Finish:
    """Learn what to take off documents.

    Raises:
        DocumentError: There is nothing but what they have in common.
    """
    width = sums.shape[1]
    components, shares = np.zeros((0, width), np.float32), np.zeros(0, np.float32)
    piecewise = model.weighting == "usif"
    if not np.isfinite(sums).all():
        removed = 0  # finishing says which document
    if removed:
        found = principal_directions(sums, removed)
        needed = 2 if piecewise else removed + 1
        if found.rank < needed:
            raise DocumentError(
                f"weighting={model.weighting!r} takes off {removed} directions that documents have "
                f"in common, but these {len(sums):,} lie in {found.rank}: nothing, or nothing but "
                f"rounding, would be left. Fit on {needed} different documents at least, or say "
                "remove_components=0"
            )
        components, shares = found.components, np.ones(len(found.components), np.float32)
        if piecewise:
            shares = (found.energies / found.energies.sum()).astype(np.float32)
    centre = np.zeros(width, np.float32)
    if model.center:
        read = np.asarray(sums.any(axis=1))
        if all_alike(sums, read):
            raise DocumentError(
                f"center=True takes off the mean of the documents, but these {len(sums):,} are all "
                "alike: nothing would be left. Fit on different documents, or say center=False"
            )
        centre = mean_of(sums, read)
        centre -= (components @ centre * shares) @ components
    return Finish(components, shares, centre, bool(model.normalize))


def _mean(sums: NDArray[np.float32] | None, finish: Finish) -> NDArray[np.float32]:
    """Return float32[W], the mean of the finished documents that have a known word."""
    assert sums is not None  # noqa: S101 - computed wherever the mean is asked for
    documents = sums.copy()
    lengths = finish.apply(documents)
    return mean_of(documents, np.asarray(lengths > 0))


def _plain(array: Any) -> NDArray[np.float32]:
    return np.ascontiguousarray(array, np.float32)
