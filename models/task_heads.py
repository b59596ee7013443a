"""Heads of several tasks on one network: what they answer, what it costs, what they are shown."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from .networks.batching import batches
from .networks.network import TextNetwork
from .task_labels import UNLABELLED, sampled
from .text_source import TextSource
from .training.batch_source import Batches
from .training.learner import Loss, Score


class TaskHeads(nn.Module):
    """A linear layer for each task, whose answers stand side by side.

    Args:
        heads: At least one, all of the same input.

    Attributes:
        tasks: The layers, in the order of the tasks.
    """

    def __init__(self, heads: Sequence[nn.Linear]) -> None:
        super().__init__()
        self.tasks = nn.ModuleList(heads)

    @classmethod
    def of(cls, head: nn.Linear, sizes: Sequence[int]) -> TaskHeads:
        """Split one layer, by rows, into heads of some sizes."""
        parts: list[nn.Linear] = []
        weights = head.weight.detach().split(list(sizes))
        for weight, bias in zip(weights, head.bias.detach().split(list(sizes)), strict=True):
            parts.append(_linear(weight, bias))
        return cls(parts).to(head.weight.device)

    @property
    def out_features(self) -> int:
        """Numbers in the answers of all tasks together."""
        return sum(head.out_features for head in self._linears())

    @property
    def in_features(self) -> int:
        """Numbers that a head sees."""
        return self._linears()[0].in_features

    def add(self, weights: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
        """Add a head behind the others, in place.

        Args:
            weights: float32[C, W].
            bias: float32[C].
        """
        device = self._linears()[0].weight.device
        self.tasks.append(_linear(torch.tensor(weights), torch.tensor(bias)).to(device))

    def forward(self, features: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Return float32[B, sum of C], the answers of all tasks side by side.

        While it learns they stand apart, float32[B, C] for each task: a head whose answer the loss
        doesn't look at then has no gradient, where side by side it would have one of zeros, and be
        moved by its momentum.
        """
        found = tuple(head(features) for head in self.tasks)
        return found if self.training else torch.cat(found, 1)

    def joined(self) -> nn.Linear:
        """Return one layer with the rows of all heads; a copy."""
        heads = self._linears()
        return _linear(torch.cat([h.weight for h in heads]), torch.cat([h.bias for h in heads]))

    def _linears(self) -> list[nn.Linear]:
        return [head for head in self.tasks if isinstance(head, nn.Linear)]


def split_head(network: TextNetwork, sizes: Sequence[int]) -> None:
    """Split the head of a network, by rows, into heads of some sizes; in place."""
    network.add_module("head", TaskHeads.of(network.head, sizes))


def heads_of(network: TextNetwork) -> TaskHeads:
    """Return the heads that :func:`split_head` made."""
    head: nn.Module = network.head
    assert isinstance(head, TaskHeads)
    return head


def joined_head(network: TextNetwork) -> TextNetwork:
    """Return a network with the heads of another as one layer; everything else is that one's."""
    return _under(network, heads_of(network).joined())


def single_head(network: TextNetwork, place: int) -> TextNetwork:
    """Return a network with one of the heads of another; everything else is that one's.

    Args:
        network: With heads that :func:`split_head` made.
        place: Which head, from 0.
    """
    head = heads_of(network).tasks[place]
    assert isinstance(head, nn.Linear)
    return _under(network, _linear(head.weight, head.bias))


def task_loss(sizes: Sequence[int], weights: Sequence[float]) -> Loss:
    """Return the loss of several tasks, some of whose labels are missing.

    Args:
        sizes: Classes of each task.
        weights: What a label of each counts.

    Returns:
        Answers float32[B, sum of C] and classes int64[B, K] -> the sum over all labels there are of
        the weight times the cross-entropy, divided by B. A task without a label in the batch takes
        no part, so that its head has no gradient and doesn't move: but where several processes
        train, which wait for each other's gradients, its gradient is there and zero.
    """

    def loss(output: Tensor | tuple[Tensor, ...], target: Tensor) -> Tensor:
        total = torch.zeros((), device=target.device)
        several = torch.distributed.is_available() and torch.distributed.is_initialized()
        for column, own in enumerate(_apart(output, sizes)):
            labels = target[:, column]
            there = labels != UNLABELLED
            if not bool(there.any()) and not several:
                continue
            summed = functional.cross_entropy(own[there], labels[there], reduction="sum")
            total = total + weights[column] * summed
        return total / max(1, len(target))

    return loss


def task_score(sizes: Sequence[int]) -> Score:
    """Return how right each example is: the share of its labels that its answers have."""

    def score(output: Tensor | tuple[Tensor, ...], target: Tensor) -> Tensor:
        right = torch.zeros(len(target), device=target.device)
        for column, own in enumerate(_apart(output, sizes)):
            right += (own.argmax(1) == target[:, column]).float()
        return right / (target != UNLABELLED).sum(1).clamp(min=1)

    return score


@dataclass(frozen=True, eq=False)
class SampledSource(TextSource):
    """Labelled texts of which each is met at a rate of its own.

    Attributes:
        rates: float64[N], times a text is met in an epoch, 1 on average.
    """

    rates: NDArray[np.float64] | None = None

    @classmethod
    def over(cls, source: TextSource, rates: NDArray[np.float64]) -> SampledSource:
        """Return a source of the same texts at some rates."""
        known = {one.name: getattr(source, one.name) for one in fields(TextSource)}
        return cls(**known, rates=rates)

    def epoch(self, number: int) -> Batches:
        """Return the batches of an epoch, each made when it is asked for."""
        assert self.rates is not None
        chosen = sampled(self.rates, seed=self.seed, epoch=number)
        found = batches(
            self.texts.lengths[chosen], batch_size=self.batch_size, seed=self.seed, epoch=number
        )
        return Batches([chosen[rows] for rows in found], self._batch)

    def digest(self) -> str:
        """Return a checksum of texts, targets and rates, and of who reads them."""
        assert self.rates is not None
        return hashlib.sha256(super().digest().encode() + self.rates.tobytes()).hexdigest()


def _apart(output: Tensor | tuple[Tensor, ...], sizes: Sequence[int]) -> tuple[Tensor, ...]:
    return output.split(list(sizes), 1) if isinstance(output, Tensor) else output


def _under(network: TextNetwork, head: nn.Linear) -> TextNetwork:
    made = copy.copy(network)
    made.__dict__["_modules"] = dict(network.named_children())
    made.head = head
    return made


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    made = nn.Linear(weight.shape[1], weight.shape[0], device="meta")
    made.weight = nn.Parameter(weight.detach().clone().float())
    made.bias = nn.Parameter(bias.detach().clone().float())
    return made
