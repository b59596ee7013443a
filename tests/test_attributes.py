"""Classes told by signatures: closed forms against their equations, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from wordgraft.embeddings.errors import ConfigurationError, LabelledDataError
from wordgraft.models.few_labels.attributes import ESZSL, SJE
from wordgraft.models.few_labels.generalised import (
    GeneralisedScores,
    choose_penalty,
    generalised_scores,
)

KINDS = [ESZSL, SJE]


def world(
    classes: int = 12, seen: int = 8, each: int = 20, noise: float = 0.3, seed: int = 0
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Things whose features are a linear map of their class's attributes, and noise."""
    rng = np.random.default_rng(seed)
    signatures = rng.standard_normal((classes, 6))
    features = signatures @ rng.standard_normal((6, 10))
    y = np.repeat(np.arange(classes), each)
    X = features[y] + noise * rng.standard_normal((len(y), 10))
    names = np.array([f"class {number:02d}" for number in range(classes)])
    return dict(zip(names.tolist(), signatures, strict=True)), X, names[y]


def parts(y: np.ndarray, seen: int = 8) -> np.ndarray:
    return np.isin(y, np.unique(y)[:seen])


def test_eszsl_solves_its_equation() -> None:
    signatures, X, y = world()
    own = parts(y)
    model = ESZSL(signatures, gamma=2.0, lam=0.5, normalize=False).fit(X[own], y[own])
    S = np.stack(list(signatures.values()))[:8]
    Y = np.where(y[own][:, None] == np.unique(y[own])[None], 1.0, -1.0)
    left, right = X[own].T @ X[own] + 2.0 * np.eye(10), S.T @ S + 0.5 * np.eye(6)
    np.testing.assert_allclose(left @ model.weights_ @ right, X[own].T @ Y @ S, atol=1e-8)


def test_sje_takes_the_papers_step() -> None:
    signatures = {"a": [1.0, 0.0], "b": [0.0, 1.0]}
    X = np.array([[1.0, 0.0], [0.0, 1.0]])
    model = SJE(signatures, epochs=1, rate=0.5, normalize=False, seed=3).fit(X, ["a", "b"])
    rng = np.random.default_rng(3)
    expected = rng.standard_normal((2, 2)) / np.sqrt(2)
    for row in rng.permutation(2):  # each example violates the margin from so near zero, or not
        scores = X[row] @ expected + 1.0
        scores[row] -= 1.0
        worst = int(scores.argmax())
        if worst != row:
            expected += 0.5 * np.outer(X[row], np.eye(2)[row] - np.eye(2)[worst])
    np.testing.assert_allclose(model.weights_, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_unseen_classes_are_recognised(kind: Any) -> None:
    signatures, X, y = world()
    own = parts(y)
    model = kind(signatures).fit(X[own], y[own])
    assert (model.predict(X[~own], among="unseen") == y[~own]).mean() > 0.8  # chance: 0.25
    assert set(model.predict(X, among="seen")) <= set(y[own])
    assert model.seen_.tolist() == [True] * 8 + [False] * 4
    assert model.n_features_in_ == 10


def test_losses_of_sje_fall() -> None:
    signatures, X, y = world()
    losses = SJE(signatures, epochs=10).fit(X, y).losses_
    assert len(losses) == 10
    assert losses[-1] < 0.5 * losses[0]


def test_generalised_scores_by_hand() -> None:
    signatures, X, y = world(noise=0.6)
    own = parts(y)
    model = ESZSL(signatures).fit(X[own], y[own])
    found, guess = generalised_scores(model, X, y), model.predict(X)
    each = {name: float((guess[y == name] == name).mean()) for name in np.unique(y)}
    seen = np.mean([each[name] for name in np.unique(y)[:8]])
    unseen = np.mean([each[name] for name in np.unique(y)[8:]])
    harmonic = 2 * seen * unseen / (seen + unseen)
    expected = GeneralisedScores(*map(pytest.approx, (seen, unseen, harmonic)))
    assert found == expected


def test_a_penalty_moves_from_seen_to_unseen() -> None:
    signatures, X, y = world(noise=0.6)
    own = parts(y)
    plain = ESZSL(signatures).fit(X[own], y[own])
    penalty = choose_penalty(plain, X[own], y[own])
    stacked = ESZSL(signatures, seen_penalty=penalty).fit(X[own], y[own])
    assert penalty > 0.0
    before, after = generalised_scores(plain, X, y), generalised_scores(stacked, X, y)
    assert after.unseen > before.unseen
    assert after.harmonic > before.harmonic
    already = ESZSL(signatures, seen_penalty=5.0)  # what it has changes nothing
    assert choose_penalty(already, X[own], y[own]) == penalty
    small = ESZSL(signatures, gamma=1e6).fit(X[own], y[own])  # scores of a millionth
    assert 0.0 < choose_penalty(small, X[own], y[own]) < 1e-3
    never = ESZSL(signatures, seen_penalty=1e9).fit(X[own], y[own])
    assert set(never.predict(X)) <= set(y[~own])


@pytest.mark.parametrize("kind", KINDS)
def test_stands_among_scikit_learns(kind: Any) -> None:
    signatures, X, y = world()
    own = parts(y)
    model = kind(signatures)
    with pytest.raises(NotFittedError):
        model.predict(X)
    again = clone(model)
    assert again.signatures is not None
    assert again.get_params().keys() == model.get_params().keys()
    piped = make_pipeline(StandardScaler(), again).fit(X[own], y[own])
    assert piped.score(X[own], y[own]) > 0.7
    first, second = (clone(model).fit(X[own], y[own]).weights_ for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_classes_may_be_numbers() -> None:
    signatures, X, y = world()
    numbers = np.unique(y, return_inverse=True)[1]
    model = ESZSL(dict(enumerate(signatures.values()))).fit(X[numbers < 8], numbers[numbers < 8])
    assert (model.predict(X, among="unseen")[numbers >= 8] == numbers[numbers >= 8]).mean() > 0.8


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"signatures": None}, "signatures: expected a mapping from two classes"),
        ({"signatures": {"class 00": [1.0]}}, "two classes or more"),
        ({"gamma": 0, "lam": -1, "seen_penalty": -1}, "gamma.*lam.*seen_penalty"),
        ({"signatures": {"class 00": [1.0], "class 01": [1.0, 2.0]}}, "rows of one length"),
        ({"signatures": {"class 00": [1.0], "class 01": [0.0]}}, "all zeros of 'class 01'"),
        ({"signatures": {"class 00": [1.0], "class 01": [np.nan]}}, "not finite of 'class 01'"),
        ({"signatures": {"class 00": [1.0], "b": [2.0]}}, "found none for 'class 01'"),
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, Any], said: str) -> None:
    signatures, X, y = world()
    with pytest.raises(ConfigurationError, match=said):
        ESZSL(**{"signatures": signatures, **changes}).fit(X, y)


def test_wrong_data_are_refused() -> None:
    signatures, X, y = world()
    with pytest.raises(LabelledDataError, match="two classes"):
        ESZSL(signatures).fit(X[:20], y[:20])
    model = ESZSL(signatures).fit(X, y)
    with pytest.raises(ConfigurationError, match="among='unseen': every one of the 12"):
        model.predict(X, among="unseen")
    with pytest.raises(ConfigurationError, match="among: expected all, seen or unseen"):
        model.predict(X, among="none")  # type: ignore[arg-type]
    with pytest.raises(LabelledDataError, match="seen and unseen"):
        generalised_scores(model, X, y)
    with pytest.raises(LabelledDataError, match="with a signature, found 'x'"):
        generalised_scores(model, X[:1], ["x"])
    pair = np.isin(y, ["class 00", "class 01"])
    for folds, least in ((2, 4), (3, 3), (5, 5)):
        with pytest.raises(LabelledDataError, match=f"{least} classes .* {folds} folds, found 2"):
            choose_penalty(model, X[pair], y[pair], folds=folds)
    with pytest.raises(ConfigurationError, match="epochs.*rate"):
        SJE(signatures, epochs=0, rate=-1).fit(X, y)


def test_awa_attributes_are_read_by_eszsl(data_file: Callable[[str], Path]) -> None:
    """Animals told by attributes from other attributes: the half that was held back as features."""
    folder = data_file("zeroshot/awa/classes.txt").parent
    names = [line.split()[1] for line in (folder / "classes.txt").read_text().splitlines()]
    table = np.loadtxt(folder / "predicate-matrix-binary.txt")
    unseen = (folder / "otherclasses.txt").read_text().split()
    own = ~np.isin(names, unseen)
    signatures = dict(zip(names, table[:, ::2] - table[:, ::2].mean(axis=0), strict=True))
    X = table[:, 1::2]
    model = ESZSL(signatures).fit(X[own], np.array(names)[own])
    right = model.predict(X[~own], among="unseen") == np.array(names)[~own]
    assert right.mean() >= 0.5  # chance: 0.1
