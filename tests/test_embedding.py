"""The embedding layer: rows, what learns of them, and the zero of padding."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.models.networks.batching import Batch
from wordgraft.models.networks.embedding import EmbeddingLayer

MATRIX = np.arange(1, 19, dtype=np.float32).reshape(6, 3)


def some_batch() -> Batch:
    ids = torch.tensor([[4, 2, 4, 0], [5, 0, 0, 0], [0, 0, 0, 0], [2, 2, 1, 5]])
    return Batch(ids, torch.tensor([3, 1, 0, 4]))


def learnt_rows(layer: EmbeddingLayer) -> list[int]:
    layer.zero_grad()
    found = layer(some_batch()).spread()
    (found * torch.arange(1.0, 1 + len(found))[:, None]).sum().backward()
    assert layer.weight.grad is not None
    assert layer.weight.grad.is_sparse
    return layer.weight.grad._indices()[0].tolist()


def test_tokens_have_their_rows_and_padding_is_no_token() -> None:
    tokens = EmbeddingLayer(MATRIX)(some_batch())
    assert tokens.layout.lengths.tolist() == [3, 1, 0, 4]
    wanted = torch.from_numpy(MATRIX)[[4, 2, 4, 5, 2, 2, 1, 5]]
    assert torch.equal(tokens.spread(), wanted)
    assert len(tokens.vectors) == 4  # words 1, 2, 4, 5, each once
    order, starts = tokens.by_word
    assert [sorted(order[a:b]) for a, b in zip(starts[:-1], starts[1:], strict=True)] == [
        [6], [1, 4, 5], [0, 2], [3, 7],
    ]  # fmt: skip


def test_the_gradient_is_sparse_and_that_of_pytorch() -> None:
    layer, plain = (
        EmbeddingLayer(MATRIX),
        torch.nn.Embedding.from_pretrained(torch.from_numpy(MATRIX), freeze=False),
    )
    assert learnt_rows(layer) == [1, 2, 4, 5]
    found = plain(torch.tensor([4, 2, 4, 5, 2, 2, 1, 5]))
    (found * torch.arange(1.0, 9.0)[:, None]).sum().backward()
    assert layer.weight.grad is not None
    torch.testing.assert_close(layer.weight.grad.to_dense(), plain.weight.grad)


def test_the_padding_row_is_zero_whatever_the_matrix_says() -> None:
    layer = EmbeddingLayer(MATRIX)
    assert layer.weight[0].tolist() == [0.0] * 3
    assert MATRIX[0].tolist() == [1.0, 2.0, 3.0]  # copied, not changed
    layer.rows = [0, 2]
    assert layer.rows is not None
    assert layer.rows.tolist() == [False, False, True, False, False, False]


def test_only_selected_rows_learn_and_they_may_change() -> None:
    layer = EmbeddingLayer(MATRIX, rows=[2, 3, 5])
    assert learnt_rows(layer) == [2, 5]
    layer.rows = np.array([False, True, False, False, False, False])
    assert learnt_rows(layer) == [1]
    layer.rows = []
    assert learnt_rows(layer) == []
    layer.rows = None
    assert learnt_rows(layer) == [1, 2, 4, 5]


def test_a_frozen_layer_has_no_gradient_and_its_mode_is_that_of_the_parameter() -> None:
    layer = EmbeddingLayer(MATRIX, mode="frozen")
    assert not layer(some_batch()).vectors.requires_grad
    layer.weight.requires_grad_(requires_grad=True)
    assert layer.mode == "tuned"
    layer.mode = "frozen"
    assert not layer.weight.requires_grad
    assert "6, 3, frozen" in repr(layer)


def test_rows_that_are_none_and_modes_that_are_none_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="rows: expected numbers from 0 to 5"):
        EmbeddingLayer(MATRIX, rows=[6])
    with pytest.raises(ConfigurationError, match=r"rows: expected int\[n\] or bool\[6\]"):
        EmbeddingLayer(MATRIX, rows=[True])
    with pytest.raises(ConfigurationError, match='"frozen" or "tuned", found \'staged\''):
        EmbeddingLayer(MATRIX, mode="staged")  # type: ignore[arg-type]


def test_a_matrix_with_nan_or_without_rows_is_refused() -> None:
    broken = MATRIX.copy()
    broken[3, 1] = np.nan
    with pytest.raises(ValueError, match="row 3 of the matrix has NaN"):
        EmbeddingLayer(broken)
    with pytest.raises(ValueError, match="expected a matrix"):
        EmbeddingLayer(np.zeros((0, 3)))


def test_a_copy_and_a_state_keep_what_they_should() -> None:
    layer = EmbeddingLayer(MATRIX, rows=[2])
    assert set(layer.state_dict()) == {"table.weight"}
    other = EmbeddingLayer(np.zeros_like(MATRIX))
    other.load_state_dict(layer.state_dict())
    assert torch.equal(other.weight, layer.weight)
