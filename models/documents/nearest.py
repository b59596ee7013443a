"""Nearest documents, exact or through an index; documents and words in one space.

The search is that of words (``embeddings/ranking.py``, ``embeddings/index.py``): a row is a row.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from ...embeddings.errors import ConfigurationError, DocumentError
from ...embeddings.index import NeighbourIndex, build_index, open_index
from ...embeddings.ranking import Ranking, rank_batch
from ...embeddings.similarity import row_norms, unit_rows
from ...embeddings.spelling import Neighbour
from ...embeddings.vectors import WordVectors
from ..indexing import listed_texts
from .near_duplicates import Duplicates, exact_duplicates, found_duplicates

Query = Any
"""A text, a list of texts or token lists; or vectors, float32[W] or float32[Q, W]."""
WORDS = 30_000
"""Most frequent words among which those near a document are looked for."""


class DocumentNeighbour(NamedTuple):
    """A document near something.

    Attributes:
        row: Its number, from 0.
        id: Its name.
        similarity: Cosine, from -1 to 1.
    """

    row: int
    id: str
    similarity: float


class DocumentIndex:
    """Documents to search among, as vectors.

    ``DocumentIndex(vectorizer.fit_transform(texts), vectorizer=vectorizer)`` takes texts to find.
    Documents without a direction (all zeros: none of their words was known) are near nothing, and
    are never listed. Equal similarities are listed in the order of the documents.

    Args:
        vectors: float32[N, W], a row for each document, kept without a copy if it is float32 and
            C-contiguous (a mapped ``.npy`` file, too).
        ids: N names; ``None`` names documents by their numbers, from 0.
        vectorizer: The fitted transformer that made the vectors. With it queries can be texts, and
            a :class:`.DocumentVectorizer` gives words a place among the documents.

    Attributes:
        vectors: float32[N, W], read-only.
        ids: N names.
        empty: How many documents have no direction.
        graph: What :meth:`build` or :meth:`open_graph` made; ``None`` looks at all documents.

    Raises:
        DocumentError: There are no documents, or a number isn't finite; says where.
        ConfigurationError: Shapes or numbers of names don't fit.

    Example:
        >>> index = DocumentIndex([[1, 0], [0.9, 0.1], [0, 1]], ids=["a", "b", "c"])
        >>> [found.id for found in index.nearest(np.array([1, 0]), topn=2)[0]]
        ['a', 'b']
    """

    def __init__(
        self, vectors: Any, *, ids: Sequence[str] | None = None, vectorizer: Any = None
    ) -> None:
        self.vectors = _matrix(vectors)
        if ids is not None and len(ids) != len(self.vectors):
            raise ConfigurationError(
                f"expected a name for each of {len(self.vectors):,} documents, found {len(ids):,}"
            )
        self.ids = tuple(map(str, range(len(self.vectors)) if ids is None else ids))
        self.vectorizer = vectorizer
        self.graph: NeighbourIndex | None = None
        self._norms = row_norms(self.vectors)
        if not np.isfinite(self._norms).all():
            bad = int(np.argmin(np.isfinite(self._norms)))
            raise DocumentError(
                f"the vector of document {self.ids[bad]!r} (row {bad:,}) has NaN, an infinite "
                "number or a length beyond float32"
            )
        self.empty = int((self._norms == 0.0).sum())

    def __len__(self) -> int:
        return len(self.vectors)

    def __repr__(self) -> str:
        through = "" if self.graph is None else ", through a graph"
        return f"{type(self).__name__}({len(self):,} documents x {self.vectors.shape[1]}{through})"

    # --- neighbours ------------------------------------------------------------------------------

    def nearest(self, queries: Query, *, topn: int = 10) -> list[list[DocumentNeighbour]]:
        """Return the documents nearest to texts, words or vectors, by cosine.

        A word is a query like any: ``index.nearest("king")`` has the documents nearest to it.

        Args:
            queries: A text, texts or token lists, where there is a vectoriser; or vectors.
            topn: How many documents for each.

        Returns:
            A list for each query (one for a single text or vector), best first.

        Raises:
            DocumentError: A query has no direction, such as a text without a known word; says
                which.
            ConfigurationError: ``topn`` is below 1, or texts are asked without a vectoriser.
        """
        targets = self._targets(queries)
        return [self._named(found) for found in self._rankings(targets, topn, [()] * len(targets))]

    def neighbours(
        self, rows: Iterable[int] | None = None, *, topn: int = 10
    ) -> list[list[DocumentNeighbour]]:
        """Return the documents nearest to documents, these themselves left out.

        Args:
            rows: Numbers of documents; ``None`` for all.
            topn: How many for each.

        Returns:
            A list for each, best first; an empty one for a document without a direction.

        Raises:
            IndexError: There is no such document.
            ConfigurationError: ``topn`` is below 1.
        """
        asked = np.arange(len(self)) if rows is None else np.array([*rows], np.int64)
        if len(asked) and not (asked.min() >= 0 and asked.max() < len(self)):
            raise IndexError(
                f"expected numbers of documents from 0 to {len(self) - 1}, found {asked.min()} to "
                f"{asked.max()}"
            )
        there = np.flatnonzero(self._norms[asked] > 0.0)
        answers: list[list[DocumentNeighbour]] = [[] for _ in asked]
        targets = unit_rows(self.vectors[asked[there]], self._norms[asked[there]])
        found = self._rankings(targets, topn, [(row,) for row in asked[there].tolist()])
        for place, ranking in zip(there.tolist(), found, strict=True):
            answers[place] = self._named(ranking)
        return answers

    def nearest_words(
        self, queries: Query, *, topn: int = 10, restrict_vocab: int | None = WORDS
    ) -> list[list[Neighbour]]:
        """Return the words nearest to texts or vectors, each word a document of itself.

        Args:
            queries: As in :meth:`nearest`; ``index.vectors[row]`` asks for a document's words.
            topn: How many words for each.
            restrict_vocab: Look among so many of the most frequent words; ``None`` among all.

        Raises:
            DocumentError: A query has no direction; says which.
            ConfigurationError: A number is below 1, or there is no :class:`.DocumentVectorizer`.
        """
        targets = self._targets(queries)
        if restrict_vocab is not None and restrict_vocab < 1:
            raise ConfigurationError(f"restrict_vocab must be at least 1, found {restrict_vocab!r}")
        words, rows = self._words
        rows = rows[:restrict_vocab]
        found = rank_batch(
            rows, row_norms(rows), targets, _checked(topn), without=[()] * len(targets)
        )
        return [
            [
                Neighbour(words[row], score)
                for row, score in zip(one.rows.tolist(), one.scores.tolist(), strict=True)
            ]
            for one in found
        ]

    def near_duplicates(self, threshold: float = 0.95) -> Duplicates:
        """Return groups of documents that are nearly the same.

        Two documents whose cosine reaches ``threshold`` are of one group, and so are all that a
        chain of such pairs joins. Every pair is looked at, a block at a time: 20,000 documents take
        a second or two, ten times as many a hundred times as long. With a :attr:`graph` only each
        document's neighbours are, so that some pairs may be missed.

        Args:
            threshold: Above 0, at most 1; a millionth less still counts.

        Raises:
            ConfigurationError: It isn't.
        """
        if not 0.0 < threshold <= 1.0:
            raise ConfigurationError(
                f"threshold: expected a cosine above 0, at most 1, found {threshold!r}"
            )
        if self.graph is None:
            return exact_duplicates(self.vectors, self._norms, threshold, self.ids)
        return found_duplicates(self.vectors, self._norms, threshold, self.ids, self._ask)

    # --- an index --------------------------------------------------------------------------------

    def build(
        self,
        *,
        connectivity: int = 16,
        effort: int = 128,
        workers: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> NeighbourIndex:
        """Build a graph of neighbours, which questions go through from then on.

        Similarities stay exact; a neighbour may be missed: ``index.graph.recall()`` says how many
        are found. Arguments and errors as :func:`.build_index`.
        """
        self.graph = build_index(
            self._table,
            connectivity=connectivity,
            effort=effort,
            workers=workers,
            progress=progress,
        )
        return self.graph

    def save_graph(self, path: str | os.PathLike[str]) -> None:
        """Write the graph to a file, atomically.

        Raises:
            ConfigurationError: There is none yet.
            OutputError: The file can't be written.
        """
        if self.graph is None:
            raise ConfigurationError("there is no graph to save: call build first")
        self.graph.save(path)

    def open_graph(self, path: str | os.PathLike[str]) -> NeighbourIndex:
        """Open a graph that :meth:`save_graph` wrote for the same vectors.

        Raises:
            StaleIndexError: It was built from other vectors.
            VectorFormatError: The file is damaged, or no graph.
            MissingDependencyError: usearch isn't installed.
        """
        self.graph = open_index(self._table, path)
        return self.graph

    # --- how -------------------------------------------------------------------------------------

    @cached_property
    def _table(self) -> WordVectors:
        """The documents as if they were words, whose names are their numbers."""
        return WordVectors([str(row) for row in range(len(self))], self.vectors)

    @cached_property
    def _words(self) -> tuple[tuple[str, ...], NDArray[np.float32]]:
        """Words, and each as a document of itself."""
        space = getattr(self.vectorizer, "space_", None)
        if space is None:
            raise ConfigurationError(
                "words have a place among documents only where a fitted DocumentVectorizer made "
                "them: give it as vectorizer="
            )
        words = tuple(cast("Sequence[str]", space.words.indexer.words))
        return words, self._checked_rows(self.vectorizer.transform([[word] for word in words]))

    def _checked_rows(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        if rows.ndim != 2 or rows.shape[1] != self.vectors.shape[1]:
            raise ConfigurationError(
                f"expected vectors of {self.vectors.shape[1]} numbers, as documents have, found "
                f"shape {list(rows.shape)}"
            )
        return rows

    def _targets(self, queries: Query) -> NDArray[np.float32]:
        """Return float32[Q, W] of length 1."""
        if isinstance(queries, np.ndarray) and queries.dtype.kind in "fiu":
            rows = np.ascontiguousarray(np.atleast_2d(queries), np.float32)
        elif self.vectorizer is None:
            raise ConfigurationError(
                "texts can be asked for only where the vectoriser is known: give it as vectorizer=,"
                " or ask with vectors (numpy arrays)"
            )
        else:
            texts = [queries] if isinstance(queries, str) else listed_texts(queries)
            rows = cast("NDArray[np.float32]", self.vectorizer.transform(texts))
        norms = row_norms(self._checked_rows(rows))
        wrong = np.flatnonzero(~(np.isfinite(norms) & (norms > 0.0)))
        if len(wrong):
            few = ", ".join(map(str, wrong[:5].tolist()))
            raise DocumentError(
                f"{len(wrong):,} of {len(rows):,} queries have no direction to compare (query "
                f"{few}{', …' if len(wrong) > 5 else ''}, counted from 0): no known word, or a "
                "vector of zeros or NaN"
            )
        return unit_rows(rows, norms)

    def _rankings(
        self, targets: NDArray[np.float32], topn: int, without: Sequence[Sequence[int]]
    ) -> list[Ranking]:
        wanted = _checked(topn)
        if not len(targets):
            return []
        if self.graph is not None:
            return self.graph.rankings(targets, wanted, without=without)
        return rank_batch(self.vectors, self._norms, targets, wanted, without=without)

    def _ask(self, rows: NDArray[np.int64], wanted: int) -> list[Ranking]:
        """Return the neighbours of documents through the graph."""
        targets = unit_rows(self.vectors[rows], self._norms[rows])
        return self._rankings(targets, wanted, [(row,) for row in rows.tolist()])

    def _named(self, ranking: Ranking) -> list[DocumentNeighbour]:
        return [
            DocumentNeighbour(row, self.ids[row], score)
            for row, score in zip(ranking.rows.tolist(), ranking.scores.tolist(), strict=True)
        ]


def pairwise_similarity(first: Any, second: Any = None) -> NDArray[np.float32]:
    """Return float32[N, M], the cosine of every row of one matrix with every row of another.

    Args:
        first: float32[N, W].
        second: float32[M, W]; ``None`` takes the first again.

    Returns:
        From -1 to 1; 0 where a row is all zeros.

    Raises:
        ConfigurationError: Rows differ in length, or aren't numbers.
        DocumentError: There are no rows.
    """
    sides = [_matrix(first)] if second is None else [_matrix(first), _matrix(second)]
    if sides[0].shape[1] != sides[-1].shape[1]:
        raise ConfigurationError(
            f"expected rows of one length, found {sides[0].shape[1]} and {sides[-1].shape[1]}"
        )
    units = [unit_rows(rows, row_norms(rows)) for rows in sides]
    found: NDArray[np.float32] = units[0] @ units[-1].T
    return np.clip(found, -1.0, 1.0, out=found)


def _matrix(vectors: Any) -> NDArray[np.float32]:
    """Return vectors as C-contiguous float32[N, W], read-only."""
    try:
        with np.errstate(over="ignore"):
            rows = np.asarray(vectors, np.float32, order="C")
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"expected rows of numbers: {error}") from error
    if rows.shape[:1] == (0,):
        raise DocumentError("expected documents to search among, found none")
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise ConfigurationError(
            f"expected a row of numbers for each document, found shape {list(rows.shape)}"
        )
    view = rows.view(np.ndarray)
    view.setflags(write=False)
    return view


def _checked(topn: int) -> int:
    if not isinstance(topn, int | np.integer) or topn < 1:
        raise ConfigurationError(f"topn must be a whole number from 1, found {topn!r}")
    return int(topn)
