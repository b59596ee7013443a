"""Gradient and loss of logistic regression over a block of logits, in one vectorised loop."""

from __future__ import annotations

import numpy as np

from . import kernel

_ZERO, _HALF, _ONE, _TWO, _THREE = (np.float32(x) for x in (0, 0.5, 1, 2, 3))
_THIRD, _FIFTH, _SEVENTH, _NINTH = (np.float32(1 / x) for x in (3, 5, 7, 9))

# tanh(x) = x P(x^2) / Q(x^2), the rational fit of Eigen's float tanh (generic_fast_tanh_float,
# MPL-2.0, coefficients only); error below 2e-7. Beyond the bound tanh is 1 in float32. Bounding the
# argument first is what makes overflow, and so NaN, impossible.
_BOUND = np.float32(7.90531110763549805)
_P1, _P3, _P5, _P7, _P9, _P11, _P13 = (
    np.float32(x)
    for x in (
        4.89352455891786e-03,
        6.37261928875436e-04,
        1.48572235717979e-05,
        5.12229709037114e-08,
        -8.60467152213735e-11,
        2.00018790482477e-13,
        -2.76076847742355e-16,
    )
)
_Q0, _Q2, _Q4, _Q6 = (
    np.float32(x)
    for x in (
        4.89352518554385e-03,
        2.26843463243900e-03,
        1.18534705686654e-04,
        1.19825839466702e-06,
    )
)


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
        w = weights[i]
        x = logits[i] if w > _ZERO else -logits[i]
        z = min(max(_HALF * x, -_BOUND), _BOUND)
        y = z * z
        p = ((((((_P13 * y + _P11) * y + _P9) * y + _P7) * y + _P5) * y + _P3) * y + _P1) * z
        q = ((_Q6 * y + _Q4) * y + _Q2) * y + _Q0
        tanh = p / q
        logits[i] = rate * w * (_HALF - _HALF * tanh)
        # softplus(-x) = max(-x, 0) + log(1 + exp(-|x|)); the logarithm is -log((1 + |tanh|) / 2)
        # by its series in r = (1 - |tanh|) / (3 + |tanh|), |r| <= 1/3: error below 2e-6.
        size = abs(tanh)
        r = (_ONE - size) / (_THREE + size)
        r2 = r * r
        soft = _TWO * r * (_ONE + r2 * (_THIRD + r2 * (_FIFTH + r2 * (_SEVENTH + r2 * _NINTH))))
        loss += abs(w) * (max(-x, _ZERO) + soft)
    return np.float64(loss)
