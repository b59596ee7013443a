"""Hierarchical softmax: skip-gram and CBOW against the nodes on a word's path in a binary tree.

word2vec.c trains one (input, node) pair at a time. Here all inputs of a position, its contexts,
meet all nodes of its word's path in small matrix products; each node is fetched once per position.

Source: Morin & Bengio 2005, "Hierarchical probabilistic neural network language model"; Mikolov et
al. 2013, arXiv:1310.4546, eq. 3; as in word2vec.c contexts are inputs, and the tree is Huffman's.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import kernel
from .logistic import logistic_lines
from .products import MOST_EXCHANGED, dot_product, exchange
from .rows import add_scaled, copy_row, fill_row, prefetch_row
from .sampling import keep_tokens
from .simd import LANES, aligned_zeros, padded

_ZERO, _ONE = np.float32(0), np.float32(1)
_NEAR_ROOT = 5
"""Nodes of a path that are used so often that they are at hand."""


class TreeModel(NamedTuple):
    """What is learnt, shared by all workers. W is the padded row width, M the number of nodes.

    Attributes:
        w_in: float32[(V + 1) * W], input rows and a last one that takes what is not wanted.
        w_out: float32[(M + 1) * W], rows of the inner nodes, likewise.
        keep: uint32[V], thresholds of subsampling, see ``keep_tokens``.
        starts: int64[V + 1], where each word's path starts in ``turns``.
        turns: int32[P], inner nodes from the root down: n where the path goes left there, a label
            of +1, and -1 - n where it goes right, -1.
        frozen: bool[V], input rows that must not change; empty when all may.
        frozen_nodes: bool[M], likewise.
    """

    w_in: NDArray[np.float32]
    w_out: NDArray[np.float32]
    keep: NDArray[np.uint32]
    starts: NDArray[np.int64]
    turns: NDArray[np.int32]
    frozen: NDArray[np.bool_]
    frozen_nodes: NDArray[np.bool_]


class TreeScratch(NamedTuple):
    """Memory of one chunk, allocated once per worker; R = T + 2 * window, L the longest path.

    Attributes:
        change: float32[R * W], steps of the input rows in reach.
        mean: float32[W], CBOW: mean of the contexts.
        mean_change: float32[W], CBOW: its step.
        score: float32[L * 2 * window + a line], nodes against inputs.
        weight: float32[the same], +1 or -1 by the path's turn; 0 behind the last.
        losses: float32[LANES], summed over the chunk.
        before: float32[L * W], the path's nodes as they were; used only by very wide windows.
        before_at: int64[L], where.
        from_rows: int64[R], where the input rows in reach are in ``w_in``.
        to_rows: int64[R], where their steps go.
        from_inputs: int64[2 * window], where the position's contexts are in ``w_in``.
        to_inputs: int64[2 * window], where their steps go in ``change``.
        from_path: int64[L], where the nodes of its path are in ``w_out``.
        to_path: int64[L], where their steps go.
        start: int64[1], the number 0.
    """

    change: NDArray[np.float32]
    mean: NDArray[np.float32]
    mean_change: NDArray[np.float32]
    score: NDArray[np.float32]
    weight: NDArray[np.float32]
    losses: NDArray[np.float32]
    before: NDArray[np.float32]
    before_at: NDArray[np.int64]
    from_rows: NDArray[np.int64]
    to_rows: NDArray[np.int64]
    from_inputs: NDArray[np.int64]
    to_inputs: NDArray[np.int64]
    from_path: NDArray[np.int64]
    to_path: NDArray[np.int64]
    start: NDArray[np.int64]


def tree_scratch(*, chunk: int, longest: int, window: int, width: int) -> TreeScratch:
    """Allocate the memory for chunks of ``chunk`` positions and paths of ``longest`` nodes."""
    reach, most = chunk + 2 * window, 2 * window
    return TreeScratch(
        change=aligned_zeros(reach * width),
        mean=aligned_zeros(width),
        mean_change=aligned_zeros(width),
        score=aligned_zeros(padded(longest * most) + LANES),
        weight=aligned_zeros(longest * most + padded(most) + LANES),
        losses=aligned_zeros(LANES),
        before=aligned_zeros(longest * width),
        before_at=np.arange(longest, dtype=np.int64) * width,
        from_rows=np.zeros(reach, np.int64),
        to_rows=np.zeros(reach, np.int64),
        from_inputs=np.zeros(most, np.int64),
        to_inputs=np.zeros(most, np.int64),
        from_path=np.zeros(longest, np.int64),
        to_path=np.zeros(longest, np.int64),
        start=np.zeros(1, np.int64),
    )


@kernel(inline="always")
def _turn(turn):
    """Return the node of a turn, and +1 or -1."""
    right = turn >> 31  # of an int32: -1 where it is negative, else 0
    return np.int64(turn ^ right), np.float32(right | 1)


# Inlined: it is called for every position, and to hand over all arrays would take a tenth of it.
@kernel(inline="always")
def _meet(model, x, word, source, source_at, inputs, change, change_at, width, rate):
    """Train ``inputs`` rows of ``source`` against the path of a word; losses go to the scratch."""
    first = model.starts[word]
    depth = model.starts[word + 1] - first
    pairs, line = depth * inputs, padded(inputs)
    for k in range(depth):
        node, sign = _turn(model.turns[first + k])
        x.from_path[k] = node * width
        # whole vectors: what is too much is overwritten by the next node
        fill_row(x.weight, k * inputs, (), sign, line)
    fill_row(x.weight, pairs, (), _ZERO, LANES)
    to_path = x.from_path
    if model.frozen_nodes.shape[0] > 0:
        to_path = x.to_path
        for k in range(depth):
            node, _ = _turn(model.turns[first + k])
            frozen = model.frozen_nodes[node]
            x.to_path[k] = model.w_out.shape[0] - width if frozen else x.from_path[k]
    old, old_at = model.w_out, x.from_path
    if inputs > MOST_EXCHANGED:
        old, old_at = x.before, x.before_at
        for k in range(depth):
            copy_row(old, old_at[k], (model.w_out, x.from_path[k]), _ONE, width)
    dot_product(x.score, model.w_out, x.from_path, depth, source, source_at, inputs, width)
    logistic_lines(x.score, x.weight, padded(pairs) // LANES, rate, x.losses)
    exchange(
        model.w_out,
        to_path,
        old,
        old_at,
        depth,
        source,
        source_at,
        change,
        change_at,
        inputs,
        x.score,
        width,
    )


@kernel
def _average(mean, source, source_at, inputs, share, width):
    """Overwrite ``mean`` by the rows' sum times ``share``."""
    copy_row(mean, 0, (source, source_at[0]), share, width)
    for i in range(1, inputs):
        add_scaled(mean, 0, (source, source_at[i]), share, width)


@kernel
def train_tree(
    model, tokens, offsets, first, last, width, window, cbow, start_rate, end_rate, rng, x, kept
):
    """Train one job of sentences in place, position after position; other workers may write too.

    Arguments and results as ``noise.train_noise``; ``model`` is a TreeModel, ``x`` a TreeScratch.
    In CBOW a "pair" is a position with a context.
    """
    chunk = x.to_rows.shape[0] - 2 * window
    count = keep_tokens(
        tokens, offsets, first, last, model.keep, window, rng, kept.ids, kept.low, kept.high
    )
    loss, pairs = 0.0, 0
    for start in range(0, count, chunk):
        size = min(chunk, count - start)
        rate = np.float32(start_rate + (end_rate - start_rate) * (start / count))
        left, right = max(0, start - window), min(count, start + size + window)
        for i in range(left, right):
            offset = np.int64(kept.ids[i]) * width
            x.from_rows[i - left] = offset
            if model.frozen.shape[0] > 0 and model.frozen[kept.ids[i]]:
                offset = model.w_in.shape[0] - width
            x.to_rows[i - left] = offset
        x.change[: (right - left) * width] = _ZERO
        x.losses[:] = _ZERO
        for t in range(start, start + size):
            low, high = kept.low[t], kept.high[t]
            inputs = high - low - 1
            if inputs <= 0:
                continue
            if t + 1 < count:
                ahead = kept.ids[t + 1]
                for k in range(model.starts[ahead] + _NEAR_ROOT, model.starts[ahead + 1]):
                    prefetch_row(model.w_out, _turn(model.turns[k])[0] * width, width)
            if t + window + 1 < right:
                prefetch_row(model.w_in, x.from_rows[t + window + 1 - left], width)
            for o in range(low, t):
                x.from_inputs[o - low] = x.from_rows[o - left]
                x.to_inputs[o - low] = (o - left) * width
            for o in range(t + 1, high):
                x.from_inputs[o - low - 1] = x.from_rows[o - left]
                x.to_inputs[o - low - 1] = (o - left) * width
            source, source_at, change, change_at = model.w_in, x.from_inputs, x.change, x.to_inputs
            met, share = inputs, _ONE / np.float32(inputs)
            if cbow:
                _average(x.mean, model.w_in, x.from_inputs, inputs, share, width)
                x.mean_change[:] = _ZERO
                source, source_at, change, change_at = x.mean, x.start, x.mean_change, x.start
                met = 1
            _meet(model, x, kept.ids[t], source, source_at, met, change, change_at, width, rate)
            if cbow:
                for i in range(inputs):
                    add_scaled(x.change, x.to_inputs[i], (x.mean_change, 0), share, width)
            pairs += met
        loss += np.float64(x.losses.sum())
        for i in range(right - left):
            add_scaled(model.w_in, x.to_rows[i], (x.change, i * width), _ONE, width)
    return loss, pairs, count
