"""Names of clusters: words that stand out, without a list of those that don't."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wordgraft.models.clusters.clustering import Clustering, cluster
from wordgraft.models.clusters.names import (
    cluster_terms,
    name_clusters,
    nearest_words,
    typical_documents,
)
from wordgraft.models.clusters.words import count_cluster_words

TEXTS = [
    "the rain and the storm", "rain, rain, rain, and fog in the night", "a storm and the rain!",
    "the striker and the goal", "a goal in the match", "the match and its striker's goal",
    "the the the", "",
]  # fmt: skip
LABELS = np.array([0, 0, 0, 1, 1, 1, -1, -1])


def words(labels: np.ndarray = LABELS, **settings: object) -> list[list[str]]:
    counts = count_cluster_words(TEXTS, labels, clusters=int(labels.max()) + 1)
    return [[term.word for term in one] for one in cluster_terms(counts, **settings)]  # type: ignore[arg-type]


def test_documents_are_counted_not_words() -> None:
    counts = count_cluster_words(TEXTS, LABELS, clusters=2)
    by_word = dict(zip(counts.words, counts.documents.toarray().T.tolist(), strict=True))
    assert by_word["rain"] == [3, 0]
    assert by_word["the"] == [3, 3]
    assert by_word["goal"] == [0, 3]
    assert counts.sizes.tolist() == [3, 3]


def test_counts_in_blocks_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = count_cluster_words(TEXTS, LABELS, clusters=2)
    monkeypatch.setattr("wordgraft.models.clusters.words._CHARACTERS", 30)
    parts = count_cluster_words(TEXTS, LABELS, clusters=2)
    assert parts.words == whole.words
    assert (parts.documents != whole.documents).nnz == 0


def test_words_of_all_clusters_have_no_weight() -> None:
    weather, football = words()
    assert weather[:2] == ["rain", "storm"]
    assert football[0] == "goal"
    assert {"the", "and", "a", "in"} & {*weather[:3], *football[:4]} == set()
    assert "the" not in {*weather, *football}


def test_a_weight_by_hand() -> None:
    counts = count_cluster_words(TEXTS, LABELS, clusters=2)
    storm = next(term for term in cluster_terms(counts)[0] if term.word == "storm")
    assert storm.documents == 2
    mean = counts.documents.sum() / 2
    assert storm.weight == pytest.approx(2 / 3 * math.log(1 + mean / 2))  # it is in one cluster
    half = count_cluster_words(["xx yy", "xx zz", "yy", "zz"], np.array([0, 0, 1, 1]), clusters=2)
    first = cluster_terms(half)[0]
    assert [term.word for term in first] == ["xx"]


def test_the_function_words_of_any_language_fall_out() -> None:
    texts = ["der hund und die katze", "die katze und der napf", "der zug und die bahn",
             "die bahn und der fahrplan"]  # fmt: skip
    counts = count_cluster_words(texts, np.array([0, 0, 1, 1]), clusters=2)
    found = [{term.word for term in one} for one in cluster_terms(counts)]
    assert found == [{"hund", "katze", "napf"}, {"zug", "bahn", "fahrplan"}]


def test_what_tells_nothing_is_left_out() -> None:
    texts = ["39 x film films film's post@box.org r2d2 天 tory tories", "dull day"]
    counts = count_cluster_words(
        [texts[0].split(), texts[1].split()], np.array([0, 1]), clusters=2, tokenizer="whitespace"
    )
    found = {term.word for term in cluster_terms(counts)[0]}
    assert found & {"39", "x", "post@box.org"} == set()
    assert {"r2d2", "天"} <= found
    assert len(found & {"film", "films", "film's"}) == 1
    assert len(found & {"tory", "tories"}) == 1


def test_stop_words_may_be_given_and_terms_limited() -> None:
    assert "rain" not in words(stop_words=("Rain",))[0]
    assert [len(one) for one in words(terms=1)] == [1, 1]


def test_one_cluster_has_its_frequent_words() -> None:
    (found,) = words(np.array([0] * 7 + [-1]))
    assert "the" in found


def test_words_near_the_centres() -> None:
    centres = np.array([[0.5, 0.0], [0.0, 0.2]], np.float32)
    names = ["sun", "suns", "goal", "nothing", "both"]
    rows = np.array([[2, 0], [3, 0.1], [0, 1], [0, 0], [1, 1]], np.float32)
    first, second = nearest_words(centres, names, rows, terms=2)
    assert first == (("sun", 1.0), ("both", pytest.approx(0.7071, abs=1e-4)))
    assert [word for word, _ in second] == ["goal", "both"]


def test_typical_documents_are_the_nearest_and_say_different_things() -> None:
    rows = np.array([[1, 0], [1, 0.5], [1, 0.01], [1, -0.6], [0, 1], [0, 1]], np.float32)
    found = cluster(rows, k=2)
    texts = ["One  thing", "b", "one thing", "c", "d", "e"]
    both = typical_documents(rows, found, count=2)
    assert both[0][0] in (0, 2)
    assert set(both[0]) == {0, 2}
    told = typical_documents(rows, found, count=3, texts=texts)
    assert len(told[0]) == 3
    assert len({0, 2} & set(told[0])) == 1
    assert sorted(told[1]) == [4, 5]


def test_a_cluster_without_words_has_a_title() -> None:
    found = Clustering(
        np.array([0, 0]), np.eye(1, 2, dtype=np.float32), np.array([2]), np.zeros(2, bool), "kmeans"
    )
    (name,) = name_clusters(["1 2", "3 4"], found)
    assert (name.title, str(name), name.terms) == ("(no words)", "(no words)", ())
