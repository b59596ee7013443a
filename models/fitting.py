"""The one training loop."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from .batch_source import BatchSource
from .fit_progress import FitHistory, FitProgress
from .groups import Groups
from .l2sp import L2SP
from .schedules import Stage

if TYPE_CHECKING:
    from accelerate import Accelerator

Loss = Callable[[Any, torch.Tensor], torch.Tensor]
"""What the module gave, and the target -> mean loss of the batch, float[]."""
Score = Callable[[Any, torch.Tensor], torch.Tensor]
"""What the module gave, and the target -> how right each example is, 0 to 1, float[B]."""
MakeOptimizer = Callable[
    [list[dict[str, Any]]], "torch.optim.Optimizer | Sequence[torch.optim.Optimizer]"
]
"""Parameter groups -> what moves them; see ``fit``."""


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
        score: Score of each example, for ``accuracy`` in records; see :mod:`.scores`.
        groups: Of ``module``; ``None`` takes ``Groups.of(module)``.
        optimizer: Makes the optimiser, or several, from one dict for each group, with "params",
            "lr" and "group" (its name). Dicts may be split further if each keeps "group", and may
            have a "scale" of the group's rate. ``None`` takes Adam. Moments are kept from stage to
            stage.
        anchor: A pull towards pretrained weights.
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
        accelerator: Device, precision and processes (:func:`~.devices.make_accelerator`); ``None``
            takes what ``accelerate`` is configured or launched for.

    Returns:
        What happened in each epoch.

    Raises:
        ConfigurationError: Settings are wrong (all of them in one error), or training diverged.
        CheckpointError: There is nothing to resume, or a damaged checkpoint or another run's.
        TrainingInterrupted: Ctrl-C, after the step in progress and a checkpoint were finished.
        MemoryExhaustedError: A batch is too large for the device's memory.
    """
    raise NotImplementedError
