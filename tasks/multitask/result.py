"""What several tasks learnt together are worth, for JSON, terminal and page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ...models.scores import Interval
from ..pages.gains import Rival


@dataclass(frozen=True)
class TaskScore:
    """One task.

    Attributes:
        task: Its name.
        source: Name of its texts.
        test: Name of the texts it was tested on.
        classes: Their names.
        texts: How many were learnt from.
        test_texts: How many it was tested on.
        accuracy: With its 95% interval (Wilson).
        most_frequent: Accuracy of always naming the class that is most frequent in the test texts.
        without: The same without transfer; ``None`` where it wasn't asked for.
    """

    task: str
    source: str
    test: str
    classes: tuple[str, ...]
    texts: int
    test_texts: int
    accuracy: Interval
    most_frequent: float
    without: Rival | None


@dataclass(frozen=True)
class MultiTaskResult:
    """Several tasks, learnt together.

    Attributes:
        tasks: In the order of their heads.
        vectors: File of the word vectors; ``None`` without any.
        temperature: How tasks of unequal size were met.
        weights: What a label of a task counted, where it wasn't 1.
        settings: Other settings that were given.
        epochs: Passes over the texts of all tasks.
        losses: Mean loss of each.
        train_seconds: Time of them.
        reading: What was found while reading, a sentence a task.
        notes: What a person should know.
        seconds: Time of everything.
        output: The folder.
    """

    tasks: tuple[TaskScore, ...]
    vectors: str | None
    temperature: float | Literal["inf"]
    weights: Mapping[str, float]
    settings: Mapping[str, Any]
    epochs: int
    losses: tuple[float, ...]
    train_seconds: float
    reading: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: float
    output: str


@dataclass(frozen=True)
class AddedResult:
    """One task more on a network that stays as it is.

    Attributes:
        task: The new one; without transfer are TF-IDF and logistic regression.
        model: Folder of the model before.
        before: Names of its tasks, which answer as they did.
        head_seconds: Time of the new head, with reading the texts.
        network_seconds: Time that the network's training had taken.
        reading: What was found while reading.
        notes: What a person should know.
        seconds: Time of everything.
        output: The folder.
    """

    task: TaskScore
    model: str
    before: tuple[str, ...]
    head_seconds: float
    network_seconds: float
    reading: str
    notes: tuple[str, ...]
    seconds: float
    output: str
