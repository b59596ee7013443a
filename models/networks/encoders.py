"""From the vectors of a text's words to states that know their company."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from ...embeddings.errors import ConfigurationError
from .ragged import Layout, TokenVectors
from .recurrence import can_run, run_layer

Kind = Literal["rnn", "lstm", "gru"]

_MODULES: dict[str, Any] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class RecurrentEncoder(nn.Module):
    """A recurrent network of one or two directions and any number of layers.

    Args:
        kind: ``"rnn"`` (Elman, tanh), ``"lstm"`` or ``"gru"``.
        inputs: D, numbers in a word's vector.
        hidden: Numbers in the state of one direction.
        layers: How many, one above the other.
        bidirectional: Whether a second network reads from the end.
        dropout: Share of numbers set to zero between layers, when training.

    Attributes:
        size: H, numbers in a state: those of all directions.
        directions: 1 or 2.
        layers: ``nn.GRU`` and the like of one layer each, bottom first.
    """

    def __init__(
        self,
        kind: Kind,
        inputs: int,
        *,
        hidden: int,
        layers: int = 1,
        bidirectional: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if kind not in _MODULES:
            raise ConfigurationError(f"kind: expected rnn, lstm or gru, found {kind!r}")
        self.kind: Kind = kind
        self.directions = 2 if bidirectional else 1
        self.size = hidden * self.directions
        self.layers = nn.ModuleList(
            _MODULES[kind](inputs if layer == 0 else self.size, hidden, bidirectional=bidirectional)
            for layer in range(layers)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: TokenVectors) -> Tensor:
        """Read the texts of a batch.

        Returns:
            float32[T, H], the state of each token, text after text.
        """
        layout = tokens.layout
        states: Tensor | None = None
        for layer in self.layers:
            if states is not None:
                each = torch.arange(layout.tokens)
                tokens = TokenVectors(self.dropout(states), each, layout)
            if can_run(layer, tokens.vectors):
                states = run_layer(layer, tokens)
            else:
                states = _by_torch(layer, tokens.spread(), layout)
        assert states is not None
        return states


class BagEncoder(nn.Module):
    """The baseline: a text's words in no order, each its own vector.

    Args:
        inputs: D, numbers in a word's vector.

    Attributes:
        size: H, which is D.
        directions: 1.
    """

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.size, self.directions = inputs, 1

    def forward(self, tokens: TokenVectors) -> Tensor:
        """Return float32[T, D], the vector of each token."""
        return tokens.spread()


def _by_torch(layer: Any, inputs: Tensor, layout: Layout) -> Tensor:
    """Run one layer of PyTorch's own over inputs float32[T, D], packed."""
    if not layout.tokens:
        return inputs.new_zeros(0, layer.hidden_size * (2 if layer.bidirectional else 1))
    order, sizes = layout.packed
    place = torch.from_numpy(order).to(inputs.device)
    packed = PackedSequence(inputs[place], torch.from_numpy(sizes))
    states = layer(packed)[0].data
    return torch.empty_like(states).index_copy(0, place, states)
