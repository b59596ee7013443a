"""Text similarity: the kernel against its twin, and the promises of its docstring."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import alignment as reference
from reference.guarded import Guard
from wordgraft import WordVectors
from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.embeddings.frequencies import word_shares
from wordgraft.embeddings.kernels.alignment import align_pairs, alignment_scratch
from wordgraft.embeddings.subwords import Subwords
from wordgraft.models.documents import text_similarity as module
from wordgraft.models.documents.text_similarity import split_pairs, text_similarity
from wordgraft.models.documents.vectorizer import DocumentVectorizer

WORDS = ["the", "a", "dog", "dogs", "cat", "runs", "running", "7", "zero"]
COUNTS = [5000, 4000, 50, 20, 40, 30, 25, 60, 1]
TEXTS = st.lists(st.sampled_from([*WORDS, "unseen", "unseem", "8", "éa", "é"]), max_size=7)


@pytest.fixture(scope="module")
def vectors() -> WordVectors:
    rows = np.random.default_rng(1).standard_normal((len(WORDS), 5)) + 0.4
    rows[-1] = 0.0
    return WordVectors(WORDS, rows, counts=COUNTS, tokenizer={"name": "default"})


def expected(pairs: Sequence[tuple[Sequence[str], Sequence[str]]], wv: WordVectors) -> list[float]:
    rows = dict(zip(wv.index_to_key, wv.vectors, strict=True))
    shares = dict(zip(wv.index_to_key, word_shares(wv).tolist(), strict=True))
    return [reference.similarity(a, b, rows, shares) for a, b in pairs]


@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), max_size=4))
def test_equals_its_twin(vectors: WordVectors, pairs: list[tuple[list[str], list[str]]]) -> None:
    found = text_similarity(pairs, vectors)
    np.testing.assert_allclose(found, expected(pairs, vectors), atol=1e-6)
    np.testing.assert_allclose(text_similarity([(b, a) for a, b in pairs], vectors), found)


@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), max_size=4))
def test_overlap_is_alignment_without_vectors(
    vectors: WordVectors, pairs: list[tuple[list[str], list[str]]]
) -> None:
    shares = dict(zip(WORDS, word_shares(vectors).tolist(), strict=True))
    alone = [reference.similarity(a, b, {}, shares) for a, b in pairs]
    found = text_similarity(pairs, vectors, method="overlap")
    np.testing.assert_allclose(found, alone, atol=1e-6)


def test_by_hand() -> None:
    wv = WordVectors(["dog", "cat"], [[1, 0], [0.6, 0.8]], counts=[1, 3], tokenizer={
        "name": "whitespace"})  # fmt: skip
    # dog and cat begin with other letters and have a cosine of .6; dogs and dog share 6 of 7.
    weight = [1e-4 / (1e-4 + 0.25), 1e-4 / (1e-4 + 0.75)]
    both = (weight[0] * 0.36 + weight[1] * 0.36) / sum(weight)
    stem = 6 / 7
    found = text_similarity([("dog", "cat"), ("dogs", "dog"), ("dog", "dog cat")], wv)
    third = (2 * weight[0] + weight[1] * 0.36) / (2 * weight[0] + weight[1])
    np.testing.assert_allclose(found, [both, stem, third], rtol=1e-6)


def test_many_pairs_over_threads_are_the_same(
    vectors: WordVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(2)
    pairs = [(rng.choice(WORDS, 6).tolist(), rng.choice(WORDS, 4).tolist()) for _ in range(700)]
    monkeypatch.setattr(module, "cores", lambda: 3)
    many = text_similarity(pairs, vectors)
    monkeypatch.setattr(module, "cores", lambda: 1)
    assert text_similarity(pairs, vectors).tobytes() == many.tobytes()
    assert [text_similarity([pair], vectors)[0] for pair in pairs[:9]] == many[:9].tolist()


def test_the_kernel_stays_in_its_arrays(vectors: WordVectors) -> None:
    guard = Guard()
    words, width = module._words(["dog", "8", "unseen", "dogs"], vectors, spelling_alone=False)
    words = guard.arrays(words)
    ids, counts = (
        guard.array(np.array([0, 1, 2, 3, 2], np.int32)),
        guard.array(np.ones(5, np.int64)),
    )
    offsets, out = guard.array(np.array([0, 2, 4, 5, 5])), guard.array(np.full(2, 0.5))
    align_pairs(ids, counts, offsets, 0, 2, words, width, out, guard.arrays(alignment_scratch(2)))
    assert guard.broken() == []
    assert 0 < out[0] < 1
    assert out[1] == 0.0


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ("The dog runs.", "the DOG runs", 1.0, 1.0),
        ("dog runs the", "the dog runs", 1.0, 1.0),  # a bag of words: order says nothing
        ("7", "8", 0.0, 0.0),  # a number is like itself alone
        ("8", "88", 0.0, 0.0),
        ("7 dogs", "7 dogs", 1.0, 1.0),
        ("unseen", "unseen", 1.0, 1.0),  # unknown words match by their letters
        ("unseen", "unseem", 0.8, 0.9),
        ("the dog's", "the dog s", 1.0, 1.0),  # has no vector, and is taken apart
        ("", "dog", 0.0, 0.0),
        ("", "", 0.0, 0.0),
        ("...", "dog", 0.0, 0.0),
    ],
)
def test_texts(vectors: WordVectors, first: str, second: str, low: float, high: float) -> None:
    (found,) = text_similarity([(first, second)], vectors)
    assert low <= found <= high


def test_parts_are_taken_of_words_without_a_vector_only(vectors: WordVectors) -> None:
    wv = WordVectors(["don't", "dog"], np.eye(2), tokenizer={"name": "default"})
    assert module._parts("don't", wv) == ["don't"]
    assert module._parts("dog's", wv) == ["dog", "s"]
    assert module._parts("u.s.", wv) == ["u", "s"]
    assert module._parts("1,000", wv) == ["1,000"]
    assert module._parts("cats", wv) == ["cats"]
    assert module._parts("!", vectors) == ["!"]


@pytest.mark.parametrize("counts", [None, [0, 0, 0]])
def test_without_counts_rows_are_taken_by_zipf(counts: list[int] | None) -> None:
    wv = WordVectors(["a", "b", "c"], np.eye(3), counts=counts)
    np.testing.assert_allclose(word_shares(wv), np.array([6, 3, 2]) / 11)


def test_vectors_of_parts_of_words_are_used() -> None:
    table = np.random.default_rng(2).standard_normal((500, 5)).astype(np.float32)
    parts = Subwords(3, 4, 500, table)
    wv = WordVectors(["playing", "song"], parts.vectors(["playing", "song"]), subwords=parts)
    assert wv.has_vector("replaying")
    found = text_similarity([(["replaying"], ["playing"])], wv)
    assert found[0] == pytest.approx(wv.similarity("replaying", "playing") ** 2, abs=1e-6)


def test_what_was_met_is_counted(vectors: WordVectors) -> None:
    pairs = split_pairs([("the dog", "xyzzy dog"), ("", "plugh xyzzy"), ("a", "a")], vectors)
    assert (len(pairs), pairs.known, pairs.unknown, pairs.without) == (3, 5, 3, 2)


def test_token_lists_need_no_tokenizer() -> None:
    wv = WordVectors(["a b", "c"], np.eye(2), tokenizer={"name": "tokens"})
    assert text_similarity([(["a b"], ("a b",))], wv).tolist() == [1.0]
    with pytest.raises(ConfigurationError, match="given as token lists"):
        text_similarity([("a b", "c")], wv)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ("two texts", "found the single str 'two texts'"),
        (["one"], "pair 0: expected two texts, found 'one'"),
        ([("a", "b"), ("a", "b", "c")], "pair 1: expected two texts"),
        ([("a", 3)], "pair 0: text 1: expected a str or a list of tokens, found int 3"),
        ([("a", ["b", 3])], "pair 0: text 1: expected tokens that are str"),
    ],
)
def test_what_is_no_pair_is_refused(vectors: WordVectors, pairs: object, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        text_similarity(pairs, vectors)  # type: ignore[arg-type]


def test_unknown_methods_are_refused_by_name(vectors: WordVectors) -> None:
    with pytest.raises(ConfigurationError, match="method: expected one of align, overlap, mean"):
        text_similarity([], vectors, method="bert")  # type: ignore[arg-type]


def test_no_pairs_have_no_similarity(vectors: WordVectors) -> None:
    assert text_similarity([], vectors).shape == (0,)
    assert text_similarity([], vectors, method="sif").shape == (0,)


@pytest.mark.parametrize("method", ["mean", "idf", "sif", "usif", "max", "power"])
def test_other_methods_are_cosines_of_documents(vectors: WordVectors, method: str) -> None:
    pairs = [("the dog runs", "a cat"), ("dogs running", "7 dogs"), ("xyzzy", "cat")]
    found = text_similarity(pairs, vectors, method=method)  # type: ignore[arg-type]
    vectorizer = DocumentVectorizer(vectors, weighting=method)
    rows = vectorizer.fit_transform([text for pair in pairs for text in pair]).astype(float)
    lengths = np.linalg.norm(rows, axis=1)
    for n, cosine in enumerate(found[:2].tolist()):
        dot = rows[2 * n] @ rows[2 * n + 1]
        assert cosine == pytest.approx(dot / lengths[2 * n] / lengths[2 * n + 1], abs=1e-6)
    assert found[2] == 0.0
