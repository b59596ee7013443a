"""What fitting tells while it runs and afterwards."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class FitEpoch:
    """One finished pass over the training data.

    Attributes:
        epoch: Its number, from 1, all stages together.
        stage: Name of its stage.
        loss: Mean over the examples of the training loss, each as it was before its step (dropout
            on, penalties not counted).
        accuracy: Mean score of the training examples, likewise; ``None`` where nothing scores.
        valid_loss: Mean loss on the held-out part after the epoch; ``None`` where there is none.
        valid_accuracy: Mean score there; ``None`` where there is no such part or nothing scores.
        examples: Training examples passed over, by all processes.
        tokens: Their tokens (:func:`.tokens_of`).
        seconds: Time the steps took.
        valid_seconds: Time the held-out part took.
        rates: Name of each group that learnt -> its learning rate at the end.
    """

    epoch: int
    stage: str
    loss: float
    accuracy: float | None
    valid_loss: float | None
    valid_accuracy: float | None
    examples: int
    tokens: int
    seconds: float
    valid_seconds: float
    rates: dict[str, float]

    @property
    def tokens_per_second(self) -> float:
        """Tokens trained on in a second."""
        return self.tokens / max(self.seconds, 1e-9)


@dataclass(frozen=True)
class FitHistory:
    """What a fit did.

    Attributes:
        epochs: One record each.
        best: Number of the epoch (from 1) whose weights the module has now; the last one where
            nothing was held out.
        stages: Names of the stages, in order.
        stopped_early: Names of those that patience ended before their last epoch.
    """

    epochs: tuple[FitEpoch, ...]
    best: int
    stages: tuple[str, ...]
    stopped_early: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """Time of all steps and held-out parts."""
        return sum(epoch.seconds + epoch.valid_seconds for epoch in self.epochs)


@dataclass(frozen=True)
class FitProgress:
    """How far fitting has come.

    Attributes:
        stage: Name of the stage.
        epoch: The epoch being trained, from 1, all stages together.
        epochs: How many there are at most.
        step: Steps taken in this epoch, by each process.
        steps: How many it has.
        loss: Mean training loss of this epoch so far.
        accuracy: Mean score of it so far; ``None`` where nothing scores.
        tokens_per_second: Since training began (or was resumed).
        seconds_left: Estimate to the end of the last stage; infinite before the first step.
        rate: Learning rate of the topmost group that learns.
        last: The record of the epoch before; ``None`` in the first.
    """

    stage: str
    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    accuracy: float | None
    tokens_per_second: float
    seconds_left: float
    rate: float
    last: FitEpoch | None


class Clock:
    """Time of a run since it began or was resumed.

    Args:
        done: Epochs, and parts of one, that were done then.
    """

    def __init__(self, done: float) -> None:
        self._done, self._tokens = done, 0
        self._began = self._lap = self._reported = self.saved = time.monotonic()

    def lap(self) -> float:
        """Return the seconds since the last lap, and begin the next."""
        now = time.monotonic()
        passed, self._lap = now - self._lap, now
        return passed

    def report_due(self, *, every: float) -> bool:
        """Return whether so many seconds have passed since this was last true."""
        due = time.monotonic() - self._reported >= every
        if due:
            self._reported = time.monotonic()
        return due

    def count(self, tokens: int) -> None:
        """Count tokens trained on."""
        self._tokens += tokens

    @property
    def tokens_per_second(self) -> float:
        """Tokens trained on in a second, of all seconds since the run began."""
        return self._tokens / max(time.monotonic() - self._began, 1e-9)

    def seconds_left(self, done: float, epochs: float) -> float:
        """Return the estimate until ``epochs`` are done, when ``done`` of them are."""
        seconds = time.monotonic() - self._began
        return (epochs - done) * seconds / (done - self._done) if done > self._done else math.inf
