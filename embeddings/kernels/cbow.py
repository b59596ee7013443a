"""The chunk of CBOW: means of contexts by running sums, steps shared out by running differences."""

from __future__ import annotations

import numpy as np

from . import kernel
from .logistic import logistic_gradient
from .products import add_product, dot_rows, set_product, transpose
from .rows import add_difference, add_scaled, copy_row, set_between
from .weighing import weigh_noise

_ZERO, _ONE = np.float32(0), np.float32(1)


@kernel
def _share(low, high):
    """Return the weight of each context in the mean; 0 where there is none."""
    contexts = high - low - 1
    return _ONE / np.float32(contexts) if contexts > 0 else _ZERO


@kernel
def _average(x, kept, start, size, first, width):
    """Fill ``left`` by the contexts' means: differences of running sums, less the position."""
    for t in range(size):
        at = start + t
        low, high = kept.low[at], kept.high[at]
        ends = (high - first) * width, (low - first) * width, (at - first) * width
        parts = (x.sums, ends[0], x.sums, ends[1], x.sums, ends[2] + width, x.sums, ends[2])
        set_between(x.left, t * width, parts, _share(low, high), width)


@kernel
def _share_out(x, kept, start, size, first, reach, width, right):
    """Add to each context its shares of the steps of the means it is in.

    A step is noted where the window opens and taken back where it closes; a running sum then meets
    at each context all windows open there, of which the context's own is taken out.
    """
    x.sums[: (reach + 1) * width] = _ZERO
    for t in range(size):
        at = start + t
        share = _share(kept.low[at], kept.high[at])
        opens, closes = (kept.low[at] - first) * width, (kept.high[at] - first) * width
        add_scaled(x.sums, opens, (x.own, t * width), share, width)
        add_scaled(x.sums, closes, (x.own, t * width), -share, width)
    x.carry[:] = _ZERO
    for i in range(reach):
        add_scaled(x.carry, 0, (x.sums, i * width), _ONE, width)
        at, t, share = first + i, 0, _ZERO
        if start <= at < start + size:
            t = at - start
            share = _share(kept.low[at], kept.high[at])
        add_difference(right, x.to_right[i], (x.carry, 0, x.own, t * width), share, width)


@kernel
def cbow_chunk(
    model, x, kept, start, size, count, window, width, negative, rate, left, right, noise
):
    """Train one gathered chunk of CBOW positions; arguments and results as ``skipgram_chunk``.

    Each position predicts its word from the mean of its contexts, and each context receives its
    share, one over their number, of the step of the mean. A "pair" is a position with a context.
    """
    n, chunk = x.words.shape[0], x.to_left.shape[0]
    first = max(0, start - window)
    reach = min(count, start + size + window) - first
    weigh_noise(x, kept, start, size, negative, True)
    _average(x, kept, start, size, first, width)
    pairs = 0
    for t in range(size):
        paired = kept.high[start + t] - kept.low[start + t] > 1
        x.own_weight[t] = _ONE if paired else _ZERO
        pairs += 1 if paired else 0
    w_out, own, one = model.w_out, x.from_left, x.ones
    dot_rows(x.own_score, x.numbers, x.left, x.rows, w_out, own, x.numbers, one, size, width)
    transpose(x.left_across, x.left, chunk, width)
    set_product(x.far, w_out, x.from_noise, n, x.left_across, chunk, width)
    loss = logistic_gradient(x.own_score[:size], x.own_weight[:size], rate)
    loss += logistic_gradient(x.far, x.far_weight, rate)
    for t in range(size):
        copy_row(x.own, t * width, (w_out, own[t]), x.own_score[t], width)
    add_product(x.own, x.rows, size, x.far, 1, chunk, w_out, x.from_noise, n, width)
    for t in range(size):
        add_scaled(left, x.to_left[t], (x.left, t * width), x.own_score[t], width)
    add_product(noise, x.to_noise, n, x.far, chunk, 1, x.left, x.rows, size, width)
    _share_out(x, kept, start, size, first, reach, width, right)
    return loss, pairs
