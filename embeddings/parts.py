"""Vectors of words that have no row, composed of the vectors of their parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from .errors import UnknownWordError, VectorFormatError
from .lookup import VectorTable, read_only, word_list
from .subwords import Parts, Subwords


class PartsTable(VectorTable):
    """A table of words, and of n-grams where it was trained with them.

    With n-grams, a word that isn't in the vocabulary has a vector all the same, unless it is too
    short to have an n-gram. ``in``, ``len`` and rows are about the vocabulary alone.
    """

    @property
    def subwords(self) -> Subwords | None:
        """The n-grams and their vectors; ``None`` where there are none."""
        return self._subwords

    def has_vector(self, word: str) -> bool:
        """Tell whether ``vectors[word]`` would answer: by a row, or by n-grams."""
        return word in self or (
            isinstance(word, str) and self._subwords is not None and self._composable(word)
        )

    def get_subwords(self, word: str) -> Parts:
        """Return the n-grams of a word and their rows in :attr:`subwords`' table.

        As fastText's method of this name, but without the word itself, and rows count from the
        first n-gram: ``ngrams, rows = vectors.get_subwords("king")``.

        Raises:
            ValueError: There are no n-grams in these vectors.
        """
        return self._ngrams().parts(word)

    def __getitem__(self, words: str | Sequence[str]) -> np.ndarray:
        """Return float32[D] for a word (read-only), float32[n, D] for a list of words (a copy).

        A word that isn't in the vocabulary has the mean of its n-grams' vectors, where there are
        any.
        """
        if isinstance(words, str):
            known = words in self or self._subwords is None
            found = super().__getitem__(words) if known else self._composed([words])[0]
            return read_only(self._numbers(found[None], [words])[0])
        asked = word_list(words)
        if self._subwords is None:
            return self._numbers(super().__getitem__(asked), asked)
        known = np.array([word in self for word in asked], bool)
        found = np.empty((len(asked), self.vector_size), np.float32)
        found[known] = self._vectors[self.rows_of(asked, missing="skip")]
        if not known.all():
            found[~known] = self._composed([word for word in asked if word not in self])
        return self._numbers(found, asked)

    def _numbers(self, found: np.ndarray, words: Sequence[str]) -> np.ndarray:
        """Return float32[n, D] found in a file that nobody may have read before, once checked.

        Raises:
            VectorFormatError: A vector has NaN or an infinite number; names its word.
        """
        good = np.isfinite(found).all(axis=1)
        if not good.all():
            raise VectorFormatError(
                f"the vector of {words[int(np.argmin(good))]!r:.60} has NaN or an infinite number",
                path=self.path or "vectors in memory",
            )
        return found

    def with_vectors(self, words: Iterable[str], *, ignore_missing: bool = False) -> list[str]:
        """Return those of ``words`` that have vectors, in order.

        Args:
            words: Any words.
            ignore_missing: Leave out those without; otherwise they raise.

        Raises:
            UnknownWordError: Words have no vector; names close words.
        """
        asked = word_list(words)
        missing = dict.fromkeys(word for word in asked if not self.has_vector(word))
        if missing and not ignore_missing:
            raise self._words.unknown(list(missing))
        return [word for word in asked if word not in missing]

    def _composed(self, words: Sequence[str]) -> np.ndarray:
        try:
            return self._ngrams().vectors(words)
        except UnknownWordError as error:  # it knows no close words
            raise self._words.unknown(error.words, reason=error.reason) from None

    def _composable(self, word: str) -> bool:
        try:
            return self._ngrams().has_vector(word)
        except ValueError:  # a lone surrogate: no UTF-8, no n-grams
            return False

    def _ngrams(self) -> Subwords:
        if self._subwords is None:
            raise ValueError(
                "these vectors have no n-grams: only words of the vocabulary have vectors. "
                "Train FastText, or load a fastText .bin, for vectors of any word"
            )
        return self._subwords

    def _without_row(self, words: Sequence[str]) -> UnknownWordError:
        composed = [word for word in words if self.has_vector(word)]
        if not composed:
            return super()._without_row(words)
        return self._words.unknown(
            composed,
            lacking="row",
            reason="not in the vocabulary, so that only vectors[word] answers, by its n-grams",
        )
