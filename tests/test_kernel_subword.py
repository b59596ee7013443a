"""Training with n-grams: the kernel against its twin, and both against the mathematics."""

from __future__ import annotations

from dataclasses import replace

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference import noise, objective, subword
from reference.jobs import Job, Trained, jobs, run_noise, word_drawer
from reference.sampling import SplitMix64
from reference.subword import Made, run_subword

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="register tiles are LLVM code: they exist only compiled"
)

both = pytest.mark.parametrize("cbow", [False, True], ids=["skipgram", "cbow"])


def check(job: Job, made: Made, *, cbow: bool, at_once: int | None = None) -> Trained:
    """Compare with the twin, on the same random numbers."""
    found = run_subword(job, made, cbow=cbow, at_once=at_once)
    rng = SplitMix64(job.seed)
    kept = job.kept(rng)
    start = made.start(job)
    expected = subword.train(
        made,
        *start,
        kept,
        draw_words=word_drawer(job, rng),
        chunk=at_once or job.chunk,
        negative=job.negative,
        cbow=cbow,
        start_rate=job.start_rate,
        end_rate=job.end_rate,
        frozen=job.frozen,
    )
    assert (found.pairs, found.kept) == (expected.pairs, len(kept))
    for matrix, exact in ((found.w_in, expected.w_in), (found.w_out, expected.w_out)):
        np.testing.assert_allclose(matrix, exact, atol=2e-5 * max(1, np.abs(exact).max()))
    assert found.loss == pytest.approx(expected.loss, rel=2e-5, abs=1e-6)
    held = sorted({part for word in job.frozen for part in made.parts[word]})
    np.testing.assert_array_equal(found.w_in[held], start[0][held])
    np.testing.assert_array_equal(found.w_out[list(job.frozen)], start[1][list(job.frozen)])
    assert found.broken == []
    return found


# A part that many words of a chunk share takes all their steps: rates are lower than without.
CALM = {"start_rate": 0.02, "end_rate": 0.005}
CASES = {
    "one chunk": Job([16], **CALM),
    "several chunks, the last partial": Job([50], **CALM),
    "a chunk of one position": Job([33], **CALM),
    "borders inside chunks": Job([5, 20, 1, 2, 30, 3], **CALM),
    "empty sentences": Job([0, 7, 0, 0, 22, 0], **CALM),
    "no sentence": Job([]),
    "a part of the corpus": Job([9, 30, 8, 4, 40], first=1, last=2, **CALM),
    "window larger than the chunk": Job([90], window=21, words=60, start_rate=0.004),
    "the same words again and again": Job([40], words=2, start_rate=0.004),
    "hardly a word twice": Job([60], words=900, **CALM),
    "one noise word": Job([40], noise=1, **CALM),
    "subsampled": Job([30, 40, 20], thin=True, **CALM),
    "wide rows": Job([40], size=300, **CALM),
    "padded rows": Job([40], size=100, **CALM),
    "frozen words": Job([50], words=30, frozen=(0, 3), **CALM),
    "all words frozen": Job([50], frozen=tuple(range(11))),
    "weights of zero": Job([50], zero=True, **CALM),
}


@both
@pytest.mark.parametrize("case", CASES)
def test_job_equals_twin(case: str, cbow: bool) -> None:
    job = CASES[case]
    check(job, Made.drawn(job), cbow=cbow)


@both
@settings(max_examples=30)
@given(job=jobs(), most=st.integers(0, 30), ngrams=st.integers(1, 60), at_once=st.integers(1, 16))
def test_any_job_equals_twin(job: Job, most: int, ngrams: int, at_once: int, cbow: bool) -> None:
    made = Made.drawn(job, most=most, ngrams=ngrams)
    calm = 1 + most  # as many steps more may meet on one row
    job = replace(job, start_rate=job.start_rate / calm, end_rate=job.end_rate / calm)
    check(job, made, cbow=cbow, at_once=None if at_once == 16 else at_once)


@both
def test_words_without_ngrams_are_trained_as_words_alone(cbow: bool) -> None:
    """The two kernels differ in what they make inputs of, and in nothing else."""
    job = Job([50, 20], size=100, thin=True)
    made = Made([[word] for word in range(job.words)], job.words)
    parts, alone = run_subword(job, made, cbow=cbow), run_noise(job, cbow=cbow)
    np.testing.assert_allclose(parts.w_in, alone.w_in, atol=1e-6)
    np.testing.assert_allclose(parts.w_out, alone.w_out, atol=1e-6)
    assert parts.loss == pytest.approx(alone.loss, rel=1e-6)


@both
def test_small_steps_go_down_the_slope_of_the_loss(cbow: bool) -> None:
    """Finite differences over all rows: words of n parts each take n times the gradient's step.

    So does fastText, where the gradient of a mean of n rows would hand each an nth.
    """
    job = Job([7, 30], words=6, size=4)
    made = Made.drawn(job, most=4, even=True)
    rng = SplitMix64(job.seed)
    kept, draw_words = job.kept(rng), word_drawer(job, rng)
    terms = []
    for start in range(0, len(kept), job.chunk):
        end = min(len(kept), start + job.chunk)
        pairs = noise.pairs_of(kept, start, end, cbow=cbow)
        inside = [([p for w in words for p in made.parts[w]], target) for words, target in pairs]
        terms += noise.terms_of(inside, draw_words(), job.negative)
    before = [matrix.astype(np.float64) for matrix in made.start(job)]
    by_in, by_out = objective.numeric_gradients(terms, *before)
    slopes = (5 * by_in, by_out)
    errors = []
    for rate in (1e-3, 1e-4):
        found = run_subword(replace(job, start_rate=rate, end_rate=rate), made, cbow=cbow)
        steps = [(m - b) / rate for m, b in zip((found.w_in, found.w_out), before, strict=True)]
        errors.append(max(np.abs(s + g).max() for s, g in zip(steps, slopes, strict=True)))
    largest = max(np.abs(slope).max() for slope in slopes)
    assert errors[1] < 0.01 * largest
    assert errors[1] < 0.2 * errors[0]  # goes to 0 with the rate


class Alike(Made):
    """All input rows equal at first, so that words of any parts are the same vector."""

    def start(self, job: Job) -> tuple[np.ndarray, np.ndarray]:
        w_in, w_out = super().start(job)
        w_in[:] = w_in[0]
        return w_in, w_out


@both
def test_a_word_moves_as_far_whether_or_not_all_its_parts_can(cbow: bool) -> None:
    job = Job([16], words=8, start_rate=1e-2, end_rate=1e-2, frozen=(7,))
    others = [*([word, 8 + word] for word in range(1, 7)), [7, 15]]
    free, held = Alike([[0, 8], *others], 16), Alike([[0, 8, 15, 15], *others], 16)
    moved = []
    for made in (free, held):
        found = run_subword(job, made, cbow=cbow)
        now, before = (subword.composed(m, made.parts)[0] for m in (found.w_in, made.start(job)[0]))
        moved.append(now - before)
    np.testing.assert_allclose(moved[1], moved[0], atol=1e-6)
    assert np.abs(moved[0]).max() > 1e-3


@both
def test_one_worker_gives_the_same_bytes_again(cbow: bool) -> None:
    job = Job([70, 20], size=100, thin=True, **CALM)
    made = Made.drawn(job)
    first, second = (run_subword(job, made, cbow=cbow) for _ in range(2))
    assert first.w_in.tobytes() == second.w_in.tobytes()
    assert first.w_out.tobytes() == second.w_out.tobytes()
    other = run_subword(replace(job, seed=2), made, cbow=cbow)
    assert first.w_in.tobytes() != other.w_in.tobytes()
