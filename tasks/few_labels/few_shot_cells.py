"""What few labels came to: a method with a number of labels, over many draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BASELINE = "tfidf"
"""The method without transfer that others are compared with."""


@dataclass(frozen=True)
class Cell:
    """A method with a number of labels.

    Attributes:
        method: Its name.
        shots: Labels of each class.
        accuracies: One for each draw.
        seconds: Mean time of fitting a head and telling the test texts.
    """

    method: str
    shots: int
    accuracies: tuple[float, ...]
    seconds: float

    @property
    def mean(self) -> float:
        """Mean accuracy over the draws."""
        return float(np.mean(self.accuracies))

    @property
    def sd(self) -> float:
        """Its standard deviation over the draws; NaN for one draw."""
        many = len(self.accuracies) > 1
        return float(np.std(self.accuracies, ddof=1)) if many else float("nan")

    @property
    def interval(self) -> float:
        """Half the width of the 95% confidence interval of the mean; NaN for one draw."""
        from ...models.few_labels.episodes import EpisodeScores

        return EpisodeScores(0, self.shots, self.accuracies).interval
