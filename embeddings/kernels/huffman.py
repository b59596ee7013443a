"""Huffman's tree over word counts, as paths from the root; and a sequence of rows made compact."""

from __future__ import annotations

import numpy as np

from . import kernel


@kernel(_nrt=True)  # allocates; called once per training
def huffman_parents(counts, parent, right):
    """Join the two rarest trees until one is left.

    Args:
        counts: int64[V], falling; V at least 1.
        parent: int32[2 * V - 1], overwritten: inner node above each leaf (0 ... V - 1) and inner
            node (V ...); inner nodes are numbered from 0 in the order made, the root is V - 2.
        right: bool[2 * V - 1], overwritten: whether it hangs on the right side.

    Source: Huffman 1952; with sorted counts two queues do (van Leeuwen 1976), as in word2vec.c.
    """
    leaves = counts.shape[0]
    weight = np.empty(max(1, leaves - 1), np.int64)
    leaf, inner = leaves - 1, 0
    for made in range(leaves - 1):
        total = np.int64(0)
        for side in range(2):
            if leaf >= 0 and (inner >= made or counts[leaf] < weight[inner]):
                chosen = leaf
                total += counts[leaf]
                leaf -= 1
            else:
                chosen = leaves + inner
                total += weight[inner]
                inner += 1
            parent[chosen] = made
            right[chosen] = side == 1
        weight[made] = total


@kernel
def path_lengths(parent, starts):
    """Fill ``starts`` int64[V + 1] by the running sum of the leaves' depths."""
    leaves = starts.shape[0] - 1
    root = leaves - 2
    starts[0] = 0
    for leaf in range(leaves):
        depth = 0
        if leaves > 1:
            node = parent[leaf]
            depth = 1
            while node != root:
                node = parent[leaves + node]
                depth += 1
        starts[leaf + 1] = starts[leaf] + depth


@kernel
def fill_paths(parent, right, starts, nodes, signs):
    """Write the paths from the root to each leaf.

    Args:
        parent: int32[2 * V - 1], as ``huffman_parents`` wrote it.
        right: bool[2 * V - 1], the same.
        starts: int64[V + 1], as ``path_lengths`` wrote it.
        nodes: int32[P], overwritten by inner nodes.
        signs: float32[P], overwritten: +1 to the left, -1 to the right.
    """
    leaves = starts.shape[0] - 1
    for leaf in range(leaves):
        below = leaf
        for place in range(starts[leaf + 1] - 1, starts[leaf] - 1, -1):
            nodes[place] = parent[below]
            signs[place] = np.float32(-1.0) if right[below] else np.float32(1.0)
            below = leaves + parent[below]


@kernel
def compact_rows(flat, rows, width, size):
    """Move rows of ``width`` floats together to rows of ``size`` floats, in place.

    Args:
        flat: float32[...], updated in place: row r moves from ``r * width`` to ``r * size``.
        rows: How many.
        width: At least ``size``.
        size: Floats kept of each row.
    """
    for row in range(1, rows):
        for k in range(size):
            flat[row * size + k] = flat[row * width + k]
