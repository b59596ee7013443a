"""Vectors to a layer of PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch.nn import Embedding


def embedding_layer(
    matrix: np.ndarray, *, freeze: bool, padding_index: int | None = None
) -> Embedding:
    """Build ``nn.Embedding`` with a matrix as its weights.

    Args:
        matrix: float32[V, D]; copied.
        freeze: Exclude the weights from training.
        padding_index: A row that stands for nothing: it is made zero, as ``nn.Embedding``'s own
            constructor does and ``from_pretrained`` doesn't, and never trained.
    """
    import torch

    weights = torch.tensor(matrix)  # copies, where from_numpy would share
    if padding_index is not None:
        weights[padding_index] = 0.0
    return torch.nn.Embedding.from_pretrained(weights, freeze=freeze, padding_idx=padding_index)
