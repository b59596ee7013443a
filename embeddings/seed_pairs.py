"""The pairs of words that an alignment begins with, and those that are of no use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .csls import Pairs
from .errors import ConfigurationError
from .vectors import WordVectors

_SHOWN = 3


@dataclass(frozen=True)
class SeedReport:
    """What became of the pairs given.

    Attributes:
        kind: "dictionary", "identical", "dictionary and identical" or "unsupervised".
        given: Different pairs of the dictionary; 0 without one.
        used: Those of them that were learnt from.
        unknown_source: Pairs left out because the source has no vector for their word.
        unknown_target: Of the others, those whose translation the target has no vector for.
        without_direction: Of the others, those with a vector of zeros.
        identical: Words written alike on both sides that were added.
    """

    kind: str
    given: int = 0
    used: int = 0
    unknown_source: int = 0
    unknown_target: int = 0
    without_direction: int = 0
    identical: int = 0


@dataclass(frozen=True, eq=False)
class Seeds:
    """Pairs to begin with.

    Attributes:
        kept: Those of the dictionary, which stay to the end.
        first: Others, which are given up once there are better ones.
        report: What was used and what not.
    """

    kept: Pairs
    first: Pairs
    report: SeedReport


def gathered(
    source: WordVectors,
    target: WordVectors,
    dictionary: Sequence[tuple[str, str]] | None,
    *,
    identical: bool,
) -> Seeds:
    """Look the pairs of a dictionary up, and words that are written alike.

    Args:
        source: Vectors of the one language.
        target: Of the other.
        dictionary: Different pairs of words, or ``None``.
        identical: Add words that both sides have; those that the dictionary has are left to it.

    Raises:
        ConfigurationError: No pair is of use; says how many there were and why.
    """
    kept = no_pairs()
    counts = {"given": 0, "used": 0, "unknown_source": 0, "unknown_target": 0}
    zeros = 0
    if dictionary is not None:
        kept, counts, zeros = _looked_up(source, target, dictionary)
    first = _identical(source, target, kept) if identical else no_pairs()
    kinds = ["dictionary"] * (dictionary is not None) + ["identical"] * identical
    report = SeedReport(
        kind=" and ".join(kinds), without_direction=zeros, identical=len(first), **counts
    )
    if not len(kept) and not len(first):
        raise ConfigurationError(_useless(source, target, dictionary, report))
    return Seeds(kept, first, report)


def no_pairs() -> Pairs:
    """Return no pairs."""
    return given_pairs([], [])


def given_pairs(source: Sequence[int], target: Sequence[int]) -> Pairs:
    """Return pairs of rows that are taken as true."""
    rows = np.array(source, np.int64), np.array(target, np.int64)
    return Pairs(*rows, np.ones(len(rows[0]), np.float32))


def together(kept: Pairs, found: Pairs) -> Pairs:
    """Return pairs that stay, and of those found the ones whose source word has none yet."""
    new = ~np.isin(found.source, kept.source)
    return Pairs(
        np.concatenate((kept.source, found.source[new])),
        np.concatenate((kept.target, found.target[new])),
        np.concatenate((kept.scores, found.scores[new])),
    )


def _looked_up(
    source: WordVectors, target: WordVectors, dictionary: Sequence[tuple[str, str]]
) -> tuple[Pairs, dict[str, int], int]:
    here, there = source.key_to_index, target.key_to_index
    source_norms, target_norms = source.norms, target.norms
    rows: list[tuple[int, int]] = []
    counts = {"given": len(dictionary), "used": 0, "unknown_source": 0, "unknown_target": 0}
    zeros = 0
    for word, translation in dictionary:
        if word not in here:
            counts["unknown_source"] += 1
        elif translation not in there:
            counts["unknown_target"] += 1
        elif not (source_norms[here[word]] and target_norms[there[translation]]):
            zeros += 1
        else:
            rows.append((here[word], there[translation]))
    counts["used"] = len(rows)
    pairs = given_pairs([row for row, _ in rows], [row for _, row in rows])
    return pairs, counts, zeros


def _identical(source: WordVectors, target: WordVectors, kept: Pairs) -> Pairs:
    there: Mapping[str, int] = target.key_to_index
    known = set(kept.source.tolist())
    source_norms, target_norms = source.norms, target.norms
    rows = [
        (row, there[word])
        for row, word in enumerate(source.index_to_key)
        if word in there
        and row not in known
        and source_norms[row] > 0.0
        and target_norms[there[word]] > 0.0
    ]
    return given_pairs([row for row, _ in rows], [row for _, row in rows])


def _useless(
    source: WordVectors,
    target: WordVectors,
    dictionary: Sequence[tuple[str, str]] | None,
    report: SeedReport,
) -> str:
    words = [f"{word!r:.40}" for word in source.index_to_key[:_SHOWN]]
    others = [f"{word!r:.40}" for word in target.index_to_key[:_SHOWN]]
    vocabularies = f"The source's words begin {', '.join(words)}, the target's {', '.join(others)}"
    if dictionary is None:
        return (
            f"no word is written alike on both sides. {vocabularies}. Give a dictionary, or "
            'seed_words="unsupervised"'
        )
    examples = ", ".join(f"{word!r:.40} - {other!r:.40}" for word, other in dictionary[:_SHOWN])
    reasons = [
        f"{report.unknown_source:,} with a word that the source doesn't have",
        f"{report.unknown_target:,} with a translation that the target doesn't have",
    ]
    if report.without_direction:
        reasons.append(f"{report.without_direction:,} with a vector of zeros")
    return (
        f"no usable pair among the {report.given:,} of the dictionary ({examples}): "
        f"{', '.join(reasons)}. {vocabularies}. Are languages or sides swapped, or upper and lower "
        "case different?"
    )
