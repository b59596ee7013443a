"""Documents as sums, extremes and counts of rows, against slow twins; the same for any threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import documents as slow
from wordgraft.embeddings import document_sums as fast
from wordgraft.embeddings.document_sums import Finish, WordRows

Made = tuple[list[list[int]], np.ndarray, np.ndarray]


@st.composite
def collections(draw: st.DrawFn) -> Made:
    """Documents, rows and weights: few and many numbers in a row, empty documents, zero weights."""
    words, width = draw(st.integers(1, 12)), draw(st.integers(1, 40))
    documents = draw(st.lists(st.lists(st.integers(0, words - 1), max_size=9), max_size=7))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    rows = rng.standard_normal((words, width)).astype(np.float32)
    weights = rng.random(words).astype(np.float32)
    weights[rng.random(words) < 0.2] = 0
    return documents, rows, weights


@given(
    collections(), st.booleans(), st.integers(1, 4),
    st.sampled_from(["nothing", "count", "weights", "length"]), st.integers(0, 3),
)  # fmt: skip
def test_sums(made: Made, logarithm: bool, power: int, divisor: Any, first: int) -> None:
    documents, rows, weights = made
    ids, offsets = slow.flat(documents, first)
    how: dict[str, Any] = {"logarithm": logarithm, "power": power, "divisor": divisor}
    found = fast.document_sums(ids, offsets, WordRows(rows, weights, first), **how)
    expected = slow.sums(documents, rows, weights, **how)
    assert found.dtype == np.float32
    np.testing.assert_allclose(
        found, expected, rtol=2e-5, atol=2e-5 * (1 + abs(expected).max(initial=0))
    )


@given(collections(), st.booleans())
def test_extremes(made: Made, greatest: bool) -> None:
    documents, rows, weights = made
    ids, offsets = slow.flat(documents)
    found = fast.document_extremes(ids, offsets, WordRows(rows, weights), greatest=greatest)
    assert np.array_equal(found, slow.extremes(documents, rows, weights, greatest=greatest))


@given(collections(), st.integers(0, 3))
def test_frequencies(made: Made, first: int) -> None:
    documents, rows, _ = made
    ids, offsets = slow.flat(documents, first)
    found = fast.document_frequencies(ids, offsets, words=len(rows), first=first)
    assert found.tolist() == slow.frequencies(documents, len(rows))


@given(st.integers(0, 9), st.integers(1, 40), st.integers(0, 3), st.booleans(), st.integers(0, 99))
def test_finish(documents: int, width: int, directions: int, unit: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((documents, width)).astype(np.float32)
    vectors[rng.random(documents) < 0.3] = 0
    directions = min(directions, width)
    basis = np.linalg.qr(rng.standard_normal((width, width)))[0][:directions].astype(np.float32)
    shares = rng.random(directions).astype(np.float32)
    centre = rng.standard_normal(width).astype(np.float32)
    expected = slow.finished(vectors, basis, shares, centre, unit=unit)
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    found = Finish(basis, shares, centre, unit).apply(vectors)
    np.testing.assert_allclose(vectors, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found, lengths, rtol=1e-12)


def many(width: int = 30) -> tuple[np.ndarray, np.ndarray, WordRows]:
    """Documents of many lengths, enough for several threads."""
    rng = np.random.default_rng(5)
    lengths = rng.integers(0, 90, 3000)
    lengths[[7, 900]] = 0, 20_000
    ids = np.minimum(rng.zipf(1.3, int(lengths.sum())) - 1, 499).astype(np.int32)
    rows = rng.standard_normal((500, width)).astype(np.float32)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return ids, offsets, WordRows(rows, rng.random(500).astype(np.float32))


@pytest.mark.parametrize("threads", [2, 5, None])
def test_any_number_of_threads_gives_the_same_bits(threads: int | None) -> None:
    ids, offsets, words = many()
    for logarithm in (False, True):
        one, more = (
            fast.document_sums(ids, offsets, words, logarithm=logarithm, threads=n)
            for n in (1, threads)
        )
        assert np.array_equal(one, more)
    least = [
        fast.document_extremes(ids, offsets, words, greatest=False, threads=n) for n in (1, threads)
    ]
    assert np.array_equal(*least)
    wide = np.random.default_rng(1).standard_normal((20_000, 30)).astype(np.float32)
    finish = Finish(words.rows[:0], words.weights[:0], words.rows[3], unit=True)
    both = wide.copy(), wide.copy()
    lengths = [finish.apply(part, threads=n) for part, n in zip(both, (1, threads), strict=True)]
    assert np.array_equal(*both)
    assert np.array_equal(*lengths)


def test_a_document_is_the_same_whatever_stands_beside_it() -> None:
    ids, offsets, words = many(width=17)
    all_of_them = fast.document_sums(ids, offsets, words)
    for document in (0, 7, 900, 2999):
        own = ids[offsets[document] : offsets[document + 1]]
        alone = fast.document_sums(own, np.array([0, len(own)]), words)
        assert np.array_equal(alone[0], all_of_them[document])


def test_rows_of_any_making_are_taken() -> None:
    """Misaligned, of columns, of other numbers: the kernels are compiled for one kind of array."""
    rng = np.random.default_rng(2)
    plain = rng.standard_normal((6, 5)).astype(np.float32)
    memory = bytearray(plain.nbytes + 1)
    memory[1:] = plain.tobytes()
    shifted = np.frombuffer(memory, np.float32, offset=1).reshape(6, 5)
    ids, offsets = slow.flat([[0, 5], [3]])
    expected = fast.document_sums(ids, offsets, WordRows(plain, np.ones(6, np.float32)))
    for rows in (shifted, np.asfortranarray(plain), plain.astype(np.float64)):
        found = fast.document_sums(ids, offsets, WordRows(rows, np.ones(6)))  # type: ignore[arg-type]
        assert np.array_equal(found, expected)
    assert len(fast.sum_documents.signatures) == 1


def test_what_leads_outside_is_refused() -> None:
    rows = WordRows(np.ones((3, 2), np.float32), np.ones(3, np.float32), 2)
    one = np.array([0, 1])
    for ids in ([1], [5]):
        with pytest.raises(ValueError, match="expected ids from 2 to 4, found"):
            fast.document_sums(np.array(ids, np.int32), one, rows)
    for offsets in ([0, 2], [0, 1, 0, 1], [-1, 1], []):
        with pytest.raises(ValueError, match="expected offsets that rise from 0 to 1"):
            fast.document_sums(np.array([2], np.int32), np.array(offsets, np.int64), rows)
    with pytest.raises(ValueError, match="expected rows of shape"):
        WordRows(np.ones((3, 2), np.float32), np.ones(2, np.float32))
