"""Nearest documents: against plain NumPy and scikit-learn, through a graph, beside words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from wordgraft import WordVectors
from wordgraft.embeddings.errors import ConfigurationError, DocumentError, StaleIndexError
from wordgraft.models.documents import near_duplicates as duplicates_module
from wordgraft.models.documents.nearest import DocumentIndex, pairwise_similarity
from wordgraft.models.documents.vectorizer import DocumentVectorizer

WORDS = ["sun", "rain", "wind", "goal", "team", "bank", "rate"]
TEXTS = ["sun and rain", "rain rain wind", "team goal goal", "bank rate", "xyzzy", "goal team"]


def rows(count: int, width: int = 8, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)


@pytest.fixture(scope="module")
def index() -> DocumentIndex:
    vectors = rows(300)
    vectors[[7, 50]] = 0.0
    return DocumentIndex(vectors, ids=[f"d{n}" for n in range(300)])


@pytest.fixture(scope="module")
def vectorizer() -> DocumentVectorizer:
    words = WordVectors(WORDS, rows(len(WORDS), 6), tokenizer={"name": "default"})
    return DocumentVectorizer(words, weighting="mean").fit(TEXTS)


# --- neighbours --------------------------------------------------------------------------------


def test_neighbours_are_scikit_learns(index: DocumentIndex) -> None:
    there = np.flatnonzero(index.vectors.any(axis=1))
    peer = NearestNeighbors(metric="cosine", algorithm="brute").fit(index.vectors[there])
    queries = rows(40, seed=2)
    distances, found = peer.kneighbors(queries, n_neighbors=5)
    answers = index.nearest(queries, topn=5)
    for answer, near, far in zip(answers, there[found], distances, strict=True):
        assert [one.row for one in answer] == near.tolist()
        assert [one.id for one in answer] == [f"d{row}" for row in near]
        np.testing.assert_allclose([one.similarity for one in answer], 1 - far, atol=1e-6)


def test_documents_are_not_their_own_neighbours(index: DocumentIndex) -> None:
    some = index.neighbours([3, 7, 3], topn=4)
    assert some[0] == some[2] == index.neighbours(topn=4)[3]
    assert some[1] == []
    beside = index.nearest(index.vectors[3], topn=5)[0]
    assert (beside[0].row, beside[1:]) == (3, some[0])
    assert len(index.neighbours([0], topn=1000)[0]) == 297
    assert index.neighbours([]) == []
    assert (index.empty, len(index)) == (2, 300)
    with pytest.raises(IndexError, match="expected numbers of documents from 0 to 299, found 300"):
        index.neighbours([300])


def test_through_a_graph_it_is_the_same(tmp_path: Path) -> None:
    vectors = rows(800, 12)
    vectors[5] = 0.0
    plain, through = DocumentIndex(vectors), DocumentIndex(vectors)
    with pytest.raises(ConfigurationError, match="call build first"):
        through.save_graph(tmp_path / "g")
    through.build(workers=1)
    queries = rows(30, 12, seed=3)
    found, exact = through.nearest(queries), plain.nearest(queries)
    shared = [len(set(a) & set(b)) for a, b in zip(found, exact, strict=True)]
    assert np.mean(shared) > 9.5  # of 10; what is found has exact scores
    assert through.neighbours([9], topn=3)[0][0] == plain.neighbours([9], topn=1)[0][0]
    through.save_graph(tmp_path / "documents.usearch")
    again = DocumentIndex(vectors)
    again.open_graph(tmp_path / "documents.usearch")
    assert again.nearest(queries) == found
    with pytest.raises(StaleIndexError):
        DocumentIndex(rows(800, 12, seed=9)).open_graph(tmp_path / "documents.usearch")


def test_one_document_and_identical_documents() -> None:
    alone = DocumentIndex([[1.0, 2.0]])
    assert [one.row for one in alone.nearest(np.array([1.0, 2.0]))[0]] == [0]
    assert alone.neighbours() == [[]]
    same = DocumentIndex(np.ones((4, 3)))
    assert [one.row for one in same.nearest(np.ones(3), topn=3)[0]] == [0, 1, 2]
    assert [one.row for one in same.neighbours([1])[0]] == [0, 2, 3]


def test_the_vectors_given_are_kept_and_left_alone() -> None:
    mine = rows(5)
    index = DocumentIndex(mine)
    assert np.shares_memory(index.vectors, mine)
    assert mine.flags.writeable
    assert not index.vectors.flags.writeable


# --- words beside documents --------------------------------------------------------------------


def test_texts_and_words_are_queries(vectorizer: DocumentVectorizer) -> None:
    rows = vectorizer.transform(TEXTS)
    index = DocumentIndex(rows, ids=list("abcdef"), vectorizer=vectorizer)
    assert index.empty == 1
    assert [one.id for one in index.nearest("team goal", topn=1)[0]] == ["f"]
    assert index.nearest("rain", topn=3) == index.nearest([["rain"]], topn=3)
    best = index.nearest(["rain", "bank rate"], topn=1)
    assert [answer[0].id for answer in best] == ["b", "d"]
    near = index.nearest_words("bank", topn=2)[0]
    assert near[0].word == "bank"
    assert near[0].similarity == pytest.approx(1.0, abs=1e-6)
    (other,) = vectorizer.vectors.most_similar("bank", topn=1)
    assert near[1].word == other.word
    assert near[1].similarity == pytest.approx(other.similarity, abs=1e-6)
    words = index.nearest_words(index.vectors[:2], topn=len(WORDS), restrict_vocab=3)
    assert [sorted(one.word for one in answer) for answer in words] == [["rain", "sun", "wind"]] * 2


def test_any_transformer_makes_documents() -> None:
    dense = FunctionTransformer(lambda found: found.toarray().astype(np.float32))
    maker = make_pipeline(TfidfVectorizer(), dense)
    index = DocumentIndex(maker.fit_transform(TEXTS), vectorizer=maker)
    assert index.nearest("bank")[0][0].row == 3
    with pytest.raises(ConfigurationError, match="fitted DocumentVectorizer"):
        index.nearest_words("bank")


# --- near duplicates ---------------------------------------------------------------------------


def groups_of(vectors: np.ndarray, threshold: float) -> list[list[int]]:
    """Return groups as their definition says, pair by pair."""
    units = [row / np.linalg.norm(row) if row.any() else row for row in vectors.astype(float)]
    group = list(range(len(vectors)))
    for i in range(len(vectors)):
        for j in range(i):
            if units[i] @ units[j] >= threshold - 1e-6 and vectors[i].any() and vectors[j].any():
                old, new = group[i], group[j]
                group = [new if label == old else label for label in group]
    found = [[i for i, label in enumerate(group) if label == name] for name in set(group)]
    return sorted((g for g in found if len(g) > 1), key=lambda g: (-len(g), g[0]))


@given(
    data=st.lists(st.tuples(*[st.sampled_from([-2, -1, 0, 0, 1, 3])] * 3), min_size=1, max_size=24),
    threshold=st.sampled_from([0.5, 0.9, 0.98, 1.0]),
    block=st.sampled_from([2, 5, 100]),
)
def test_groups_are_those_of_the_definition(
    data: list[tuple[int, ...]], threshold: float, block: int
) -> None:
    vectors = np.array(data, np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates_module, "_BLOCK", block)
        patch.setattr(duplicates_module, "_PAIRS", block)
        found = DocumentIndex(vectors).near_duplicates(threshold)
    expected = groups_of(vectors, threshold)
    assert [list(group.rows) for group in found.groups] == expected
    assert found.repeated == sum(len(group) - 1 for group in expected)
    assert found.empty == int((~vectors.any(axis=1)).sum())
    for group in found.groups:
        table = pairwise_similarity(vectors[list(group.rows)])
        assert group.similarity == pytest.approx(table[0].min(), abs=1e-6)


def test_duplicates_through_a_graph() -> None:
    vectors = rows(300, 16)
    vectors[100:160] = vectors[7] + 0.01 * rows(60, 16, seed=4)  # more than are asked for at first
    vectors[200] = vectors[201] = vectors[3]
    plain, through = DocumentIndex(vectors), DocumentIndex(vectors)
    through.build(workers=1)
    exact, found = plain.near_duplicates(), through.near_duplicates()
    assert [group.rows for group in found.groups] == [group.rows for group in exact.groups]
    assert [len(group.rows) for group in exact.groups] == [61, 3]
    assert (exact.exact, found.exact) == (True, False)
    assert exact.groups[1].ids == ("3", "200", "201")


def test_two_crowds_that_are_near_each_other_are_one_group() -> None:
    """All neighbours that are asked for at first are of a document's own crowd."""
    first = np.zeros(16, np.float32)
    first[0] = 1.0
    second = first.copy()
    second[1] = 0.28  # a cosine of .963 with the first
    noise = 0.001 * rows(80, 16, seed=5)
    index = DocumentIndex(np.concatenate([first + noise[:40], second + noise[40:]]))
    index.build(workers=1)
    (group,) = index.near_duplicates(0.95).groups
    assert group.rows == tuple(range(80))


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.1, float("nan")])
def test_a_threshold_is_a_cosine(index: DocumentIndex, threshold: float) -> None:
    with pytest.raises(ConfigurationError, match="threshold: expected a cosine above 0, at most 1"):
        index.near_duplicates(threshold)


# --- pairs -------------------------------------------------------------------------------------


def test_pairwise_similarity_is_the_cosine_of_rows() -> None:
    first, second = rows(6), rows(4, seed=2)
    second[1] = 0.0
    found = pairwise_similarity(first, second)
    assert found.dtype == np.float32
    for i in range(6):
        for j in (0, 2, 3):
            exact = first[i] @ second[j] / np.linalg.norm(first[i]) / np.linalg.norm(second[j])
            assert found[i, j] == pytest.approx(exact, abs=1e-6)
    assert not found[:, 1].any()
    own = pairwise_similarity(first)
    np.testing.assert_allclose(np.diag(own), 1.0, atol=1e-6)
    assert own.max() <= 1.0
    with pytest.raises(ConfigurationError, match="rows of one length, found 8 and 3"):
        pairwise_similarity(first, rows(2, 3))


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vectors", "ids", "error", "said"),
    [
        (np.empty((0, 3)), None, DocumentError, "expected documents to search among, found none"),
        ([], None, DocumentError, "found none"),
        ([[1, 2], [3]], None, ConfigurationError, "expected rows of numbers"),
        ([1.0, 2.0], None, ConfigurationError, r"a row of numbers for each document, found shape"),
        (np.ones((2, 0)), None, ConfigurationError, r"found shape \[2, 0\]"),
        ([[1, 2]], ["a", "b"], ConfigurationError, "a name for each of 1 documents, found 2"),
        ([[1, 2], [1, np.nan]], ["a", "b"], DocumentError, r"document 'b' \(row 1\) has NaN"),
        ([[1, np.inf]], None, DocumentError, "row 0"),
    ],
)
def test_bad_documents(vectors: Any, ids: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        DocumentIndex(vectors, ids=ids)


def test_bad_queries(index: DocumentIndex, vectorizer: DocumentVectorizer) -> None:
    with pytest.raises(DocumentError, match=r"1 of 2 queries have no direction .*\(query 1,"):
        index.nearest(np.array([[1.0] * 8, [0.0] * 8]))
    with pytest.raises(DocumentError, match="query 0"):
        index.nearest(np.full(8, np.nan))
    with pytest.raises(ConfigurationError, match="expected vectors of 8 numbers"):
        index.nearest(np.ones(3))
    with pytest.raises(ConfigurationError, match="only where the vectoriser is known"):
        index.nearest("sun")
    for topn in (0, 1.5):
        with pytest.raises(ConfigurationError, match="topn must be a whole number from 1"):
            index.nearest(np.ones(8), topn=topn)  # type: ignore[arg-type]
    known = DocumentIndex(vectorizer.transform(TEXTS), vectorizer=vectorizer)
    with pytest.raises(DocumentError, match="1 of 1 queries"):
        known.nearest("xyzzy plugh")
    with pytest.raises(ConfigurationError, match="restrict_vocab must be at least 1"):
        known.nearest_words("sun", restrict_vocab=0)
    assert known.nearest([]) == []
