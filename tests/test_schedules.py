"""Curves, rates and stages."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from wordgraft.models.training.groups import Groups
from wordgraft.models.training.schedules import (
    CURVES,
    Stage,
    cosine,
    discriminative_rates,
    gradual_unfreezing,
    linear,
    one_cycle,
    slanted_triangular,
)


def three() -> Groups:
    return Groups.of(nn.ModuleDict({n: nn.Linear(2, 2) for n in ("low", "middle", "top")}))


def test_slanted_triangular_is_that_of_the_paper() -> None:
    """Equation 3, with T = 1000: cut = 100 exactly, so that its rounding changes nothing."""
    steps, cut_share, ratio = 1000, 0.1, 32
    cut = math.floor(steps * cut_share)
    for step in (0, 1, 50, 99, 100, 101, 500, 999, 1000):
        p = step / cut if step < cut else 1 - (step - cut) / (cut * (1 / cut_share - 1))
        expected = (1 + p * (ratio - 1)) / ratio
        assert slanted_triangular(step, steps, cut=cut_share, ratio=ratio) == pytest.approx(
            expected, abs=1e-12
        )


def test_one_cycle_is_that_of_pytorch() -> None:
    steps = 40
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    # Theirs reaches its borders at step 9 (rise * steps - 1) and 39 (steps - 1).
    theirs = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 1.0, total_steps=steps, pct_start=0.25, div_factor=25, final_div_factor=4000
    )
    for step in range(steps):
        at = step / 9 * 0.25 if step <= 9 else 0.25 + (step - 9) / 30 * 0.75
        found = one_cycle(at, 1.0, rise=0.25, start=25, end=1e5)
        assert found == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-12)
        optimizer.step()
        if step < steps - 1:
            theirs.step()


def test_linear_and_cosine_fall_to_nothing() -> None:
    assert [linear(step, 4) for step in range(6)] == [1, 0.75, 0.5, 0.25, 0, 0]
    assert [cosine(step, 4) for step in (0, 2, 4)] == pytest.approx([1, 0.5, 0])


@pytest.mark.parametrize("name", CURVES)
@given(st.floats(0, 1.5), st.integers(1, 10**6))
def test_a_curve_is_between_nothing_and_its_peak(name: str, share: float, steps: int) -> None:
    assert 0 <= CURVES[name](share * steps, steps) <= 1


@pytest.mark.parametrize(("name", "peak"), [("slanted", 0.1), ("one_cycle", 0.25)])
def test_a_curve_with_a_rise_has_one_peak(name: str, peak: float) -> None:
    values = [CURVES[name](step, 1000) for step in range(1001)]
    top = values.index(max(values))
    assert top == peak * 1000
    assert values[top] == pytest.approx(1)
    assert values[:top] == sorted(values[:top])
    assert values[top:] == sorted(values[top:], reverse=True)


def test_each_lower_group_has_its_rate_divided_by_the_factor() -> None:
    rates = discriminative_rates(three(), 0.26, factor=2.6)
    assert list(rates) == ["low", "middle", "top"]
    assert list(rates.values()) == pytest.approx([0.26 / 6.76, 0.1, 0.26])


def test_a_stage_gives_rates_to_those_that_learn() -> None:
    stage = Stage(epochs=1, trainable=2, rate=0.4, factor=2, curve="linear")
    assert stage.rates(three(), 5, 10) == pytest.approx({"middle": 0.1, "top": 0.2})
    own = Stage(epochs=1, trainable="low", rate=1.0, curve=lambda step, steps: step / steps)
    assert own.rates(three(), 1, 4) == {"low": 0.25}


def test_a_stage_tells_all_that_is_wrong_with_it() -> None:
    stage = Stage(epochs=0, trainable="roof", rate=0, factor=0.5, curve="round")
    told = stage.problems(three())
    assert len(told) == 5
    assert told[0] == "epochs: expected a whole number from 1, found 0"
    assert told[1] == "rate: expected a learning rate above 0, found 0"
    assert told[2] == "factor: expected a number from 1, found 0.5"
    assert "one of 'constant', 'linear', 'cosine', 'slanted', 'one_cycle'; found 'round'" in told[3]
    assert "names among 'low', 'middle', 'top'; found 'roof'" in told[4]
    assert Stage(epochs=1, rate=math.nan).problems(three())
    assert not Stage(epochs=1).problems(three())


def test_a_stage_in_which_nothing_can_learn_is_told() -> None:
    module = nn.ModuleDict({"low": nn.Linear(2, 2), "top": nn.Linear(2, 2)})
    for parameter in module["low"].parameters():
        parameter.requires_grad_(requires_grad=False)
    groups = Groups.of(module)
    (told,) = Stage(epochs=1, trainable="low").problems(groups)
    assert "nothing can learn in 'low'" in told
    assert not Stage(epochs=1, trainable="all").problems(groups)


def test_gradual_unfreezing_takes_one_group_more_at_a_time() -> None:
    stages = gradual_unfreezing(three(), epochs=1, last=4, rate=0.01, factor=2.6)
    assert [stage.trainable for stage in stages] == [1, 2, 3]
    assert [stage.epochs for stage in stages] == [1, 1, 4]
    assert [stage.name for stage in stages] == ["top 1", "top 2", "all"]
    assert {stage.rate for stage in stages} == {0.01}
