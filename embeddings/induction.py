"""How good two spaces are as one dictionary: whether words find their translations."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .csls import RETRIEVALS, Directions, Retrieval, neighbourhood, translations
from .errors import ConfigurationError
from .testsets import read_dictionary
from .vectors import WordVectors

Dictionary = Iterable[tuple[str, str]] | str | os.PathLike[str]


@dataclass(frozen=True)
class Precision:
    """Words that found a translation.

    Attributes:
        retrieval: "csls" or "nearest".
        right_at_1: Words whose best answer is one of their translations.
        right_at_5: Words that have one among their five best.
        asked: Words asked.
        at_1: P@1, the share of the asked; ``None`` where no word was asked.
        at_5: P@5, likewise.
    """

    retrieval: Retrieval
    right_at_1: int
    right_at_5: int
    asked: int
    at_1: float | None
    at_5: float | None

    @classmethod
    def of(cls, retrieval: Retrieval, right_at_1: int, right_at_5: int, asked: int) -> Precision:
        """Return the counts with their shares."""
        shares = [right / asked if asked else None for right in (right_at_1, right_at_5)]
        return cls(retrieval, right_at_1, right_at_5, asked, *shares)


@dataclass(frozen=True)
class InductionReport:
    """Scores on a dictionary, with what they don't cover.

    Attributes:
        pairs: Different pairs of the dictionary.
        covered: Pairs whose words both have a vector.
        words: Different source words of the dictionary.
        asked: Words with a vector, of whose translations one at least has a vector.
        skipped: The others.
        csls: By cosine corrected for hubs.
        nearest: By cosine alone.
    """

    pairs: int
    covered: int
    words: int
    asked: int
    skipped: int
    csls: Precision
    nearest: Precision


def evaluate_dictionary(
    source: WordVectors, target: WordVectors, dictionary: Dictionary, *, neighbours: int = 10
) -> InductionReport:
    """Ask each word of a dictionary for its translation among all words of the target.

    Args:
        source: Vectors in the space of ``target``, as :func:`~.align.align` returns them; or any
            others of that length, to see what they were worth unaligned.
        target: All its words may be answers.
        dictionary: Pairs of words, or a file as :func:`~.testsets.read_dictionary` reads it. Of a
            word with several translations any counts.
        neighbours: Cosines that CSLS takes the mean of. It looks at all words of both spaces.

    Raises:
        ConfigurationError: The lengths of vectors differ, or ``neighbours`` is below 1.
        EvaluationDataError: The file breaks its format; names file and line.

    Source: Conneau et al. 2018, arXiv:1710.04087, section 4: P@k.
    """
    problems = [] if neighbours >= 1 else [f"neighbours must be at least 1, found {neighbours}"]
    if source.vector_size != target.vector_size:
        problems.append(unlike_sizes(source, target))
    if problems:
        raise ConfigurationError(*problems)
    pairs = word_pairs(dictionary)
    asked, covered = _askable(source, target, pairs)
    queries, answers = Directions(source.vectors), Directions(target.vectors)
    penalties = neighbourhood(answers, queries, neighbours)
    questions = Directions(source.vectors[list(asked)]) if asked else None
    scores: dict[str, Precision] = {}
    for retrieval in RETRIEVALS:
        firsts = fives = 0
        if questions is not None:
            given = penalties if retrieval == "csls" else None
            found = translations(questions, answers, 5, penalties=given)
            for ranking, right in zip(found, asked.values(), strict=True):
                rows = ranking.rows.tolist()
                firsts += not right.isdisjoint(rows[:1])
                fives += not right.isdisjoint(rows)
        scores[retrieval] = Precision.of(retrieval, firsts, fives, len(asked))
    words = len({word for word, _ in pairs})
    return InductionReport(
        pairs=len(pairs),
        covered=covered,
        words=words,
        asked=len(asked),
        skipped=words - len(asked),
        csls=scores["csls"],
        nearest=scores["nearest"],
    )


def _askable(
    source: WordVectors, target: WordVectors, pairs: Iterable[tuple[str, str]]
) -> tuple[dict[int, set[int]], int]:
    """Return source row to target rows, of words that have a direction, and the number of pairs."""
    here, there = source.key_to_index, target.key_to_index
    source_norms, target_norms = source.norms, target.norms
    asked: dict[int, set[int]] = {}
    covered = 0
    for word, translation in pairs:
        row, answer = here.get(word), there.get(translation)
        if row is None or answer is None or not (source_norms[row] and target_norms[answer]):
            continue
        covered += 1
        asked.setdefault(row, set()).add(answer)
    return asked, covered


def word_pairs(dictionary: Dictionary) -> tuple[tuple[str, str], ...]:
    """Return the different pairs of a dictionary, read from its file where it is one.

    Raises:
        TypeError: An item isn't a pair of words.
        EvaluationDataError: The file breaks its format; names file and line.
    """
    if isinstance(dictionary, str | os.PathLike):
        return read_dictionary(dictionary)
    pairs: dict[tuple[str, str], None] = {}
    for place, item in enumerate(dictionary):
        pair = tuple(item) if isinstance(item, Iterable) and not isinstance(item, str) else ()
        if len(pair) != 2 or not all(isinstance(word, str) for word in pair):
            raise TypeError(
                f"expected pairs (source word, target word), found {item!r:.60} at place {place}"
            )
        pairs[pair[0], pair[1]] = None
    return tuple(pairs)


def unlike_sizes(source: WordVectors, target: WordVectors) -> str:
    """Say that vectors of different lengths can't lie in one space, and what to do."""
    sizes = source.vector_size, target.vector_size
    return (
        f"expected vectors of one length, found {sizes[0]} numbers in the source and {sizes[1]} in "
        f"the target. Train both with one vector_size, or shorten the longer: "
        f"transform.pca(vectors, {min(sizes)})"
    )


def split_dictionary(
    pairs: Iterable[tuple[str, str]], share: float, *, seed: int
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Hold part of a dictionary back, by source word, so that no word is in both parts.

    Args:
        pairs: Pairs of words.
        share: Of the different source words, those held back; above 0, below 1.
        seed: Of the draw.

    Returns:
        Pairs to learn from, and pairs to test on, each in the order given.
    """
    listed = tuple(pairs)
    words = sorted({word for word, _ in listed})
    order = np.random.default_rng(seed).permutation(len(words))
    held = {words[i] for i in order[: round(share * len(words))].tolist()}
    return (
        tuple(pair for pair in listed if pair[0] not in held),
        tuple(pair for pair in listed if pair[0] in held),
    )
