"""Self-taught learning: features for a small labelled task, learnt on other text without labels."""

from __future__ import annotations

import warnings
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.decomposition import MiniBatchDictionaryLearning, sparse_encode
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, validate_data

from ...embeddings.errors import ConfigurationError

_BLOCK = 2048  # rows that are encoded together
_EPSILON = 1e-12


@dataclass(eq=False, repr=False)
class SelfTaughtFeatures(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Describe rows by the few parts that they are made of, the parts learnt on unlabelled rows.

    ``fit`` takes rows without labels, such as vectors of Wikipedia's paragraphs; they need not be
    of the classes that are to be told later, nor from the same source. It finds parts ("atoms")
    such that each row is nearly a sum of few. ``transform`` gives the amounts, the *codes*, of any
    row: features for a task with few labels. Fit it once, before the labelled task; a pipeline that
    is fitted on the labelled rows would learn the parts from these alone
    (``sklearn.frozen.FrozenEstimator`` keeps it as it is).

    Args:
        n_atoms: Parts, and features.
        alpha: How dear a part is: higher for fewer parts in each row.
        keep: Put the rows themselves, of length 1, beside their codes.
        batch_size: Of learning.
        epochs: Passages over the unlabelled rows.
        seed: Of the first atoms and the order.

    Attributes:
        atoms_: float64[A, W], of length 1.
        mean_: float64[W], of the unlabelled rows; it is taken off.
        n_features_out_: A, or A + W with ``keep``.

    Source: Raina, Battle, Lee, Packer and Ng 2007 (ICML), equations 1 to 3; the atoms by online
        dictionary learning (Mairal et al. 2009), the codes by coordinate descent.
    """

    n_atoms: int = 128
    _: KW_ONLY
    alpha: float = 0.1
    keep: bool = False
    batch_size: int = 256
    epochs: int = 3
    seed: int = 0

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn parts of unlabelled rows.

        Args:
            X: float[N, W], dense.
            y: Not used; scikit-learn passes it.

        Raises:
            ConfigurationError: Settings are wrong; says all that are.
            ValueError: Rows are not finite, or all alike.
        """
        del y
        self._check()
        table: Any = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        rows = table - (mean := table.mean(axis=0))
        if not rows.any():
            raise ValueError(f"all {len(rows):,} rows are the same: there are no parts to learn")
        make: Any = MiniBatchDictionaryLearning  # scikit-learn's types say int for alpha
        learner = make(
            n_components=self.n_atoms,
            alpha=self.alpha,
            batch_size=self.batch_size,
            max_iter=self.epochs,
            fit_algorithm="cd",
            max_no_improvement=None,
            transform_algorithm="lasso_cd",
            random_state=self.seed,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # of single codes on the way
            learner.fit(_unit(rows))
        self.atoms_, self.mean_ = learner.components_, mean
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Return float64[N, A], how much of each atom is in each row; most are 0.

        Args:
            X: float[N, W].
        """
        check_is_fitted(self)
        table: Any = validate_data(self, X, reset=False, dtype=np.float64)
        rows = _unit(table - self.mean_)
        codes = np.empty((len(rows), len(self.atoms_)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            for start in range(0, len(rows), _BLOCK):
                part: Any = sparse_encode(
                    rows[start : start + _BLOCK], self.atoms_, algorithm="lasso_cd",
                    alpha=self.alpha, max_iter=1000,
                )  # fmt: skip
                codes[start : start + _BLOCK] = part
        return np.hstack([codes, rows]) if self.keep else codes

    @property
    def n_features_out_(self) -> int:
        """Features that come out."""
        check_is_fitted(self)
        atoms, width = self.atoms_.shape
        return int(atoms + width) if self.keep else int(atoms)

    @property
    def _n_features_out(self) -> int:
        return self.n_features_out_

    def _check(self) -> None:
        problems = [
            f"{name}: expected a whole number from {least}, found {value!r}"
            for name, least in (("n_atoms", 1), ("batch_size", 1), ("epochs", 1), ("seed", 0))
            if isinstance(value := getattr(self, name), bool)
            or not isinstance(value, (int, np.integer))
            or value < least
        ]
        if isinstance(self.alpha, bool) or not isinstance(self.alpha, (int, float)) or (
            not 0 < self.alpha < np.inf
        ):  # fmt: skip
            problems.append(f"alpha: expected a number above 0, found {self.alpha!r}")
        if not isinstance(self.keep, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
            problems.append(f"keep: expected True or False, found {self.keep!r}")
        if problems:
            raise ConfigurationError(*problems)


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    unit: NDArray[np.float64] = rows / np.maximum(lengths, _EPSILON)
    return unit
