"""Subwords: parts of words, their rows, and the vectors composed of them."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import ngrams as reference
from wordgraft.embeddings import subwords as module
from wordgraft.embeddings.errors import ConfigurationError, UnknownWordError
from wordgraft.embeddings.product_rows import ProductRows
from wordgraft.embeddings.subwords import PackedWords, Pruned, Subwords

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="bytes are read by LLVM code: it exists only compiled"
)

RNG = np.random.default_rng(5)
TABLE = RNG.standard_normal((50, 3)).astype(np.float32)
WORDS = ["cat", "日本", "</s>", "a", "naïveté"]


def mean(word: str, table: np.ndarray, least: int, most: int) -> np.ndarray:
    """The mean of a word's n-grams' rows, by the slow twin."""
    rows = reference.rows(word.encode(), least, most, len(table))
    return table[rows].astype(np.float64).mean(axis=0)


@given(word=st.text(st.characters(codec="utf-8"), max_size=8), least=st.integers(0, 3))
def test_parts_are_those_of_the_twin(word: str, least: int) -> None:
    parts = Subwords(least, 4, 50, TABLE).parts(word)
    assert [ngram.encode() for ngram in parts.ngrams] == reference.ngrams(word.encode(), least, 4)
    assert parts.rows.tolist() == reference.rows(word.encode(), least, 4, 50)
    assert parts.rows.dtype == np.int32


def test_vectors_are_means_of_rows() -> None:
    subwords = Subwords(2, 3, 50, TABLE)
    assert subwords.vector_size == 3
    known = [word for word in WORDS if word != "</s>"]
    expected = [mean(word, TABLE, 2, 3) for word in known]
    np.testing.assert_allclose(subwords.vectors(known), expected, atol=1e-6)
    np.testing.assert_allclose(subwords.vector("cat"), expected[0], atol=1e-6)
    assert subwords.vectors([]).shape == (0, 3)


def test_own_rows_and_composed_vectors_are_inverse() -> None:
    subwords = Subwords(2, 3, 50, TABLE)
    words = PackedWords.of(WORDS)
    own = RNG.standard_normal((5, 3)).astype(np.float32)
    composed = subwords.compose(words, own.copy())
    for word, row, vector in zip(WORDS, own, composed, strict=True):
        parts = [row, *TABLE[reference.rows(word.encode(), 2, 3, 50)]]
        np.testing.assert_allclose(vector, np.mean(parts, axis=0), atol=1e-6)
    np.testing.assert_array_equal(composed[2], own[2])  # </s> has no parts
    np.testing.assert_allclose(subwords.own_rows(words, composed), own, atol=1e-5)


def test_many_words_in_blocks_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [f"word{i}" for i in range(40)]
    whole = Subwords(2, 3, 50, TABLE).vectors(words)
    monkeypatch.setattr(module, "_BLOCK", 7)
    np.testing.assert_array_equal(Subwords(2, 3, 50, TABLE).vectors(words), whole)


def test_a_table_may_begin_at_any_byte() -> None:
    memory = bytearray(TABLE.nbytes + 1)
    odd = np.ndarray(TABLE.shape, np.float32, memory, offset=1)
    odd[:] = TABLE
    assert not odd.flags.aligned
    subwords = Subwords(2, 3, 50, odd)
    np.testing.assert_array_equal(
        subwords.vectors(["cat"]), Subwords(2, 3, 50, TABLE).vectors(["cat"])
    )
    np.testing.assert_array_equal(
        subwords.ngram_vector("at>"), TABLE[reference.rows(b"cat", 3, 3, 50)[-1]]
    )


def test_one_ngram_has_one_row_wherever_it_stands() -> None:
    subwords = Subwords(1, 5, 50, TABLE)
    for word in ["cat", "日本", "</s>x", "<"]:
        for ngram, row in zip(*subwords.parts(word), strict=True):
            np.testing.assert_array_equal(subwords.ngram_vector(ngram), TABLE[row])
    with pytest.raises(ValueError, match="expected an n-gram of 1 to 5 characters, found 6"):
        subwords.ngram_vector("<abcd>")
    with pytest.raises(ValueError, match="found 0 in ''"):
        subwords.ngram_vector("")


def test_words_without_parts_have_no_vector() -> None:
    subwords = Subwords(4, 5, 50, TABLE)
    assert subwords.has_vector("cat")
    assert not subwords.has_vector("a")
    with pytest.raises(
        UnknownWordError, match="no vector for 'a': it has no n-gram of 4 to 5"
    ) as e:
        subwords.vectors(["cat", "a", "a"])
    assert e.value.words == ("a",)
    with pytest.raises(ValueError, match="can't be written as UTF-8"):
        subwords.vector("\ud800abc")


def test_pruned_tables_know_the_buckets_they_kept() -> None:
    full = Subwords(2, 3, 50, TABLE)
    word = full.parts("cat")
    kept = np.unique(word.rows)[:2]
    pruned = Subwords(2, 3, 50, TABLE[kept[::-1]], Pruned(kept, np.array([1, 0], np.int32)))
    expected = [(n, r) for n, r in zip(*word, strict=True) if r in kept]
    found = pruned.parts("cat")
    assert found.ngrams == [ngram for ngram, _ in expected]
    assert found.rows.tolist() == [{kept[0]: 1, kept[1]: 0}[row] for _, row in expected]
    np.testing.assert_allclose(
        pruned.vector("cat"), TABLE[[row for _, row in expected]].mean(axis=0), atol=1e-6
    )
    starts, rows = pruned.rows_of(PackedWords.of(["cat", "zzzz", "cat"]))
    assert rows[starts[2] :].tolist() == found.rows.tolist()
    gone = next(n for n, r in zip(*word, strict=True) if r not in kept)
    with pytest.raises(UnknownWordError, match="pruning left no row"):
        pruned.ngram_vector(gone)
    none = Pruned(np.empty(0, np.int32), np.empty(0, np.int32))
    assert not Subwords(2, 3, 50, TABLE[:0], none).has_vector("cat")


def test_quantised_rows_unpack_to_centroids_times_norms() -> None:
    centroids = RNG.standard_normal((2, 256, 2)).astype(np.float32)
    centroids[1, :, 1] = 0
    codes = RNG.integers(0, 256, (50, 2)).astype(np.uint8)
    norm_codes = RNG.integers(0, 256, 50).astype(np.uint8)
    norms = RNG.random(256).astype(np.float32)
    plain = np.hstack([centroids[0][codes[:, 0]], centroids[1][codes[:, 1]]])[:, :3]
    rows = ProductRows(codes, centroids, 3)
    assert (len(rows), rows.shape, rows.nbytes) == (50, (50, 3), 100 + centroids.nbytes)
    np.testing.assert_array_equal(rows[:], plain)
    np.testing.assert_array_equal(rows[np.array([4, 4, 0])], plain[[4, 4, 0]])
    scaled = ProductRows(codes, centroids, 3, norm_codes, norms)
    np.testing.assert_array_equal(scaled[:], plain * norms[norm_codes][:, None])
    np.testing.assert_array_equal(
        Subwords(2, 3, 50, scaled).vectors(WORDS[:2]),
        Subwords(2, 3, 50, scaled[:]).vectors(WORDS[:2]),
    )
    with pytest.raises(ValueError, match=r"codes \[50, 2\] and centroids \[2, 256, 2\] don't make"):
        ProductRows(codes, centroids, 2)
    with pytest.raises(ValueError, match="both norms and their codes"):
        ProductRows(codes, centroids, 3, norm_codes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"min_n": 5}, "found 5 to 3"),
        ({"min_n": -1}, "found -1 to 3"),
        ({"min_n": 0, "max_n": 0}, "found 0 to 0"),
        ({"buckets": 0}, "buckets must be 1 to 2,147,483,647, found 0; 0 buckets need"),
        ({"buckets": 1 << 31}, "found 2147483648"),
        ({"buckets": 51}, "51 buckets need as many rows, found 50"),
        ({"hashing": "md5"}, "hashing must be 'fnv1a', found 'md5'"),
        ({"pruned": Pruned(np.array([2, 1]), np.array([0, 1]))}, "rising order"),
        ({"pruned": Pruned(np.array([1, 2]), np.array([0, 50]))}, "a row of the 50 there are"),
        ({"pruned": Pruned(np.array([1, 2]), np.array([0]))}, "for each a row"),
    ],
)
def test_what_does_not_fit_together_is_refused(change: dict[str, object], message: str) -> None:
    good = {"min_n": 2, "max_n": 3, "buckets": 50, "table": TABLE}
    with pytest.raises(ConfigurationError, match=message):
        Subwords(**good | change)  # type: ignore[arg-type]
