"""Paragraph vectors: what they learn, what they promise scikit-learn, and against gensim."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks as checks

from wordgraft.embeddings.errors import (
    ConfigurationError,
    DocumentError,
    ModelFormatError,
    OutputError,
)
from wordgraft.models.documents.paragraphs import ParagraphVectors

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="register tiles are LLVM code: they exist only compiled"
)
SMALL: dict[str, Any] = {"vector_size": 16, "min_count": 2, "sample": 0, "epochs": 15, "workers": 1}
TOPICS = [["rain", "wind", "sun", "snow", "cloud"], ["goal", "team", "match", "player", "league"]]


def topical(count: int, seed: int = 1, telling: int = 8) -> tuple[list[str], np.ndarray]:
    """Return texts of one topic each, with words of neither: 14 words, so many of them telling."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    return [
        " ".join(
            rng.permutation(
                [*rng.choice(TOPICS[label], telling), *rng.choice(["the", "a"], 14 - telling)]
            )
        )
        for label in labels
    ], labels


TEXTS, LABELS = topical(200)


@pytest.fixture(scope="module")
def model() -> ParagraphVectors:
    return ParagraphVectors(**SMALL).fit(TEXTS)


# --- what is learnt ----------------------------------------------------------------------------


def test_documents_of_a_topic_are_near_each_other(model: ParagraphVectors) -> None:
    new, labels = topical(60, seed=2)
    for known, found in ((model.documents_, model.transform(new)), (model.transform(TEXTS),) * 2):
        answers = labels if found.shape[0] == 60 else LABELS
        units = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (known, found)]
        nearest = (units[1] @ units[0].T).argsort(axis=1)[:, -2]  # not itself
        assert (LABELS[nearest] == answers).mean() > 0.95
    assert model.history_[-1].loss < 0.9 * model.history_[0].loss
    assert model.documents_.shape == (200, 16)
    assert model.context_.shape == (len(model.vocabulary_), 16)


def test_inferred_documents_score_their_own_words_highest(model: ParagraphVectors) -> None:
    found = model.transform(["rain wind snow", "goal team match"])
    scores = model.context_ @ found.T
    index = model.vocabulary_.index
    topics = [[index[word] for word in topic] for topic in TOPICS]
    assert scores[topics[0], 0].mean() > scores[topics[1], 0].mean()
    assert scores[topics[1], 1].mean() > scores[topics[0], 1].mean()


def test_words_learnt_beside_are_near_their_documents() -> None:
    model = ParagraphVectors(**SMALL, dbow_words=True, window=4).fit(TEXTS)
    assert model.words_ is not None
    found = model.transform(["rain wind snow cloud sun rain", "goal team match league player goal"])
    for topic, row in zip(TOPICS, found, strict=True):
        other = [word for words in TOPICS for word in words if word not in topic]
        far, near = (np.mean(1 - model.words_.distances(row, words)) for words in (other, topic))
        assert near > far + 0.2
    assert model.words_.tokenizer == {"name": "default", "lower": True, "keep_punctuation": False,
                                      "strip_markup": True}  # fmt: skip
    assert ParagraphVectors(**SMALL).fit(TEXTS).words_ is None


def test_quality_is_gensims() -> None:
    """Logistic regression on what both infer of texts that they didn't see."""
    from gensim.models.doc2vec import Doc2Vec, TaggedDocument

    texts, labels = topical(600, seed=5, telling=2)
    model = ParagraphVectors(**{**SMALL, "epochs": 20}).fit(texts[:400])
    tokens = [text.split() for text in texts]
    documents = [TaggedDocument(text, [n]) for n, text in enumerate(tokens[:400])]
    peer = Doc2Vec(documents, dm=0, vector_size=16, min_count=2, sample=0, epochs=20, workers=1)
    theirs = np.array([peer.infer_vector(text) for text in tokens])
    mine, other = (
        LogisticRegression(C=10, max_iter=1000)
        .fit(rows[:400], labels[:400])
        .score(rows[400:], labels[400:])
        for rows in (model.transform(texts), theirs)
    )
    assert mine > 0.75
    assert mine > other - 0.08


# --- promises ----------------------------------------------------------------------------------


def test_fit_transform_is_fit_and_transform(model: ParagraphVectors) -> None:
    again = ParagraphVectors(**SMALL)
    np.testing.assert_array_equal(again.fit_transform(TEXTS), model.transform(TEXTS))
    np.testing.assert_array_equal(again.documents_, model.documents_)
    other = ParagraphVectors(**{**SMALL, "seed": 2}).fit(TEXTS)
    assert not np.array_equal(other.documents_, model.documents_)


def test_a_document_is_inferred_from_itself_alone(model: ParagraphVectors) -> None:
    new, _ = topical(150, seed=4)
    together = model.transform(new)
    np.testing.assert_array_equal(model.transform(new[::-1])[::-1], together)
    np.testing.assert_array_equal(model.transform(new[7:8])[0], together[7])
    many = copy.copy(model).set_params(workers=3)
    np.testing.assert_array_equal(many.transform(new), together)
    longer = copy.copy(model).set_params(inference_epochs=3)
    assert not np.array_equal(longer.transform(new), together)
    before = model.context_.copy()
    model.transform(new)
    np.testing.assert_array_equal(model.context_, before)


def test_several_workers_learn_as_well() -> None:
    texts = TEXTS * 40  # more than one stretch
    model = ParagraphVectors(**{**SMALL, "workers": 3, "epochs": 1}).fit(texts)
    alone = ParagraphVectors(**{**SMALL, "epochs": 1}).fit(texts)
    assert model.history_[0].pairs == alone.history_[0].pairs == 200 * 40 * 14
    assert model.history_[0].loss == pytest.approx(alone.history_[0].loss, rel=0.03)


def test_texts_tokens_and_documents_without_words(model: ParagraphVectors) -> None:
    found = model.transform([["rain", "wind"], "Rain, wind!", "", "xyzzy", ("rain", "wind")])
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[4])
    assert found[0].any()
    assert not found[2:4].any()
    assert found.dtype == np.float32
    assert model.transform([]).shape == (0, 16)
    fitted = ParagraphVectors(**SMALL).fit([*TEXTS, "", "xyzzy"])
    assert not fitted.documents_[-2:].any()
    assert fitted.documents_[:-2].any(axis=1).all()


def test_one_document_and_identical_documents() -> None:
    alone = ParagraphVectors(**SMALL).fit(["rain and rain and wind and wind"])
    assert np.isfinite(alone.documents_).all()
    same = ParagraphVectors(**SMALL).fit(["rain and wind"] * 30)
    rows = same.transform(["rain and wind"] * 2)
    np.testing.assert_array_equal(rows[0], rows[1])


def test_progress_is_told() -> None:
    told: list[Any] = []
    ParagraphVectors(**SMALL).fit(TEXTS, progress=told.append)
    assert told[-1].words_done == told[-1].words_total == 200 * 14 * 15


@pytest.mark.parametrize("dbow_words", [False, True])
def test_what_is_saved_is_opened_again(tmp_path: Path, dbow_words: bool) -> None:
    model = ParagraphVectors(**SMALL, dbow_words=dbow_words).fit(TEXTS)
    model.save(tmp_path / "m")
    again = ParagraphVectors.load(tmp_path / "m")
    np.testing.assert_array_equal(again.transform(TEXTS), model.transform(TEXTS))
    np.testing.assert_array_equal(again.documents_, model.documents_)
    assert again.vocabulary_ == model.vocabulary_
    assert again.history_ == model.history_
    assert again.get_params()["epochs"] == 15
    assert (again.words_ is None) == (not dbow_words)
    if model.words_ is not None and again.words_ is not None:
        np.testing.assert_array_equal(again.words_["rain"], model.words_["rain"])
    with pytest.raises(OutputError):
        model.save(tmp_path / "m")


def test_a_damaged_folder_is_refused(tmp_path: Path, model: ParagraphVectors) -> None:
    with pytest.raises(ModelFormatError, match="there is no such folder"):
        ParagraphVectors.load(tmp_path / "none")
    model.save(tmp_path / "m")
    config = tmp_path / "m" / "config.json"
    config.write_text(config.read_text().replace('"epochs": 15', '"epochs": 16'))
    with pytest.raises(ModelFormatError, match="damaged, edited"):
        ParagraphVectors.load(tmp_path / "m")
    function = ParagraphVectors(**{**SMALL, "tokenizer": str.split}).fit(TEXTS)
    function.save(tmp_path / "f")
    with pytest.raises(ConfigurationError, match="pass the same function"):
        ParagraphVectors.load(tmp_path / "f")
    again = ParagraphVectors.load(tmp_path / "f", tokenizer=str.split)
    np.testing.assert_array_equal(again.transform(TEXTS[:5]), function.transform(TEXTS[:5]))


CHECKS = (
    "check_no_attributes_set_in_init", "check_parameters_default_constructible",
    "check_estimator_repr", "check_estimator_get_tags_default_keys", "check_valid_tag_types",
    "check_get_params_invariance", "check_set_params", "check_estimator_cloneable",
    "check_mixin_order", "check_do_not_raise_errors_in_init_or_set_param",
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in CHECKS if hasattr(checks, name)])
def test_checks_of_scikit_learn(name: str) -> None:
    check: Any = getattr(checks, name)
    check("ParagraphVectors", ParagraphVectors())


def test_in_a_pipeline() -> None:
    pipeline = make_pipeline(ParagraphVectors(**SMALL), LogisticRegression())
    assert cross_val_score(pipeline, TEXTS, LABELS, cv=2).mean() > 0.95
    names = pipeline[:1].fit(TEXTS).get_feature_names_out()
    assert names[:2].tolist() == ["paragraphvectors0", "paragraphvectors1"]
    assert len(names) == 16
    assert clone(pipeline[0]).get_params()["vector_size"] == 16


# --- what is refused ---------------------------------------------------------------------------


def test_wrong_settings_are_told_at_once() -> None:
    wrong: dict[str, Any] = {
        "vector_size": 0, "negative": 0, "min_count": 0, "sample": 2, "epochs": 0,
        "inference_epochs": 0, "alpha": -1, "dbow_words": "yes", "window": 0, "workers": 0,
        "seed": -1, "tokenizer": "words", "min_alpha": -1, "ns_exponent": float("nan"),
    }  # fmt: skip
    with pytest.raises(ConfigurationError) as told:
        ParagraphVectors(**wrong).fit(TEXTS)
    assert {problem.split(":")[0] for problem in told.value.problems} == set(wrong)


@pytest.mark.parametrize(
    ("texts", "error", "said"),
    [
        ([], DocumentError, "expected documents to learn from, found none"),
        (["", " "], DocumentError, "2 documents: the corpus holds no word"),
        (["all different words"], DocumentError, "no word occurs min_count=2 times or more"),
        ("text", TypeError, "found the single str"),
        ([3], TypeError, "text 0: expected a str or a list of tokens"),
    ],
)
def test_bad_documents(texts: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        ParagraphVectors(**SMALL).fit(texts)


def test_training_that_diverges_is_told() -> None:
    with pytest.raises(ConfigurationError, match="training diverged"):
        ParagraphVectors(**{**SMALL, "alpha": 10.0, "negative": 900}).fit(TEXTS)


def test_what_was_not_fitted_is_told() -> None:
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        ParagraphVectors().transform(["rain"])


def test_a_real_collection(data_file: Callable[[str], Any]) -> None:
    """AG News: topics are told from 500 labelled descriptions of those it was learnt from."""
    import csv
    import gzip

    with gzip.open(data_file("ag_news/train_sample_8000.csv.gz"), "rt", newline="") as file:
        rows = list(csv.reader(file))[1:]
    chosen = np.random.default_rng(0).permutation(len(rows))[:3000]
    texts, labels = [rows[n][-1] for n in chosen], np.array([rows[n][0] for n in chosen])
    found = ParagraphVectors(50, epochs=40, workers=1).fit_transform(texts)
    model = LogisticRegression(C=10, max_iter=1000).fit(found[:500], labels[:500])
    assert model.score(found[500:], labels[500:]) > 0.6
