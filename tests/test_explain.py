"""The words that decide: weights stand beside their words, and are what the network computes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.models.indexing import TextIndexer
from wordgraft.models.networks.batching import collate
from wordgraft.models.networks.network import NetworkSettings, TextNetwork
from wordgraft.tasks.classify.explain import Explanation, deciding_words, explain

WORDS = ["good", "bad", "film", "the", "not"]


@pytest.fixture(params=["skip", "unk"])
def indexer(request: pytest.FixtureRequest) -> TextIndexer:
    return TextIndexer(WORDS, "default", unknown=request.param)


def network(encoder: str = "bag", pooling: str = "mean") -> TextNetwork:
    matrix = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
    matrix[0] = 0
    return TextNetwork(matrix, 2, NetworkSettings(encoder=encoder, hidden=4, pooling=pooling))


def test_a_linear_network_is_explained_exactly(indexer: TextIndexer) -> None:
    """For a mean of vectors the words' weights add up to the answer without its bias."""
    model = network()
    texts = ["The good, strange film!", "not bad", ["bad", "Film"]]
    found = explain(model, indexer, texts, [1, 0, 1])
    model.eval()
    with torch.no_grad():
        answers = model(collate(indexer(texts), [0, 1, 2])) - model.head.bias
    for one, answer in zip(found, answers, strict=True):
        assert one.weights.sum() == pytest.approx(float(answer[one.output]), abs=1e-5)
    first = found[0]
    assert [w for w in first.words if w.isalpha()] == ["the", "good", "strange", "film"]
    strange = first.words.index("strange")
    assert not first.read[strange]
    assert (first.weights[strange] == 0) == (indexer.unknown == "skip")
    assert first.top(1)[0][1] == first.weights[np.abs(first.weights).argmax()]


def test_weights_of_a_recurrent_network_are_those_of_its_own_method() -> None:
    indexer = TextIndexer(WORDS)
    model = network("gru", "max+attention")
    model.train()
    texts = ["good film", "not the bad film", "", "film " * 40]
    for way in ("gradient", "attention"):
        found = explain(model, indexer, texts, [0, 1, 1, 0], way=way)  # type: ignore[arg-type]
        assert [len(one.words) for one in found] == [2, 4, 0, 40]
        assert model.training
    assert found[1].weights.sum() == pytest.approx(1.0, abs=1e-5)
    model.eval()
    own = model.contributions(collate(indexer(texts), [1]), torch.tensor([1]))[0]
    gradient = explain(model, indexer, texts, [0, 1, 1, 0])
    np.testing.assert_allclose(gradient[1].weights, own.numpy(), atol=1e-6)
    assert all(p.grad is None for p in model.parameters())


def test_only_what_was_read_of_a_long_text_has_weight() -> None:
    indexer = TextIndexer(WORDS)
    text = "good strange film bad not the film good bad not"
    (one,) = explain(network(), indexer, [text], [0], max_length=4, head_share=0.5)
    assert len(one.words) == 10
    assert np.flatnonzero(one.read).tolist() == [0, 2, 8, 9]
    assert set(np.flatnonzero(one.weights)) == {0, 2, 8, 9}


def test_words_are_summed_over_texts() -> None:
    def one(words: str, weights: list[float], output: int) -> Explanation:
        parts = tuple(words.split())
        return Explanation(parts, np.array(weights), np.ones(len(parts), bool), output, "gradient")

    found = deciding_words(
        [
            one("good film good", [1.0, 0.5, 3.0], 1),
            one("good film", [4.0, -0.5], 1),
            one("rare", [9.0], 1),
            one("bad film", [2.0, 0.1], 0),
            one("bad", [1.0], 0),
        ],
        ["neg", "pos"],
        least=2,
    )
    assert [(w.word, w.weight, w.texts) for w in found["pos"]] == [("good", 3.0, 2)]
    assert [(w.word, w.weight) for w in found["neg"]] == [("bad", 1.5)]


def test_what_can_not_be_explained_is_told() -> None:
    indexer = TextIndexer(WORDS)
    with pytest.raises(ConfigurationError, match=r"gradient, attention .* 2 texts, found 'magic'"):
        explain(network(), indexer, ["a", "b"], [0], way="magic")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="attention"):
        explain(network(), indexer, ["good"], [0], way="attention")
