"""Classifiers that adapt: chains, weights, self-training, and how reverse validation tells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.stats import spearmanr
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from reference.toy_domains import moved_blobs, reviews
from wordgraft.embeddings.errors import ConfigurationError, DomainError, LabelledDataError
from wordgraft.models.domains.chain import DomainChain, DomainUnion
from wordgraft.models.domains.counts import DomainTfidf
from wordgraft.models.domains.denoising import MarginalizedDenoising
from wordgraft.models.domains.moments import CORAL, DomainScaler
from wordgraft.models.domains.pipeline import AdaptedClassifier
from wordgraft.models.domains.reverse import reverse_scores, reverse_validation
from wordgraft.models.domains.self_training import SelfTraining, balanced_guesses, surest_guesses
from wordgraft.models.domains.weights import ImportanceWeighting, domain_odds, kliep

CLASSIFIERS = [AdaptedClassifier(), SelfTraining(rounds=2), ImportanceWeighting()]


def names(y: np.ndarray) -> list[str]:
    return ["good" if one else "bad" for one in y]


@pytest.mark.parametrize("model", CLASSIFIERS, ids=lambda model: type(model).__name__)
def test_the_protocol(model: Any) -> None:
    X, y, Xt, yt = reviews(120)
    found = clone(model).fit(X, names(y), Xt)
    assert found.classes_.tolist() == ["bad", "good"]
    assert set(found.predict(Xt)) <= {"bad", "good"}
    chances = found.predict_proba(Xt)
    np.testing.assert_allclose(chances.sum(1), 1)
    assert (found.classes_[chances.argmax(1)] == found.predict(Xt)).all()
    assert found.score(Xt, names(yt)) > 0.6
    again = clone(model).fit(X, names(y), Xt).predict_proba(Xt)
    np.testing.assert_array_equal(chances, again)
    with pytest.raises(DomainError, match=r"rows of the target, found None: .*fit\(X, y, Xt\)"):
        model.fit(X, y)
    with pytest.raises(LabelledDataError, match="at least two classes, found 1: 'good'"):
        model.fit(X, ["good"] * 120, Xt)
    with pytest.raises(LabelledDataError, match="none in row 3"):
        model.fit(X, [None if i == 3 else "a" for i in range(120)], Xt)
    with pytest.raises(DomainError, match="found 120 rows and 119 labels"):
        model.fit(X, names(y)[1:], Xt)
    with pytest.raises(DomainError, match="one label a row, found a table"):
        model.fit(X, np.eye(120, 2, dtype=int), Xt)


@pytest.mark.parametrize("model", CLASSIFIERS[1:], ids=lambda model: type(model).__name__)
def test_domains_of_other_columns_are_refused(model: Any) -> None:
    X, y, Xt, _ = reviews(40)
    with pytest.raises(DomainError, match="swapped"):
        model.fit(X, y, Xt[:, :9])


# --- steps ------------------------------------------------------------------------------------


def test_a_chain_hands_both_domains_on() -> None:
    X, y, Xt, _ = moved_blobs()
    chain = DomainChain([("plain", StandardScaler()), ("coral", CORAL(regularization=0))])
    source = chain.fit_transform(X, y, Xt)
    both = np.vstack([X, Xt])
    by_hand = [(rows - both.mean(0)) / both.std(0) for rows in (X, Xt)]
    np.testing.assert_allclose(chain.transform(Xt), by_hand[1], atol=1e-10)
    own = CORAL(regularization=0).fit_transform(by_hand[0], Xt=by_hand[1])
    np.testing.assert_allclose(source, own, atol=1e-8)
    np.testing.assert_allclose(chain.transform(X, domain="source"), source, atol=1e-10)
    assert not chain.symmetric
    assert DomainChain([("a", StandardScaler()), ("b", DomainScaler())]).symmetric


def test_a_union_puts_steps_side_by_side_at_one_length() -> None:
    texts, others = ["good film", "bad film"] * 3, ["good book", "bad book", "odd"]
    words = CountVectorizer(dtype=np.float32)
    letters = CountVectorizer(analyzer="char", dtype=np.float64)
    union = DomainUnion([("words", words), ("letters", letters)])
    rows = union.fit_transform(texts, None, others)
    assert sp.issparse(rows)
    assert not hasattr(words, "vocabulary_")
    size = len(union.steps_[0][1].vocabulary_)
    assert set(union.steps_[0][1].vocabulary_) == {"good", "bad", "film", "book", "odd"}
    both = sp.vstack([rows, union.transform(others)])
    for part in (both[:, :size], both[:, size:]):
        assert part.multiply(part).sum() / both.shape[0] == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([], "steps: expected at least one"),
        ([("a", CORAL()), ("a", CORAL())], "with different names, found"),
        ([("a", LogisticRegression())], r"expected transformers .* others as \['a'\]"),
    ],
)
def test_wrong_steps(steps: Any, said: str) -> None:
    X, y, Xt, _ = moved_blobs(20)
    for kind in (DomainChain, DomainUnion):
        with pytest.raises(ConfigurationError, match=said):
            kind(steps).fit(X, y, Xt)
    with pytest.raises(DomainError, match="found None"):
        DomainChain([("a", CORAL())]).fit(X, y)


def test_adapting_beats_not_adapting_on_a_known_shift() -> None:
    X, y, Xt, yt = moved_blobs()
    plain = AdaptedClassifier().fit(X, y, Xt).score(Xt, yt)
    for steps in ([("c", CORAL(regularization=0))], [("s", DomainScaler())]):
        adapted = AdaptedClassifier(steps).fit(X, y, Xt)
        assert adapted.score(Xt, yt) > plain + 0.1
        assert (adapted.predict(X, domain="source") == y).mean() > 0.9
    with pytest.raises(ConfigurationError, match="a Perceptron gives no probabilities"):
        AdaptedClassifier([], Perceptron()).fit(X, y, Xt).predict_proba(Xt)


def test_steps_without_labels_that_treat_domains_alike_are_fitted_once() -> None:
    X, y, Xt, _ = reviews(80)
    model = AdaptedClassifier(
        [("tfidf", DomainTfidf()), ("mda", MarginalizedDenoising(pivots=9)), ("c", CORAL())]
    )
    rows, rest = model.prepared(X, Xt)
    assert [name for name, _ in rest.steps] == ["c"]
    assert rows.source.shape == (80, 89)
    np.testing.assert_allclose(
        rest.fit(rows.source, y, rows.target).predict_proba(rows.target),
        model.fit(X, y, Xt).predict_proba(Xt),
    )


# --- self-training ----------------------------------------------------------------------------


def test_self_training_learns_the_words_of_the_target() -> None:
    X, y, Xt, yt = reviews()
    plain = AdaptedClassifier([("t", DomainTfidf())]).fit(X, y, Xt)
    taught = AdaptedClassifier([("t", DomainTfidf())], SelfTraining()).fit(X, y, Xt)
    assert taught.score(Xt, yt) > plain.score(Xt, yt) + 0.03
    assert taught.classifier_.taken_ == pytest.approx([54, 108, 162, 216, 270], abs=2)


def test_guesses_keep_the_shares_of_the_classes() -> None:
    first = np.array([0.9, 0.8, 0.7, 0.6, 0.55, 0.52])  # all lean to class 0
    chances = np.column_stack([first, 1 - first])
    assert surest_guesses(chances, 3).tolist() == [0, 0, 0, -1, -1, -1]
    assert balanced_guesses(chances, np.array([2.0, 2.0])).tolist() == [0, 0, -1, -1, 1, 1]
    assert balanced_guesses(chances, np.array([3.0, 1.0])).tolist() == [0, 0, 0, -1, -1, 1]
    three = np.array([[0.5, 0.4, 0.1], [0.1, 0.5, 0.4], [0.3, 0.1, 0.6], [0.34, 0.33, 0.33]])
    assert balanced_guesses(three, np.ones(3)).tolist() == [0, 1, 2, -1]


def test_self_training_does_not_follow_a_lean_to_one_class() -> None:
    X, y, Xt, yt = moved_blobs()
    Xt = X + 1.5 * np.eye(6)[0]  # the same rows, all nearer to class 1
    balanced = SelfTraining().fit(X, y, Xt)
    free = SelfTraining(balanced=False).fit(X, y, Xt)
    assert balanced.score(Xt, y) > free.score(Xt, y) + 0.02
    with pytest.raises(ConfigurationError, match="rounds: .*; share: .*; classifier: .*"):
        SelfTraining(Perceptron(), rounds=0, share=2).fit(X, y, Xt)


# --- importance weights -----------------------------------------------------------------------


@pytest.mark.parametrize("way", ["classifier", "kliep"])
def test_weights_are_the_ratio_of_the_densities(way: str) -> None:
    rng = np.random.default_rng(0)
    X, Xt = rng.normal(size=(400, 1)), rng.normal(1.0, 1.0, size=(400, 1))
    true = np.exp(X[:, 0] - 0.5)
    if way == "classifier":
        found = domain_odds(X, Xt, C=10, seed=0)
    else:
        found = kliep(X, Xt, kernels=100, seed=0)
    assert spearmanr(found, true).statistic > 0.97
    inside = np.abs(X[:, 0]) < 1.5
    assert np.abs(np.log(found[inside] / true[inside])).mean() < 0.25
    assert found.mean() == pytest.approx(1, abs=0.2)


def test_weighted_rows_fit_the_part_where_the_target_is() -> None:
    rng = np.random.default_rng(0)
    X = rng.uniform(-3, 3, size=(600, 1))
    y = (np.abs(X[:, 0]) > 1).astype(int)  # no line fits all of it
    Xt = rng.uniform(0, 3, size=(300, 1))
    yt = (np.abs(Xt[:, 0]) > 1).astype(int)
    for way in ("classifier", "kliep"):
        model = ImportanceWeighting(density=way, C=10, seed=1).fit(X, y, Xt)
        assert model.score(Xt, yt) > LogisticRegression().fit(X, y).score(Xt, yt) + 0.05
        assert model.weights_.mean() == pytest.approx(1)
        assert 100 < model.effective_ < 600
    capped = ImportanceWeighting(C=10, seed=1, most=1.5).fit(X, y, Xt).weights_
    free = domain_odds(X, Xt, C=10, seed=1)
    least = np.minimum(free / free.mean(), 1.5)
    assert (least == 1.5).any()
    np.testing.assert_allclose(capped, least / least.mean())
    with pytest.raises(
        ConfigurationError, match="density: .*; C: .*; kernels: .*; most: .*; seed: .*; classifier"
    ):
        ImportanceWeighting(
            KNeighborsClassifier(),
            density="no",
            C=0,
            kernels=0,
            most=0,
            seed=-1,  # type: ignore[arg-type]
        ).fit(X, y, Xt)


# --- reverse validation -----------------------------------------------------------------------


def test_reverse_validation_finds_what_adapts() -> None:
    X, y, Xt, yt = reviews(200)
    tfidf = ("tfidf", DomainTfidf())
    candidates = {
        "none": AdaptedClassifier([tfidf]),
        "denoise": AdaptedClassifier([tfidf, ("d", MarginalizedDenoising(noise=0.9, pivots=32))]),
        "self": AdaptedClassifier([tfidf], SelfTraining()),
    }
    found = reverse_scores(candidates, X, names(y), Xt, folds=4, seed=1)
    assert [one.name for one in found] == ["none", "denoise", "self"]
    assert found[0].source > 0.9  # what the source's own accuracy can't tell:
    assert found[0].score < min(found[1].score, found[2].score) - 0.05
    accuracies = [model.fit(X, y, Xt).score(Xt, yt) for model in candidates.values()]
    assert np.argsort(accuracies).tolist() == np.argsort([one.score for one in found]).tolist()
    assert len(found[1].each) == 4
    assert sum(found[1].shares) == pytest.approx(1)
    assert found[1].deviation == pytest.approx(np.std(found[1].each, ddof=1))


def test_reverse_validation_of_one_answer_for_all_is_the_share_of_that_class() -> None:
    X, y, Xt, _ = moved_blobs()
    y[:120] = 0
    far = Xt * 0 - np.eye(6)[0] * 50 + np.random.default_rng(0).normal(size=Xt.shape) * 0.01
    score = reverse_validation(AdaptedClassifier(), X, y, far)
    assert score.shares == (1.0, 0.0)
    assert score.score == pytest.approx((y == 0).mean(), abs=0.01)


def test_reverse_validation_takes_texts_and_says_what_it_needs() -> None:
    texts = ["good film", "bad film", "good plot", "bad plot"] * 4
    others = ["good book", "bad book"] * 3
    model = AdaptedClassifier([("count", CountVectorizer(dtype=np.float32)), ("t", DomainTfidf())])
    labels = ["p", "n"] * 8
    seen: list[tuple[int, int]] = []
    (found,) = reverse_scores(
        {"one": model}, texts, labels, others, folds=3, progress=lambda a, b: seen.append((a, b))
    )
    assert found.score == 1.0
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert not hasattr(model, "classes_")
    with pytest.raises(ConfigurationError, match="folds: expected a whole number from 2, found 1"):
        reverse_validation(model, texts, labels, others, folds=1)
    with pytest.raises(LabelledDataError, match="needs as many rows of every class, found 1 of"):
        reverse_validation(model, texts, ["p"] * 15 + ["n"], others)
    with pytest.raises(ConfigurationError, match="at least one way of adapting"):
        reverse_scores({}, texts, labels, others)
