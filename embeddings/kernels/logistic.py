"""Gradient and loss of logistic regression over a block of logits, in one vectorised loop."""

from __future__ import annotations

import numpy as np

from . import kernel
from .simd import LANES

_ZERO, _HALF, _ONE = (np.float32(x) for x in (0, 0.5, 1))

# tanh(x) = x P(x^2) / Q(x^2) up to the bound, where float32 rounds tanh to 1; error below 4e-7. Our
# own fit: tests/reference/fit_tanh.py. Bounding the argument first makes overflow impossible.
_BOUND = np.float32(9.0)
_P1, _P3, _P5, _P7, _P9, _P11, _P13 = (
    np.float32(x)
    for x in (
        9.999999689e-01,
        1.307915654e-01,
        3.098646313e-03,
        1.110173852e-05,
        -2.002921571e-08,
        5.192527782e-11,
        -8.290894793e-14,
    )
)
_Q2, _Q4, _Q6 = (np.float32(x) for x in (4.641247678e-01, 2.447372978e-02, 2.538589446e-04))

# log 2 - log(1 + a) for 0 <= a <= 1 by interpolation at Chebyshev's nodes; error below 3e-7.
_S0, _S1, _S2, _S3, _S4, _S5, _S6, _S7, _S8 = (
    np.float32(x)
    for x in (
        6.931471415e-01,
        -9.999936303e-01,
        4.998254986e-01,
        -3.314466522e-01,
        2.394333707e-01,
        -1.649981298e-01,
        9.229041728e-02,
        -3.426459990e-02,
        6.006605036e-03,
    )
)


@kernel(inline="always")
def _step_and_loss(logit, weight, rate):
    """Return the step and the loss of one logit; see ``logistic_gradient``."""
    x = logit if weight > _ZERO else -logit
    z = min(max(_HALF * x, -_BOUND), _BOUND)
    y = z * z
    p = ((((((_P13 * y + _P11) * y + _P9) * y + _P7) * y + _P5) * y + _P3) * y + _P1) * z
    q = ((_Q6 * y + _Q4) * y + _Q2) * y + _ONE
    tanh = p / q
    # softplus(-x) = max(-x, 0) + log(1 + exp(-|x|)); the logarithm is log 2 - log(1 + |tanh|).
    a = abs(tanh)
    soft = (
        ((((((_S8 * a + _S7) * a + _S6) * a + _S5) * a + _S4) * a + _S3) * a + _S2) * a + _S1
    ) * a + _S0
    return rate * weight * (_HALF - _HALF * tanh), abs(weight) * (max(-x, _ZERO) + soft)


# fastmath: without it the sum of losses and the minimum and maximum keep the loop scalar, 8 times
# slower. No NaN or infinity can arise: weights and logits are finite, the argument is bounded.
@kernel(fastmath=True)
def logistic_gradient(logits, weights, rate):
    """Replace logits by the scaled gradients of the log-likelihood of their labels.

    The sign of a weight is the label: positive for a true pair, negative for noise. Per logit x,
    weight w and label s: ``x <- rate * w * sigma(-s * x)``, the step up the gradient of
    ``|w| * log sigma(s * x)``.

    Args:
        logits: float32[n], overwritten by the steps.
        weights: float32[n], how often each logit counts; 0 leaves it out of step and loss.
        rate: Learning rate, float32.

    Returns:
        ``-sum_i |w_i| log sigma(s_i * x_i)`` as float64, in nats.

    Source: Mikolov et al. 2013, arXiv:1310.4546, eq. 4.
    """
    loss = _ZERO
    for i in range(logits.shape[0]):
        logits[i], lost = _step_and_loss(logits[i], weights[i], rate)
        loss += lost
    return np.float64(loss)


@kernel(fastmath=True)
def logistic_lines(logits, weights, lines, rate, losses):
    """Do as ``logistic_gradient`` with whole vectors: no rest, and losses summed lane by lane.

    Args:
        logits: float32[>= lines * LANES], overwritten by the steps.
        weights: float32[the same].
        lines: How many vectors.
        rate: Learning rate, float32.
        losses: float32[LANES], added to.
    """
    for line in range(lines):
        for lane in range(LANES):
            i = line * LANES + lane
            logits[i], lost = _step_and_loss(logits[i], weights[i], rate)
            losses[lane] += lost
