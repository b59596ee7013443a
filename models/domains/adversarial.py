"""Confusing the domains: a network whose features a critic can't tell the domain of.

Beside the head that names the class, a critic learns to tell the domain from the same features. On
the way back its gradient is turned round, so that what lies below learns to give it nothing to go
by. What is left is what both domains have, and what the head needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, cast, overload

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..training.batch_source import BatchSource
from ..training.groups import Group, Groups
from ..training.learner import Loss, Score, tokens_of

STEEPNESS = 10.0
"""How fast the strength of the critic rises: gamma of the paper."""


class _Reversal(torch.autograd.Function):
    """What goes through unchanged, and comes back turned round."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        features, ctx.strength = given
        return features.view_as(features)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return -ctx.strength * gradients[0], None


def reverse_gradient(features: Tensor, strength: float) -> Tensor:
    """Return features unchanged; their gradient comes back times ``-strength``.

    Source: Ganin & Lempitsky 2015, arXiv:1409.7495, equations 12 and 13.
    """
    return cast("Tensor", _Reversal.apply(features, strength))


def strength_at(progress: float, *, most: float = 1.0, steepness: float = STEEPNESS) -> float:
    """Return how much the critic counts: 0 at first, while it knows nothing, then rising.

    Args:
        progress: Share of the training that is done, 0 to 1.
        most: What it rises to.
        steepness: How fast.

    Source: Ganin et al. 2016, arXiv:1505.07818, section 5.2.2:
        ``2 / (1 + exp(-10 p)) - 1``.
    """
    return most * (2.0 / (1.0 + math.exp(-steepness * progress)) - 1.0)


@dataclass(frozen=True, eq=False)
class DomainBatch:
    """Some examples of each domain, of which those of the source have labels.

    Attributes:
        source: B examples, whatever the network takes.
        target: b examples.
        strength: How much the critic counts.
    """

    source: Any
    target: Any
    strength: float

    @property
    def tokens(self) -> int:
        """Tokens of both, or examples of the source where there are no tokens."""
        return sum(tokens_of(part, len(part)) for part in (self.source, self.target))

    def to(self, device: Any, *, non_blocking: bool = False) -> DomainBatch:
        """Return the batch on another device."""
        moved = [part.to(device, non_blocking=non_blocking) for part in (self.source, self.target)]
        return replace(self, source=moved[0], target=moved[1])


class Answers(NamedTuple):
    """What the network gives for a :class:`DomainBatch`.

    Attributes:
        classes: float32[B, C], logits for the examples of the source.
        domains: float32[B + b], logits for the target: the source's examples first.
    """

    classes: Tensor
    domains: Tensor


class AdversarialNetwork(nn.Module):
    """A network with a head for classes and a critic of domains on the same features.

    Takes a :class:`DomainBatch` while it learns and gives :class:`Answers`; takes examples alone
    otherwise, and gives float32[B, C].

    Args:
        body: Examples -> float32[B, W], features.
        head: Features -> float32[B, C].
        size: W.
        hidden: Numbers in the critic's hidden layer; 0 for none.
        seed: Of the critic's weights.

    Attributes:
        body: As given.
        head: As given.
        critic: Features -> float32[B, 1].
    """

    def __init__(
        self, body: nn.Module, head: nn.Module, size: int, *, hidden: int = 100, seed: int = 0
    ) -> None:
        super().__init__()
        self.body, self.head = body, head
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.critic = (
                nn.Sequential(nn.Linear(size, hidden), nn.ReLU(), nn.Linear(hidden, 1))
                if hidden
                else nn.Sequential(nn.Linear(size, 1))
            )

    def groups(self) -> list[tuple[str, list[nn.Parameter]]]:
        """Return the body's parameters, then those of head and critic."""
        new = [*self.head.parameters(), *self.critic.parameters()]
        return [("body", list(self.body.parameters())), ("head", new)]

    def forward(self, batch: Any) -> Any:
        """Return the answers for a batch."""
        if not isinstance(batch, DomainBatch):
            return self.head(self.body(batch))
        features = [self.body(part) for part in (batch.source, batch.target)]
        turned = reverse_gradient(torch.cat(features), batch.strength)
        return Answers(self.head(features[0]), self.critic(turned).squeeze(1))


class PairedSource:
    """Batches of the source with one of the target beside each.

    A :class:`.BatchSource` made of two. The target's batches come in their own order,
    one after another over all epochs, so that a larger target is seen whole in the end, and a
    smaller one more often.

    Args:
        source: Labelled examples; its epochs are sequences.
        target: Examples whose labels, whatever they are, nobody looks at.
        epochs: Of the whole training, for the rise of the strength.
        strength: Share of the training done, 0 to 1 -> how much the critic counts.
    """

    def __init__(
        self,
        source: BatchSource,
        target: BatchSource,
        *,
        epochs: int,
        strength: Callable[[float], float],
    ) -> None:
        self._source, self._target = source, target
        self._epochs, self._strength = epochs, strength

    def __len__(self) -> int:
        return len(self._source)

    def epoch(self, number: int) -> Sequence[tuple[DomainBatch, Tensor]]:
        """Return the batches of an epoch."""
        return _Pairs(self, number)

    def digest(self) -> str:
        """Return a checksum of both domains and of the course of the strength."""
        parts = [getattr(part, "digest", str)() for part in (self._source, self._target)]
        course = [self._strength(share / 4) for share in range(5)]
        return f"{' '.join(parts)} {self._epochs} {course}"

    def pair(self, number: int, turn: int) -> tuple[DomainBatch, Tensor]:
        """Return batch ``turn`` of epoch ``number``."""
        steps, others = len(self._source), len(self._target)
        step = number * steps + turn
        own: Any = self._source.epoch(number)
        other: Any = self._target.epoch(step // others)
        inputs, labels = own[turn]
        strength = self._strength(min(1.0, step / (self._epochs * steps)))
        return DomainBatch(inputs, other[step % others][0], strength), labels


class _Pairs(Sequence[tuple[DomainBatch, Tensor]]):
    """An epoch, each pair made when it is asked for."""

    def __init__(self, source: PairedSource, number: int) -> None:
        self._source, self._number = source, number

    def __len__(self) -> int:
        return len(self._source)

    @overload
    def __getitem__(self, index: int) -> tuple[DomainBatch, Tensor]: ...
    @overload
    def __getitem__(self, index: slice) -> list[tuple[DomainBatch, Tensor]]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[turn] for turn in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(f"expected a batch from 0 to {len(self) - 1}, found {index}")
        return self._source.pair(self._number, index)

    def __iter__(self) -> Iterator[tuple[DomainBatch, Tensor]]:
        return (self[turn] for turn in range(len(self)))


def adversarial_loss(loss: Loss) -> Loss:
    """Return the loss of classes on the source plus that of domains on both, half for each domain.

    Args:
        loss: Of logits of classes and labels.
    """

    def both(output: Any, target: Tensor) -> Tensor:
        if not isinstance(output, Answers):
            return loss(output, target)
        return loss(output.classes, target) + domain_loss(output.domains, len(target))

    return both


def domain_loss(logits: Tensor, source: int) -> Tensor:
    """Return the cross-entropy of the domains, each of them counting half.

    Args:
        logits: float32[B + b], for the target.
        source: B, how many of them, the first, are of the source.
    """
    own = functional.softplus(logits[:source]).mean()
    return (own + functional.softplus(-logits[source:]).mean()) / 2


def adversarial_score(score: Score) -> Score:
    """Return the score of the examples of the source."""

    def own(output: Any, target: Tensor) -> Tensor:
        return score(output.classes if isinstance(output, Answers) else output, target)

    return own


def with_critic(network: AdversarialNetwork, groups: Groups, *, prefix: str) -> Groups:
    """Return the groups of a part of a network, with the critic among what is new: the topmost.

    Args:
        network: The whole.
        groups: Of the part.
        prefix: Name of the part in the whole, with a dot behind.
    """
    parts = [
        Group(group.name, {prefix + name: p for name, p in group.parameters.items()})
        for group in groups
    ]
    critic = {f"critic.{name}": p for name, p in network.critic.named_parameters()}
    parts[-1] = Group(parts[-1].name, {**parts[-1].parameters, **critic})
    return Groups(network, tuple(parts))
