"""What an alignment gave, as its file, its page and the command say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...embeddings.align import Alignment, Round
from ...embeddings.induction import InductionReport
from ...embeddings.seed_pairs import SeedReport
from ...embeddings.vectors import WordVectors

WordPairs = tuple[tuple[str, str], ...]
UNALIGNED, FIRST, ALIGNED = "as they were", "first rotation", "aligned"
"""What is compared: no transfer, one turn of Procrustes, and the result."""


@dataclass(frozen=True)
class Tested:
    """One way to bring the languages together, scored.

    Attributes:
        name: "as they were", "first rotation" or "aligned".
        report: P@1 and P@5 with coverage.
    """

    name: str
    report: InductionReport


@dataclass(frozen=True)
class Example:
    """A word of the source and what it was translated to.

    Attributes:
        word: The word.
        expected: Its translations by the test dictionary; none where there is no test.
        found: Words of the target, the best first.
        right: Whether the first is expected; ``None`` where nothing is.
    """

    word: str
    expected: tuple[str, ...]
    found: tuple[str, ...]
    right: bool | None


@dataclass(frozen=True)
class AlignResult:
    """What was learnt, as ``alignment.json`` has it.

    Attributes:
        source: File of the source's vectors.
        target: File of the target's.
        names: Of the two sides.
        words: Words of the source and of the target.
        vector_size: D.
        seeds: The pairs that learning began with, and what had to be left out.
        rounds: The turns of learning.
        tests: The comparison with no transfer; empty without test pairs.
        test: Where the test pairs come from.
        examples: Some words and their translations.
        settings: How it was learnt.
        notes: What a person should know, as sentences.
        seconds: Time of learning.
        output: The folder.
    """

    source: str
    target: str
    names: tuple[str, str]
    words: tuple[int, int]
    vector_size: int
    seeds: SeedReport
    rounds: tuple[Round, ...]
    tests: tuple[Tested, ...]
    test: str | None
    examples: tuple[Example, ...]
    settings: Mapping[str, Any]
    notes: tuple[str, ...]
    seconds: float
    output: str


@dataclass(frozen=True, eq=False)
class AlignRun:
    """A result, and what it was made of.

    Attributes:
        result: What was found.
        source: Vectors as they were.
        target: Likewise.
        alignment: Both in one space.
        pairs: Pairs to show: of the test, or of the dictionary, or the best found.
    """

    result: AlignResult
    source: WordVectors
    target: WordVectors
    alignment: Alignment
    pairs: WordPairs
