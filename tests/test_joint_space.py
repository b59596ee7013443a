"""The space that pretrained vectors and a collection share."""

import numpy as np
import pytest
import scipy.sparse as sp

from wordgraft.models.documents import joint_space as module
from wordgraft.models.documents.joint_space import joint_space

WORDS = 60  # 0-19 of the first topic, 20-39 of the second, 40-58 of both; 59 of no document
COMMON = range(40, 59)


def _collection(texts=200, seed=0, words=30):
    """Return counts of documents of two topics, and their topics."""
    rng = np.random.default_rng(seed)
    topics = np.arange(texts) % 2
    counts = np.zeros((texts, WORDS), np.float32)
    for row, topic in zip(counts, topics, strict=True):
        own = rng.integers(20 * topic, 20 * topic + 20, words // 3)
        np.add.at(row, own, 1)
        np.add.at(row, rng.integers(40, 59, words - len(own)), 1)
    return sp.csr_array(counts), topics


def _vectors(seed=0, size=8):
    """Return vectors that know the topics a little; the last word is one of the first topic."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((WORDS, size)).astype(np.float32)
    rows[:20, 0] += 2
    rows[20:40, 0] -= 2
    rows[59] = rows[:20].mean(axis=0)
    return rows


def test_topics_stand_apart():
    counts, topics = _collection()
    found = joint_space(counts, _vectors()).documents(counts)
    middles = np.array([found[topics == t].mean(axis=0) for t in (0, 1)])
    assert (np.argmax(found @ middles.T, axis=1) == topics).all()
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_words_of_all_topics_count_little_without_any_list_of_them():
    counts, _ = _collection(texts=400)
    space = joint_space(counts, np.zeros((WORDS, 4), np.float32))
    idf = np.log(401 / (1 + (counts.toarray() > 0).sum(axis=0))) + 1
    topicality = space.weights / idf
    assert topicality[list(COMMON)].max() < topicality[:40].min() / 2


def test_rows_are_means_of_the_descriptions_of_documents():
    """A slow twin of what the module does, by dense products and an exact decomposition."""
    counts, _ = _collection()
    vectors = _vectors()
    space = joint_space(counts, vectors, dimensions=5)
    x = counts.toarray().astype(np.float64)
    found = (x > 0).sum(axis=0)
    weight = np.where((found >= 2) & (found <= 100), np.log(201 / (1 + found)) + 1, 0)
    for turn, power in enumerate(module.POWERS):
        if turn:
            weight = weight * np.linalg.norm(rows, axis=1)  # noqa: F821 - of the turn before
        with np.errstate(divide="ignore"):
            rows_of = np.where(x > 0, 1 + np.log(x), 0) * weight
        rows_of /= np.linalg.norm(rows_of, axis=1, keepdims=True)
        share = min(1.0, np.sqrt(module.EVIDENCE / x.sum()))
        left, values, _ = np.linalg.svd(rows_of, full_matrices=False)
        own = left[:, :5] * (values[:5] / values[0]) ** power
        parts = []
        for part, scale in ((rows_of @ vectors, share), (own, 1.0)):
            moved = part - part.mean(axis=0)
            parts.append(scale * moved / np.linalg.norm(moved, axis=1, keepdims=True))
        described = np.hstack(parts)
        described /= np.linalg.norm(described, axis=1, keepdims=True)
        rows = rows_of.T @ described / (rows_of.sum(axis=0) + 0.1)[:, None]
    # Signs of singular vectors are arbitrary: products between words are not.
    seen = found > 0
    np.testing.assert_allclose(
        (space.rows @ space.rows.T)[np.ix_(seen, seen)], (rows @ rows.T)[np.ix_(seen, seen)],
        atol=1e-2,
    )  # fmt: skip


def test_small_collections_lean_on_the_vectors():
    large, small = (joint_space(_collection(texts=n)[0], _vectors()).share for n in (2000, 40))
    assert small == 1.0
    assert large == pytest.approx(np.sqrt(module.EVIDENCE / 60_000), rel=1e-3)


def test_a_word_of_no_document_gets_what_its_vector_foretells():
    counts, topics = _collection(texts=400)
    space = joint_space(counts, _vectors())
    assert space.weights[59] > 0
    one = sp.csr_array(([1.0], ([0], [59])), shape=(1, WORDS))
    answer = space.documents(counts) @ space.documents(one)[0]
    assert answer[topics == 0].mean() > answer[topics == 1].mean() + 0.5


def test_a_word_of_no_document_without_a_vector_says_nothing():
    counts, _ = _collection()
    space = joint_space(counts, np.zeros((WORDS, 4), np.float32))
    assert space.weights[59] == 0
    assert not space.rows[59].any()


def test_empty_documents_are_zeros_and_change_nothing():
    counts, _ = _collection()
    more = sp.vstack([counts, sp.csr_array((3, WORDS))]).tocsr()
    with_empty = joint_space(more, _vectors())
    np.testing.assert_array_equal(with_empty.rows, joint_space(counts, _vectors()).rows)
    assert not with_empty.documents(more)[-3:].any()


@pytest.mark.parametrize("texts", [2, 3, 5])
def test_few_documents(texts):
    counts, _ = _collection(texts=texts)
    found = joint_space(counts, _vectors()).documents(counts)
    assert found.shape == (texts, module.DIMENSIONS + 8)
    assert np.isfinite(found).all()


def test_documents_that_are_all_the_same_are_zeros_not_rounding():
    counts = sp.csr_array(np.tile(np.arange(1, 6, dtype=np.float32), (50, 1)))
    found = joint_space(counts, _vectors()[:5]).documents(counts)
    assert not found.any()


def test_a_seed_makes_it_the_same_again():
    counts, _ = _collection()
    first, again = (joint_space(counts, _vectors(), seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.rows, again.rows)


def test_large_collections_are_sampled(monkeypatch):
    monkeypatch.setattr(module, "MOST_TEXTS", 50)
    counts, _ = _collection()
    space = joint_space(counts, _vectors())
    assert space.texts == 50
    assert space.documents(counts).shape[0] == 200


def test_one_document_is_refused():
    counts, _ = _collection(texts=1)
    with pytest.raises(module.ConfigurationError, match=r"at least 2 documents.*found 1"):
        joint_space(counts, _vectors())


def test_other_words_are_refused():
    counts, _ = _collection()
    with pytest.raises(module.ConfigurationError, match=r"60 words counted, found 59"):
        joint_space(counts, _vectors()[:59])
