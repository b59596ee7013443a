"""Which words get rows, and what stands in them."""

from __future__ import annotations

import numpy as np
import pytest

from wordgraft.embeddings.vectors import WordVectors
from wordgraft.models.indexing import FIRST_WORD
from wordgraft.models.networks.wordrows import LENGTH, drawn, extended, grafted

VECTORS = WordVectors(["the", "good", "dull", "film"], [[3, 4], [0, 5], [5, 0], [-3, -4]])
COUNTS = {"dull": 5, "xyzzy": 2, "good": 1, "plugh": 1}


def test_rows_are_the_vectors_of_training_words_and_frequent_others() -> None:
    rows = grafted(COUNTS, VECTORS, extra=2)
    assert rows.pretrained
    assert rows.words == ("dull", "good", "the")
    assert rows.matrix.dtype == np.float32
    assert not rows.matrix[:FIRST_WORD].any()
    expected = LENGTH * np.array([[1, 0], [0, 1], [0.6, 0.8]])  # each was 5 long
    np.testing.assert_allclose(rows.matrix[FIRST_WORD:], expected, rtol=1e-6)


def test_the_scale_of_vectors_makes_no_difference() -> None:
    times = WordVectors(VECTORS.index_to_key, VECTORS.vectors * 40)
    one, other = (grafted(COUNTS, each, extra=9).matrix for each in (VECTORS, times))
    np.testing.assert_allclose(one, other, rtol=1e-6)
    zeros = WordVectors(["good"], [[0.0, 0.0]])
    assert not grafted(COUNTS, zeros, extra=1).matrix.any()


def test_no_word_in_common_is_no_row() -> None:
    rows = grafted({"xyzzy": 1}, VECTORS, extra=0)
    assert rows.words == ()
    assert rows.matrix.shape == (FIRST_WORD, 2)


def test_random_rows_are_of_the_same_scale() -> None:
    counts = {f"w{i}": i % 3 + 1 for i in range(3000)}
    rows = drawn(counts, min_count=2, size=50, most=None, seed=1)
    assert len(rows.words) == 2000
    assert not rows.pretrained
    assert np.square(rows.matrix[FIRST_WORD:]).sum(1).mean() == pytest.approx(LENGTH**2, rel=0.02)
    again = drawn(counts, min_count=2, size=50, most=None, seed=1)
    assert np.array_equal(rows.matrix, again.matrix)
    few = drawn(COUNTS, min_count=1, size=2, most=2, seed=1)
    assert few.words == ("dull", "xyzzy")
    assert drawn({"a": 1, "b": 1}, min_count=2, size=2, most=None, seed=1).words == ("a", "b")


def test_rows_behind_rows() -> None:
    first = grafted({"good": 1}, VECTORS, extra=0)
    both = extended(first.words, first.matrix, grafted(COUNTS, VECTORS, extra=0))
    assert both.words == ("good", "dull")
    assert np.array_equal(both.matrix[: len(first.matrix)], first.matrix)
    np.testing.assert_allclose(both.matrix[-1], [LENGTH, 0])
