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
from .products import add_product, dot_rows
from .sampling import keep_tokens
from .tiles import add_scaled, aligned_zeros, copy_row

_ZERO, _ONE = np.float32(0), np.float32(1)


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
        rows: float32[R * W], input rows in reach.
        change: float32[R * W], their steps.
        mean: float32[W], CBOW: mean of the contexts.
        mean_change: float32[W], CBOW: its step.
        share: float32[2 * window + 1], CBOW: weight of each context in the mean.
        path: float32[L * W], node rows.
        score: float32[L * S], S >= 2 * window + 1: nodes against contexts.
        weight: float32[L * S], +1 or -1 by the path's turn; 0 where there is no pair.
        at: int64[R], 0, W, 2W ..., places inside ``change``.
        to_rows: int64[R], where their steps go in ``w_in``.
        to_path: int64[L], where the nodes' steps go in ``w_out``.
        path_at: int64[L], 0, W, 2W ..., places inside ``path``.
        score_at: int64[L], 0, S, 2S ...
        inputs_at: int64[L], where the inputs of the position start, the same for all nodes.
        inputs: int64[L], how many there are, the same for all nodes.
    """

    rows: NDArray[np.float32]
    change: NDArray[np.float32]
    mean: NDArray[np.float32]
    mean_change: NDArray[np.float32]
    share: NDArray[np.float32]
    path: NDArray[np.float32]
    score: NDArray[np.float32]
    weight: NDArray[np.float32]
    at: NDArray[np.int64]
    to_rows: NDArray[np.int64]
    to_path: NDArray[np.int64]
    path_at: NDArray[np.int64]
    score_at: NDArray[np.int64]
    inputs_at: NDArray[np.int64]
    inputs: NDArray[np.int64]


def tree_scratch(*, chunk: int, longest: int, window: int, width: int) -> TreeScratch:
    """Allocate the memory for chunks of ``chunk`` positions and paths of ``longest`` nodes."""
    reach, span = chunk + 2 * window, 2 * window + 1
    return TreeScratch(
        rows=aligned_zeros(reach * width),
        change=aligned_zeros(reach * width),
        mean=aligned_zeros(width),
        mean_change=aligned_zeros(width),
        share=aligned_zeros(span),
        path=aligned_zeros(longest * width),
        score=aligned_zeros(longest * span),
        weight=aligned_zeros(longest * span),
        at=np.arange(reach, dtype=np.int64) * width,
        to_rows=np.zeros(reach, np.int64),
        to_path=np.zeros(longest, np.int64),
        path_at=np.arange(longest, dtype=np.int64) * width,
        score_at=np.arange(longest, dtype=np.int64) * span,
        inputs_at=np.zeros(longest, np.int64),
        inputs=np.zeros(longest, np.int64),
    )


@kernel
def _descend(model, x, word, inputs, itself, width):
    """Copy the rows of a word's path and fill the weights of its ``inputs`` inputs.

    ``itself`` is the input that is the position itself, -1 where there is none. Returns the length
    of the path.
    """
    first, last = model.starts[word], model.starts[word + 1]
    for k in range(last - first):
        node = model.nodes[first + k]
        offset = np.int64(node) * width
        copy_row(x.path, k * width, (model.w_out, offset), _ONE, width)
        if model.frozen_nodes.shape[0] > 0 and model.frozen_nodes[node]:
            offset = model.w_out.shape[0] - width
        x.to_path[k] = offset
        x.weight[k * inputs : (k + 1) * inputs] = model.signs[first + k]
        if itself >= 0:
            x.weight[k * inputs + itself] = _ZERO
    return last - first


@kernel
def _meet(model, x, source, start, inputs, depth, change, change_at, width, rate):
    """Train ``inputs`` rows of ``source`` from ``start`` on against the path in the scratch."""
    for k in range(depth):
        x.inputs_at[k] = start
        x.inputs[k] = inputs
        x.score_at[k] = k * inputs
    dot_rows(
        x.score, x.score_at, x.path, x.path_at, source, x.inputs_at, width, x.inputs, depth, width
    )
    loss = logistic_gradient(x.score[: depth * inputs], x.weight[: depth * inputs], rate)
    add_product(change, change_at, inputs, x.score, 0, 1, inputs, x.path, 0, width, depth, width)
    add_product(
        model.w_out, x.to_path, depth, x.score, 0, inputs, 1, source, start, width, inputs, width
    )
    return loss


@kernel
def train_tree(
    model, tokens, offsets, first, last, width, window, cbow, start_rate, end_rate, rng, x, kept
):
    """Train one job of sentences in place, position after position; other workers may write too.

    Arguments and results as ``noise.train_noise``; ``model`` is a TreeModel, ``x`` a TreeScratch.
    In CBOW a "pair" is a position with a context.
    """
    chunk = x.at.shape[0] - 2 * window
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
            copy_row(x.rows, (i - left) * width, (model.w_in, offset), _ONE, width)
            if model.frozen.shape[0] > 0 and model.frozen[kept.ids[i]]:
                offset = model.w_in.shape[0] - width
            x.to_rows[i - left] = offset
        x.change[: (right - left) * width] = _ZERO
        for t in range(start, start + size):
            low, inputs = kept.low[t], kept.high[t] - kept.low[t]
            if inputs == 1:
                continue
            near = low - left
            if cbow:
                x.share[:inputs] = _ONE / np.float32(inputs - 1)
                x.share[t - low] = _ZERO
                x.mean[:] = _ZERO
                x.mean_change[:] = _ZERO
                add_product(
                    x.mean, x.at, 1, x.share, 0, 0, 1, x.rows, near * width, width, inputs, width
                )
                depth = _descend(model, x, kept.ids[t], 1, -1, width)
                loss += _meet(model, x, x.mean, 0, 1, depth, x.mean_change, x.at, width, rate)
                add_product(
                    x.change, x.at[near:], inputs, x.share, 0, 1, 0, x.mean_change, 0, 0, 1, width
                )
                pairs += 1
            else:
                depth = _descend(model, x, kept.ids[t], inputs, t - low, width)
                loss += _meet(
                    model,
                    x,
                    x.rows,
                    near * width,
                    inputs,
                    depth,
                    x.change,
                    x.at[near:],
                    width,
                    rate,
                )
                pairs += inputs - 1
        for i in range(right - left):
            add_scaled(model.w_in, x.to_rows[i], (x.change, i * width), _ONE, width)
    return loss, pairs, count
