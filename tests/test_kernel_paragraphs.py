"""Paragraph vectors: the kernel against its twin, and both against the mathematics."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import objective
from reference import paragraphs as reference
from reference.guarded import Guard
from reference.jobs import ALL, flat, rows_of
from reference.sampling import SplitMix64, draw
from wordgraft.embeddings.kernels.paragraphs import (
    ParagraphModel,
    infer_paragraphs,
    paragraph_scratch,
    train_paragraphs,
)
from wordgraft.embeddings.kernels.sampling import build_alias
from wordgraft.embeddings.kernels.simd import padded

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="register tiles are LLVM code: they exist only compiled"
)


@dataclass(frozen=True)
class Job:
    """Documents of so many words each, and how to train them."""

    lengths: tuple[int, ...]
    words: int = 9
    size: int = 20
    chunk: int = 4
    noise: int = 3
    negative: int = 5
    start_rate: float = 0.08
    end_rate: float = 0.02
    first: int = 0
    last: int = 0
    thin: bool = False
    zero: bool = False
    seed: int = 1

    def random(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, purpose])

    @property
    def documents(self) -> range:
        return range(self.first, len(self.lengths) - self.last)

    @property
    def offsets(self) -> np.ndarray:
        return np.concatenate([[0], np.cumsum(self.lengths)]).astype(np.int64)

    @property
    def tokens(self) -> np.ndarray:
        return self.random(0).integers(0, self.words, sum(self.lengths)).astype(np.int32)

    @property
    def texts(self) -> list[list[int]]:
        return [part.tolist() for part in np.split(self.tokens, self.offsets[1:-1])]

    @property
    def keep(self) -> np.ndarray:
        if not self.thin:
            return np.full(self.words, ALL, np.uint32)
        return self.random(1).integers(0, 2**32, self.words).astype(np.uint32)

    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        scale = 0.0 if self.zero else 1.2 / self.size**0.5
        return tuple(  # type: ignore[return-value]
            (self.random(purpose).normal(size=(count, self.size)) * scale).astype(np.float32)
            for purpose, count in ((2, len(self.lengths)), (3, self.words))
        )

    def model(self, guard: Guard) -> ParagraphModel:
        documents, words = self.rows()
        limits, aliases = np.zeros(self.words, np.uint32), np.zeros(self.words, np.int32)
        build_alias(self.random(4).dirichlet(np.full(self.words, 3.0)), limits, aliases)
        width = padded(self.size)
        return guard.arrays(
            ParagraphModel(flat(documents, width), flat(words, width), self.keep, limits, aliases)
        )

    def how(self, model: ParagraphModel) -> dict[str, object]:
        return {
            "keep": self.keep.tolist(),
            "table": (model.limits.tolist(), model.aliases.tolist()),
            "chunk": self.chunk,
            "noise": self.noise,
            "negative": self.negative,
        }


def run(job: Job) -> tuple[reference.Learnt, list[tuple[int, int]]]:
    guard, width = Guard(), padded(job.size)
    model = job.model(guard)
    longest = max(job.lengths, default=0)
    x = paragraph_scratch(chunk=job.chunk, noise=job.noise, longest=longest, width=width)
    loss, pairs = train_paragraphs(
        model, guard.array(job.tokens), guard.array(job.offsets), job.documents.start,
        job.documents.stop, width, job.negative, job.chunk, job.start_rate, job.end_rate,
        guard.array(np.array([job.seed], np.uint64)), guard.arrays(x),
    )  # fmt: skip
    rows = (rows_of(matrix, job.size, width) for matrix in (model.documents, model.words))
    return reference.Learnt(*rows, loss, pairs), guard.broken()


def check(job: Job) -> reference.Learnt:
    found, broken = run(job)
    expected = reference.train(
        job.rows(), job.texts, first=job.documents.start, last=job.documents.stop,
        rates=(job.start_rate, job.end_rate), rng=SplitMix64(job.seed),
        **job.how(job.model(Guard())),
    )  # fmt: skip
    assert found.pairs == expected.pairs
    assert found.loss == pytest.approx(expected.loss, rel=1e-5, abs=1e-6)
    for mine, exact in ((found.documents, expected.documents), (found.words, expected.words)):
        np.testing.assert_allclose(mine, exact, atol=1e-5 * max(1, np.abs(exact).max(initial=0)))
    assert broken == []
    return found


CASES = {
    "one chunk": Job((4,)),
    "several chunks, the last partial": Job((10, 7, 4)),
    "documents of nothing": Job((0, 5, 0, 0, 9, 0)),
    "no document": Job(()),
    "a part of them": Job((5, 9, 8, 3), first=1, last=1),
    "none of them": Job((5, 9), first=1, last=1),
    "one word, so all noise is the text": Job((12,), words=1, start_rate=0.02),
    "chunk of one word": Job((6, 5), chunk=1, noise=5),
    "larger chunks": Job((40, 30), chunk=16, noise=16, words=60, start_rate=0.02),
    "subsampled": Job((30, 20, 10), thin=True),
    "wide rows": Job((12, 9), size=300),
    "narrow rows": Job((12, 9), size=3),
    "a rate of zero": Job((12, 9), start_rate=0.0, end_rate=0.0),
    "rows of zero": Job((12, 9), zero=True),
}


@pytest.mark.parametrize("case", CASES)
def test_job_equals_twin(case: str) -> None:
    check(CASES[case])


@given(
    lengths=st.lists(st.integers(0, 14), max_size=5), words=st.integers(1, 20),
    size=st.integers(1, 70), chunk=st.integers(1, 9), noise=st.integers(1, 17),
    negative=st.integers(1, 7), thin=st.booleans(), seed=st.integers(1, 10**6),
)  # fmt: skip
def test_any_job_equals_twin(lengths: list[int], negative: int, **how: int) -> None:
    rate = 0.5 / (1 + negative)
    check(Job(tuple(lengths), negative=negative, start_rate=rate, end_rate=rate / 5, **how))  # type: ignore[arg-type]


@pytest.mark.parametrize("zero", [False, True])
def test_gradient_of_the_twin_is_that_of_its_loss(zero: bool) -> None:
    job = Job((6, 5), words=5, size=4, zero=zero)
    rows = tuple(matrix.astype(np.float64) for matrix in job.rows())
    terms = reference.terms_of(1, job.texts[1], [0, 3, 3], 5)
    exact = objective.gradients(terms, *rows)
    for found, numeric in zip(exact, objective.numeric_gradients(terms, *rows), strict=True):
        np.testing.assert_allclose(found, numeric, atol=1e-8)


def test_small_steps_go_down_the_slope_of_the_loss() -> None:
    job = Job((13, 6), words=5, size=4)
    model, rng = job.model(Guard()), SplitMix64(job.seed)
    table = model.limits.tolist(), model.aliases.tolist()
    before = tuple(matrix.astype(np.float64) for matrix in job.rows())
    terms = []
    for document, text in enumerate(job.texts):
        _ = [rng.next() for _ in text]  # what subsampling draws
        for start in range(0, len(text), job.chunk):
            noise = [draw(*table, rng) for _ in range(job.noise)]
            words = text[start : start + job.chunk]
            terms += reference.terms_of(document, words, noise, job.negative)
    slopes = objective.gradients(terms, *before)
    errors = []
    for rate in (1e-3, 1e-4):
        small, _ = run(replace(job, start_rate=rate, end_rate=rate))
        found = zip((small.documents, small.words), before, slopes, strict=True)
        errors.append(max(np.abs((a - b) / rate + g).max() for a, b, g in found))
    assert errors[1] < 0.01 * max(np.abs(slope).max() for slope in slopes)
    assert errors[1] < 0.2 * errors[0]  # goes to 0 with the rate


def test_loss_of_rows_that_know_nothing() -> None:
    found, _ = run(Job((12, 9), words=500, zero=True, start_rate=0.0, end_rate=0.0))
    assert found.loss / found.pairs == pytest.approx(6 * np.log(2), rel=1e-5)


def test_inferred_rows_are_the_twins_and_words_stay() -> None:
    job = Job((11, 0, 6, 11), size=20)
    guard, width, epochs = Guard(), padded(job.size), 3
    model = job.model(guard)
    before = model.words.copy()
    states = guard.array(np.array([[7], [8], [9], [7]], np.uint64))
    x = paragraph_scratch(chunk=job.chunk, noise=job.noise, longest=11, width=width)
    infer_paragraphs(
        model, guard.array(job.tokens), guard.array(job.offsets), 0, 4, job.size, width,
        job.negative, job.chunk, epochs, 0.3, 0.03, states, guard.arrays(x),
    )  # fmt: skip
    np.testing.assert_array_equal(model.words, before)
    found = rows_of(model.documents, job.size, width)
    for document, state in ((0, 7), (2, 9), (3, 7)):
        rng = SplitMix64(state)
        drawn = [(rng.next() >> 40) / 2**24 for _ in range(job.size)]
        row = (np.array([drawn]) - 0.5) / job.size
        rows: tuple[np.ndarray, np.ndarray] = (row, job.rows()[1])
        for epoch in range(epochs):
            ends = [0.3 - 0.27 * share / epochs for share in (epoch, epoch + 1)]
            learnt = reference.train_document(
                rows, 0, job.texts[document], rng=rng, rates=(ends[0], ends[1]),
                learn_words=False, **job.how(model),  # type: ignore[arg-type]
            )  # fmt: skip
            rows = learnt.documents, rows[1]
        np.testing.assert_allclose(found[document], rows[0][0], atol=1e-5)
    assert guard.broken() == []
