"""The one training loop: stretches handed to workers, progress, checkpoints, interruption."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

import numpy as np

from .errors import ConfigurationError
from .interrupts import Interrupts
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

    Workers take stretches in order and count what they have finished. Before a checkpoint and at
    the end all that were taken are finished, so that a position in the order says all; an
    interrupt, which only the calling thread feels, can neither lose a stretch nor count it twice.

    Args:
        settings: Epochs, rates, seed.
        learner: What trains one stretch.
        words: int64[stretches + 1], words of the corpus before each border, before subsampling.
        position: Where to begin.
        hopeless: Loss per pair, in nats, that only diverged training reaches.
    """

    def __init__(
        self,
        settings: Settings,
        learner: FreeLearner | StepLearner,
        *,
        words: np.ndarray,
        position: Position,
        hopeless: float,
    ) -> None:
        self._settings, self._learner = settings, learner
        self._words, self._hopeless = words, hopeless
        self.position = position
        self._per_epoch = len(learner.borders) - 1
        self._total = self._per_epoch * settings.epochs
        self._threads = learner.at_once
        self._workers: SimpleQueue[int] = SimpleQueue()
        for worker in range(self._threads):
            self._workers.put(worker)
        self._clock = _Clock()
        # Guards all below and the position.
        self._turns = threading.Condition()
        self._next, self._busy = position.done, 0
        self._stopping = self._failed = False

    def run(
        self,
        *,
        progress: Callable[[TrainingProgress], None] | None = None,
        save: Callable[[Position], None] | None = None,
        save_every: float | None = None,
    ) -> list[EpochRecord]:
        """Train to the end; no thread is left behind, however it ends.

        Args:
            progress: Called about five times a second, in the calling thread.
            save: Writes a checkpoint; called when no worker writes.
            save_every: Seconds between checkpoints; ``None`` saves only on an interruption.

        Raises:
            ConfigurationError: Training diverged: the learning rate is too high.
            KeyboardInterrupt: As it came, after the stretches begun were finished and ``save`` was
                called.
        """
        started_at = self._words_done(self.position.done)
        self._clock = _Clock()

        def report() -> None:
            if progress is not None:
                progress(self._progress(time.monotonic() - self._clock.began, started_at))

        every = math.inf if save_every is None else save_every
        with Interrupts() as interrupts, ThreadPoolExecutor(self._threads) as pool:
            try:
                self._hand_out(pool, interrupts, report, save, every)
            except KeyboardInterrupt:
                # Not by joining the threads: the pool doesn't know one whose start was interrupted.
                with self._turns:
                    self._stopping = True
                    self._turns.wait_for(lambda: not self._busy)
                if save is not None and not self._failed:
                    with interrupts.heard():
                        save(self.position)
                raise
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        report()
        return self.history()

    def _hand_out(
        self,
        pool: ThreadPoolExecutor,
        interrupts: Interrupts,
        report: Callable[[], None],
        save: Callable[[Position], None] | None,
        save_every: float,
    ) -> None:
        """Give the workers turn after turn; return when all stretches are trained."""
        running: set[Future[None]] = set()
        handed_out = self.position.done
        saved = reported = time.monotonic()
        while running or handed_out < self._total:
            interrupts.check()
            pausing = save is not None and time.monotonic() - saved >= save_every
            if pausing and save is not None and not running:
                self._clock.lap()
                save(self.position)
                self._clock.lap()  # writing is not training
                saved, pausing = time.monotonic(), False
            # Twice as many as workers, so that none ever waits for this thread.
            while not pausing and len(running) < 2 * self._threads and handed_out < self._total:
                running.add(pool.submit(self._take_turn))
                handed_out += 1
            done, running = wait(
                running, timeout=_SECONDS_BETWEEN_REPORTS, return_when=FIRST_COMPLETED
            )
            for future in done:
                future.result()
            if time.monotonic() - reported >= _SECONDS_BETWEEN_REPORTS:
                reported = time.monotonic()
                report()

    def history(self) -> list[EpochRecord]:
        """Return the records of the finished epochs."""
        finished = self.position.done // self._per_epoch
        return [self._record(epoch) for epoch in range(finished)]

    def _take_turn(self) -> None:
        """Train the next stretch, unless training is being stopped; runs in the workers."""
        with self._turns:
            if self._stopping:
                return
            number = self._next
            self._next += 1
            self._busy += 1
        try:
            self._train(number)
        except BaseException:
            self._failed = True
            raise
        finally:
            with self._turns:
                self._busy -= 1
                self._turns.notify_all()

    def _train(self, number: int) -> None:
        stretch = number % self._per_epoch
        rates = self._rate(number), self._rate(number + 1)
        worker = self._workers.get()
        try:
            result = self._learner.train(worker, stretch, rates, self._settings.seed, number)
        finally:
            self._workers.put(worker)
        self._count(number, result)

    def _rate(self, number: int) -> float:
        """Learning rate before stretch ``number``: linear in the words passed over."""
        share = self._words_done(number) / max(1, self._words_total)
        first, last = self._settings.rate, self._settings.min_alpha
        return first + (last - first) * share

    @property
    def _words_total(self) -> int:
        return int(self._words[-1]) * self._settings.epochs

    def _words_done(self, number: int) -> int:
        epochs, stretch = divmod(number, self._per_epoch)
        return epochs * int(self._words[-1]) + int(self._words[stretch])

    def _count(self, number: int, result: Trained) -> None:
        epoch = number // self._per_epoch
        if not result.loss <= self._hopeless * max(1, result.pairs):  # also when it is NaN
            raise ConfigurationError(
                f"alpha={self._settings.rate}: training diverged in epoch {epoch + 1} (the loss is "
                f"{result.loss / max(1, result.pairs):.3g} per pair). Lower alpha"
            )
        position = self.position
        with self._turns:
            position.done += 1
            position.loss[epoch] += result.loss
            position.pairs[epoch] += result.pairs
            position.seconds[epoch] += self._clock.lap()

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
