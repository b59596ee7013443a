"""Few labels: what unlabelled rows say of the directions that matter."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ...embeddings.errors import ConfigurationError

POWER = 0.5
"""Chosen on reviews of IMDB's training set, 100 labels: docs/few-labels.md."""


class PrincipalScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Stretch rows along the directions in which a collection spreads most.

    A classifier's penalty holds back all directions alike; of few labels it can't tell which of
    them are noise. A collection without labels says something of it: classes lie in directions
    in which documents differ much more often than in those in which they hardly do. Rows are
    centred, and each principal direction is multiplied by a power of its standard deviation. Fit
    it on the collection, not on the few labelled rows (``sklearn.frozen.FrozenEstimator`` keeps it
    as it is in a pipeline).

    Args:
        power: Of the standard deviation: 0 only centres, 1 multiplies by it; -1 makes all
            directions alike (whitening). From -1 to 2.

    Attributes:
        mean_: float64[W], of the collection.
        matrix_: float64[W, W], symmetric; it also makes the collection's rows of length 1 in the
            quadratic mean, so that a penalty means the same whatever they come from.

    Example:
        >>> rows = np.random.default_rng(0).normal(size=(500, 2)) * [4, 1]
        >>> np.round(PrincipalScaler(power=1).fit_transform(rows).std(axis=0), 1).tolist()
        [1.0, 0.1]

    Source: Chapelle, Weston and Schölkopf 2003, "Cluster kernels for semi-supervised learning"
        (NIPS 15), section 4: a polynomial transfer function of the kernel's eigenvalues, here with
        exponent ``1 + power`` and on the covariance, which has the same ones.
    """

    def __init__(self, *, power: float = POWER) -> None:
        self.power = power

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the directions of unlabelled rows.

        Args:
            X: float[N, W], dense, two rows or more.
            y: Not used; scikit-learn passes it.

        Raises:
            ConfigurationError: ``power`` is no number from -1 to 2.
            ValueError: Rows are not finite, or all alike.
        """
        del y
        power: Any = self.power
        if isinstance(power, bool) or not isinstance(power, (int, float)) or not -1 <= power <= 2:
            raise ConfigurationError(f"power: expected a number from -1 to 2, found {power!r}")
        rows: Any = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        mean = rows.mean(axis=0)
        centred = rows - mean
        variances, axes = np.linalg.eigh(centred.T @ centred / len(rows))
        # Below float32's precision a direction has no variance, and none is made of it.
        there = variances > 1e-12 * max(variances[-1], 0.0)
        if not there.any():
            raise ValueError(f"all {len(rows):,} rows are the same: they spread in no direction")
        factors = np.where(there, np.where(there, variances, 1.0) ** (power / 2), 0.0)
        length = np.sqrt((variances * factors**2).sum())
        self.mean_: NDArray[np.float64] = mean
        self.matrix_: NDArray[np.float64] = (axes * (factors / length)) @ axes.T
        return self

    def transform(self, X: Any) -> NDArray[Any]:
        """Return float[N, W], stretched; float32 stays float32.

        Args:
            X: float[N, W].
        """
        check_is_fitted(self)
        rows: Any = validate_data(self, X, reset=False, dtype=(np.float64, np.float32))
        mean, matrix = (part.astype(rows.dtype) for part in (self.mean_, self.matrix_))
        return (rows - mean) @ matrix
