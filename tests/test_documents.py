"""Document vectors against plain NumPy; fitted, carried over, streamed, composed."""

from __future__ import annotations

import math
import pickle
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from reference import document_recipes as recipes
from wordgraft import DocumentVectorizer, FastText, WordVectors
from wordgraft.embeddings.errors import DocumentError, TokenizerWarning
from wordgraft.models import parallel_indexing
from wordgraft.models.documents import words as document_words
from wordgraft.models.documents.joint_space import joint_space
from wordgraft.models.documents.report import DocumentReport

SIZE = 12
WORDS = [f"w{number}" for number in range(60)]
RNG = np.random.default_rng(4)
ROWS = RNG.standard_normal((60, SIZE)).astype(np.float32)
ROWS[5, 3] = 0
ROWS[:, 7] = 0  # a dimension of exact zeros, where a naive uSIF divides by zero
COUNTS = (1000 / np.arange(1, 61)).astype(np.int64)
VECTORS = WordVectors(WORDS, ROWS, counts=COUNTS)
BY_WORD = dict(zip(WORDS, ROWS, strict=True))
ALL = ["auto", "mean", "idf", "sif", "usif", "max", "power"]
SIMPLE = ALL[1:]


def drawn(count: int, *, seed: int, strange: bool = True) -> list[list[str]]:
    """Token lists of frequent and rare words, some unknown; two documents without a known one."""
    rng = np.random.default_rng(seed)
    found: list[list[str]] = []
    for number in range(count):
        topic = number % 3 * 20
        ids = np.minimum(rng.zipf(1.4, int(rng.integers(1, 30))) - 1 + topic, 59)
        words = [WORDS[i] for i in ids]
        if strange:
            words = [word if rng.random() > 0.1 else f"x{rng.integers(9)}" for word in words]
        found.append(words)
    if strange:
        found[3], found[7] = [], ["never", "seen"]
    return found


TRAIN, OTHER = drawn(120, seed=1), drawn(40, seed=2)


def fitted(weighting: str, **settings: Any) -> DocumentVectorizer:
    return DocumentVectorizer(VECTORS, weighting=weighting, **settings).fit(TRAIN)


def close(found: np.ndarray, expected: np.ndarray, tolerance: float = 2e-5) -> None:
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


# --- what is computed ------------------------------------------------------------------------


def test_mean() -> None:
    ones = dict.fromkeys(WORDS, 1.0)
    close(fitted("mean").transform(OTHER), recipes.weighted(OTHER, BY_WORD, ones, by_count=True))


def test_idf_is_learnt_from_the_collection() -> None:
    found = DocumentVectorizer(VECTORS, weighting="idf").fit_transform(TRAIN)
    close(found, recipes.idf(TRAIN, BY_WORD))


@pytest.mark.parametrize("source", ["vectors", "collection", None])
def test_sif_takes_counts_from_where_it_is_told(source: Any) -> None:
    counts: Any = dict(zip(WORDS, COUNTS.tolist(), strict=True))
    if source == "collection":
        counts = Counter(word for document in TRAIN for word in document)
    found = DocumentVectorizer(VECTORS, weighting="sif", word_counts=source).fit_transform(TRAIN)
    close(found, recipes.sif(TRAIN, BY_WORD, counts))


def test_sif_of_vectors_that_know_no_counts() -> None:
    counts = Counter(word for document in TRAIN for word in document)
    bare = WordVectors(WORDS, ROWS)
    found = DocumentVectorizer(bare, weighting="sif", smoothing=0.01).fit_transform(TRAIN)
    close(found, recipes.sif(TRAIN, BY_WORD, counts, a=0.01))


def test_usif_survives_exact_zeros() -> None:
    counts = dict(zip(WORDS, COUNTS.tolist(), strict=True))
    found = DocumentVectorizer(VECTORS, weighting="usif").fit_transform(TRAIN)
    close(found, recipes.usif(TRAIN, BY_WORD, counts))


def test_max_and_power_means() -> None:
    some = [document for document in OTHER if any(word in BY_WORD for word in document)]
    powers = (-math.inf, 1, 2, 3, 5, math.inf)
    found = fitted("power", powers=powers)
    close(found.transform(some), recipes.power(some, BY_WORD, powers), 1e-4)
    assert found.n_features_out_ == 6 * SIZE
    close(fitted("max").transform(some), recipes.power(some, BY_WORD, [math.inf]))
    close(
        fitted("power").transform(some),
        recipes.power(some, BY_WORD, [-math.inf, 1, 3, math.inf]),
        1e-4,
    )


def test_the_joint_space_is_applied_as_it_was_learnt() -> None:
    model = DocumentVectorizer(VECTORS, seed=3)
    found = model.fit_transform(TRAIN)
    names = model.space_.words.indexer.words
    stands = Counter(word for document in TRAIN for word in set(document))
    new = {word for word, n in stands.items() if n > 1 and word not in BY_WORD}
    assert (names[:60], set(names[60:])) == (tuple(WORDS), new)
    counts = np.array([[document.count(word) for word in names] for document in TRAIN])
    rows = np.zeros((len(names), SIZE), np.float32)
    rows[:60] = ROWS
    joint = joint_space(csr_array(counts), rows, seed=3)
    close(found, joint.documents(csr_array(counts)), 2e-4)


def test_words_of_the_collection_get_rows_and_others_of_the_vectors_keep_theirs() -> None:
    model = DocumentVectorizer(VECTORS, extra_words=2, min_df=3).fit(TRAIN)
    known = model.space_.words.indexer.words
    stands = Counter(word for document in TRAIN for word in set(document))
    own = [word for word in WORDS if word in WORDS[:2] or stands[word]]
    assert list(known[: len(own)]) == own
    assert set(known[len(own) :]) == {w for w, n in stands.items() if n >= 3 and w not in BY_WORD}


def test_directions_and_centre_are_those_of_the_collection() -> None:
    sums = recipes.weighted(TRAIN, BY_WORD, dict.fromkeys(WORDS, 1.0), by_count=True)
    directions = np.linalg.svd(sums, full_matrices=False)[2][:2]
    others = recipes.weighted(OTHER, BY_WORD, dict.fromkeys(WORDS, 1.0), by_count=True)
    read = others.any(axis=1)
    centre = sums[sums.any(axis=1)].mean(axis=0)
    left = others - others @ directions.T @ directions
    left -= centre - centre @ directions.T @ directions
    left[read] /= np.linalg.norm(left[read], axis=1)[:, None]
    left[~read] = 0
    close(
        fitted("mean", remove_components=2, center=True, normalize=True).transform(OTHER),
        left,
        1e-4,
    )


@pytest.mark.parametrize("weighting", SIMPLE)
def test_normalised_documents_have_length_one(weighting: str) -> None:
    lengths = np.linalg.norm(fitted(weighting, normalize=True).transform(OTHER), axis=1)
    assert np.allclose(lengths[[3, 7]], 0)
    assert np.allclose(np.delete(lengths, [3, 7]), 1, atol=1e-5)


# --- one passage or two, one document or many ------------------------------------------------


@pytest.mark.parametrize("weighting", ALL)
@pytest.mark.parametrize("empty", ["zero", "mean"])
def test_fitting_and_transforming_at_once_is_the_same(weighting: str, empty: str) -> None:
    both = DocumentVectorizer(VECTORS, weighting=weighting, empty=empty).fit_transform(TRAIN)
    model = fitted(weighting, empty=empty)
    assert np.array_equal(both, model.transform(TRAIN))
    assert both.shape == (len(TRAIN), model.n_features_out_)
    if empty == "mean":
        read = np.delete(np.arange(len(TRAIN)), [3, 7])
        close(both[3], both[read].mean(axis=0), 1e-4)


@pytest.mark.parametrize("weighting", ALL)
def test_a_stream_gives_the_same_rows(weighting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wordgraft.models.documents.vectorizer.BLOCK_TEXTS", 7)
    model = fitted(weighting)
    told: list[DocumentReport] = []
    blocks = list(model.transform_blocks((text for text in OTHER), on_block=told.append))
    assert [len(block) for block in blocks] == [7, 7, 7, 7, 7, 5]
    assert np.array_equal(np.concatenate(blocks), model.transform(OTHER))
    assert sum(told, start=DocumentReport(0, 0, 0, 0, 0)) == model.read(OTHER)
    assert list(model.transform_blocks([])) == []
    assert model.transform([]).shape == (0, model.n_features_out_)


@pytest.mark.parametrize("weighting", ALL)
def test_texts_tokens_and_rows_are_the_same_documents(weighting: str) -> None:
    texts = [" ".join(document) for document in TRAIN]
    model = fitted(weighting)
    expected = model.transform(TRAIN)
    assert np.array_equal(model.transform(texts), expected)
    assert np.array_equal(model.transform(np.array(texts, object)), expected)
    assert np.array_equal(model.transform(model.index(texts)), expected)


@pytest.mark.parametrize("weighting", SIMPLE)
def test_rows_may_be_fitted_on(weighting: str) -> None:
    model = DocumentVectorizer(VECTORS, weighting=weighting)
    rows = model.index(TRAIN)
    assert np.array_equal(model.fit_transform(rows), fitted(weighting).transform(TRAIN))
    assert np.array_equal(model.transform(rows), fitted(weighting).transform(TRAIN))


@given(st.integers(1, 5), st.integers(0, 50))
def test_parts_are_indexed_as_one(threads: int, seed: int) -> None:
    indexer = fitted("mean").space_.words.indexer
    texts: list[Any] = [" ".join(document) for document in drawn(9, seed=seed)]
    found = parallel_indexing.index_texts(indexer, texts, threads=threads)
    expected = indexer(texts)
    grown, new = parallel_indexing.grow_texts(indexer, texts, threads=threads)
    whole, words = indexer.growing(texts)
    assert new == words
    for one, other in ((found, expected), (grown, whole)):
        assert np.array_equal(one.ids, other.ids)
        assert np.array_equal(one.offsets, other.offsets)
        assert np.array_equal(one.unknown, other.unknown)


# --- words without a vector ------------------------------------------------------------------


@pytest.fixture(scope="module")
def parts() -> WordVectors:
    """Vectors with n-grams."""
    model = FastText(vector_size=SIZE, min_count=2, epochs=1, workers=1, bucket=500, seed=1)
    return model.fit([["sunny", "rainy", "cloud"] * 4] * 30).vectors_


def test_unknown_words_are_composed_of_their_n_grams(
    parts: WordVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["sunny rain", "clouds", "", "sunny sunny clouds x"]
    model = DocumentVectorizer(parts, weighting="mean", tokenizer="default").fit(texts)
    expected = np.array([
        (parts["sunny"] + parts["rain"]) / 2, parts["clouds"], np.zeros(SIZE),
        (2 * parts["sunny"] + parts["clouds"]) / 3,
    ])  # fmt: skip
    assert parts.subwords is not None
    if parts.has_vector("x"):
        expected[3] = (2 * parts["sunny"] + parts["clouds"] + parts["x"]) / 4
    close(model.transform(texts), expected)
    assert model.report_.composed >= 3
    monkeypatch.setattr(document_words, "_PART", 2)
    close(model.transform(texts), expected)


def test_composed_words_have_weights_of_their_own(parts: WordVectors) -> None:
    texts = ["sunny rain", "clouds rain", "rain"]
    model = DocumentVectorizer(parts, weighting="idf", tokenizer="default")
    found = model.fit_transform(texts)
    light, heavy = 1.0, math.log(4 / 2) + 1  # of all three documents, and of one
    close(found[0], (heavy * parts["sunny"] + light * parts["rain"]) / (heavy + light))
    later = model.transform(["sunny fog", "sunny clouds"])
    rarest = math.log(4) + 1  # of no document
    close(later[0], (heavy * parts["sunny"] + rarest * parts["fog"]) / (heavy + rarest))
    close(later[1], (parts["sunny"] + parts["clouds"]) / 2)


def test_what_was_read_is_counted() -> None:
    report = fitted("mean").report_
    words = [word for document in TRAIN for word in document]
    unknown = sum(word not in BY_WORD for word in words)
    assert report == DocumentReport(120, 2, len(words), unknown, 0)
    assert str(report).startswith("120 documents of ")
    assert "2 documents with no known word" in str(report)


def test_a_tokenizer_that_does_not_fit_is_told() -> None:
    tokenized = WordVectors(WORDS, ROWS, tokenizer={"name": "whitespace", "lower": False})
    raw = [", ".join(document).upper() + "." for document in TRAIN]
    with pytest.warns(TokenizerWarning, match=r"100% of .* 'whitespace'.* with 'default' 10%"):
        model = DocumentVectorizer(tokenized, weighting="mean").fit([*raw, "w1"])
    assert "tokenizer='default'" in model.report_.notes[0]
    DocumentVectorizer(tokenized, weighting="mean", tokenizer="default").fit(raw)
    with pytest.raises(DocumentError, match="none of the 120 .* Then say tokenizer='default'"):
        DocumentVectorizer(tokenized, weighting="mean").fit(raw)


def test_a_tokenizer_is_not_told_where_another_would_know_no_more() -> None:
    tokenized = WordVectors(WORDS, ROWS, tokenizer={"name": "whitespace", "lower": False})
    texts = [f"w1 unknown{number} unseen" for number in range(9)]
    model = DocumentVectorizer(tokenized, weighting="mean").fit(texts)
    assert (model.report_.unknown, model.report_.notes) == (18, ())


@pytest.mark.parametrize("weighting", ALL)
def test_a_pickled_vectorizer_gives_the_same(weighting: str) -> None:
    model = fitted(weighting)
    again = pickle.loads(pickle.dumps(model))  # noqa: S301
    assert np.array_equal(again.transform(OTHER), model.transform(OTHER))
