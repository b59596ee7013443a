"""What one model is ahead of another on the same texts."""

from __future__ import annotations

import numpy as np
import pytest

from wordgraft.tasks.pages.gains import Gain, accuracy


def test_a_gain_is_of_the_texts_on_which_two_models_differ() -> None:
    right, other = np.array([1, 1, 1, 0], bool), np.array([1, 0, 1, 0], bool)
    found = Gain.of(right, other)  # differences 0, 1, 0, 0: mean .25, variance .25
    assert found.value == 0.25
    assert found.interval == pytest.approx(1.96 * 0.5 / 2)
    assert str(found) == "+25.0 ±49.0"
    assert Gain.of(right[:1], other[:1]).interval is None


def test_an_accuracy_has_its_interval() -> None:
    found = accuracy(np.array([1, 1, 1, 0], bool))
    assert found.value == 0.75
    assert 0.3 < found.low < 0.75 < found.high < 1.0
