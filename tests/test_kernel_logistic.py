"""The logistic kernel against scipy in float64."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import expit, log_expit

from wordgraft.embeddings.kernels.logistic import logistic_gradient, logistic_lines
from wordgraft.embeddings.kernels.simd import LANES

_LOGITS = st.one_of(st.floats(-20, 20, width=32), st.floats(-1000, 1000, width=32))
_WEIGHTS = st.one_of(st.just(0.0), st.floats(-25, 25, width=32))


def _check(logits: np.ndarray, weights: np.ndarray, rate: float, function=logistic_gradient):
    """Steps to 2e-7 of the largest possible one, loss to 1e-6 per pair and float32's rounding."""
    labels, counts = np.where(weights > 0, 1.0, -1.0), np.abs(weights.astype(np.float64))
    steps = logits.copy()
    loss = function(steps, weights, np.float32(rate))
    exact = np.float32(rate) * weights * expit(-labels * logits.astype(np.float64))
    error = np.abs(steps - exact)
    assert (error <= 2e-7 * rate * (counts + np.abs(exact))).all()
    lost = -counts * log_expit(labels * logits)
    assert isinstance(loss, float)
    assert abs(loss - lost.sum()) <= 1e-6 * counts.sum() + 2e-6 * lost.sum()


@given(
    pairs=hnp.arrays(
        np.dtype([("logit", np.float32), ("weight", np.float32)]),
        st.integers(0, 70),
        elements=st.tuples(_LOGITS, _WEIGHTS),
    ),
    rate=st.sampled_from([0.0, 1e-4, 0.025, 1.0]),
)
@example(np.array([(0, 1)], [("logit", np.float32), ("weight", np.float32)]), 1.0)
def test_steps_and_loss_equal_scipy(pairs: np.ndarray, rate: float) -> None:
    _check(pairs["logit"].copy(), pairs["weight"].copy(), rate)


@pytest.mark.parametrize("weight", [1.0, -1.0, 0.2, -7.0])
def test_steps_and_loss_equal_scipy_one_by_one(weight: float) -> None:
    """Each logit alone, so that no error hides in a sum; both sides of every bound of the fit."""
    near = np.linspace(-40, 40, 4001, dtype=np.float32)
    for logit in [*near, -1000.0, 1000.0, 1e37, -1e37, 1e-45, -1e-45]:
        _check(np.array([logit], np.float32), np.array([weight], np.float32), 0.5)


def test_steps_are_the_slope_of_the_loss() -> None:
    """Finite differences in float64 of the loss that scipy confirms."""
    logits, weights = np.linspace(-9, 9, 37), np.linspace(-3, 4, 37)
    labels, counts = np.where(weights > 0, 1.0, -1.0), np.abs(weights)
    h = 1e-5
    above, below = (-counts * log_expit(labels * (logits + d)) for d in (h, -h))
    steps = logits.astype(np.float32)
    logistic_gradient(steps, weights.astype(np.float32), np.float32(1))
    np.testing.assert_allclose(steps, -(above - below) / (2 * h), atol=2e-6)


@pytest.mark.parametrize("lines", [0, 1, 5])
def test_whole_lines_give_the_same(lines: int) -> None:
    random = np.random.default_rng(lines)
    logits, weights = (random.normal(0, s, 6 * LANES).astype(np.float32) for s in (5, 2))
    steps, losses, expected = logits.copy(), np.ones(LANES, np.float32), logits.copy()
    logistic_lines(steps, weights, lines, np.float32(0.1), losses)
    part = slice(lines * LANES)
    loss = logistic_gradient(expected[part], weights[part], np.float32(0.1))
    np.testing.assert_allclose(steps, expected, atol=1e-7)
    assert losses.sum() - LANES == pytest.approx(loss, rel=1e-5)


def test_weight_zero_leaves_a_logit_out() -> None:
    logits, weights = np.array([5, -1000, 1e37], np.float32), np.zeros(3, np.float32)
    assert logistic_gradient(logits, weights, np.float32(1)) == 0.0
    np.testing.assert_array_equal(logits, 0)


def test_steps_never_leave_their_bounds() -> None:
    """Between nothing and the whole rate but for rounding, however far off; no NaN."""
    logits = np.random.default_rng(0).normal(0, 30, 20_000).astype(np.float32)
    steps = logits.copy()
    logistic_gradient(steps, np.ones_like(logits), np.float32(1))
    assert steps.min() >= -2e-7
    assert steps.max() <= 1 + 2e-7


def test_compiled_equals_plain_python() -> None:
    random = np.random.default_rng(1)
    logits = random.normal(0, 5, 50).astype(np.float32)
    weights = random.normal(0, 2, 50).astype(np.float32)
    _check(logits, weights, 0.1, getattr(logistic_gradient, "py_func", logistic_gradient))
