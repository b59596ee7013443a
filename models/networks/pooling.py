"""From a vector for each token to one for each text: last, mean, max, attention, or several."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...embeddings.errors import ConfigurationError
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

        Text by text, which is not only exact: it is faster than sums and maxima scattered over a
        batch, whose gradients pass through memory several times.

        Args:
            states: float32[T, H], token after token.
            layout: Which text each token is of.

        Returns:
            float32[B, P*H] for P kinds, in the order named.
        """
        lengths = layout.lengths.tolist()
        texts = states.split(lengths)
        scores = [None] * len(texts)
        if self.attention is not None:
            scores = self.attention(states).split(lengths)
        rows = [self._text(text, own) for text, own in zip(texts, scores, strict=True)]
        return torch.stack(rows) if rows else states.new_zeros(0, self.size)

    def weights(self, states: Tensor, layout: Layout) -> list[Tensor]:
        """Return for each text float32[L], the attention on each token: 1 in sum.

        Raises:
            ConfigurationError: There is no attention in this pooling.
        """
        if self.attention is None:
            raise ConfigurationError(
                f'"{"+".join(self.kinds)}" has no attention: weights need a pooling with it'
            )
        scores = self.attention(states).split(layout.lengths.tolist())
        return [own.softmax(0) for own in scores]

    def _text(self, states: Tensor, scores: Tensor | None) -> Tensor:
        """Return [P*H] of the states [L, H] of one text, and what attention says of its tokens."""
        if not len(states):  # zeros, but with gradients: several processes wait for each other's
            nothing = states.sum() if scores is None else states.sum() + scores.sum()
            return nothing + states.new_zeros(self.size)
        parts: list[Tensor] = []
        for kind in self.kinds:
            if kind == "max":
                parts.append(states.max(0).values)
            elif kind == "mean":
                parts.append(states.mean(0))
            elif kind == "last":
                forwards = states.shape[1] // self.directions
                parts += [states[-1, :forwards], states[0, forwards:]]
            elif scores is not None:
                parts.append(scores.softmax(0) @ states)
        return torch.cat(parts)


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
