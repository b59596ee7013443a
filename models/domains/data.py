"""Rows of two domains: the labelled source, the unlabelled target, and what must fit between them.

A domain is a feature space and a distribution over it (Pan & Yang 2010). Everything here takes both
domains in the same columns: the source as ``X`` with labels ``y``, the target as ``Xt`` without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted, validate_data

from ...embeddings.errors import ConfigurationError, DomainError
from ..targets import classes_of

Domain: TypeAlias = Literal["source", "target"]
DOMAINS: tuple[Domain, Domain] = ("source", "target")
FLOATS = (np.float64, np.float32)
MOST_NUMBERS = 1 << 29
"""Numbers of a dense table that is made from a sparse one, at most: 4 GiB."""
MOST_COLUMNS = 12_000
"""Columns, or rows if there are fewer, of a covariance that is taken apart: minutes, and 2 GiB."""


class DomainTransformer(TransformerMixin, BaseEstimator):
    """What brings two domains closer: ``fit(X, y, Xt)``, then rows of either domain.

    :meth:`transform` takes rows of the target, which are what is predicted; :meth:`fit_transform`
    gives those of the source, which is what the next step learns from. So it stands in a
    :class:`~sklearn.pipeline.Pipeline` (``pipeline.fit(X, y, coral__Xt=Xt)``) and, with the target
    handed on from step to step, in :class:`.AdaptedClassifier`.
    """

    n_features_in_: int

    def fit(self, X: Any, y: Any = None, Xt: Any = None) -> Any:
        """Learn how the domains differ.

        Args:
            X: float[N, D], rows of the source, dense or sparse.
            y: N labels, for those that use them.
            Xt: float[M, D], rows of the target. ``None``: the source is its own target, and
                nothing is moved.

        Raises:
            ConfigurationError: Settings are wrong, all of them in one error.
            DomainError: The domains don't fit together: other columns, none in common, or not
                finite.
        """
        self._check()
        source = rows_of(self, X, reset=True)
        target = target_of(source, Xt)
        self._learn(source, y, target)
        return self

    def transform(self, X: Any, *, domain: Domain = "target") -> Any:
        """Return rows as the next step takes them.

        Args:
            X: float[N, D].
            domain: Which one they are of.

        Returns:
            float[N, W] in the precision of ``X``.
        """
        check_is_fitted(self)
        check_domain(domain)
        return self._moved(rows_of(self, X), domain)

    def fit_transform(self, X: Any, y: Any = None, Xt: Any = None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Learn, and return the rows of the source."""
        return self.fit(X, y, Xt).transform(X, domain="source")

    def __sklearn_tags__(self) -> Any:
        """Say that sparse rows and both precisions are taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _check(self) -> None:
        if problems := self._problems():
            raise ConfigurationError(*problems)

    def _problems(self) -> list[str]:
        """Return one sentence for each mistake in the settings."""
        return []

    def _learn(self, source: Any, y: Any, target: Any) -> None:
        """Learn from checked rows of both domains."""
        raise NotImplementedError

    def _moved(self, rows: Any, domain: Domain) -> Any:
        """Return checked rows of a domain, moved."""
        raise NotImplementedError


def rows_of(estimator: Any, X: Any, *, reset: bool = False) -> Any:
    """Return rows as scikit-learn checks them: float array or CSR with short indices."""
    found = validate_data(estimator, X, reset=reset, accept_sparse="csr", dtype=FLOATS)
    return short_indices(found)


def table_of(rows: Any, *, dtype: Any = FLOATS, name: str = "") -> Any:
    """Return rows as scikit-learn checks them, for no estimator in particular."""
    check: Any = check_array
    return short_indices(check(rows, accept_sparse="csr", dtype=dtype, input_name=name))


def target_of(source: Any, Xt: Any) -> Any:
    """Return the rows of the target, of as many columns as the source and some of them in common.

    Args:
        source: float[N, D], checked.
        Xt: Rows of the target; ``None`` returns the source.

    Raises:
        DomainError: They have other columns, none that both domains use, or no finite numbers.
    """
    if Xt is None:
        return source
    try:
        found = table_of(Xt, dtype=source.dtype, name="Xt")
    except ValueError as error:
        said = str(error).strip().split("\n")[0]
        raise DomainError(
            f"Xt, the rows of the target: {said} Give a table of finite numbers, one row a text"
        ) from error
    if found.shape[1] != source.shape[1]:
        raise DomainError(
            f"expected the target in the {source.shape[1]:,} columns of the source, found "
            f"{found.shape[1]:,}: are source and target swapped, or made by two vectorizers? One "
            "fitted on both gives them the same columns"
        )
    if not shared_columns(source, found).size:
        raise DomainError(
            f"source and target share none of their {source.shape[1]:,} features: each column has "
            "numbers in one of them only, so that nothing can be carried over. Are they of one "
            "language and one vocabulary?"
        )
    return found


def shared_columns(source: Any, target: Any) -> NDArray[np.int64]:
    """Return int64[n], the columns that aren't all zeros in either domain."""
    return np.flatnonzero((used_by(source) > 0) & (used_by(target) > 0))


def used_by(rows: Any) -> NDArray[np.int64]:
    """Return int64[D], how many rows have something else than zero in each column."""
    if sp.issparse(rows):
        own = rows.indices[rows.data != 0] if (rows.data == 0).any() else rows.indices
        return np.bincount(own, minlength=rows.shape[1])
    return np.count_nonzero(rows, axis=0)


def short_indices(rows: Any) -> Any:
    """Return sparse rows with int32 indices where these suffice: liblinear takes no others."""
    if not sp.issparse(rows) or rows.indices.dtype == np.int32 == rows.indptr.dtype:
        return rows
    if max(rows.nnz, *rows.shape) > np.iinfo(np.int32).max:
        return rows
    parts = (rows.data, rows.indices.astype(np.int32), rows.indptr.astype(np.int32))
    return sp.csr_matrix(parts, shape=rows.shape)


def dense(rows: Any, *, what: str) -> NDArray[Any]:
    """Return rows as an array.

    Args:
        rows: Dense or sparse.
        what: Who needs them so, for the error.

    Raises:
        DomainError: The table would be too large.
    """
    if not sp.issparse(rows):
        return np.asarray(rows)
    if rows.shape[0] * rows.shape[1] > MOST_NUMBERS:
        raise DomainError(
            f"{what} fills in the zeros of a sparse table, and one of {rows.shape[0]:,} rows and "
            f"{rows.shape[1]:,} columns is too large for that: keep the most frequent features "
            "only, or reduce them first"
        )
    return rows.toarray()


def check_domain(domain: str) -> None:
    """Raise unless a domain is one of the two."""
    if domain not in DOMAINS:
        raise ConfigurationError(f'domain: expected "source" or "target", found {domain!r}')


def copy_of(estimator: Any) -> Any:
    """Return an unfitted estimator of the same settings; of what is none, a copy."""
    return clone(estimator, safe=False)


def needed_target(Xt: Any) -> Any:
    """Return the target's rows; raise where there are none to adapt to."""
    if Xt is None:
        raise DomainError(
            "expected rows of the target, found None: pass them without labels, fit(X, y, Xt)"
        )
    return Xt


def real(name: str, value: object, low: float, high: float, *, above: bool = False) -> list[str]:
    """Return what is wrong with a number that should lie between two others.

    Args:
        name: Of the setting.
        value: Found.
        low: Least.
        high: Most.
        above: Whether ``low`` itself is out.
    """
    good = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if good and (low < value if above else low <= value) and value <= high:  # type: ignore[operator]
        return []
    least = f"above {low:g}" if above else f"from {low:g}"
    most = "" if high == np.inf else f" to {high:g}"
    return [f"{name}: expected a number {least}{most}, found {value!r}"]


def whole(name: str, value: object, low: int, *, optional: bool = False) -> list[str]:
    """Return what is wrong with a whole number."""
    if optional and value is None:
        return []
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= low:
        return []
    none = ", or None" if optional else ""
    return [f"{name}: expected a whole number from {low}{none}, found {value!r}"]


def one_of(name: str, value: object, values: Sequence[str]) -> list[str]:
    """Return what is wrong with a choice."""
    if isinstance(value, str) and value in values:
        return []
    return [f"{name}: expected one of {', '.join(map(repr, values))}, found {value!r}"]


def class_numbers(y: Any, *, rows: int) -> tuple[np.ndarray, NDArray[np.int64]]:
    """Return the classes in order, and which of them each row has.

    Raises:
        LabelledDataError: Labels are missing or of one class only.
        DomainError: There are more or fewer than rows.
    """
    found = classes_of(y)
    if found.multilabel:
        raise DomainError(
            "expected one label a row, found a table of labels: adapt one label at a time"
        )
    if len(found.numbers) != rows:
        raise DomainError(
            f"expected a label for each row of the source, found {rows:,} rows and "
            f"{len(found.numbers):,} labels"
        )
    return found.classes, found.numbers
