"""What WordVectors hold, how words are looked up, and what happens at the edges."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wordgraft import WordVectors, load_vectors
from wordgraft.embeddings.errors import UnknownWordError
from wordgraft.embeddings.words import WordList, pack_words, unpack_words

WORDS = ["the", "king", "queen", "Paris", "new_york", "café", "zero"]


@pytest.fixture
def vectors() -> WordVectors:
    rows = np.random.default_rng(7).standard_normal((len(WORDS), 5)).astype(np.float32)
    rows[-1] = 0.0
    return WordVectors(WORDS, rows, counts=np.arange(7, 0, -1), tokenizer={"name": "whitespace"})


# --- building --------------------------------------------------------------------------------


def test_trait_vectors_of_the_slides() -> None:
    people = WordVectors.from_mapping(
        {"Jay": [-0.4, 0.8], "Person #1": [-0.3, 0.2], "Person #2": [-0.5, -0.4]}
    )
    assert people.similarity("Jay", "Person #1") == pytest.approx(0.87, abs=0.005)
    # The slides cut -0.2095 after two digits.
    assert people.similarity("Jay", "Person #2") == pytest.approx(-0.20, abs=0.01)
    assert [n.word for n in people.most_similar("Jay")] == ["Person #1", "Person #2"]


def test_holds_words_rows_and_notes(vectors: WordVectors) -> None:
    assert list(vectors) == list(vectors.index_to_key) == WORDS
    assert (len(vectors), vectors.vector_size) == (7, 5)
    assert vectors.key_to_index["queen"] == 2
    assert "queen" in vectors
    assert "Queen" not in vectors
    assert 2 not in vectors
    assert vectors.counts is not None
    assert vectors.counts.dtype == np.int64
    assert vectors.get_vecattr("king", "count") == 6
    assert vectors.tokenizer == {"name": "whitespace"}
    assert vectors.metadata == {}
    assert vectors.path is None
    assert repr(vectors) == "WordVectors(7 words x 5)"


def test_keeps_float32_without_a_copy_and_leaves_the_callers_array_writable() -> None:
    rows = np.ones((2, 3), np.float32)
    held = WordVectors(["a", "b"], rows).vectors
    assert np.shares_memory(held, rows)
    assert rows.flags.writeable
    assert not held.flags.writeable


@pytest.mark.parametrize("kind", [np.float64, np.float16, np.int16, ">f4"])
def test_takes_any_numbers(kind: object) -> None:
    rows = np.array([[1, 2, 3], [4, 5, 6]]).astype(kind)
    held = WordVectors(["a", "b"], rows)
    assert held.vectors.dtype == np.dtype(np.float32)
    assert held["b"].tolist() == [4.0, 5.0, 6.0]


@pytest.mark.parametrize(
    ("words", "rows", "message"),
    [
        ([], np.zeros((0, 2)), "at least one word, found none"),
        (["a", "b", "a", "b"], np.ones((4, 2)), "found 2 more than once: 'a', 'b'"),
        (["a", ""], np.ones((2, 2)), "the word of row 1 is empty"),
        (["a", "b"], np.ones((3, 2)), r"shape \[2, D\] for 2 words.* found shape \[3, 2\]"),
        (["a", "b"], np.ones((2, 0)), r"D at least 1, found shape \[2, 0\]"),
        (["a", "b"], np.ones(2), r"found shape \[2\]"),
        (["a", "b"], [[1, 2], [3, np.nan]], "found nan in row 1, column 1"),
        (["a", "b"], [[1, 2], [1e300, 4]], "finite float32 numbers, found inf in row 1, column 0"),
        (["a", "b"], [[1, 2], [3]], "numbers in rows of equal length"),
        (["a", "b"], [["x", "y"], ["z", "w"]], "numbers in rows of equal length"),
    ],
)
def test_refuses_what_is_not_a_table(words: list[str], rows: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WordVectors(words, rows)


@pytest.mark.parametrize(("words", "message"), [("ab", "single str 'ab'"), ([1, 2], "found int 1")])
def test_refuses_words_that_are_not_words(words: list[str], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        WordVectors(words, np.ones((2, 2)))


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([1, 2, 3], r"expected 2 whole counts, found shape \[3\]"),
        ([1.0, 2.0], "whole counts, found .* of float64"),
        ([1, -2], "can't be negative, found -2"),
    ],
)
def test_refuses_bad_counts(counts: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WordVectors(["a", "b"], np.ones((2, 2)), counts=counts)


def test_refuses_notes_that_json_cannot_hold() -> None:
    with pytest.raises(ValueError, match="metadata must be what JSON can hold"):
        WordVectors(["a"], [[1.0]], metadata={"made": object()})


def test_mapping_names_the_row_of_another_length() -> None:
    with pytest.raises(ValueError, match=r"a list of 2 numbers for 'Ann', found shape \[3\]"):
        WordVectors.from_mapping({"Jay": [-0.4, 0.8], "Ann": [1, 2, 3]})


# --- looking up ------------------------------------------------------------------------------


def test_one_word_gives_its_row_and_a_list_gives_rows(vectors: WordVectors) -> None:
    np.testing.assert_array_equal(vectors["queen"], vectors.vectors[2])
    assert not vectors["queen"].flags.writeable
    np.testing.assert_array_equal(vectors[["queen", "the", "queen"]], vectors.vectors[[2, 0, 2]])
    assert vectors[[]].shape == (0, 5)
    np.testing.assert_array_equal(vectors.rows_of(w for w in ["Paris", "the"]), [3, 0])
    assert vectors.rows_of(["Paris"]).dtype == np.int32


def test_unit_vectors_have_length_one_and_zeros_stay(vectors: WordVectors) -> None:
    assert np.linalg.norm(vectors.get_vector("queen", norm=True)) == pytest.approx(1)
    lengths = np.linalg.norm(vectors.unit(), axis=1)
    np.testing.assert_allclose(lengths, [1, 1, 1, 1, 1, 1, 0], rtol=1e-6)
    assert vectors.unit() is vectors.get_normed_vectors()
    with pytest.raises(ValueError, match="vector of 'zero' is all zeros"):
        vectors.get_vector("zero", norm=True)


ASKS = {
    "[]": lambda v, w: v[w],
    "[[]]": lambda v, w: v[["king", w]],
    "get_vector": lambda v, w: v.get_vector(w),
    "get_index": lambda v, w: v.get_index(w),
    "get_vecattr": lambda v, w: v.get_vecattr(w, "count"),
    "rows_of": lambda v, w: v.rows_of(["king", w]),
    "similarity": lambda v, w: v.similarity("king", w),
    "distance": lambda v, w: v.distance(w, "king"),
    "distances": lambda v, w: v.distances(w),
    "distances to": lambda v, w: v.distances("king", [w]),
    "n_similarity": lambda v, w: v.n_similarity(["king"], ["queen", w]),
    "get_mean_vector": lambda v, w: v.get_mean_vector(["king", w]),
    "doesnt_match": lambda v, w: v.doesnt_match(["king", "queen", "Paris", w]),
    "rank": lambda v, w: v.rank("king", w),
    "closer_than": lambda v, w: v.closer_than(w, "king"),
    "most_similar": lambda v, w: v.most_similar(["king"], [w]),
    "most_similar weighted": lambda v, w: v.most_similar([(w, 0.5)]),
    "most_similar_batch": lambda v, w: v.most_similar_batch(["king", [w]]),
    "most_similar_cosmul": lambda v, w: v.most_similar_cosmul(["king"], w),
    "similar_by_word": lambda v, w: v.similar_by_word(w),
    "most_similar_to_given": lambda v, w: v.most_similar_to_given("king", ["queen", w]),
}


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_every_question_refuses_an_unknown_word_and_offers_close_ones(
    vectors: WordVectors, ask: object
) -> None:
    with pytest.raises(UnknownWordError, match=r"no vector for 'Queen' \(close: queen\)") as caught:
        ask(vectors, "Queen")  # pyright: ignore
    assert caught.value.words == ("Queen",)
    assert isinstance(caught.value, KeyError)


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_every_question_refuses_a_row_number_in_place_of_a_word(
    vectors: WordVectors, ask: object
) -> None:
    with pytest.raises(TypeError, match=r"int 1|tuple \(1"):
        ask(vectors, 1)  # pyright: ignore


def test_missing_words_are_skipped_only_on_request(vectors: WordVectors) -> None:
    assert vectors.rows_of(["nix", "queen", "nada"], missing="skip").tolist() == [2]
    assert vectors.get_index("nix", default=3) == 3
    assert vectors.get_index("the", default=3) == 0
    with pytest.raises(ValueError, match="missing must be 'raise' or 'skip', found 'drop'"):
        vectors.rows_of(["queen"], missing="drop")  # pyright: ignore
    mean = vectors.get_mean_vector(["nix", "queen"], ignore_missing=True, pre_normalize=False)
    np.testing.assert_array_equal(mean, vectors["queen"])
    assert vectors.doesnt_match(["king", "queen", "the", "nix"], ignore_missing=True) != "nix"
    with pytest.raises(UnknownWordError, match="'nix', 'nada'"):
        vectors.get_mean_vector(["nix", "nada"], ignore_missing=True)


def test_error_names_five_of_many_unknown_words(vectors: WordVectors) -> None:
    with pytest.raises(UnknownWordError, match=r"'u0', 'u1', 'u2', 'u3', 'u4' and 2 more$"):
        vectors.rows_of([f"u{i}" for i in range(7)] + ["u0", "king"])


def test_one_str_is_no_list_of_words(vectors: WordVectors) -> None:
    for ask in (vectors.rows_of, vectors.doesnt_match, vectors.most_similar_batch):
        with pytest.raises(TypeError, match="found the single str 'king'"):
            ask("king")


@pytest.mark.parametrize(
    ("asked", "close"),
    [
        ("KING", "king"),
        ("paris", "Paris"),
        ("cafe", "café"),
        ("new york", "new_york"),
        ("new-york", "new_york"),
        ("kng", "king"),
        ("kking", "king"),
        ("kinh", "king"),
        ("qeuen", "queen"),
        ("queeenn", "queen"),
    ],
)
def test_close_words(vectors: WordVectors, asked: str, close: str) -> None:
    with pytest.raises(UnknownWordError) as caught:
        _ = vectors[asked]
    assert caught.value.suggestions[0] == close


@pytest.mark.parametrize("asked", ["", "x", "🦉", "zzzzzzzzz", "\ud800", "a" * 10_000])
def test_no_close_word_is_fine(vectors: WordVectors, asked: str) -> None:
    with pytest.raises(UnknownWordError, match=r"no vector for [^(]*$") as caught:
        _ = vectors[asked]
    assert caught.value.suggestions == ()
    assert len(str(caught.value)) < 100


def test_close_words_prefer_the_frequent_one() -> None:
    words = WordList.of(["bat", "cat", "rat", "hat"])
    assert words.close_words("aat") == ["bat", "cat", "rat"]
    assert words.close_words("cat") == ["bat", "rat", "hat"]


@given(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=20, unique=True), st.text())
def test_close_words_are_known_and_few(words: list[str], asked: str) -> None:
    close = WordList.of(words).close_words(asked)
    assert len(close) <= 3
    assert set(close) <= set(words) - {asked}


def test_unknown_words_are_not_searched_until_shown(vectors: WordVectors) -> None:
    calls: list[int] = []
    error = UnknownWordError(["x"], lambda: calls.append(1) or ["y"])
    assert calls == []
    assert error.suggestions == ("y",)
    assert str(error) == "no vector for 'x' (close: y)"
    assert calls == [1]


def test_unknown_word_error_travels_between_processes(vectors: WordVectors) -> None:
    with pytest.raises(UnknownWordError) as caught:
        _ = vectors["Queen"]
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
    assert (again.words, str(again)) == (("Queen",), str(caught.value))


# --- immutable -------------------------------------------------------------------------------


def test_nothing_held_can_be_changed(vectors: WordVectors) -> None:
    for array in (vectors.vectors, vectors.norms, vectors.unit(), vectors.counts, vectors["king"]):
        assert array is not None
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(TypeError, match="item assignment"):
        vectors.key_to_index["new"] = 9  # pyright: ignore
    assert vectors.tokenizer is not None
    vectors.tokenizer["name"] = "changed"
    vectors.metadata["note"] = "changed"
    assert (vectors.tokenizer, vectors.metadata) == ({"name": "whitespace"}, {})


def test_copies_are_the_same_object(vectors: WordVectors) -> None:
    from sklearn.base import BaseEstimator, clone

    class Holder(BaseEstimator):
        def __init__(self, vectors: WordVectors) -> None:
            self.vectors = vectors

    assert copy.copy(vectors) is vectors
    assert copy.deepcopy({"v": vectors})["v"] is vectors
    assert clone(Holder(vectors)).vectors is vectors


def test_in_memory_vectors_reach_a_worker_process_whole(vectors: WordVectors) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        again = pool.apply(copy.copy, [vectors])
    assert list(again) == WORDS
    np.testing.assert_array_equal(again.vectors, vectors.vectors)
    assert again.counts is not None
    assert again.counts.tolist() == [7, 6, 5, 4, 3, 2, 1]
    assert again.tokenizer == {"name": "whitespace"}


def test_mapped_vectors_travel_as_their_path(vectors: WordVectors, tmp_path: Path) -> None:
    many = WordVectors([f"w{i}" for i in range(5000)], np.ones((5000, 3), np.float32))
    many.save(tmp_path / "v.safetensors")
    mapped = load_vectors(tmp_path / "v.safetensors", limit=4000)
    sent = pickle.dumps(mapped)
    assert len(sent) < 1000
    again = pickle.loads(sent)  # noqa: S301
    assert (again.path, len(again)) == (mapped.path, 4000)
    # A replaced file is no longer what was sent ...
    vectors.save(tmp_path / "v.safetensors")
    with pytest.raises(ValueError, match="was replaced since"):
        pickle.loads(sent)  # noqa: S301
    # ... and what is sent after that travels by value; the map itself still holds the old content.
    again = pickle.loads(pickle.dumps(mapped))  # noqa: S301
    assert (again.path, len(again), again.index_to_key[3999]) == (None, 4000, "w3999")


# --- zero vectors and other edges: the policy table of docs/vectors.md -----------------------


def test_zero_vectors_have_no_direction(vectors: WordVectors) -> None:
    assert vectors.similarity("zero", "king") == 0.0
    assert vectors.similarity("zero", "zero") == 0.0
    assert vectors.n_similarity(["zero"], ["king"]) == 0.0
    assert vectors.distances("king", ["zero"]).tolist() == [1.0]
    assert "zero" not in [n.word for n in vectors.most_similar("king", topn=10)]
    assert "zero" not in [n.word for n in vectors.most_similar_batch(["king"], topn=10)[0]]
    assert "zero" not in [n.word for n in vectors.most_similar_cosmul("king", topn=10)]
    assert "zero" not in vectors.closer_than("king", vectors.most_similar("king", topn=5)[-1].word)


@pytest.mark.parametrize(
    "ask",
    [
        lambda v: v.most_similar("zero"),
        lambda v: v.most_similar(["king"], ["zero"]),
        lambda v: v.most_similar_batch(["king", "zero"]),
        lambda v: v.most_similar_cosmul("zero"),
        lambda v: v.similar_by_vector(np.zeros(5)),
        lambda v: v.distances("zero"),
        lambda v: v.rank("zero", "king"),
        lambda v: v.rank("king", "zero"),
        lambda v: v.doesnt_match(["king", "queen", "zero"]),
        lambda v: v.get_mean_vector(["zero"], post_normalize=True),
    ],
)
def test_zero_vectors_are_no_question(vectors: WordVectors, ask: object) -> None:
    with pytest.raises(ValueError, match="all zeros: it has no direction"):
        ask(vectors)  # pyright: ignore


@pytest.mark.parametrize("scale", [1e-29, 1e-18, 1e18, 1e37])
def test_very_small_and_large_numbers_keep_their_direction(scale: float) -> None:
    rows = np.array([[3, 4], [4, 3], [-3, 4]]) * scale
    held = WordVectors(["a", "b", "c"], np.vstack([rows, [[1.0, 0.0]]])[:3])
    np.testing.assert_allclose(held.norms, 5 * scale, rtol=1e-6)
    assert held.similarity("a", "b") == pytest.approx(0.96, abs=1e-6)
    found = held.most_similar("a")
    assert [n.word for n in found] == ["b", "c"]
    assert [n.similarity for n in found] == pytest.approx([0.96, 0.28], abs=1e-6)


@given(st.lists(st.text(min_size=1), min_size=1))
@example(["a", "é", "日本語", "🦉x", "\U0010ffff"])
@example(["é"])
def test_packed_words_come_back(words: list[str]) -> None:
    if any("\ud800" <= c <= "\udfff" for word in words for c in word):  # a lone surrogate
        with pytest.raises(ValueError, match="can't be written as UTF-8"):
            pack_words(words)
        return
    data, offsets = pack_words(words)
    assert data.tobytes() == "".join(words).encode()
    assert unpack_words(data, offsets) == words


def test_words_cut_within_a_character_are_refused() -> None:
    data = np.frombuffer("aéb".encode(), np.uint8)
    with pytest.raises(ValueError, match="begins or ends within a character"):
        unpack_words(data, np.array([0, 2, 4]))
