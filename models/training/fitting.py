"""The one training loop: stages, epochs, steps; early stopping, checkpoints, progress."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Generator, Sequence, Sized
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from ...embeddings.errors import ConfigurationError, TrainingInterrupted
from .adversary import Adversary
from .batch_source import BatchSource
from .devices import make_accelerator, own_randomness
from .groups import Groups
from .interrupts import held_interrupts
from .l2sp import L2SP
from .learner import Learner, Loss, MakeOptimizer, Score, Step, shared
from .progress import Clock, FitEpoch, FitHistory, FitProgress
from .schedules import Stage
from .settings import FitSettings
from .state import FitFolder, Position

if TYPE_CHECKING:
    from accelerate import Accelerator

_SECONDS_BETWEEN_REPORTS = 0.2


def fit(
    module: nn.Module,
    *,
    train: BatchSource,
    stages: Sequence[Stage],
    loss: Loss,
    valid: BatchSource | None = None,
    score: Score | None = None,
    groups: Groups | None = None,
    optimizer: MakeOptimizer | None = None,
    anchor: L2SP | None = None,
    adversary: Adversary | None = None,
    clip: float | None = None,
    patience: int | None = None,
    monitor: str = "loss",
    seed: int = 0,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: float = 60.0,
    resume: bool = False,
    progress: Callable[[FitProgress], None] | None = None,
    accelerator: Accelerator | None = None,
) -> FitHistory:
    """Train a module, stage after stage, in place.

    Same seed, sources and module give the same weights, bit for bit, in one process on the CPU
    with as many threads, however often the run was killed and resumed. No random state outside is
    changed.

    Args:
        module: Any; takes what a batch has first. It ends on the accelerator's device, in the mode
            (``training``) and with the ``requires_grad`` it had, with the best weights.
        train: Batches to learn from.
        stages: What learns when, and how fast.
        loss: Mean loss of a batch.
        valid: Held-out batches (its epoch 0), looked at after each epoch; ``None`` for none.
        score: Score of each example, for ``accuracy`` in records: :mod:`.batch_scores` has some.
        groups: Of ``module``; ``None`` takes ``Groups.of(module)``.
        optimizer: Makes the optimiser, or several, from one dict for each group, with "params",
            "lr" and "group" (its name). Dicts may be split further if each keeps "group", and may
            have a "scale" of the group's rate. ``None`` takes Adam. Moments are kept from stage to
            stage.
        anchor: A pull towards pretrained weights.
        adversary: Learns each batch a second time, with its words moved; the two gradients are
            added, the loss told is that of the first.
        clip: Largest norm of a step's gradient, all parameters together; ``None`` for no limit.
        patience: Epochs without a new best on ``valid`` after which a stage ends; the next begins
            with the best weights so far. ``None`` lets every stage run to its end.
        monitor: What is best on ``valid``: the lowest "loss" or the highest "accuracy".
        seed: Of dropout and whatever else the module draws.
        checkpoint: Folder that a killed run resumes from. Made if need be; a run that doesn't
            resume takes it over from an older one; it is left when training is done.
        checkpoint_every: Seconds between checkpoints within an epoch; one is written after each.
        resume: Go on from the checkpoint, with all else as it was when the run began.
        progress: Called a few times a second, by the main process, and after each epoch.
        accelerator: Device, precision and processes (:func:`.make_accelerator`); ``None``
            takes what ``accelerate`` is configured or launched for.

    Returns:
        What happened in each epoch.

    Raises:
        ConfigurationError: Settings are wrong (all of them in one error), or training diverged.
        CheckpointError: There is nothing to resume, or a damaged checkpoint or another run's.
        TrainingInterrupted: Ctrl-C, after the step in progress and a checkpoint were finished.
        MemoryExhaustedError: A batch is too large for the device's memory.
    """
    settings = FitSettings(
        stages=tuple(stages),
        clip=clip,
        patience=patience,
        monitor=monitor,
        seed=seed,
        checkpoint_every=checkpoint_every,
    )
    groups = groups or Groups.of(module)
    settings.check(
        groups,
        valid=valid is not None,
        scored=score is not None,
        resumable=checkpoint is not None or not resume,
    )
    accelerator = accelerator or make_accelerator()
    with _flags_kept(module), own_randomness(accelerator.device), held_interrupts() as asked:
        learner = Learner(
            module,
            groups,
            settings.stages,
            loss=loss,
            score=score,
            optimizer=optimizer,
            anchor=anchor,
            adversary=adversary,
            clip=clip,
            seed=seed,
            accelerator=accelerator,
        )
        mark = settings.recorded() | learner.recorded() | _recorded(train, valid, anchor, adversary)
        folder = None if checkpoint is None else FitFolder(checkpoint, mark)
        run = _Run(settings, learner, train, valid, folder, progress, asked)
        return run.to_the_end(resume=resume)


class _Run:
    """One fit under way; ``_position`` says where it stands, to the step."""

    def __init__(
        self,
        settings: FitSettings,
        learner: Learner,
        train: BatchSource,
        valid: BatchSource | None,
        folder: FitFolder | None,
        progress: Callable[[FitProgress], None] | None,
        interrupted: Callable[[], bool],
    ) -> None:
        self._settings, self._learner, self._train, self._valid = settings, learner, train, valid
        self._folder, self._progress, self._interrupted = folder, progress, interrupted
        self._main = learner.accelerator.is_main_process
        self._best: dict[str, torch.Tensor] = {}
        self._position, self._clock = Position(), Clock(0.0)
        self._sums = torch.zeros(2, dtype=torch.float64)  # loss and score, on the device

    def to_the_end(self, *, resume: bool) -> FitHistory:
        """Train stage after stage, epoch after epoch; put the best weights back."""
        self._open(resume=resume)
        position, stages = self._position, self._settings.stages
        try:
            while position.stage < len(stages):
                number = position.stage
                with self._learner.training(stages[number]):
                    while position.stage == number:
                        self._train_epoch(stages[number])
                        self._finish_epoch(stages[number])
                        self._save()
        except KeyboardInterrupt:  # the second one, wherever it came
            raise self._stopped() from None
        if self._best:
            self._learner.put(self._best)
        return FitHistory(
            epochs=tuple(position.records),
            best=position.best_epoch or len(position.records),
            stages=self._settings.names,
            stopped_early=tuple(position.stopped),
        )

    def _train_epoch(self, stage: Stage) -> None:
        """Take the steps of an epoch that haven't been taken yet."""
        position, learner = self._position, self._learner
        number, place = len(position.records), learner.accelerator
        batches = self._train.epoch(number)
        known = len(batches) if isinstance(batches, Sized) else len(self._train)
        steps = max(1, -(-known // place.num_processes))
        self._sums = torch.tensor([position.loss, position.score], dtype=torch.float64)
        learner.begin_epoch()
        self._clock.lap()
        for batch in shared(
            batches, rank=place.process_index, processes=place.num_processes, start=position.step
        ):
            at = position.epoch + position.step / steps
            rates = stage.rates(learner.groups, at, stage.epochs)
            step = learner.step(batch, rates=rates, place=(number, position.step))
            self._count(step)
            if self._interrupted():
                self._save()
                raise self._stopped()
            if time.monotonic() - self._clock.saved >= self._settings.checkpoint_every:
                self._save()
            if self._clock.report_due(every=_SECONDS_BETWEEN_REPORTS):
                self._report(stage, steps)
        if not position.step:
            raise ConfigurationError(f"train: expected batches in epoch {number}, found none")

    def _finish_epoch(self, stage: Stage) -> None:
        """Look at the held-out part, write the epoch down, keep the best weights; go on."""
        position, patience = self._position, self._settings.patience
        self._report(stage, position.step)
        record = self._record(stage)
        position.finish_epoch(record)
        self._sums.zero_()
        if self._valid is not None:
            self._compare(record)
        if patience is not None and position.waited >= patience and position.epoch < stage.epochs:
            position.stopped.append(record.stage)
            self._learner.put(self._best)
            position.finish_stage()
        elif position.epoch == stage.epochs:
            position.finish_stage()

    def _compare(self, record: FitEpoch) -> None:
        """Keep the weights if they are the best so far; else count an epoch waited."""
        position = self._position
        value = record.valid_loss if self._settings.monitor == "loss" else record.valid_accuracy
        if value is None or not math.isfinite(value):
            raise _diverged(record.stage, record.epoch, "on the held-out part", value)
        value = value if self._settings.monitor == "loss" else -value
        if position.best is None or value < position.best:
            position.best, position.best_epoch, position.waited = value, record.epoch, 0
            self._best.update(self._learner.copy())
        else:
            position.waited += 1

    def _count(self, step: Step) -> None:
        """Count a step that was taken."""
        position, processes = self._position, self._learner.accelerator.num_processes
        self._sums = self._sums.to(step.sums)
        self._sums[: len(step.sums)] += step.sums
        position.step += 1
        position.examples += step.examples
        position.tokens += step.tokens
        position.seconds += self._clock.lap()
        self._clock.count(step.tokens * processes)

    def _settle(self) -> None:
        """Bring the sums from the device; nothing is told or kept of a run that diverged."""
        position = self._position
        position.loss, position.score = self._sums.tolist()
        if not math.isfinite(position.loss):
            name = self._settings.names[position.stage]
            raise _diverged(name, len(position.records) + 1, "in training", position.loss)

    def _record(self, stage: Stage) -> FitEpoch:
        """Return the record of the epoch whose steps are all taken, over all processes."""
        self._settle()
        position, learner = self._position, self._learner
        own = [position.loss, position.score, position.examples, position.tokens]
        total = learner.over_all(torch.tensor(own, dtype=torch.float64)).tolist()
        began = time.monotonic()
        means = None if self._valid is None else learner.evaluate(self._valid)
        return FitEpoch(
            epoch=len(position.records) + 1,
            stage=self._settings.names[position.stage],
            loss=total[0] / max(1.0, total[2]),
            accuracy=total[1] / max(1.0, total[2]) if learner.scores else None,
            valid_loss=None if means is None else means.loss,
            valid_accuracy=None if means is None else means.accuracy,
            examples=int(total[2]),
            tokens=int(total[3]),
            seconds=position.seconds,
            valid_seconds=time.monotonic() - began,
            rates=stage.rates(learner.groups, position.epoch + 1, stage.epochs),
        )

    def _open(self, *, resume: bool) -> None:
        """Make the folder this run's, or stand where it says."""
        if self._folder is not None:
            if resume:
                self._learner.accelerator.wait_for_everyone()  # for what the main one still writes
                self._folder.check()
                self._position = self._folder.restore(self._learner.state(self._best))
            elif self._main:
                self._folder.begin()
            self._learner.accelerator.wait_for_everyone()
        self._clock = Clock(self._epochs_done(0.0))

    def _save(self) -> None:
        """Write a checkpoint, where one is wanted; that is no training time."""
        self._settle()
        if self._folder is not None and self._main:
            self._folder.save(self._learner.state(self._best), self._position)
        self._clock.saved = time.monotonic()
        self._clock.lap()

    def _report(self, stage: Stage, steps: int) -> None:
        """Tell how far training has come."""
        self._settle()
        if self._progress is None or not self._main:
            return
        position, epochs = self._position, self._settings.epochs
        done = self._epochs_done(position.step / steps)
        rates = stage.rates(
            self._learner.groups, position.epoch + position.step / steps, stage.epochs
        )
        self._progress(
            FitProgress(
                stage=self._settings.names[position.stage],
                epoch=len(position.records) + 1,
                epochs=epochs,
                step=position.step,
                steps=steps,
                loss=position.loss / max(1, position.examples),
                accuracy=position.score / max(1, position.examples)
                if self._learner.scores
                else None,
                tokens_per_second=self._clock.tokens_per_second,
                seconds_left=self._clock.seconds_left(done, epochs),
                rate=list(rates.values())[-1],
                last=position.records[-1] if position.records else None,
            )
        )

    def _epochs_done(self, share: float) -> float:
        """Return the epochs behind, those that patience spared among them, and a share of one."""
        position = self._position
        before = sum(stage.epochs for stage in self._settings.stages[: position.stage])
        return before + position.epoch + share

    def _stopped(self) -> TrainingInterrupted:
        """Return what to raise after Ctrl-C."""
        kept = self._folder is not None and self._folder.has_state
        where = self._folder.folder if self._folder is not None and kept else None
        if where is not None:
            told = f"a checkpoint is in {where}"
        elif self._folder is not None:
            told = f"there is no checkpoint yet in {self._folder.folder}"
        else:
            told = "nothing was kept, for want of a checkpoint folder"
        return TrainingInterrupted(f"training was interrupted; {told}", checkpoint=where)


def _diverged(stage: str, epoch: int, where: str, value: float | None) -> ConfigurationError:
    return ConfigurationError(
        f"rate: training diverged in epoch {epoch} (stage {stage!r}): the result {where} is "
        f"{value}. Lower the stage's rate, or give clip"
    )


def _recorded(
    train: BatchSource,
    valid: BatchSource | None,
    anchor: L2SP | None,
    adversary: Adversary | None,
) -> dict[str, Any]:
    """Return what a resumed run must have in common beside settings and network."""

    def known(source: BatchSource | None) -> Any:
        digest: Callable[[], str] | None = getattr(source, "digest", None)
        return None if source is None else [len(source), None if digest is None else digest()]

    return {
        "train": known(train),
        "valid": known(valid),
        "anchor": None if anchor is None else anchor.digest(),
        "adversary": None if adversary is None else adversary.size,
    }


@contextmanager
def _flags_kept(module: nn.Module) -> Generator[None]:
    """Put back afterwards which parameters learn, and the modes of all parts."""
    learns = [(parameter, parameter.requires_grad) for parameter in module.parameters()]
    modes = [(part, part.training) for part in module.modules()]
    try:
        yield
    finally:
        for parameter, flag in learns:
            parameter.requires_grad_(flag)
        for part, mode in modes:
            part.training = mode
