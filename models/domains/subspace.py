"""Subspace alignment: each domain on its principal axes, the source's turned to the target's."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin

from .axes import Axes, principal_axes
from .data import Domain, DomainTransformer, whole


class SubspaceAlignment(ClassNamePrefixFeaturesOutMixin, DomainTransformer):
    """Project each domain on its principal axes, and turn the source's axes to the target's.

    With ``P`` the axes of a domain, columns of a matrix, the target becomes ``(x - mean) P_t`` and
    the source ``(x - mean) P_s P_s' P_t``: the linear map of the one basis that comes closest to
    the other.

    Args:
        n_components: K, axes of each domain; fewer where either domain has fewer.

    Attributes:
        source_: :class:`.Axes` of the source.
        target_: Likewise of the target.
        alignment_: float64[K, K], ``P_s' P_t``.

    Source: Fernando et al. 2013 (ICCV), equations 1 to 3.
    """

    def __init__(self, *, n_components: int = 100) -> None:
        self.n_components = n_components

    def _problems(self) -> list[str]:
        return whole("n_components", self.n_components, 1)

    def _learn(self, source: Any, y: Any, target: Any) -> None:
        del y
        own, other = (principal_axes(rows, most=self.n_components) for rows in (source, target))
        size = min(len(own.variances), len(other.variances))
        self.source_, self.target_ = _first(own, size), _first(other, size)
        self.alignment_: NDArray[np.float64] = self.source_.directions.T @ self.target_.directions
        self._n_features_out = size

    def _moved(self, rows: Any, domain: Domain) -> Any:
        axes = self.source_ if domain == "source" else self.target_
        turned = axes.directions @ self.alignment_ if domain == "source" else axes.directions
        found = np.asarray(rows @ turned) - axes.mean @ turned
        return found.astype(rows.dtype)


def _first(axes: Axes, size: int) -> Axes:
    return Axes(axes.mean, axes.directions[:, :size], axes.variances[:size], axes.total)
