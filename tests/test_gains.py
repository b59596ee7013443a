"""What one model is ahead of another on the same texts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wordgraft.tasks.pages.gains import Gain, accuracy


def test_a_gain_is_of_the_texts_on_which_two_models_differ() -> None:
    right, other = np.array([1, 1, 1, 0], bool), np.array([1, 0, 1, 0], bool)
    found = Gain.of(right, other)  # one ahead, none behind, of 4: Agresti and Min's Wald+2
    assert found.value == 0.25
    assert found.interval == pytest.approx(1.96 * math.sqrt(2 - 1 / 6) / 6)
    assert str(found) == "+25.0 ±44.2"
    turned = Gain.of(other, right)
    assert (turned.value, turned.interval) == (-found.value, found.interval)


@pytest.mark.parametrize(
    ("ahead", "behind", "both", "said"),
    [(5, 0, 0, "+100.0 ±43.6"), (0, 5, 0, "-100.0 ±43.6"), (0, 0, 5, "+0.0 ±28.0"),
     (1, 0, 0, "+100.0 ±84.3"), (0, 0, 1, "+0.0 ±65.3")],
)  # fmt: skip
def test_few_texts_are_never_sure(ahead: int, behind: int, both: int, said: str) -> None:
    right = np.array([1] * ahead + [0] * behind + [1] * both, bool)
    other = np.array([0] * ahead + [1] * behind + [1] * both, bool)
    assert str(Gain.of(right, other)) == said


def test_of_many_texts_it_is_that_of_the_mean_difference() -> None:
    rng = np.random.default_rng(0)
    right, other = rng.random(4000) < 0.8, rng.random(4000) < 0.75
    steps = right.astype(float) - other
    assert Gain.of(right, other).value == pytest.approx(steps.mean())
    plain = 1.96 * steps.std(ddof=1) / math.sqrt(4000)
    assert Gain.of(right, other).interval == pytest.approx(plain, rel=2e-3)


def test_an_accuracy_has_its_interval() -> None:
    found = accuracy(np.array([1, 1, 1, 0], bool))
    assert found.value == 0.75
    assert 0.3 < found.low < 0.75 < found.high < 1.0
