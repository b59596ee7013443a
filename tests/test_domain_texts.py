"""Texts of two domains: counts, ways of adapting, and vectors that go on learning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer

from reference.toy_domains import moved_blobs, reviews, texts, word
from wordgraft import DomainAdapter, Word2Vec, WordVectors
from wordgraft.embeddings.errors import ConfigurationError, DomainError, VectorFormatError
from wordgraft.models.domains.adapter import best
from wordgraft.models.domains.candidates import NONE, count_candidates, row_candidates
from wordgraft.models.domains.moments import CORAL
from wordgraft.models.domains.pipeline import AdaptedClassifier
from wordgraft.models.domains.reverse import ReverseScore
from wordgraft.models.domains.texts import WordCounts, text_candidates
from wordgraft.models.domains.vectors import continued_vectors

pytestmark = pytest.mark.usefixtures("one_thread")

SOURCE, LABELS, TARGET, TRUTH = texts(120)


def vectors() -> WordVectors:
    """Vectors whose first number tells praise from blame, for words of both domains."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(80, 6)).astype(np.float32) / 3
    for start, side in ((0, -1), (6, 1), (12, -1), (24, 1), (36, -1), (48, 1)):
        rows[start : start + (6 if start < 12 else 12), 0] += side
    return WordVectors([word(i) for i in range(80)], rows, tokenizer={"name": "default"})


# --- counts -----------------------------------------------------------------------------------


def test_words_and_pairs_are_counted_as_by_scikit_learn() -> None:
    other = CountVectorizer(ngram_range=(1, 2), min_df=2, dtype=np.float32).fit(SOURCE)
    own = WordCounts().fit(SOURCE)
    assert own.words_.tolist() == other.get_feature_names_out().tolist()
    found, expected = own.transform(TARGET), other.transform(TARGET)
    assert (found != expected).nnz == 0
    assert found.indices.dtype == np.int32
    tokens = [text.split() for text in TARGET]
    assert (own.transform(tokens) != found).nnz == 0
    assert WordCounts(longest=1, most=5).fit(SOURCE).words_.shape == (5,)
    assert clone(WordCounts(longest=3)).longest == 3
    with pytest.raises(ConfigurationError, match="longest: .*; min_df: .*; most: "):
        WordCounts(longest=0, min_df=0, most=0).fit(SOURCE)
    with pytest.raises(DomainError, match="no word stands in 2 of the 2 texts: are they empty"):
        WordCounts().fit(["", "."])
    with pytest.raises(TypeError, match="found the single str"):
        WordCounts().fit("a text")


# --- ways -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*text_candidates()])
def test_every_way_takes_texts(name: str) -> None:
    plain = text_candidates(seed=1)[name].fit(SOURCE, LABELS, TARGET)
    told = text_candidates(vectors(), seed=1)[name].fit(SOURCE, LABELS, TARGET)
    accuracy = [(one.predict(TARGET) == TRUTH).mean() for one in (plain, told)]
    assert min(accuracy) > 0.6
    assert accuracy[1] > 0.75


def test_what_takes_minutes_is_tried_where_it_is_named() -> None:
    slow = {"adversarial", "denoise+adversarial", "metric", "pivots"}
    assert set(text_candidates()) - set(DomainAdapter().chosen(SOURCE)) == slow
    assert set(DomainAdapter(ways=[NONE, *sorted(slow)]).chosen(SOURCE)) == {NONE, *slow}
    assert list(DomainAdapter(method="adversarial").chosen(SOURCE)) == ["adversarial"]
    own = text_candidates()
    assert list(DomainAdapter(candidates=own).chosen(SOURCE)) == list(own)
    counts = np.arange(6).reshape(3, 2)
    assert "adversarial" in DomainAdapter().chosen(counts)


def test_with_vectors_the_recurrent_network_is_a_way() -> None:
    model = text_candidates(vectors(), seed=1)["network"]
    assert (model.fit(SOURCE, LABELS, TARGET).predict(TARGET) == TRUTH).mean() > 0.75
    assert "network" not in text_candidates()


def test_vectors_of_documents_are_standardised_in_each_domain() -> None:
    taken = text_candidates(vectors())["standardise"].fit(SOURCE, LABELS, TARGET)
    documents = dict(dict(taken.chain_.steps_)["rows"].steps_)["documents"]
    for texts_, domain in ((SOURCE, "source"), (TARGET, "target")):
        np.testing.assert_allclose(documents.transform(texts_, domain=domain).mean(0), 0, atol=1e-5)


@pytest.mark.parametrize("name", [*count_candidates()])
def test_every_way_takes_counts(name: str) -> None:
    X, y, Xt, yt = reviews(120)
    model = count_candidates(seed=1)[name]
    assert (model.fit(X, y, Xt).predict(Xt) == yt).mean() > 0.6


@pytest.mark.parametrize("name", [*row_candidates()])
def test_every_way_takes_rows(name: str) -> None:
    X, y, Xt, yt = moved_blobs(120)
    found = row_candidates(seed=1)[name].fit(X, y, Xt)
    assert found.predict_proba(Xt).shape == (120, 2)
    assert (found.predict(Xt) == yt).mean() > 0.3


def test_the_best_way_is_taken() -> None:
    steps: list[tuple[int, int]] = []
    adapter = DomainAdapter(ways=["none", "denoise", "self-training"], seed=1)
    adapter.fit(SOURCE, LABELS, TARGET, progress=lambda a, b: steps.append((a, b)))
    assert steps[-1] == (9, 9)
    assert [one.name for one in adapter.scores_] == ["none", "denoise", "self-training"]
    best_name = max(adapter.scores_, key=lambda one: one.score).name
    assert adapter.names_[0] == best_name != NONE
    assert NONE not in adapter.names_
    own = [model.predict_proba(TARGET) for _, model in adapter.model_.members_]
    np.testing.assert_allclose(adapter.predict_proba(TARGET), np.mean(own, axis=0))
    plain = DomainAdapter(method="none").fit(SOURCE, LABELS, TARGET)
    assert plain.scores_ == ()
    assert adapter.score(TARGET, TRUTH) > plain.score(TARGET, TRUTH)
    np.testing.assert_allclose(adapter.predict_proba(TARGET).sum(1), 1)
    again = clone(adapter).fit(SOURCE, LABELS, TARGET)
    np.testing.assert_array_equal(again.predict_proba(TARGET), adapter.predict_proba(TARGET))


def test_of_equals_the_first_is_the_best_and_none_comes_first() -> None:
    def scored(name: str, score: float) -> ReverseScore:
        return ReverseScore(name, score, (score,), 1.0, (0.5, 0.5))

    assert best([scored("a", 0.7), scored("b", 0.9), scored("none", 0.9)], 2) == ["none"]
    ways = [scored("none", 0.7), scored("b", 0.9), scored("c", 0.9), scored("d", 0.6)]
    assert best(ways) == ["b"]
    assert best(ways, 2) == ["b", "c"]
    assert best(ways, 4) == ["b", "c"]
    assert best(ways[1:], 9) == ["b", "c", "d"]


def test_ways_of_ones_own_and_what_fits_which_rows() -> None:
    X, y, Xt, yt = moved_blobs()
    own = {"c": AdaptedClassifier([("coral", CORAL(regularization=0))])}
    assert DomainAdapter(candidates=own).fit(X, y, Xt).score(Xt, yt) > 0.9
    assert clone(DomainAdapter(candidates=own)).candidates["c"] is not own["c"]
    counts, *_ = reviews(20)
    assert set(DomainAdapter().chosen(counts)) == set(count_candidates())
    assert set(DomainAdapter().chosen(counts.toarray())) == set(count_candidates())
    assert set(DomainAdapter().chosen(X)) == set(row_candidates())
    with pytest.raises(ConfigurationError, match="vectors: of use for texts only"):
        DomainAdapter(vectors()).fit(X, y, Xt)
    with pytest.raises(
        ConfigurationError, match="vote: .*; folds: .*; seed: .*; method: expected 'auto' or"
    ):
        DomainAdapter(ways=["odd"], vote=0, folds=1, seed=-1).fit(X, y, Xt)
    with pytest.raises(ConfigurationError, match="ways: expected at least one"):
        DomainAdapter(ways=[]).fit(X, y, Xt)
    with pytest.raises(DomainError, match="found None"):
        DomainAdapter().fit(X, y)
    with pytest.raises(DomainError, match="share none of their"):
        DomainAdapter(ways=["idf"], method="idf").fit(SOURCE, LABELS, ["привет мир"] * 9)


def test_doing_nothing_is_done_with_the_vectors_as_they_were(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"vector_size": 8, "min_count": 1, "epochs": 1, "workers": 1}
    model = Word2Vec(**settings, seed=2).fit(SOURCE)
    more = continued_vectors(model, [*SOURCE, *TARGET], epochs=3, alpha=0.2, workers=1)
    plain, going_on = text_candidates(model.vectors_), text_candidates(more)
    both = text_candidates(more, original=model.vectors_)
    assert set(both) == {*plain, "vectors"}

    def chances(model: Any) -> Any:
        return model.fit(SOURCE, LABELS, TARGET).predict_proba(TARGET)

    np.testing.assert_array_equal(chances(both["none"]), chances(plain["none"]))
    np.testing.assert_array_equal(chances(both["vectors"]), chances(going_on["none"]))
    assert not np.allclose(chances(both["vectors"]), chances(plain["none"]))
    ways = ["none", "vectors"]
    adapter = DomainAdapter(more, original=model.vectors_, ways=ways, vote=2)
    adapter.fit(SOURCE, LABELS, TARGET).save(tmp_path / "adapted")
    again = DomainAdapter.load(tmp_path / "adapted")
    np.testing.assert_array_equal(again.predict_proba(TARGET), adapter.predict_proba(TARGET))
    with pytest.raises(ConfigurationError, match="original: of use beside vectors only"):
        DomainAdapter(original=more).fit(SOURCE, LABELS, TARGET)


# --- vectors ----------------------------------------------------------------------------------


def test_vectors_go_on_learning_on_the_target(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"vector_size": 8, "min_count": 1, "epochs": 1, "workers": 1}
    model = Word2Vec(**settings, seed=2).fit(SOURCE)
    before = model.vectors_
    assert word(48) not in before
    found = continued_vectors(model, TARGET, epochs=2, workers=1)
    assert word(48) in found
    assert len(found) > len(before)
    assert not np.allclose(found[word(0)], before[word(0)])
    assert model.vectors_ is before
    assert (model.epochs, model.alpha) == (1, None)
    model.save(tmp_path / "m.safetensors")
    again = continued_vectors(tmp_path / "m.safetensors", TARGET, epochs=2, workers=1)
    np.testing.assert_array_equal(again.vectors, found.vectors)
    loud = [text.upper() for text in TARGET]
    cut = continued_vectors(model, loud, epochs=2, workers=1, tokenizer=lambda t: t.lower().split())
    np.testing.assert_array_equal(cut.vectors, found.vectors)
    before.save(tmp_path / "v.safetensors")
    with pytest.raises(VectorFormatError, match="not what training needs to go on"):
        continued_vectors(tmp_path / "v.safetensors", TARGET)
    with pytest.raises(ConfigurationError, match="epochs: .*; alpha: .*; model: .* found WordVec"):
        continued_vectors(before, TARGET, epochs=0, alpha=0)
