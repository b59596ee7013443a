"""Rows of words as a file has them, made into the words' vectors only when these are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .product_rows import ProductRows
from .subwords import PackedWords, Subwords

_BLOCK = 1 << 14  # rows, where all are composed


@dataclass(frozen=True, eq=False)
class ComposedRows:
    """Word vectors that are means of a word's own row and the rows of its n-grams.

    A file of two million words opens at once; the few words one looks up are composed alone,
    and the whole table when a question is asked of all words.

    Attributes:
        words: V words, whose bytes the n-grams are made of.
        own: [R, D], float32 (often a map of a file, at any address) or quantised.
        places: int64[V], the row of ``own`` for each word; ``None`` if word ``i`` has row ``i``.
        subwords: The n-grams; ``None`` where own rows are all there is.
    """

    words: PackedWords
    own: np.ndarray | ProductRows
    places: np.ndarray | None
    subwords: Subwords | None

    def __len__(self) -> int:
        return len(self.words)

    @property
    def shape(self) -> tuple[int, int]:
        """V and D."""
        return len(self.words), int(self.own.shape[1])

    @property
    def dtype(self) -> np.dtype:
        """float32: what a number is once it is composed."""
        return np.dtype(np.float32)

    def __getitem__(self, rows: int | np.integer | slice | np.ndarray) -> np.ndarray:
        """Return float32[D] for one row, float32[n, D] for a slice or int[n]; new arrays."""
        if isinstance(rows, int | np.integer):
            return self[np.array([rows])][0]
        if "all" in vars(self):
            return np.array(self.all[rows])
        chosen = np.arange(len(self))[rows]
        places = chosen if self.places is None else self.places[chosen]
        found = np.array(self.own[places], np.float32)
        if self.subwords is not None:
            self.subwords.compose(self.words.take(chosen), found)
        return found

    @cached_property
    def all(self) -> np.ndarray:
        """float32[V, D], all of them; computed once and kept."""
        found = np.empty(self.shape, np.float32)
        for first in range(0, len(self), _BLOCK):
            part = slice(first, min(first + _BLOCK, len(self)))
            found[part] = self.own[part if self.places is None else self.places[part]]
        if self.subwords is not None:
            self.subwords.compose(self.words, found)
        return found
