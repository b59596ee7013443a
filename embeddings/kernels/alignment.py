"""How alike pairs of texts are, word by word: each finds its best match in the other text."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import kernel
from .products import dot_product

_ZERO, _ONE = np.float32(0), np.float32(1)


class AlignedWords(NamedTuple):
    """The different words of all texts; W is the length of a row, a multiple of LANES.

    Attributes:
        rows: float32[U * W], vectors of length 1, or zeros for words without one.
        weights: float32[U], how much each word counts.
        letters: int32[L], the code points of all words.
        borders: int64[U + 1], borders of the words in ``letters``.
        exact: bool[U], words that are like themselves alone.
    """

    rows: NDArray[np.float32]
    weights: NDArray[np.float32]
    letters: NDArray[np.int32]
    borders: NDArray[np.int64]
    exact: NDArray[np.bool_]


class AlignmentScratch(NamedTuple):
    """A worker's memory for texts of up to M different words.

    Attributes:
        scores: float32[M * M], of all pairs of words.
        left: int64[M], where the rows of the first text are.
        right: int64[M], those of the second.
    """

    scores: NDArray[np.float32]
    left: NDArray[np.int64]
    right: NDArray[np.int64]


def alignment_scratch(longest: int) -> AlignmentScratch:
    """Return memory for texts of up to ``longest`` different words."""
    return AlignmentScratch(
        np.zeros(longest * longest, np.float32),
        np.zeros(longest, np.int64),
        np.zeros(longest, np.int64),
    )


@kernel
def _spelling(words, a, b):
    """Return twice the letters that two words begin with alike, over the letters of both."""
    first, second = words.borders[a], words.borders[b]
    size_a, size_b = words.borders[a + 1] - first, words.borders[b + 1] - second
    alike = 0
    for i in range(min(size_a, size_b)):
        if words.letters[first + i] != words.letters[second + i]:
            break
        alike += 1
    return np.float32(2 * alike) / np.float32(max(1, size_a + size_b))


@kernel
def _score_words(ids, start, middle, stop, words, width, x):
    """Fill ``x.scores`` [n, m] with how alike the words of both texts are, from 0 to 1."""
    n, m = middle - start, stop - middle
    for i in range(n):
        x.left[i] = np.int64(ids[start + i]) * width
    for j in range(m):
        x.right[j] = np.int64(ids[middle + j]) * width
    dot_product(x.scores, words.rows, x.left, n, words.rows, x.right, m, width)
    for i in range(n):
        for j in range(m):
            a, b = ids[start + i], ids[middle + j]
            if a == b:
                x.scores[i * m + j] = _ONE
            elif words.exact[a] or words.exact[b]:
                x.scores[i * m + j] = _ZERO
            else:
                cosine = min(max(x.scores[i * m + j], _ZERO), _ONE)
                unlike = (_ONE - _spelling(words, a, b)) * (_ONE - cosine * cosine)
                x.scores[i * m + j] = _ONE - unlike


@kernel
def align_pairs(ids, counts, offsets, first, last, words, width, out, x):
    """Score pairs of texts: the weighted mean over the words of both of their best matches.

    Two words are alike by what either their beginnings or their vectors say: ``1 - (1 - spelling)
    (1 - cosine ** 2)``, cosines below 0 counting as 0.

    Args:
        ids: int32[T], the different words of each text.
        counts: int64[T], how often each stands there.
        offsets: int64[2 P + 1]; texts 2 i and 2 i + 1 are pair i.
        first: First pair to score.
        last: One past the last.
        words: AlignedWords, read.
        width: W.
        out: float64[P]; those of the pairs are overwritten, from 0 to 1; 0 where a text is empty.
        x: AlignmentScratch, overwritten.
    """
    for pair in range(first, last):
        start, middle, stop = offsets[2 * pair], offsets[2 * pair + 1], offsets[2 * pair + 2]
        n, m = middle - start, stop - middle
        out[pair] = 0.0
        if n == 0 or m == 0:
            continue
        _score_words(ids, start, middle, stop, words, width, x)
        found, weight = 0.0, 0.0
        for i in range(n):
            best = _ZERO
            for j in range(m):
                best = max(best, x.scores[i * m + j])
            own = counts[start + i] * np.float64(words.weights[ids[start + i]])
            found += own * best
            weight += own
        for j in range(m):
            best = _ZERO
            for i in range(n):
                best = max(best, x.scores[i * m + j])
            own = counts[middle + j] * np.float64(words.weights[ids[middle + j]])
            found += own * best
            weight += own
        if weight > 0.0:
            out[pair] = found / weight
