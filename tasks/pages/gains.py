"""What transfer gains: two models on the same test texts."""

from __future__ import annotations

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
            other doesn't; ``None`` for a single text.
    """

    value: float
    interval: float | None

    @classmethod
    def of(cls, right: NDArray[np.bool_], other: NDArray[np.bool_]) -> Gain:
        """Return it from which answers of each are right, bool[N] both."""
        steps = right.astype(np.float64) - other.astype(np.float64)
        if len(steps) < 2:
            return cls(float(steps.mean()), None)
        return cls(float(steps.mean()), float(NORMAL * steps.std(ddof=1) / np.sqrt(len(steps))))

    def __str__(self) -> str:
        width = "" if self.interval is None else f" ±{100 * self.interval:.1f}"
        return f"{100 * self.value:+.1f}{width}"


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
