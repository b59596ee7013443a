"""Negative sampling: the kernel against its twin, and both against the mathematics."""

from __future__ import annotations

import math
from dataclasses import replace

import numba
import numpy as np
import pytest
from hypothesis import given, settings

from reference import noise as reference
from reference import objective
from reference.jobs import Job, Trained, jobs, run_noise, word_drawer
from reference.sampling import SplitMix64

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="register tiles are LLVM code: they exist only compiled"
)

both = pytest.mark.parametrize("cbow", [False, True], ids=["skipgram", "cbow"])


def twin(job: Job, *, cbow: bool) -> tuple[reference.Result, int]:
    """Train the job slowly, on the kernel's random numbers; returns the tokens kept, too."""
    rng = SplitMix64(job.seed)
    kept = job.kept(rng)
    result = reference.train(
        *job.start(job.words),
        kept,
        draw_words=word_drawer(job, rng),
        chunk=job.chunk,
        negative=job.negative,
        cbow=cbow,
        start_rate=job.start_rate,
        end_rate=job.end_rate,
        frozen=job.frozen,
    )
    return result, len(kept)


def check(job: Job, *, cbow: bool) -> Trained:
    found = run_noise(job, cbow=cbow)
    expected, kept = twin(job, cbow=cbow)
    assert (found.pairs, found.kept) == (expected.pairs, kept)
    for matrix, exact in ((found.w_in, expected.w_in), (found.w_out, expected.w_out)):
        np.testing.assert_allclose(matrix, exact, atol=1e-5 * max(1, np.abs(exact).max()))
    assert found.loss == pytest.approx(expected.loss, rel=1e-5, abs=1e-6)
    before = job.start(job.words)
    for matrix, start in zip((found.w_in, found.w_out), before, strict=True):
        np.testing.assert_array_equal(matrix[list(job.frozen)], start[list(job.frozen)])
    assert found.broken == []
    return found


CASES = {
    "one chunk": Job([16]),
    "several chunks, the last full": Job([48]),
    "several chunks, the last partial": Job([50]),
    "a chunk of one position": Job([33]),
    "chunks of 32": Job([75], chunk=32),
    "borders inside chunks": Job([5, 20, 1, 2, 30, 3]),
    "borders on those of chunks": Job([16, 32, 16]),
    "empty sentences": Job([0, 7, 0, 0, 22, 0]),
    "only sentences of one word": Job([1] * 20),
    "no sentence": Job([]),
    "nothing in the sentences": Job([0, 0]),
    "a part of the corpus": Job([9, 30, 8, 4, 40], first=1, last=2),
    "no part of it": Job([9, 30], first=1, last=1),
    "window larger than the sentences": Job([3, 4, 2, 5, 9, 4, 3], window=12),
    "window larger than the chunk": Job([90], window=21, words=60),
    "the same words again and again": Job([40], words=2, noise=9, start_rate=0.02),
    "one word, so all noise is the target": Job([20], words=1, start_rate=0.02),
    "hardly a word twice": Job([60], words=900),
    "one noise word": Job([40], noise=1),
    "more noise words than positions": Job([20], noise=40),
    "fewer negatives than noise words": Job([40], noise=24, negative=2),
    "no negatives": Job([40], negative=0),
    "subsampled": Job([30, 40, 20], thin=True),
    "wide rows": Job([40], size=300),
    "narrow rows": Job([40], size=3),
    "padded rows": Job([40], size=100),
    "frozen rows": Job([50], frozen=(0, 3, 4, 7)),
    "all rows frozen": Job([50], frozen=tuple(range(11))),
    "a rate of zero": Job([50], start_rate=0.0, end_rate=0.0),
    "weights of zero": Job([50], zero=True),
}


@both
@pytest.mark.parametrize("case", CASES)
def test_job_equals_twin(case: str, cbow: bool) -> None:
    check(CASES[case], cbow=cbow)


@both
@settings(max_examples=40)
@given(job=jobs())
def test_any_job_equals_twin(job: Job, cbow: bool) -> None:
    check(job, cbow=cbow)


@both
def test_cases_have_what_they_are_for(cbow: bool) -> None:
    """Noise words do meet contexts, and rates do fall: else the twin would prove less."""
    job = Job([50])
    rng = SplitMix64(job.seed)
    kept, draw_words = job.kept(rng), word_drawer(job, rng)
    words = draw_words()
    pairs = reference.pairs_of(kept, 0, job.chunk, cbow=cbow)
    met = {target for _, target in pairs} & set(words)
    assert met
    assert len(reference.terms_of(pairs, words, 1)) < len(pairs) * (1 + job.noise)
    first, second, *_ = reference.rates(job.start_rate, job.end_rate, len(kept), job.chunk)
    assert (first, second) == (0.08, pytest.approx(0.08 - 0.06 * 16 / 50))


# --- the mathematics ---------------------------------------------------------------------------


@both
@pytest.mark.parametrize("zero", [False, True])
def test_gradient_of_the_twin_is_that_of_its_loss(zero: bool, cbow: bool) -> None:
    job = Job([3, 9, 1], words=6, size=4, zero=zero)
    rng = SplitMix64(job.seed)
    kept = job.kept(rng)
    pairs = reference.pairs_of(kept, 0, len(kept), cbow=cbow)
    terms = reference.terms_of(pairs, word_drawer(job, rng)(), job.negative)
    weights = [matrix.astype(np.float64) for matrix in job.start(job.words)]
    exact = objective.gradients(terms, *weights)
    for found, numeric in zip(exact, objective.numeric_gradients(terms, *weights), strict=True):
        np.testing.assert_allclose(found, numeric, atol=1e-8)


@both
def test_small_steps_of_the_kernel_go_down_the_slope_of_the_loss(cbow: bool) -> None:
    """Several chunks at a rate near 0 are one step down the gradient, by finite differences."""
    job = Job([7, 30], words=6, size=4)
    rng = SplitMix64(job.seed)
    kept, draw_words = job.kept(rng), word_drawer(job, rng)
    terms = []
    for start in range(0, len(kept), job.chunk):
        end = min(len(kept), start + job.chunk)
        pairs = reference.pairs_of(kept, start, end, cbow=cbow)
        terms += reference.terms_of(pairs, draw_words(), job.negative)
    before = [matrix.astype(np.float64) for matrix in job.start(job.words)]
    slopes = objective.numeric_gradients(terms, *before)
    errors = []
    for rate in (1e-3, 1e-4):
        found = run_noise(replace(job, start_rate=rate, end_rate=rate), cbow=cbow)
        steps = [(m - b) / rate for m, b in zip((found.w_in, found.w_out), before, strict=True)]
        errors.append(max(np.abs(s + g).max() for s, g in zip(steps, slopes, strict=True)))
    largest = max(np.abs(slope).max() for slope in slopes)
    assert errors[1] < 0.01 * largest
    assert errors[1] < 0.2 * errors[0]  # goes to 0 with the rate


@both
def test_expected_step_is_that_of_word2vec(cbow: bool) -> None:
    """Shared noise, averaged over what may be drawn, is each pair's own noise.

    The step of one chunk is linear in its noise words, so the mean over all draws is the mean over
    chunks whose noise is always the same word.
    """
    job = Job([3, 12, 1], words=6, size=4, start_rate=1.0, end_rate=1.0)
    kept = job.kept(SplitMix64(job.seed))
    pairs = reference.pairs_of(kept, 0, len(kept), cbow=cbow)
    before = [matrix.astype(np.float64) for matrix in job.start(job.words)]
    mean = [np.zeros_like(matrix) for matrix in before]
    loss = 0.0
    for word, share in enumerate(job.shares):
        found = run_noise(job, cbow=cbow, shares=np.eye(job.words)[word])
        mean[0] += share * (found.w_in - before[0])
        mean[1] += share * (found.w_out - before[1])
        loss += share * found.loss
    terms = reference.word2vec_terms(pairs, job.shares, job.negative)
    for step, slope in zip(mean, objective.gradients(terms, *before), strict=True):
        np.testing.assert_allclose(step, -slope, atol=3e-5)
    assert loss == pytest.approx(objective.loss(terms, *before), rel=1e-5)


@both
@pytest.mark.parametrize("negative", [1, 5, 20])
def test_loss_of_weights_that_know_nothing(negative: int, cbow: bool) -> None:
    """At weights of 0 each of a pair's 1 + negative questions costs log 2, whatever is shared."""
    job = replace(CASES["weights of zero"], negative=negative, start_rate=0.0, end_rate=0.0)
    job = replace(job, words=40)
    never = np.setdiff1d(np.arange(job.words), job.tokens)[0]
    found = run_noise(job, cbow=cbow, shares=np.eye(job.words)[never])
    assert found.loss / found.pairs == pytest.approx((1 + negative) * math.log(2), rel=1e-6)


@both
def test_training_learns(cbow: bool) -> None:
    """Word 2k stands beside word 2k + 1 only: their vectors must find each other."""
    words = np.repeat(np.random.default_rng(0).integers(0, 4, 800), 2) * 2
    words[1::2] += 1

    class Pairs(Job):
        @property
        def tokens(self) -> np.ndarray:
            return words.astype(np.int32)

    job = Pairs([2] * 800, words=8, size=16, window=1, start_rate=0.1, end_rate=0.01)
    found = run_noise(job, cbow=cbow)
    scores = found.w_in @ found.w_out.T
    assert scores.argmax(axis=1).tolist() == [1, 0, 3, 2, 5, 4, 7, 6]


# --- other promises ----------------------------------------------------------------------------


@both
def test_one_worker_gives_the_same_bytes_again(cbow: bool) -> None:
    job = Job([70, 20], size=100, thin=True)
    first, second = (run_noise(job, cbow=cbow) for _ in range(2))
    assert first.w_in.tobytes() == second.w_in.tobytes()
    assert first.w_out.tobytes() == second.w_out.tobytes()
    assert first.loss == second.loss
    assert first.w_in.tobytes() != run_noise(replace(job, seed=2), cbow=cbow).w_in.tobytes()
