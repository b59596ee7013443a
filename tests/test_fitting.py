"""The loop: what it computes, keeps, tells and leaves alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from reference.small_fit import examples, network, run, source, state
from wordgraft.models.training import fitting
from wordgraft.models.training.batch_source import ArraySource
from wordgraft.models.training.devices import make_accelerator
from wordgraft.models.training.groups import Groups
from wordgraft.models.training.l2sp import L2SP
from wordgraft.models.training.learner import shared
from wordgraft.models.training.progress import FitProgress
from wordgraft.models.training.schedules import Stage

pytestmark = pytest.mark.usefixtures("one_thread")


# --- what it computes ------------------------------------------------------------------------


def test_it_is_the_loop_that_everybody_writes() -> None:
    plain, fitted = network(), network()
    optimizer = torch.optim.Adam(plain.parameters(), lr=0.01)
    sums, rights = [], []
    for epoch in range(3):
        total = right = 0.0
        for inputs, target in source().epoch(epoch):
            output = plain(inputs)
            loss = nn.functional.cross_entropy(output, target)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(plain.parameters(), 0.5, foreach=False)
            optimizer.step()
            total += loss.item() * len(target)
            right += (output.argmax(1) == target).sum().item()
        sums.append(total / 70)
        rights.append(right / 70)
    history = run(fitted, clip=0.5)
    for mine, theirs in zip(fitted.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs)
    assert [epoch.loss for epoch in history.epochs] == pytest.approx(sums, rel=1e-6)
    assert [epoch.accuracy for epoch in history.epochs] == pytest.approx(rights)
    assert [epoch.examples for epoch in history.epochs] == [70, 70, 70]
    assert history.epochs[0].rates == {"0": 0.01, "4": 0.01}
    assert history.best == 3


def test_same_seed_same_weights_and_another_seed_others() -> None:
    modules = [network(dropout=0.5) for _ in range(3)]
    for module, seed in zip(modules, (1, 1, 2), strict=True):
        run(module, seed=seed)
    assert state(modules[0]) == state(modules[1])
    assert state(modules[0]) != state(modules[2])


def test_no_random_state_outside_is_changed_or_matters() -> None:
    one, other = network(dropout=0.5), network(dropout=0.5)
    torch.manual_seed(1)
    before = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    run(one)
    after = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]
    torch.manual_seed(2)
    run(other)
    assert state(one) == state(other)


def test_stages_train_their_groups_and_leave_the_others_alone() -> None:
    module = network(norm=True)
    groups = Groups.of(module, [["0", "1"], "4"])
    before = state(module)
    stages = [Stage(epochs=2, trainable="head", name="head"), Stage(epochs=1, factor=4)]
    run(module, groups=groups, stages=stages[:1])
    after = state(module)
    assert after[:-2] == before[:-2], "weights and running statistics of the frozen body"
    assert after[-2:] != before[-2:]
    history = run(module, groups=groups, stages=stages)
    assert all(a != b for a, b in zip(state(module), after, strict=True))
    assert [epoch.stage for epoch in history.epochs] == ["head", "head", "2"]
    assert history.epochs[2].rates == {"0": 1e-3 / 4, "4": 1e-3}


def test_the_curve_runs_over_the_whole_stage() -> None:
    seen: list[float] = []

    class Seen(torch.optim.SGD):
        def step(self, closure: Any = None) -> None:
            seen.append(self.param_groups[0]["lr"])

    stage = Stage(epochs=2, rate=0.1, curve="linear")
    run(network(), stages=[stage], optimizer=Seen)
    assert seen == pytest.approx([0.1 * (1 - step / 10) for step in range(10)])


def test_a_step_is_never_longer_than_the_clip() -> None:
    module = network()
    before = torch.cat([p.detach().flatten() for p in module.parameters()])
    one = ArraySource(*examples(), batch_size=70)
    run(module, train=one, stages=[Stage(epochs=1, rate=1.0)], optimizer=torch.optim.SGD, clip=0.01)
    after = torch.cat([p.detach().flatten() for p in module.parameters()])
    assert (after - before).norm().item() == pytest.approx(0.01, rel=1e-3)


def test_the_anchor_holds_the_body_near_its_start() -> None:
    def moved(strength: float) -> float:
        module = network()
        groups = Groups.of(module)
        start = module[0].weight.detach().clone()
        anchor = L2SP(groups, strength=strength)
        run(
            module, groups=groups, anchor=anchor, optimizer=torch.optim.SGD,
            stages=[Stage(epochs=20, rate=0.1)],
        )  # fmt: skip
        return (module[0].weight - start).norm().item()

    assert moved(5.0) < moved(0.5) / 3 < moved(0.0) / 3


def test_several_optimizers_and_scales_of_the_rate() -> None:
    module = network()
    before = [p.detach().clone() for p in module.parameters()]

    def make(groups: list[dict[str, Any]]) -> list[torch.optim.Optimizer]:
        return [
            torch.optim.SGD([{**groups[0], "scale": 0.0}]),
            torch.optim.Adam([{**groups[1], "scale": 2.0}]),
        ]

    run(module, optimizer=make)
    after = list(module.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before[:2], after[:2], strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(before[2:], after[2:], strict=True))


# --- the held-out part -----------------------------------------------------------------------


class Worse:
    """A held-out part on which the network gets ever worse: its targets are wrong on purpose."""

    def __len__(self) -> int:
        return 1

    def epoch(self, number: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        assert number == 0
        inputs, target = examples(40, 2)
        yield torch.from_numpy(inputs), torch.from_numpy((target + 1) % 3)


def test_patience_ends_a_stage_and_the_best_weights_are_kept() -> None:
    module, once = network(), network()
    stages = [Stage(epochs=1, rate=0.05), Stage(epochs=9, rate=0.05, name="long")]
    history = run(module, valid=Worse(), patience=2, stages=stages)
    assert len(history.epochs) == 3
    assert history.best == 1
    assert history.stopped_early == ("long",)
    losses = [epoch.valid_loss for epoch in history.epochs]
    assert losses == sorted(losses)
    run(once, stages=stages[:1])
    assert state(module) == state(once)


def test_without_patience_every_epoch_is_trained_and_the_best_kept() -> None:
    module, once = network(), network()
    history = run(module, valid=Worse(), stages=[Stage(epochs=4, rate=0.05)])
    assert len(history.epochs) == 4
    assert (history.best, history.stopped_early) == (1, ())
    run(once, stages=[Stage(epochs=1, rate=0.05)])
    assert state(module) == state(once)


def test_what_is_monitored_decides_what_is_best() -> None:
    class Odd(nn.Module):
        """Ever surer of the right class; the loss counts that as worse."""

        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return inputs * self.weight

    one = ArraySource(torch.ones(4, 1), torch.ones(4))
    for monitor, best in (("loss", 1), ("accuracy", 2)):
        history = run(
            Odd(), train=one, valid=one, monitor=monitor, optimizer=torch.optim.SGD,
            stages=[Stage(epochs=3, rate=1.0)],
            loss=lambda output, target: -output.mean() if output.requires_grad else output.mean(),
            score=lambda output, target: (output[:, 0] > 1.5).float(),
        )  # fmt: skip
        assert history.best == best, monitor


def test_held_out_means_are_over_examples() -> None:
    module = network(dropout=0.5)
    inputs, target = examples(50, 3)
    valid = ArraySource(inputs, target, batch_size=16, shuffle=False)
    history = run(module, valid=valid, stages=[Stage(epochs=1)])
    module.eval()
    with torch.no_grad():
        output = module(torch.from_numpy(inputs))
    expected = nn.functional.cross_entropy(output, torch.from_numpy(target)).item()
    assert history.epochs[0].valid_loss == pytest.approx(expected, rel=1e-6)
    assert history.epochs[0].valid_accuracy == pytest.approx(
        (output.argmax(1).numpy() == target).mean()
    )


# --- what it takes and tells -----------------------------------------------------------------


@dataclass
class Texts:
    ids: torch.Tensor
    tokens: int

    def to(self, device: Any) -> Texts:
        return Texts(self.ids.to(device), self.tokens)


class TextBatches:
    """Batches of a kind of their own, one after the other, not to be indexed."""

    def __len__(self) -> int:
        return 99  # an estimate

    def epoch(self, number: int) -> Iterator[tuple[Texts, torch.Tensor]]:
        for inputs, target in source().epoch(number):
            yield Texts(inputs, 7 * len(inputs)), target


class Reads(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = network()

    def forward(self, texts: Texts) -> torch.Tensor:
        return self.net(texts.ids)


def test_batches_may_be_anything_and_come_one_by_one() -> None:
    reads, plain = Reads(), network()
    history = run(reads, train=TextBatches())
    run(plain)
    assert state(reads) == state(plain)
    assert history.epochs[0].tokens == 7 * 70


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "_SECONDS_BETWEEN_REPORTS", 0.0)
    told: list[FitProgress] = []
    history = run(network(), valid=source(), progress=told.append)
    assert [(t.epoch, t.step) for t in told[:7]] == [
        (1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (1, 5), (2, 1),
    ]  # fmt: skip
    assert {(t.epochs, t.steps, t.stage, t.rate) for t in told} == {(3, 5, "1", 0.01)}
    assert told[5].loss == history.epochs[0].loss
    assert told[5].accuracy == history.epochs[0].accuracy
    assert (told[5].last, told[6].last) == (None, history.epochs[0])
    assert all(t.tokens_per_second > 0 and t.seconds_left >= 0 for t in told)
    assert told[-1].seconds_left == 0


def test_an_error_of_the_caller_leaves_the_module_in_order() -> None:
    module = network(norm=True)
    module[0].weight.requires_grad_(requires_grad=False)
    module.eval()

    def fail(_: FitProgress) -> None:
        raise OSError("mine")

    with pytest.raises(OSError, match="mine"):
        run(module, progress=fail, stages=[Stage(epochs=1, trainable="head")])
    assert not any(part.training for part in module.modules())
    assert [p.requires_grad for p in module.parameters()] == [False, *[True] * 5]
    assert "forward" not in vars(module)


def test_half_precision_leaves_the_module_as_it_was() -> None:
    module, exact = network(), network()
    history = run(module, accelerator=make_accelerator("cpu", precision="bf16"), valid=source())
    expected = run(exact, accelerator=make_accelerator("cpu", precision="no"), valid=source())
    assert "forward" not in vars(module)
    assert {p.dtype for p in module.parameters()} == {torch.float32}
    assert state(module) != state(exact)
    assert history.epochs[-1].valid_loss == pytest.approx(expected.epochs[-1].valid_loss, rel=0.05)


def test_the_head_alone_may_be_given_by_name_and_nothing_scored() -> None:
    history = run(network(), stages=[Stage(epochs=1, trainable=["4"])], score=None)
    assert history.epochs[0].accuracy is None


@pytest.mark.parametrize(("processes", "n"), [(1, 5), (2, 5), (3, 5), (3, 1), (4, 4), (3, 6)])
@pytest.mark.parametrize("start", [0, 1])
def test_processes_share_an_epoch_evenly(processes: int, n: int, start: int) -> None:
    rounds = -(-n // processes)
    for rank in range(processes):
        expected = [(turn * processes + rank) % n for turn in range(start, rounds)]
        for batches in (list(range(n)), iter(range(n))):
            found = shared(batches, rank=rank, processes=processes, start=start)
            assert list(found) == expected
