"""Rows into clusters: as scikit-learn finds them, with a policy for what can't be in one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import normalize

from reference.blobs import blobs
from wordgraft.embeddings.errors import ConfigurationError, CorpusError
from wordgraft.models.clusters import clustering as module
from wordgraft.models.clusters import kmeans
from wordgraft.models.clusters import rows as cluster_rows
from wordgraft.models.clusters.clustering import cluster
from wordgraft.models.clusters.kmeans import k_means, mini_batches
from wordgraft.models.clusters.rows import nearest

METHODS = ("kmeans", "minibatch", "agglomerative", "hdbscan")


@pytest.mark.parametrize("method", [None, *METHODS])
def test_every_method_finds_what_is_there(method: Any) -> None:
    rows, truth = blobs()
    before = rows.copy()
    rows.setflags(write=False)
    found = cluster(rows, k=None if method == "hdbscan" else 3, method=method)
    assert adjusted_rand_score(truth, found.labels) > 0.95
    assert found.method == (method or "kmeans")
    assert found.labels.dtype == np.int64
    assert found.centres.dtype == np.float32
    assert len(found) == 3
    if method != "hdbscan":  # which may leave some out
        assert found.sizes.tolist() == [40, 25, 15]
        assert np.bincount(found.labels).tolist() == [40, 25, 15]
        assert found.outliers == 0
    assert np.array_equal(found.predict(rows)[found.labels >= 0], found.labels[found.labels >= 0])
    assert np.array_equal(rows, before)


def test_k_means_is_that_of_scikit_learn() -> None:
    rows = np.random.default_rng(2).normal(size=(200, 9)).astype(np.float32)
    unit = normalize(rows)
    peer = KMeans(6, n_init=4, random_state=5).fit(unit)
    found = k_means(unit, 6, n_init=4, seed=5)
    assert found.inertia == pytest.approx(peer.inertia_, rel=1e-5)
    assert adjusted_rand_score(found.labels, peer.labels_) == 1.0
    ours = cluster(rows, k=6, n_init=4, seed=5)
    assert adjusted_rand_score(ours.labels, peer.labels_) == 1.0
    order = np.argsort(-np.bincount(peer.labels_), kind="stable")
    assert sorted(ours.sizes.tolist(), reverse=True) == ours.sizes.tolist()
    assert np.allclose(
        ours.centres.sum(axis=0), peer.cluster_centers_[order].sum(axis=0), atol=1e-5
    )


def test_agglomeration_is_that_of_scikit_learn() -> None:
    rows, _ = blobs(seed=4)
    peer = AgglomerativeClustering(5).fit_predict(normalize(rows))
    found = cluster(rows, k=5, method="agglomerative")
    assert adjusted_rand_score(found.labels, peer) == 1.0
    unit = normalize(rows)
    for number in range(5):
        mean = unit[found.labels == number].mean(axis=0)
        assert np.allclose(found.centres[number], mean, atol=1e-6)


def test_more_starts_are_never_worse() -> None:
    unit = normalize(np.random.default_rng(1).normal(size=(120, 5)).astype(np.float32))
    inertias = [k_means(unit, 8, n_init=n, seed=3).inertia for n in (1, 3, 9)]
    assert inertias == sorted(inertias, reverse=True)


def test_mini_batches_need_no_second_copy_and_come_near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kmeans, "_SAMPLE", 60)
    monkeypatch.setattr(module, "LARGE", 500)
    rows = np.random.default_rng(5).normal(size=(600, 6)).astype(np.float32)
    told: list[tuple[int, int]] = []
    found = cluster(rows, k=4, progress=lambda *state: told.append(state))
    assert found.method == "minibatch"
    assert "mini-batches" in found.notes[0]
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] == 3 * 600
    unit = normalize(rows)
    inertia = ((unit - found.centres[found.labels]) ** 2).sum()
    assert inertia < 1.03 * k_means(unit, 4, n_init=10, seed=0).inertia
    assert np.array_equal(found.predict(rows), found.labels)


def test_mini_batches_leave_rows_alone_and_follow_the_seed() -> None:
    rows, _ = blobs()
    rows.setflags(write=False)
    order = np.random.default_rng(0).permutation(len(rows))
    first, again = (mini_batches(rows, 3, order=order, n_init=2, seed=1) for _ in range(2))
    assert np.array_equal(first, again)
    assert first.dtype == np.float32


@pytest.mark.parametrize("method", ["kmeans", "minibatch", "agglomerative", "hdbscan"])
def test_rows_of_zeros_are_in_no_cluster(method: Any) -> None:
    rows, _ = blobs()
    holes = [0, 17, 79]
    rows[holes] = 0.0
    found = cluster(rows, k=None if method == "hdbscan" else 3, method=method)
    assert np.flatnonzero(found.empty).tolist() == holes
    assert (found.labels[holes] == -1).all()
    assert found.sizes.sum() + found.outliers == len(rows) - 3
    assert found.predict(rows)[holes].tolist() == [-1] * 3
    assert found.closeness(rows)[holes].tolist() == [0.0] * 3


def test_identical_rows_are_one_cluster_and_it_is_said() -> None:
    rows = np.repeat([[1.0, 2.0, 0.0], [0.0, 1.0, -3.0]], [6, 4], axis=0)
    found = cluster(rows, k=5)
    assert found.sizes.tolist() == [6, 4]
    assert found.notes == ("only 2 documents differ: as many clusters, instead of 5",)
    # Multiples have one direction: they are the same document, longer.
    assert len(cluster(np.arange(1, 6)[:, None] * np.ones((5, 2)), k=3)) == 1


@pytest.mark.parametrize("method", ["kmeans", "minibatch", "agglomerative"])
def test_one_row_is_a_cluster(method: Any) -> None:
    found = cluster([[0.0, 2.0]], k=1, method=method)
    assert (found.labels.tolist(), found.sizes.tolist()) == ([0], [1])
    assert np.allclose(found.centres, [[0.0, 1.0]])


def test_too_few_rows_are_noise_to_hdbscan() -> None:
    found = cluster(np.eye(3), method="hdbscan")
    assert found.labels.tolist() == [-1] * 3
    assert (len(found), found.outliers) == (0, 3)
    assert found.predict(np.zeros((1, 3))).tolist() == [-1]


def test_hdbscan_leaves_outliers_out() -> None:
    rows, _ = blobs((60, 60, 60), seed=1)
    strange = -rows[:3]
    found = cluster(np.vstack([rows, strange]), method="hdbscan", min_size=20)
    assert len(found) == 3
    assert found.outliers >= 3
    assert (found.labels[-3:] == -1).all()


def test_k_is_chosen_where_none_is_given() -> None:
    rows, truth = blobs((30, 30, 30, 30), width=9)
    found = cluster(rows)
    assert adjusted_rand_score(truth, found.labels) == 1.0


@settings(max_examples=25)
@given(
    st.integers(1, 30), st.integers(1, 6), st.integers(1, 5), st.sampled_from(METHODS[:3]),
    st.integers(0, 99),
)  # fmt: skip
def test_clusters_are_whole(count: int, width: int, k: int, method: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.integers(-1, 2, (count, width)).astype(np.float32)  # many alike, many zeros
    known = int(rows.any(axis=1).sum())
    if not known:
        with pytest.raises(CorpusError, match="no word of them is known"):
            cluster(rows, k=k, method=method, n_init=2)
        return
    if k > known:
        with pytest.raises(ConfigurationError, match=f"at most {known:,} clusters"):
            cluster(rows, k=k, method=method, n_init=2)
        return
    found = cluster(rows, k=k, method=method, n_init=2, seed=seed)
    assert 1 <= len(found) <= k
    assert found.labels.shape == (count,)
    assert np.array_equal(found.labels == -1, ~rows.any(axis=1))
    assert np.array_equal(np.bincount(found.labels[found.labels >= 0]), found.sizes)
    assert (found.sizes > 0).all()
    assert (np.diff(found.sizes) <= 0).all()
    assert (np.abs(found.closeness(rows)) <= 1.0 + 1e-5).all()


@pytest.mark.parametrize(
    ("rows", "given_settings", "error", "said"),
    [
        (np.zeros((0, 3)), {"k": 2}, CorpusError, "found none"),
        (np.zeros((4, 3)), {"k": 2}, CorpusError, "none of 4 documents has a direction: no"),
        (np.eye(3), {"k": 4}, ConfigurationError, "k: expected at most 3 clusters.*found 4"),
        (
            [[1.0, np.nan], [1, 2]],
            {"k": 1},
            ValueError,
            "row 0: expected finite",
        ),
        ([[1.0, 1], [np.inf, 2]], {"k": 1}, ValueError, "row 1"),
        ([1.0, 2.0], {"k": 1}, ValueError, r"a row of numbers for each document.*shape \[2\]"),
        (np.zeros((3, 0)), {"k": 1}, ValueError, "a row of numbers"),
        ([["a"]], {"k": 1}, ValueError, "a row of numbers"),
        (np.eye(3), {"k": 0}, ConfigurationError, "k: expected a whole number from 1, found 0"),
        (np.eye(3), {"k": True}, ConfigurationError, "k: expected a whole number"),
        (np.eye(3), {"method": "dbscan"}, ConfigurationError, "method: expected one of kmeans"),
        (np.eye(3), {"method": "hdbscan", "k": 2}, ConfigurationError, "k: HDBSCAN finds"),
        (np.eye(3), {"k": 2, "min_size": 4}, ConfigurationError, "min_size: only HDBSCAN"),
        (np.eye(3), {"n_init": None}, ConfigurationError, "n_init: expected"),
    ],
)
def test_bad_input_is_named(rows: Any, given_settings: Any, error: Any, said: str) -> None:
    with pytest.raises(error, match=said):
        cluster(rows, **given_settings)


def test_all_wrong_settings_are_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as told:
        cluster(np.eye(3), k=-1, method="means", n_init=0, min_size=1)  # type: ignore[arg-type]
    assert {p.split(":")[0] for p in told.value.problems} == {"k", "method", "n_init", "min_size"}


@pytest.mark.parametrize("method", ["agglomerative", "hdbscan"])
def test_too_many_rows_for_a_method_are_refused(
    method: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(module.MOST, method, 50)
    rows, _ = blobs()
    with pytest.raises(ConfigurationError, match="at most 50; there are 80. Use kmeans"):
        cluster(rows, k=None if method == "hdbscan" else 3, method=method)


def test_other_rows_must_be_of_the_same_space() -> None:
    rows, _ = blobs()
    found = cluster(rows, k=3)
    with pytest.raises(ValueError, match="expected rows of 7 numbers, found 2"):
        found.predict([[1.0, 2.0]])
    with pytest.raises(ValueError, match="as many rows as labels, 80, not 2"):
        found.closeness(rows[:2])


def test_nearest_is_by_distance_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_rows, "_BLOCK", 7)
    rng = np.random.default_rng(3)
    rows, centres = rng.normal(size=(50, 4)).astype(np.float32), rng.normal(size=(6, 4))
    centres = centres.astype(np.float32)
    slow = ((normalize(rows)[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
    told: list[int] = []
    found = nearest(centres, rows, progress=lambda done, _: told.append(done))
    assert np.array_equal(found, slow)
    assert told == [*range(7, 50, 7), 50]
