"""Slow twins of ``kernels/sampling.py``, in Python's whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

_WORD = 2**32


class SplitMix64:
    """Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators", figure 17."""

    def __init__(self, state: int) -> None:
        self.state = state

    def next(self) -> int:
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return z ^ (z >> 31)

    def next_halves(self) -> tuple[int, int]:
        """Return the upper and the lower 32 bits of the next number."""
        return divmod(self.next(), _WORD)


@dataclass(frozen=True)
class Position:
    """A kept token; its contexts lie from ``low`` to before ``high``, without itself."""

    word: int
    low: int
    high: int


def keep_tokens(
    sentences: Sequence[Sequence[int]], keep: Sequence[int], window: int, rng: SplitMix64
) -> list[Position]:
    """One number for each token: the lower half decides if it stays, the upper how far it sees."""
    kept: list[Position] = []
    for sentence in sentences:
        seen = []
        for word in sentence:
            upper, lower = rng.next_halves()
            if lower <= keep[word]:
                seen.append((word, 1 + upper * window // _WORD))
        first, last = len(kept), len(kept) + len(seen)
        for n, (word, reach) in enumerate(seen, first):
            kept.append(Position(word, max(first, n - reach), min(last, n + reach + 1)))
    return kept


def alias_masses(limits: Sequence[int], aliases: Sequence[int]) -> list[Fraction]:
    """Return the exact probability of each word under ``draw``."""
    masses = [Fraction(0)] * len(limits)
    for i, (limit, alias) in enumerate(zip(limits, aliases, strict=True)):
        masses[i] += Fraction(int(limit), _WORD * len(limits))
        masses[int(alias)] += Fraction(_WORD - int(limit), _WORD * len(limits))
    return masses


def draw(limits: Sequence[int], aliases: Sequence[int], rng: SplitMix64) -> int:
    """The upper half chooses a column, the lower one of the two words in it."""
    upper, lower = rng.next_halves()
    column = upper * len(limits) // _WORD
    return column if lower < int(limits[column]) else int(aliases[column])
