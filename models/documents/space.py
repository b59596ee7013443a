"""What a fitted document vectoriser does to documents, whatever they were fitted on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ...embeddings.document_sums import Finish
from ...embeddings.errors import DocumentError, VectorFormatError
from .settings import Empty
from .weightings import Weighting
from .words import DocumentWords, ReadTexts


@dataclass(frozen=True, eq=False, kw_only=True)
class DocumentSpace:
    """How documents become vectors.

    Attributes:
        words: Words and their rows.
        weighting: How they are put together.
        weights: float32[V], what each word counts.
        new_weights: What words without a row of their own count, those that were fitted on.
        unseen: What others count.
        powers: Of power means.
        finish: What is taken off then; its arrays have the length of a document's vector W.
        mean: float32[W], the mean of the finished documents that were fitted on.
        empty: What documents without a known word become.
    """

    words: DocumentWords
    weighting: Weighting
    weights: NDArray[np.float32]
    new_weights: Mapping[str, float]
    unseen: float
    powers: tuple[float, ...]
    finish: Finish
    mean: NDArray[np.float32]
    empty: Empty

    @property
    def width(self) -> int:
        """W, numbers in a document's vector."""
        return len(self.finish.centre)

    def vectors(self, read: ReadTexts, *, before: int = 0) -> NDArray[np.float32]:
        """Return float32[N, W].

        Args:
            read: N documents.
            before: Documents that came before them, for messages.

        Raises:
            DocumentError: A document has no known word, where ``empty`` says so.
        """
        return self.finished(self.sums(read), before=before)

    def sums(self, read: ReadTexts) -> NDArray[np.float32]:
        """Return float32[N, W], documents before anything is taken off; zeros for empty ones."""
        return sums_of(
            self.words, read, self.weighting, self._weights(read.new), powers=self.powers
        )

    def finished(self, documents: NDArray[np.float32], *, before: int = 0) -> NDArray[np.float32]:
        """Return what :meth:`sums` gave, finished in place.

        Raises:
            DocumentError: As :meth:`vectors`.
        """
        lengths = self.finish.apply(documents)
        if not np.isfinite(lengths).all():
            raise VectorFormatError(
                f"document {int(np.argmin(np.isfinite(lengths))) + before:,} came to NaN or an "
                "infinite number: a word of it has such a vector, or one beyond float32",
                path="vectors",
            )
        empty = np.flatnonzero(lengths == 0.0)
        if len(empty) and self.empty == "error":
            few = ", ".join(f"{i + before:,}" for i in empty[:5].tolist())
            raise DocumentError(
                f"{len(empty):,} of {len(documents):,} documents have no known word (document "
                f"{few}{', …' if len(empty) > 5 else ''}, counted from 0). Leave them out, or say "
                'empty="zero" or "mean"'
            )
        if self.empty == "mean":
            documents[empty] = self.mean
        return documents

    def _weights(self, new: tuple[str, ...]) -> NDArray[np.float32]:
        if not new:
            return self.weights
        more = [self.new_weights.get(word, self.unseen) for word in new]
        return np.concatenate([self.weights, np.array(more, np.float32)])


def sums_of(
    words: DocumentWords,
    read: ReadTexts,
    weighting: Weighting,
    weights: NDArray[np.float32],
    *,
    powers: tuple[float, ...],
) -> NDArray[np.float32]:
    """Return float32[N, W], documents before anything is taken off them.

    Args:
        words: Words and their rows.
        read: N documents.
        weighting: How rows are put together.
        weights: float32[V + n], of the words with a row and the new ones.
        powers: Of power means.
    """
    if weighting == "auto":
        return words.sums(read, weights, logarithm=True, divisor="length")
    if weighting == "idf":
        return words.sums(read, weights, divisor="weights")
    if weighting == "max":
        return words.extremes(read, weights, greatest=True)
    if weighting == "power":
        means = [_power_mean(words, read, weights, power) for power in powers]
        return np.concatenate(means, axis=1)
    found = words.sums(read, weights)
    if weighting == "usif":
        _divide_by_spread(
            found, words.sums(read, np.ones_like(weights), power=2, divisor="nothing")
        )
    return found


def _divide_by_spread(documents: NDArray[np.float32], squares: NDArray[np.float32]) -> None:
    """Divide each number by the length of its dimension in the document; zeros stay zeros.

    That makes every dimension of a document's words as long as every other. It is in the paper's
    program (kawine/usif), where a dimension of exact zeros divides by zero.
    """
    lengths = np.sqrt(squares, out=squares)
    with np.errstate(invalid="ignore"):  # of vectors that are no numbers; finishing says so
        np.divide(documents, lengths, out=documents, where=lengths > 0)


def _power_mean(
    words: DocumentWords, read: ReadTexts, weights: NDArray[np.float32], power: float
) -> NDArray[np.float32]:
    """Return float32[N, D], the root of the mean of powers, which keeps its sign.

    Source: Rücklé et al. 2018 (arXiv:1803.01400), section 3. Of a negative mean of odd powers they
    take the real part of the first complex root; here it is the root that is real.
    """
    if math.isinf(power):
        return words.extremes(read, weights, greatest=power > 0)
    means = words.sums(read, weights, power=int(power))
    if power == 1:
        return means
    if power == 3:
        return cast("NDArray[np.float32]", np.cbrt(means, out=means))
    return np.copysign(np.abs(means) ** np.float32(1 / power), means)
