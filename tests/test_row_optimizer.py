"""RowAdam against PyTorch's Adam run on every row by itself."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.models.training.row_optimizer import RowAdam, clip_gradients

OPTIONS = {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1}


def sparse(rows: list[int], values: Tensor, shape: torch.Size) -> Tensor:
    index = torch.tensor([rows], dtype=torch.int64)
    return torch.sparse_coo_tensor(index, values, shape, check_invariants=True)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["compiled", "plain"])
def test_each_row_is_an_adam_of_its_own(dtype: torch.dtype) -> None:
    torch.manual_seed(1)
    start = torch.randn(5, 19, dtype=dtype)
    matrix = nn.Parameter(start.clone())
    alone = [nn.Parameter(row.clone()) for row in start]
    theirs = [torch.optim.AdamW([row], **OPTIONS) for row in alone]
    mine = RowAdam([matrix], **OPTIONS)
    for rows in ([0, 2], [2], [1, 2, 4], [4], [], [0, 4]):
        values = torch.randn(len(rows), 19, dtype=dtype)
        matrix.grad = sparse(rows, values, matrix.shape)
        mine.step()
        for row, value in zip(rows, values, strict=True):
            alone[row].grad = value.clone()
            theirs[row].step()
    torch.testing.assert_close(matrix.detach(), torch.stack(alone).detach())
    assert torch.equal(matrix[3], start[3])  # never in a batch: not a bit of it changes


def test_dense_gradients_are_adamw() -> None:
    torch.manual_seed(2)
    mine, theirs = nn.Linear(3, 2), nn.Linear(3, 2)
    theirs.load_state_dict(mine.state_dict())
    ours, peer = (
        RowAdam(mine.parameters(), **OPTIONS),
        torch.optim.AdamW(theirs.parameters(), **OPTIONS),
    )
    for _ in range(4):
        x = torch.randn(5, 3)
        for module, optimizer in ((mine, ours), (theirs, peer)):
            optimizer.zero_grad()
            (module(x) ** 2).sum().backward()
            optimizer.step()
    torch.testing.assert_close(mine.weight, theirs.weight)
    torch.testing.assert_close(mine.bias, theirs.bias)


def test_gradients_that_name_a_row_twice_are_summed() -> None:
    one, two = (nn.Parameter(torch.zeros(3, 2)) for _ in range(2))
    one.grad = torch.sparse_coo_tensor(
        torch.tensor([[1, 1]]), torch.ones(2, 2), (3, 2), check_invariants=True
    )
    two.grad = sparse([1], torch.full((1, 2), 2.0), two.shape)
    for matrix in (one, two):
        RowAdam([matrix], lr=0.1).step()
    assert torch.equal(one, two)


def test_groups_have_their_own_rates_and_frozen_parameters_stay() -> None:
    a, b, c = (nn.Parameter(torch.zeros(2)) for _ in range(3))
    optimizer = RowAdam([{"params": [a], "lr": 0.1}, {"params": [b, c]}], lr=0.01)
    a.grad, b.grad = torch.ones(2), torch.ones(2)
    optimizer.step()
    torch.testing.assert_close(a.detach(), torch.full((2,), -0.1))
    torch.testing.assert_close(b.detach(), torch.full((2,), -0.01))
    assert torch.equal(c, torch.zeros(2))


def test_a_state_that_is_saved_and_loaded_goes_on_the_same() -> None:
    torch.manual_seed(3)
    matrix, dense = nn.Parameter(torch.randn(4, 3)), nn.Parameter(torch.randn(3))

    def step(optimizer: RowAdam, parameters: list[nn.Parameter], seed: int) -> None:
        values = torch.randn(2, 3, generator=torch.Generator().manual_seed(seed))
        parameters[0].grad = sparse([1, 3], values, parameters[0].shape)
        parameters[1].grad = values[0].clone()
        optimizer.step()

    first = RowAdam([matrix, dense], lr=0.1)
    step(first, [matrix, dense], 1)
    copies = [nn.Parameter(p.detach().clone()) for p in (matrix, dense)]
    second = RowAdam(copies, lr=0.3)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    assert second.state[copies[0]]["clocks"].tolist() == [0, 1, 0, 1]
    assert second.state[copies[0]]["clocks"].dtype == torch.int64
    step(first, [matrix, dense], 2)
    step(second, copies, 2)
    assert torch.equal(copies[0], matrix)
    assert torch.equal(copies[1], dense)


def test_a_closure_gives_its_loss() -> None:
    p = nn.Parameter(torch.ones(1))

    def closure() -> Tensor:
        loss = (p**2).sum()
        loss.backward()
        return loss

    assert RowAdam([p], lr=0.1).step(closure).item() == 1.0
    assert p.item() < 1.0


def test_options_out_of_range_are_said_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"lr: .* found -1; betas: .*; eps: .* found 0"):
        RowAdam([nn.Parameter(torch.ones(1))], lr=-1, betas=(0.9, 1.0), eps=0)


def test_clipping_counts_sparse_and_dense_gradients_together() -> None:
    matrix, dense, idle = (
        nn.Parameter(torch.zeros(4, 2)),
        nn.Parameter(torch.zeros(2)),
        nn.Parameter(torch.zeros(2)),
    )
    matrix.grad = torch.sparse_coo_tensor(
        torch.tensor([[1, 1]]),
        torch.tensor([[1.0, 0.0], [2.0, 0.0]]),
        (4, 2),
        check_invariants=True,
    )
    dense.grad = torch.tensor([0.0, 4.0])
    assert clip_gradients([matrix, dense, idle], 10.0) == pytest.approx(5.0)
    assert dense.grad.tolist() == [0.0, 4.0]
    assert clip_gradients([matrix, dense, idle], 1.0) == pytest.approx(5.0)
    torch.testing.assert_close(matrix.grad.to_dense()[1], torch.tensor([0.6, 0.0]))
    torch.testing.assert_close(dense.grad, torch.tensor([0.0, 0.8]))
    assert clip_gradients([idle], 1.0) == 0.0
