"""The pull towards pretrained weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.models.training.groups import Groups
from wordgraft.models.training.l2sp import L2SP


def moved() -> tuple[nn.Sequential, Groups, L2SP]:
    """A body that was at 1 and is at 3, a head at 2."""
    module = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 1, bias=False))
    nn.init.constant_(module[0].weight, 1.0)
    nn.init.constant_(module[1].weight, 2.0)
    groups = Groups.of(module)
    anchor = L2SP(groups, strength=0.5, fresh=0.25)
    nn.init.constant_(module[0].weight, 3.0)
    return module, groups, anchor


def test_the_penalty_by_hand() -> None:
    _, _, anchor = moved()
    assert anchor.penalty().item() == 0.5 / 2 * 4 * 2**2 + 0.25 / 2 * 2 * 2**2


def test_the_gradients_added_are_those_of_the_penalty() -> None:
    module, _, anchor = moved()
    anchor.penalty().backward()
    expected = [parameter.grad.clone() for parameter in module.parameters()]
    for parameter in module.parameters():
        parameter.grad = torch.full_like(parameter, 7.0)
    anchor.add_gradients()
    for parameter, gradient in zip(module.parameters(), expected, strict=True):
        assert torch.equal(parameter.grad, gradient + 7)
    assert torch.equal(expected[0], torch.full((2, 2), 1.0))


def test_a_parameter_without_gradient_is_not_pulled() -> None:
    module, _, anchor = moved()
    anchor.add_gradients()
    assert all(parameter.grad is None for parameter in module.parameters())


def test_a_sparse_gradient_is_pulled_in_its_rows_alone() -> None:
    module = nn.Sequential(nn.Embedding(5, 3, sparse=True), nn.Linear(3, 1))
    anchor = L2SP(Groups.of(module), strength=2.0)
    with torch.no_grad():
        module[0].weight += 10
    module[0](torch.tensor([3, 1, 3])).sum().backward()
    anchor.add_gradients()
    gradient = module[0].weight.grad
    assert gradient.is_sparse
    expected = torch.zeros(5, 3)
    expected[1], expected[3] = 1 + 2 * 10, 2 + 2 * 10
    torch.testing.assert_close(gradient.to_dense(), expected)
    assert gradient.coalesce().indices().tolist() == [[1, 3]]


def test_the_pretrained_point_is_a_copy() -> None:
    module, groups, _ = moved()
    anchor = L2SP(groups)
    assert anchor.penalty() == 0
    with torch.no_grad():
        module[0].weight.add_(1)
    assert anchor.penalty() > 0


def test_the_digest_is_of_the_point_and_the_strengths() -> None:
    module, groups, _ = moved()
    one = L2SP(groups).digest()
    assert L2SP(groups).digest() == one
    assert L2SP(groups, strength=0.02).digest() != one
    with torch.no_grad():
        module[0].weight.add_(1)
    assert L2SP(groups).digest() != one


def test_wrong_strengths_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"strength: .* found -1; fresh: .* found nan"):
        L2SP(moved()[1], strength=-1, fresh=float("nan"))
