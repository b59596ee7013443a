"""What advice came to: the way advised, and how it did beside the others."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ...models.scores import to_json
from ..classify.comparison import Comparison
from .rule import WAYS, Advice, Way

WITHIN = 0.01
"""Accuracy that advice may stay behind the best way and still count as right."""


@dataclass(frozen=True)
class Trial:
    """What became of one way on the held-out texts.

    Attributes:
        way: "frozen", "tuned", "staged" or "scratch".
        accuracy: Mean over the seeds.
        seconds: Mean time of training.
    """

    way: Way
    accuracy: float
    seconds: float


@dataclass(frozen=True)
class Verdict:
    """Whether the advice was right.

    Attributes:
        trials: All ways, best first.
        chosen: The way advised.
        accuracy: Its accuracy.
        best: The best way.
        best_accuracy: Its accuracy.
        right: Whether the advice stays behind the best by no more than a point.
        test_texts: Texts they were tried on.
        seeds: Trainings of each.
    """

    trials: tuple[Trial, ...]
    chosen: Way
    accuracy: float
    best: Way
    best_accuracy: float
    right: bool
    test_texts: int
    seeds: int

    @classmethod
    def of(cls, comparison: Comparison, chosen: Way) -> Verdict:
        """Judge advice by a comparison of all ways."""
        trials = sorted(
            (
                Trial(way, point.accuracy, point.fit_seconds)
                for point in comparison.points()
                for way in WAYS
                if way == point.method
            ),
            key=lambda trial: -trial.accuracy,
        )
        own = next(trial.accuracy for trial in trials if trial.way == chosen)
        best = trials[0]
        return cls(
            trials=tuple(trials),
            chosen=chosen,
            accuracy=own,
            best=best.way,
            best_accuracy=best.accuracy,
            right=own >= best.accuracy - WITHIN - 1e-9,
            test_texts=int(comparison.about["test_texts"]),
            seeds=len({row.seed for row in comparison.rows}),
        )

    def __str__(self) -> str:
        found = f"advised: {self.chosen}, {self.accuracy:.2%}; best: {self.best}"
        told = "right" if self.right else "wrong"
        return (
            f"{found}, {self.best_accuracy:.2%}, on {self.test_texts:,} held-out texts, "
            f"{self.seeds} seed(s): the advice was {told} (within {100 * WITHIN:.0f} point)"
        )


@dataclass(frozen=True)
class Advised:
    """What ``wordgraft advise`` found.

    Attributes:
        name: Of the data.
        vectors: Name of the file of vectors.
        advice: What to do, and why.
        verdict: Whether that was right; ``None`` where nothing was tried.
    """

    name: str
    vectors: str
    advice: Advice
    verdict: Verdict | None = None

    def to_json(self) -> dict[str, Any]:
        """Return everything in the types JSON has."""
        measures = self.advice.measures
        own = asdict(self)
        own["advice"]["measures"] |= {"size": measures.size, "nearness": measures.nearness}
        return to_json(own)
