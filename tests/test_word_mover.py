"""Word Mover's Distance: against a linear programme, its bounds, and what it is of two texts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from reference.guarded import Guard
from wordgraft import WordVectors
from wordgraft.embeddings.errors import ConfigurationError, DocumentError
from wordgraft.embeddings.kernels.transport import least_cost, transport_scratch
from wordgraft.embeddings.subwords import Subwords
from wordgraft.models.documents import word_mover as module
from wordgraft.models.documents.word_mover import WordMover, word_mover_distance

WORDS = [f"w{n}" for n in range(12)]
TEXTS = st.lists(st.sampled_from([*WORDS, "unknown"]), max_size=9)


@pytest.fixture(scope="module")
def vectors() -> WordVectors:
    rows = np.random.default_rng(1).standard_normal((len(WORDS), 4))
    rows[-1] = 0.0
    counts = np.arange(len(WORDS), 0, -1) ** 4
    return WordVectors(WORDS, rows, counts=counts, tokenizer={"name": "whitespace"})


def programme(costs: np.ndarray, supply: np.ndarray, demand: np.ndarray) -> float:
    """Return the least cost as a linear programme."""
    n, m = costs.shape
    leaves = np.kron(np.eye(n), np.ones(m))
    comes = np.kron(np.ones(n), np.eye(m))
    found = linprog(
        costs.ravel(), A_eq=np.vstack([leaves, comes]), b_eq=np.concatenate([supply, demand]),
        method="highs",
    )  # fmt: skip
    assert found.status == 0
    return float(found.fun)


def masses(text: list[str], vectors: WordVectors, kind: str) -> dict[str, float]:
    known = [word for word in text if word in vectors]
    shares = vectors.counts / vectors.counts.sum()
    own = {
        word: known.count(word)
        * (1.0 if kind == "count" else 1e-3 / (1e-3 + shares[vectors.get_index(word)]))
        for word in dict.fromkeys(known)
    }
    return {word: mass / sum(own.values()) for word, mass in own.items()}


def slow(
    first: list[str], second: list[str], vectors: WordVectors, *, kind: str, normalize: bool
) -> tuple[float, float]:
    """Return distance and bound of two texts, as the paper writes them."""
    left, right = masses(first, vectors, kind), masses(second, vectors, kind)
    if not left or not right:
        return np.inf, np.inf

    def row(word: str) -> np.ndarray:
        found = vectors[word].astype(float)
        length = np.linalg.norm(found)
        return found / length if normalize and length else found

    costs = np.array([[np.linalg.norm(row(a) - row(b)) for b in right] for a in left])
    a, b = np.array(list(left.values())), np.array(list(right.values()))
    bound = max(a @ costs.min(axis=1), b @ costs.min(axis=0))
    return programme(costs, a, b), bound


# --- the solver --------------------------------------------------------------------------------


@given(
    n=st.integers(1, 9), m=st.integers(1, 9), seed=st.integers(0, 10**6),
    kind=st.sampled_from(["plane", "ties", "zeros"]),
)  # fmt: skip
def test_the_least_cost_is_that_of_a_linear_programme(n: int, m: int, seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    if kind == "plane":
        costs = np.linalg.norm(rng.random((n, 1, 2)) - rng.random((1, m, 2)), axis=2)
    else:
        costs = rng.integers(0, 4, (n, m)).astype(float) * (kind == "ties")
    supply, demand = np.zeros(n, np.int64), np.zeros(m, np.int64)
    np.add.at(supply, rng.integers(0, n, 40), 1)
    np.add.at(demand, rng.integers(0, m, 40), 1)
    guard = Guard()
    x = guard.arrays(transport_scratch(n, m))
    left, wanted = guard.array(supply), guard.array(demand)
    exact = programme(costs, supply, demand)
    found = least_cost(guard.array(costs), left, wanted, np.inf, x)
    assert found == pytest.approx(exact, rel=1e-9, abs=1e-9)
    flow = x.flow.reshape(n, m)
    assert flow.min() >= 0
    np.testing.assert_array_equal(flow.sum(axis=1), supply)
    np.testing.assert_array_equal(flow.sum(axis=0), demand)
    np.testing.assert_array_equal(left, supply)
    np.testing.assert_array_equal(wanted, demand)
    assert least_cost(costs, left, wanted, exact + 1e-6, x) == found
    assert least_cost(costs, left, wanted, exact - 1e-6, x) in (found, np.inf)
    assert guard.broken() == []


# --- texts -------------------------------------------------------------------------------------


@given(
    query=st.lists(st.sampled_from(WORDS), min_size=1, max_size=9),
    texts=st.lists(TEXTS, min_size=1, max_size=5),
    kind=st.sampled_from(["count", "sif"]),
    normalize=st.booleans(),
    part=st.sampled_from([2, 256]),
)
def test_distances_and_bounds_are_those_of_the_paper(
    vectors: WordVectors,
    query: list[str],
    texts: list[list[str]],
    kind: Any,
    normalize: bool,
    part: int,
) -> None:
    mover = WordMover(texts, vectors, masses=kind, normalize=normalize)
    expected = [slow(query, text, vectors, kind=kind, normalize=normalize) for text in texts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_WORDS", part)
        patch.setattr(module, "_BLOCK", part)
        bounds, distances = mover.bounds(query), mover.distances(query)
    np.testing.assert_allclose(distances, [one[0] for one in expected], atol=1e-6)
    np.testing.assert_allclose(bounds, [one[1] for one in expected], atol=1e-5)
    finite = np.isfinite(distances)
    assert (bounds[finite] <= distances[finite] + 1e-5).all()
    assert mover.empty == int((~finite).sum())


def test_the_nearest_are_found_without_solving_all(vectors: WordVectors) -> None:
    rng = np.random.default_rng(3)
    texts = [rng.choice(WORDS, rng.integers(1, 9)).tolist() for _ in range(200)] + [["unknown"], []]
    mover = WordMover(texts, vectors, ids=[f"d{n}" for n in range(202)])
    for query in texts[:8]:
        distances = mover.distances(query)
        answer = mover.nearest(query, topn=7)
        order = np.lexsort((np.arange(202), distances.round(9)))[:7]
        assert [round(one.distance, 9) for one in answer.neighbours] == distances[order].round(
            9
        ).tolist()
        assert {one.row for one in answer.neighbours} <= set(
            np.flatnonzero(distances <= distances[order[-1]] + 1e-9).tolist()
        )
        assert answer.exact
        assert 7 <= answer.solved < 120
    relaxed = mover.nearest(texts[0], topn=3, exact=False)
    bounds = mover.bounds(texts[0])
    assert (relaxed.exact, relaxed.solved) == (False, 0)
    assert [one.distance for one in relaxed.neighbours] == np.sort(bounds)[:3].tolist()
    assert len(mover.nearest(texts[0], topn=1000).neighbours) == 200
    assert mover.nearest(texts[5], topn=1).neighbours[0].distance == 0.0


def test_two_texts(vectors: WordVectors) -> None:
    def between(first: str, second: str) -> float:
        return word_mover_distance(first, second, vectors)

    assert between("w1 w2", "w2 w1") == 0.0
    assert between("w1 w2", "w3") == pytest.approx(between("w3", "w1 w2"))
    assert between("w1", "w3") <= between("w1", "w2") + between("w2", "w3") + 1e-9
    assert between("w1", "unknown") == np.inf
    with pytest.raises(DocumentError, match="no word of the query has a vector"):
        between("unknown", "w1")


def test_long_texts_are_solved(vectors: WordVectors) -> None:
    words = [f"n{n}" for n in range(300)]
    wv = WordVectors(words, np.random.default_rng(5).standard_normal((300, 8)))
    rng = np.random.default_rng(6)
    first, second = rng.choice(words, 200).tolist(), rng.choice(words, 150).tolist()
    exact, _ = slow(first, second, wv_counted(wv), kind="count", normalize=True)
    assert word_mover_distance(first, second, wv) == pytest.approx(exact, abs=1e-7)


def wv_counted(vectors: WordVectors) -> WordVectors:
    ones = np.ones(len(vectors), np.int64)
    return WordVectors(vectors.index_to_key, vectors.vectors, counts=ones)


def test_unknown_words_take_part_by_their_ngrams() -> None:
    table = np.random.default_rng(2).standard_normal((500, 5)).astype(np.float32)
    parts = Subwords(3, 4, 500, table)
    wv = WordVectors(["playing", "song"], parts.vectors(["playing", "song"]), subwords=parts)
    cosine = wv.similarity("replaying", "playing")
    distance = word_mover_distance(["replaying"], ["playing"], wv)
    assert distance == pytest.approx(np.sqrt(2 - 2 * cosine), abs=1e-5)
    assert word_mover_distance(["replaying", "song"], ["song", "replaying"], wv) == 0.0


def test_wrong_settings_are_told_at_once(vectors: WordVectors) -> None:
    with pytest.raises(ConfigurationError) as told:
        WordMover(["w1"], vectors, ids=["a", "b"], masses="idf")  # type: ignore[arg-type]
    assert [problem.split(",")[0] for problem in told.value.problems] == [
        "masses: expected 'count' or 'sif'",
        "expected a name for each of 1 documents",
    ]
    with pytest.raises(DocumentError, match="expected documents to search among, found none"):
        WordMover([], vectors)
    with pytest.raises(TypeError, match="found the single str"):
        WordMover("w1", vectors)
    with pytest.raises(ConfigurationError, match="topn must be a whole number from 1"):
        WordMover(["w1"], vectors).nearest("w1", topn=0)
