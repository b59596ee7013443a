"""Adversarial training: how far words move, and what is left behind."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.models.indexing import TextIndexer
from wordgraft.models.networks.batching import collate
from wordgraft.models.networks.embedding import EmbeddingLayer
from wordgraft.models.training.adversary import Adversary

MATRIX = np.random.default_rng(1).standard_normal((6, 3)).astype(np.float32)
TEXTS = TextIndexer(["a", "b", "c", "d"])(["a b a", "c b"])


def loss_of(layer: EmbeddingLayer) -> torch.Tensor:
    """A loss whose gradient depends on where the words are."""
    return layer(collate(TEXTS, [0, 1])).spread().pow(3).sum()


def gradient_at(matrix: torch.Tensor) -> torch.Tensor:
    layer = EmbeddingLayer(matrix.numpy())
    loss_of(layer).backward()
    assert layer.weight.grad is not None
    return layer.weight.grad.to_dense()


def test_words_move_along_the_gradient_and_back() -> None:
    layer = EmbeddingLayer(MATRIX)
    before = layer.weight.detach().clone()
    loss_of(layer).backward()
    first = gradient_at(before)
    adversary = Adversary(layer.weight, size=0.5)
    with adversary.moved(4):  # tokens
        moved = layer.weight.detach().clone()
        loss_of(layer).backward()
    torch.testing.assert_close(moved, before + 0.5 * 2.0 * first / first.norm())
    assert torch.equal(layer.weight, before)
    assert layer.weight.grad is not None
    torch.testing.assert_close(layer.weight.grad.to_dense(), first + gradient_at(moved))


def test_words_come_back_where_the_second_passage_fails() -> None:
    layer = EmbeddingLayer(MATRIX)
    before = layer.weight.detach().clone()
    loss_of(layer).backward()
    with pytest.raises(RuntimeError), Adversary(layer.weight, size=1.0).moved(1):
        raise RuntimeError
    assert torch.equal(layer.weight, before)


def test_rows_that_do_not_learn_do_not_move() -> None:
    layer = EmbeddingLayer(MATRIX, rows=[2, 4])
    loss_of(layer).backward()
    with Adversary(layer.weight, size=1.0).moved(1):
        moved = (layer.weight.detach() != torch.tensor(MATRIX)).any(1)
        loss_of(layer).backward()
    assert torch.nonzero(moved[1:])[:, 0].tolist() == [1, 3]


def test_nothing_is_done_where_vectors_are_frozen() -> None:
    layer = EmbeddingLayer(MATRIX, mode="frozen")
    assert not Adversary(layer.weight, size=1.0).active


def test_words_without_a_gradient_stay() -> None:
    layer = EmbeddingLayer(MATRIX)
    (loss_of(layer) * 0).backward()
    before = layer.weight.detach().clone()
    with Adversary(layer.weight, size=1.0).moved(1):
        assert torch.equal(layer.weight, before)


@pytest.mark.parametrize("size", [0.0, -1.0, float("nan"), float("inf")])
def test_a_size_is_above_zero(size: float) -> None:
    with pytest.raises(ConfigurationError, match="size: expected a length above 0"):
        Adversary(EmbeddingLayer(MATRIX).weight, size=size)
