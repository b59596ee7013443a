"""One step of a recurrent network for one text: GRU, LSTM and Elman cells, and their gradients.

A row holds H numbers for each gate, one gate behind the other. Loops are kept to a few arrays
each: LLVM vectorises a loop only if it can test at run time that its arrays don't overlap.
"""

from __future__ import annotations

import numpy as np

from . import kernel

_ZERO, _HALF, _ONE = (np.float32(x) for x in (0, 0.5, 1))

# As in logistic.py: tanh(x) = x P(x^2) / Q(x^2), error below 4e-7, no overflow.
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


# Freedom enough to vectorise, but NaN stays NaN: weights that have diverged must show in the loss.
_FAST = {"nsz", "arcp", "contract", "reassoc"}


@kernel(inline="always")
def _tanh(x):
    z = _BOUND if x > _BOUND else x  # not min(): these comparisons let NaN through
    z = -_BOUND if z < -_BOUND else z
    y = z * z
    p = ((((((_P13 * y + _P11) * y + _P9) * y + _P7) * y + _P5) * y + _P3) * y + _P1) * z
    return p / (((_Q6 * y + _Q4) * y + _Q2) * y + _ONE)


@kernel(inline="always")
def _sigmoid(x):
    return _HALF + _HALF * _tanh(_HALF * x)


@kernel(fastmath=_FAST)
def gru_step(x, s, v, h, out, size):
    """Make one step of a GRU.

    Args:
        x: float32[3H], what the input says to reset gate, update gate and new state.
        s: float32[3H], what the state before says to them.
        v: float32[4H], overwritten by both gates, the state's part of the new state, and the new
            state, for :func:`gru_gradient`.
        h: float32[H], the state, updated.
        out: float32[H], overwritten by the state.
        size: H.

    Source: Cho et al. 2014 (arXiv:1406.1078), in PyTorch's form: the reset gate is applied behind
    the product with the state.
    """
    gates, own, new, update = v[: 2 * size], v[2 * size : 3 * size], v[3 * size :], v[size:]
    for j in range(2 * size):
        gates[j] = _sigmoid(x[j] + s[j])
    x_new, s_new = x[2 * size :], s[2 * size :]
    for j in range(size):
        own[j] = s_new[j]
    for j in range(size):
        new[j] = _tanh(x_new[j] + v[j] * s_new[j])
    for j in range(size):
        h[j] = new[j] + update[j] * (h[j] - new[j])
    for j in range(size):
        out[j] = h[j]


@kernel(fastmath=_FAST)
def gru_gradient(v, before, d, s, size):
    """Go one step back through a GRU.

    Args:
        v: float32[4H], as :func:`gru_step` left it; overwritten by the gradients of what was said
            to reset and update gate, of the state's part of the new state, and of the input's.
        before: float32[H], the state before the step.
        d: float32[H], gradient of the state behind the step; replaced by that of the state before
            as far as it doesn't come through the gates.
        s: float32[3H], overwritten by the gradients of what the state said.
        size: H.
    """
    reset, update, own, new = v[:size], v[size : 2 * size], v[2 * size : 3 * size], v[3 * size :]
    s_update, s_own = s[size : 2 * size], s[2 * size :]
    for j in range(size):
        s_update[j] = d[j] * (before[j] - new[j]) * update[j] * (_ONE - update[j])
    for j in range(size):
        new[j] = d[j] * (_ONE - update[j]) * (_ONE - new[j] * new[j])
    for j in range(size):
        s[j] = new[j] * own[j] * reset[j] * (_ONE - reset[j])
    for j in range(size):
        s_own[j] = new[j] * reset[j]
    for j in range(size):
        d[j] *= update[j]
    for j in range(3 * size):
        v[j] = s[j]


@kernel(fastmath=_FAST)
def lstm_step(x, s, v, h, c, out, size):
    """Make one step of an LSTM.

    Args:
        x: float32[4H], what the input says to input gate, forget gate, candidate and output gate.
        s: float32[4H], what the state before says to them.
        v: float32[5H], overwritten by these four, and the cell, for :func:`lstm_gradient`.
        h: float32[H], the state, updated.
        c: float32[H], the cell, updated.
        out: float32[H], overwritten by the state.
        size: H.

    Source: Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000.
    """
    first, last = v[: 2 * size], v[3 * size : 4 * size]
    candidate, cell, forget = v[2 * size : 3 * size], v[4 * size :], v[size:]
    x_2, s_2, x_3, s_3 = x[2 * size :], s[2 * size :], x[3 * size :], s[3 * size :]
    for j in range(2 * size):
        first[j] = _sigmoid(x[j] + s[j])
    for j in range(size):
        candidate[j] = _tanh(x_2[j] + s_2[j])
    for j in range(size):
        last[j] = _sigmoid(x_3[j] + s_3[j])
    for j in range(size):
        c[j] = forget[j] * c[j] + v[j] * candidate[j]
    for j in range(size):
        cell[j] = c[j]
    for j in range(size):
        h[j] = last[j] * _tanh(c[j])
    for j in range(size):
        out[j] = h[j]


@kernel(fastmath=_FAST)
def lstm_gradient(v, before, d, dc, s, size):
    """Go one step back through an LSTM.

    Args:
        v: float32[5H], as :func:`lstm_step` left it; the first four fifths are overwritten by the
            gradients of what was said to the gates.
        before: float32[H], the cell before the step.
        d: float32[H], gradient of the state behind the step; becomes 0, for all of it goes on
            through the gates.
        dc: float32[H], gradient of the cell; replaced by that of the cell before.
        s: float32[4H], overwritten by the same as ``v``.
        size: H.
    """
    i, f, g = v[:size], v[size : 2 * size], v[2 * size : 3 * size]
    o, cell = v[3 * size : 4 * size], v[4 * size :]
    s_f, s_g, s_o = s[size : 2 * size], s[2 * size : 3 * size], s[3 * size :]
    for j in range(size):
        s_o[j] = _tanh(cell[j])
    for j in range(size):
        dc[j] += d[j] * o[j] * (_ONE - s_o[j] * s_o[j])
    for j in range(size):
        s_o[j] *= d[j] * o[j] * (_ONE - o[j])
    for j in range(size):
        s_f[j] = dc[j] * before[j] * f[j] * (_ONE - f[j])
    for j in range(size):
        s_g[j] = dc[j] * i[j] * (_ONE - g[j] * g[j])
    for j in range(size):
        s[j] = dc[j] * g[j] * i[j] * (_ONE - i[j])
    for j in range(size):
        dc[j] *= f[j]
    for j in range(size):
        d[j] = _ZERO
    for j in range(4 * size):
        v[j] = s[j]


@kernel(fastmath=_FAST)
def elman_step(x, s, v, h, out, size):
    """Make one step of an Elman network: ``h = tanh(x + s)``.

    Args:
        x: float32[H], what the input says.
        s: float32[H], what the state before says.
        v: float32[H], overwritten by the state, for :func:`elman_gradient`.
        h: float32[H], overwritten by the state.
        out: float32[H], likewise.
        size: H.
    """
    for j in range(size):
        h[j] = _tanh(x[j] + s[j])
    for j in range(size):
        v[j] = h[j]
    for j in range(size):
        out[j] = h[j]


@kernel(fastmath=_FAST)
def elman_gradient(v, d, s, size):
    """Go one step back through an Elman network.

    Args:
        v: float32[H], as :func:`elman_step` left it; overwritten by the gradient of ``x + s``.
        d: float32[H], gradient of the state behind the step; becomes 0.
        s: float32[H], overwritten by the same as ``v``.
        size: H.
    """
    for j in range(size):
        s[j] = d[j] * (_ONE - v[j] * v[j])
    for j in range(size):
        v[j] = s[j]
    for j in range(size):
        d[j] = _ZERO
