"""From a vector for each token to one for each text: last, mean, max, attention, or several."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..embeddings.errors import ConfigurationError
from .ragged import Layout

KINDS = ("last", "mean", "max", "attention")


class Pooling(nn.Module):
    """Makes one vector of a text's states, side by side where several ways are named.

    Every way is exact: padding doesn't exist here, so that a text has the same result in any
    company. A text without tokens becomes zeros.

    * ``last``: the state in which each direction ends: the last token's forward, the first token's
      backward.
    * ``mean`` and ``max``: over the tokens, number by number.
    * ``attention``: the mean weighted by ``softmax(v . tanh(W h + b))`` over the tokens.

    Args:
        kinds: One of :data:`KINDS`, or several joined by ``+``.
        size: H, numbers in a state.
        directions: 2 where the second half of a state was computed backwards, else 1.
        attention_size: Rows of ``W``; ``None`` for half of ``size``.

    Raises:
        ConfigurationError: A kind is unknown or named twice.

    Source: attention as in Yang et al. 2016 (NAACL), equations 5 to 7.
    """

    def __init__(
        self, kinds: str, size: int, *, directions: int = 1, attention_size: int | None = None
    ) -> None:
        super().__init__()
        self.kinds = parse_pooling(kinds)
        self.directions = directions
        self.size = size * len(self.kinds)
        self.attention = None
        if "attention" in self.kinds:
            self.attention = _Attention(size, attention_size or max(1, size // 2))

    def forward(self, states: Tensor, layout: Layout) -> Tensor:
        """Pool the states of a batch.

        Args:
            states: float32[T, H], token after token.
            layout: Which text each token is of.

        Returns:
            float32[B, P*H] for P kinds, in the order named.
        """
        parts = [getattr(self, f"_{kind}")(states, layout) for kind in self.kinds]
        return parts[0] if len(parts) == 1 else torch.cat(parts, 1)

    def weights(self, states: Tensor, layout: Layout) -> Tensor:
        """Return float32[T], the attention on each token: 1 in sum over a text.

        Raises:
            ConfigurationError: There is no attention in this pooling.
        """
        if self.attention is None:
            raise ConfigurationError(
                f'"{"+".join(self.kinds)}" has no attention: weights need a pooling with it'
            )
        return _softmax(self.attention(states), layout)

    def _last(self, states: Tensor, layout: Layout) -> Tensor:
        filled = torch.from_numpy(layout.filled).to(states.device)
        first = torch.from_numpy(layout.offsets[:-1][layout.filled]).to(states.device)
        end = torch.from_numpy(layout.offsets[1:][layout.filled]).to(states.device) - 1
        if self.directions == 1:
            found = states[end]
        else:
            half = states.shape[1] // 2
            found = torch.cat([states[end, :half], states[first, half:]], 1)
        return states.new_zeros(len(layout), states.shape[1]).index_copy(0, filled, found)

    def _mean(self, states: Tensor, layout: Layout) -> Tensor:
        lengths = torch.from_numpy(layout.lengths).to(states)
        return _sums(states, layout) / lengths.clamp(min=1)[:, None]

    def _max(self, states: Tensor, layout: Layout) -> Tensor:
        owner = layout.owner.to(states.device)[:, None].expand_as(states)
        empty = states.new_zeros(len(layout), states.shape[1])
        return empty.scatter_reduce(0, owner, states, "amax", include_self=False)

    def _attention(self, states: Tensor, layout: Layout) -> Tensor:
        return _sums(states * self.weights(states, layout)[:, None], layout)


class _Attention(nn.Module):
    """How much each token says: ``v . tanh(W h + b)``."""

    def __init__(self, size: int, hidden: int) -> None:
        super().__init__()
        self.project = nn.Linear(size, hidden)
        self.score = nn.Linear(hidden, 1, bias=False)

    def forward(self, states: Tensor) -> Tensor:
        found: Tensor = self.score(torch.tanh(self.project(states)))
        return found[:, 0]


def parse_pooling(kinds: str) -> tuple[str, ...]:
    """Split ``"max+mean"`` into kinds.

    Raises:
        ConfigurationError: One is unknown or named twice.
    """
    named = tuple(kinds.split("+")) if isinstance(kinds, str) else ()
    if not named or not set(named) <= set(KINDS) or len(set(named)) < len(named):
        raise ConfigurationError(
            f"pooling: expected {', '.join(KINDS)}, or several of them joined by +, such as "
            f'"max+mean", found {kinds!r}'
        )
    return named


def _sums(states: Tensor, layout: Layout) -> Tensor:
    """Return float32[B, H], the sum over each text's tokens."""
    zeros = states.new_zeros(len(layout), states.shape[1])
    return zeros.index_add(0, layout.owner.to(states.device), states)


def _softmax(scores: Tensor, layout: Layout) -> Tensor:
    """Return float32[T]: exp(score) over the sum of those of the same text."""
    owner = layout.owner.to(scores.device)
    zeros = scores.new_zeros(len(layout))
    top = zeros.scatter_reduce(0, owner, scores.detach(), "amax", include_self=False)
    weights: Any = torch.exp(scores - top[owner])
    return weights / zeros.index_add(0, owner, weights)[owner]
