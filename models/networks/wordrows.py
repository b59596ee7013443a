"""Which words a model has rows for, and what stands in them: vectors grafted on, or random ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np

from ..indexing import FIRST_WORD

LENGTH = 3.5
"""Length of a typical row, the root of the mean square. Vectors come in all scales, between which
rates and dropout would have to be chosen anew. On held-out reviews of IMDB lengths from 2 to 7 did
about equally well, and 1 half a point worse."""
_SAMPLE = 10_000  # the first rows: what a vector of these vectors looks like


class Vectors(Protocol):
    """What is asked of vectors; :class:`.WordVectors` and :class:`.FastText` have it."""

    vector_size: int

    def __len__(self) -> int:
        """Return V, the number of words with a row."""
        ...

    def with_vectors(self, words: Any, *, ignore_missing: bool = False) -> list[str]:
        """Return those of some words that have vectors."""
        ...

    def __getitem__(self, words: list[str]) -> np.ndarray:
        """Return float32[n, D]."""
        ...


@dataclass(frozen=True, eq=False)
class WordRows:
    """The first layer of a model, before it has learnt.

    Attributes:
        words: The words of the rows from :data:`~.indexing.FIRST_WORD` on.
        matrix: float32[V, D]; the rows of padding and the unknown word are zeros.
        pretrained: Whether its rows come from vectors.
    """

    words: tuple[str, ...]
    matrix: np.ndarray
    pretrained: bool


def grafted(counts: Mapping[str, int], vectors: Any, *, extra: int) -> WordRows:
    """Take the rows of vectors: those of the training words that have one, and frequent others.

    Words composed of character n-grams, where the vectors have them, count as having one.
    All rows are multiplied by one number, so that a typical one is of :data:`LENGTH`; angles and
    ratios of lengths stay as they are.

    Args:
        counts: Words of the training texts.
        vectors: Where rows come from.
        extra: How many of the vectors' own first words are taken besides: with them texts are read
            whose words no training text had.
    """
    own = vectors.with_vectors(counts, ignore_missing=True)
    words = list(dict.fromkeys([*own, *islice(vectors, extra)]))
    matrix = np.zeros((len(words) + FIRST_WORD, vectors.vector_size), np.float32)
    if words:
        matrix[FIRST_WORD:] = vectors[words]
        matrix *= _scale(np.asarray(vectors[list(islice(vectors, _SAMPLE))]))
    return WordRows(tuple(words), matrix, pretrained=True)


def drawn(
    counts: Mapping[str, int], *, min_count: int, size: int, most: int | None, seed: int
) -> WordRows:
    """Draw random rows for the training words: the beginning without transfer.

    Args:
        counts: Words of the training texts.
        min_count: Rarer words get no row; all do where none is so frequent.
        size: D.
        most: Words at most, the most frequent; ``None`` for all.
        seed: Of the rows: normal numbers, a typical row of :data:`LENGTH`.
    """
    words = [word for word, count in counts.items() if count >= min_count] or list(counts)
    if most is not None:
        words = sorted(words, key=lambda word: -counts[word])[:most]
    matrix = np.zeros((len(words) + FIRST_WORD, size), np.float32)
    rng = np.random.default_rng(seed)
    matrix[FIRST_WORD:] = rng.standard_normal((len(words), size), np.float32)
    matrix[FIRST_WORD:] *= LENGTH / np.sqrt(size)
    return WordRows(tuple(words), matrix, pretrained=False)


def extended(words: Sequence[str], matrix: np.ndarray, more: WordRows) -> WordRows:
    """Return rows with those of ``more`` behind them that aren't there yet."""
    held = frozenset(words)
    new = [n for n, word in enumerate(more.words) if word not in held]
    rows = more.matrix[FIRST_WORD:][new]
    joined = (*words, *(more.words[n] for n in new))
    return WordRows(joined, np.concatenate([matrix, rows]), pretrained=True)


def _scale(rows: np.ndarray) -> np.float32:
    mean = float(np.square(rows, dtype=np.float64).mean())
    return np.float32(LENGTH / np.sqrt(mean * rows.shape[1])) if mean > 0 else np.float32(1)
