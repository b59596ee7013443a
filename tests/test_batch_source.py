"""Batches of arrays."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.models.training.batch_source import ArraySource


def test_an_epoch_has_every_example_once_in_an_order_of_its_own() -> None:
    source = ArraySource(np.arange(50).reshape(25, 2), np.arange(25), batch_size=10, seed=3)
    orders = []
    for number in (0, 1, 0):
        batches = list(source.epoch(number))
        assert [len(target) for _, target in batches] == [10, 10, 5]
        assert all(torch.equal(inputs[:, 0], 2 * target) for inputs, target in batches)
        orders.append(torch.cat([target for _, target in batches]).tolist())
    assert len(source) == 3
    assert [sorted(order) for order in orders] == [list(range(25))] * 3
    assert orders[0] == orders[2] != orders[1]
    assert orders[0] != list(range(25))


def test_a_held_out_part_keeps_its_order() -> None:
    (batch,) = ArraySource(torch.zeros(9, 1), torch.arange(9), shuffle=False).epoch(4)
    assert batch[1].tolist() == list(range(9))


def test_batches_may_be_indexed_and_cut() -> None:
    batches = ArraySource(torch.zeros(9, 1), torch.arange(9), batch_size=4, seed=1).epoch(2)
    whole = [target.tolist() for _, target in batches]
    assert batches[1][1].tolist() == whole[1]
    assert [target.tolist() for _, target in batches[1:]] == whole[1:]


def test_the_digest_is_of_data_and_order() -> None:
    inputs, targets = torch.arange(6.0).reshape(3, 2), torch.arange(3)
    one = ArraySource(inputs, targets).digest()
    assert ArraySource(inputs.numpy(), targets.numpy()).digest() == one
    others = [
        ArraySource(inputs + 1, targets),
        ArraySource(inputs.double(), targets),
        ArraySource(inputs[:, :, None], targets),
        ArraySource(inputs, targets.flip(0)),
        ArraySource(inputs, targets, batch_size=2),
        ArraySource(inputs, targets, seed=1),
        ArraySource(inputs, targets, shuffle=False),
    ]
    assert len({one, *(other.digest() for other in others)}) == 8


@pytest.mark.parametrize(
    ("inputs", "targets", "size", "told"),
    [
        (3, 4, 2, "as many targets as inputs, found 4 and 3"),
        (0, 0, 2, "at least one example, found none"),
        (3, 3, 0, "batch_size: expected at least 1, found 0"),
    ],
)
def test_wrong_arrays_are_refused(inputs: int, targets: int, size: int, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        ArraySource(torch.zeros(inputs, 2), torch.zeros(targets), batch_size=size)
