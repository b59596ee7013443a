"""Domains with the same mean and spread: standardising each by itself, and CORAL."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import OneToOneFeatureMixin

from ...embeddings.errors import DomainError
from .axes import principal_axes
from .data import DOMAINS, Domain, DomainTransformer, dense, real


class DomainScaler(OneToOneFeatureMixin, DomainTransformer):
    """Standardise each domain by itself: mean 0 and about one spread in every column of either.

    The simplest adaptation, and on real data seldom beaten by far: what all texts of a domain have
    in common (a topic, a length) says nothing about their labels.

    Args:
        center: Subtract each domain's mean. Sparse rows are then filled in; ``False`` leaves them
            sparse and only scales.
        scale: Divide by each domain's standard deviation.
        floor: Added to the variance of a column, as a share of the mean variance of all columns:
            keeps columns that hardly vary in a domain from being blown up.

    Attributes:
        mean_: Domain -> float64[D], subtracted.
        scale_: Domain -> float64[D], divided by.
    """

    symmetric = True

    def __init__(self, *, center: bool = True, scale: bool = True, floor: float = 0.1) -> None:
        self.center, self.scale, self.floor = center, scale, floor

    def _problems(self) -> list[str]:
        return real("floor", self.floor, 0.0, np.inf)

    def _learn(self, source: Any, y: Any, target: Any) -> None:
        del y
        self.mean_: dict[Domain, NDArray[np.float64]] = {}
        self.scale_: dict[Domain, NDArray[np.float64]] = {}
        for domain, rows in zip(DOMAINS, (source, target), strict=True):
            mean, variance = _moments(rows)
            self.mean_[domain] = mean if self.center else np.zeros_like(mean)
            spread = np.sqrt(variance + self.floor * variance.mean())
            self.scale_[domain] = (
                np.where(spread > 0, spread, 1.0) if self.scale else spread * 0 + 1
            )

    def _moved(self, rows: Any, domain: Domain) -> Any:
        if not self.center and sp.issparse(rows):
            return (rows @ sp.diags(1 / self.scale_[domain])).tocsr().astype(rows.dtype)
        whole = dense(rows, what="DomainScaler(center=True)")
        mean, scale = (part[domain].astype(rows.dtype) for part in (self.mean_, self.scale_))
        return (whole - mean) / scale


class CORAL(OneToOneFeatureMixin, DomainTransformer):
    """Give the source the mean and covariance of the target; the target stays as it is.

    The source's rows are whitened with their own covariance and coloured with the target's. Both
    are regularised, as texts have more features than there are texts: with 0 and covariances of
    full rank, those of the two domains are equal afterwards.

    Args:
        regularization: Added to all variances of both domains, as a share of their mean variance
            over columns and domains. The paper adds 1 to features of variance 1; less follows the
            data more closely.
        center: Also move the source's mean to the target's.

    Attributes:
        source_: :class:`.Axes` of the source.
        target_: Likewise of the target.
        added_: What was added to the variances.

    Source: Sun, Feng & Saenko 2016, arXiv:1511.05547, algorithm 1; centring as by the
        normalisation they do before.
    """

    def __init__(self, *, regularization: float = 1.0, center: bool = True) -> None:
        self.regularization, self.center = regularization, center

    def _problems(self) -> list[str]:
        return real("regularization", self.regularization, 0.0, np.inf)

    def _learn(self, source: Any, y: Any, target: Any) -> None:
        del y
        width = source.shape[1]
        found = {"source": principal_axes(source), "target": principal_axes(target)}
        self.added_ = self.regularization * (
            (found["source"].total + found["target"].total) / (2 * width)
        )
        for name, axes in found.items():
            if not self.added_ and len(axes.variances) < width:
                raise DomainError(
                    f"the covariance of the {name} is singular: it has {len(axes.variances):,} "
                    f"directions with variance for {width:,} columns. Give regularization above 0, "
                    "more rows, or fewer columns"
                )
        self.source_, self.target_ = found["source"], found["target"]

    def _moved(self, rows: Any, domain: Domain) -> Any:
        if domain == "target":
            return rows
        whole = dense(rows, what="CORAL").astype(np.float64)
        moved = self._aligned(whole - self.source_.mean)
        mean = self.target_.mean if self.center else self.source_.mean
        return (moved + mean).astype(rows.dtype)

    def _aligned(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        added = self.added_
        white = self.source_.applied(
            rows, lambda v: (v + added) ** -0.5, rest=added**-0.5 if added else 0.0
        )
        return self.target_.applied(white, lambda v: (v + added) ** 0.5, rest=added**0.5)


def _moments(rows: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and variance of every column, float64[D]."""
    mean = np.asarray(rows.mean(axis=0), np.float64).ravel()
    squares = rows.multiply(rows) if sp.issparse(rows) else np.square(rows, dtype=np.float64)
    second = np.asarray(squares.mean(axis=0), np.float64).ravel()
    return mean, (second - mean**2).clip(0.0)
