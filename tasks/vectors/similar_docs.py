"""Documents near a text or a word, words near them, and documents that are nearly the same."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...embeddings.errors import ConfigurationError, DocumentError, TokenizerWarning
from ...embeddings.reading import STDIN
from ...embeddings.spelling import Neighbour
from ..reading.data_options import DocumentOptions
from ..reading.documents import Documents, load_documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...models.documents.near_duplicates import Duplicates
    from ...models.documents.nearest import DocumentIndex

DUPLICATES = "sif"
"""Weighting by which near duplicates are told: what is best for topics puts a topic's documents too
close together (``docs/similarity.md``)."""
_SHOWN = 100  # characters of a text
_GROUP = 5  # documents of a group that are shown


@dataclass(frozen=True)
class Found:
    """A document near a query.

    Attributes:
        id: Its name.
        row: Its number, from 0.
        similarity: Cosine with the query.
        text: Its beginning.
    """

    id: str
    row: int
    similarity: float
    text: str


@dataclass(frozen=True)
class Answer:
    """What is near one query.

    Attributes:
        query: Its name: what was asked, or the id of the document of a file of queries.
        text: Its beginning.
        documents: Nearest first.
        words: Likewise; empty where none were asked for.
    """

    query: str
    text: str
    documents: tuple[Found, ...]
    words: tuple[Neighbour, ...]


@dataclass(frozen=True)
class SimilarDocs:
    """Answers to all queries, and groups of near duplicates.

    Attributes:
        documents: How many were searched.
        empty: Those without a known word, which are near nothing.
        answers: One for each query, in order.
        duplicates: ``None`` where they weren't asked for.
        notes: What a person should know, as sentences.
        beginnings: Of the documents in the groups, by row.
    """

    documents: int
    empty: int
    answers: tuple[Answer, ...]
    duplicates: Duplicates | None
    notes: tuple[str, ...]
    beginnings: Mapping[int, str]


def run(
    docs: Any,
    *,
    vectors: str | os.PathLike[str] | None = None,
    model: str | os.PathLike[str] | None = None,
    queries: Sequence[str] = (),
    topn: int = 10,
    words: int = 0,
    duplicates: bool = False,
    threshold: float = 0.95,
    approximate: bool = False,
    settings: Mapping[str, Any] | None = None,
    options: DocumentOptions | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SimilarDocs:
    """Search among the documents of a source.

    Args:
        docs: What :func:`.read_documents` takes.
        vectors: File of word vectors, to make the documents' vectors of.
        model: Folder of a vectoriser that ``wordgraft embed --save-model`` wrote, instead.
        queries: Each a text or a word; the path of a file, whose documents are read as ``docs``
            are; or ``"-"``, the documents on standard input.
        topn: How many documents for each query.
        words: How many words for each.
        duplicates: Look for near duplicates instead, with the weighting :data:`DUPLICATES` unless
            ``settings`` names another.
        threshold: Cosine from which two documents are nearly the same.
        approximate: Search through a graph, which needs the extra ``ann``.
        settings: Arguments of :class:`.DocumentVectorizer` by name.
        options: How documents are read.
        progress: Called with documents done and in all, while a graph is built.

    Raises:
        ConfigurationError: Neither or both are asked, or arguments contradict each other; says all.
        CorpusError: Documents or queries can't be read.
        DocumentError: There are no documents, or a query has no known word; says which.
    """
    _check(docs, vectors, model, queries, duplicates, settings or {})
    options = options or DocumentOptions()
    loaded = options.load(docs)
    asked = [one for query in queries for one in _queries(query, options)]
    chosen = dict(settings or {})
    if duplicates and not asked and model is None:
        chosen = {"weighting": DUPLICATES, **chosen}
    index, notes = _index(loaded, vectors, model, chosen)
    if approximate:
        index.build(progress=progress)
    answers = _answers(index, loaded, asked, topn, words)
    found = index.near_duplicates(threshold) if duplicates else None
    shown = [row for group in found.groups for row in group.rows[:_GROUP]] if found else []
    return SimilarDocs(
        documents=len(index),
        empty=index.empty,
        answers=answers,
        duplicates=found,
        notes=(*loaded.report.notes, *notes),
        beginnings={row: _beginning(loaded.texts[row]) for row in shown},
    )


def text(result: SimilarDocs) -> str:
    """Return the answers as lines, and the groups."""
    parts: list[str] = []
    for answer in result.answers:
        lines = [f"{one.similarity:.4f}  {one.id}  {one.text}" for one in answer.documents]
        if answer.words:
            lines.append(f"words: {', '.join(one.word for one in answer.words)}")
        if len(result.answers) > 1:
            lines.insert(0, f"{answer.query}: {answer.text}" if answer.query != answer.text
                         else f"{answer.text}:")  # fmt: skip
        parts.append("\n".join(lines))
    if result.duplicates is not None:
        parts.append(_duplicates_text(result.duplicates, result.beginnings))
    return "\n\n".join(parts)


def _duplicates_text(found: Duplicates, beginnings: Mapping[int, str]) -> str:
    head = (
        f"{len(found.groups):,} groups of documents with a cosine from {found.threshold:g}; "
        f"{found.repeated:,} of {found.documents:,} documents repeat another"
    )
    if not found.exact:
        head += " (through a graph: some may be missed)"
    parts = [head]
    for group in found.groups:
        lines = [f"{len(group.rows)} documents, from {group.similarity:.4f}:"]
        for row, name in zip(group.rows[:_GROUP], group.ids, strict=False):
            lines.append(f"  {name}  {beginnings[row]}")
        if len(group.rows) > _GROUP:
            lines.append(f"  and {len(group.rows) - _GROUP:,} more")
        parts.append("\n".join(lines))
    return "\n".join(parts)


def _check(
    docs: Any,
    vectors: Any,
    model: Any,
    queries: Sequence[str],
    duplicates: bool,  # noqa: FBT001
    settings: Mapping[str, Any],
) -> None:
    problems: list[str] = []
    if bool(queries) == duplicates:
        found = "both" if duplicates else "neither: there is nothing to do"
        problems.append(f"expected --query TEXT, FILE or -, or --duplicates; found {found}")
    if (vectors is None) == (model is None):
        found = "neither" if model is None else "both"
        problems.append(f"expected --vectors FILE or --model FITTED, found {found}")
    if model is not None and settings:
        problems.append(f"{', '.join(settings)}: a fitted model has its own; leave them out")
    if [docs, *queries].count(STDIN) > 1:
        problems.append("standard input (-) can be read once only")
    if problems:
        raise ConfigurationError(*problems)


def _queries(query: str, options: DocumentOptions) -> list[tuple[str, Any]]:
    """Return (name, text) of what was asked."""
    if query != STDIN and not _is_file(query):
        return [(query, query)]
    # Columns are those of the documents; a file of queries may well have none of them.
    found = load_documents(query, how=options.data.reading, errors=options.errors)
    return list(zip(found.ids, found.texts, strict=True))


def _is_file(query: str) -> bool:
    try:
        return Path(query).exists()
    except (OSError, ValueError):  # too long for a name, or a NUL in it: a text
        return False


def _index(
    documents: Documents, vectors: Any, model: Any, settings: dict[str, Any]
) -> tuple[DocumentIndex, tuple[str, ...]]:
    from ...embeddings.formats import load_vectors
    from ...models.documents.nearest import DocumentIndex
    from ...models.documents.vectorizer import DocumentVectorizer

    if model is not None:
        vectorizer = DocumentVectorizer.load(model)
        rows, notes = vectorizer.transform(documents.texts), ()
    else:
        vectorizer = DocumentVectorizer(load_vectors(vectors), **settings)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TokenizerWarning)  # the notes have it
            rows = vectorizer.fit_transform(documents.texts)
        notes = vectorizer.report_.notes
    return DocumentIndex(rows, ids=documents.ids, vectorizer=vectorizer), notes


def _answers(
    index: DocumentIndex,
    documents: Documents,
    asked: list[tuple[str, Any]],
    topn: int,
    words: int,
) -> tuple[Answer, ...]:
    if not asked:
        return ()
    targets = index.vectorizer.transform([one for _, one in asked])
    empty = [name for (name, _), row in zip(asked, targets, strict=True) if not row.any()]
    if empty:
        few = ", ".join(repr(name[:40]) for name in empty[:5])
        raise DocumentError(
            f"{len(empty):,} of {len(asked):,} queries have no known word: {few}"
            f"{', …' if len(empty) > 5 else ''}"
        )
    near = index.nearest(targets, topn=topn)
    beside = index.nearest_words(targets, topn=words) if words else [[] for _ in asked]
    return tuple(
        Answer(
            query=name,
            text=_beginning(one),
            documents=tuple(
                Found(found.id, found.row, found.similarity, _beginning(documents.texts[found.row]))
                for found in answer
            ),
            words=tuple(own),
        )
        for (name, one), answer, own in zip(asked, near, beside, strict=True)
    )


def _beginning(one: Any) -> str:
    """Return the first characters of a text, in one line."""
    whole = one[: 2 * _SHOWN] if isinstance(one, str) else " ".join(one[:_SHOWN])
    line = " ".join(whole.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
