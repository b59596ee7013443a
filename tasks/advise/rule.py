"""When and how to fine-tune: from measures of some data to one of four ways, and why.

The rule was written, and its borders set, on data that no case of ``benchmarks/advice.py`` is of:
see ``docs/transfer.md``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

Way: TypeAlias = Literal["frozen", "tuned", "staged", "scratch"]
WAYS: tuple[Way, ...] = get_args(Way)
Size: TypeAlias = Literal["small", "large"]
Nearness: TypeAlias = Literal["similar", "different"]

LARGE = 1000
"""Labelled texts from which data are large."""
LIKE, COVERED = 0.72, 0.8
"""Likeness of words, and share of words that have a vector, from which data are similar to what the
vectors were trained on."""
FAR = 1.7
"""Proxy A-distance, where a source is given, from which data are different."""
GAP = 0.02
"""Accuracy by which words alone must be ahead of the mean vectors for the vectors to have missed
something that they must learn from the first step."""
UNKNOWN = 0.5
"""Share of words with a vector below which the vectors don't know the language of the data."""


@dataclass(frozen=True, kw_only=True)
class Measures:
    """What was measured of labelled texts and vectors.

    Attributes:
        texts: Labelled texts.
        classes: Classes.
        fewest: Texts of the rarest class.
        words: Words in all texts.
        words_per_text: Mean.
        covered_tokens: Share of the words that have a vector.
        covered_types: Share of the different words that have.
        likeness: Of the distribution of words to that of the vectors' corpus, about 1 for the same
            (:class:`.WordOverlap`); ``nan`` where the vectors have no counts.
        distance: Proxy A-distance to the source texts, 0 to 2; ``nan`` where none are given.
        log_evidence: LogME of the mean vectors of the texts.
        log_evidence_chance: The same with the labels shuffled: what chance explains.
        frozen_right: Accuracy, in folds, of a logistic regression on the mean vectors: what the
            lowest layer is worth as it is.
        words_right: Likewise on TF-IDF of words, without vectors.
        chance_right: Share of the most frequent class.
    """

    texts: int
    classes: int
    fewest: int
    words: int
    words_per_text: float
    covered_tokens: float
    covered_types: float
    likeness: float
    distance: float
    log_evidence: float
    log_evidence_chance: float
    frozen_right: float
    words_right: float
    chance_right: float

    @property
    def size(self) -> Size:
        """Small or large."""
        return "large" if self.texts >= LARGE else "small"

    @property
    def nearness(self) -> Nearness:
        """Similar to what the vectors were trained on, or different."""
        if self.covered_tokens < COVERED:
            return "different"
        if not math.isnan(self.distance):
            return "similar" if self.distance < FAR else "different"
        if math.isnan(self.likeness):
            return "similar"
        return "similar" if self.likeness >= LIKE else "different"

    @property
    def gap(self) -> float:
        """How much more the words say of the labels than the vectors do as they are; or ``nan``."""
        return self.words_right - self.frozen_right

    @property
    def gain(self) -> float:
        """How much more the mean vectors explain of the labels than chance would."""
        return self.log_evidence - self.log_evidence_chance


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of the table of size and similarity.

    Attributes:
        size: "small" or "large".
        nearness: "similar" or "different".
        way: What to do.
        rates: Learning rate of what is new, and of what is carried over.
        layer: Which layer a head without training takes (:class:`.FeatureCache`): the last where
            model and data are alike, a lower one where they aren't.
        why: One sentence.
    """

    size: Size
    nearness: Nearness
    way: Way
    rates: tuple[float, float]
    layer: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What to do with some data, and why.

    Attributes:
        cell: The cell of the table that the data are in.
        way: What to do: the cell's, unless the measures say otherwise.
        settings: Arguments of :class:`.TextClassifier` for it.
        reasons: Sentences, the most important first.
        measures: What was measured.
        table: All four cells.
    """

    cell: Cell
    way: Way
    settings: dict[str, Any]
    reasons: tuple[str, ...]
    measures: Measures
    table: tuple[Cell, ...]


RATE, FACTOR = 2e-3, 2.0
"""Rate of what is new, and how much slower what is carried over learns ("staged"): those that
:class:`.TextClassifier` has."""

TABLE: tuple[Cell, ...] = (
    Cell(
        size="small",
        nearness="similar",
        way="staged",
        rates=(RATE, RATE / FACTOR),
        layer="last",
        why="few labels on familiar words: the new parts learn first, on vectors that already mean "
        "the right thing, and then the vectors move slowly",
    ),
    Cell(
        size="small",
        nearness="different",
        way="tuned",
        rates=(RATE, RATE),
        layer="embedding",
        why="few labels on words used otherwise: the vectors must move from the first step; what "
        "is taken without training comes from earlier layers, which are less of another task",
    ),
    Cell(
        size="large",
        nearness="similar",
        way="staged",
        rates=(RATE, RATE / FACTOR),
        layer="last",
        why="many labels on familiar words: everything may learn, and what is good already learns "
        "more slowly",
    ),
    Cell(
        size="large",
        nearness="different",
        way="tuned",
        rates=(RATE, RATE),
        layer="encoder",
        why="many labels on words used otherwise: begin from the vectors, which beats random "
        "ones, and let them go at full rate",
    ),
)
"""What to do by size and similarity."""


def recommend(measures: Measures) -> Advice:
    """Return what to do with data of which these things were measured.

    The cell of size and similarity decides, unless more is known:

    * Vectors that know less than half of the words aren't worth carrying where there are many
      labels ("scratch"), and must at least move where there are few ("tuned").
    * Where words alone are right more often than the mean vectors (by :data:`GAP`), the vectors
      miss what the labels are about, and learn from the first step ("tuned"); where they aren't,
      what the vectors know is worth keeping, and learns last and slowly ("staged").
    """
    cell = next(
        cell for cell in TABLE if (cell.size, cell.nearness) == (measures.size, measures.nearness)
    )
    way, reasons = cell.way, [cell.why]
    if measures.covered_tokens < UNKNOWN:
        way = "scratch" if measures.size == "large" else "tuned"
        reasons = [_about_unknown(measures, way)]
    elif not math.isnan(measures.gap):
        way = "tuned" if measures.gap >= GAP else "staged"
        if way != cell.way:
            reasons = [_about_gap(measures, cell)]
    reasons += [_about_size(measures), _about_nearness(measures), _about_features(measures)]
    settings: dict[str, Any] = {"embeddings": way, "rate": RATE}
    if way == "staged":
        settings["factor"] = FACTOR
    return Advice(
        cell=cell,
        way=way,
        settings=settings,
        reasons=tuple(reasons),
        measures=measures,
        table=TABLE,
    )


def _about_unknown(measures: Measures, way: Way) -> str:
    so = (
        "the many labels teach more than the vectors know"
        if way == "scratch"
        else "what the vectors say must be learnt over"
    )
    return f"only {measures.covered_tokens:.0%} of the words have a vector, so that {so}"


def _about_gap(measures: Measures, cell: Cell) -> str:
    usual = f"the cell's own way is {cell.way}"
    if measures.gap >= GAP:
        return (
            f"words alone say more of these labels than the vectors as they are, by "
            f"{100 * measures.gap:.1f} points, so that the vectors must move from the first step "
            f"({usual})"
        )
    return (
        "the vectors as they are say as much of these labels as the words do, so that they are "
        f"worth keeping: they learn last and slowly ({usual})"
    )


def _about_size(measures: Measures) -> str:
    each = f"{measures.fewest:,} of the rarest class"
    return (
        f"the data are {measures.size}: {measures.texts:,} labelled texts, {each} (large from "
        f"{LARGE:,})"
    )


def _about_nearness(measures: Measures) -> str:
    told = [f"{measures.covered_tokens:.1%} of the words have a vector"]
    if not math.isnan(measures.distance):
        told.append(f"the proxy A-distance to the source is {measures.distance:.2f} of 2")
    if not math.isnan(measures.likeness):
        told.append(
            f"words are used as often as in the vectors' corpus to {measures.likeness:.2f} "
            f"(similar from {LIKE})"
        )
    return f"the data are {measures.nearness} to what the vectors were trained on: " + "; ".join(
        told
    )


def _about_features(measures: Measures) -> str:
    frozen, words = measures.frozen_right, measures.words_right
    if math.isnan(frozen) or math.isnan(words):
        return "a class has a single text: how good frozen features are can't be told in folds"
    better = "more" if frozen > words else "less" if measures.gap >= GAP else "as much"
    than = "as much as the words" if better == "as much" else f"{better} than the words"
    return (
        f"a linear head on the mean vectors is right in {frozen:.1%}, on words without vectors in "
        f"{words:.1%}: frozen features alone know {than}; LogME is "
        f"{measures.gain:+.3f} over chance"
    )
