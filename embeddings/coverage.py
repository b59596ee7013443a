"""How much of a vocabulary has vectors, and which words don't."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_SHOWN = 10


@dataclass(frozen=True)
class Coverage:
    """How much of a vocabulary has vectors; ``str(coverage)`` is a paragraph to read.

    Padding and unknown tokens aren't counted.

    Attributes:
        types: Different words of the vocabulary.
        exact: How many of them have a vector as they are.
        by_fallback: How many have one in another spelling, by that spelling's name.
        composed: How many were given one from their character n-grams.
        tokens: Occurrences of all words; ``None`` where the vocabulary has no counts.
        known_tokens: Occurrences of those with a vector.
        missing: Words without, the most frequent first (without counts, in the order given).
        missing_counts: How often each of these occurs.
    """

    types: int
    exact: int
    by_fallback: Mapping[str, int]
    composed: int
    tokens: int | None
    known_tokens: int | None
    missing: tuple[str, ...]
    missing_counts: tuple[int, ...] | None

    @property
    def known(self) -> int:
        """Words with a vector: as they are, by fall-back, or composed."""
        return self.types - len(self.missing)

    @property
    def type_share(self) -> float:
        """Share of the different words that have a vector; 1.0 for an empty vocabulary."""
        return self.known / self.types if self.types else 1.0

    @property
    def token_share(self) -> float | None:
        """Share of all occurrences; ``None`` where the vocabulary has no counts."""
        if self.tokens is None or self.known_tokens is None:
            return None
        return self.known_tokens / self.tokens if self.tokens else 1.0

    def __str__(self) -> str:
        said = f"{self.known:,} of {self.types:,} words have a vector ({self.type_share:.1%})"
        ways = [f"{count:,} by {name}" for name, count in self.by_fallback.items() if count]
        ways += [f"{self.composed:,} from their n-grams"] if self.composed else []
        if ways:
            said += f", of them {', '.join(ways)}"
        if self.token_share is not None:
            said += f"; {self.token_share:.1%} of all {self.tokens:,} tokens"
        if not self.missing:
            return said + "."
        counts = self.missing_counts
        shown = [
            repr(word) if counts is None else f"{word!r} ({counts[i]:,})"
            for i, word in enumerate(self.missing[:_SHOWN])
        ]
        more = f" and {len(self.missing) - _SHOWN:,} more" if len(self.missing) > _SHOWN else ""
        return f"{said}. Missing: {', '.join(shown)}{more}."
