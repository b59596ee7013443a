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
from .logistic import logistic_gradient
from .products import add_product, dot_product
from .sampling import keep_tokens
from .tiles import add_scaled, aligned_zeros, prefetch_row

_ZERO, _ONE = np.float32(0), np.float32(1)
_BLOCK = 64


class TreeModel(NamedTuple):
    """What is learnt, shared by all workers. W is the padded row width, M the number of nodes.

    Attributes:
        w_in: float32[(V + 1) * W], input rows and a last one that takes what is not wanted.
        w_out: float32[(M + 1) * W], rows of the inner nodes, likewise.
        keep: uint32[V], thresholds of subsampling, see ``keep_tokens``.
        starts: int64[V + 1], where each word's path starts in the two next ones.
        nodes: int32[P], inner nodes from the root down.
        signs: float32[P], +1 where the path goes left, -1 where it goes right.
        frozen: bool[V], input rows that must not change; empty when all may.
        frozen_nodes: bool[M], likewise.
    """

    w_in: NDArray[np.float32]
    w_out: NDArray[np.float32]
    keep: NDArray[np.uint32]
    starts: NDArray[np.int64]
    nodes: NDArray[np.int32]
    signs: NDArray[np.float32]
    frozen: NDArray[np.bool_]
    frozen_nodes: NDArray[np.bool_]


class TreeScratch(NamedTuple):
    """Memory of one chunk, allocated once per worker; R = T + 2 * window, L the longest path.

    Attributes:
        change: float32[R * W], steps of the input rows in reach.
        mean: float32[W], CBOW: mean of the contexts.
        mean_change: float32[W], CBOW: its step.
        share: float32[2 * window], CBOW: the weight of each context in the mean.
        score: float32[L * 2 * window + _BLOCK], nodes against inputs.
        weight: float32[the same], +1 or -1 by the path's turn; 0 behind the last.
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
    share: NDArray[np.float32]
    score: NDArray[np.float32]
    weight: NDArray[np.float32]
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
        share=aligned_zeros(most),
        score=aligned_zeros(longest * most + _BLOCK),
        weight=aligned_zeros(longest * most + _BLOCK),
        from_rows=np.zeros(reach, np.int64),
        to_rows=np.zeros(reach, np.int64),
        from_inputs=np.zeros(most, np.int64),
        to_inputs=np.zeros(most, np.int64),
        from_path=np.zeros(longest, np.int64),
        to_path=np.zeros(longest, np.int64),
        start=np.zeros(1, np.int64),
    )


# The helpers are inlined: they are called for every position with all arrays of the model, and to
# hand those over would cost an eighth of the time.


@kernel(inline="always")
def _descend(model, x, word, inputs, width):
    """Note where the nodes of a word's path are; fill the weights of its ``inputs`` inputs.

    Returns the length of the path.
    """
    first = model.starts[word]
    depth = model.starts[word + 1] - first
    for k in range(depth):
        node = model.nodes[first + k]
        offset = np.int64(node) * width
        x.from_path[k] = offset
        if model.frozen_nodes.shape[0] > 0 and model.frozen_nodes[node]:
            offset = model.w_out.shape[0] - width
        x.to_path[k] = offset
        line = x.weight[k * inputs : (k + 1) * inputs]
        for i in range(inputs):
            line[i] = model.signs[first + k]
    return depth


@kernel(inline="always")
def _look_ahead(model, word, width):
    """Ask memory for the rows of the path of a word that comes soon."""
    for k in range(model.starts[word], model.starts[word + 1]):
        prefetch_row(model.w_out, np.int64(model.nodes[k]) * width, width)


@kernel(inline="always")
def _meet(model, x, source, source_at, inputs, depth, change, change_at, width, rate):
    """Train ``inputs`` rows of ``source`` against the path in the scratch; returns the loss."""
    if depth == 0:
        return 0.0
    pairs = depth * inputs
    whole = (pairs + _BLOCK - 1) // _BLOCK * _BLOCK  # whole vectors: a loop's rest is slow
    for i in range(pairs, whole):
        x.weight[i] = _ZERO
    dot_product(x.score, model.w_out, x.from_path, depth, source, source_at, inputs, width)
    loss = logistic_gradient(x.score[:whole], x.weight[:whole], rate)
    add_product(
        change, change_at, inputs, x.score, 1, inputs, model.w_out, x.from_path, depth, width
    )
    add_product(model.w_out, x.to_path, depth, x.score, inputs, 1, source, source_at, inputs, width)
    return loss


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
        for t in range(start, start + size):
            if t + 1 < count:
                _look_ahead(model, kept.ids[t + 1], width)
            inputs = 0
            for o in range(kept.low[t], kept.high[t]):
                if o != t:
                    x.from_inputs[inputs] = x.from_rows[o - left]
                    x.to_inputs[inputs] = (o - left) * width
                    inputs += 1
            if inputs == 0:
                continue
            if cbow:
                x.share[:inputs] = _ONE / np.float32(inputs)
                x.mean[:] = _ZERO
                x.mean_change[:] = _ZERO
                add_product(
                    x.mean, x.start, 1, x.share, 0, 1, model.w_in, x.from_inputs, inputs, width
                )
                depth = _descend(model, x, kept.ids[t], 1, width)
                loss += _meet(
                    model, x, x.mean, x.start, 1, depth, x.mean_change, x.start, width, rate
                )
                add_product(
                    x.change, x.to_inputs, inputs, x.share, 1, 0, x.mean_change, x.start, 1, width
                )
                pairs += 1
            else:
                depth = _descend(model, x, kept.ids[t], inputs, width)
                loss += _meet(
                    model,
                    x,
                    model.w_in,
                    x.from_inputs,
                    inputs,
                    depth,
                    x.change,
                    x.to_inputs,
                    width,
                    rate,
                )
                pairs += inputs
        for i in range(right - left):
            add_scaled(model.w_in, x.to_rows[i], (x.change, i * width), _ONE, width)
    return loss, pairs, count
