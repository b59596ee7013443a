"""Groups of parameters: splitting any module, freezing, frozen statistics."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.models.training.groups import Groups, freeze_to, hold_statistics, set_trainable


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.low = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
        self.middle = nn.Linear(8, 4)
        self.head = nn.Linear(4, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.head(self.middle(self.low(images).flatten(1)))


class Told(Small):
    def groups(self) -> list[tuple[str, list[nn.Parameter]]]:
        rest = [*self.low.parameters(), *self.middle.parameters()]
        return [("body", rest), ("head", list(self.head.parameters()))]


def learning(module: nn.Module) -> set[str]:
    return {name.split(".")[0] for name, p in module.named_parameters() if p.requires_grad}


def test_without_a_split_the_children_are_the_groups() -> None:
    groups = Groups.of(Small())
    assert groups.names == ("low", "middle", "head")
    assert [list(group.parameters) for group in groups] == [
        ["low.0.weight", "low.0.bias", "low.1.weight", "low.1.bias"],
        ["middle.weight", "middle.bias"],
        ["head.weight", "head.bias"],
    ]


def test_a_module_may_say_its_groups_itself() -> None:
    groups = Groups.of(Told())
    assert groups.names == ("body", "head")
    assert sorted(groups.groups[0].parameters)[-1] == "middle.weight"


def test_names_may_be_nested_and_belong_together() -> None:
    groups = Groups.of(Small(), ["low.0", ["low.1", "middle"], "head.weight", "head.bias"])
    assert groups.names == ("low.0", "low.1", "head.weight", "head.bias")
    assert len(groups.groups[1].parameters) == 4


def test_every_mistake_of_a_split_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError, match="no parameter is called 'tail' or lies in it"):
        Groups.of(Small(), ["low", "middle", "head", "tail"])
    with pytest.raises(ConfigurationError) as told:
        Groups.of(Small(), ["low", ["head", "low.1"]])
    assert told.value.problems == (
        "parameter 'low.1.weight' is in the groups 'low' and 'head'",
        "parameter 'low.1.bias' is in the groups 'low' and 'head'",
        "in no group: 'middle.weight', 'middle.bias'",
    )
    with pytest.raises(ConfigurationError, match="'head' means the top"):
        Groups.of(Small(), ["head", "low", "middle"])
    with pytest.raises(ConfigurationError, match="expected a list of names, found 'head'"):
        Groups.of(Small(), "head")
    with pytest.raises(ConfigurationError, match="the module has no parameters"):
        Groups.of(nn.ReLU())


@pytest.mark.parametrize(
    ("trainable", "expected"),
    [
        ("all", {"low", "middle", "head"}),
        ("head", {"head"}),
        (1, {"head"}),
        (2, {"middle", "head"}),
        ("low", {"low"}),
        (["low", "head"], {"low", "head"}),
    ],
)
def test_the_chosen_groups_learn_and_the_others_do_not(
    trainable: str | int | list[str], expected: set[str]
) -> None:
    module = Small()
    groups = Groups.of(module)
    set_trainable(groups, trainable)
    assert learning(module) == expected


@pytest.mark.parametrize("trainable", [0, 4, True, "tail", ["head", "tail"], []])
def test_groups_that_are_not_there_are_refused(trainable: object) -> None:
    with pytest.raises(ConfigurationError, match="trainable: expected"):
        Groups.of(Small()).chosen(trainable)  # type: ignore[arg-type]


def test_freeze_to_counts_from_below_and_from_the_top() -> None:
    module = Small()
    groups = Groups.of(module)
    for number, expected in (
        (-1, {"head"}), (2, {"head"}), (-2, {"middle", "head"}), (0, {"low", "middle", "head"}),
    ):  # fmt: skip
        freeze_to(groups, number)
        assert learning(module) == expected
    for number in (3, -4):
        with pytest.raises(ConfigurationError, match=r"expected a group from -3 to 2"):
            freeze_to(groups, number)


def test_what_was_frozen_before_stays_so_unless_thawed() -> None:
    module = Small()
    module.low[0].weight.requires_grad_(requires_grad=False)
    set_trainable(Groups.of(module), "all")
    assert not module.low[0].weight.requires_grad
    set_trainable(Groups.of(module, thaw=True), "all")
    assert module.low[0].weight.requires_grad


def test_freezing_takes_left_over_gradients_away() -> None:
    module = Small()
    module(torch.ones(2, 1, 4, 4)).sum().backward()
    set_trainable(Groups.of(module), "head")
    assert module.middle.weight.grad is None
    assert module.head.weight.grad is not None


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("frozen", [True, False])
def test_running_statistics_are_frozen_with_their_group(affine: bool, frozen: bool) -> None:
    module = Small()
    module.low[1] = nn.BatchNorm2d(2, affine=affine)
    before = copy.deepcopy(module.low[1].running_mean)
    set_trainable(Groups.of(module), "head" if frozen else "all")
    module.train()
    hold_statistics(module)
    module(torch.randn(5, 1, 4, 4, generator=torch.Generator().manual_seed(1)))
    assert torch.equal(module.low[1].running_mean, before) is frozen
    assert module.head.training
