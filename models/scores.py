"""What scoring finds, as frozen dataclasses of plain Python values that JSON can hold."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Interval:
    """A share with its Wilson interval.

    Attributes:
        value: The share itself.
        low: Lower end.
        high: Upper end.
        confidence: How often such an interval holds the true share.
    """

    value: float
    low: float
    high: float
    confidence: float

    def __str__(self) -> str:
        return f"{self.value:.2%} ({self.low:.2%} to {self.high:.2%})"


@dataclass(frozen=True)
class ClassScore:
    """One class against all others.

    Attributes:
        name: The class.
        precision: Share of texts called so that are so; 0 where none is called so.
        recall: Share of texts that are so that are called so; 0 where none is so.
        f1: Harmonic mean of both.
        texts: Texts that are so.
        predicted: Texts called so.
    """

    name: str
    precision: float
    recall: float
    f1: float
    texts: int
    predicted: int


@dataclass(frozen=True)
class Roc:
    """One class's curve: how much is found (``found``) at the cost of what false alarms.

    Attributes:
        name: The class.
        auc: Area under the whole curve: the chance that a text of the class gets a higher
            probability than another one.
        false_alarms: Share of other texts called so, growing.
        found: Share of the class's texts called so, growing.
    """

    name: str
    auc: float
    false_alarms: tuple[float, ...]
    found: tuple[float, ...]


@dataclass(frozen=True)
class ReliabilityBin:
    """Predictions of about the same confidence.

    Attributes:
        low: Confidence from here,
        high: up to here.
        texts: Predictions with such a confidence.
        confidence: Their mean confidence.
        accuracy: Share of them that are right.
    """

    low: float
    high: float
    texts: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """Whether "90% sure" is right nine times out of ten.

    Attributes:
        ece: Expected calibration error: mean distance of confidence and accuracy over bins of
            equal width, weighted by their texts (Guo et al. 2017, arXiv:1706.04599, eq. 3).
        bins: The bins that hold texts.
        log_loss: Mean of -log of the probability given to the true class, in nats.
        brier: Mean squared distance of the probabilities from the truth, summed over classes.
    """

    ece: float
    bins: tuple[ReliabilityBin, ...]
    log_loss: float
    brier: float


@dataclass(frozen=True)
class Wrong:
    """A prediction that missed.

    Attributes:
        place: Place of the text among those scored, from 0.
        truth: What is true.
        predicted: What was predicted.
        confidence: Probability given to what was predicted; for ratings the distance.
        text: The text's beginning, where texts were given.
    """

    place: int
    truth: str
    predicted: str
    confidence: float
    text: str | None


class Scores:
    """What all three kinds of scores can do."""

    def to_json(self) -> dict[str, Any]:
        """Return the scores in the types JSON has; not-a-number becomes ``None``."""
        return to_json(self)


@dataclass(frozen=True)
class ClassificationScores(Scores):
    """Everything about one label a text.

    Attributes:
        texts: Texts scored.
        right: Texts whose most probable class is the true one.
        accuracy: Their share, with its interval.
        most_frequent: Accuracy of always naming the class that is most frequent here.
        f1_macro: Mean F1 of the classes that occur or are predicted.
        classes: Class by class.
        confusion: Texts by true class (rows) and predicted class (columns).
        roc: One curve for two classes (of the second), else one per class that can have one.
        calibration: Of the probability given to the predicted class.
        most_wrong: The most confident mistakes first.
    """

    texts: int
    right: int
    accuracy: Interval
    most_frequent: float
    f1_macro: float
    classes: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    roc: tuple[Roc, ...]
    calibration: Calibration
    most_wrong: tuple[Wrong, ...]


@dataclass(frozen=True)
class MultilabelScores(Scores):
    """Everything about several labels a text.

    Attributes:
        texts: Texts scored.
        exact: Share of texts with exactly the right labels, with its interval.
        f1_micro: F1 over all decisions together.
        f1_macro: Mean F1 of the labels.
        threshold: Probability from which a label counts as predicted.
        classes: Label by label.
        roc: One curve per label that can have one.
    """

    texts: int
    exact: Interval
    f1_micro: float
    f1_macro: float
    threshold: float
    classes: tuple[ClassScore, ...]
    roc: tuple[Roc, ...]


@dataclass(frozen=True)
class RatingScores(Scores):
    """Everything about a number a text.

    Attributes:
        texts: Texts scored.
        mae: Mean absolute error.
        rmse: Root of the mean squared error.
        r2: Share of the variance explained; ``nan`` where all true ratings are equal.
        spearman: Rank correlation; ``nan`` where either side is constant.
        median_mae: Mean absolute error of always naming the median of the true ratings.
        most_wrong: The largest distances first.
    """

    texts: int
    mae: float
    rmse: float
    r2: float
    spearman: float
    median_mae: float
    most_wrong: tuple[Wrong, ...]


def to_json(value: Any) -> Any:
    """Return dataclasses as objects and tuples as lists; not-a-number becomes ``None``."""
    if dataclasses.is_dataclass(value):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
