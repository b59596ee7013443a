"""Steps that bring domains closer, one after another or side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple, Self

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from ...embeddings.errors import ConfigurationError
from .data import (
    Domain,
    DomainTransformer,
    check_domain,
    copy_of,
    needed_target,
    short_indices,
    table_of,
)
from .rows import beside, stacked, typical_length

Named = tuple[str, Any]


class Both(NamedTuple):
    """Rows of the two domains.

    Attributes:
        source: N rows, or texts.
        target: M.
    """

    source: Any
    target: Any


def fitted_on(transformer: Any, X: Any, y: Any, Xt: Any) -> Both:
    """Fit a transformer on both domains, in place, and return their rows as it gives them.

    Args:
        transformer: One that takes both domains; any other of scikit-learn's manner is fitted on
            the rows of both together, without labels.
        X: N rows, or texts.
        y: N labels.
        Xt: M rows.
    """
    if takes_domains(transformer):
        return Both(transformer.fit_transform(X, y, Xt), transformer.transform(Xt, domain="target"))
    transformer.fit(_together(X, Xt))
    return Both(transformer.transform(X), transformer.transform(Xt))


def takes_domains(transformer: Any) -> bool:
    """Say whether a transformer's ``fit`` takes ``Xt`` and its ``transform`` a domain."""
    return isinstance(transformer, (DomainTransformer, DomainChain, DomainUnion))


def is_symmetric(transformer: Any) -> bool:
    """Say whether a transformer uses no labels, and does the same if the domains are swapped."""
    if not takes_domains(transformer):
        return True
    return bool(getattr(transformer, "symmetric", False))


def moved(transformer: Any, X: Any, domain: Domain) -> Any:
    """Return rows of a domain as a fitted transformer gives them."""
    if takes_domains(transformer):
        return transformer.transform(X, domain=domain)
    return transformer.transform(X)


class _OfSteps(TransformerMixin, BaseEstimator):
    """What chain and union share: named steps, checked and copied."""

    steps: Sequence[Named]

    def __init__(self, steps: Sequence[Named]) -> None:
        self.steps = steps

    @property
    def symmetric(self) -> bool:
        """Whether all steps are (:func:`is_symmetric`)."""
        return all(is_symmetric(step) for _, step in self.steps)

    def fit(self, X: Any, y: Any = None, Xt: Any = None) -> Self:
        """Fit every step on both domains.

        Args:
            X: N rows of the source, or texts.
            y: N labels.
            Xt: M rows of the target.

        Raises:
            ConfigurationError: There are no steps, or names stand twice.
            DomainError: ``Xt`` is missing, or the domains don't fit together.
        """
        self.fit_transform(X, y, Xt)
        return self

    def fit_transform(self, X: Any, y: Any = None, Xt: Any = None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Fit every step, and return the rows of the source."""
        return self.fit_both(X, y, Xt).source

    def fit_both(self, X: Any, y: Any, Xt: Any) -> Both:
        """Fit every step, and return the rows of both domains."""
        raise NotImplementedError

    def __sklearn_is_fitted__(self) -> bool:
        """Say whether the steps are fitted."""
        return hasattr(self, "steps_")

    def __sklearn_clone__(self) -> Self:
        """Return unfitted steps of the same settings."""
        return type(self)([(name, copy_of(step)) for name, step in self.steps])

    def _copies(self) -> list[Named]:
        names = [name for name, _ in self.steps]
        if not names or len(set(names)) < len(names):
            raise ConfigurationError(
                f"steps: expected at least one, with different names, found {names}"
            )
        strange = [name for name, step in self.steps if not hasattr(step, "transform")]
        if strange:
            raise ConfigurationError(
                f"steps: expected transformers with fit and transform, found others as {strange}"
            )
        return [(name, copy_of(step)) for name, step in self.steps]


class DomainChain(_OfSteps):
    """Steps one after another, each fitted on what the one before made of both domains.

    Args:
        steps: Names and transformers, as in a :class:`~sklearn.pipeline.Pipeline`.

    Attributes:
        steps_: The same, fitted.
    """

    def fit_both(self, X: Any, y: Any, Xt: Any) -> Both:
        """Fit every step, and return the rows of both domains."""
        steps, now = self._copies(), Both(X, needed_target(Xt))
        for _, step in steps:
            now = fitted_on(step, now.source, y, now.target)
        self.steps_ = steps
        return now

    def transform(self, X: Any, *, domain: Domain = "target") -> Any:
        """Return rows of a domain as the last step gives them."""
        check_is_fitted(self)
        check_domain(domain)
        now = X
        for _, step in self.steps_:
            now = moved(step, now, domain)
        return now


class DomainUnion(_OfSteps):
    """What several steps make of the same rows, side by side, each as long as the others.

    Args:
        steps: Names and transformers, as in a :class:`~sklearn.pipeline.FeatureUnion`.

    Attributes:
        steps_: The same, fitted.
        sizes_: Typical length of the rows of each step, which they are divided by.
    """

    def fit_both(self, X: Any, y: Any, Xt: Any) -> Both:
        """Fit every step, and return the rows of both domains."""
        steps, target = self._copies(), needed_target(Xt)
        parts = [fitted_on(step, X, y, target) for _, step in steps]
        self.sizes_ = [typical_length(stacked(*part)) for part in parts]
        self.steps_ = steps
        return Both(
            self._beside([part.source for part in parts]),
            self._beside([part.target for part in parts]),
        )

    def transform(self, X: Any, *, domain: Domain = "target") -> Any:
        """Return rows of a domain, all steps beside each other."""
        check_is_fitted(self)
        check_domain(domain)
        return self._beside([moved(step, X, domain) for _, step in self.steps_])

    def _beside(self, parts: list[Any]) -> Any:
        sized = [
            checked / size for checked, size in zip(map(table_of, parts), self.sizes_, strict=True)
        ]
        return short_indices(beside(*sized, dtype=sized[0].dtype))


def _together(X: Any, Xt: Any) -> Any:
    """Return rows, or texts, of both domains."""
    if sp.issparse(X) or (isinstance(X, np.ndarray) and X.ndim == 2):
        return stacked(X, Xt)
    return list(chain(X, Xt))
