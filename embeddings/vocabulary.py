"""Words and their counts: what is learnt, how often it is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ConfigurationError, EmptyVocabularyError


class Vocabulary:
    """Distinct words with counts, most frequent first, ties by first occurrence.

    Immutable. The position of a word is its id.

    Args:
        words: Distinct, in order.
        counts: int64[V], falling; copied.

    Attributes:
        words: The words by id.
        counts: int64[V], read-only.
    """

    words: list[str]
    counts: NDArray[np.int64]

    def __init__(self, words: Iterable[str], counts: Any) -> None:
        self.words = list(words)
        self.counts = np.array(counts, dtype=np.int64)
        if self.counts.shape != (len(self.words),):
            raise ValueError(
                f"expected one count for each of {len(self.words)} words, found an array of "
                f"shape {self.counts.shape}"
            )
        self.counts.flags.writeable = False

    @classmethod
    def from_counts(
        cls,
        words: Mapping[str, int] | Sequence[str],
        counts: Any = None,
        *,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        keep: Vocabulary | None = None,
    ) -> Vocabulary:
        """Choose and order words by their counts.

        Args:
            words: Words to counts, or distinct words in the order of first occurrence.
            counts: int[n] for a sequence of words.
            min_count: Rarer words are left out.
            max_vocab_size: Keep at most this many, the most frequent.
            keep: An earlier vocabulary: none of its words is left out, and its counts are added.

        Raises:
            EmptyVocabularyError: Nothing is left; the message names the highest count.
        """
        if isinstance(words, Mapping):
            names, numbers = list(words), np.fromiter(words.values(), np.int64, len(words))
        else:
            names, numbers = list(words), np.array(counts, dtype=np.int64)
        if keep is not None:
            names, numbers, kept = _with_kept(names, numbers, keep)
        else:
            kept = 0
        chosen = choose(
            numbers, names.__getitem__, min_count=min_count, max_size=max_vocab_size, kept=kept
        )
        return cls([names[i] for i in chosen.tolist()], numbers[chosen])

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Vocabulary):
            return NotImplemented
        return self.words == other.words and bool(np.array_equal(self.counts, other.counts))

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} words, {self.total} tokens)"

    @cached_property
    def index(self) -> dict[str, int]:
        """Ids by word, built at the first look-up."""
        return {word: i for i, word in enumerate(self.words)}

    @cached_property
    def total(self) -> int:
        """Sum of all counts."""
        return int(self.counts.sum())

    def keep_probability(self, sample: float) -> NDArray[np.float32]:
        """Return float32[V], the chance that an occurrence survives subsampling.

        Args:
            sample: Words with a larger share of the corpus are thinned; 0 keeps every occurrence.

        Source: word2vec.c; not the formula of Mikolov et al. 2013, eq. 5.
        """
        if not sample >= 0:
            raise ConfigurationError(f"sample: expected 0 or more, found {sample}")
        if sample == 0:
            return np.ones(len(self), dtype=np.float32)
        # Of a word that never occurs nothing is thinned: as if it occurred less than once.
        share = np.maximum(self.counts, 1e-9) / (sample * max(self.total, 1))
        return np.minimum(1.0, (np.sqrt(share) + 1.0) / share).astype(np.float32)

    def noise_distribution(self, exponent: float = 0.75) -> NDArray[np.float64]:
        """Return float64[V], the chance to draw each word as noise; sums to 1.

        Args:
            exponent: 1 draws by frequency, 0 evenly; a word that never occurs is never drawn
                unless ``exponent`` is 0.

        Raises:
            ConfigurationError: The exponent is so extreme that nothing can be drawn.
        """
        weights = np.zeros(len(self))
        occurs = np.ones(len(self), np.bool_) if exponent == 0 else self.counts > 0
        np.power(self.counts.astype(np.float64), exponent, out=weights, where=occurs)
        total = weights.sum()
        if not total > 0 or not np.isfinite(total):
            raise ConfigurationError(
                f"ns_exponent: {exponent} gives no distribution over counts from "
                f"{self.counts.min()} to {self.counts.max()}"
            )
        return weights / total


def _with_kept(
    names: list[str], numbers: NDArray[np.int64], keep: Vocabulary
) -> tuple[list[str], NDArray[np.int64], int]:
    place = dict(keep.index)
    for name in names:
        place.setdefault(name, len(place))
    total = np.zeros(len(place), np.int64)
    total[: len(keep)] = keep.counts
    np.add.at(total, [place[name] for name in names], numbers)
    return list(place), total, len(keep)


def choose(
    counts: NDArray[np.int64],
    name: Any,
    *,
    min_count: int,
    max_size: int | None,
    kept: int = 0,
) -> NDArray[np.int64]:
    """Return the positions of the words to learn, most frequent first.

    Args:
        counts: int64[n], in the order of first occurrence.
        name: Gives the word at a position, for the message.
        min_count: Rarer words are left out.
        max_size: Most words to choose.
        kept: The first so many are chosen whatever their count.

    Raises:
        EmptyVocabularyError: Nothing is chosen.
    """
    order = np.argsort(-counts, kind="stable")
    protected = order < kept
    chosen = order[protected | (counts[order] >= min_count)]
    if max_size is not None and len(chosen) > max_size:
        free = chosen >= kept
        room = max(0, max_size - kept)
        chosen = chosen[~free | (np.cumsum(free) <= room)]
    if not len(chosen):
        if not len(counts):
            raise EmptyVocabularyError("the corpus holds no word at all")
        top = int(order[0])
        raise EmptyVocabularyError(
            f"no word occurs min_count={min_count} times or more; the most frequent of "
            f"{len(counts)}, {name(top)!r}, occurs {int(counts[top])} "
            f"{'time' if counts[top] == 1 else 'times'}. Lower min_count or give more text"
        )
    return chosen
