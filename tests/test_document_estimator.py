"""``DocumentVectorizer`` as scikit-learn sees it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline, make_union
from sklearn.utils import estimator_checks as checks

from reference.toy_texts import plain, vectors
from wordgraft import DocumentVectorizer

WORDS = vectors()
TEXTS, LABELS = plain(60)

# Those that need no numbers as input; the others fit on a matrix of numbers.
CHECKS = (
    "check_no_attributes_set_in_init", "check_parameters_default_constructible",
    "check_estimator_repr", "check_estimator_get_tags_default_keys", "check_valid_tag_types",
    "check_get_params_invariance", "check_set_params", "check_estimator_cloneable",
    "check_mixin_order", "check_do_not_raise_errors_in_init_or_set_param",
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in CHECKS if hasattr(checks, name)])
def test_checks_of_scikit_learn(name: str) -> None:
    check: Any = getattr(checks, name)
    check("DocumentVectorizer", DocumentVectorizer())


def test_settings_go_in_and_out() -> None:
    model = DocumentVectorizer(WORDS, weighting="sif")
    assert clone(model).get_params() == model.get_params()
    assert clone(model).vectors is WORDS
    assert model.set_params(weighting="idf").weighting == "idf"
    with pytest.raises(ValueError, match="Invalid parameter 'width'"):
        model.set_params(width=3)
    assert "weighting='idf'" in repr(model)


def test_the_columns_have_names() -> None:
    model = DocumentVectorizer(WORDS, weighting="mean").fit(TEXTS)
    names = model.get_feature_names_out()
    assert len(names) == model.n_features_out_ == WORDS.vector_size
    assert names[:2].tolist() == ["documentvectorizer0", "documentvectorizer1"]
    table = model.set_output(transform="pandas").transform(TEXTS)
    assert table.shape == (60, WORDS.vector_size)
    assert table.columns.tolist() == names.tolist()


def test_pipelines_unions_and_searches() -> None:
    pipeline = make_pipeline(DocumentVectorizer(WORDS, weighting="mean"), LogisticRegression())
    assert cross_val_score(pipeline, TEXTS, LABELS, cv=3).mean() > 0.9
    union = make_union(
        DocumentVectorizer(WORDS, weighting="mean"), DocumentVectorizer(WORDS, weighting="max")
    )
    assert union.fit_transform(TEXTS).shape == (60, 2 * WORDS.vector_size)
    search = GridSearchCV(pipeline, {"documentvectorizer__weighting": ["idf", "max"]}, cv=2)
    assert search.fit(np.array(TEXTS, object), LABELS).best_score_ > 0.9
