"""Training in step: equal bytes for any number of threads, and equal to rounds done slowly."""

from __future__ import annotations

from collections.abc import Sequence

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference import noise as reference
from reference.jobs import Job, Trained, at_once, jobs, lane_states, run_in_step, word_drawer
from reference.sampling import SplitMix64
from wordgraft.embeddings.kernels.barrier import wait_for_all

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="register tiles are LLVM code: they exist only compiled"
)

both = pytest.mark.parametrize("cbow", [False, True], ids=["skipgram", "cbow"])


def check(job: Job, borders: Sequence[int], *, cbow: bool, parts: int) -> Trained:
    """Compare with the twin, lane by lane."""
    found = run_in_step(job, borders, cbow=cbow, parts=parts)
    rngs = [SplitMix64(int(state)) for (state,) in lane_states(job, len(borders) - 1)]
    spans = [range(a, b) for a, b in zip(borders[:-1], borders[1:], strict=True)]
    kept = [job.kept(rng, span) for rng, span in zip(rngs, spans, strict=True)]
    lanes = reference.train_in_step(
        *job.start(job.words),
        kept,
        draw_words=[word_drawer(job, rng) for rng in rngs],
        chunk=job.chunk,
        negative=job.negative,
        cbow=cbow,
        start_rate=job.start_rate,
        end_rate=job.end_rate,
        frozen=job.frozen,
    )
    assert found.kept.tolist() == [len(positions) for positions in kept]
    assert found.pairs.tolist() == [lane.pairs for lane in lanes]
    np.testing.assert_allclose(found.loss, [lane.loss for lane in lanes], rtol=1e-5, atol=1e-6)
    for matrix, exact in ((found.w_in, lanes[0].w_in), (found.w_out, lanes[0].w_out)):
        np.testing.assert_allclose(matrix, exact, atol=1e-5 * np.abs(exact).max(initial=1))
    for matrix, start in zip((found.w_in, found.w_out), job.start(job.words), strict=True):
        np.testing.assert_array_equal(matrix[list(job.frozen)], start[list(job.frozen)])
    assert found.broken == []
    return found


CASES: dict[str, tuple[Job, list[int]]] = {
    "lanes of equal length": (Job([32, 32, 32], words=30), [0, 1, 2, 3]),
    "lanes of many lengths": (Job([50, 3, 20, 7, 90, 16], words=30), [0, 1, 3, 4, 6]),
    "lanes without a sentence": (Job([20, 30, 10], words=30), [0, 0, 2, 2, 3, 3]),
    "lanes with empty sentences": (Job([20, 0, 0, 30], words=30), [0, 1, 2, 3, 4]),
    "one lane": (Job([50, 20], words=30), [0, 2]),
    "nothing at all": (Job([0, 0]), [0, 1, 2]),
    "all lanes on two words": (Job([20] * 5, words=2, start_rate=0.01), [0, 1, 2, 3, 4, 5]),
    "a part of the corpus": (Job([20, 40, 30, 10], words=30), [1, 2, 3]),
    "subsampled": (Job([60, 50, 40], words=30, thin=True), [0, 1, 2, 3]),
    "frozen rows": (Job([60, 50, 40], words=30, frozen=(0, 3, 7, 29)), [0, 1, 2, 3]),
    "wide padded rows": (Job([60, 50, 40], words=30, size=300), [0, 1, 2, 3]),
    "chunks of 32": (Job([60, 50, 40], words=30, chunk=32), [0, 1, 2, 3]),
    "weights of zero": (Job([60, 50, 40], words=30, zero=True), [0, 1, 2, 3]),
}


@both
@pytest.mark.parametrize("case", CASES)
def test_stretch_equals_twin(case: str, cbow: bool) -> None:
    job, borders = CASES[case]
    check(job, borders, cbow=cbow, parts=2)


@both
@settings(max_examples=20)
@given(job=jobs(), parts=st.integers(1, 3), data=st.data())
def test_any_stretch_equals_twin(job: Job, parts: int, data: st.DataObject, cbow: bool) -> None:
    within = st.lists(st.integers(0, len(job.lengths)), min_size=2, max_size=7)
    check(job, sorted(data.draw(within)), cbow=cbow, parts=parts)


@both
@pytest.mark.parametrize("case", ["lanes of many lengths", "all lanes on two words", "frozen rows"])
def test_number_of_threads_changes_no_byte(case: str, cbow: bool) -> None:
    job, borders = CASES[case]
    one = run_in_step(job, borders, cbow=cbow, parts=1)
    for parts in (2, 3, 5):
        for _ in range(3):
            other = run_in_step(job, borders, cbow=cbow, parts=parts)
            for name in ("w_in", "w_out", "loss", "pairs", "kept"):
                assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_barrier_holds_all_until_the_last_has_come(threads: int) -> None:
    """With more threads than cores too: those that wait must let the others run."""
    counter, rounds = np.zeros(8, np.int64), 300
    reached = [0] * threads

    def run(part: int) -> list[int]:
        seen = []
        for n in range(rounds):
            reached[part] = n + 1
            wait_for_all(counter, threads)
            seen.append(min(reached))
        return seen

    for seen in at_once(threads, run):
        # nobody is a round behind; a fast one may be one ahead already
        assert all(n + 1 <= least <= n + 2 for n, least in enumerate(seen))
    assert counter.tolist() == [threads * rounds, *[0] * 7]


@pytest.mark.parametrize("start", [0, 4])
def test_barrier_lets_a_single_thread_pass(start: int) -> None:
    counter = np.array([start])
    at_once(1, lambda part: wait_for_all(counter, 1))
    assert counter[0] == start + 1
