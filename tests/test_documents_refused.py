"""What no document vectors can be made of: settings, documents, vectors; each says why."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from wordgraft import DocumentVectorizer, WordVectors
from wordgraft.embeddings.errors import ConfigurationError, DocumentError, VectorFormatError
from wordgraft.models.indexing import IndexedTexts

VECTORS = WordVectors(["sun", "rain", "wind"], np.eye(3, 4) + 0.1)
TEXTS = ["sun rain", "wind", "sun wind wind"]
WEIGHTINGS = ["mean", "idf", "sif", "usif", "max", "power"]


def vectorizer(weighting: str = "mean", **settings: Any) -> DocumentVectorizer:
    return DocumentVectorizer(VECTORS, weighting=weighting, **settings)


# --- settings --------------------------------------------------------------------------------

WRONG: dict[str, Any] = {
    "vectors": {"sun": 1}, "weighting": "median", "tokenizer": "words", "remove_components": -1,
    "center": "yes", "normalize": 1, "powers": (0,), "smoothing": 0, "word_counts": "both",
    "empty": None, "min_df": 0, "extra_words": 2.5, "seed": -1,
}  # fmt: skip


def test_all_wrong_settings_are_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as told:
        DocumentVectorizer(**WRONG).fit(TEXTS)
    assert {problem.split(":")[0] for problem in told.value.problems} == set(WRONG)
    assert set(WRONG) == set(DocumentVectorizer().get_params())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"weighting": "mean", "powers": (1,)}, "powers=.* needs weighting='power', found 'mean'"),
        ({"weighting": "usif", "smoothing": 0.1}, "smoothing=0.1 needs weighting='sif'"),
        ({"weighting": "idf", "word_counts": "vectors"}, "needs weighting='sif' or 'usif'"),
        ({"weighting": "sif", "word_counts": "vectors"}, "these vectors don't know how often"),
        ({"weighting": "auto", "center": True}, "center=True contradicts weighting='auto'"),
        ({"weighting": "auto", "remove_components": 0}, "contradicts weighting='auto'"),
        ({"weighting": "power", "powers": (1, 1)}, "powers: expected different whole numbers"),
        ({"weighting": "power", "powers": (math.nan,)}, "powers: expected different"),
        ({"weighting": "power", "powers": (2.5,)}, "powers: expected different"),
        ({"weighting": "power", "powers": "1"}, "powers: expected different"),
    ],
)
def test_contradictions(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        DocumentVectorizer(VECTORS, **settings).fit(TEXTS)


def test_no_vectors() -> None:
    with pytest.raises(ConfigurationError, match="expected WordVectors, as load_vectors returns"):
        DocumentVectorizer().fit(TEXTS)


# --- documents -------------------------------------------------------------------------------


@pytest.mark.parametrize("weighting", ["auto", *WEIGHTINGS])
def test_no_documents(weighting: str) -> None:
    with pytest.raises(DocumentError, match="expected documents to fit on, found none"):
        vectorizer(weighting).fit([])


@pytest.mark.parametrize("weighting", ["auto", *WEIGHTINGS])
def test_only_unknown_words(weighting: str) -> None:
    with pytest.raises(DocumentError, match="none of the 2 documents has a word that the vectors"):
        vectorizer(weighting).fit(["fog", ""])


@pytest.mark.parametrize("weighting", ["sif", "usif"])
@pytest.mark.parametrize(
    "texts",
    [["sun rain"], ["sun rain"] * 5, ["sun rain", "", "rain sun"], ["sun rain", "rain sun"] * 5000],
)
def test_nothing_would_be_left_of_documents_that_are_all_alike(
    weighting: str, texts: list[str]
) -> None:
    with pytest.raises(DocumentError, match=r"lie in 1: .*Fit on 2 different documents"):
        vectorizer(weighting).fit(texts)
    found = vectorizer(weighting, remove_components=0).fit_transform(texts)
    assert np.isfinite(found).all()
    assert (found[0] == found[-1]).all()


def test_a_joint_space_needs_different_documents() -> None:
    with pytest.raises(ConfigurationError, match="at least 2 documents with words"):
        vectorizer("auto").fit(["sun rain", "", "fog"])
    with pytest.raises(DocumentError, match="these 3 are all alike: nothing would be left"):
        vectorizer("auto").fit(["sun rain", "rain sun", "sun rain"])
    assert vectorizer("auto").fit_transform(TEXTS[:2]).any(axis=1).all()


def test_more_directions_than_documents() -> None:
    with pytest.raises(DocumentError, match="takes off 3 directions .* but these 2 lie in 2"):
        vectorizer(remove_components=3).fit(TEXTS[:2])
    assert vectorizer(remove_components=1).fit_transform(TEXTS[:2]).any()


@pytest.mark.parametrize("texts", [["sun rain"], ["sun rain"] * 5, ["sun rain", "fog"]])
def test_a_centre_needs_different_documents(texts: list[str]) -> None:
    with pytest.raises(DocumentError, match="center=True takes off the mean .* all alike"):
        vectorizer(center=True).fit(texts)


@pytest.mark.parametrize("weighting", ["mean", "idf", "max", "power"])
@pytest.mark.parametrize("texts", [["sun rain"], ["sun rain"] * 3])
def test_one_document_and_equal_ones_are_fine_where_nothing_is_taken_off(
    weighting: str, texts: list[str]
) -> None:
    found = vectorizer(weighting).fit_transform(texts)
    assert found.any()
    assert (found == found[0]).all()


def test_documents_without_a_known_word_follow_the_policy() -> None:
    texts = ["fog", *TEXTS, "", "snow"]
    assert not vectorizer(empty="zero").fit_transform(texts)[[0, 4, 5]].any()
    found = vectorizer(empty="mean").fit_transform(texts)
    assert np.allclose(found[[0, 4, 5]], found[1:4].mean(axis=0))
    with pytest.raises(DocumentError, match=r"3 of 6 documents .* \(document 0, 4, 5, counted"):
        vectorizer(empty="error").fit_transform(texts)
    model = vectorizer(empty="error").fit(TEXTS)
    with pytest.raises(DocumentError, match="1 of 2 documents have no known word"):
        model.transform(["sun", "fog"])
    blocks = model.transform_blocks(text for text in [*TEXTS * 4000, "fog"])
    with pytest.raises(DocumentError, match="document 12,000, counted from 0"):
        list(blocks)


def test_a_centred_document_without_a_known_word_stays_zero() -> None:
    assert not vectorizer(center=True).fit_transform([*TEXTS, "fog"])[-1].any()


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("sun rain", "expected a list of texts, found the single str 'sun rain'"),
        (["sun", None], "text 1: expected a str or a list of tokens, found NoneType"),
        ([["sun", 3]], "text 0: expected tokens that are str, found int 3"),
        ({"text": ["sun"]}, "found a dict: name the column"),
    ],
)
def test_what_is_no_text(texts: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        vectorizer().fit(texts)
    with pytest.raises(TypeError, match=message):
        vectorizer().fit(TEXTS).transform(texts)


def test_a_single_text_is_no_stream() -> None:
    with pytest.raises(TypeError, match="expected a stream of texts, found the single str"):
        vectorizer().fit(TEXTS).transform_blocks("sun rain")


def test_rows_of_another_indexer() -> None:
    model = vectorizer().fit(TEXTS)
    for row in (1, 5):
        texts = IndexedTexts(np.array([row], np.int32), np.array([0, 1]), np.zeros(1, np.int64))
        with pytest.raises(ValueError, match=r"rows from 2 to 4, found .* another indexer\?"):
            model.transform(texts)
    with pytest.raises(ConfigurationError, match="say extra_words=3, or pass texts"):
        DocumentVectorizer(VECTORS, extra_words=2).fit(vectorizer().index(TEXTS))


def test_nothing_without_fitting() -> None:
    for ask in ("transform", "read", "transform_blocks"):
        with pytest.raises(NotFittedError):
            getattr(vectorizer(), ask)(TEXTS)
    with pytest.raises(NotFittedError):
        vectorizer().save("nowhere")


def test_a_fitted_vectorizer_survives_a_fit_that_fails() -> None:
    model = vectorizer("idf").fit(TEXTS)
    before = model.transform(TEXTS)
    with pytest.raises(DocumentError):
        model.fit(["fog"])
    assert np.array_equal(model.transform(TEXTS), before)


# --- vectors ---------------------------------------------------------------------------------


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_vectors_that_are_no_numbers(weighting: str, value: float) -> None:
    """In memory they are refused; a mapped file shows them only where it is read."""
    with pytest.raises(ValueError, match="vectors must be finite"):
        WordVectors(["sun"], [[value]])
    rows = np.eye(3, 4, dtype=np.float32)
    vectors = WordVectors(["sun", "rain", "wind"], rows)
    rows[1, 2] = value
    with pytest.raises(VectorFormatError, match=r"document \d came to NaN or an infinite number"):
        DocumentVectorizer(vectors, weighting=weighting).fit_transform(TEXTS)
