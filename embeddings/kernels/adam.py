"""Adam on some rows of a matrix, each with a clock of its own."""

from __future__ import annotations

import numpy as np

from . import kernel


@kernel
def adam_rows(
    matrix, first, second, clocks, rows, gradients, size, rate, beta1, beta2, epsilon, keep
):
    """Make a step of Adam with decoupled weight decay on some rows.

    Args:
        matrix: float32[V * D], updated in place.
        first: float32[V * D], first moments. Updated in place.
        second: float32[V * D], second moments. Updated in place.
        clocks: int64[V], steps that each row has made. Updated in place.
        rows: int64[n], distinct.
        gradients: float32[n * D], of these rows.
        size: D.
        rate: Learning rate, float64.
        beta1: Decay of first moments, float64.
        beta2: Decay of second moments, float64.
        epsilon: Added to the root of the second moment, float64.
        keep: What of a number is left by decay, ``1 - rate * decay``, float64.

    Source: Kingma & Ba 2015 (arXiv:1412.6980), algorithm 1; Loshchilov & Hutter 2019
    (arXiv:1711.05101), algorithm 2.
    """
    gain1, gain2 = np.float32(1.0 - beta1), np.float32(1.0 - beta2)
    kept, small = np.float32(keep), np.float32(epsilon)
    for i in range(rows.shape[0]):
        row = rows[i]
        clocks[row] += 1
        scale = np.float32(rate / (1.0 - beta1 ** clocks[row]))
        root = np.float32(1.0 / np.sqrt(1.0 - beta2 ** clocks[row]))
        g = gradients[i * size : (i + 1) * size]
        m = first[row * size : (row + 1) * size]
        v = second[row * size : (row + 1) * size]
        w = matrix[row * size : (row + 1) * size]
        for j in range(size):
            m[j] += gain1 * (g[j] - m[j])
        for j in range(size):
            v[j] += gain2 * (g[j] * g[j] - v[j])
        for j in range(size):
            w[j] = kept * w[j] - scale * m[j] / (np.sqrt(v[j]) * root + small)
