"""What adapting to a domain found, for JSON, terminal and page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ABOUT: Mapping[str, str] = {
    "none": "learnt from the source, used on the target as it is",
    "vectors": "likewise, with vectors that went on learning on both domains' texts",
    "idf": "words weighed by how rare they are in both domains",
    "standardise": "each domain standardised by itself",
    "coral": "the source given the target's covariance",
    "subspace": "the source's main axes turned to the target's",
    "weights": "texts of the source counted by how much they are like the target's",
    "self-training": "then learnt from its own surest answers",
    "denoise": "words of one domain told by those of both",
    "denoise+self-training": "both of these",
    "adversarial": "a network that unlearns which domain a text is of",
    "denoise+adversarial": "words told by those of both, then that network",
    "metric": "a metric learnt from pairs across the domains",
    "pivots": "what foretells words that mean the same in both domains",
    "network": "the recurrent network on the vectors, which it tunes",
}
"""What each way of adapting does, in half a sentence."""


@dataclass(frozen=True)
class Way:
    """One way of adapting.

    Attributes:
        name: Its name.
        about: What it does.
        reverse: Accuracy of the way back on held-out texts of the source: what it is chosen by.
        deviation: Of that over the folds.
        source: Accuracy of the way there on the same texts.
        shares: Of each class among its answers for the target, mean of the folds.
        accuracy: On the target's labelled texts; ``None`` where there are none.
    """

    name: str
    about: str
    reverse: float
    deviation: float
    source: float
    shares: tuple[float, ...]
    accuracy: float | None


@dataclass(frozen=True)
class AdaptResult:
    """What was found, as ``adaptation.json`` has it.

    Attributes:
        source: Name of the labelled texts' source.
        target: Likewise of the texts to classify.
        vectors: File of the word vectors; ``None`` without any.
        continued: Passes for which they went on learning on both domains' texts.
        stayed: Why they didn't, where they would have; ``None`` else.
        source_texts: How many labelled texts there are.
        target_texts: How many there are to classify.
        labelled: How many of these have a label, to score by.
        classes: Names of the classes, in order.
        methods: Names of the ways that answer together, the best first.
        ways: All of them, no adaptation first.
        accuracy: Of these answers on the target's labelled texts; ``None`` where there are none.
        predicted: Share of each class among the answers.
        changed: Texts of the target whose class isn't the one that no adaptation gives.
        reading: What was found while reading, as a sentence.
        seconds: Time taken.
        output: The folder.
    """

    source: str
    target: str
    vectors: str | None
    continued: int
    stayed: str | None
    source_texts: int
    target_texts: int
    labelled: int
    classes: tuple[str, ...]
    methods: tuple[str, ...]
    ways: tuple[Way, ...]
    accuracy: float | None
    predicted: Mapping[str, float]
    changed: int
    reading: str
    seconds: float
    output: str

    def way(self, name: str) -> Way:
        """Return a way by its name."""
        return next(one for one in self.ways if one.name == name)


@dataclass(frozen=True)
class Prediction:
    """An answer for a text of the target.

    Attributes:
        id: Name of the text.
        label: Its class.
        probability: Of that class.
        without_adaptation: The class that no adaptation gives.
    """

    id: str
    label: str
    probability: float
    without_adaptation: str


@dataclass(frozen=True)
class Change:
    """A text whose class adapting changed.

    Attributes:
        id: Its name.
        text: Its beginning.
        before: Class without adaptation.
        after: Class with it.
        probability: Of the latter.
    """

    id: str
    text: str
    before: str
    after: str
    probability: float


@dataclass(frozen=True)
class AdaptRun:
    """A result, and what its page shows beside it.

    Attributes:
        result: What was found.
        changes: Texts whose class changed.
    """

    result: AdaptResult
    changes: tuple[Change, ...]
