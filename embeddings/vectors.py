"""``WordVectors``: words and their vectors, and the questions one asks of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from . import similarity
from .exports import Exports
from .index import NeighbourIndex, checked_index
from .lookup import Source
from .packed_rows import head
from .ranking import rank_batch
from .reshaping import Reshaping
from .spelling import Neighbour, Spellings

if TYPE_CHECKING:
    from .formats.reader import Loaded
    from .formats.report import LoadReport

Item = str | np.ndarray | tuple[str | np.ndarray, float]
Items = Item | Iterable[Item]


class WordVectors(Exports, Reshaping, Spellings):
    """Word vectors: look words up, ask for neighbours and analogies, save.

    Names, arguments and results are those of gensim's ``KeyedVectors``; where gensim would answer
    silently wrong (unknown words left out, NaN for zero vectors), this raises or says its policy:
    ``docs/vectors.md`` lists the differences. Immutable, and cheap to pass to worker processes,
    which open the same file again.

    Args:
        words: V distinct words, most frequent first where that is known.
        vectors: [V, D] finite numbers; kept without a copy if float32 and C-contiguous, and packed
            if they are packed rows.
        counts: int64[V], how often each word stood in the corpus.
        tokenizer: JSON-able spec of the tokeniser that cut the corpus.
        metadata: JSON-able notes on how the vectors were made.
        subwords: Vectors of n-grams [R, D], from which words outside the vocabulary get theirs.

    Raises:
        ValueError: Words are empty or repeated, or shapes or numbers are wrong; says where.

    Example:
        >>> people = WordVectors.from_mapping({"Jay": [-0.4, 0.8], "Ann": [-0.3, 0.2]})
        >>> round(people.similarity("Jay", "Ann"), 2)
        0.87
    """

    # Making, opening, saving

    @classmethod
    def from_mapping(
        cls, vectors: Mapping[str, Any], *, metadata: Mapping[str, Any] | None = None
    ) -> Self:
        """Build from any names and lists of numbers of one length.

        Args:
            vectors: Name to numbers; rows keep the mapping's order.
            metadata: JSON-able notes.

        Raises:
            ValueError: Lengths differ; names the first that does.
        """
        rows = {name: np.asarray(numbers) for name, numbers in vectors.items()}
        shape = next((row.shape for row in rows.values()), ())
        for name, row in rows.items():
            if row.shape != shape or row.ndim != 1:
                raise ValueError(
                    f"expected a list of {shape[0] if shape else 'some'} numbers for {name!r}, "
                    f"found shape {list(row.shape)}"
                )
        return cls(list(rows), list(rows.values()), metadata=metadata)

    @classmethod
    def open(
        cls, path: str | os.PathLike[str], *, limit: int | None = None, mmap: bool = True
    ) -> Self:
        """Open a native file; :func:`~.formats.load_vectors` is the function for any format."""
        from .formats.native_reading import open_loaded

        return cls.from_loaded(open_loaded(path, limit=limit, mmap=mmap))

    @classmethod
    def from_loaded(cls, loaded: Loaded, *, report: LoadReport | None = None) -> Self:
        """Build from what a reader of a file format found, which it has checked."""
        vectors = cls.__new__(cls)
        vectors._set(
            loaded.words,
            loaded.vectors,
            loaded.counts,
            loaded.tokenizer,
            loaded.metadata,
            subwords=loaded.subwords,
            source=loaded.source,
            report=report,
        )
        return vectors

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a native file, atomically: whole, or nothing.

        Raises:
            OutputError: The file can't be written; an older one of that name is still whole.
        """
        from .formats.native import write_native
        from .formats.native_subwords import subword_parts

        parts = subword_parts(self.subwords)
        write_native(
            path,
            words=self.index_to_key,
            vectors=self.storage,
            counts=self.counts,
            extra=parts.arrays,
            tokenizer=self.tokenizer,
            metadata={**self.metadata, **parts.notes},
        )

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        # For worker processes only: files are never pickled. A mapped file is opened again there.
        if self.source is not None and self.source.is_unchanged():
            return _reopened, (type(self), self.source)
        parts = (list(self.index_to_key), self.storage, self.counts, self.tokenizer, self.metadata)
        return _rebuilt, (type(self), *parts, self.subwords)

    # Neighbours

    def most_similar(
        self,
        positive: Items | None = None,
        negative: Items | None = None,
        *,
        topn: int = 10,
        restrict_vocab: int | None = None,
        indexer: NeighbourIndex | None = None,
    ) -> list[Neighbour]:
        """Return the words whose vectors have the highest cosine with a sum of directions.

        ``most_similar(["king", "woman"], ["man"])`` answers "man is to king as woman to ...?"
        (3CosAdd). Words of the question are never in the answer.

        Args:
            positive: A word, a vector float32[D], a (word or vector, weight) pair, or a list of
                these. Words' vectors are scaled to length 1; vectors given are added as they are.
            negative: The same, subtracted. A pair carries its own sign, as in gensim: write
                ``("man", -0.5)``.
            topn: How many neighbours; fewer come back from a smaller vocabulary.
            restrict_vocab: Search the first so many rows only.
            indexer: An index of these vectors (:meth:`build_index`): milliseconds fewer, and of
                the true neighbours most. ``None`` looks at all rows.

        Returns:
            Neighbours, best first; equal ones in row order. Zero vectors are never listed.

        Raises:
            UnknownWordError: A word has no vector; names close words.
            ValueError: There is nothing to compare: no input, a zero vector, or a sum of zero.
            StaleIndexError: The index was built from other vectors.
        """
        items = _weighted(positive, 1.0) + _weighted(negative, -1.0)
        target, asked = self._target(items)
        n = _checked(topn, restrict_vocab, len(self))
        if indexer is not None:
            checked_index(indexer, self, rows=n)
            ranking = indexer.rankings(target[None], topn, without=[asked])[0]
            return self._named(ranking.rows, ranking.scores)
        scores = similarity.cosines(head(self.storage, n), self.norms[:n], target)
        return self._neighbours(scores, topn, asked)

    def most_similar_batch(
        self,
        queries: Iterable[Items],
        *,
        topn: int = 10,
        restrict_vocab: int | None = None,
        indexer: NeighbourIndex | None = None,
    ) -> list[list[Neighbour]]:
        """Answer many questions at once, on all cores, just as one by one.

        Memory is bounded whatever the number of queries and words.

        Args:
            queries: Each is what :meth:`most_similar` takes as ``positive``: a word, a vector, or a
                list; an analogy is ``["king", "woman", ("man", -1)]``. The rows of a [Q, D] array
                are Q queries.
            topn: As in :meth:`most_similar`.
            restrict_vocab: As in :meth:`most_similar`.
            indexer: As in :meth:`most_similar`.

        Returns:
            One list of neighbours for each query, in order.

        Raises:
            UnknownWordError: A word has no vector; names close words.
            ValueError: A query has nothing to compare.
            StaleIndexError: The index was built from other vectors.
        """
        if isinstance(queries, str):
            raise TypeError(f"expected a list of queries, found the single str {queries!r:.60}")
        n = _checked(topn, restrict_vocab, len(self))
        found = [self._target(_weighted(query, 1.0)) for query in queries]
        targets = np.array([target for target, _ in found]).reshape(len(found), self.vector_size)
        asked = [rows for _, rows in found]
        if indexer is not None:
            checked_index(indexer, self, rows=n)
            rankings = indexer.rankings(targets, topn, without=asked)
        else:
            table = head(self.storage, n)
            rankings = rank_batch(table, self.norms[:n], targets, topn, without=asked)
        return [self._named(ranking.rows, ranking.scores) for ranking in rankings]

    def most_similar_cosmul(
        self,
        positive: Items | None = None,
        negative: Items | None = None,
        *,
        topn: int = 10,
        restrict_vocab: int | None = None,
    ) -> list[Neighbour]:
        """Return the words that score highest by 3CosMul: cosines multiplied and divided.

        One large distance weighs less than in :meth:`most_similar`. Scores are no cosines: they
        may be above 1.

        Args:
            positive: A word, a vector, or a list of these; no weights.
            negative: The same, for the denominator.
            topn: As in :meth:`most_similar`.
            restrict_vocab: As in :meth:`most_similar` (gensim's version ignores it).

        Raises:
            UnknownWordError: A word has no vector; names close words.
            ValueError: There is nothing to compare, or a weight is given.

        Source: Levy and Goldberg 2014 (CoNLL), equation 4.
        """
        sides = _weighted(positive, 1.0), _weighted(negative, -1.0)
        if not sides[0]:
            raise ValueError("expected at least one positive word or vector, found none")
        if any(abs(weight) != 1.0 for side in sides for _, weight in side):
            raise ValueError("3CosMul takes no weights. Use most_similar for weighted words")
        above, below = ([self._direction(item) for item, _ in side] for side in sides)
        n = _checked(topn, restrict_vocab, len(self))
        scores = similarity.products(head(self.storage, n), self.norms[:n], above, below)
        words = [item for side in sides for item, _ in side if isinstance(item, str)]
        return self._neighbours(scores, topn, self.rows_of(words, missing="skip").tolist())

    def similar_by_word(
        self, word: str, *, topn: int = 10, restrict_vocab: int | None = None
    ) -> list[Neighbour]:
        """Return the neighbours of one word; see :meth:`most_similar`."""
        return self.most_similar(word, topn=topn, restrict_vocab=restrict_vocab)

    similar_by_key = similar_by_word

    def similar_by_vector(
        self, vector: Any, *, topn: int = 10, restrict_vocab: int | None = None
    ) -> list[Neighbour]:
        """Return the neighbours of one vector [D]; a list of numbers is fine here."""
        target = np.asarray(vector)
        return self.most_similar(target, topn=topn, restrict_vocab=restrict_vocab)

    # How a question becomes a target

    def _target(self, items: list[tuple[str | np.ndarray, float]]) -> tuple[np.ndarray, list[int]]:
        """Return the direction of a weighted sum, float32[D], and the rows of its words."""
        if not items:
            raise ValueError("expected at least one word or vector to compare, found none")
        words = self.with_vectors([item for item, _ in items if isinstance(item, str)])
        total, lengths = np.zeros(self.vector_size), 0.0
        for item, weight in items:
            vector = self._direction(item)
            if not isinstance(item, str):  # it has a direction, and keeps its length
                vector = item.astype(np.float64)
            total += weight * vector
            lengths += abs(weight) * float(np.linalg.norm(vector))
        # What is left of vectors that cancel is rounding, not a direction.
        if np.linalg.norm(total) <= 1e-6 * lengths:
            raise ValueError("the words and weights cancel out: their sum has no direction")
        return self.direction(total, "the sum"), self.rows_of(words, missing="skip").tolist()

    def _neighbours(self, scores: np.ndarray, topn: int, asked: Sequence[int]) -> list[Neighbour]:
        norms = self.norms[: len(scores)]
        rows = similarity.best_rows(scores, topn, norms=norms, without=asked)
        return self._named(rows, scores[rows])


def _weighted(items: Items | None, weight: float) -> list[tuple[str | np.ndarray, float]]:
    """Return items as (word or vector, weight) pairs, ``weight`` where they have none."""
    if items is None:
        return []
    if isinstance(items, str | Mapping) or _is_pair(items):
        listed: list[Any] = [items]
    elif isinstance(items, np.ndarray):
        listed = list(items) if items.ndim == 2 else [items]
    elif isinstance(items, Iterable):
        listed = list(items)
    else:
        listed = [items]
    return [_pair(item, weight) for item in listed]


def _pair(item: Any, weight: float) -> tuple[str | np.ndarray, float]:
    thing, own = item if _is_pair(item) else (item, weight)
    if not isinstance(thing, str | np.ndarray):
        raise TypeError(
            "expected words, vectors (numpy arrays) or (word, weight) pairs, "
            f"found {type(thing).__name__} {thing!r:.60}"
        )
    if not np.isfinite(own):
        raise ValueError(f"expected finite weights, found {own} for {thing!r:.60}")
    if weight < 0 < own:
        raise ValueError(
            f"a pair's own weight, {own}, is used as it stands, as in gensim: among negatives it "
            f"would be added. Write {-own} to subtract, or move it to positive"
        )
    return thing, float(own)


def _is_pair(item: object) -> bool:
    return (
        isinstance(item, tuple)
        and len(item) == 2
        and isinstance(item[0], str | np.ndarray)
        and isinstance(item[1], Real)
    )


def _checked(topn: int, restrict_vocab: int | None, size: int) -> int:
    """Check the two numbers every question has; returns how many rows to search."""
    if not isinstance(topn, int | np.integer) or topn < 0:
        raise ValueError(
            f"topn must be a whole number from 0, found {topn!r}. For all words use distances()"
        )
    if restrict_vocab is None:
        return size
    if not isinstance(restrict_vocab, int | np.integer) or restrict_vocab < 1:
        raise ValueError(f"restrict_vocab must be at least 1 row, found {restrict_vocab!r}")
    return min(int(restrict_vocab), size)


def _reopened(kind: type[WordVectors], source: Source) -> WordVectors:
    """Open the same file in a worker process."""
    from .formats.reopening import reopen

    vectors = kind.from_loaded(reopen(source))
    if vectors.source != source:
        raise ValueError(
            f"{source.path}: the file was replaced since the vectors were sent to this process"
        )
    return vectors


def _rebuilt(kind: type[WordVectors], *parts: Any) -> WordVectors:
    """Build the same vectors from their parts in a worker process."""
    words, vectors, counts, tokenizer, metadata, subwords = parts
    return kind(
        words, vectors, counts=counts, tokenizer=tokenizer, metadata=metadata, subwords=subwords
    )
