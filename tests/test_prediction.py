"""predict_center: probabilities of the word amid a context."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.small import KINDS, lists, small
from wordgraft.embeddings.errors import ConfigurationError, NotTrainedError, UnknownWordError
from wordgraft.embeddings.vectors import Neighbour
from wordgraft.embeddings.word2vec import Word2Vec

COMMANDMENTS = """
thou shalt have no other gods before me
thou shalt not make unto thee any graven image
thou shalt not bow down thyself to them
thou shalt not take the name of the lord thy god in vain
thou shalt not kill
thou shalt not commit adultery
thou shalt not steal
thou shalt not bear false witness against thy neighbour
thou shalt not covet thy neighbour's house
honour thy father and thy mother
remember the sabbath day to keep it holy
"""


@pytest.fixture(scope="module", params=KINDS, ids="-".join)
def toyish(request: pytest.FixtureRequest) -> Word2Vec:
    model, loss = request.param
    return small(model=model, loss=loss, epochs=2).fit(lists(20_000))


@given(data=st.data())
def test_they_sum_to_one_and_fall(toyish: Word2Vec, data: st.DataObject) -> None:
    words = toyish.vocabulary_.words
    said = data.draw(st.lists(st.sampled_from(words), min_size=1, max_size=8))
    found = toyish.predict_center(said, topn=len(words))
    assert sum(p for _, p in found) == pytest.approx(1.0, abs=1e-6)
    assert [p for _, p in found] == sorted((p for _, p in found), reverse=True)
    assert {word for word, _ in found} == set(words)
    assert toyish.predict_center(said, topn=3) == found[:3]
    assert isinstance(found[0], Neighbour)


def test_the_order_of_the_context_does_not_matter(toyish: Word2Vec) -> None:
    words = toyish.vocabulary_.words[:3]
    there, back = (dict(toyish.predict_center(w)) for w in (words, words[::-1]))
    assert there == pytest.approx(back, rel=1e-4)


@pytest.mark.parametrize(("model", "loss"), KINDS)
def test_thou_shalt_not(model: str, loss: str) -> None:
    corpus = [line.split() for line in COMMANDMENTS.strip().split("\n")] * 40
    trained = small(
        model=model, loss=loss, min_count=1, sample=0, window=2, epochs=30, vector_size=24
    ).fit(corpus)
    assert trained.predict_center(["thou", "shalt", "kill"])[0].word == "not"
    assert trained.predict_center(["graven"], topn=4)[0].word in {"any", "image", "thee"}


@pytest.mark.parametrize("model", ["skipgram", "cbow"])
def test_hierarchical_softmax_learns_true_probabilities(model: str) -> None:
    """Three followers of "a" and two of "x", drawn by chances that we know."""
    chances = {"a": {"b": 0.6, "c": 0.3, "d": 0.1}, "x": {"b": 0.2, "y": 0.8}}
    rng, corpus = np.random.default_rng(3), []
    for first, after in chances.items():
        drawn = rng.choice(list(after), 6_000, p=list(after.values())).tolist()
        corpus += [[first, second] for second in drawn]
    rng.shuffle(corpus)
    trained = small(
        model=model, loss="hs", min_count=1, sample=0, window=1, epochs=8, alpha=0.05
    ).fit(corpus)
    for first, after in chances.items():
        found = dict(trained.predict_center([first], topn=6))
        for word in trained.vocabulary_.words:
            assert found[word] == pytest.approx(after.get(word, 0.0), abs=0.03), (first, word)


@pytest.mark.parametrize("model", ["skipgram", "cbow"])
def test_without_learning_negative_sampling_answers_by_frequency(model: str) -> None:
    """Output rows begin at zero: what is left is the prior, see ``centre_log_probabilities``."""
    trained = small(model=model, alpha=1e-30, min_alpha=0.0).fit(lists(4_000))
    words = trained.vocabulary_
    share = words.counts / words.total if model == "skipgram" else words.noise_distribution(0.75)
    found = dict(trained.predict_center(words.words[:2], topn=len(words)))
    assert [found[w] for w in words.words] == pytest.approx(share.tolist(), rel=1e-4)


def test_unknown_words_are_named_with_close_ones(toyish: Word2Vec) -> None:
    known = next(word for word in toyish.vocabulary_.words if len(word) > 5)
    with pytest.raises(UnknownWordError, match="no vector for 'zzzz'"):
        toyish.predict_center([known, "zzzz"])
    with pytest.raises(UnknownWordError, match=f"close: .*{known}"):
        toyish.predict_center([known + "x"])


@pytest.mark.parametrize(
    ("context", "topn", "error", "said"),
    [
        ("thou shalt", 1, TypeError, "expected a list of words, found the text 'thou shalt'"),
        ([], 1, ConfigurationError, "expected one word of context or more"),
        (["the"], 0, ConfigurationError, r"topn of 1 or more, found \['the'\] and 0"),
    ],
)
def test_a_wrong_question_is_refused(
    toyish: Word2Vec, context: Any, topn: int, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        toyish.predict_center(context, topn=topn)


def test_nothing_is_predicted_before_training() -> None:
    with pytest.raises(NotTrainedError, match="call fit first"):
        Word2Vec().predict_center(["thou"])
