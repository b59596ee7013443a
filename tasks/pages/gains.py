"""What transfer gains: two models on the same test texts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...models.scores import Interval
from ...models.scoring import wilson

NORMAL = 1.96
"""Standard deviations to either side of a mean within which it is nineteen times in twenty."""


@dataclass(frozen=True)
class Gain:
    """How much one model is ahead of another.

    Attributes:
        value: Difference of the accuracies; below 0 where it is behind.
        interval: Half of its 95% interval, from the texts that one of the two gets right and the
            other doesn't. Above 0 for few texts too, of which one gets all right, or both the same.

    Source: Agresti and Min 2005 (Statistics in Medicine 24): half a text more in each of the four
    cells, right or wrong by one and by the other.
    """

    value: float
    interval: float

    @classmethod
    def of(cls, right: NDArray[np.bool_], other: NDArray[np.bool_]) -> Gain:
        """Return it from which answers of each are right, bool[N] both."""
        ahead, behind = int((right & ~other).sum()), int((other & ~right).sum())
        step, texts = ahead - behind, len(right) + 2
        spread = math.sqrt(ahead + behind + 1 - step**2 / texts) / texts
        return cls(step / len(right), NORMAL * spread)

    def __str__(self) -> str:
        return f"{100 * self.value:+.1f} ±{100 * self.interval:.1f}"


@dataclass(frozen=True)
class Rival:
    """What a task is worth without transfer.

    Attributes:
        accuracy: On the same test texts, with its 95% interval (Wilson).
        gain: How much the transfer is ahead.
        seconds: Time of its training.
        epochs: Passes over the texts; ``None`` where there are none to count.
    """

    accuracy: Interval
    gain: Gain
    seconds: float
    epochs: int | None = None


def accuracy(right: NDArray[np.bool_]) -> Interval:
    """Return the share of right answers with its 95% interval."""
    return wilson(int(right.sum()), len(right))
