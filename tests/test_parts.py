"""Words that have no row: vectors from their n-grams, in every question, in files and workers."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from wordgraft import WordVectors, load_vectors
from wordgraft.embeddings.errors import UnknownWordError, VectorFormatError
from wordgraft.embeddings.formats.native import open_native, write_native
from wordgraft.embeddings.product_rows import ProductRows
from wordgraft.embeddings.subwords import Pruned, Subwords

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="bytes are read by LLVM code: it exists only compiled"
)

RNG = np.random.default_rng(3)
TABLE = RNG.standard_normal((2000, 4)).astype(np.float32)
WORDS = ["king", "queen", "kings", "environment", "table"]
SUBWORDS = Subwords(3, 5, 2000, TABLE)


def sent(thing: Any) -> Any:
    """What arrives in a worker process."""
    return pickle.loads(pickle.dumps(thing))  # noqa: S301  what was just made here


@pytest.fixture
def vectors() -> WordVectors:
    own = SUBWORDS.vectors(WORDS)
    return WordVectors(WORDS, own, counts=[9, 8, 7, 6, 5], subwords=SUBWORDS)


def test_only_the_vocabulary_is_in_the_vectors(vectors: WordVectors) -> None:
    assert "king" in vectors
    assert "kinks" not in vectors
    assert vectors.has_vector("kinks")
    assert vectors.has_vector("king")
    assert not vectors.has_vector("\ud800king")
    assert not vectors.has_vector("")  # <>: shorter than any n-gram
    assert len(vectors) == 5
    assert vectors.index_to_key == tuple(WORDS)


def test_unseen_words_have_the_mean_of_their_ngrams(vectors: WordVectors) -> None:
    np.testing.assert_array_equal(vectors["kinks"], SUBWORDS.vector("kinks"))
    assert not vectors["kinks"].flags.writeable
    found = vectors[["king", "kinks", "king", "zzz"]]
    expected = [vectors["king"], vectors["kinks"], vectors["king"], vectors["zzz"]]
    np.testing.assert_array_equal(found, expected)
    assert vectors[[]].shape == (0, 4)
    np.testing.assert_allclose(np.linalg.norm(vectors.get_vector("kinks", norm=True)), 1, rtol=1e-6)


def test_every_question_takes_unseen_words(vectors: WordVectors) -> None:
    assert vectors.most_similar("enviroment", topn=1)[0].word == "environment"
    assert vectors.most_similar_batch(["enviroment", "king"], topn=1)[0][0].word == "environment"
    assert vectors.most_similar(["enviroment", "king"], topn=9)[0].word != "king"
    assert vectors.most_similar_cosmul(["enviroment"], topn=1)[0].word == "environment"
    assert vectors.similarity("enviroment", "environment") > 0.7
    near, same = vectors.distances("enviroment", ["environment", "enviroment"])
    assert near == pytest.approx(1 - vectors.similarity("enviroment", "environment"), abs=1e-6)
    assert same == pytest.approx(0, abs=1e-6)
    assert vectors.doesnt_match(["kingz", "kings", "king", "table"]) == "table"
    mean = vectors.get_mean_vector(["king", "kingz"], pre_normalize=False)
    np.testing.assert_allclose(mean, vectors[["king", "kingz"]].mean(axis=0), atol=1e-6)
    assert vectors.n_similarity(["kingz"], ["kingz"]) == pytest.approx(1)
    assert vectors.most_similar_to_given("enviroment", ["king", "environments"]) == "environments"


def test_a_word_without_parts_says_why_and_names_close_words(vectors: WordVectors) -> None:
    few = WordVectors(WORDS, vectors.vectors, subwords=Subwords(7, 8, 2000, TABLE))
    message = r"no vector for 'kin': it has no n-gram of 7 to 8 characters with a row \(close: king"
    with pytest.raises(UnknownWordError, match=message):
        few["kin"]
    with pytest.raises(UnknownWordError, match="no vector for 'kin'"):
        few[["king", "kin"]]
    with pytest.raises(UnknownWordError, match="no vector for 'kin'"):
        few.most_similar(["king", "kin"])
    with pytest.raises(UnknownWordError, match="no vector for 'kin', 'ki'"):
        few.get_mean_vector(["king", "kin", "ki"])
    assert few.with_vectors(["king", "kin"], ignore_missing=True) == ["king"]


def test_rows_are_for_the_vocabulary_alone(vectors: WordVectors) -> None:
    message = r"no row for 'kinks': not in the vocabulary, so that only vectors\[word\] answers"
    with pytest.raises(UnknownWordError, match=message) as caught:
        vectors.get_index("kinks")
    assert str(sent(caught.value)) == str(caught.value)
    with pytest.raises(UnknownWordError, match="no row for 'kinks'"):
        vectors.rows_of(["king", "kinks"])
    with pytest.raises(UnknownWordError, match="no vector for ''"):
        vectors.get_index("")
    with pytest.raises(UnknownWordError, match="no row for 'kinks'"):
        vectors.get_vecattr("kinks", "count")
    assert vectors.rows_of(["king", "kinks"], missing="skip").tolist() == [0]


def test_parts_of_words(vectors: WordVectors) -> None:
    ngrams, rows = vectors.get_subwords("king")
    assert ngrams[:3] == ["<ki", "<kin", "<king"]
    np.testing.assert_array_equal(rows, SUBWORDS.rows("king"))
    plain = WordVectors(WORDS, vectors.vectors)
    assert plain.subwords is None
    assert not plain.has_vector("kinks")
    with pytest.raises(ValueError, match="these vectors have no n-grams"):
        plain.get_subwords("king")
    with pytest.raises(UnknownWordError, match="no vector for 'kinks'"):
        plain["kinks"]


def test_ngrams_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="words have vectors of 2 numbers, n-grams of 4"):
        WordVectors(["a"], [[1, 2]], subwords=SUBWORDS)


# --- files and workers -------------------------------------------------------------------------


def test_native_files_keep_them_mapped(vectors: WordVectors, tmp_path: Path) -> None:
    vectors.save(tmp_path / "v")
    again = load_vectors(tmp_path / "v")
    assert again.subwords is not None
    table = again.subwords.table
    assert isinstance(table, np.memmap)
    assert (again.subwords.min_n, again.subwords.max_n, again.subwords.buckets) == (3, 5, 2000)
    np.testing.assert_array_equal(again["kinks"], vectors["kinks"])
    assert again.metadata == {}
    assert open_native(tmp_path / "v").metadata == {
        "subwords": {"min_n": 3, "max_n": 5, "bucket": 2000, "hash": "fnv1a"}
    }
    few = load_vectors(tmp_path / "v", vocabulary=["queen"])
    np.testing.assert_array_equal(few["king"], SUBWORDS.vector("king"))
    again.save(tmp_path / "w")
    assert (tmp_path / "w").read_bytes() == (tmp_path / "v").read_bytes()


def test_pruned_and_quantised_tables_are_saved_as_they_answer(tmp_path: Path) -> None:
    codes = RNG.integers(0, 256, (300, 2)).astype(np.uint8)
    centroids = RNG.standard_normal((2, 256, 2)).astype(np.float32)
    kept = np.sort(RNG.choice(2000, 300, replace=False)).astype(np.int32)
    pruned = Pruned(kept, RNG.permutation(300).astype(np.int32))
    subwords = Subwords(1, 5, 2000, ProductRows(codes, centroids, 4), pruned)
    vectors = WordVectors(WORDS, SUBWORDS.vectors(WORDS), subwords=subwords)
    vectors.save(tmp_path / "v")
    again = load_vectors(tmp_path / "v")
    np.testing.assert_array_equal(again["enviroment"], vectors["enviroment"])
    assert again.get_subwords("enviroment").ngrams == vectors.get_subwords("enviroment").ngrams


def test_workers_get_them(vectors: WordVectors, tmp_path: Path) -> None:
    np.testing.assert_array_equal(sent(vectors)["kinks"], vectors["kinks"])
    vectors.save(tmp_path / "v")
    mapped = load_vectors(tmp_path / "v")
    assert len(pickle.dumps(mapped)) < 1000
    np.testing.assert_array_equal(sent(mapped)["kinks"], vectors["kinks"])


GOOD = {"min_n": 3, "max_n": 5, "bucket": 2000, "hash": "fnv1a"}


@pytest.mark.parametrize(
    ("arrays", "notes", "message"),
    [
        ({}, GOOD, "expected an array ngrams of float32"),
        ({"ngrams": TABLE}, None, "expected whole numbers min_n, max_n and bucket"),
        ({"ngrams": TABLE}, GOOD | {"bucket": "2000"}, "expected whole numbers min_n, max_n"),
        ({"ngrams": TABLE}, GOOD | {"bucket": True}, "expected whole numbers min_n, max_n"),
        ({"ngrams": TABLE}, GOOD | {"bucket": 1999}, "1999 buckets need as many rows, found 2000"),
        ({"ngrams": TABLE}, GOOD | {"hash": "md5"}, "hashing must be"),
        ({"ngrams": TABLE}, [], "expected whole numbers"),
        ({"ngrams": TABLE[:, :3].copy()}, GOOD, "expected n-grams of 4 numbers, as words have"),
        ({"ngrams": TABLE[0]}, GOOD, "expected an array ngrams of float32"),
        (
            {"ngrams": TABLE, "ngram_buckets": np.zeros(2000, np.int32)},
            GOOD,
            "distinct buckets in rising order",
        ),
        (
            {"ngrams": TABLE, "ngram_buckets": np.arange(2000)},
            GOOD,
            "expected an array ngram_buckets of int32",
        ),
    ],
)
def test_damaged_ngrams_are_refused(
    tmp_path: Path, arrays: dict[str, np.ndarray], notes: object, message: str
) -> None:
    write_native(
        tmp_path / "v",
        words=WORDS,
        vectors=TABLE[:5],
        extra=arrays,
        metadata={} if notes is None else {"subwords": notes},
    )
    with pytest.raises(VectorFormatError, match=f"the n-grams are damaged: .*{message}"):
        load_vectors(tmp_path / "v")


def test_numbers_that_are_none_are_found_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wordgraft.embeddings import arrayfile

    broken = TABLE.copy()
    broken[SUBWORDS.rows("kinks")[0]] = np.nan
    monkeypatch.setattr(arrayfile.np, "isfinite", lambda a: np.ones(a.shape, bool))
    parts = {"ngrams": broken}
    write_native(
        tmp_path / "v", words=WORDS, vectors=TABLE[:5], extra=parts, metadata={"subwords": GOOD}
    )
    monkeypatch.undo()
    vectors = load_vectors(tmp_path / "v")
    with pytest.raises(
        VectorFormatError, match="the vector of 'kinks' has NaN or an infinite number"
    ):
        vectors[["queen", "kinks"]]
