"""What the loop refuses, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn

from reference.small_fit import network, run, source
from wordgraft.embeddings.errors import ConfigurationError, MemoryExhaustedError
from wordgraft.models.training.schedules import Stage

pytestmark = pytest.mark.usefixtures("one_thread")


def test_every_wrong_setting_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as told:
        run(
            network(), stages=[Stage(epochs=0), Stage(epochs=1, trainable=9)], clip=0, patience=0,
            seed=-1, monitor="f1", checkpoint_every=0, resume=True,
        )  # fmt: skip
    assert told.value.problems == (
        "clip: expected a norm above 0 or None, found 0",
        "patience: expected a whole number of epochs from 1 or None, found 0",
        "seed: expected a whole number from 0, found -1",
        "checkpoint_every: expected seconds above 0, found 0",
        "stage 1: epochs: expected a whole number from 1, found 0",
        "stage 2: trainable: expected a number of groups from 1 to 2, found 9",
        "monitor: expected 'loss' or 'accuracy', found 'f1'",
        "patience=0 needs valid: a held-out part to look at",
        "resume needs checkpoint: the folder to resume from",
    )
    with pytest.raises(ConfigurationError, match="stages: expected at least one"):
        run(network(), stages=[])
    with pytest.raises(ConfigurationError, match='monitor="accuracy" needs score'):
        run(network(), monitor="accuracy", valid=source(), score=None)


def test_training_that_diverges_is_told() -> None:
    stages = [Stage(epochs=4, rate=1e20)]
    with pytest.raises(ConfigurationError, match=r"diverged in epoch \d.*Lower the stage's rate"):
        run(
            network(), stages=stages, optimizer=torch.optim.SGD,
            loss=lambda output, target: output.square().mean(),
        )  # fmt: skip


def test_a_batch_too_large_for_memory_says_what_to_lower() -> None:
    class Large(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = network()

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    with pytest.raises(MemoryExhaustedError, match="a batch of 16 examples .* Lower the batch"):
        run(Large())


def test_a_loss_that_is_no_mean_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"loss: expected the mean .*; found \[16\]"):
        run(network(), loss=nn.CrossEntropyLoss(reduction="none"))


def test_an_epoch_without_batches_is_refused() -> None:
    class Empty:
        def __len__(self) -> int:
            return 99

        def epoch(self, number: int) -> Iterator[Any]:
            return iter(())

    with pytest.raises(ConfigurationError, match="train: expected batches in epoch 0, found none"):
        run(network(), train=Empty())


def test_an_optimizer_that_is_not_as_agreed_is_refused() -> None:
    def nameless(groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        return torch.optim.Adam([p for group in groups for p in group["params"]])

    with pytest.raises(ConfigurationError, match='must keep the "group" they came with'):
        run(network(), optimizer=nameless)
    with pytest.raises(ConfigurationError, match="each parameter it was given once"):
        run(network(), optimizer=lambda groups: torch.optim.Adam(groups[:1]))
