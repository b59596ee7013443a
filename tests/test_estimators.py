"""Both estimators as scikit-learn sees them: settings, copies, searches, and its own checks."""

from __future__ import annotations

import pickle
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks as checks

from reference.toy_texts import SMALL, plain, small, vectors
from wordgraft.embeddings.errors import (
    CheckpointError,
    ConfigurationError,
    LabelledDataError,
    MemoryExhaustedError,
    TrainingInterrupted,
)
from wordgraft.models import text_estimator
from wordgraft.models.classifier import TextClassifier
from wordgraft.models.regressor import TextRegressor
from wordgraft.models.text_estimator import TextEstimator
from wordgraft.models.training.progress import FitProgress

pytestmark = pytest.mark.usefixtures("one_thread")

WORDS = vectors()
TEXTS, LABELS = plain(60)
BOTH = [TextClassifier, TextRegressor]


# Those that need no numbers as input. Not run: every check that fits on a matrix of numbers, on
# sparse or one-dimensional input, on samples permuted bit by bit, or asks for n_features_in_.
CHECKS = (
    "check_no_attributes_set_in_init", "check_parameters_default_constructible",
    "check_estimator_repr", "check_estimator_get_tags_default_keys", "check_valid_tag_types",
    "check_get_params_invariance", "check_set_params", "check_estimator_cloneable",
    "check_mixin_order", "check_do_not_raise_errors_in_init_or_set_param",
)  # fmt: skip


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("name", [name for name in CHECKS if hasattr(checks, name)])
def test_checks_of_scikit_learn(name: str, kind: type[TextEstimator]) -> None:
    check: Any = getattr(checks, name)
    check(kind.__name__, kind())


@pytest.mark.parametrize("kind", BOTH)
def test_settings_go_in_and_out(kind: type[TextEstimator]) -> None:
    model = kind(WORDS, hidden=7, init_from=small())
    assert model.get_params()["hidden"] == 7
    assert not any("__" in name for name in model.get_params())
    assert model.set_params(hidden=9).hidden == 9
    with pytest.raises(ValueError, match="Invalid parameter 'width'"):
        model.set_params(width=3)
    assert clone(model).get_params() == model.get_params()
    assert f"{kind.__name__}(hidden=9" in repr(kind(hidden=9))
    assert model == model  # noqa: PLR0124
    assert model != clone(model)


@pytest.mark.parametrize("copy", [lambda m: pickle.loads(pickle.dumps(m))])  # noqa: S301
def test_a_pickled_model_answers_the_same(copy: Any) -> None:
    model = small(WORDS, epochs=2).fit(TEXTS, LABELS)
    again = copy(model)
    assert np.array_equal(again.predict_proba(TEXTS), model.predict_proba(TEXTS))
    again.fit(TEXTS, LABELS)


def test_pipelines_cross_validation_and_searches() -> None:
    lower = FunctionTransformer(lambda texts: [text.lower() for text in texts])
    pipeline = make_pipeline(lower, small(WORDS, epochs=5))
    assert cross_val_score(pipeline, [t.upper() for t in TEXTS], LABELS, cv=2).mean() >= 0.8
    source = small(WORDS, epochs=5).fit(TEXTS, LABELS)
    search = GridSearchCV(
        small(init_from=source), {"epochs": [1, 2], "embeddings": ["frozen", "tuned"]}, cv=2
    )
    search.fit(np.array(TEXTS, object), LABELS)
    assert search.best_estimator_.init_from is source
    assert search.best_score_ >= 0.8


# --- wrong settings ----------------------------------------------------------------------------

WRONG: dict[str, Any] = {
    "encoder": "cnn", "hidden": 0, "layers": 2.5, "bidirectional": "yes", "pooling": "median",
    "embedding_dropout": 1.0, "layer_dropout": -0.1, "head_dropout": "a", "embeddings": "melted",
    "tune_words": "dull", "extra_words": -1, "vector_size": 0, "min_count": 0, "max_words": 0,
    "max_length": 0, "long_texts": "tail", "epochs": 0, "head_epochs": 0, "batch_size": 0,
    "rate": 0, "factor": 0.5, "weight_decay": -1, "clip": 0, "validation_fraction": 1.0,
    "patience": 0, "tokenizer": "words", "init_from": 3, "device": "gpu", "precision": "half",
    "seed": -1, "vectors": {"a": 1}, "adversary": -1,
}  # fmt: skip


@pytest.mark.parametrize("kind", BOTH)
def test_all_wrong_settings_are_named_at_once(kind: type[TextEstimator]) -> None:
    wrong = dict(WRONG)
    if kind is TextClassifier:
        wrong |= {"class_weight": 3, "calibrate": "yes"}
    with pytest.raises(ConfigurationError) as told:
        kind(**wrong).fit(TEXTS, None)  # type: ignore[attr-defined]
    named = {problem.split(":")[0] for problem in told.value.problems}
    assert named == set(wrong)
    assert set(WRONG) == set(TextRegressor().get_params())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"embeddings": "tuned"}, "needs vectors"),
        ({"embeddings": "scratch", "init_from": small()}, "contradicts init_from"),
        ({"tune_words": ["xyzzy"], "vectors": WORDS}, "tune_words: 1 words have no row: xyzzy"),
        ({"tune_words": [1]}, "tune_words: expected words"),
        ({"vectors": WORDS, "embeddings": "frozen", "tune_words": 3}, "no vector learns"),
        ({"calibrate": True, "validation_fraction": 0}, "calibrate=True needs a held-out part"),
        ({"patience": 2, "validation_fraction": 0}, "patience needs a held-out part"),
        ({"pooling": "last", "encoder": "bag"}, '"last" contradicts'),
        ({"class_weight": {"odd": 1}}, "'odd' is none of the classes"),
        ({"rate": float("nan"), "factor": float("inf")}, "rate: .*; factor:"),
    ],
)
def test_contradictions(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        small(**settings).fit(TEXTS, LABELS)


def test_too_few_to_calibrate_on() -> None:
    with pytest.raises(LabelledDataError, match="calibrate=True needs held-out texts"):
        small(WORDS, calibrate=True, validation_fraction=0.001).fit(TEXTS, LABELS)


# --- stopped -----------------------------------------------------------------------------------


def test_interrupted_and_resumed_it_is_the_same(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def stop(state: FitProgress) -> None:
        if state.epoch == 4:
            signal.raise_signal(signal.SIGINT)

    settings: dict[str, Any] = {"epochs": 4, "embedding_dropout": 0.3}
    model = small(WORDS, **settings)
    try:
        with pytest.raises(TrainingInterrupted) as told:
            model.fit(TEXTS, LABELS, checkpoint=tmp_path / "kept", progress=stop)
    finally:
        signal.signal(signal.SIGINT, before)
    assert told.value.checkpoint == tmp_path / "kept"
    assert not hasattr(model, "network_")
    model.fit(TEXTS, LABELS, checkpoint=tmp_path / "kept", resume=True)
    whole = small(WORDS, **settings).fit(TEXTS, LABELS)
    for name, tensor in whole.network_.state_dict().items():
        assert torch.equal(tensor, model.network_.state_dict()[name]), name
    assert np.array_equal(model.predict_proba(TEXTS), whole.predict_proba(TEXTS))
    for changed in ({"rate": 0.01}, {"seed": 4}, {"hidden": 9}):
        with pytest.raises(CheckpointError, match="other settings"):
            small(WORDS, **(settings | changed)).fit(
                TEXTS, LABELS, checkpoint=tmp_path / "kept", resume=True
            )
    for other in (small(vectors(seed=2), **settings), small(init_from=whole, **settings)):
        with pytest.raises(CheckpointError, match="other settings"):
            other.fit(TEXTS, LABELS, checkpoint=tmp_path / "kept", resume=True)
    with pytest.raises(CheckpointError, match="nothing to resume"):
        model.fit(TEXTS, LABELS, checkpoint=tmp_path / "none", resume=True)


def test_a_batch_too_large_says_what_to_lower(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr("wordgraft.models.networks.network.TextNetwork.forward", full)
    with pytest.raises(MemoryExhaustedError, match="Lower the batch size"):
        small(WORDS).fit(TEXTS, LABELS)


def test_a_fitted_model_survives_a_fit_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    model = small(WORDS, epochs=2).fit(TEXTS, LABELS)
    before = model.predict_proba(TEXTS)

    def fail(*_: object, **__: object) -> None:
        raise MemoryExhaustedError("no")

    monkeypatch.setattr(text_estimator, "fit", fail)
    with pytest.raises(MemoryExhaustedError):
        model.fit(["good", "dull"] * 5, ["a", "b"] * 5)
    assert np.array_equal(model.predict_proba(TEXTS), before)


# --- numbers -----------------------------------------------------------------------------------


def test_ratings_are_learnt_and_scored(tmp_path: Path) -> None:
    y = [9.0 if label == "pos" else 2.0 for label in LABELS]
    settings: dict[str, Any] = {**SMALL, "epochs": 15}
    model = TextRegressor(WORDS, **settings).fit([*TEXTS, "xyzzy"], [*y, 5.5])
    assert model.score(TEXTS, y) > 0.8
    assert model.predict(["", "xyzzy"]).tolist() == [model.mean_] * 2
    assert model.predict([]).shape == (0,)
    model.save(tmp_path / "m")
    again = TextRegressor.load(tmp_path / "m", device="cpu")
    assert np.array_equal(again.predict(TEXTS), model.predict(TEXTS))
    assert TextRegressor(WORDS, **settings).fit(TEXTS, [3.0] * 60).predict(
        ["good"]
    ) == pytest.approx([3.0], abs=0.3)
