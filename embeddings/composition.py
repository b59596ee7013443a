"""Which input rows make the vector of each word, when words are trained with their n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .kernels.ngrams import ngram_rows
from .subword_settings import SubwordSettings
from .subwords import PackedWords, Pruned, Subwords


@dataclass(frozen=True, eq=False)
class Composition:
    """The parts of V words: rows of their own, then rows of the G n-grams that occur in them.

    A table of all buckets would be mostly rows that no word has, 800 MB of them at two million
    buckets and 100 numbers; so only those that occur have rows, by the number of their bucket.

    Attributes:
        settings: How words are cut into n-grams.
        starts: int64[V + 1], borders in ``rows``.
        rows: int32[P], the input rows of each word, its own first; n-grams follow the V words.
        buckets: int32[G], the bucket of each n-gram row, rising.
    """

    settings: SubwordSettings
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    buckets: NDArray[np.int32]

    @classmethod
    def of(cls, words: Sequence[str], settings: SubwordSettings) -> Composition:
        """Find the n-grams of ``words``.

        Raises:
            ValueError: A word can't be written as UTF-8 (a lone surrogate).
        """
        packed = PackedWords.of(words)
        borders, found = ngram_rows(
            packed.data, packed.offsets, settings.min_n, settings.max_n, settings.bucket
        )
        buckets = np.unique(found)
        starts = borders + np.arange(len(borders))
        rows = np.empty(starts[-1], np.int32)
        own = np.zeros(len(rows), np.bool_)
        own[starts[:-1]] = True
        rows[own] = np.arange(len(packed), dtype=np.int32)
        rows[~own] = np.searchsorted(buckets, found) + len(packed)
        return cls(settings, starts, rows, buckets)

    @property
    def size(self) -> int:
        """Number of input rows, V + G."""
        return len(self.starts) - 1 + len(self.buckets)

    def overlap(self, chances: NDArray[np.float64]) -> float:
        """Return how far a word is moved along by the step of a word drawn by ``chances``.

        In steps of its own, for the word that is moved most: its share of common parts. For words
        without n-grams that is the chance of the most frequent one.

        Args:
            chances: float64[V], sum 1.
        """
        counts = np.diff(self.starts)
        weight = np.bincount(self.rows, np.repeat(chances, counts), self.size)
        sums = np.add.reduceat(weight[self.rows], self.starts[:-1])
        return float((sums / counts).max())

    def held_by(self, words: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return bool[V + G], the rows that are parts of any of ``words`` bool[V]."""
        held = np.zeros(self.size, np.bool_)
        held[self.rows[np.repeat(words, np.diff(self.starts))]] = True
        return held

    def moving(
        self, frozen: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        """Return the parts that may change when the vectors of some words must not.

        Args:
            frozen: bool[V]; no part of theirs may change.

        Returns:
            int64[V + 1] borders, int32[Q] rows in them, and float32[V], by what their steps are to
            be multiplied so that each word's vector moves as far as if all its parts did.
        """
        free = ~self.held_by(frozen)[self.rows]
        before = np.zeros(len(free) + 1, np.int64)
        np.cumsum(free, out=before[1:])
        starts = before[self.starts]
        some = np.maximum(np.diff(starts), 1)
        return starts, self.rows[free], (np.diff(self.starts) / some).astype(np.float32)

    def composed(
        self, words: Sequence[str], inputs: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], Subwords]:
        """Return what trained input rows amount to.

        Args:
            words: The V words.
            inputs: float32[V + G, D]; the words' rows are overwritten.

        Returns:
            float32[V, D], the vectors of the words, and the n-grams with theirs: both in the memory
            of ``inputs``.
        """
        own, table = np.split(inputs, [len(self.starts) - 1])
        kept = Pruned(self.buckets, np.arange(len(self.buckets), dtype=np.int32))
        how = self.settings
        subwords = Subwords(how.min_n, how.max_n, how.bucket, table, kept)
        return subwords.compose(PackedWords.of(words), own), subwords
