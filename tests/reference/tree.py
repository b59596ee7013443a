"""Slow twin of hierarchical softmax (``kernels/tree.py``), and Huffman's tree by a heap.

Mikolov et al. 2013, eq. 3: the probability of a word is the product of the turns on its path,
``sigma(sign * input . node)``.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .noise import Result, rates
from .objective import Term, gradients, loss
from .sampling import Position


@dataclass(frozen=True)
class Path:
    """The inner nodes from the root down to a word, and the turn at each: +1 left, -1 right."""

    nodes: list[int]
    signs: list[float]


def paths_of(starts: np.ndarray, nodes: np.ndarray, signs: np.ndarray) -> list[Path]:
    """Unpack the paths that a ``WordTree`` holds one behind the other."""
    borders = list(zip(starts[:-1], starts[1:], strict=True))
    return [Path(nodes[a:b].tolist(), signs[a:b].tolist()) for a, b in borders]


def huffman_cost(counts: Sequence[int]) -> int:
    """Return the least possible sum of ``count * code length`` over all binary codes."""
    heap = [int(count) for count in counts]
    heapq.heapify(heap)
    cost = 0
    while len(heap) > 1:
        joined = heapq.heappop(heap) + heapq.heappop(heap)
        cost += joined
        heapq.heappush(heap, joined)
    return cost


def terms_of(kept: Sequence[Position], t: int, path: Path, *, cbow: bool) -> list[Term]:
    """Return the terms of position ``t``: its contexts, or their mean, against its word's path."""
    contexts = [kept[o].word for o in range(kept[t].low, kept[t].high) if o != t]
    inputs = [contexts] * bool(contexts) if cbow else [[context] for context in contexts]
    turns = list(zip(path.nodes, path.signs, strict=True))
    return [Term(words, node, sign) for words in inputs for node, sign in turns]


def train(
    w_in: np.ndarray,
    w_out: np.ndarray,
    kept: Sequence[Position],
    paths: Sequence[Path],
    *,
    chunk: int,
    cbow: bool,
    start_rate: float,
    end_rate: float,
    frozen: Sequence[int] = (),
    frozen_nodes: Sequence[int] = (),
) -> Result:
    """Descend the loss position by position; input rows change at the end of each chunk."""
    w_in, w_out = w_in.astype(np.float64), w_out.astype(np.float64)
    lost, made = 0.0, 0
    for n, rate in enumerate(rates(start_rate, end_rate, len(kept), chunk)):
        change = np.zeros_like(w_in)
        for t in range(n * chunk, min(len(kept), (n + 1) * chunk)):
            terms = terms_of(kept, t, paths[kept[t].word], cbow=cbow)
            lost += loss(terms, w_in, w_out)
            contexts = kept[t].high - kept[t].low - 1
            made += min(1, contexts) if cbow else contexts
            by_in, by_out = gradients(terms, w_in, w_out)
            by_out[list(frozen_nodes)] = 0.0
            change -= rate * by_in
            w_out = w_out - rate * by_out
        change[list(frozen)] = 0.0
        w_in = w_in + change
    return Result(w_in, w_out, lost, made)
