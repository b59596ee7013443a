"""A small network, data that it can learn, and a fit of which a test varies what it likes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from wordgraft.models.training.batch_scores import class_score
from wordgraft.models.training.batch_source import ArraySource
from wordgraft.models.training.devices import make_accelerator
from wordgraft.models.training.fitting import fit
from wordgraft.models.training.progress import FitHistory
from wordgraft.models.training.schedules import Stage


def network(*, dropout: float = 0.0, norm: bool = False) -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        return nn.Sequential(
            nn.Linear(6, 8),
            nn.BatchNorm1d(8) if norm else nn.Identity(),
            nn.Tanh(),
            nn.Dropout(dropout),
            nn.Linear(8, 3),
        )


def examples(n: int = 70, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    inputs = np.random.default_rng(seed).normal(size=(n, 6)).astype(np.float32)
    return inputs, inputs[:, :3].argmax(1)


def source(n: int = 70, seed: int = 1) -> ArraySource:
    return ArraySource(*examples(n, seed), batch_size=16, seed=5)


def run(module: nn.Module, **options: Any) -> FitHistory:
    settings: dict[str, Any] = {
        "train": source(),
        "stages": (Stage(epochs=3, rate=0.01),),
        "loss": nn.functional.cross_entropy,
        "score": class_score,
        "accelerator": make_accelerator("cpu"),
    }
    return fit(module, **(settings | options))


def state(module: nn.Module) -> list[bytes]:
    return [tensor.numpy().tobytes() for tensor in module.state_dict().values()]
