"""What classes with and without labelled texts came to, as values: for the page and the JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.few_labels.generalised import GeneralisedScores
from ..cluster.result import Example
from ..reading.documents import Documents

LABELS, NAMES, REFINED = "labels alone", "names alone", "names, refined on texts"
"""Ways without what the others have: without names, without labels, and that refined."""


@dataclass(frozen=True)
class NamedClass:
    """One class.

    Attributes:
        label: What it is called.
        words: Words of its name or description that have a vector.
        unknown: Those that have none.
        labelled: Its labelled texts; 0 for a class never seen.
        documents: How many were put in it.
        share: Of all documents.
        by_names: How many the names alone, refined, put in it.
        examples: Documents that are surest, with how far the class is ahead of the next.
        labels: Known labels of its documents, the most frequent first; empty without any.
    """

    label: str
    words: tuple[str, ...]
    unknown: tuple[str, ...]
    labelled: int
    documents: int
    share: float
    by_names: int
    examples: tuple[Example, ...]
    labels: Mapping[str, int]


@dataclass(frozen=True)
class UnseenWay:
    """A way to answer, and how well it does.

    Attributes:
        name: What it is.
        unseen_share: Share of the documents that it puts in classes never seen.
        accuracy: Share of the documents with a known label that are right; ``None`` without labels.
        scores: Of seen and unseen classes; ``None`` where documents of either are lacking.
    """

    name: str
    unseen_share: float
    accuracy: float | None
    scores: GeneralisedScores | None


@dataclass(frozen=True)
class UnseenResult:
    """What was found, as ``unseen-classes.json`` has it.

    Attributes:
        source: Name of the documents' source.
        labelled: Name of the labelled texts' source.
        vectors: File of the word vectors.
        documents: How many there are.
        known: How many have a known label that is one of the classes.
        labelled_texts: Texts that were learnt from.
        settings: Which decide the answers.
        penalty: What was taken off the scores of seen classes.
        classes: Those seen and those unseen, in the order given.
        ways: Without names, without labels, and with both; the answers are those of the last.
        confusion: Documents by known label (rows) and class; empty without labels.
        reading: What was found in the texts, as a sentence.
        notes: What a person should know, as sentences.
        seconds: Time taken.
        output: The folder.
    """

    source: str
    labelled: str
    vectors: str
    documents: int
    known: int
    labelled_texts: int
    settings: Mapping[str, Any]
    penalty: float
    classes: tuple[NamedClass, ...]
    ways: tuple[UnseenWay, ...]
    confusion: tuple[tuple[int, ...], ...]
    reading: str
    notes: tuple[str, ...]
    seconds: float
    output: str


@dataclass(frozen=True, eq=False)
class UnseenRun:
    """A result, and what it was made of.

    Attributes:
        result: What was found.
        documents: What was classified.
        answers: int64[N], places of the classes.
        scores: float64[N, C], of all classes, the penalty taken off.
        by_names: int64[N], what the names alone, refined, say.
    """

    result: UnseenResult
    documents: Documents
    answers: NDArray[np.int64]
    scores: NDArray[np.float64]
    by_names: NDArray[np.int64]
