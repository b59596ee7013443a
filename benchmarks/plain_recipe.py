"""The recipe of most tutorials, as a peer: padded random batches, all rows tuned by dense Adam."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

MODULES: dict[str, Any] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class PlainNetwork(nn.Module):
    """``nn.Embedding(freeze=False)``, ``nn.GRU`` on padded texts, pooling under a mask, a head.

    The same network as ours: both directions, maximum, mean and attention side by side.

    Args:
        matrix: float32[V, D].
        kind: "rnn", "lstm" or "gru".
        hidden: Numbers in the state of one direction.
        dropout: On embeddings and before the head.
    """

    def __init__(self, matrix: np.ndarray, *, kind: str, hidden: int, dropout: float) -> None:
        super().__init__()
        weights = torch.tensor(matrix)
        self.embedding = nn.Embedding.from_pretrained(weights, freeze=False, padding_idx=0)
        self.encoder = MODULES[kind](matrix.shape[1], hidden, batch_first=True, bidirectional=True)
        self.project, self.score = nn.Linear(2 * hidden, hidden), nn.Linear(hidden, 1, bias=False)
        self.head = nn.Linear(6 * hidden, 2)
        self.dropout = nn.Dropout(dropout)

    def forward(self, ids: Tensor) -> Tensor:
        """Return float32[B, 2] of padded int64[B, L]."""
        states, _ = self.encoder(self.dropout(self.embedding(ids)))
        inside = (ids != 0)[:, :, None]
        highest = states.masked_fill(~inside, -1e9).max(1).values
        mean = (states * inside).sum(1) / inside.sum(1)
        scores = self.score(torch.tanh(self.project(states))).masked_fill(~inside, -1e9)
        attended = (states * scores.softmax(1)).sum(1)
        return self.head(self.dropout(torch.cat([highest, mean, attended], 1)))


def padded_batches(lengths: np.ndarray, size: int, *, seed: int) -> list[np.ndarray]:
    """Return texts in random batches, whatever their lengths."""
    order = np.random.default_rng(seed).permutation(len(lengths))
    return [order[start : start + size] for start in range(0, len(order), size)]
