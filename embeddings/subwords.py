"""Vectors of the parts of words: character n-grams in a hashed table, for words never seen."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from .errors import ConfigurationError, UnknownWordError
from .kernels.composing import mean_rows
from .kernels.entries import gather_bytes
from .kernels.ngrams import ngram_rows
from .product_rows import ProductRows
from .words import pack_words

Hashing = Literal["fnv1a", "floret"]
NgramTable = np.ndarray | ProductRows
"""Rows of n-grams: float32[B, D] (often a map of a file, at any address), or quantised."""

_BLOCK = 512  # words: their n-grams' rows take 12 MB where they are unpacked, 20 of 300 numbers


class Parts(NamedTuple):
    """The n-grams of a word, and the row of each in the table of n-grams.

    Attributes:
        ngrams: As they stand in ``<word>``, by first character, then by length.
        rows: int32[n].
    """

    ngrams: list[str]
    rows: np.ndarray


def pieces(word: str, min_n: int, max_n: int) -> list[str]:
    """Return the runs of ``min_n`` to ``max_n`` characters of ``<word>``, but a lone < or >."""
    signs = f"<{word}>"
    last = len(signs) - 1
    return [
        signs[i : i + n]
        for i in range(len(signs))
        for n in range(max(1, min_n), min(max_n, len(signs) - i) + 1)
        if n > 1 or 0 < i < last
    ]


@dataclass(frozen=True, eq=False)
class PackedWords:
    """Words as joined bytes, as kernels take them; they needn't be UTF-8.

    Attributes:
        data: uint8[B], read-only.
        offsets: int64[V + 1], their borders.
    """

    data: np.ndarray
    offsets: np.ndarray

    @classmethod
    def of(cls, words: Sequence[str]) -> PackedWords:
        """Pack words.

        Raises:
            ValueError: A word can't be written as UTF-8 (a lone surrogate).
        """
        return cls(*pack_words(words))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def part(self, first: int, end: int) -> PackedWords:
        """Return words ``first`` to ``end``, without a copy of their bytes."""
        borders = self.offsets[first : end + 1]
        return PackedWords(self.data[borders[0] : borders[-1]], borders - borders[0])

    def take(self, rows: np.ndarray) -> PackedWords:
        """Return the words of int[n] rows, packed anew."""
        return self.gathered(self.data, self.offsets[rows], np.diff(self.offsets)[rows])

    @classmethod
    def gathered(cls, content: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> PackedWords:
        """Pack words that stand somewhere in a file.

        Args:
            content: uint8[n].
            starts: int64[V], first bytes of the words.
            lengths: int64[V], bytes of each.
        """
        offsets = np.zeros(len(starts) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        data = np.empty(offsets[-1], np.uint8)
        gather_bytes(_read_only(content), np.ascontiguousarray(starts), offsets, data)
        return cls(_read_only(data), offsets)


@dataclass(frozen=True, eq=False)
class Pruned:
    """Which buckets a pruned table has kept; n-grams of other buckets have no row.

    Attributes:
        buckets: int32[K], distinct, rising.
        rows: int32[K], the row of the table for each.
    """

    buckets: np.ndarray
    rows: np.ndarray

    def find(self, buckets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return bool[n], which of some buckets are kept, and int32[kept], the rows of those."""
        if not len(self.buckets):
            return np.zeros(len(buckets), bool), np.empty(0, np.int32)
        places = np.minimum(np.searchsorted(self.buckets, buckets), len(self.buckets) - 1)
        kept = self.buckets[places] == buckets
        return kept, self.rows[places[kept]]


@dataclass(frozen=True, eq=False)
class Subwords:
    """Vectors of character n-grams, from which vectors of any words are composed, as in fastText.

    The vector of a word without a row of its own is the mean of its n-grams' rows; that of a
    word with one, the mean of this row and theirs. N-grams share rows where their hashes meet.

    Attributes:
        min_n: Shortest n-grams, in characters of ``<word>``.
        max_n: Longest.
        buckets: What hashes are taken modulo.
        table: [R, D]: a row for each bucket, or for those that ``pruned`` names.
        pruned: Which buckets have rows; ``None`` if all do.
        hashing: How n-grams are numbered: ``"fnv1a"``, as fastText does; a subclass does as floret.

    Raises:
        ConfigurationError: The numbers don't fit together; names all that don't.

    Source: Bojanowski et al. 2017, "Enriching word vectors with subword information".
    """

    kind: ClassVar[Hashing] = "fnv1a"

    min_n: int
    max_n: int
    buckets: int
    table: NgramTable
    pruned: Pruned | None = None
    hashing: Hashing = "fnv1a"

    def __post_init__(self) -> None:
        problems: list[str] = []
        if not 0 <= self.min_n <= self.max_n or self.max_n < 1:
            problems.append(
                "n-grams must have min_n to max_n characters, 0 <= min_n <= max_n and max_n at "
                f"least 1, found {self.min_n} to {self.max_n}"
            )
        if not 1 <= self.buckets < 1 << 31:
            problems.append(f"buckets must be 1 to 2,147,483,647, found {self.buckets}")
        if self.pruned is None and len(self.table) != self.buckets:
            problems.append(f"{self.buckets} buckets need as many rows, found {len(self.table)}")
        if self.pruned is not None and not _fit(self.pruned, len(self.table)):
            problems.append(
                "a pruned table needs distinct buckets in rising order, and for each a row of the "
                f"{len(self.table)} there are"
            )
        if self.hashing != self.kind:
            problems.append(f"hashing must be {self.kind!r}, found {self.hashing!r}")
        if problems:
            raise ConfigurationError(*problems)

    @property
    def vector_size(self) -> int:
        """D, the length of each vector."""
        return int(self.table.shape[1])

    # The parts of words

    def parts(self, word: str) -> Parts:
        """Return the n-grams of a word that have rows, and the rows.

        Raises:
            ValueError: The word can't be written as UTF-8 (a lone surrogate).
        """
        ngrams = pieces(word, self.min_n, self.max_n) if word != "</s>" else []
        buckets = self._buckets(PackedWords.of([word]))[1]
        if self.pruned is None:
            return Parts(ngrams, buckets)
        kept, rows = self.pruned.find(buckets)
        return Parts([ngrams[i] for i in np.flatnonzero(kept)], rows)

    def ngrams(self, word: str) -> list[str]:
        """Return the n-grams of a word that have rows, by first character, then by length."""
        return self.parts(word).ngrams

    def rows(self, word: str) -> np.ndarray:
        """Return int32[n], the rows of :meth:`ngrams`."""
        return self.rows_of(PackedWords.of([word]))[1]

    def rows_of(self, words: PackedWords) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of many words' n-grams.

        Returns:
            int64[V + 1] borders, and int32[P] rows in them.
        """
        starts, buckets = self._buckets(words)
        if self.pruned is None:
            return starts, buckets
        kept, rows = self.pruned.find(buckets)
        before = np.zeros(len(kept) + 1, np.int64)
        np.cumsum(kept, out=before[1:])
        return before[starts], rows

    def _buckets(self, words: PackedWords) -> tuple[np.ndarray, np.ndarray]:
        return ngram_rows(words.data, words.offsets, self.min_n, self.max_n, self.buckets)

    # Vectors

    def has_vector(self, word: str) -> bool:
        """Tell whether a word has any n-gram with a row."""
        return len(self.rows(word)) > 0

    def vector(self, word: str) -> np.ndarray:
        """Return float32[D], the mean of the rows of a word's n-grams.

        Raises:
            UnknownWordError: The word has no n-gram with a row.
        """
        return self.vectors([word])[0]

    def vectors(self, words: Sequence[str]) -> np.ndarray:
        """Return float32[n, D], the mean of the rows of each word's n-grams.

        Raises:
            UnknownWordError: A word has no n-gram with a row; names up to five.
        """
        out = np.zeros((len(words), self.vector_size), np.float32)
        counts = self._add(PackedWords.of(words), out, own=0)
        if not counts.all():
            without = dict.fromkeys(words[i] for i in np.flatnonzero(counts == 0).tolist())
            few = f"it has no n-gram of {self.min_n} to {self.max_n} characters with a row"
            raise UnknownWordError(list(without), reason=few)
        return out

    def ngram_vector(self, ngram: str) -> np.ndarray:
        """Return float32[D], the row of one n-gram; ``<`` and ``>`` are a word's borders.

        Raises:
            ValueError: It has too few or too many characters.
            UnknownWordError: The table is pruned and has no row for it.
        """
        n = len(ngram)
        if not max(1, self.min_n) <= n <= self.max_n:
            raise ValueError(
                f"expected an n-gram of {max(1, self.min_n)} to {self.max_n} characters, "
                f"found {n} in {ngram!r:.60}"
            )
        # Of "<ngramx>" it is the second of its length; the first, if alone, is no n-gram.
        longer = PackedWords.of([ngram + "x"])
        buckets = ngram_rows(longer.data, longer.offsets, n, n, self.buckets)[1]
        row = buckets[min(1, n - 1) :][:1]
        if self.pruned is not None:
            row = self.pruned.find(row)[1]
            if not len(row):
                raise UnknownWordError([ngram], reason="pruning left no row for it")
        return np.array(self.table[row][0])

    def compose(self, words: PackedWords, own: np.ndarray) -> np.ndarray:
        """Return the vectors of words that have rows of their own.

        Args:
            words: V words.
            own: float32[V, D], their own rows; overwritten by the result.

        Returns:
            float32[V, D], the means of own rows and n-grams' rows: what fastText's
            ``get_word_vector`` gives, to the last bit where nothing is quantised.
        """
        self._add(words, own, own=1)
        return own

    def own_rows(self, words: PackedWords, vectors: np.ndarray) -> np.ndarray:
        """Return the words' own rows, those that :meth:`compose` would make ``vectors`` of.

        Args:
            words: V words.
            vectors: float32[V, D].

        Returns:
            float32[V, D], new; exact but for rounding.
        """
        means = np.zeros(vectors.shape, np.float32)
        counts = self._add(words, means, own=0)[:, None]
        return (vectors * (counts + 1.0) - means * counts.astype(np.float64)).astype(np.float32)

    def _add(self, words: PackedWords, out: np.ndarray, *, own: int) -> np.ndarray:
        """Compose the vectors of words in ``out``, on all cores; returns int64[V], their parts."""
        counts = np.zeros(len(words), np.int64)

        def block(first: int) -> None:
            end = min(first + _BLOCK, len(words))
            starts, rows = self.rows_of(words.part(first, end))
            table, chosen = self.table, rows
            if isinstance(table, ProductRows):
                table, chosen = table[rows], np.arange(len(rows), dtype=np.int32)
            mean_rows(_bytes(table), starts, chosen, own, out[first:end])
            counts[first:end] = np.diff(starts)

        blocks = range(0, len(words), _BLOCK)
        if len(blocks) < 2:
            for first in blocks:
                block(first)
        else:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                list(pool.map(block, blocks))
        return counts


def _fit(pruned: Pruned, rows: int) -> bool:
    return (
        pruned.buckets.shape == pruned.rows.shape
        and bool((np.diff(pruned.buckets) > 0).all())
        and bool(((pruned.rows >= 0) & (pruned.rows < rows)).all())
    )


def _bytes(table: np.ndarray) -> Any:
    """Return uint8[R * 4 * D], read-only: a view, whatever address the table has."""
    return _read_only(table.reshape(-1)).view(np.uint8)


def _read_only(array: np.ndarray) -> np.ndarray:
    # Kernels are compiled for read-only arrays, as joined words are: one signature for all.
    view = array.view(np.ndarray)
    view.setflags(write=False)
    return view
