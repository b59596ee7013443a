"""Word Mover's Distance: what it costs at least to move the words of one text to another's.

Its bound, in which every word moves to the nearest whether that is wanted there or not, is computed
for all documents in one passage. The nearest documents are then those of least bound, solved
exactly one after another, until the next bound is no less than what was found.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ...embeddings.errors import ConfigurationError, DocumentError
from ...embeddings.frequencies import word_shares
from ...embeddings.kernels.simd import aligned_zeros, padded
from ...embeddings.kernels.transport import least_cost, relaxed_costs, transport_scratch
from ...embeddings.similarity import row_norms, unit_rows
from ...embeddings.vectors import WordVectors
from ..indexing import FIRST_WORD, Text, TextIndexer, listed_texts
from ..text_tokens import tokenizer_for
from .weightings import SMOOTHING
from .words import DocumentWords

Masses = Literal["count", "sif"]

_UNITS = 1 << 40  # that the mass of a text is divided into: shares become whole numbers
_WORDS = 256  # words of a query that are moved at a time
_BLOCK = 8192  # words of the documents whose distances are computed at a time
_SAME = 1e-6  # distances below are rounding
_SPARE = 1e-5  # by which a bound may be too high, for its rounding


class MovedNeighbour(NamedTuple):
    """A document near a query.

    Attributes:
        row: Its number, from 0.
        id: Its name.
        distance: Word Mover's Distance, or its bound.
    """

    row: int
    id: str
    distance: float


@dataclass(frozen=True)
class MovedAnswer:
    """The documents nearest to a query.

    Attributes:
        neighbours: Nearest first.
        exact: Whether distances are exact, or bounds from below.
        solved: How many documents it took to know, solved exactly or until they were known to be
            farther.
    """

    neighbours: tuple[MovedNeighbour, ...]
    exact: bool
    solved: int


class WordMover:
    """Documents to search among by Word Mover's Distance.

    A text is a set of words with masses that sum to 1; moving mass from one word to another costs
    the Euclidean distance of their vectors. Words without a vector are left out; documents of none
    but such are at no distance from anything, and are never listed.

    Args:
        documents: N texts or token lists.
        vectors: Word vectors; with n-grams, unknown words take part.
        ids: N names; ``None`` names documents by their numbers, from 0.
        tokenizer: How texts become words; ``None`` takes that of the vectors.
        masses: ``"count"``, as often as a word stands there (the paper's, which leaves stop words
            out before); or ``"sif"``, times ``a / (a + p)``, so that stop words hardly count.
        normalize: Scale vectors to length 1 first, as gensim does.

    Attributes:
        ids: N names.
        empty: Documents of which no word has a vector.

    Raises:
        DocumentError: There are no documents.
        ConfigurationError: A setting is wrong, or numbers of names don't fit.

    Source: Kusner et al. 2015, "From word embeddings to document distances" (ICML).
    """

    def __init__(
        self,
        documents: Iterable[Text],
        vectors: WordVectors,
        *,
        ids: Sequence[str] | None = None,
        tokenizer: Any = None,
        masses: Masses = "count",
        normalize: bool = True,
    ) -> None:
        listed = listed_texts(documents)
        problems: list[str] = []
        if masses not in get_args(Masses):
            problems.append(
                f"masses: expected {' or '.join(map(repr, get_args(Masses)))}, found {masses!r}"
            )
        if ids is not None and len(ids) != len(listed):
            problems.append(
                f"expected a name for each of {len(listed):,} documents, found {len(ids):,}"
            )
        if problems:
            raise ConfigurationError(*problems)
        if not listed:
            raise DocumentError("expected documents to search among, found none")
        self.ids = tuple(map(str, range(len(listed)) if ids is None else ids))
        self._vectors, self._normalize = vectors, bool(normalize)
        self._shares = word_shares(vectors) if masses == "sif" else None
        cutter = tokenizer_for(vectors, tokenizer, listed)
        indexer = TextIndexer(vectors.index_to_key, cutter)
        self._reader = DocumentWords(indexer, vectors.vectors, vectors.subwords)
        self._bags = self._read(listed)
        self.empty = int((np.diff(self._bags.offsets) == 0).sum())

    def __len__(self) -> int:
        return len(self.ids)

    def nearest(self, query: Text, *, topn: int = 10, exact: bool = True) -> MovedAnswer:
        """Return the documents nearest to a text.

        Args:
            query: A text, or a list of tokens.
            topn: How many documents.
            exact: Solve as many as it takes to know the nearest; otherwise bounds are answered.

        Raises:
            DocumentError: No word of the query has a vector.
            ConfigurationError: ``topn`` is below 1.
        """
        if not isinstance(topn, int | np.integer) or topn < 1:
            raise ConfigurationError(f"topn must be a whole number from 1, found {topn!r}")
        asked = self._query(query)
        bounds = self._bounds(asked)
        order = np.argsort(bounds, kind="stable")
        order = order[np.isfinite(bounds[order])]
        if not exact:
            return MovedAnswer(self._named(bounds, order[:topn].tolist()), exact=False, solved=0)
        worst: list[tuple[float, int]] = []  # of the best so far, the worst first
        solved = 0
        for row in order.tolist():
            if len(worst) == topn and bounds[row] - _SPARE > -worst[0][0]:
                break
            solved += 1
            if len(worst) < topn:
                heapq.heappush(worst, (-_moved(asked, 0, self._bags, row), -row))
            else:
                found = _moved(asked, 0, self._bags, row, limit=-worst[0][0])
                heapq.heappushpop(worst, (-found, -row))
        best = sorted((-distance, -row) for distance, row in worst)
        named = (MovedNeighbour(row, self.ids[row], distance) for distance, row in best)
        return MovedAnswer(tuple(named), exact=True, solved=solved)

    def bounds(self, query: Text) -> NDArray[np.float32]:
        """Return float32[N], the relaxed distance of each document: at most the exact one.

        Infinite for documents of which no word has a vector.

        Raises:
            DocumentError: No word of the query has a vector.
        """
        return self._bounds(self._query(query))

    def distances(self, query: Text) -> NDArray[np.float64]:
        """Return float64[N], the exact distance of each document; seconds where they are many.

        Infinite for documents of which no word has a vector.

        Raises:
            DocumentError: No word of the query has a vector.
        """
        asked = self._query(query)
        return np.array([_moved(asked, 0, self._bags, row) for row in range(len(self))])

    def _named(self, distances: NDArray[np.float32], rows: list[int]) -> tuple[MovedNeighbour, ...]:
        return tuple(MovedNeighbour(row, self.ids[row], float(distances[row])) for row in rows)

    def _query(self, query: Text) -> _Bags:
        bags = self._read(listed_texts([query]))
        if not len(bags.ids):
            raise DocumentError(
                "no word of the query has a vector: it has no distance from anything"
            )
        return bags

    # --- words -----------------------------------------------------------------------------------

    def _read(self, texts: list[Text]) -> _Bags:
        """Return texts as sets of words with masses."""
        read = self._reader.read(texts)
        known = len(self._vectors)
        counts = csr_matrix(
            (np.ones(len(read.texts.ids)), read.texts.ids - FIRST_WORD, read.texts.offsets),
            shape=(len(texts), known + len(read.new)),
        )
        counts.sum_duplicates()
        used, ids = np.unique(counts.indices, return_inverse=True)
        own = int(np.searchsorted(used, known))
        new = [read.new[row - known] for row in used[own:].tolist()]
        names = [*(self._vectors.index_to_key[row] for row in used[:own].tolist()), *new]
        rows = np.concatenate([self._vectors.vectors[used[:own]], self._vectors[new]])
        if self._normalize:
            rows = unit_rows(rows, row_norms(rows))
        masses = np.asarray(counts.data, np.float64)
        if self._shares is not None:
            shares = np.concatenate([self._shares[used[:own]], np.zeros(len(new))])
            masses = masses * (SMOOTHING / (SMOOTHING + shares))[ids]
        offsets = counts.indptr.astype(np.int64)
        totals = np.add.reduceat(np.append(masses, 0.0), offsets[:-1])
        masses = masses / np.repeat(totals, np.diff(offsets)) if len(masses) else masses
        return _Bags(names, rows, ids.astype(np.int32), masses, offsets)

    def _bounds(self, query: _Bags) -> NDArray[np.float32]:
        """Return float32[N], the greater of what either side costs when the other is relaxed."""
        bags = self._bags
        out = np.zeros(len(self), np.float32)
        back = np.zeros(len(self), np.float32)
        shares = bags.masses.astype(np.float32)
        nearest = np.full(len(bags.names), np.inf, np.float32)
        parts = range(0, len(query.ids), _WORDS)
        for begin in parts:
            words = query.ids[begin : begin + _WORDS]
            width = padded(len(words))
            table = aligned_zeros(len(bags.names) * width)
            lines = table.reshape(-1, width)
            for start in range(0, len(lines), _BLOCK):
                part = slice(start, start + _BLOCK)
                lines[part, : len(words)] = _distances(bags.rows[part], query.rows[words])
            np.minimum(nearest, lines[:, : len(words)].min(axis=1, initial=np.inf), out=nearest)
            own = np.zeros(width, np.float32)
            own[: len(words)] = query.masses[begin : begin + _WORDS]
            relaxed_costs(
                bags.ids, shares, bags.offsets, table, nearest, width, own, len(words),
                aligned_zeros(width), out, back,
            )  # fmt: skip
        return np.maximum(out, back)  # the last passage knows all words of the query


@dataclass(frozen=True, eq=False)
class _Bags:
    """Texts as sets of words with masses.

    Attributes:
        names: U different words.
        rows: float32[U, D], their vectors.
        ids: int32[T], words of the texts, one text after the other.
        masses: float64[T], which sum to 1 in each text.
        offsets: int64[N + 1], borders of the texts.
    """

    names: list[str]
    rows: NDArray[np.float32]
    ids: NDArray[np.int32]
    masses: NDArray[np.float64]
    offsets: NDArray[np.int64]

    def text(self, number: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return the words and the masses of one text."""
        part = slice(self.offsets[number], self.offsets[number + 1])
        return self.ids[part], self.masses[part]


def word_mover_distance(
    first: Text,
    second: Text,
    vectors: WordVectors,
    *,
    tokenizer: Any = None,
    masses: Masses = "count",
    normalize: bool = True,
) -> float:
    """Return the exact Word Mover's Distance of two texts.

    Arguments and errors as :class:`WordMover`.

    Returns:
        From 0; infinite where no word of the second has a vector.

    Raises:
        DocumentError: No word of the first has a vector.
    """
    mover = WordMover([second], vectors, tokenizer=tokenizer, masses=masses, normalize=normalize)
    return float(mover.distances(first)[0])


def _distances(rows: NDArray[np.float32], words: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return float64[n, m], Euclidean distances of rows and words."""
    a, b = rows.astype(np.float64), words.astype(np.float64)
    squares = np.vecdot(a, a)[:, None] + np.vecdot(b, b) - 2.0 * (a @ b.T)
    found = np.sqrt(np.maximum(squares, 0.0, out=squares), out=squares)
    found[found < _SAME] = 0.0
    return found


def _moved(first: _Bags, one: int, second: _Bags, other: int, *, limit: float = math.inf) -> float:
    """Return the exact distance of two texts; infinite where one has no words.

    What both have stays where it is, which is never dearer: distances keep the triangle inequality.

    Args:
        first: Texts.
        one: Which of them.
        second: Other texts.
        other: Which of them.
        limit: Distances known to be above may come out infinite.
    """
    (ids1, masses1), (ids2, masses2) = first.text(one), second.text(other)
    if not len(ids1) or not len(ids2):
        return math.inf
    left, right = _units(masses1), _units(masses2)
    places = {second.names[word]: n for n, word in enumerate(ids2.tolist())}
    for n, word in enumerate(ids1.tolist()):
        m = places.get(first.names[word])
        if m is not None:
            stays = min(left[n], right[m])
            left[n] -= stays
            right[m] -= stays
    from_, to = np.flatnonzero(left), np.flatnonzero(right)
    if not len(from_):
        return 0.0
    costs = _distances(first.rows[ids1[from_]], second.rows[ids2[to]])
    x = transport_scratch(len(from_), len(to))
    return least_cost(costs, left[from_], right[to], (limit + _SAME) * _UNITS, x) / _UNITS


def _units(masses: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return int64[n], masses as whole numbers that sum to :data:`_UNITS`."""
    found = np.rint(masses * _UNITS).astype(np.int64)
    found[np.argmax(found)] += _UNITS - int(found.sum())
    return found
