"""Neighbours by parts: words near an n-gram, and words that are spelt alike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from . import similarity
from .compare import Comparisons
from .kernels.ngrams import ngram_rows
from .subwords import PackedWords

_LEAST, _MOST = 2, 4  # characters of the n-grams that spellings are compared by
_BUCKETS = (1 << 31) - 1
_BLOCK = 1 << 16  # words: their n-grams take 6 MB


class Neighbour(NamedTuple):
    """A word and how similar it is (a plain ``(word, similarity)`` tuple, as gensim returns)."""

    word: str
    similarity: float


class Spellings(Comparisons):
    """Questions about the letters of words, as :class:`~.vectors.WordVectors` answers them."""

    def similar_by_ngram(self, ngram: str, *, topn: int = 10) -> list[Neighbour]:
        """Return the words whose vectors have the highest cosine with that of an n-gram.

        What an ending or a stem has come to mean: ``similar_by_ngram("ing>")``.

        Args:
            ngram: As :meth:`get_subwords` gives them: ``<`` and ``>`` are a word's borders.
            topn: How many; fewer come back from a smaller vocabulary.

        Raises:
            ValueError: There are no n-grams, it is too short or too long, or its row is zero.
        """
        target = self.direction(self._ngrams().ngram_vector(ngram), repr(ngram))
        scores = similarity.cosines(self.storage, self.norms, target)
        rows = similarity.best_rows(scores, topn, norms=self.norms)
        return self._named(rows, scores[rows])

    def similar_by_spelling(self, word: str, *, topn: int = 10) -> list[Neighbour]:
        """Return the words of the vocabulary that share most letters in a row with a word.

        For a misspelt word these are what may have been meant, also where the vectors have no
        n-grams; ``most_similar`` answers by meaning. About a second for 400,000 words.

        Args:
            word: Any word; itself is never in the answer.
            topn: How many; words that share nothing are left out.

        Returns:
            Words and Dice's coefficient of the runs of 2 to 4 characters of ``<word>``: twice those
            in common over those of both, in (0, 1].

        Raises:
            ValueError: The word can't be written as UTF-8.
        """
        scores = _overlaps(word, PackedWords.of(self.index_to_key))
        own = self.key_to_index.get(word)
        if own is not None:
            scores[own] = 0.0
        # The more frequent first among equals: ``scores`` stands in for lengths, to leave out 0.
        rows = similarity.best_rows(scores, topn, norms=scores.copy())
        return self._named(rows, scores[rows])

    def _named(self, rows: np.ndarray, scores: np.ndarray) -> list[Neighbour]:
        words = self.index_to_key
        pairs = zip(rows.tolist(), scores.tolist(), strict=True)
        return [Neighbour(words[row], score) for row, score in pairs]


def _overlaps(word: str, words: PackedWords) -> np.ndarray:
    """Return float32[V], Dice's coefficients of a word's n-grams with those of all words."""
    asked = PackedWords.of([word])
    rows = ngram_rows(asked.data, asked.offsets, _LEAST, _MOST, _BUCKETS)[1]
    mine, often = np.unique(rows, return_counts=True)
    scores = np.zeros(len(words), np.float32)
    for first in range(0, len(words) if len(mine) else 0, _BLOCK):
        part = words.part(first, min(first + _BLOCK, len(words)))
        starts, theirs = ngram_rows(part.data, part.offsets, _LEAST, _MOST, _BUCKETS)
        places = np.minimum(np.searchsorted(mine, theirs), len(mine) - 1)
        hits = np.flatnonzero(mine[places] == theirs)
        owners = np.searchsorted(starts, hits, side="right") - 1
        pairs, times = np.unique(owners * len(mine) + places[hits], return_counts=True)
        shared = np.minimum(times, often[pairs % len(mine)])
        common = np.bincount(pairs // len(mine), shared, len(part))
        scores[first : first + len(part)] = 2 * common / (len(rows) + np.diff(starts)).clip(1)
    return scores
