"""The binary tree of hierarchical softmax: built, grown by new words, stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .kernels.huffman import fill_paths, huffman_parents, path_lengths


@dataclass(frozen=True, eq=False)
class WordTree:
    """Words as leaves of a binary tree; each inner node decides between left and right.

    Attributes:
        starts: int64[V + 1]; word w's path is at ``starts[w]:starts[w + 1]`` of the next two.
        nodes: int32[P], inner nodes from the root down.
        signs: float32[P], +1 for a turn to the left, -1 to the right.
        size: Number M of inner nodes; one less than the words.
    """

    starts: NDArray[np.int64]
    nodes: NDArray[np.int32]
    signs: NDArray[np.float32]
    size: int

    @classmethod
    def build(cls, counts: NDArray[np.int64]) -> WordTree:
        """Build Huffman's tree: frequent words have short paths.

        Args:
            counts: int64[V], falling.
        """
        words = len(counts)
        parent = np.zeros(max(1, 2 * words - 1), np.int32)
        right = np.zeros(len(parent), np.bool_)
        starts = np.zeros(words + 1, np.int64)
        # A copy: counts may be read-only, which the compiler takes for another type.
        huffman_parents(np.array(counts, np.int64), parent, right)
        path_lengths(parent, starts)
        nodes, signs = np.zeros(starts[-1], np.int32), np.zeros(starts[-1], np.float32)
        fill_paths(parent, right, starts, nodes, signs)
        return cls(starts, nodes, signs, max(0, words - 1))

    def grown(self, old: NDArray[np.int32], counts: NDArray[np.int64]) -> WordTree:
        """Return the tree of a larger vocabulary that keeps this one whole as a branch.

        A new root, whose left branch is this tree and whose right branch is Huffman's tree of the
        new words, takes the next free number: what the old nodes have learnt stays true.

        Args:
            old: int32[V'], for each word of the larger vocabulary its id here, or -1 if it is new.
            counts: int64[V'], falling, of the larger vocabulary.
        """
        is_new = old < 0
        if not is_new.any():
            return self._ordered(old)
        branch = WordTree.build(counts[is_new])
        root = self.size
        lengths = np.empty(len(old), np.int64)
        lengths[~is_new] = 1 + np.diff(self.starts)[old[~is_new]]
        lengths[is_new] = 1 + np.diff(branch.starts)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        nodes, signs = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.float32)
        turn = 0
        for word, (start, end) in enumerate(zip(starts[:-1], starts[1:], strict=True)):
            nodes[start] = root
            tree, place, shift, sign = self, old[word], 0, 1.0
            if is_new[word]:
                tree, place, shift, sign = branch, turn, root + 1, -1.0
                turn += 1
            signs[start] = sign
            stretch = slice(tree.starts[place], tree.starts[place + 1])
            nodes[start + 1 : end] = tree.nodes[stretch] + shift
            signs[start + 1 : end] = tree.signs[stretch]
        return WordTree(starts, nodes, signs, self.size + 1 + branch.size)

    def _ordered(self, old: NDArray[np.int32]) -> WordTree:
        stretches = [slice(self.starts[w], self.starts[w + 1]) for w in old]
        lengths = [s.stop - s.start for s in stretches]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        nodes = np.concatenate([self.nodes[s] for s in stretches])
        return WordTree(
            starts, nodes, np.concatenate([self.signs[s] for s in stretches]), self.size
        )

    @property
    def longest(self) -> int:
        """Nodes on the longest path."""
        return int(np.diff(self.starts).max(initial=0))

    def log_probabilities(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return float64[V], the logarithm of each word's probability; they sum to 1.

        Args:
            scores: float64[M], what each node says: above 0 it prefers left.
        """
        turns = -np.logaddexp(0.0, -self.signs * scores[self.nodes])
        sums = np.concatenate([[0.0], np.cumsum(turns)])
        return sums[self.starts[1:]] - sums[self.starts[:-1]]

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what a file needs to keep the tree."""
        return {"path_starts": self.starts, "path_nodes": self.nodes, "path_signs": self.signs}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], *, words: int) -> WordTree:
        """Rebuild a tree from the arrays of a file.

        Args:
            arrays: What :meth:`arrays` returned.
            words: How many leaves it must have.

        Raises:
            ValueError: They are not the paths of a tree; says what doesn't fit.
        """
        starts, nodes, signs = (np.array(arrays[f"path_{n}"]) for n in ("starts", "nodes", "signs"))
        if any(array.ndim != 1 for array in (starts, nodes, signs)) or len(starts) != words + 1:
            raise ValueError(f"expected {words} paths, found arrays of shape {starts.shape}")
        if starts[0] != 0 or (np.diff(starts) < 0).any() or starts[-1] != len(nodes):
            raise ValueError("the paths' borders don't fit the paths")
        if len(signs) != len(nodes) or not np.isin(signs, (-1.0, 1.0)).all():
            raise ValueError("expected a turn of -1 or +1 for every node on a path")
        if len(nodes) and not (nodes.min() >= 0 and nodes.max() < words - 1):
            raise ValueError(f"expected nodes from 0 to {words - 2}")
        return cls(
            starts.astype(np.int64), nodes.astype(np.int32), signs.astype(np.float32), words - 1
        )
