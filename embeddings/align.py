"""One space of words turned onto another: what is learnt in one language serves in the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from . import csls
from .align_settings import AlignSettings, SeedWords
from .csls import Directions, Pairs, Retrieval, mutual
from .errors import ConfigurationError
from .induction import Dictionary, unlike_sizes, word_pairs
from .orthogonal import Maps, Preparation, Step, reweighted, turned
from .seed_pairs import SeedReport, Seeds, gathered, no_pairs, together
from .spelling import Neighbour
from .unaided import WORDS, first_pairs, induce
from .vectors import WordVectors

_TURNS = 2
_MOST_TURNS = 30
_GAIN = 1e-3
_TINY = np.float32(1e-30)


@dataclass(frozen=True)
class Round:
    """One turn of learning maps and finding pairs.

    Attributes:
        pairs: Pairs that the maps were learnt from.
        cosine: Their mean cosine under these maps.
    """

    pairs: int
    cosine: float


@dataclass(frozen=True, eq=False)
class Alignment:
    """Two spaces as one.

    Attributes:
        source: The source's words in the common space: vectors like any others, to save, to ask,
            to give to a vectoriser or classifier. They keep their counts and tokeniser.
        target: The target's words, likewise.
        maps: The linear part of what was done to each side.
        source_preparation: What was done to the source before.
        target_preparation: What was done to the target before.
        seeds: The pairs that learning began with, and what had to be left out.
        rounds: The turns of learning; the last gave ``maps``.
        first_maps: What the first turn gave, to see what the others brought.
        notes: What a person should know about the result, in sentences.
        settings: How it was learnt.
    """

    source: WordVectors
    target: WordVectors
    maps: Maps
    source_preparation: Preparation
    target_preparation: Preparation
    seeds: SeedReport
    rounds: tuple[Round, ...]
    first_maps: Maps
    notes: tuple[str, ...]
    settings: AlignSettings

    def map_source(self, rows: Any) -> np.ndarray:
        """Return float32[n, D], vectors of the source's own space in the common one.

        For words that were not in the vocabulary, say: ``vectors[["unseen"]]`` composed of n-grams.

        Args:
            rows: float32[n, D] as in the vectors that were given to :func:`align`.
        """
        return _mapped(self.source_preparation, self.maps.source, rows)

    def map_target(self, rows: Any) -> np.ndarray:
        """Return float32[n, D], vectors of the target's own space in the common one."""
        return _mapped(self.target_preparation, self.maps.target, rows)

    def translate(
        self, words: Sequence[str], *, topn: int = 1, retrieval: Retrieval = "csls"
    ) -> list[list[Neighbour]]:
        """Return the target's words nearest to each word of the source.

        Args:
            words: Words of the source.
            topn: How many for each.
            retrieval: "csls" takes hubs back, at the cost of one look from all words of the target
                at all of the source; its scores are cosines less what both words have with their
                nearest anyway. "nearest" is the plain cosine.

        Raises:
            UnknownWordError: A word isn't in the source's vocabulary.
            ConfigurationError: ``retrieval`` is neither, or ``topn`` is below 1.
        """
        problems = [] if topn >= 1 else [f"topn must be at least 1, found {topn}"]
        if retrieval not in csls.RETRIEVALS:
            problems.append(
                f"retrieval must be one of {', '.join(csls.RETRIEVALS)}, found {retrieval!r}"
            )
        if problems:
            raise ConfigurationError(*problems)
        rows = self.source.rows_of(words)
        queries, answers = Directions(self.source.vectors[rows]), Directions(self.target.vectors)
        own, penalties = np.zeros(len(rows), np.float32), None
        if retrieval == "csls":
            k = self.settings.neighbours
            penalties = csls.neighbourhood(answers, Directions(self.source.vectors), k)
            own = csls.neighbourhood(queries, answers, k)
        found = csls.translations(queries, answers, topn, penalties=penalties)
        names = self.target.index_to_key
        return [
            [
                Neighbour(names[row], float(score) - around)
                for row, score in zip(one.rows.tolist(), one.scores, strict=True)
            ]
            for one, around in zip(found, own.tolist(), strict=True)
        ]

    def joined(self, source: str = "source", target: str = "target") -> WordVectors:
        """Return both vocabularies as one, each word with its language before it: ``en:house``.

        Args:
            source: Prefix of the source's words; a colon follows it.
            target: Prefix of the target's.

        Returns:
            Vectors of all words: the most frequent first where both know how often their words
            stood, else in turn. No tokeniser is remembered: none gives such words.

        Raises:
            ConfigurationError: The prefixes are equal, or one is empty.
        """
        if source == target or not source or not target:
            raise ConfigurationError(
                f"expected two different prefixes, not empty, found {source!r} and {target!r}"
            )
        sides = (self.source, self.target)
        words = [
            f"{name}:{word}"
            for name, side in zip((source, target), sides, strict=True)
            for word in side.index_to_key
        ]
        rows = np.concatenate([side.vectors for side in sides])
        known = [side.counts for side in sides if side.counts is not None]
        counts = np.concatenate(known) if len(known) == len(sides) else None
        places = [np.arange(len(side)) for side in sides]
        order = np.argsort(np.concatenate(places) if counts is None else -counts, kind="stable")
        return WordVectors(
            [words[i] for i in order.tolist()],
            rows[order],
            counts=None if counts is None else counts[order],
            metadata={
                "aligned": {"prefixes": [source, target]},
                "source": self.source.metadata,
                "target": self.target.metadata,
            },
        )


def align(
    source: WordVectors,
    target: WordVectors,
    dictionary: Dictionary | None = None,
    *,
    seed_words: SeedWords | None = None,
    normalize: Sequence[Step] = ("unit", "center", "unit"),
    refinements: int | None = None,
    reweight: float | None = None,
    neighbours: int = 10,
    induction_words: int = 20_000,
    seed: int = 1,
    progress: Callable[[Round], None] | None = None,
) -> Alignment:
    """Learn where two spaces of words meet, from pairs of words that mean the same.

    A rotation is learnt from the pairs (orthogonal Procrustes). Then, ``refinements`` times, words
    that are each other's best translation (by CSLS) join the pairs, and it is learnt again. Pairs
    of a dictionary stay; what identical strings or the unaided start began with is given up for
    what was found.

    Args:
        source: Vectors of the one language, V words.
        target: Of the other, U words, as long as the source's.
        dictionary: Pairs (source word, target word), or a file as MUSE writes it. Words are
            compared as they stand: a dictionary in lower case doesn't know ``Paris``.
        seed_words: What to begin with beside or in place of a dictionary. "identical": words
            written alike on both sides, numerals and names most of them. "unsupervised": nothing
            but how the words of each side lie towards each other.
        normalize: What is done to each side first: "unit" scales rows to length 1, "center"
            subtracts their mean.
        refinements: Turns of finding pairs and learning again; ``None`` is 2 with a dictionary, and
            as many as bring something without.
        reweight: ``None`` turns and does nothing else: cosines within a language stay as they were.
            A number whitens both sides, stretches by the correlations to this power, and takes the
            whitening back; 0.5 is usual.
        neighbours: Cosines that CSLS takes the mean of.
        induction_words: Pairs are looked for among so many of the first rows of each side.
        seed: Of the draws of the unsupervised start; nothing else is left to chance.
        progress: Called after each turn.

    Returns:
        Both spaces mapped, the maps, and the counts of pairs.

    Raises:
        ConfigurationError: There is nothing to begin with (no dictionary and no ``seed_words``),
            the lengths of vectors differ, a setting is impossible, or no pair is of use: says how
            many were given and which side doesn't know them.
        EvaluationDataError: The dictionary's file breaks its format; names file and line.
        VectorFormatError: A mapped file has NaN or an infinite number.

    Source: Artetxe, Labaka and Agirre 2017 (ACL), "Learning bilingual word embeddings with (almost)
    no bilingual data"; 2018 (AAAI) for reweighting; 2018 (ACL), arXiv:1805.06297, for the unaided
    start; Conneau et al. 2018, arXiv:1710.04087, for CSLS.

    Example:
        >>> here = WordVectors(["sun", "sea", "oak"], [[1, 0.2], [0, 1], [-1, 0.3]])
        >>> there = WordVectors(["sol", "mar", "roble"], [[0.2, -1], [1, 0], [0.3, 1]])
        >>> found = align(here, there, [("sun", "sol"), ("oak", "roble")])
        >>> found.translate(["sea"])[0][0].word
        'mar'
    """
    settings = AlignSettings(
        seed_words=seed_words,
        normalize=tuple(normalize),
        refinements=refinements,
        reweight=reweight,
        neighbours=neighbours,
        induction_words=induction_words,
        seed=seed,
    )
    problems = settings.problems()
    if dictionary is None and seed_words is None:
        problems.append(
            'nothing to begin with: give a dictionary, or seed_words="identical" or "unsupervised"'
        )
    if dictionary is not None and seed_words == "unsupervised":
        problems.append('seed_words="unsupervised" takes no dictionary: leave one of them out')
    if source.vector_size != target.vector_size:
        problems.append(unlike_sizes(source, target))
    if problems:
        raise ConfigurationError(*problems)
    pairs = None if dictionary is None else word_pairs(dictionary)
    learner = _Learner(source, target, settings, progress)
    if seed_words == "unsupervised":
        seeds = learner.unaided()
    else:
        seeds = gathered(source, target, pairs, identical=seed_words == "identical")
    maps = learner.learn(seeds)
    return learner.alignment(maps, seeds)


class _Learner:
    """Two spaces, prepared, and the turns of learning so far.

    Raises:
        ConfigurationError: A side has nothing but zeros.
    """

    def __init__(
        self,
        source: WordVectors,
        target: WordVectors,
        settings: AlignSettings,
        progress: Callable[[Round], None] | None,
    ) -> None:
        for name, side in (("source", source), ("target", target)):
            if not side.norms.any():
                raise ConfigurationError(f"all vectors of the {name} are zeros: nothing to align")
        self.given = source, target
        self.settings = settings
        self.progress = progress
        prepared = [Preparation.of(side.vectors, settings.normalize) for side in self.given]
        self.preparations = tuple(preparation for preparation, _ in prepared)
        self.rows = prepared[0][1], prepared[1][1]
        self.rounds: list[Round] = []
        self.first_maps: Maps | None = None

    def unaided(self) -> Seeds:
        """Find pairs by nothing but the shapes of the spaces."""
        size, k = min(WORDS, self.settings.induction_words), self.settings.neighbours
        source, target = self.rows
        first = first_pairs(source, target, neighbours=k)
        found = induce(
            source[:size],
            target[:size],
            first,
            self._turned,
            neighbours=k,
            seed=self.settings.seed,
        )
        return Seeds(no_pairs(), found, SeedReport(kind="unsupervised"))

    def learn(self, seeds: Seeds) -> Maps:
        """Learn maps and find pairs by turns, and maps once more from the last pairs."""
        turns = self.settings.refinements
        if turns is None and len(seeds.kept):
            turns = _TURNS
        pairs, best = together(seeds.kept, seeds.first), -np.inf
        maps = self._turned(pairs)
        for _ in range(_MOST_TURNS if turns is None else turns):
            reached = len(pairs) * self.rounds[-1].cosine
            if turns is None and reached < best * (1 + _GAIN):
                break
            best = reached
            pairs = together(seeds.kept, self._found(maps))
            maps = self._turned(pairs)
        if self.settings.reweight is None:
            return maps
        return reweighted(*self._partners(pairs), self.settings.reweight)

    def _turned(self, pairs: Pairs) -> Maps:
        source, target = self._partners(pairs)
        maps = turned(source, target)
        cosines = np.vecdot(source @ maps.source.astype(np.float32), target)
        lengths = np.linalg.norm(source, axis=1) * np.linalg.norm(target, axis=1)
        cosines /= np.maximum(lengths, _TINY)
        self.rounds.append(Round(len(pairs), float(cosines.mean())))
        self.first_maps = self.first_maps or maps
        if self.progress is not None:
            self.progress(self.rounds[-1])
        return maps

    def _partners(self, pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
        source, target = self.rows
        return source[pairs.source], target[pairs.target]

    def _found(self, maps: Maps) -> Pairs:
        size = self.settings.induction_words
        sides = zip(self.rows, (maps.source, maps.target), strict=True)
        here, there = (
            Directions((rows[:size] @ matrix).astype(np.float32)) for rows, matrix in sides
        )
        return mutual(here, there, neighbours=self.settings.neighbours)

    def alignment(self, maps: Maps, seeds: Seeds) -> Alignment:
        """Return the result."""
        matrices = (maps.source, maps.target)
        mapped = [
            _moved(side, rows, matrix, self.settings)
            for side, rows, matrix in zip(self.given, self.rows, matrices, strict=True)
        ]
        return Alignment(
            source=mapped[0],
            target=mapped[1],
            maps=maps,
            source_preparation=self.preparations[0],
            target_preparation=self.preparations[1],
            seeds=seeds.report,
            rounds=tuple(self.rounds),
            first_maps=self.first_maps or maps,
            notes=tuple(self._notes(seeds)),
            settings=self.settings,
        )

    def _notes(self, seeds: Seeds) -> Iterator[str]:
        size, pairs = self.given[0].vector_size, len(seeds.kept) + len(seeds.first)
        if pairs < size:
            yield (
                f"{pairs:,} pairs are fewer than the {size} numbers of a vector: they leave part "
                "of the rotation open, and only what was found in refinements decides there. Test "
                "it, or give more pairs"
            )
        if any(side.subwords is not None for side in self.given):
            yield (
                "vectors of n-grams were left behind: the mapped vectors have the vocabulary's "
                "words only. map_source and map_target map what unknown words are composed to"
            )


def _moved(
    side: WordVectors, rows: np.ndarray, matrix: np.ndarray, settings: AlignSettings
) -> WordVectors:
    metadata = side.metadata
    note = {"name": "align", **asdict(settings)}
    return WordVectors(
        side.index_to_key,
        (rows @ matrix).astype(np.float32),
        counts=side.counts,
        tokenizer=side.tokenizer,
        metadata=metadata | {"transforms": [*metadata.get("transforms", []), note]},
    )


def _mapped(preparation: Preparation, matrix: np.ndarray, rows: Any) -> np.ndarray:
    return (preparation.apply(np.asarray(rows, np.float32)) @ matrix).astype(np.float32)
