"""Recurrent networks over texts of any lengths, forwards and backwards in time.

A group of texts goes through all its steps in one call: threads take groups and directions, and
never wait for each other. Texts of a group are sorted, longest first, so that those which still
have a token are always the first ones: there is no padding. What is computed for a text never
depends on the others: its sums are taken in the same order in any company.
"""

from __future__ import annotations

from . import kernel
from .cells import (
    elman_gradient,
    elman_step,
    gru_gradient,
    gru_step,
    lstm_gradient,
    lstm_step,
)
from .products import add_product

ELMAN, GRU, LSTM = 0, 1, 2


@kernel
def run_forward(
    kind,
    x,
    x_at,
    weights,
    weights_at,
    bias,
    first,
    lengths,
    backwards,
    states,
    column,
    step,
    saved,
    saved_step,
    h,
    c,
    sums,
    sums_at,
    size,
):
    """Run a group of texts through one direction of one layer.

    Args:
        kind: ELMAN, GRU or LSTM; gates G are 1, 3 or 4, numbers saved per token S*H with S 1, 4, 5.
        x: float32[...], what the inputs say to the gates, rows of G*H.
        x_at: int64[T], where each token's row begins.
        weights: float32[H * G*H], row k is what number k of the state says to all gates.
        weights_at: int64[H], where its rows begin.
        bias: float32[G*H], added to what the state says.
        first: int64[n], the first token of each text.
        lengths: int64[n], their tokens, at least 1, falling.
        backwards: Whether to start at the last token.
        states: float32[T * step]; token p's state is written at ``p * step + column``.
        column: See ``states``.
        step: See ``states``.
        saved: float32[T * saved_step], written for :func:`run_gradient`; with ``saved_step`` 0 one
            row is used for all.
        saved_step: S*H or 0.
        h: float32[n*H], scratch.
        c: float32[n*H], scratch (LSTM).
        sums: float32[n*G*H], scratch.
        sums_at: int64[n], multiples of G*H.
        size: H, a multiple of LANES.
    """
    width = bias.shape[0]
    for i in range(h.shape[0]):
        h[i] = 0.0
        c[i] = 0.0
    active = first.shape[0]
    for t in range(lengths[0]):
        while lengths[active - 1] <= t:
            active -= 1
        for r in range(active):
            said = sums[r * width : (r + 1) * width]
            for j in range(width):
                said[j] = bias[j]
        if t > 0:
            add_product(sums, sums_at, active, h, size, 1, weights, weights_at, size, width)
        for r in range(active):
            token = first[r] + (lengths[r] - 1 - t if backwards else t)
            row = x[x_at[token] : x_at[token] + width]
            said = sums[r * width : (r + 1) * width]
            keep = saved[token * saved_step :]
            state = h[r * size : (r + 1) * size]
            out = states[token * step + column : token * step + column + size]
            if kind == GRU:
                gru_step(row, said, keep[: 4 * size], state, out, size)
            elif kind == LSTM:
                cell = c[r * size : (r + 1) * size]
                lstm_step(row, said, keep[: 5 * size], state, cell, out, size)
            else:
                elman_step(row, said, keep[:size], state, out, size)


@kernel
def run_gradient(
    kind,
    weights,
    weights_at,
    first,
    lengths,
    backwards,
    states,
    gradient,
    column,
    step,
    saved,
    saved_step,
    zeros,
    d,
    dc,
    sums,
    sums_at,
    d_at,
    size,
):
    """Go back through :func:`run_forward`, and leave gradients where it had saved its steps.

    Args:
        kind: As there.
        weights: float32[G*H * H], row g is what gate number g hears from the state.
        weights_at: int64[G*H], where its rows begin.
        first: As there.
        lengths: As there.
        backwards: As there.
        states: As it wrote them.
        gradient: float32[T * step], of the states.
        column: As there.
        step: As there.
        saved: As it wrote them; overwritten by the gradients of what was said to the gates (see
            the cells).
        saved_step: S*H.
        zeros: float32[H], zeros.
        d: float32[n*H], scratch.
        dc: float32[n*H], scratch (LSTM).
        sums: float32[n*G*H], scratch.
        sums_at: int64[n], multiples of G*H.
        d_at: int64[n], multiples of H.
        size: H.
    """
    width = weights_at.shape[0]
    for i in range(d.shape[0]):
        d[i] = 0.0
        dc[i] = 0.0
    texts = first.shape[0]
    active = 0
    for t in range(lengths[0] - 1, -1, -1):
        while active < texts and lengths[active] > t:
            active += 1
        for r in range(active):
            token = first[r] + (lengths[r] - 1 - t if backwards else t)
            other = token + 1 if backwards else token - 1
            keep = saved[token * saved_step : (token + 1) * saved_step]
            change = d[r * size : (r + 1) * size]
            given = gradient[token * step + column : token * step + column + size]
            for j in range(size):
                change[j] += given[j]
            said = sums[r * width : (r + 1) * width]
            if kind == GRU:
                before = zeros
                if t > 0:
                    before = states[other * step + column : other * step + column + size]
                gru_gradient(keep, before, change, said, size)
            elif kind == LSTM:
                before = zeros
                if t > 0:
                    before = saved[other * saved_step + 4 * size : (other + 1) * saved_step]
                cell = dc[r * size : (r + 1) * size]
                lstm_gradient(keep, before, change, cell, said, size)
            else:
                elman_gradient(keep, change, said, size)
        if t > 0:
            add_product(d, d_at, active, sums, width, 1, weights, weights_at, width, size)


@kernel
def sum_by_word(order, starts, first, end, src, src_step, head, gap, width, dst, dst_step, column):
    """Add up rows that belong together: the tokens of each word.

    Args:
        order: int64[T], rows of ``src``, those of a word one after the other.
        starts: int64[U+1], where each word's begin in ``order``.
        first: First word to sum.
        end: One behind the last.
        src: float32[T * src_step].
        src_step: Floats per row.
        head: How many numbers are taken from the beginning of a row.
        gap: Numbers left out behind them.
        width: Numbers taken in all.
        dst: float32[U * dst_step], overwritten at ``column`` of each word's row.
        dst_step: Floats per row.
        column: See ``dst``.
    """
    for word in range(first, end):
        total = dst[word * dst_step + column : word * dst_step + column + width]
        rest = total[head:]
        for j in range(width):
            total[j] = 0.0
        for k in range(starts[word], starts[word + 1]):
            row = src[order[k] * src_step : (order[k] + 1) * src_step]
            for j in range(head):
                total[j] += row[j]
            tail = row[head + gap :]
            for j in range(width - head):
                rest[j] += tail[j]
