"""Huffman's tree: optimal, a tree indeed, grown without forgetting, stored."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reference.guarded import Guard
from reference.tree import huffman_cost, paths_of
from wordgraft.embeddings.huffman import WordTree
from wordgraft.embeddings.kernels.huffman import (
    compact_rows,
    fill_paths,
    huffman_parents,
    path_lengths,
)

_COUNTS = st.lists(st.one_of(st.integers(1, 5), st.integers(1, 10**12)), min_size=1, max_size=60)


def falling(counts: list[int]) -> np.ndarray:
    return np.array(sorted(counts, reverse=True), np.int64)


def check_is_a_tree(tree: WordTree) -> None:
    """Every word has its own leaf, every node two sides, and node numbers have no gap."""
    paths = paths_of(tree.starts, tree.nodes, tree.signs)
    turns = [tuple(zip(p.nodes, p.signs, strict=True)) for p in paths]
    assert len(set(turns)) == len(turns)
    assert sum(Fraction(1, 2 ** len(path)) for path in turns) == 1  # Kraft: no code is wasted
    edges: dict[tuple[int, float], set[object]] = {}
    for word, path in enumerate(turns):
        for turn, below in zip(path, [*(node for node, _ in path[1:]), ("leaf", word)]):  # noqa: B905
            edges.setdefault(turn, set()).add(below)
    assert set(edges) == {(node, sign) for node in range(tree.size) for sign in (1.0, -1.0)}
    assert all(len(below) == 1 for below in edges.values())  # one thing on each side
    assert len({path[0][0] for path in turns if path}) <= 1  # one root
    assert tree.longest == max(map(len, turns))
    assert (tree.starts.dtype, tree.nodes.dtype, tree.signs.dtype) == ("int64", "int32", "float32")


@given(counts=_COUNTS)
@example([1])
@example([1, 1])
@example([2, 1, 1])
@example([2**n for n in range(40)])
@example([7] * 33)
def test_tree_is_optimal(counts: list[int]) -> None:
    ordered = falling(counts)
    tree = WordTree.build(ordered)
    lengths = np.diff(tree.starts)
    assert sum(int(c) * int(n) for c, n in zip(ordered, lengths, strict=True)) == huffman_cost(
        counts
    )
    check_is_a_tree(tree)
    # the more frequent word never has the longer path
    assert all(a <= b or c == d for (a, b), (c, d) in zip(
        zip(lengths[:-1], lengths[1:], strict=True), zip(ordered[:-1], ordered[1:], strict=True),
        strict=True,
    ))  # fmt: skip


def test_tree_by_hand() -> None:
    """Counts 5 2 1 1: join 1 + 1, then 2 + 2, then 5 + 4; nodes are numbered as they are made."""
    tree = WordTree.build(np.array([5, 2, 1, 1]))
    paths = paths_of(tree.starts, tree.nodes, tree.signs)
    assert [path.nodes for path in paths] == [[2], [2, 1], [2, 1, 0], [2, 1, 0]]
    assert sorted(paths[2].signs[-1:] + paths[3].signs[-1:]) == [-1, 1]
    assert (tree.size, tree.longest) == (3, 3)


@given(counts=_COUNTS)
def test_kernels_write_inside_their_arrays(counts: list[int]) -> None:
    guard, n = Guard(), len(counts)
    parent = guard.array(np.full(2 * n - 1, -9, np.int32))
    right, starts = guard.array(np.zeros(2 * n - 1, np.bool_)), guard.array(np.zeros(n + 1, int))
    ordered = guard.array(falling(counts))
    huffman_parents(ordered, parent, right)
    np.testing.assert_array_equal(ordered, falling(counts))
    np.testing.assert_array_equal(parent[:-1] >= 0, np.ones(2 * n - 2, bool))
    assert np.bincount(parent[:-1], minlength=n - 1).tolist() == [2] * (n - 1)
    assert np.bincount(parent[:-1][right[:-1]], minlength=n - 1).tolist() == [1] * (n - 1)
    path_lengths(parent, starts)
    nodes = guard.array(np.full(starts[-1], -9, np.int32))
    signs = guard.array(np.zeros(starts[-1], np.float32))
    fill_paths(parent, right, starts, nodes, signs)
    assert guard.broken() == []
    assert set(nodes.tolist()) == set(range(n - 1))
    assert set(signs.tolist()) <= {-1.0, 1.0}


def test_compiled_equals_plain_python() -> None:
    """The source as Python reads it: what the compiler makes of it must be the same."""
    counts, n = falling([5, 9, 1, 1, 4, 30, 2, 2]), 8
    parent, right = np.zeros(2 * n - 1, np.int32), np.zeros(2 * n - 1, np.bool_)
    starts = np.zeros(n + 1, np.int64)
    getattr(huffman_parents, "py_func", huffman_parents)(counts, parent, right)
    getattr(path_lengths, "py_func", path_lengths)(parent, starts)
    nodes, signs = np.zeros(starts[-1], np.int32), np.zeros(starts[-1], np.float32)
    getattr(fill_paths, "py_func", fill_paths)(parent, right, starts, nodes, signs)
    tree = WordTree.build(counts)
    for found, expected in ((starts, tree.starts), (nodes, tree.nodes), (signs, tree.signs)):
        np.testing.assert_array_equal(found, expected)


@given(counts=_COUNTS, seed=st.integers(0, 1000))
@example([1], 0)
def test_probabilities_of_all_words_sum_to_one(counts: list[int], seed: int) -> None:
    tree = WordTree.build(falling(counts))
    scores = np.random.default_rng(seed).normal(0, 6, tree.size)
    logs = tree.log_probabilities(scores)
    assert logs.shape == (len(counts),)
    assert np.exp(logs).sum() == pytest.approx(1, abs=1e-12)


def test_probabilities_by_hand_and_far_out() -> None:
    tree = WordTree.build(np.array([5, 2, 1]))
    assert tree.nodes[0] == 1  # the root, of which word 0 is one side
    chances = np.exp(tree.log_probabilities(np.array([0.0, -np.log(3)])))
    first = 0.25 if tree.signs[0] == 1 else 0.75  # sigma(-log 3) = 1/4 to the left
    assert chances == pytest.approx([first, (1 - first) / 2, (1 - first) / 2])
    far = tree.log_probabilities(np.array([800.0, -800.0]))
    assert np.isfinite(far).all()
    assert np.exp(far).sum() == pytest.approx(1)


# --- growing -----------------------------------------------------------------------------------


@given(
    old_counts=_COUNTS,
    new_counts=st.lists(st.integers(1, 50), max_size=20),
    seed=st.integers(0, 1000),
)
@example([1], [1], 0)
@example([3, 2, 1], [], 0)
@example([1], [], 0)
def test_grown_keeps_old_paths_below_the_new_root(
    old_counts: list[int], new_counts: list[int], seed: int
) -> None:
    tree = WordTree.build(falling(old_counts))
    total = len(old_counts) + len(new_counts)
    old = np.full(total, -1, np.int32)
    places = np.random.default_rng(seed).permutation(total)[: len(old_counts)]
    old[places] = np.random.default_rng(seed + 1).permutation(len(old_counts))
    counts = np.empty(total, np.int64)
    counts[places], counts[old < 0] = 1, falling(new_counts)
    before = paths_of(tree.starts, tree.nodes, tree.signs)
    grown = tree.grown(old, counts)
    check_is_a_tree(grown)
    assert grown.size == total - 1
    paths = paths_of(grown.starts, grown.nodes, grown.signs)
    for word, path in enumerate(paths):
        if not new_counts:
            assert path == before[old[word]]
        elif old[word] >= 0:
            assert path.nodes == [tree.size, *before[old[word]].nodes]
            assert path.signs == [1.0, *before[old[word]].signs]
        else:
            assert path.nodes[0] == tree.size
            assert path.signs[0] == -1.0
            assert min(path.nodes[1:], default=total) > tree.size
    lengths = np.diff(grown.starts)[old < 0] - 1
    assert int(lengths @ counts[old < 0]) == huffman_cost(new_counts)


def test_grown_keeps_what_old_nodes_say() -> None:
    """Chances of old words among themselves are those of before, whatever the new root says."""
    tree = WordTree.build(np.array([9, 5, 4, 1]))
    old = np.array([0, -1, 1, 2, -1, 3], np.int32)
    grown = tree.grown(old, np.array([9, 8, 5, 4, 3, 1]))
    scores = np.random.default_rng(0).normal(size=grown.size)
    before = np.exp(tree.log_probabilities(scores[: tree.size]))
    after = np.exp(grown.log_probabilities(scores))[old >= 0]
    np.testing.assert_allclose(after / after.sum(), before, rtol=1e-12)


# --- storing -----------------------------------------------------------------------------------


@given(counts=_COUNTS)
def test_arrays_rebuild_the_tree(counts: list[int]) -> None:
    tree = WordTree.build(falling(counts))
    back = WordTree.from_arrays(tree.arrays(), words=len(counts))
    assert back.size == tree.size
    for name, array in tree.arrays().items():
        found = back.arrays()[name]
        assert found.dtype == array.dtype
        np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("starts", lambda a: a + 1, "borders"),
        ("starts", lambda a: a[::-1], "borders"),
        ("starts", lambda a: a[:1], r"expected 4 paths, found arrays of shape \(1,\)"),
        ("starts", lambda a: a[:-1], "expected 4 paths"),
        ("nodes", lambda a: a[None], "expected 4 paths"),
        ("signs", lambda a: a * 0, "turn of -1 or \\+1"),
        ("signs", lambda a: a[:-1], "turn of -1 or \\+1"),
        ("nodes", lambda a: a + 1, "nodes from 0 to 2"),
        ("nodes", lambda a: a - 1, "nodes from 0 to 2"),
    ],
)
def test_arrays_that_are_no_tree_are_refused(name: str, change, message: str) -> None:
    arrays = dict(WordTree.build(np.array([5, 2, 1, 1])).arrays())
    arrays[f"path_{name}"] = change(arrays[f"path_{name}"])
    with pytest.raises(ValueError, match=message):
        WordTree.from_arrays(arrays, words=4)


# --- rows --------------------------------------------------------------------------------------


@given(rows=st.integers(0, 9), size=st.integers(1, 20), padding=st.integers(0, 15))
def test_compact_rows_equals_slicing(rows: int, size: int, padding: int) -> None:
    guard, width = Guard(), size + padding
    matrix = np.arange((rows + 1) * width, dtype=np.float32).reshape(rows + 1, width)
    flat = guard.array(matrix.ravel())
    compact_rows(flat, rows, width, size)
    np.testing.assert_array_equal(flat[: rows * size].reshape(rows, size), matrix[:rows, :size])
    np.testing.assert_array_equal(flat[rows * width :], matrix[rows])  # what lies behind stays
    assert guard.broken() == []
