"""Marginalised stacked denoising: what words of one domain foretell which words of both.

A linear map learns to restore the frequent words of a text from a copy in which almost all words
are missing. "Riveting", which books are and films are not, restores "excellent", which both are:
so words that only one domain has speak through those that both have.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin

from ...embeddings.errors import DomainError
from .data import (
    MOST_COLUMNS,
    MOST_NUMBERS,
    Domain,
    DomainTransformer,
    dense,
    real,
    short_indices,
    used_by,
    whole,
)
from .rows import as_array, beside, stacked, typical_length


class MarginalizedDenoising(ClassNamePrefixFeaturesOutMixin, DomainTransformer):
    """Append to the features what a denoising map restores of them, layer upon layer.

    The map is the least-squares solution over all the ways to blank out features at once, in
    closed form: with ``x`` a row with a constant behind it and every other feature missing with
    probability p, ``W = E[P] E[Q]^-1``, and a layer is ``tanh(W x)``. Learnt on both domains
    together, without labels.

    Only the most frequent features that both domains have are restored (as the paper does where
    there are many): the others are seldom there to learn from.

    Args:
        noise: p, probability that a feature is missing, from 0 to below 1.
        layers: How many maps, each on the output of the one before.
        pivots: Features that are restored, at most.
        keep_input: Whether the features themselves come first, or only the layers.
        regularization: Added to the diagonal.

    Attributes:
        pivots_: int64[R], columns that are restored.
        weights_: One float[D + 1, R] (then float[R + 1, R]) a layer.
        sizes_: Mean length of the rows of the input and of each layer, which each is divided by.

    Source: Chen et al. 2012, arXiv:1206.4683, equations 3 to 6 and section 3.4 for the pivots;
        where there are fewer rows than features, the same solution from the products of rows.
    """

    symmetric = True

    def __init__(
        self,
        *,
        noise: float = 0.95,
        layers: int = 1,
        pivots: int = 1000,
        keep_input: bool = True,
        regularization: float = 1e-5,
    ) -> None:
        self.noise, self.layers, self.pivots = noise, layers, pivots
        self.keep_input, self.regularization = keep_input, regularization

    def _problems(self) -> list[str]:
        return [
            *real("noise", self.noise, 0.0, 0.999),
            *whole("layers", self.layers, 1),
            *whole("pivots", self.pivots, 1),
            *real("regularization", self.regularization, 0.0, np.inf, above=True),
        ]

    def _learn(self, source: Any, y: Any, target: Any) -> None:
        del y
        both = source if source is target else stacked(source, target)
        self.pivots_ = frequent_in_both(source, target, self.pivots)
        self.weights_: list[NDArray[Any]] = []
        layer, wanted = both, self.pivots_
        self.sizes_ = [typical_length(both)]
        for _ in range(self.layers):
            weights = denoising_map(
                layer, wanted, noise=self.noise, regularization=self.regularization
            )
            self.weights_.append(weights.astype(both.dtype))
            layer = _restored(layer, self.weights_[-1])
            wanted = np.arange(layer.shape[1])
            self.sizes_.append(typical_length(layer))
        self._n_features_out = self.layers * len(self.pivots_) + (
            source.shape[1] if self.keep_input else 0
        )

    def _moved(self, rows: Any, domain: Domain) -> Any:
        del domain
        parts: list[Any] = [rows / self.sizes_[0]] if self.keep_input else []
        layer = rows
        for weights, size in zip(self.weights_, self.sizes_[1:], strict=True):
            layer = _restored(layer, weights)
            parts.append(layer / size)
        return short_indices(beside(*parts, dtype=rows.dtype))


def denoising_map(
    rows: Any, wanted: NDArray[np.int64], *, noise: float, regularization: float
) -> NDArray[np.float64]:
    """Return what restores some columns of rows best when columns are missing by chance.

    Args:
        rows: float[N, D], dense or CSR.
        wanted: int64[R], columns to restore.
        noise: Probability that a column of a row is missing; the constant never is.
        regularization: Added to the diagonal.

    Returns:
        float64[D + 1, R], for rows with a 1 behind them.
    """
    count, width = rows.shape
    left = np.full(width + 1, 1.0 - noise)
    left[-1] = 1.0
    ones = _with_constant(rows)
    squares = ones.multiply(ones) if sp.issparse(ones) else np.square(ones)
    own = np.asarray(squares.sum(axis=0)).ravel()
    # E[Q] = A' A + diagonal, A being the rows times the shares left; E[P]' = A' rows[wanted].
    diagonal = left * (1 - left) * own + regularization
    target = as_array(ones[:, wanted])
    scaled = ones @ sp.diags(left) if sp.issparse(ones) else ones * left
    if count <= width:
        return _from_rows(scaled, diagonal, target)
    return _from_columns(scaled, diagonal, target)


def frequent_in_both(source: Any, target: Any, most: int) -> NDArray[np.int64]:
    """Return int64[n], columns that most rows of both domains have, in the order of the columns.

    A column counts as the domain that has it in the smaller share of its rows has it.
    """
    shares = [used_by(rows) / rows.shape[0] for rows in (source, target)]
    least = np.minimum(*shares)
    best = np.argsort(-least, kind="stable")[: min(most, int((least > 0).sum()))]
    return np.sort(best)


def _from_rows(
    scaled: Any, diagonal: NDArray[np.float64], target: NDArray[Any]
) -> NDArray[np.float64]:
    """Solve by the products of rows: (A'A + d)^-1 A' t = d^-1 A' (1 + A d^-1 A')^-1 t."""
    count = scaled.shape[0]
    if count > MOST_COLUMNS:
        raise DomainError(
            f"denoising {count:,} rows of {scaled.shape[1] - 1:,} columns takes too much memory: "
            f"keep at most {MOST_COLUMNS:,} features, or fewer rows"
        )
    if scaled.shape[1] * target.shape[1] > MOST_NUMBERS:
        raise DomainError(
            f"a map of {scaled.shape[1] - 1:,} columns to {target.shape[1]:,} is too large: lower "
            "pivots, or keep fewer features"
        )
    weighed = scaled @ sp.diags(1 / diagonal) if sp.issparse(scaled) else scaled / diagonal
    inner = as_array(weighed @ scaled.T)
    inner[np.diag_indices(count)] += 1.0
    solved = scipy.linalg.solve(inner, target, assume_a="pos", overwrite_a=True)
    return np.asarray(weighed.T @ solved)


def _from_columns(
    scaled: Any, diagonal: NDArray[np.float64], target: NDArray[Any]
) -> NDArray[np.float64]:
    inner = as_array(scaled.T @ scaled)
    inner[np.diag_indices(len(inner))] += diagonal
    return scipy.linalg.solve(
        inner, np.asarray(scaled.T @ target, np.float64), assume_a="pos", overwrite_a=True
    )


def _restored(rows: Any, weights: NDArray[Any]) -> NDArray[Any]:
    return np.tanh(np.asarray(rows @ weights[:-1]) + weights[-1])


def _with_constant(rows: Any) -> Any:
    ones = np.ones((rows.shape[0], 1))
    if sp.issparse(rows):
        return sp.hstack([rows, ones], format="csr", dtype=np.float64)
    return np.hstack([dense(rows, what="denoising").astype(np.float64), ones])
