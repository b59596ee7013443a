"""Scores: by hand where it can be done by hand, else against scikit-learn and scipy."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn import metrics

from wordgraft.embeddings.errors import ConfigurationError, LabelledDataError
from wordgraft.models.scoring import score_classes, score_multilabel, score_ratings, wilson

TRUTH = ["neg", "neg", "pos", "pos", "pos"]
POS = np.array([0.1, 0.7, 0.8, 0.4, 0.95])
CHANCES = np.stack([1 - POS, POS], axis=1)


def random_scores(classes: int, texts: int = 500) -> tuple[list[str], np.ndarray, list[str]]:
    rng = np.random.default_rng(classes)
    names = [f"c{i}" for i in range(classes)]
    chances = rng.dirichlet(np.ones(classes), size=texts)
    truth = [names[rng.choice(classes, p=row)] for row in chances]
    return truth, chances, names


def test_two_classes_by_hand() -> None:
    found = score_classes(TRUTH, CHANCES, ["neg", "pos"], texts=list("abcde"), bins=2)
    assert (found.texts, found.right) == (5, 3)
    assert found.accuracy.value == 0.6
    assert found.most_frequent == 0.6
    assert found.confusion == ((1, 1), (1, 2))
    neg, pos = found.classes
    assert (neg.precision, neg.recall, neg.f1, neg.texts, neg.predicted) == (0.5, 0.5, 0.5, 2, 2)
    assert (pos.precision, pos.recall) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert found.f1_macro == pytest.approx((0.5 + 2 / 3) / 2)
    (roc,) = found.roc
    assert roc.name == "pos"
    assert roc.auc == pytest.approx(5 / 6)  # of six pairs only (0.7, 0.4) is the wrong way round
    (only,) = found.calibration.bins
    assert (only.texts, only.accuracy) == (5, 0.6)
    assert only.confidence == pytest.approx((0.9 + 0.7 + 0.8 + 0.6 + 0.95) / 5)
    assert found.calibration.ece == pytest.approx(0.79 - 0.6)
    first, second = found.most_wrong
    assert (first.place, first.truth, first.predicted, first.text) == (1, "neg", "pos", "b")
    assert (second.place, second.confidence) == (3, pytest.approx(0.6))


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_scores_agree_with_scikit_learn(classes: int) -> None:
    truth, chances, names = random_scores(classes)
    found = score_classes(truth, chances, names)
    called = [names[i] for i in chances.argmax(axis=1)]
    assert found.accuracy.value == pytest.approx(metrics.accuracy_score(truth, called))
    assert found.f1_macro == pytest.approx(metrics.f1_score(truth, called, average="macro"))
    assert found.calibration.log_loss == pytest.approx(
        metrics.log_loss(truth, chances, labels=names)
    )
    assert len(found.roc) == (1 if classes == 2 else classes)
    for curve in found.roc:
        mine = np.array([t == curve.name for t in truth])
        area = metrics.roc_auc_score(mine, chances[:, names.index(curve.name)])
        assert curve.auc == pytest.approx(area)
        assert len(curve.found) <= 200
        assert (curve.false_alarms[0], curve.found[-1]) == (0.0, 1.0)
        thin = np.trapezoid(curve.found, curve.false_alarms)
        assert thin == pytest.approx(area, abs=0.01)


def test_probabilities_that_are_true_are_calibrated() -> None:
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.5, 1.0, size=40_000)
    truth = np.where(rng.random(40_000) < sure, "b", "a")
    chances = np.stack([1 - sure, sure], axis=1)
    assert score_classes(truth, chances, ["a", "b"]).calibration.ece < 0.01
    bold = np.stack([np.zeros(40_000), np.ones(40_000)], axis=1)
    found = score_classes(truth, bold, ["a", "b"]).calibration
    assert found.ece == pytest.approx(np.mean(truth == "a"))
    assert found.bins[-1].high == 1.0


@pytest.mark.parametrize(
    ("right", "asked", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (8, 10, 0.4902, 0.9433)],
)
def test_the_interval_is_wilsons(right: int, asked: int, low: float, high: float) -> None:
    found = wilson(right, asked)  # numbers from Newcombe 1998 style tables
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_the_interval_is_as_often_right_as_it_says() -> None:
    rng = np.random.default_rng(1)
    drawn = rng.binomial(200, 0.9, size=2000)
    held = [wilson(int(d), 200) for d in drawn]
    assert 0.93 < np.mean([i.low <= 0.9 <= i.high for i in held]) < 0.97


def test_one_class_only_has_no_curve_but_scores() -> None:
    found = score_classes(["pos"] * 3, CHANCES[2:], ["neg", "pos"])
    assert found.roc == ()
    assert found.accuracy.value == pytest.approx(2 / 3)


def test_classes_that_are_numbers_keep_their_names() -> None:
    found = score_classes(np.array([0, 1]), np.eye(2), np.array([0, 1]))
    assert [score.name for score in found.classes] == ["0", "1"]
    assert found.most_wrong == ()


def test_a_label_never_seen_in_training_is_refused() -> None:
    with pytest.raises(LabelledDataError, match=r"\('neg', 'pos'\), found 'meh' at place 2 and 0"):
        score_classes(["neg", "meh"], CHANCES[:2], ["neg", "pos"])


@pytest.mark.parametrize(
    ("chances", "message"),
    [
        (CHANCES[:3], r"expected .*\(5, 2\), found \(3, 2\)"),
        (CHANCES * 2, "numbers from 0 to 1"),
        (CHANCES * 0.5, r"rows that sum to 1, found 0.5000 in row 1 \(and 4 more\)"),
        (np.full((5, 2), math.nan), "numbers from 0 to 1"),
    ],
)
def test_what_are_no_probabilities_is_refused(chances: np.ndarray, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        score_classes(TRUTH, chances, ["neg", "pos"])
    with pytest.raises(ConfigurationError, match="texts: expected 5, one per row, found 1"):
        score_classes(TRUTH, CHANCES, ["neg", "pos"], texts=["a"])


def test_several_labels_by_hand() -> None:
    truth = np.array([[1, 0], [1, 1], [0, 0]])
    chances = np.array([[0.9, 0.2], [0.8, 0.4], [0.6, 0.1]])
    found = score_multilabel(truth, chances, ["a", "b"])
    assert found.exact.value == pytest.approx(1 / 3)
    assert [(c.f1, c.texts, c.predicted) for c in found.classes] == [(0.8, 2, 3), (0.0, 1, 0)]
    assert found.f1_macro == pytest.approx(0.4)
    assert found.f1_micro == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert [curve.auc for curve in found.roc] == [1.0, 1.0]
    assert score_multilabel(truth, chances, ["a", "b"], threshold=0.3).exact.value > 0.6
    with pytest.raises(ConfigurationError, match="truth: expected the shape"):
        score_multilabel(truth[:, :1], chances, ["a", "b"])


def test_ratings() -> None:
    rng = np.random.default_rng(2)
    truth = rng.integers(1, 11, size=200).astype(float)
    guess = truth + rng.normal(size=200)
    found = score_ratings(truth, guess, texts=[f"t{i}" for i in range(200)], most_wrong=3)
    assert found.mae == pytest.approx(metrics.mean_absolute_error(truth, guess))
    assert found.rmse == pytest.approx(metrics.root_mean_squared_error(truth, guess))
    assert found.r2 == pytest.approx(metrics.r2_score(truth, guess))
    assert found.spearman == pytest.approx(spearmanr(truth, guess).statistic)
    assert found.most_wrong[0].place == np.abs(truth - guess).argmax()
    assert found.most_wrong[0].text == f"t{found.most_wrong[0].place}"
    flat = score_ratings([3, 3], [1, 2])
    assert math.isnan(flat.spearman)
    assert math.isnan(flat.r2)
    with pytest.raises(ConfigurationError, match=r"found \(1,\) for \(2,\)"):
        score_ratings([1, 2], [1])
    with pytest.raises(ConfigurationError, match="finite"):
        score_ratings([1, 2], [1, math.nan])


def test_scores_go_to_json_whole() -> None:
    truth, chances, names = random_scores(3)
    found = json.loads(json.dumps(score_classes(truth, chances, names).to_json(), allow_nan=False))
    assert found["accuracy"]["confidence"] == 0.95
    assert len(found["confusion"]) == 3
    assert json.loads(json.dumps(score_ratings([3, 3], [1, 2]).to_json()))["r2"] is None
