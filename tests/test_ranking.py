"""Neighbours of many targets: those of each alone, bit for bit, whatever the threads."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import nearest as slow
from reference.guarded import Guard
from wordgraft.embeddings import ranking, similarity
from wordgraft.embeddings.kernels import nearest
from wordgraft.embeddings.kernels.simd import padded
from wordgraft.embeddings.packed_rows import pack

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="register tiles are LLVM code: they exist only compiled"
)


def units(rows: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1)
    lengths[lengths == 0] = 1
    return (rows / lengths[:, None]).astype(np.float32)


def assert_as_alone(vectors: Any, targets: np.ndarray, k: int, without: list[list[int]]) -> None:
    norms = similarity.row_norms(vectors)
    answers = ranking.rank_batch(vectors, norms, targets, k, without=without)
    assert len(answers) == len(targets)
    for target, out, answer in zip(targets, without, answers, strict=True):
        scores = similarity.cosines(vectors, norms, target)
        expected = similarity.best_rows(scores.copy(), k, norms=norms, without=out)
        assert answer.rows.tolist() == expected.tolist()
        np.testing.assert_array_equal(answer.scores, scores[expected])


@given(
    rows=st.integers(1, 300),
    size=st.integers(1, 40),
    queries=st.integers(0, 20),
    k=st.integers(0, 320),
    digits=st.sampled_from([0, 1, 5]),
    block=st.integers(1, 120),
    part=st.integers(1, 20),
    cores=st.integers(1, 3),
    storage=st.sampled_from(["float32", "float16", "int8"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_batch_is_its_questions_one_by_one(
    rows: int, size: int, queries: int, k: int, digits: int, block: int, part: int, cores: int,
    storage: Any, seed: int,
) -> None:  # fmt: skip
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((rows, size)).round(digits).astype(np.float32)  # equal rows, zeros
    targets = units(rng.standard_normal((queries, size)).round(digits).astype(np.float32))
    without = [rng.integers(0, 2 * rows, rng.integers(0, 4)).tolist() for _ in range(queries)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "_BLOCK", block)
        patch.setattr(ranking, "_QUERIES", part)
        patch.setattr(ranking, "_SPARE", 3)
        patch.setattr(ranking, "cores", lambda: cores)
        assert_as_alone(pack(matrix, storage), targets, k, without)


def test_a_batch_is_what_the_slow_twin_says() -> None:
    rng = np.random.default_rng(3)
    matrix = rng.standard_normal((500, 33)).astype(np.float32)
    matrix[[7, 90]] = 0.0
    targets = units(rng.standard_normal((11, 33)))
    without = [[n, n + 1] for n in range(11)]
    found = ranking.rank_batch(matrix, similarity.row_norms(matrix), targets, 9, without=without)
    for target, out, answer in zip(targets, without, found, strict=True):
        expected = slow.neighbours(matrix, target, 9, out)
        assert answer.rows.tolist() == [row for row, _ in expected]
        np.testing.assert_allclose(answer.scores, [s for _, s in expected], atol=1e-6)


@pytest.mark.parametrize("order", [1, -1])
def test_rows_that_grow_better_or_worse(order: int) -> None:
    # Better and better: every row reaches the limit when it comes.
    angles = np.linspace(1.5, 0.01, 3000)[::order]
    matrix = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert_as_alone(matrix, np.array([[1.0, 0.0]], np.float32), 40, [[2999, 0, 5]])


def test_more_equal_rows_than_there_is_room_for() -> None:
    matrix = np.tile(np.array([[3.0, 4.0]], np.float32), (5000, 1))
    matrix[4000] = [1.0, 0.0]
    targets = units(np.array([[3, 4], [1, 0], [-1, 2]]))
    assert_as_alone(matrix, targets, 5, [[], [0], [1, 2]])


def test_lengths_at_the_ends_of_float32() -> None:
    rng = np.random.default_rng(9)
    matrix = units(rng.standard_normal((400, 7)))
    matrix[:200] *= np.float32(1e37)
    matrix[200:] *= np.float32(1e-29)
    matrix[5] = np.float32(1e-38)
    assert_as_alone(matrix, units(rng.standard_normal((5, 7))), 20, [[]] * 5)


def test_rows_of_a_padded_matrix() -> None:
    matrix = np.random.default_rng(2).standard_normal((300, 32)).astype(np.float32)[:, :20]
    assert_as_alone(matrix, units(matrix[:9]), 5, [[n] for n in range(9)])


@given(
    rows=st.integers(1, 150),
    size=st.integers(1, 50),
    targets=st.integers(1, 3),
    wanted=st.integers(1, 9),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_kernel_writes_down_the_best_and_stays_in_its_arrays(
    rows: int, size: int, targets: int, wanted: int, seed: int
) -> None:
    rng, guard = np.random.default_rng(seed), Guard()
    block = guard.array(rng.integers(-5, 6, (rows, size)).astype(np.float32))
    block.setflags(write=False)
    # Powers of two: the scaled rows are exact, and so are all sums.
    factors = guard.array(rng.choice([0.0, 0.5, 1.0, 2.0], rows).astype(np.float32))
    number, width = targets * nearest.TARGETS, padded(size)
    flat = np.zeros((number, width), np.float32)
    flat[:, :size] = rng.integers(-5, 6, (number, size))
    at = guard.array(np.arange(number, dtype=np.int64) * width)
    found = guard.arrays(nearest.no_candidates(np.full(number, wanted), 2 * wanted + 20))
    panel = guard.arrays(nearest.new_panel(size))
    first = 1000
    nearest.take_block(
        found, block, factors, first, guard.array(flat.ravel()), at, panel, np.float32(0)
    )
    for target in range(number):
        nearest.drop_all_but_best(found, target, np.float32(0))
    assert guard.broken() == []
    expected = slow.candidates(block, factors, flat[:, :size], np.full(number, wanted))
    for target, best in enumerate(expected):
        count = found.counts[target]
        if count < 0:  # too many equal ones
            continue
        held = (found.rows[target, :count] - first).tolist()
        assert set(best) <= set(held)
        exact = block[held] @ flat[target, :size] * factors[held]
        np.testing.assert_array_equal(found.scores[target, :count], exact)


@given(
    scores=st.lists(st.integers(0, 9), min_size=1, max_size=40),
    wanted=st.integers(1, 41),
    margin=st.integers(0, 2),
)
def test_what_is_dropped_is_worse(scores: list[int], wanted: int, margin: int) -> None:
    room = len(scores) + 1
    found = nearest.no_candidates(np.array([1, wanted]), room)
    found.scores[1, : len(scores)] = scores
    found.rows[1, : len(scores)] = np.arange(len(scores))
    found.counts[1] = len(scores)
    nearest.drop_all_but_best(found, 1, np.float32(margin))
    least = sorted(scores, reverse=True)[min(wanted, len(scores)) - 1]
    if wanted < len(scores):
        least -= margin
    expected = {row for row, score in enumerate(scores) if score >= least}
    held = found.rows[1, : found.counts[1]].tolist()
    assert sorted(held) == sorted(expected)
    assert found.scores[1, : len(held)].tolist() == [scores[row] for row in held]
    assert found.counts[0] == 0


def test_memory_does_not_grow_with_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    parts: list[int] = []
    search = ranking._Search.rankings

    def counted(self: Any, k: int, without: Any) -> Any:
        parts.append(self._room * len(self._wanted))
        return search(self, k, without)

    monkeypatch.setattr(ranking._Search, "rankings", counted)
    monkeypatch.setattr(ranking, "_PLACES", 4000)
    matrix = np.random.default_rng(1).standard_normal((700, 5)).astype(np.float32)
    assert_as_alone(matrix, units(matrix), 100, [[]] * 700)
    assert max(parts) <= 4000
    assert len(parts) > 10
