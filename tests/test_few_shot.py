"""Prototypes and episodes against plain NumPy, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import t
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestCentroid
from sklearn.utils.estimator_checks import parametrize_with_checks

from wordgraft.embeddings.errors import ConfigurationError, LabelledDataError
from wordgraft.models.few_labels.episodes import EpisodeScores, draw_episodes, evaluate_episodes
from wordgraft.models.few_labels.few_shot import PrototypeClassifier

# One class, or a number that is no class, is refused in the words of this house.
OTHER_WORDS = dict.fromkeys(
    ("check_fit2d_1sample", "check_classifiers_regression_target"), "LabelledDataError says it"
)  # fmt: skip


def blobs(each: int = 30, classes: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(classes), each)
    return 2.5 * rng.standard_normal((classes, 8))[y] + rng.standard_normal((len(y), 8)), y


def test_euclidean_prototypes_are_nearest_centroids() -> None:
    X, y = blobs()
    ours = PrototypeClassifier(distance="euclidean", scale=1.0).fit(X[::3], y[::3])
    theirs = NearestCentroid().fit(X[::3], y[::3])
    np.testing.assert_allclose(ours.prototypes_, theirs.centroids_)
    assert (ours.predict(X) == theirs.predict(X)).all()
    distances = ((X[:, None] - ours.prototypes_[None]) ** 2).sum(-1)
    shares = np.exp(-distances) / np.exp(-distances).sum(1, keepdims=True)
    np.testing.assert_allclose(ours.predict_proba(X), shares, atol=1e-9)


def test_cosine_prototypes_by_hand() -> None:
    X = np.array([[3.0, 4.0], [0.0, 2.0], [5.0, 0.0]])
    model = PrototypeClassifier(scale=2.0).fit(X, ["a", "a", "b"])
    middle = np.array([0.3, 0.9])
    np.testing.assert_allclose(model.prototypes_, [middle / np.linalg.norm(middle), [1.0, 0.0]])
    np.testing.assert_allclose(model.class_scores([[7.0, 0.0]]), 2 * model.prototypes_.T[:1])
    assert model.counts_.tolist() == [2, 1]


def test_shrinking_draws_prototypes_together() -> None:
    X, y = blobs()
    spread = [
        PrototypeClassifier(distance="euclidean", shrink=s).fit(X, y).prototypes_.std(axis=0).sum()
        for s in (0.0, 10.0, 1e9)
    ]
    assert spread[0] > spread[1] > spread[2]
    assert spread[2] < 1e-6


def test_logistic_head_is_scikit_learns() -> None:
    X, y = blobs()
    model = PrototypeClassifier("logistic", C=3.0).fit(X, y)
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    theirs = LogisticRegression(C=3.0, max_iter=1000).fit(unit, y)
    np.testing.assert_allclose(model.predict_proba(X), theirs.predict_proba(unit))


def test_episodes_are_disjoint_balanced_and_the_same_again() -> None:
    _, y = blobs()
    drawn = list(draw_episodes(y, shots=2, ways=3, queries=5, episodes=8, seed=4))
    for one in drawn:
        classes, counts = np.unique(y[one.support], return_counts=True)
        assert counts.tolist() == [2, 2, 2]
        assert np.unique(y[one.query], return_counts=True)[1].tolist() == [5, 5, 5]
        assert set(y[one.query]) == set(classes)
        assert not set(one.support) & set(one.query)
    assert len({tuple(one.support) for one in drawn}) == 8
    again = list(draw_episodes(y, shots=2, ways=3, queries=5, episodes=3, seed=4))
    assert all((a.support == b.support).all() for a, b in zip(drawn, again, strict=False))


def test_more_shots_are_better_and_intervals_are_students() -> None:
    X, y = blobs(each=40)
    found = [evaluate_episodes(X, y, shots=k, episodes=30, seed=1) for k in (1, 20)]
    assert found[0].mean < found[1].mean
    assert found[0].ways == 4
    values = np.array(found[0].accuracies)
    low, high = t.interval(0.95, 29, loc=values.mean(), scale=values.std(ddof=1) / 30**0.5)
    assert found[0].interval == pytest.approx((high - low) / 2)
    assert "4-way 20-shot" in str(found[1])
    assert np.isnan(EpisodeScores(2, 1, (0.5,)).interval)


def test_settings_and_data_are_refused() -> None:
    X, y = blobs()
    wrong: dict[str, Any] = {
        "head": "svm", "distance": "l1", "shrink": -1, "scale": 0, "C": 0
    }  # fmt: skip
    with pytest.raises(ConfigurationError) as told:
        PrototypeClassifier(**wrong).fit(X, y)
    assert [problem.split(":")[0] for problem in told.value.problems] == list(wrong)
    with pytest.raises(LabelledDataError, match="two classes"):
        PrototypeClassifier().fit(X[:30], y[:30])
    with pytest.raises(ConfigurationError, match="shots.*ways.*queries.*episodes"):
        draw_episodes(y, shots=0, ways=1, queries=0, episodes=0, seed=0)
    with pytest.raises(LabelledDataError, match=r"31 texts or more .* fewer of 0 \(30\)"):
        draw_episodes(y, shots=30, episodes=1, seed=0)
    with pytest.raises(LabelledDataError, match="9 classes or more, found 4"):
        draw_episodes(y, shots=1, ways=9, episodes=1, seed=0)
    assert clone(PrototypeClassifier(shrink=2.0)).shrink == 2.0


@parametrize_with_checks([PrototypeClassifier()], expected_failed_checks=lambda _: OTHER_WORDS)
def test_contract_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)
