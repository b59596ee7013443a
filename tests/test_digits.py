"""Transfer as it is taught, on a plain image network: digits 0 to 4 teach, 5 to 9 are learnt.

Nothing here is made for text: a head is dropped, a new one put on, trained alone, and the rest
unfrozen with smaller rates.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from wordgraft.models.training.batch_scores import class_score
from wordgraft.models.training.batch_source import ArraySource
from wordgraft.models.training.devices import make_accelerator
from wordgraft.models.training.fitting import fit
from wordgraft.models.training.groups import Groups
from wordgraft.models.training.l2sp import L2SP
from wordgraft.models.training.progress import FitHistory
from wordgraft.models.training.schedules import Stage, gradual_unfreezing

SPLIT = [["0", "1"], "3", ["7", "9"]]
"""First convolution, second one, classifier."""


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def network(seed: int) -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(512, 64), nn.ReLU(), nn.Linear(64, 5),
        )  # fmt: skip


def new_head(body: nn.Sequential, seed: int) -> nn.Sequential:
    """Return a copy with the classifier of another network."""
    grafted, fresh = copy.deepcopy(body), network(seed)
    grafted[7], grafted[9] = fresh[7], fresh[9]
    return grafted


def digits(low: int, *, labelled: int | None, seed: int = 0) -> tuple[ArraySource, ArraySource]:
    """Return ``labelled`` examples of each of five digits from ``low`` (half of them for ``None``),
    and the others."""
    data = load_digits()
    images = (data.images[:, None] / 16).astype(np.float32)
    rng = np.random.default_rng(seed)
    train, test = [], []
    for digit in range(low, low + 5):
        rows = rng.permutation(np.flatnonzero(data.target == digit))
        cut = len(rows) // 2 if labelled is None else labelled
        train.append(rows[:cut])
        test.append(rows[cut:])
    taken, rest = np.concatenate(train), np.concatenate(test)
    return (
        ArraySource(images[taken], data.target[taken] - low, batch_size=10, seed=seed),
        ArraySource(images[rest], data.target[rest] - low, batch_size=500, shuffle=False),
    )


def run(
    module: nn.Module, stages: list[Stage], data: tuple[ArraySource, ArraySource]
) -> FitHistory:
    groups = Groups.of(module, SPLIT)
    return fit(
        module,
        groups=groups,
        train=data[0],
        stages=stages,
        loss=nn.functional.cross_entropy,
        score=class_score,
        anchor=L2SP(groups, strength=0.01),
        accelerator=make_accelerator("cpu"),
    )


def accuracy(module: nn.Module, data: ArraySource) -> float:
    module.eval()
    with torch.no_grad():
        rights = [class_score(module(inputs), target) for inputs, target in data.epoch(0)]
    return torch.cat(rights).mean().item()


@pytest.fixture(scope="module")
def taught() -> nn.Sequential:
    """A network that knows 0 to 4."""
    module, data = network(1), digits(0, labelled=None)
    run(module, [Stage(epochs=6, rate=0.01, curve="one_cycle")], data)
    assert accuracy(module, data[1]) > 0.97
    return module


def test_with_few_labels_and_little_time_a_taught_body_helps(taught: nn.Sequential) -> None:
    """Three labels a class, four epochs. (With thirty epochs both reach the same here.)"""
    staged: list[float] = []
    scratch: list[float] = []
    for seed in range(4):
        data = digits(5, labelled=3, seed=seed)
        grafted, fresh = new_head(taught, seed + 10), network(seed + 10)
        stages = [
            Stage(epochs=2, trainable="head", rate=0.01, curve="slanted", name="head"),
            Stage(epochs=2, rate=0.003, factor=2.6, curve="slanted", name="all"),
        ]
        run(grafted, stages, data)
        run(fresh, [Stage(epochs=4, rate=0.01, curve="slanted")], data)
        staged.append(accuracy(grafted, data[1]))
        scratch.append(accuracy(fresh, data[1]))
    assert np.mean(staged) > np.mean(scratch) + 0.05, (staged, scratch)


def test_frozen_first_then_unfrozen_from_the_top_down(taught: nn.Sequential) -> None:
    module, data = new_head(taught, 5), digits(5, labelled=10)
    stages = gradual_unfreezing(Groups.of(module, SPLIT), epochs=2, rate=0.01, last=3)

    def moved(stage: Stage) -> set[str]:
        before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
        run(module, [stage], data)
        now = module.state_dict()
        return {name.split(".")[0] for name in now if not torch.equal(now[name], before[name])}

    assert [moved(stage) for stage in stages] == [
        {"7", "9"},
        {"3", "7", "9"},
        {"0", "1", "3", "7", "9"},
    ]
    assert accuracy(module, data[1]) > 0.8
