"""Scores of word vectors on analogies and on rated word pairs, with what they don't cover."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy.stats import rankdata

from .errors import ConfigurationError
from .packed_rows import head
from .similarity import cosine, unit_rows
from .testsets import RatedPair, Section, read_analogies, read_rated_pairs, set_name
from .vectors import WordVectors

Method = Literal["3cosadd", "3cosmul"]
_QUESTIONS = 8192  # to a group
_BLOCK = 4096  # possible answers at a time, fewer where a group has very many words
_COSINES = 1 << 22
_PIECE = 64  # questions at a time; 64 x 4096 scores are 1 MB
_EPSILON = np.float32(1e-6)  # of Levy & Goldberg's equation 4, as gensim has it


@dataclass(frozen=True)
class SectionScore:
    """How many analogies of one section, or of several, were answered right.

    Attributes:
        name: Of the section.
        correct: Questions answered with the expected word.
        asked: Questions whose four words are all known.
        skipped_oov: Questions left out, because a word is unknown (out of vocabulary).
    """

    name: str
    correct: int
    asked: int
    skipped_oov: int

    @property
    def accuracy(self) -> float | None:
        """Share of the asked questions answered right; ``None`` where none was asked."""
        return self.correct / self.asked if self.asked else None


@dataclass(frozen=True)
class AnalogyReport:
    """Scores on a file of analogies.

    Attributes:
        name: Of the file.
        method: "3cosadd" or "3cosmul".
        restrict_vocab: How many rows were known words and possible answers; ``None`` for all.
        sections: In the order of the file.
        semantic: The sum of the sections whose names don't begin with "gram".
        syntactic: The sum of those that do (Google's way of naming).
        total: The sum of all.
        oov_words: The words without a vector, in order of first occurrence, as the file has them.
    """

    name: str
    method: Method
    restrict_vocab: int | None
    sections: tuple[SectionScore, ...]
    semantic: SectionScore
    syntactic: SectionScore
    total: SectionScore
    oov_words: tuple[str, ...]


@dataclass(frozen=True)
class SimilarityReport:
    """Agreement with people's ratings of word pairs.

    Attributes:
        name: Of the file.
        spearman: Rank correlation of cosine and rating over covered pairs; ``None`` where it isn't
            defined (fewer than two covered pairs, or all cosines or ratings equal).
        pearson: Linear correlation, likewise.
        pairs: Pairs in the file.
        covered: Pairs whose words both have a vector.
        oov_words: The words without a vector, in order of first occurrence.
        repeated_pairs: Pairs that stand more than once, in either order; each time is counted
            (WordSim-353 has two).
        self_pairs: Words paired with themselves; counted (WordSim-353 has one).
    """

    name: str
    spearman: float | None
    pearson: float | None
    pairs: int
    covered: int
    oov_words: tuple[str, ...]
    repeated_pairs: tuple[tuple[str, str], ...]
    self_pairs: tuple[str, ...]


def evaluate_analogies(
    vectors: WordVectors,
    path: str | os.PathLike[str],
    *,
    restrict_vocab: int | None = 30_000,
    case_insensitive: bool = True,
    method: Method = "3cosadd",
) -> AnalogyReport:
    """Score vectors on a file of analogies (a is to b as c is to ...?).

    The numbers are those of gensim's ``evaluate_word_analogies`` at the same settings (its default
    ``restrict_vocab`` is 300,000). The words of a question are never its answer.

    Args:
        vectors: The vectors.
        path: A file as :func:`~.testsets.read_analogies` reads it.
        restrict_vocab: Only the first so many rows count as known and as answers; ``None`` for all.
        case_insensitive: Compare words in upper case; of several spellings the first row counts.
        method: "3cosadd" (b - a + c), or "3cosmul".

    Returns:
        Scores by section and in total. A question with a word whose vector is all zeros counts as
        answered wrong.

    Raises:
        EvaluationDataError: The file breaks its format; names file and line.
        CorpusNotFoundError: There is no such file.
        ConfigurationError: ``method`` or ``restrict_vocab`` is impossible.

    Source: Mikolov et al. 2013, arXiv:1301.3781; Levy and Goldberg 2014 (CoNLL) for 3CosMul.
    """
    problems: list[str] = []
    if method not in get_args(Method):
        problems.append(f"method must be one of {', '.join(get_args(Method))}, found {method!r}")
    if restrict_vocab is not None and restrict_vocab < 1:
        problems.append(f"restrict_vocab must be at least 1, found {restrict_vocab}")
    if problems:
        raise ConfigurationError(*problems)
    sections = read_analogies(path)
    known = _KnownWords(vectors, restrict_vocab, case_insensitive=case_insensitive)
    rows = [_known_rows(section, known) for section in sections]
    questions = np.concatenate(rows)
    right = _answers(known, questions, method) == questions[:, 3]
    norms = vectors.norms
    right &= (norms[questions] > 0.0).all(axis=1)
    scores: list[SectionScore] = []
    done = 0
    for section, asked in zip(sections, rows, strict=True):
        correct = int(right[done : done + len(asked)].sum())
        skipped = len(section.questions) - len(asked)
        scores.append(SectionScore(section.name, correct, len(asked), skipped))
        done += len(asked)
    words = (word for section in sections for question in section.questions for word in question)
    return AnalogyReport(
        name=set_name(path),
        method=method,
        restrict_vocab=restrict_vocab,
        sections=tuple(scores),
        semantic=_sum("semantic", [s for s in scores if not s.name.startswith("gram")]),
        syntactic=_sum("syntactic", [s for s in scores if s.name.startswith("gram")]),
        total=_sum("total", scores),
        oov_words=tuple(word for word in dict.fromkeys(words) if known.row(word) is None),
    )


def evaluate_similarity(
    vectors: WordVectors,
    path: str | os.PathLike[str],
    *,
    restrict_vocab: int | None = None,
    case_insensitive: bool = True,
) -> SimilarityReport:
    """Compare cosines with people's ratings of word pairs.

    The numbers are those of gensim's ``evaluate_word_pairs`` at the same settings (its default
    ``restrict_vocab`` is 300,000): pairs with an unknown word are left out.

    Args:
        vectors: The vectors.
        path: A file as :func:`~.testsets.read_rated_pairs` reads it.
        restrict_vocab: Only the first so many rows count as known; ``None`` for all.
        case_insensitive: Compare words in upper case; of several spellings the first row counts.

    Returns:
        Correlations with coverage. The cosine with a vector of zeros counts as 0.0.

    Raises:
        EvaluationDataError: The file breaks its format; names file and line.
        CorpusNotFoundError: There is no such file.
        ConfigurationError: ``restrict_vocab`` is impossible.
    """
    if restrict_vocab is not None and restrict_vocab < 1:
        raise ConfigurationError(f"restrict_vocab must be at least 1, found {restrict_vocab}")
    pairs = read_rated_pairs(path)
    known = _KnownWords(vectors, restrict_vocab, case_insensitive=case_insensitive)
    ratings: list[float] = []
    cosines: list[float] = []
    for pair in pairs:
        first, second = known.row(pair.word1), known.row(pair.word2)
        if first is not None and second is not None:
            ratings.append(pair.rating)
            cosines.append(cosine(vectors.storage[first], vectors.storage[second]))
    words = (word for pair in pairs for word in (pair.word1, pair.word2))
    return SimilarityReport(
        name=set_name(path),
        spearman=correlation(rankdata(ratings), rankdata(cosines)),
        pearson=correlation(np.array(ratings), np.array(cosines)),
        pairs=len(pairs),
        covered=len(ratings),
        oov_words=tuple(word for word in dict.fromkeys(words) if known.row(word) is None),
        repeated_pairs=_repeated(pairs, known),
        self_pairs=tuple(p.word1 for p in pairs if known.key(p.word1) == known.key(p.word2)),
    )


class _KnownWords:
    """The rows that a test may use, looked up in the case it asks for.

    Args:
        vectors: The vectors.
        limit: How many rows, ``None`` for all.
        case_insensitive: Look up in upper case.
    """

    def __init__(self, vectors: WordVectors, limit: int | None, *, case_insensitive: bool) -> None:
        self.key = str.upper if case_insensitive else str
        keys = [self.key(word) for word in vectors.index_to_key[:limit]]
        self.size = len(keys)
        self.vectors = head(vectors.storage, self.size)
        self.norms = vectors.norms[: self.size]
        self._first: dict[str, int] = {}
        for row, key in enumerate(keys):
            self._first.setdefault(key, row)
        # One number for all spellings of a word: the row of the first.
        self.spelling_of = np.array([self._first[key] for key in keys], np.int64)

    def row(self, word: str) -> int | None:
        """Return the row of a word, or ``None``."""
        return self._first.get(self.key(word))

    def spellings(self) -> dict[int, list[int]]:
        """Return the rows of all spellings, by the row of the first, where there are several."""
        found: dict[int, list[int]] = {}
        for row in np.flatnonzero(self.spelling_of != np.arange(self.size)).tolist():
            first = int(self.spelling_of[row])
            found.setdefault(first, [first]).append(row)
        return found


def _known_rows(section: Section, known: _KnownWords) -> np.ndarray:
    """Return int64[n, 4], the rows of the questions whose words are all known."""
    rows = [[known.row(word) for word in question] for question in section.questions]
    asked = [question for question in rows if None not in question]
    return np.array(asked, np.int64).reshape(len(asked), 4)


def _answers(known: _KnownWords, questions: np.ndarray, method: Method) -> np.ndarray:
    """Return int64[n], the answer to each question: the first row with its spelling.

    Args:
        known: The rows to answer from.
        questions: int64[n, 4].
        method: How to score.
    """
    spellings = known.spellings()
    answers = np.empty(len(questions), np.int64)
    for start in range(0, len(questions), _QUESTIONS):
        group = _Group(known, questions[start : start + _QUESTIONS, :3], spellings)
        for block in group.blocks(known.size):
            rows = unit_rows(known.vectors[block], known.norms[block])
            group.take(rows, block.start, method, np.flatnonzero(known.norms[block] == 0.0))
        answers[start : start + _QUESTIONS] = group.answers
    found = answers >= 0
    answers[found] = known.spelling_of[answers[found]]
    return answers


class _Group:
    """Some thousand questions and their best answers so far.

    The sections of a file use few words in many questions, so that cosines are computed once for
    each word and then summed (or multiplied) for each question, in small pieces that stay in cache.

    Args:
        known: The rows to answer from.
        part: int64[q, 3], rows of the words a, b, c.
        spellings: Rows of all spellings of a word, by the first.
    """

    def __init__(
        self, known: _KnownWords, part: np.ndarray, spellings: dict[int, list[int]]
    ) -> None:
        words, places = np.unique(part, return_inverse=True)
        self._targets = unit_rows(known.vectors[words], known.norms[words])
        self._places = places.reshape(part.shape)
        self.answers = np.full(len(part), -1, np.int64)
        self._best = np.full(len(part), -np.inf, np.float32)
        # The words of a question, in all spellings, are never its answer.
        excluded = [
            (question, row)
            for question, words in enumerate(part.tolist())
            for word in words
            for row in spellings.get(word, (word,))
        ]
        self._out_question, self._out_row = np.array(excluded, np.int64).reshape(-1, 2).T

    def blocks(self, size: int) -> Iterator[slice]:
        """Cut ``size`` rows so that the words' cosines with a block are 16 MB or less."""
        width = min(_BLOCK, max(256, _COSINES // max(1, len(self._targets))))
        for start in range(0, size, width):
            yield slice(start, min(start + width, size))

    def take(self, rows: np.ndarray, start: int, method: Method, empty: np.ndarray) -> None:
        """Take in a block of possible answers.

        Args:
            rows: float32[b, D] of length 1: rows ``start`` and following.
            start: The first row's number.
            method: How to score.
            empty: Which of them are all zeros, and no answer.
        """
        cosines = self._targets @ rows.T
        join, part_from, below = np.add, np.subtract, cosines
        if method == "3cosmul":
            cosines += 1
            cosines /= 2
            join, part_from, below = np.multiply, np.divide, cosines + _EPSILON
        here = (self._out_row >= start) & (self._out_row < start + len(rows))
        out_question, out_column = self._out_question[here], self._out_row[here] - start
        first, second = np.empty((2, _PIECE, len(rows)), np.float32)
        for low in range(0, len(self.answers), _PIECE):
            a, b, c = self._places[low : low + _PIECE].T
            scores, other = first[: len(a)], second[: len(a)]
            # mode="clip" makes numpy write to `out` directly; all places are within.
            np.take(cosines, b, 0, out=scores, mode="clip")
            np.take(cosines, c, 0, out=other, mode="clip")
            join(scores, other, out=scores)
            np.take(below, a, 0, out=other, mode="clip")
            part_from(scores, other, out=scores)
            scores[:, empty] = -np.inf
            inside = slice(*np.searchsorted(out_question, (low, low + len(a))))
            scores[out_question[inside] - low, out_column[inside]] = -np.inf
            column = scores.argmax(axis=1)
            top = scores[np.arange(len(a)), column]
            better = np.flatnonzero(top > self._best[low : low + len(a)])
            self._best[low + better] = top[better]
            self.answers[low + better] = column[better] + start


def _sum(name: str, scores: Sequence[SectionScore]) -> SectionScore:
    return SectionScore(
        name,
        sum(score.correct for score in scores),
        sum(score.asked for score in scores),
        sum(score.skipped_oov for score in scores),
    )


def correlation(x: np.ndarray, y: np.ndarray) -> float | None:
    """Return Pearson's correlation; ``None`` where it isn't defined."""
    if len(x) < 2 or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def _repeated(pairs: Sequence[RatedPair], known: _KnownWords) -> tuple[tuple[str, str], ...]:
    seen: set[frozenset[str]] = set()
    repeated: dict[frozenset[str], tuple[str, str]] = {}
    for pair in pairs:
        both = frozenset((known.key(pair.word1), known.key(pair.word2)))
        if both in seen:
            repeated.setdefault(both, (pair.word1, pair.word2))
        seen.add(both)
    return tuple(repeated.values())
