"""Texts of a batch without padding: the form in which encoders and pooling work.

Tokens stand one after the other, text after text, so that nothing can depend on how much padding a
batch has. Vectors are held once per distinct word of the batch: text repeats itself (15,000 tokens
of 64 reviews are 3,500 words), so whatever is done with a word's vector alone, such as the product
with a network's first weights, costs a quarter if it is done before the tokens are laid out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


class Layout:
    """Where the tokens of each text are, and the orders of walking over them.

    Args:
        lengths: int64[B], tokens of each text.
    """

    def __init__(self, lengths: NDArray[np.int64]) -> None:
        self.lengths = lengths
        self.offsets = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=self.offsets[1:])

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def tokens(self) -> int:
        """T, tokens of all texts."""
        return int(self.offsets[-1])

    @cached_property
    def filled(self) -> NDArray[np.int64]:
        """int64[n], the texts that have tokens, longest first."""
        order = np.argsort(-self.lengths, kind="stable")
        return order[self.lengths[order] > 0]

    @cached_property
    def packed(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The tokens in the order of a packed sequence, step by step, and texts at each step."""
        lengths = self.lengths[self.filled]
        steps = np.arange(lengths.max(initial=0))
        sizes = np.searchsorted(-lengths, -steps, side="left")
        before = np.cumsum(sizes) - sizes
        rank = np.arange(self.tokens) - np.repeat(before, sizes)
        order = self.offsets[:-1][self.filled][rank] + np.repeat(steps, sizes)
        return order, sizes


@dataclass(frozen=True, eq=False)
class TokenVectors:
    """The vectors of a batch's tokens, each distinct word's once.

    Attributes:
        vectors: float32[U, D], a row for each distinct word.
        index: int64[T], the row of each token, text after text; on the CPU.
        layout: Where each text's tokens are.
    """

    vectors: Tensor
    index: Tensor
    layout: Layout

    def spread(self) -> Tensor:
        """Return float32[T, D], the vector of each token."""
        return self.vectors[self.index.to(self.vectors.device)]

    @cached_property
    def by_word(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """int64[T], tokens ordered by their word, and int64[U+1], where each word's begin."""
        index = self.index.numpy()
        starts = np.zeros(len(self.vectors) + 1, np.int64)
        np.cumsum(np.bincount(index, minlength=len(self.vectors)), out=starts[1:])
        return np.argsort(index, kind="stable"), starts
