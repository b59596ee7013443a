"""Structural correspondence: what foretells the words that mean the same in both domains."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin

from ...embeddings.errors import DomainError
from .axes import one_way
from .data import (
    Domain,
    DomainTransformer,
    class_numbers,
    real,
    short_indices,
    used_by,
    whole,
)
from .rows import as_array, beside, stacked, typical_length


class StructuralCorrespondence(ClassNamePrefixFeaturesOutMixin, DomainTransformer):
    """Append to the features where they lie in the space of the predictors of pivots.

    Pivots are features that both domains have often and that tell the source's classes apart.
    For each a linear predictor is learnt from all other features, in both domains; the main
    directions of these predictors are features that a word of the target gets by its company.

    Args:
        pivots: How many features foretold, at most.
        n_components: K, directions kept, at most.
        min_rows: Rows of each domain that must have a pivot.
        regularization: Of the predictors, as a share of the mean squared length of the rows.
        weight: Mean length of the new features, where that of the old ones is 1.

    Attributes:
        pivots_: int64[P], columns.
        directions_: float64[D, K].
        sizes_: Mean lengths of old and new features, which they are divided by.

    Source: Blitzer, Dredze & Pereira 2007 (ACL), sections 2 and 3 (SCL-MI); the predictors are
        ridge regressions in closed form instead of modified Huber losses.
    """

    def __init__(
        self,
        *,
        pivots: int = 500,
        n_components: int = 50,
        min_rows: int = 5,
        regularization: float = 1.0,
        weight: float = 1.0,
    ) -> None:
        self.pivots, self.n_components, self.min_rows = pivots, n_components, min_rows
        self.regularization, self.weight = regularization, weight

    def __sklearn_tags__(self) -> Any:
        """Say that labels are needed."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    def _problems(self) -> list[str]:
        return [
            *whole("pivots", self.pivots, 1),
            *whole("n_components", self.n_components, 1),
            *whole("min_rows", self.min_rows, 1),
            *real("regularization", self.regularization, 0.0, np.inf, above=True),
            *real("weight", self.weight, 0.0, np.inf, above=True),
        ]

    def _learn(self, source: Any, y: Any, target: Any) -> None:
        if y is None:
            raise DomainError(
                "StructuralCorrespondence requires y to be passed, but the target y is None: "
                "pivots are chosen by the labels of the source"
            )
        _, numbers = class_numbers(y, rows=source.shape[0])
        self.pivots_ = self._chosen(source, numbers, target)
        both = source if source is target else stacked(source, target)
        predictors = self._predictors(both)
        # Left singular vectors, by way of the smaller products of columns with each other.
        squares, turned = scipy.linalg.eigh(predictors.T @ predictors)
        squares, turned = squares[::-1], turned[:, ::-1]
        some = min(self.n_components, int((squares > 1e-12 * max(squares[0], 1e-300)).sum()))
        axes = predictors @ turned[:, :some] / np.sqrt(squares[:some])
        self.directions_: NDArray[np.float64] = one_way(axes)
        self.sizes_ = (typical_length(both), typical_length(np.asarray(both @ self.directions_)))
        self._n_features_out = source.shape[1] + some

    def _moved(self, rows: Any, domain: Domain) -> Any:
        del domain
        new = np.asarray(rows @ self.directions_) * (self.weight / self.sizes_[1])
        old = rows / self.sizes_[0]
        return short_indices(beside(old, new, dtype=rows.dtype))

    def _chosen(self, source: Any, numbers: NDArray[np.int64], target: Any) -> NDArray[np.int64]:
        met = np.minimum(used_by(source), used_by(target))
        often = np.flatnonzero(met >= self.min_rows)
        if not often.size:
            raise DomainError(
                f"no feature stands in min_rows={self.min_rows} rows of both domains, so that "
                "there are no pivots: lower min_rows, or take another way"
            )
        told = mutual_information(source, numbers)[often]
        return np.sort(often[np.argsort(-told, kind="stable")[: self.pivots]])

    def _predictors(self, rows: Any) -> NDArray[np.float64]:
        """Return float64[D, P], ridge regressions of each pivot on what is no pivot."""
        present = as_array(rows[:, self.pivots_] != 0)
        present -= present.mean(axis=0)
        others = np.ones(rows.shape[1])
        others[self.pivots_] = 0.0
        seen = rows @ sp.diags(others) if sp.issparse(rows) else rows * others
        added = self.regularization * max(typical_length(rows) ** 2, 1e-300)
        if rows.shape[0] <= rows.shape[1]:
            inner = as_array(seen @ seen.T)
            inner[np.diag_indices(len(inner))] += added
            solved = scipy.linalg.solve(inner, present, assume_a="pos", overwrite_a=True)
            return np.asarray(seen.T @ solved)
        inner = as_array(seen.T @ seen)
        inner[np.diag_indices(len(inner))] += added
        right = np.asarray(seen.T @ present)
        return scipy.linalg.solve(inner, right, assume_a="pos", overwrite_a=True)


def mutual_information(rows: Any, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return float64[D], how much the presence of each column says about the class, in nats.

    Args:
        rows: float[N, D]; what isn't 0 is present.
        numbers: int64[N], classes from 0.
    """
    count, classes = rows.shape[0], int(numbers.max()) + 1
    there = np.array([used_by(rows[numbers == one]) for one in range(classes)], np.float64)
    members = np.bincount(numbers, minlength=classes)[:, None]
    found = np.zeros(rows.shape[1])
    for cells, share in ((there, there.sum(0)), (members - there, count - there.sum(0))):
        with np.errstate(divide="ignore", invalid="ignore"):
            each = cells / count * np.log(cells * count / (members * share[None, :]))
        found += np.nan_to_num(each, nan=0.0, neginf=0.0).sum(axis=0)
    return found
