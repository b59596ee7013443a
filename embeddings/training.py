"""The one training loop: stretches handed to workers, progress, checkpoints, interruption."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

import numpy as np

from .errors import ConfigurationError
from .learners import FreeLearner, StepLearner, Trained
from .progress import EpochRecord, TrainingProgress
from .settings import Settings

_SECONDS_BETWEEN_REPORTS = 0.2


@dataclass
class Position:
    """Where training stands: everything that a checkpoint needs beside the weights.

    Attributes:
        done: Stretches trained, all epochs together; those before it, and no others.
        loss: float64[epochs], summed loss of each epoch.
        pairs: int64[epochs], its pairs.
        seconds: float64[epochs], time spent in it.
    """

    done: int
    loss: np.ndarray
    pairs: np.ndarray
    seconds: np.ndarray

    @classmethod
    def start(cls, epochs: int) -> Position:
        """Return the position before the first stretch."""
        return cls(0, np.zeros(epochs), np.zeros(epochs, np.int64), np.zeros(epochs))

    def as_dict(self) -> dict[str, Any]:
        """Return the position JSON-able; floats survive exactly."""
        return {
            "done": self.done,
            "loss": self.loss.tolist(),
            "pairs": self.pairs.tolist(),
            "seconds": self.seconds.tolist(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Position:
        """Rebuild what :meth:`as_dict` returned."""
        return cls(
            int(data["done"]),
            np.array(data["loss"], np.float64),
            np.array(data["pairs"], np.int64),
            np.array(data["seconds"], np.float64),
        )


@dataclass
class _Clock:
    """Time of this run, told apart by epoch."""

    began: float = field(default_factory=time.monotonic)
    last: float = field(default_factory=time.monotonic)

    def lap(self) -> float:
        now = time.monotonic()
        passed, self.last = now - self.last, now
        return passed


class Training:
    """Trains stretch after stretch, epoch after epoch.

    Stretches are handed out in order. Before a checkpoint and at the end all handed out are
    finished, so that a position in the order says all.

    Args:
        settings: Epochs, rates, seed, workers.
        learner: What trains one stretch.
        words: Words of the corpus before subsampling.
        position: Where to begin.
    """

    def __init__(
        self,
        settings: Settings,
        learner: FreeLearner | StepLearner,
        *,
        words: np.ndarray,
        position: Position,
    ) -> None:
        self._settings, self._learner = settings, learner
        self._words = words  # int64[stretches + 1], tokens before each border
        self.position = position
        self._per_epoch = len(learner.borders) - 1
        self._total = self._per_epoch * settings.epochs
        self._threads = learner.at_once
        self._workers: SimpleQueue[int] = SimpleQueue()
        for worker in range(self._threads):
            self._workers.put(worker)

    def run(
        self,
        *,
        progress: Callable[[TrainingProgress], None] | None = None,
        save: Callable[[Position], None] | None = None,
        save_every: float | None = None,
    ) -> list[EpochRecord]:
        """Train to the end.

        Args:
            progress: Called about five times a second, in the calling thread.
            save: Writes a checkpoint; called when no worker writes.
            save_every: Seconds between checkpoints; ``None`` saves only on an interruption.

        Raises:
            ConfigurationError: The loss is no longer a number: the learning rate is too high.
            KeyboardInterrupt: As it came, after the handed-out stretches were finished and
                ``save`` was called.
        """
        clock, started_at = _Clock(), self._words_done(self.position.done)
        saved = reported = time.monotonic()
        running: dict[Future[Trained], int] = {}
        handed_out = self.position.done
        with ThreadPoolExecutor(self._threads) as pool:
            try:
                while self.position.done < self._total:
                    now = time.monotonic()
                    pausing = (
                        save is not None and save_every is not None and now - saved >= save_every
                    )
                    if pausing and not running and save is not None:
                        self._lap(clock)
                        save(self.position)
                        saved, pausing = time.monotonic(), False
                        clock.lap()
                    # Twice as many as workers, so that none ever waits for this thread.
                    while (
                        len(running) < 2 * self._threads
                        and handed_out < self._total
                        and not pausing
                    ):
                        running[pool.submit(self._train, handed_out)] = handed_out
                        handed_out += 1
                    done, _ = wait(
                        running, timeout=_SECONDS_BETWEEN_REPORTS, return_when=FIRST_COMPLETED
                    )
                    for future in done:
                        self._count(running.pop(future), future.result(), clock)
                    if (
                        progress is not None
                        and (now := time.monotonic()) - reported >= _SECONDS_BETWEEN_REPORTS
                    ):
                        reported = now
                        progress(self._progress(now - clock.began, started_at))
            except KeyboardInterrupt:
                for future, number in running.items():
                    self._count(number, future.result(), clock)
                if save is not None:
                    save(self.position)
                raise
        if progress is not None:
            progress(self._progress(time.monotonic() - clock.began, started_at))
        return self.history()

    def history(self) -> list[EpochRecord]:
        """Return the records of the finished epochs."""
        finished = self.position.done // self._per_epoch
        return [self._record(epoch) for epoch in range(finished)]

    def _train(self, number: int) -> Trained:
        stretch = number % self._per_epoch
        rates = self._rate(number), self._rate(number + 1)
        worker = self._workers.get()
        try:
            return self._learner.train(worker, stretch, rates, self._settings.seed, number)
        finally:
            self._workers.put(worker)

    def _rate(self, number: int) -> float:
        """Learning rate before stretch ``number``: linear in the words passed over."""
        share = self._words_done(number) / max(1, self._words_total)
        return max(self._settings.min_alpha, self._settings.rate * (1.0 - share))

    @property
    def _words_total(self) -> int:
        return int(self._words[-1]) * self._settings.epochs

    def _words_done(self, number: int) -> int:
        epochs, stretch = divmod(number, self._per_epoch)
        return epochs * int(self._words[-1]) + int(self._words[stretch])

    def _count(self, number: int, result: Trained, clock: _Clock) -> None:
        epoch = number // self._per_epoch
        position = self.position
        position.done += 1
        position.loss[epoch] += result.loss
        position.pairs[epoch] += result.pairs
        position.seconds[epoch] += clock.lap()
        if not np.isfinite(result.loss):
            raise ConfigurationError(
                f"alpha={self._settings.rate}: training diverged in epoch {epoch + 1} (the loss is no "
                "longer a number). Lower alpha"
            )

    def _lap(self, clock: _Clock) -> None:
        epoch = min(self.position.done // self._per_epoch, self._settings.epochs - 1)
        self.position.seconds[epoch] += clock.lap()

    def _record(self, epoch: int) -> EpochRecord:
        position, words = self.position, int(self._words[-1])
        seconds = float(position.seconds[epoch])
        pairs = int(position.pairs[epoch])
        return EpochRecord(
            epoch=epoch + 1,
            loss=float(position.loss[epoch]) / max(1, pairs),
            pairs=pairs,
            words=words,
            seconds=seconds,
            words_per_second=words / max(seconds, 1e-9),
            alpha=self._rate((epoch + 1) * self._per_epoch),
        )

    def _progress(self, seconds: float, started_at: int) -> TrainingProgress:
        position, settings = self.position, self._settings
        epoch = min(position.done // self._per_epoch, settings.epochs - 1)
        done = self._words_done(position.done)
        speed = (done - started_at) / max(seconds, 1e-9)
        return TrainingProgress(
            epoch=epoch + 1,
            epochs=settings.epochs,
            words_done=done,
            words_total=self._words_total,
            words_per_second=speed,
            loss=float(position.loss[epoch]) / max(1, int(position.pairs[epoch])),
            seconds_left=(self._words_total - done) / speed if speed else 0.0,
            alpha=self._rate(position.done),
        )
