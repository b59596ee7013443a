"""How often each noise word counts against each position of a chunk."""

from __future__ import annotations

import numpy as np

from . import kernel

_ZERO = np.float32(0)


@kernel
def weigh_noise(x, kept, start, size, negative, cbow):
    """Fill ``far_weight``: ``-negative / N`` per pair whose target is not the noise word itself.

    Args:
        x: NoiseScratch with the noise words; ``far_weight`` is overwritten.
        kept: Kept, the job.
        start: First position of the chunk.
        size: Its positions; the weights of the others become 0.
        negative: Noise draws that each pair stands for.
        cbow: The target is the position's own word; else the targets are its contexts.
    """
    n, chunk = x.words.shape[0], x.to_left.shape[0]
    each = -np.float32(negative) / np.float32(n)  # negative weights: noise, see logistic_gradient
    first, last = start, start + size
    weights = x.far_weight[:chunk]
    weights[size:] = _ZERO
    for t in range(size):
        at = start + t
        contexts = kept.high[at] - kept.low[at] - 1
        weights[t] = np.float32(min(1, contexts) if cbow else contexts) * each
        if not cbow:
            first, last = min(first, kept.low[at]), max(last, kept.high[at])
    for j in range(1, n):
        line = x.far_weight[j * chunk : (j + 1) * chunk]
        for t in range(chunk):
            line[t] = weights[t]
    around = kept.ids[first:last]
    for j in range(n):
        word = x.words[j]
        hits = np.int32(0)
        for i in range(around.shape[0]):  # a vectorised count: most noise words are not in reach
            hits += np.int32(around[i] == word)
        if hits == 0:
            continue
        for t in range(size):
            at = start + t
            if cbow:
                if kept.ids[at] == word:
                    x.far_weight[j * chunk + t] = _ZERO
                continue
            for o in range(kept.low[at], kept.high[at]):
                if o != at and kept.ids[o] == word:
                    x.far_weight[j * chunk + t] -= each
