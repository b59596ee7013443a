"""Hierarchical softmax: the kernel against its twin, and both against the mathematics."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference import objective
from reference import tree as reference
from reference.jobs import Job, Trained, jobs, run_tree
from reference.noise import Result
from reference.sampling import SplitMix64
from wordgraft.embeddings.huffman import WordTree

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="register tiles are LLVM code: they exist only compiled"
)

both = pytest.mark.parametrize("cbow", [False, True], ids=["skipgram", "cbow"])


def tree_of(job: Job) -> WordTree:
    """Huffman's tree over counts like Zipf's: paths of many lengths."""
    return WordTree.build((1000 / np.arange(1, job.words + 1)).astype(np.int64) + 1)


def paths_of(tree: WordTree) -> list[reference.Path]:
    return reference.paths_of(tree.starts, tree.nodes, tree.signs)


def twin(job: Job, *, cbow: bool, frozen_nodes: Sequence[int] = ()) -> tuple[Result, int]:
    """Train the job slowly, on the kernel's random numbers; returns the tokens kept, too."""
    tree = tree_of(job)
    kept = job.kept(SplitMix64(job.seed))
    result = reference.train(
        *job.start(tree.size),
        kept,
        paths_of(tree),
        chunk=job.chunk,
        cbow=cbow,
        start_rate=job.start_rate,
        end_rate=job.end_rate,
        frozen=job.frozen,
        frozen_nodes=frozen_nodes,
    )
    return result, len(kept)


def check(job: Job, *, cbow: bool, frozen_nodes: Sequence[int] = ()) -> Trained:
    tree = tree_of(job)
    found = run_tree(job, tree, cbow=cbow, frozen_nodes=frozen_nodes)
    expected, kept = twin(job, cbow=cbow, frozen_nodes=frozen_nodes)
    assert (found.pairs, found.kept) == (expected.pairs, kept)
    for matrix, exact in ((found.w_in, expected.w_in), (found.w_out, expected.w_out)):
        largest = np.abs(exact).max(initial=1)
        np.testing.assert_allclose(matrix, exact, atol=1e-5 * largest)
    assert found.loss == pytest.approx(expected.loss, rel=1e-5, abs=1e-6)
    w_in, w_out = job.start(tree.size)
    np.testing.assert_array_equal(found.w_in[list(job.frozen)], w_in[list(job.frozen)])
    np.testing.assert_array_equal(found.w_out[list(frozen_nodes)], w_out[list(frozen_nodes)])
    assert found.broken == []
    return found


CASES = {
    "one chunk": Job([16]),
    "several chunks, the last full": Job([48]),
    "several chunks, the last partial": Job([50]),
    "a chunk of one position": Job([33]),
    "chunks of 32": Job([75], chunk=32),
    "borders inside chunks": Job([5, 20, 1, 2, 30, 3]),
    "empty sentences": Job([0, 7, 0, 0, 22, 0]),
    "only sentences of one word": Job([1] * 20),
    "no sentence": Job([]),
    "a part of the corpus": Job([9, 30, 8, 4, 40], first=1, last=2),
    "window larger than the sentences": Job([3, 4, 2, 5, 9, 4, 3], window=12),
    "window larger than the chunk": Job([90], window=21, words=60, start_rate=0.04),
    "the same words again and again": Job([40], words=2),
    "one word, so no node at all": Job([20], words=1),
    "long paths": Job([60], words=900),
    "subsampled": Job([30, 40, 20], thin=True),
    "wide rows": Job([40], size=300),
    "narrow rows": Job([40], size=3),
    "padded rows": Job([40], size=100),
    "frozen rows": Job([50], frozen=(0, 3, 4, 7)),
    "a rate of zero": Job([50], start_rate=0.0, end_rate=0.0),
    "weights of zero": Job([50], zero=True),
}


@both
@pytest.mark.parametrize("case", CASES)
def test_job_equals_twin(case: str, cbow: bool) -> None:
    check(CASES[case], cbow=cbow)


@both
@pytest.mark.parametrize("frozen_nodes", [(0,), (2, 5, 9), range(10)])
def test_frozen_nodes_take_part_but_stay(frozen_nodes: Sequence[int], cbow: bool) -> None:
    check(Job([50]), cbow=cbow, frozen_nodes=frozen_nodes)
    check(Job([50], frozen=(1, 6)), cbow=cbow, frozen_nodes=frozen_nodes)


@both
@settings(max_examples=40)
@given(job=jobs(), data=st.data())
def test_any_job_equals_twin(job: Job, data: st.DataObject, cbow: bool) -> None:
    nodes = st.sets(st.integers(0, max(0, job.words - 2)), max_size=3)
    frozen_nodes = sorted(data.draw(nodes)) if job.words > 1 else []
    check(job, cbow=cbow, frozen_nodes=frozen_nodes)


# --- the mathematics ---------------------------------------------------------------------------


@both
def test_gradient_of_the_twin_is_that_of_its_loss(cbow: bool) -> None:
    job = Job([3, 9, 1], words=6, size=4)
    tree = tree_of(job)
    kept, paths = job.kept(SplitMix64(job.seed)), paths_of(tree)
    terms = [
        term
        for t in range(len(kept))
        for term in reference.terms_of(kept, t, paths[kept[t].word], cbow=cbow)
    ]
    weights = [matrix.astype(np.float64) for matrix in job.start(tree.size)]
    exact = objective.gradients(terms, *weights)
    for found, numeric in zip(exact, objective.numeric_gradients(terms, *weights), strict=True):
        np.testing.assert_allclose(found, numeric, atol=1e-8)


@both
def test_small_steps_of_the_kernel_go_down_the_slope_of_the_loss(cbow: bool) -> None:
    """At a rate near 0 a job is one step down the gradient, by finite differences."""
    job = Job([7, 30], words=6, size=4)
    tree = tree_of(job)
    kept, paths = job.kept(SplitMix64(job.seed)), paths_of(tree)
    terms = [
        term
        for t in range(len(kept))
        for term in reference.terms_of(kept, t, paths[kept[t].word], cbow=cbow)
    ]
    before = [matrix.astype(np.float64) for matrix in job.start(tree.size)]
    slopes = objective.numeric_gradients(terms, *before)
    errors = []
    for rate in (1e-3, 1e-4):
        found = run_tree(replace(job, start_rate=rate, end_rate=rate), tree, cbow=cbow)
        steps = [(m - b) / rate for m, b in zip((found.w_in, found.w_out), before, strict=True)]
        errors.append(max(np.abs(s + g).max() for s, g in zip(steps, slopes, strict=True)))
    largest = max(np.abs(slope).max() for slope in slopes)
    assert errors[1] < 0.01 * largest
    assert errors[1] < 0.2 * errors[0]  # goes to 0 with the rate


@both
def test_loss_is_minus_the_log_probability_of_the_words(cbow: bool) -> None:
    """What ``WordTree.log_probabilities`` says of the nodes' scores is what training goes up."""
    job = Job([12, 5], window=2, start_rate=0.0, end_rate=0.0)
    tree = tree_of(job)
    found = run_tree(job, tree, cbow=cbow)
    kept = job.kept(SplitMix64(job.seed))
    loss = 0.0
    for t, position in enumerate(kept):
        contexts = [kept[o].word for o in range(position.low, position.high) if o != t]
        rows = found.w_in[contexts].astype(np.float64)
        for row in [rows.mean(axis=0)] if cbow else rows:
            logs = tree.log_probabilities(found.w_out @ row)
            assert np.exp(logs).sum() == pytest.approx(1)
            loss -= logs[position.word]
    assert found.loss == pytest.approx(loss, rel=1e-5)


@both
def test_loss_of_weights_that_know_nothing(cbow: bool) -> None:
    """At weights of 0 each turn of a path costs log 2."""
    job = replace(CASES["weights of zero"], start_rate=0.0, end_rate=0.0)
    tree = tree_of(job)
    found = run_tree(job, tree, cbow=cbow)
    kept = job.kept(SplitMix64(job.seed))
    times = [1 if cbow else p.high - p.low - 1 for p in kept]
    turns = np.diff(tree.starts)[[p.word for p in kept]] @ times
    assert found.loss == pytest.approx(turns * math.log(2), rel=1e-6)


@both
def test_training_learns(cbow: bool) -> None:
    """Word 2k stands beside word 2k + 1 only: each must come to expect the other."""
    words = np.repeat(np.random.default_rng(0).integers(0, 4, 800), 2) * 2
    words[1::2] += 1

    class Pairs(Job):
        @property
        def tokens(self) -> np.ndarray:
            return words.astype(np.int32)

    job = Pairs([2] * 800, words=8, size=16, window=1, start_rate=0.1, end_rate=0.01)
    tree = tree_of(job)
    found = run_tree(job, tree, cbow=cbow)
    best = [int(tree.log_probabilities(found.w_out @ row).argmax()) for row in found.w_in]
    assert best == [1, 0, 3, 2, 5, 4, 7, 6]


# --- other promises ----------------------------------------------------------------------------


@both
def test_one_worker_gives_the_same_bytes_again(cbow: bool) -> None:
    job = Job([70, 20], size=100, thin=True)
    tree = tree_of(job)
    first, second = (run_tree(job, tree, cbow=cbow) for _ in range(2))
    assert first.w_in.tobytes() == second.w_in.tobytes()
    assert first.w_out.tobytes() == second.w_out.tobytes()
    assert first.loss == second.loss
