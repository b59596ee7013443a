"""``TextClusterer``: texts in, named clusters out, as scikit-learn's estimators work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks as checks

from reference.toy_topics import topic_vectors, topics
from wordgraft import TextClusterer
from wordgraft.embeddings.errors import (
    ConfigurationError,
    DocumentError,
    ModelFormatError,
    OutputError,
)
from wordgraft.models.clusters.scores import agreement
from wordgraft.tasks.toys.words import TOPICS

VECTORS = topic_vectors()
TEXTS, TRUTH = topics(120)
CHECKS = (
    "check_no_attributes_set_in_init", "check_parameters_default_constructible",
    "check_estimator_repr", "check_estimator_get_tags_default_keys", "check_valid_tag_types",
    "check_get_params_invariance", "check_set_params", "check_estimator_cloneable",
    "check_mixin_order", "check_do_not_raise_errors_in_init_or_set_param",
)  # fmt: skip


@pytest.fixture(scope="module")
def fitted() -> TextClusterer:
    return TextClusterer(VECTORS, k=10).fit(TEXTS)


@pytest.mark.parametrize("name", [name for name in CHECKS if hasattr(checks, name)])
def test_checks_of_scikit_learn(name: str) -> None:
    check: Any = getattr(checks, name)
    check("TextClusterer", TextClusterer())


def test_topics_are_found_and_named_by_their_words(fitted: TextClusterer) -> None:
    assert agreement(fitted.labels_, TRUTH).nmi > 0.6
    assert len(fitted.names_) == 10
    topical = {word for words in TOPICS.values() for word in " ".join(words).split()}
    named = [term.word for name in fitted.names_ for term in name.terms[:3]]
    assert sum(word in topical for word in named) > 0.8 * len(named)
    near = [word for name in fitted.names_ for word, _ in name.nearest[:3]]
    assert sum(word in topical for word in near) > 0.8 * len(near)


def test_it_predicts_what_it_found_and_new_texts(fitted: TextClusterer) -> None:
    assert np.array_equal(fitted.predict(TEXTS), fitted.labels_)
    new = ["the shark and the dolphin dived", "a senator resigned", "", "xyzzy"]
    found = fitted.predict(new)
    assert found[0] != found[1]
    assert found[2:].tolist() == [-1, -1]
    assert fitted.predict([]).shape == (0,)


def test_settings_go_in_and_out() -> None:
    model = TextClusterer(VECTORS, k=3, weighting="sif")
    assert clone(model).get_params() == model.get_params()
    assert clone(model).vectors is VECTORS
    assert not hasattr(clone(model.fit(TEXTS)), "labels_")
    with pytest.raises(NotFittedError):
        TextClusterer(VECTORS).predict(TEXTS)


def test_it_works_at_the_end_of_a_pipeline() -> None:
    lower = FunctionTransformer(lambda texts: [text.lower() for text in texts])
    model = TextClusterer(VECTORS, k=10)
    found = make_pipeline(lower, model).fit_predict([text.upper() for text in TEXTS])
    assert np.array_equal(found, clone(model).fit_predict([text.lower() for text in TEXTS]))


def test_same_seed_same_clusters() -> None:
    first, again = (TextClusterer(VECTORS, k=5, seed=3).fit(TEXTS) for _ in range(2))
    assert np.array_equal(first.labels_, again.labels_)
    assert first.names_ == again.names_


def test_a_number_is_chosen_where_none_is_given() -> None:
    told: set[str] = set()
    model = TextClusterer(VECTORS, weighting="sif")
    rows = model.fit_rows(TEXTS, progress=lambda name, *_: told.add(name))
    assert model.choice_.k == len(model.names_) > 2
    assert told == {"reading", "trying numbers", "clustering"}
    assert rows.shape == (120, model.vectorizer_.n_features_out_)


def test_a_vectoriser_may_learn_from_some_texts() -> None:
    model = TextClusterer(VECTORS, k=4, weighting="sif", fit_on=30).fit(TEXTS)
    assert model.vectorizer_.report_.documents == 30
    assert len(model.labels_) == 120


def test_token_lists_are_texts() -> None:
    tokens = [text.lower().replace(".", " ").replace(",", " ").split() for text in TEXTS]
    model = TextClusterer(VECTORS, k=4, weighting="idf").fit(tokens)
    assert len(model.labels_) == 120


def test_a_saved_one_assigns_the_same(fitted: TextClusterer, tmp_path: Path) -> None:
    fitted.save(tmp_path / "m")
    again = TextClusterer.load(tmp_path / "m")
    assert np.array_equal(again.predict(TEXTS), fitted.labels_)
    assert again.names_ == fitted.names_
    assert again.k == 10
    assert again.vectors is None
    with pytest.raises(OutputError, match="isn't empty"):
        fitted.save(tmp_path / "m")
    with pytest.raises(ModelFormatError, match="found other JSON"):
        TextClusterer.load(tmp_path / "m" / "vectorizer")
    with pytest.raises(ModelFormatError, match="no such folder"):
        TextClusterer.load(tmp_path / "none")


@pytest.mark.parametrize(
    ("texts", "settings", "error", "said"),
    [
        ([], {"k": 2}, DocumentError, "found none"),
        (["xyzzy", ""], {"k": 1}, DocumentError, "has a word that the vectors know"),
        (["the rain"], {"k": 2}, ConfigurationError, "at most 1 clusters"),
        ("the rain", {"k": 1}, TypeError, "single str"),
        (["rain"], {"k": 1, "fit_on": 0}, ConfigurationError, "fit_on"),
        (["rain"], {"k": 1, "weighting": "best"}, ConfigurationError, "weighting"),
    ],
)
def test_bad_input_is_named(texts: Any, settings: Any, error: Any, said: str) -> None:
    settings = {"weighting": "idf", **settings}
    with pytest.raises(error, match=said):
        TextClusterer(VECTORS, **settings).fit(texts)


def test_small_collections_are_clustered_too() -> None:
    one = TextClusterer(VECTORS, k=1, weighting="idf").fit(TEXTS[:1])
    assert one.labels_.tolist() == [0]
    with pytest.raises(ConfigurationError, match="at least 2 documents"):
        TextClusterer(VECTORS, k=1).fit(TEXTS[:1])  # a collection of one says nothing
    same = TextClusterer(VECTORS, k=3, weighting="idf").fit([TEXTS[0]] * 5)
    assert same.labels_.tolist() == [0] * 5
    assert "only 1 documents differ" in same.clustering_.notes[0]
    with pytest.raises(DocumentError, match="these 5 are all alike"):
        TextClusterer(VECTORS, k=3).fit([TEXTS[0]] * 5)
