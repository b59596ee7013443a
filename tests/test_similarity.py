"""Neighbours and comparisons: equal to gensim's, to a slow twin, and batch to one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordgraft import WordVectors
from wordgraft.embeddings import similarity
from wordgraft.embeddings.vectors import Neighbour


def random_vectors(rows: int, size: int, seed: int = 1) -> WordVectors:
    matrix = np.random.default_rng(seed).standard_normal((rows, size)).astype(np.float32)
    return WordVectors([f"w{i}" for i in range(rows)], matrix)


@pytest.fixture(scope="module")
def ours() -> WordVectors:
    return random_vectors(2000, 17)


@pytest.fixture(scope="module")
def gensims(ours: WordVectors) -> Any:
    from gensim.models import KeyedVectors

    theirs = KeyedVectors(ours.vector_size)
    theirs.add_vectors(list(ours.index_to_key), ours.vectors.copy())
    return theirs


def assert_same(found: list[Neighbour], expected: list[tuple[str, float]]) -> None:
    assert [word for word, _ in found] == [word for word, _ in expected]
    np.testing.assert_allclose(
        [s for _, s in found], [s for _, s in expected], rtol=1e-6, atol=1e-6
    )


# --- as gensim's KeyedVectors ----------------------------------------------------------------

VECTOR = np.random.default_rng(5).standard_normal(17).astype(np.float32)

QUESTIONS: dict[str, dict[str, Any]] = {
    "a word": {"positive": "w3"},
    "words": {"positive": ["w3", "w900"]},
    "an analogy": {"positive": ["w3", "w4"], "negative": ["w5"]},
    "only negative": {"negative": ["w5"]},
    "a vector": {"positive": VECTOR},
    "vectors": {"positive": np.stack([VECTOR, VECTOR[::-1]])},
    "words and vectors": {"positive": ["w3", VECTOR], "negative": [VECTOR[::-1].copy(), "w9"]},
    "weights": {"positive": [("w3", 0.5), "w4", (VECTOR, 2.0)], "negative": [("w8", -0.25)]},
    "a repeated word": {"positive": ["w3", "w3"], "negative": ["w5"]},
    "topn": {"positive": "w3", "topn": 700},
    "all": {"positive": "w3", "topn": 1999},
    "few rows": {"positive": "w3", "restrict_vocab": 50},
    "rows without the word": {"positive": "w3", "negative": "w60", "restrict_vocab": 3, "topn": 3},
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_most_similar_is_gensims(ours: WordVectors, gensims: Any, question: dict[str, Any]) -> None:
    found = ours.most_similar(**question)
    assert len(found) == question.get("topn", 10)
    assert_same(found, gensims.most_similar(**question))


@pytest.mark.parametrize("positive", ["w3", ["w3", "w4"], ["w3", "w4", "w5"]])
@pytest.mark.parametrize("negative", [None, "w7", ["w7", "w8"]])
@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`:DeprecationWarning")  # its own
def test_most_similar_cosmul_is_gensims(
    ours: WordVectors, gensims: Any, positive: Any, negative: Any
) -> None:
    found = ours.most_similar_cosmul(positive, negative)
    assert_same(found, gensims.most_similar_cosmul(positive, negative))


def test_cosmul_keeps_to_the_rows_asked_for(ours: WordVectors) -> None:
    # gensim's ignores restrict_vocab.
    words = [n.word for n in ours.most_similar_cosmul("w3", "w7", restrict_vocab=20, topn=50)]
    assert set(words) == {f"w{i}" for i in range(20)} - {"w3", "w7"}


def test_cosmul_takes_vectors_of_any_length(ours: WordVectors) -> None:
    words = ours.most_similar_cosmul(["w3"], ["w7"], topn=3)
    vectors = ours.most_similar_cosmul([ours["w3"] * 9], [ours["w7"] / 9], topn=5)
    assert_same([n for n in vectors if n.word not in ("w3", "w7")][:3], words)


@pytest.mark.parametrize("seed", range(5))
def test_comparisons_are_gensims(ours: WordVectors, gensims: Any, seed: int) -> None:
    words = [f"w{i}" for i in np.random.default_rng(seed).choice(2000, 7, replace=False)]
    a, b = words[:2]
    assert ours.similarity(a, b) == pytest.approx(float(gensims.similarity(a, b)), abs=1e-6)
    assert ours.distance(a, b) == pytest.approx(float(gensims.distance(a, b)), abs=1e-6)
    np.testing.assert_allclose(ours.distances(a), gensims.distances(a), atol=1e-6)
    np.testing.assert_allclose(ours.distances(a, words), gensims.distances(a, words), atol=1e-6)
    np.testing.assert_allclose(ours.distances(VECTOR), gensims.distances(VECTOR), atol=1e-6)
    assert ours.closer_than(a, b) == gensims.closer_than(a, b)
    assert ours.rank(a, b) == gensims.rank(a, b)
    assert ours.doesnt_match(words) == gensims.doesnt_match(words)
    assert ours.most_similar_to_given(a, words[1:]) == gensims.most_similar_to_given(a, words[1:])
    expected = float(gensims.n_similarity(words[:3], words[3:]))
    assert ours.n_similarity(words[:3], words[3:]) == pytest.approx(expected, abs=1e-6)
    assert_same(ours.similar_by_word(a), gensims.similar_by_word(a))
    assert_same(ours.similar_by_vector(VECTOR.tolist()), gensims.similar_by_vector(VECTOR))
    np.testing.assert_array_equal(ours[words], gensims[words])
    np.testing.assert_allclose(ours.unit(), gensims.get_normed_vectors(), atol=1e-6)


@pytest.mark.parametrize("weights", [None, [1.0, -2.0, 0.5, 3.0]])
@pytest.mark.parametrize("pre", [True, False])
@pytest.mark.parametrize("post", [True, False])
def test_mean_vector_is_gensims(
    ours: WordVectors, gensims: Any, weights: list[float] | None, *, pre: bool, post: bool
) -> None:
    keys = ["w3", VECTOR, "w8", "w3"]
    found = ours.get_mean_vector(keys, weights, pre_normalize=pre, post_normalize=post)
    expected = gensims.get_mean_vector(keys, weights, pre_normalize=pre, post_normalize=post)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_cosines_stay_within_one(ours: WordVectors) -> None:
    itself = [ours.similarity(word, word) for word in ours.index_to_key[:300]]
    assert max(itself) == 1.0
    assert min(itself) > 1 - 1e-12


# --- answers and their order -----------------------------------------------------------------


def test_neighbours_are_plain_pairs_with_names(ours: WordVectors) -> None:
    first = ours.most_similar("w3")[0]
    word, cosine = first
    assert (first.word, first.similarity) == (word, cosine) == first
    assert isinstance(word, str)
    assert isinstance(cosine, float)


def test_equal_neighbours_come_in_row_order() -> None:
    rows = np.tile(np.array([[1.0, 0.0]], np.float32), (600, 1))
    rows[[5, 400]] = [[0.0, 1.0]]
    same = WordVectors([f"w{i}" for i in range(600)], rows)
    expected = [f"w{i}" for i in range(600) if i not in (5, 400, 2)]
    assert [n.word for n in same.most_similar("w2", topn=300)] == expected[:300]
    assert [n.word for n in same.most_similar_batch(["w2"], topn=300)[0]] == expected[:300]
    assert [n.word for n in same.most_similar("w5", topn=3)] == ["w400", "w0", "w1"]


def test_fewer_neighbours_where_there_are_fewer_words() -> None:
    three = random_vectors(3, 4)
    assert len(three.most_similar("w0", topn=10)) == 2
    assert len(three.most_similar_batch(["w0"], topn=10)[0]) == 2
    assert len(three.most_similar_cosmul("w0", topn=10)) == 2
    one = random_vectors(1, 1)
    assert one.most_similar("w0") == []
    assert one.most_similar_batch(["w0"]) == [[]]
    assert one.most_similar_batch([]) == []
    assert one.most_similar(np.array([2.0])) != []


@given(
    rows=st.integers(1, 400),
    size=st.integers(1, 5),
    k=st.integers(0, 450),
    decimals=st.integers(0, 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_best_rows_are_those_of_a_full_sort(
    rows: int, size: int, k: int, decimals: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.standard_normal(rows).round(decimals).astype(np.float32)  # many equal ones
    norms = (rng.random(rows) > 0.1).astype(np.float32)
    without = rng.integers(0, 2 * rows, size).tolist()
    candidates = [i for i in range(rows) if norms[i] and i not in without]
    expected = sorted(candidates, key=lambda i: (-scores[i], i))[:k]
    found = similarity.best_rows(scores.copy(), k, norms=norms, without=without)
    assert found.tolist() == expected


def test_batch_takes_all_that_most_similar_takes(ours: WordVectors) -> None:
    queries: list[Any] = ["w3", VECTOR, ["w3", "w4", ("w5", -1)], ("w9", 2.0), [VECTOR, "w3"]]
    for query, found in zip(queries, ours.most_similar_batch(queries), strict=True):
        assert_same(found, ours.most_similar(query))
    rows = ours.most_similar_batch(ours.vectors[:300], topn=1)
    assert [found[0].word for found in rows] == [f"w{i}" for i in range(300)]
    few = ours.most_similar_batch(["w3"], restrict_vocab=50)[0]
    assert_same(few, ours.most_similar("w3", restrict_vocab=50))


@given(
    rows=st.integers(1, 40),
    size=st.integers(1, 9),
    power=st.integers(-30, 30),
    seed=st.integers(0, 2**32 - 1),
)
def test_lengths_of_rows_are_those_in_float64(rows: int, size: int, power: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = (rng.standard_normal((rows, size)) * 10.0**power).astype(np.float32)
    matrix[rng.random(rows) < 0.2] = 0.0
    expected = np.linalg.norm(matrix.astype(np.float64), axis=1)
    expected[expected < 1e-30] = 0.0
    np.testing.assert_allclose(similarity.row_norms(matrix), expected, rtol=1e-6)


def test_arrays_given_are_left_as_they_were(ours: WordVectors) -> None:
    given_vector, given_rows = VECTOR.copy(), np.stack([VECTOR, VECTOR])
    for array in (given_vector, given_rows):
        array.setflags(write=False)
    ours.most_similar(given_vector)
    ours.most_similar_cosmul([given_vector])
    ours.most_similar_batch(given_rows)
    ours.get_mean_vector([given_vector])
    ours.distances(given_vector)


# --- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({}, "at least one word or vector to compare, found none"),
        ({"positive": []}, "at least one word or vector"),
        ({"positive": "w1", "negative": "w1"}, "cancel out: their sum has no direction"),
        ({"positive": [("w1", 0.0)]}, "cancel out"),
        ({"positive": [("w1", float("nan"))]}, "expected finite weights, found nan"),
        ({"negative": [("w1", 0.5)]}, r"among negatives it would be added. Write -0.5"),
        ({"positive": np.ones(3)}, r"a vector of 17 numbers, found float64 of shape \[3\]"),
        ({"positive": np.ones((2, 2, 2))}, r"a vector of 17 numbers, found float64 of shape"),
        ({"positive": np.full(17, np.nan)}, "vector of finite numbers"),
        ({"positive": np.array(["w1"])}, "a vector of 17 numbers, found <U2"),
        ({"positive": "w1", "topn": -1}, "topn must be a whole number from 0, found -1"),
        ({"positive": "w1", "topn": None}, r"found None. For all words use distances\(\)"),
        ({"positive": "w1", "topn": 2.5}, "found 2.5"),
        ({"positive": "w1", "restrict_vocab": 0}, "restrict_vocab must be at least 1 row, found 0"),
    ],
)
def test_refuses_what_is_no_question(
    ours: WordVectors, question: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ours.most_similar(**question)


@pytest.mark.parametrize(
    ("positive", "message"),
    [
        ([0.1, 0.2], r"vectors \(numpy arrays\) or \(word, weight\) pairs, found float 0.1"),
        ({"w1": 2.0}, "found dict"),
        (7, "found int 7"),
        ([["w1", "w2"]], "found list"),
        ([("w1", "w2")], "found tuple"),
    ],
)
def test_refuses_what_is_no_word(ours: WordVectors, positive: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        ours.most_similar(positive)


def test_cosmul_refuses_weights_and_nothing(ours: WordVectors) -> None:
    with pytest.raises(ValueError, match="takes no weights"):
        ours.most_similar_cosmul([("w1", 0.5)])
    with pytest.raises(ValueError, match="at least one positive word"):
        ours.most_similar_cosmul([], ["w1"])


def test_mean_refuses_what_does_not_fit(ours: WordVectors) -> None:
    with pytest.raises(ValueError, match="at least one word or vector for a mean, found none"):
        ours.get_mean_vector([])
    with pytest.raises(ValueError, match=r"expected 2 finite weights, found shape \[1\]"):
        ours.get_mean_vector(["w1", "w2"], [1.0])
    with pytest.raises(ValueError, match="must not all be zero"):
        ours.get_mean_vector(["w1", "w2"], [0.0, 0.0])


@pytest.mark.parametrize("words", [[], ["w1"], ["w1", "w2"], ["w1", "w1", "w2"]])
def test_of_two_words_neither_is_odd(ours: WordVectors, words: list[str]) -> None:
    with pytest.raises(
        ValueError, match=f"three different words or more.* found {len(set(words))}"
    ):
        ours.doesnt_match(words)


def test_odd_one_out_of_a_real_choice() -> None:
    meals = WordVectors.from_mapping(
        {"breakfast": [1, 0.1], "lunch": [1, 0.2], "dinner": [1, 0.15], "cereal": [0.3, 1]}
    )
    assert meals.doesnt_match(["breakfast", "cereal", "dinner", "lunch"]) == "cereal"
