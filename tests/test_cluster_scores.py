"""Scores of clusters: by hand, and as scikit-learn has them; numbers of clusters; trees."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn import metrics

from reference.blobs import blobs
from wordgraft.embeddings.errors import ConfigurationError, CorpusError, LabelledDataError
from wordgraft.models.clusters.clustering import cluster
from wordgraft.models.clusters.count import Tried, _best, choose_k
from wordgraft.models.clusters.scores import agreement, silhouette
from wordgraft.models.clusters.tree import cluster_tree

FOUND = np.array([0, 0, 0, 0, 1, 1, 1, 2, -1, -1])
TRUTH = ["a", "a", "a", "b", "b", "b", "c", "c", "c", None]


def test_scores_by_hand_and_by_scikit_learn() -> None:
    got = agreement(FOUND, TRUTH)
    assert (got.documents, got.unlabelled, got.clusters, got.classes) == (9, 1, 4, 3)
    assert got.purity == pytest.approx((3 + 2 + 1 + 1) / 9)
    truth, found = TRUTH[:9], FOUND[:9]
    assert got.nmi == pytest.approx(metrics.normalized_mutual_info_score(truth, found))
    assert got.ari == pytest.approx(metrics.adjusted_rand_score(truth, found))
    assert got.v_measure == pytest.approx(metrics.v_measure_score(truth, found))
    assert got.homogeneity == pytest.approx(metrics.homogeneity_score(truth, found))
    assert got.completeness == pytest.approx(metrics.completeness_score(truth, found))


def test_the_labels_themselves_score_one_and_one_cluster_none() -> None:
    same = agreement([5, 5, 7, 8], ["x", "x", "y", "z"])
    assert (same.nmi, same.ari, same.purity) == pytest.approx((1.0, 1.0, 1.0))
    one = agreement([0] * 4, [1, 1, 2, 3])
    assert (one.nmi, one.ari, one.purity) == pytest.approx((0.0, 0.0, 0.5))


@pytest.mark.parametrize(
    ("labels", "truth", "said"),
    [
        ([0, 1], ["a"], "a label for each document, found 2 documents and 1 labels"),
        ([0, 1], [None, None], "none of 2 documents has a label"),
        ([], [], "none of 0 documents"),
    ],
)
def test_labels_must_be_there_and_of_the_same_length(labels: Any, truth: Any, said: str) -> None:
    with pytest.raises(LabelledDataError, match=said):
        agreement(labels, truth)


def test_silhouettes_are_those_of_scikit_learn() -> None:
    rows, truth = blobs()
    labels = truth.copy()
    labels[:5] = -1
    got = silhouette(rows, labels)
    each = metrics.silhouette_samples(rows[5:], labels[5:], metric="cosine")
    assert got.rows == 75
    assert got.mean == pytest.approx(each.mean(), abs=1e-5)
    for number in range(3):
        mean = each[labels[5:] == number].mean()
        assert got.by_cluster[number] == pytest.approx(mean, abs=1e-5)
    sampled = silhouette(rows, labels, sample=30, seed=1)
    assert sampled.rows == 30
    assert sampled.mean == pytest.approx(got.mean, abs=0.1)


@pytest.mark.parametrize("labels", [[0, 0, 0], [-1, -1, -1], [0, 1, 2], [0, 1, -1]])
def test_silhouettes_that_are_not_defined_are_none(labels: list[int]) -> None:
    got = silhouette(np.eye(3, dtype=np.float32), np.array(labels))
    assert got.mean is None
    assert got.by_cluster == (None,) * (max(labels) + 1)


# --- how many ----------------------------------------------------------------------------------


@pytest.mark.parametrize("criterion", ["silhouette", "stability"])
def test_the_number_of_clusters_is_found(criterion: Any) -> None:
    rows, _ = blobs((30, 30, 30, 30), width=9)
    told: list[tuple[int, int]] = []
    got = choose_k(
        rows, ks=(2, 3, 4, 5, 7), criterion=criterion, progress=lambda *s: told.append(s)
    )
    assert (got.k, got.rows, got.criterion) == (4, 120, criterion)
    assert [one.k for one in got.tried] == [2, 3, 4, 5, 7]
    assert told == [(n, 5) for n in range(1, 6)]
    assert all((one.stability is None) == (criterion == "silhouette") for one in got.tried)


def test_of_numbers_about_as_stable_the_largest_is_taken() -> None:
    tried = [Tried(2, 0.5, 1.0), Tried(4, 0.4, 0.96), Tried(5, 0.6, 0.9)]
    assert _best(tried, "stability") == 4
    assert _best(tried, "silhouette") == 5


def test_too_few_rows_are_one_cluster() -> None:
    assert choose_k(np.eye(3)).k == 1
    assert choose_k(np.ones((50, 2))).k == 1  # all alike
    assert choose_k(np.eye(40), ks=(60,)).tried == ()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ks": (1, 2)}, "ks: expected numbers of clusters from 2"),
        ({"ks": ()}, "ks: expected"),
        ({"criterion": "gap"}, "criterion: expected silhouette or stability, found 'gap'"),
        ({"sample": 3}, "sample: expected at least 10"),
    ],
)
def test_numbers_that_can_not_be_tried(settings: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        choose_k(np.eye(9), **settings)
    with pytest.raises(CorpusError, match="found none"):
        choose_k(np.zeros((4, 2)))


# --- clusters of clusters ----------------------------------------------------------------------


def test_the_tree_joins_what_is_alike_first() -> None:
    rng = np.random.default_rng(0)
    base = np.repeat(np.eye(6)[:3], 3, axis=0)
    centres = (base + rng.normal(0, 0.1, base.shape)).astype(np.float32)
    sizes = np.arange(9, 0, -1)
    tree = cluster_tree(centres, sizes)
    assert sorted(tree.order) == list(range(9))
    assert len(tree.merges) == 8
    assert tree.merges[-1].documents == sizes.sum()
    heights = [merge.height for merge in tree.merges]
    assert heights == sorted(heights)
    peer = linkage(centres.astype(np.float64), "average", metric="cosine")
    assert np.allclose(heights, peer[:, 2], atol=1e-6)
    assert {frozenset(group) for group in tree.groups(3)} == {
        frozenset((0, 1, 2)), frozenset((3, 4, 5)), frozenset((6, 7, 8)),
    }  # fmt: skip
    for count in range(1, 10):
        member = fcluster(peer, count, "maxclust")
        theirs = {frozenset(np.flatnonzero(member == m).tolist()) for m in set(member.tolist())}
        assert {frozenset(group) for group in tree.groups(count)} == theirs
    assert [c for group in tree.groups(4) for c in group] == list(tree.order)


def test_one_cluster_is_a_tree_too() -> None:
    found = cluster(np.ones((3, 2)), k=1)
    tree = cluster_tree(found.centres, found.sizes)
    assert (tree.merges, tree.order, tree.groups(1)) == ((), (0,), ((0,),))
    with pytest.raises(ConfigurationError, match="groups: expected 1 to 1, found 2"):
        tree.groups(2)
