"""The whole network: any company, groups, explanations, learning, and settings."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.models.indexing import IndexedTexts, TextIndexer
from wordgraft.models.networks.batching import Batch, batches, collate
from wordgraft.models.networks.network import NetworkSettings, TextNetwork
from wordgraft.models.training.row_optimizer import RowAdam, clip_gradients

pytestmark = pytest.mark.usefixtures("one_thread")

MATRIX = np.random.default_rng(1).normal(size=(12, 7)).astype(np.float32)
SHAPES = {
    "gru": NetworkSettings(hidden=8),
    "lstm, two layers": NetworkSettings(encoder="lstm", hidden=5, layers=2),
    "rnn, forwards, last": NetworkSettings(
        encoder="rnn", hidden=6, bidirectional=False, pooling="last"
    ),
    "bag": NetworkSettings(encoder="bag", pooling="mean+max"),
}


def some_texts(count: int = 30, *, seed: int = 1) -> IndexedTexts:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 9, count)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    ids = rng.integers(1, len(MATRIX), offsets[-1]).astype(np.int32)
    return IndexedTexts(ids, offsets, np.zeros(count, np.int64))


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_text_has_the_same_answer_in_any_batch(shape: NetworkSettings) -> None:
    network, texts = TextNetwork(MATRIX, 3, shape).eval(), some_texts()
    together = network(collate(texts, np.arange(30)))
    assert together.shape == (30, 3)
    for rows in batches(texts.lengths, batch_size=7, seed=3):
        torch.testing.assert_close(
            network(collate(texts, rows)), together[rows], rtol=1e-5, atol=1e-6
        )
    batch = collate(texts, [1, 2])
    wide = Batch(nn.functional.pad(batch.ids, (0, 50)), batch.lengths)  # padding of its own
    assert torch.equal(network(wide), network(batch))


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_text_without_words_gets_what_the_head_says_of_nothing(shape: NetworkSettings) -> None:
    network = TextNetwork(MATRIX, 2, shape).eval()
    batch = collate(some_texts().take([0]).take([]), [])
    assert network(batch).shape == (0, 2)
    empty = Batch(torch.zeros(2, 0, dtype=torch.int64), torch.zeros(2, dtype=torch.int64))
    torch.testing.assert_close(network(empty), network.head.bias.expand(2, 2))


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_it_learns_which_word_decides(shape: NetworkSettings) -> None:
    torch.manual_seed(1)
    texts = some_texts(200)
    target = torch.tensor([int(5 in ids.tolist()) for ids in texts])
    if shape.pooling == "last":  # an Elman network forgets: its word is the last
        target = torch.tensor([int(ids[-1:].tolist() == [5]) for ids in texts])
    network = TextNetwork(MATRIX, 2, shape, seed=1)
    optimizer = RowAdam(network.parameters(), lr=0.02)
    for epoch in range(12):
        for rows in batches(texts.lengths, batch_size=20, seed=1, epoch=epoch):
            optimizer.zero_grad()
            answers = network(collate(texts, rows))
            nn.functional.cross_entropy(answers, target[rows]).backward()
            clip_gradients(network.parameters(), 1.0)
            optimizer.step()
    network.eval()
    with torch.no_grad():
        found = network(collate(texts, np.arange(200))).argmax(1)
    assert (found == target).float().mean() > 0.97
    assert network.embedding.weight[0].tolist() == [0.0] * 7  # padding, still


def test_only_selected_rows_move() -> None:
    network, texts = TextNetwork(MATRIX, 2, SHAPES["gru"], rows=[3, 4]), some_texts()
    optimizer = RowAdam(network.parameters(), lr=0.1)
    before = network.embedding.weight.detach().clone()
    for _ in range(2):
        optimizer.zero_grad()
        network(collate(texts, np.arange(30))).square().sum().backward()
        optimizer.step()
    moved = (network.embedding.weight != before).any(1)
    assert moved.nonzero()[:, 0].tolist() == [3, 4]


def test_groups_go_from_the_bottom_to_the_head_and_hold_everything_once() -> None:
    network = TextNetwork(MATRIX, 2, SHAPES["lstm, two layers"])
    groups = network.groups()
    assert [name for name, _ in groups] == [
        "embedding", "encoder.0", "encoder.1", "pooling", "head",
    ]  # fmt: skip
    held = [id(parameter) for _, parameters in groups for parameter in parameters]
    assert sorted(held) == sorted(id(parameter) for parameter in network.parameters())
    bag = TextNetwork(MATRIX, 2, SHAPES["bag"]).groups()
    assert [name for name, _ in bag] == ["embedding", "head"]


def test_attention_is_given_for_each_text() -> None:
    network, texts = TextNetwork(MATRIX, 2, SHAPES["gru"]).eval(), some_texts()
    found = network.attention(collate(texts, np.arange(30)))
    assert [len(weights) for weights in found] == texts.lengths.tolist()
    for weights in found:
        assert not len(weights) or weights.sum().item() == pytest.approx(1.0, abs=1e-5)
    with pytest.raises(ConfigurationError, match="has no attention"):
        TextNetwork(MATRIX, 2, SHAPES["bag"]).attention(collate(texts, [0]))


def test_contributions_are_gradient_times_input_of_each_token() -> None:
    shape = NetworkSettings(encoder="bag", pooling="mean")
    network, texts = TextNetwork(MATRIX, 3, shape).eval(), some_texts()
    output = torch.tensor([2, 0, 1])
    batch = collate(texts, [4, 5, 6])
    for text, which, found in zip(
        (4, 5, 6), output, network.contributions(batch, output), strict=True
    ):
        # Of a mean and a linear head: the word's own share of the answer.
        vectors = network.embedding.weight[texts[text].tolist()].detach()
        wanted = vectors @ network.head.weight[which].detach() / max(1, len(vectors))
        torch.testing.assert_close(found, wanted)
    assert all(parameter.grad is None for parameter in network.parameters())


def test_contributions_of_a_recurrent_network_agree_with_differences() -> None:
    network, texts = TextNetwork(MATRIX, 2, SHAPES["gru"]).eval(), some_texts()
    text = int(np.argmax(texts.lengths))
    batch = collate(texts, [text])
    (found,) = network.contributions(batch, torch.tensor([1]))
    word = texts[text][0]
    same = torch.from_numpy(texts[text] == word)
    with torch.no_grad():
        answers = []
        for scale in (1.001, 0.999):
            other = TextNetwork(MATRIX, 2, SHAPES["gru"]).eval()
            other.load_state_dict(network.state_dict())
            other.embedding.weight[word] *= scale
            answers.append(other(batch)[0, 1])
    wanted = (answers[0] - answers[1]).item() / 0.002
    assert found[same].sum().item() == pytest.approx(wanted, rel=0.05, abs=2e-3)


def test_weights_are_drawn_from_the_seed_alone() -> None:
    one, two, other = (TextNetwork(MATRIX, 2, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one.head.weight, two.head.weight)
    assert not torch.equal(one.head.weight, other.head.weight)
    state = torch.get_rng_state()
    TextNetwork(MATRIX, 2, seed=3)
    assert torch.equal(torch.get_rng_state(), state)


def test_dropout_is_for_training_only() -> None:
    network, batch = TextNetwork(MATRIX, 2), collate(some_texts(), [3, 4, 5])
    assert not torch.equal(network(batch), network(batch))
    network.eval()
    assert torch.equal(network(batch), network(batch))


def test_all_mistakes_of_a_shape_are_said_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        NetworkSettings(
            encoder="cnn", hidden=0, layers=True, pooling="min", head_dropout=1.0,
            bidirectional=1,  # type: ignore[arg-type]
        )  # fmt: skip
    said = str(caught.value)
    for name in ("encoder", "hidden", "layers", "pooling", "head_dropout", "bidirectional"):
        assert f"{name}: expected" in said
    with pytest.raises(ConfigurationError, match='"last" contradicts encoder="bag"'):
        NetworkSettings(encoder="bag", pooling="last+mean")
    with pytest.raises(ConfigurationError, match="outputs: expected at least 1"):
        TextNetwork(MATRIX, 0)
    shape = SHAPES["bag"]
    assert NetworkSettings(**shape.as_dict()) == shape


def test_texts_go_from_words_to_answers() -> None:
    indexer = TextIndexer([f"w{n}" for n in range(10)], unknown="unk")
    texts = indexer(["w1 w2, strange", "", "W9"])
    answers = TextNetwork(MATRIX, 2).eval()(collate(texts, [0, 1, 2]))
    assert torch.isfinite(answers).all()
