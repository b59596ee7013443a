"""Comparing words with given words: similarity, means, ranks, the odd one out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from . import similarity
from .lookup import word_list
from .parts import PartsTable


class Comparisons(PartsTable):
    """The questions about given words, as :class:`~.vectors.WordVectors` answers them.

    Where a word or vector is all zeros it has no direction: its similarity with anything is 0.0,
    and a question that needs its direction raises ``ValueError``.
    """

    def similarity(self, word1: str, word2: str) -> float:
        """Return the cosine of two words' vectors, in [-1, 1]; 0.0 where one is all zeros.

        Raises:
            UnknownWordError: A word has no vector; names close words.
        """
        first, second = self[word_list([word1, word2])]
        return similarity.cosine(first, second)

    def distance(self, word1: str, word2: str) -> float:
        """Return 1 - :meth:`similarity`, in [0, 2]."""
        return 1.0 - self.similarity(word1, word2)

    def distances(
        self, word_or_vector: str | np.ndarray, other_words: Iterable[str] = ()
    ) -> np.ndarray:
        """Return 1 - cosine of a word or vector with other words, or with all.

        Args:
            word_or_vector: A word, or a vector float32[D].
            other_words: The words to compare with; all rows if there are none.

        Returns:
            float32[len(other_words)] or float32[V]; 1.0 for words whose vector is all zeros.

        Raises:
            UnknownWordError: A word has no vector; names close words.
            ValueError: ``word_or_vector`` has no direction.
        """
        target = self._direction(word_or_vector)
        others = word_list(other_words)
        if not others:
            return 1 - similarity.cosines(self.storage, self.norms, target)
        vectors = self[others]
        return 1 - similarity.cosines(vectors, similarity.row_norms(vectors), target)

    def get_mean_vector(
        self,
        keys: Iterable[str | np.ndarray],
        weights: Any = None,
        *,
        pre_normalize: bool = True,
        post_normalize: bool = False,
        ignore_missing: bool = False,
    ) -> np.ndarray:
        """Return the weighted mean of words and vectors.

        Args:
            keys: Words and vectors float32[D].
            weights: One number each; ``None`` weighs all alike. The sum is divided by the sum of
                their absolute values.
            pre_normalize: Scale words' vectors to length 1 first (zeros stay zeros); vectors given
                as numbers are taken as they are, as in gensim.
            post_normalize: Scale the mean to length 1.
            ignore_missing: Leave unknown words out. Unlike gensim's, the default raises.

        Returns:
            float32[D].

        Raises:
            UnknownWordError: A word is unknown and ``ignore_missing`` is off, or all are.
            ValueError: There are no keys, weights don't fit, or the mean to scale is zero.
        """
        listed: list[str | np.ndarray] = [keys] if isinstance(keys, str) else list(keys)
        if not listed:
            raise ValueError("expected at least one word or vector for a mean, found none")
        factors = np.ones(len(listed)) if weights is None else np.asarray(weights, np.float64)
        if factors.shape != (len(listed),) or not np.isfinite(factors).all():
            raise ValueError(
                f"expected {len(listed)} finite weights, found shape {list(factors.shape)}"
            )
        words = [key for key in listed if isinstance(key, str)]
        known = frozenset(self.with_vectors(words, ignore_missing=ignore_missing))
        if not known and len(words) == len(listed):
            raise self._words.unknown(words)
        total, weight = np.zeros(self.vector_size), 0.0
        for key, factor in zip(listed, factors.tolist(), strict=True):
            if isinstance(key, str) and key not in known:
                continue
            vector = self._checked_vector(key)
            if isinstance(key, str) and pre_normalize:
                scaled = similarity.unit(vector)
                vector = vector if scaled is None else scaled
            total += factor * vector
            weight += abs(factor)
        if weight == 0.0:
            raise ValueError("the weights of a mean must not all be zero")
        mean = (total / weight).astype(np.float32)
        return self.direction(mean, "the mean") if post_normalize else mean

    def n_similarity(
        self, words1: Sequence[str], words2: Sequence[str], *, ignore_missing: bool = False
    ) -> float:
        """Return the cosine of the mean vectors of two groups of words; 0.0 where one is zero.

        Args:
            words1: One group, not empty.
            words2: The other.
            ignore_missing: Leave unknown words out. Unlike gensim's, the default raises.

        Raises:
            UnknownWordError: A word is unknown and ``ignore_missing`` is off, or all are.
            ValueError: A group is empty.
        """
        first, second = (
            self.get_mean_vector(
                word_list(words), pre_normalize=False, ignore_missing=ignore_missing
            )
            for words in (words1, words2)
        )
        return similarity.cosine(first, second)

    def doesnt_match(self, words: Iterable[str], *, ignore_missing: bool = False) -> str:
        """Return the word that goes least with the others: farthest from their mean direction.

        Args:
            words: Three different words or more (of two, neither is odder).
            ignore_missing: Leave unknown words out. Unlike gensim's, the default raises.

        Raises:
            UnknownWordError: A word is unknown and ``ignore_missing`` is off.
            ValueError: There are fewer than three known words, or a vector is all zeros.
        """
        asked = list(dict.fromkeys(word_list(words)))
        known = self.with_vectors(asked, ignore_missing=ignore_missing)
        if len(known) < 3:
            raise ValueError(
                f"expected three different words or more to find the odd one, found {len(known)}"
            )
        directions = np.array([self._direction(word) for word in known], np.float64)
        mean = self.direction(directions.sum(axis=0), "the mean of these words")
        return known[int(np.argmin(directions @ mean.astype(np.float64)))]

    def closer_than(self, word1: str, word2: str) -> list[str]:
        """Return all words that are closer to ``word1`` than ``word2`` is, in row order.

        Raises:
            UnknownWordError: A word has no vector; names close words.
            ValueError: One of the two vectors is all zeros.
        """
        row1, row2 = self.get_index(word1), self.get_index(word2)
        self._direction(word2)
        distances = self.distances(word1)
        closer = np.flatnonzero((distances < distances[row2]) & (self.norms > 0.0))
        return [self.index_to_key[row] for row in closer.tolist() if row != row1]

    def rank(self, word1: str, word2: str) -> int:
        """Return the place of ``word2`` among the neighbours of ``word1``; the closest has 1.

        Raises:
            UnknownWordError: A word has no vector; names close words.
            ValueError: One of the two vectors is all zeros.
        """
        return len(self.closer_than(word1, word2)) + 1

    def most_similar_to_given(self, word: str, words: Sequence[str]) -> str:
        """Return that of ``words`` which is most similar to ``word``.

        Raises:
            UnknownWordError: A word has no vector; names close words.
            ValueError: There are no words to choose from.
        """
        choices = word_list(words)
        if not choices:
            raise ValueError("expected at least one word to choose from, found none")
        return choices[int(np.argmax([self.similarity(word, choice) for choice in choices]))]

    def _checked_vector(self, item: str | np.ndarray) -> np.ndarray:
        """Return the vector of a word, or a given vector once it is sure to be one."""
        if not isinstance(item, np.ndarray):
            return self[item] if isinstance(item, str) else self.get_vector(item)
        if item.shape != (self.vector_size,) or item.dtype.kind not in "fiu":
            raise ValueError(
                f"expected a vector of {self.vector_size} numbers, "
                f"found {item.dtype} of shape {list(item.shape)}"
            )
        if not np.isfinite(item).all():
            raise ValueError("expected a vector of finite numbers, found NaN or an infinite one")
        return item

    def _direction(self, item: str | np.ndarray) -> np.ndarray:
        """Return float32[D] of length 1 for a word or a vector."""
        name = repr(item) if isinstance(item, str) else "the question"
        return self.direction(self._checked_vector(item), name)
