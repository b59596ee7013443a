"""Probabilities that mean what they say: one temperature for all logits."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from torch.nn import functional

_BOUNDS = (-3.0, 3.0)  # of the natural logarithm of the temperature


def temperature(
    logits: NDArray[np.float32], targets: NDArray[np.int64], *, multilabel: bool = False
) -> float:
    """Return what logits must be divided by to make the targets most likely.

    Args:
        logits: float32[N, C].
        targets: int64[N], classes; or [N, C] of 0 and 1.
        multilabel: Whether each column is a label of its own.

    Returns:
        From about 0.05 to about 20: above 1 where the model is surer than it is right.

    Source: Guo et al. 2017 (arXiv:1706.04599), section 4.2.
    """
    given, truth = torch.from_numpy(logits).double(), torch.from_numpy(targets)

    def cost(log: float) -> float:
        scaled = given / float(np.exp(log))
        if multilabel:
            loss = functional.binary_cross_entropy_with_logits(scaled, truth.double())
        else:
            loss = functional.cross_entropy(scaled, truth.long())
        return float(loss)

    best = minimize_scalar(cost, bounds=_BOUNDS, method="bounded")
    return float(np.exp(best.x))
