"""A linear head on features that stay as they are: what is fitted in a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from ..embeddings.errors import ConfigurationError, LabelledDataError
from .targets import classes_of
from .threads import blas_for

STRENGTH = 10.0
"""``C`` of the logistic regression where nobody says; chosen on held-out reviews, see
``docs/multitask.md``."""


@dataclass(frozen=True, eq=False)
class LinearHead:
    """A logistic regression, folded into one matrix.

    Attributes:
        weights: float32[C, W], of features as they come.
        bias: float32[C].
        classes: The C classes in order.
    """

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    classes: np.ndarray

    def logits(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return float32[N, C] of features float32[N, W]."""
        return features @ self.weights.T + self.bias

    def predict_proba(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return float64[N, C], the probability of each class."""
        return softmax(self.logits(features))

    def predict(self, features: NDArray[np.float32]) -> np.ndarray:
        """Return the most probable class of each row."""
        return self.classes[self.logits(features).argmax(axis=1)]


def fit_head(features: NDArray[np.float32], y: Any, *, strength: float = STRENGTH) -> LinearHead:
    """Fit a logistic regression to features.

    Features are centred and scaled, each number by itself, to length 1 on average: so the penalty
    means the same whatever layer they come from. The scaling is folded into the weights.

    Args:
        features: float32[N, W].
        y: N classes.
        strength: ``C``, the inverse of the penalty; above 0.

    Raises:
        ConfigurationError: ``strength`` is no number above 0.
        LabelledDataError: Labels are missing, of one class only, of another number than rows.
    """
    if isinstance(strength, bool) or not isinstance(strength, (int, float)) or not strength > 0:
        raise ConfigurationError(f"strength: expected a number above 0, found {strength!r}")
    found = classes_of(y)
    if found.multilabel:
        raise LabelledDataError("a head names one class a text: fit one for each label")
    if len(features) != len(found.numbers):
        raise LabelledDataError(
            f"expected a label for each row, found {len(features):,} rows and "
            f"{len(found.numbers):,} labels"
        )
    rows = np.asarray(features, np.float64)
    centre, spread = rows.mean(axis=0), rows.std(axis=0)
    flat = spread <= 1e-6 * max(float(spread.max(initial=0.0)), 1e-30)
    scale = np.where(flat, 0.0, 1.0 / np.where(flat, 1.0, spread)) / np.sqrt(rows.shape[1])
    inner = (rows - centre) * scale
    model = LogisticRegression(C=float(strength), max_iter=1000, tol=1e-4)
    with blas_for(inner.size):
        model.fit(inner, found.numbers)
    weights, bias = np.asarray(model.coef_), np.asarray(model.intercept_)
    if len(found.classes) == 2:  # scikit-learn has one row for two classes
        weights = np.concatenate([-weights, weights]) / 2
        bias = np.concatenate([-bias, bias]) / 2
    weights = weights * scale
    bias = bias - weights @ centre
    return LinearHead(weights.astype(np.float32), bias.astype(np.float32), found.classes)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return float64[N, C], shares of 1 along each row of float32[N, C]."""
    rows = logits.astype(np.float64)
    powers = np.exp(rows - rows.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
