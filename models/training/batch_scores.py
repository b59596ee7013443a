"""How right each example of a batch is: what the loop averages as accuracy."""

from __future__ import annotations

import torch


def class_score(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return 1 where the highest score is that of the right class.

    Args:
        output: float32[B, C].
        target: int64[B], classes from 0.

    Returns:
        float32[B].
    """
    return (output.argmax(1) == target).float()


def binary_score(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return 1 where the sign of the logit is right.

    Args:
        output: float32[B] or float32[B, 1], logits of class 1.
        target: [B], 0 or 1.

    Returns:
        float32[B].
    """
    return ((output.reshape(-1) > 0) == (target.reshape(-1) > 0.5)).float()


def label_score(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the share of labels whose presence is right.

    Args:
        output: float32[B, C], a logit for each label.
        target: [B, C], 0 or 1.

    Returns:
        float32[B].
    """
    return ((output > 0) == (target > 0.5)).float().mean(1)
