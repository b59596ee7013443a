"""Sparse codes, co-clustering: their objectives, their gain on made-up data, what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score, mutual_info_score

from wordgraft.embeddings.errors import ConfigurationError, DomainError
from wordgraft.models.clusters import co_clustering as module
from wordgraft.models.clusters.co_clustering import SelfTaughtClustering
from wordgraft.models.few_labels.self_taught import SelfTaughtFeatures


def parts(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows that are sums of two of twelve hidden parts."""
    rng = np.random.default_rng(seed)
    hidden = np.random.default_rng(9).standard_normal((12, 20))
    hidden /= np.linalg.norm(hidden, axis=1, keepdims=True)
    amounts = np.zeros((rows, 12))
    for row in amounts:
        row[rng.choice(12, 2, replace=False)] = rng.uniform(1, 2, 2) * rng.choice([-1, 1], 2)
    return amounts @ hidden + 0.01 * rng.standard_normal((rows, 20)), amounts


def test_atoms_are_the_hidden_parts_and_codes_are_sparse() -> None:
    X, _ = parts(800, seed=0)
    model = SelfTaughtFeatures(12, epochs=10, alpha=0.3).fit(X)
    hidden = np.random.default_rng(9).standard_normal((12, 20))
    hidden /= np.linalg.norm(hidden, axis=1, keepdims=True)
    found = np.abs(model.atoms_ @ hidden.T).max(axis=0)
    assert np.median(found) > 0.95
    codes = model.transform(X[:100])
    assert codes.shape == (100, 12)
    assert (np.abs(codes) > 1e-3).mean() < 0.5
    rows = X[:100] - model.mean_
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    # Lasso's own conditions: no atom that isn't used would pay.
    slack = np.abs((rows - codes @ model.atoms_) @ model.atoms_.T)
    assert (slack[codes == 0] <= 0.3 + 1e-3).all()
    assert (np.abs(slack[codes != 0] - 0.3) < 1e-2).all()


def test_keeps_rows_on_request_and_says_how_wide_it_is() -> None:
    X, _ = parts(200, seed=1)
    model = SelfTaughtFeatures(8, keep=True, epochs=1).fit(X)
    assert model.transform(X).shape == (200, 28) == (200, model.n_features_out_)
    assert len(model.get_feature_names_out()) == 28
    rows = (X - X.mean(axis=0)) / np.linalg.norm(X - X.mean(axis=0), axis=1, keepdims=True)
    np.testing.assert_allclose(model.transform(X)[:, 8:], rows)
    again = clone(model).fit(X)
    assert again.transform(X).tobytes() == model.transform(X).tobytes()


def test_features_refuse() -> None:
    with pytest.raises(ConfigurationError, match=r"n_atoms.*epochs.*alpha.*keep"):
        SelfTaughtFeatures(0, epochs=0, alpha=0, keep="yes").fit(np.eye(3))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="all 5 rows are the same"):
        SelfTaughtFeatures(2).fit(np.ones((5, 3)))


def topics(documents: int, length: int, seed: int) -> tuple[sp.csr_array, np.ndarray]:
    """Counts of 60 words of three topics; documents are mostly of one."""
    rng = np.random.default_rng(seed)
    y = np.arange(documents) % 3
    shares = np.full((3, 60), 0.3)
    for topic in range(3):
        shares[topic, 20 * topic : 20 * topic + 20] = 1.0
    shares /= shares.sum(axis=1, keepdims=True)
    return sp.csr_array(np.stack([rng.multinomial(length, shares[t]) for t in y])), y


def information(X: sp.csr_array, rows: np.ndarray, words: np.ndarray) -> float:
    table = X.tocoo()
    return mutual_info_score(
        None, None, contingency=_table(rows[table.row], words[table.col], table.data)
    )


def _table(a: np.ndarray, b: np.ndarray, values: np.ndarray) -> np.ndarray:
    found = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(found, (a, b), values)
    return found


def test_the_loss_never_rises_and_is_the_papers() -> None:
    X, _ = topics(40, 30, seed=1)
    Xa, _ = topics(100, 60, seed=2)
    model = SelfTaughtClustering(3, word_clusters=6, trade_off=0.7, n_init=1).fit(X, Xa=Xa)
    assert len(model.losses_) > 1
    assert (np.diff(model.losses_) <= 1e-12).all()
    lost = information(X, np.arange(40), np.arange(60)) - information(
        X, model.labels_, model.word_labels_
    )
    lost += 0.7 * (
        information(Xa, np.arange(100), np.arange(60))
        - information(Xa, model.auxiliary_labels_, model.word_labels_)
    )
    assert model.losses_[-1] == pytest.approx(lost)


def test_the_start_that_loses_least_is_kept() -> None:
    X, _ = topics(30, 15, seed=1)
    settings: dict[str, Any] = {"n_clusters": 3, "word_clusters": 9}
    alone = [SelfTaughtClustering(n_init=1, seed=s, **settings).fit(X).losses_ for s in range(4)]
    best = SelfTaughtClustering(n_init=4, seed=0, **settings).fit(X).losses_
    assert best[-1] == min(losses[-1] for losses in alone) < max(losses[-1] for losses in alone)


def test_no_single_move_of_a_document_gains(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end each document is in the cluster of least divergence, by the definition."""
    X, _ = topics(30, 40, seed=3)
    model = SelfTaughtClustering(3, word_clusters=5, n_init=1, tolerance=0.0).fit(X)
    p = X.toarray() / X.sum()
    rows, words = model.labels_, model.word_labels_
    k, kz = 3, words.max() + 1
    joint = np.array([[p[rows == a][:, words == b].sum() for b in range(kz)] for a in range(k)])
    by_word = p.sum(axis=0)
    share = np.array([by_word[z] / by_word[words == words[z]].sum() for z in range(60)])
    for x in range(30):
        given = p[x] / p[x].sum()
        there = given > 0
        divergence = [
            (given * np.log(np.where(there, given, 1) / np.maximum(q, 1e-12)))[there].sum()
            for a in range(k)
            for q in [(joint[a, words] / joint[a].sum()) * share]
        ]
        assert divergence[rows[x]] <= min(divergence) + 1e-9


def test_auxiliary_documents_help() -> None:
    gains = []
    for seed in range(4):
        X, y = topics(24, 12, seed=seed)
        Xa, _ = topics(400, 60, seed=100 + seed)
        alone = SelfTaughtClustering(3, word_clusters=6).fit(X).labels_
        taught = SelfTaughtClustering(3, word_clusters=6).fit(X, Xa=Xa).labels_
        gains.append(adjusted_rand_score(y, taught) - adjusted_rand_score(y, alone))
    assert np.mean(gains) > 0.1


def test_documents_without_words_have_no_cluster() -> None:
    X, _ = topics(20, 30, seed=5)
    X = sp.csr_array(sp.vstack([X, sp.csr_array((1, 60))]))
    labels = SelfTaughtClustering(3, word_clusters=4).fit(X).labels_
    assert labels[-1] == -1
    assert (labels[:-1] >= 0).all()


def test_clustering_refuses() -> None:
    X, _ = topics(20, 30, seed=6)
    left, right = X.toarray(), X.toarray()
    left[:, 30:], right[:, :30] = 0, 0
    with pytest.raises(DomainError, match="share no word"):
        SelfTaughtClustering(2).fit(left, Xa=right)
    with pytest.raises(DomainError, match="found 60 of the target and 30"):
        SelfTaughtClustering(2).fit(X, Xa=right[:, 30:])
    with pytest.raises(DomainError, match="no document has a word"):
        SelfTaughtClustering(2).fit(np.zeros((3, 4)))
    with pytest.raises(DomainError, match="below 0"):
        SelfTaughtClustering(2).fit(-left)
    with pytest.raises(ConfigurationError, match=r"n_clusters.*n_init.*trade_off"):
        SelfTaughtClustering(0, n_init=0, trade_off=-1).fit(X)
    with pytest.raises(ConfigurationError, match="n_clusters=21: expected no more than the 20"):
        SelfTaughtClustering(21).fit(X)
    assert module._information(sp.csr_array(np.eye(2) / 2)) == pytest.approx(np.log(2))
