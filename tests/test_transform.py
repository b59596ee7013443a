"""Transforms: against scikit-learn and formulas, and what they leave alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from wordgraft import WordVectors
from wordgraft.embeddings import transform
from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.embeddings.packed_rows import PackedRows, pack
from wordgraft.embeddings.subwords import Subwords

SIZE = 8
ROWS = (
    np.random.default_rng(2).standard_normal((60, SIZE)) @ np.diag(np.arange(1, SIZE + 1)) + 3
).astype(np.float32)
WORDS = [f"w{i}" for i in range(60)]
TRANSFORMS: dict[str, Callable[[WordVectors], WordVectors]] = {
    "unit": transform.unit,
    "center": transform.center,
    "all_but_the_top": lambda v: transform.all_but_the_top(v, 2),
    "pca": lambda v: transform.pca(v, 3),
    "prune": lambda v: transform.prune(v, 20),
    "quantize": lambda v: transform.quantize(v, "int8"),
    "halve": lambda v: transform.quantize(v, "float16"),
}
AFFINE = ("center", "all_but_the_top", "pca")


@pytest.fixture
def vectors() -> WordVectors:
    return WordVectors(
        WORDS,
        ROWS,
        counts=np.arange(60, 0, -1),
        tokenizer={"name": "whitespace"},
        metadata={"license": "CC0"},
    )


def with_subwords(table: Any) -> WordVectors:
    subwords = Subwords(min_n=2, max_n=3, buckets=len(table), table=table)
    return WordVectors(WORDS, ROWS, subwords=subwords)


# --- numbers ---------------------------------------------------------------------------------


def test_unit_rows_have_length_one(vectors: WordVectors) -> None:
    found = transform.unit(vectors)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, rtol=1e-6)
    assert found.similarity("w1", "w2") == pytest.approx(vectors.similarity("w1", "w2"), abs=1e-6)


def test_centred_vectors_have_no_mean(vectors: WordVectors) -> None:
    found = transform.center(vectors).vectors
    np.testing.assert_allclose(found, ROWS - ROWS.mean(axis=0), atol=1e-5)


@pytest.mark.parametrize("components", [0, 1, 3, SIZE - 1])
def test_all_but_the_top_is_its_authors_formula(vectors: WordVectors, components: int) -> None:
    # v - mean - sum_i (u_i . (v - mean)) u_i, u_i the principal components: arXiv:1702.01417
    away = ROWS.astype(np.float64) - ROWS.mean(axis=0, dtype=np.float64)
    expected = away.copy()
    for u in PCA(SIZE, svd_solver="full").fit(away).components_[:components]:
        expected -= np.outer(away @ u, u)
    found = transform.all_but_the_top(vectors, components)
    np.testing.assert_allclose(found.vectors, expected, atol=1e-4)


@pytest.mark.parametrize(("size", "expected"), [(1, 0), (2, 1), (50, 1), (149, 1), (300, 3)])
def test_a_hundredth_of_the_directions_by_default(size: int, expected: int) -> None:
    rows = np.random.default_rng(1).standard_normal((9, size))
    found = WordVectors(WORDS[:9], rows).all_but_the_top()
    assert found.metadata["transforms"] == [{"name": "all_but_the_top", "components": expected}]


@given(
    rows=st.integers(2, 50),
    size=st.integers(1, 12),
    dimensions=st.integers(1, 12),
    seed=st.integers(0, 999),
)
def test_pca_is_scikit_learns(rows: int, size: int, dimensions: int, seed: int) -> None:
    dimensions = min(dimensions, size)
    rng = np.random.default_rng(seed)
    matrix = (rng.standard_normal((rows, size)) * np.arange(1, size + 1)).astype(np.float32)
    found = WordVectors(WORDS[:rows], matrix).pca(dimensions)
    assert found.vectors.shape == (rows, dimensions)
    kept = min(dimensions, rows, size)
    theirs = PCA(kept, svd_solver="full").fit_transform(matrix.astype(np.float64))
    # Directions may be turned round; what is beyond the rank has no variance.
    np.testing.assert_allclose(np.abs(found.vectors[:, :kept]), np.abs(theirs), atol=1e-3)
    np.testing.assert_allclose(found.vectors[:, kept:], 0, atol=1e-3)
    share = found.metadata["transforms"][0]["variance_kept"]
    total = matrix.astype(np.float64).var(axis=0).sum()
    expected = theirs.var(axis=0).sum() / total if total else 1.0
    assert share == pytest.approx(expected, abs=2e-4)


def test_pca_to_all_dimensions_turns_and_changes_no_distance(vectors: WordVectors) -> None:
    found, centred = vectors.pca(SIZE), vectors.center()
    expected = centred.vectors @ centred.vectors.T
    np.testing.assert_allclose(found.vectors @ found.vectors.T, expected, rtol=1e-3, atol=1e-2)


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch, vectors: WordVectors) -> None:
    expected = {name: TRANSFORMS[name](vectors).vectors for name in AFFINE}
    monkeypatch.setattr(transform, "_BLOCK", 7)
    for name, rows in expected.items():
        np.testing.assert_allclose(TRANSFORMS[name](vectors).vectors, rows, atol=1e-5)


# --- words -----------------------------------------------------------------------------------


def test_prune_keeps_the_first_rows_where_counts_are_unknown() -> None:
    found = transform.prune(WordVectors(WORDS, ROWS), 7)
    assert list(found) == WORDS[:7]
    np.testing.assert_array_equal(found.vectors, ROWS[:7])
    assert "w7" not in found


def test_prune_keeps_the_most_frequent_in_their_order() -> None:
    counted = WordVectors(WORDS[:5], ROWS[:5], counts=[3, 9, 1, 9, 3])
    found = counted.prune(3)
    assert list(found) == ["w0", "w1", "w3"]
    assert found.counts is not None
    assert found.counts.tolist() == [3, 9, 9]
    assert list(counted.prune(99)) == WORDS[:5]


def test_prune_leaves_packed_rows_packed() -> None:
    small = WordVectors(WORDS, pack(ROWS, "int8"), counts=np.arange(60))
    found = small.prune(10)
    assert isinstance(found.storage, PackedRows)
    np.testing.assert_array_equal(found.vectors, small.vectors[50:])


# --- what stays ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TRANSFORMS)
def test_what_is_given_stays_and_notes_are_added(vectors: WordVectors, name: str) -> None:
    before = ROWS.copy()
    found = TRANSFORMS[name](TRANSFORMS["center"](vectors))
    np.testing.assert_array_equal(vectors.vectors, before)
    assert type(found) is WordVectors
    assert found.tokenizer == vectors.tokenizer
    assert found.metadata["license"] == "CC0"
    names = [note["name"] for note in found.metadata["transforms"]]
    assert names == ["center", {"halve": "quantize"}.get(name, name)]
    assert vectors.metadata == {"license": "CC0"}
    assert found.counts is not None
    assert list(found) == WORDS[: len(found)]


@pytest.mark.parametrize("name", TRANSFORMS)
def test_zeros_stay_zeros_and_count_for_nothing(name: str) -> None:
    rows = np.insert(ROWS, 5, 0.0, axis=0)
    words = [*WORDS[:5], "zero", *WORDS[5:]]
    found = TRANSFORMS[name](WordVectors(words, rows))
    assert not found["zero"].any()
    if name not in ("prune", "quantize", "halve"):
        expected = TRANSFORMS[name](WordVectors(WORDS, ROWS)).vectors
        np.testing.assert_allclose(np.delete(found.vectors, 5, axis=0), expected, atol=1e-5)


@pytest.mark.parametrize("name", AFFINE)
def test_packed_vectors_become_float32(name: str) -> None:
    small = WordVectors(WORDS, pack(ROWS, "int8"))
    found = TRANSFORMS[name](small)
    assert isinstance(found.storage, np.ndarray)
    expected = TRANSFORMS[name](WordVectors(WORDS, small.vectors))
    np.testing.assert_array_equal(found.vectors, expected.vectors)


@pytest.mark.parametrize("name", [*AFFINE, "prune", "quantize"])
def test_unseen_words_come_along(name: str) -> None:
    """A word's vector is the mean of its parts: what is done to parts is done to their mean."""
    table = np.random.default_rng(3).standard_normal((50, SIZE)).astype(np.float32)
    vectors = with_subwords(table)
    unseen = "elsewhere"
    # As a row of its own, but one that doesn't count for means and directions.
    found = TRANSFORMS[name](vectors)
    if name in ("prune", "quantize"):
        np.testing.assert_array_equal(found[unseen], vectors[unseen])
        return
    seen = [vectors[word] for word in WORDS[: SIZE + 1]]
    weights = np.linalg.solve(
        np.vstack([np.array(seen, np.float64).T, np.ones(SIZE + 1)]),
        np.append(vectors[unseen].astype(np.float64), 1.0),
    )  # affine maps keep affine combinations
    expected = weights @ np.array([found[word] for word in WORDS[: SIZE + 1]], np.float64)
    np.testing.assert_allclose(found[unseen], expected, atol=1e-3 * np.abs(weights).sum())
    np.testing.assert_array_equal(vectors.subwords.table, table)  # pyright: ignore


# --- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda v: v.all_but_the_top(SIZE), f"components must be 0 to {SIZE - 1}, found {SIZE}"),
        (lambda v: v.all_but_the_top(-1), "components must be 0 to"),
        (lambda v: v.all_but_the_top(1.5), "found 1.5"),
        (lambda v: v.pca(0), f"dimensions must be 1 to {SIZE}, found 0"),
        (lambda v: v.pca(SIZE + 1), f"dimensions must be 1 to {SIZE}, found {SIZE + 1}"),
        (lambda v: v.pca(True), "found True"),
        (lambda v: v.prune(0), "words must be a whole number from 1, found 0"),
        (lambda v: v.prune("9"), "words must be a whole number from 1, found '9'"),
        (lambda v: v.quantize("int4"), "dtype must be one of float32, float16, int8"),
    ],
)
def test_refuses_numbers_that_make_no_sense(
    vectors: WordVectors, ask: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        ask(vectors)


def test_means_of_ngrams_have_no_unit_length() -> None:
    vectors = with_subwords(np.ones((50, SIZE), np.float32))
    with pytest.raises(ConfigurationError, match="subwords can't be scaled to length 1"):
        transform.unit(vectors)
