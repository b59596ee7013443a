"""A classifier behind steps that bring domains closer, with one protocol: ``fit(X, y, Xt)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from ...embeddings.errors import ConfigurationError
from .chain import Both, DomainChain, Named, fitted_on, is_symmetric, moved
from .data import Domain, class_numbers, copy_of, needed_target

C = 3.0
"""Inverse regularisation of the classifier where none is given, on rows of about length 1."""


class AdaptedClassifier(ClassifierMixin, BaseEstimator):
    """Steps that bring the domains closer, then a classifier of the source's rows.

    Args:
        steps: Names and transformers; none for no adaptation of the features.
        classifier: Anything of scikit-learn's manner; one that has ``takes_target`` gets the
            target's rows too: ``fit(X, y, Xt)``. ``None`` takes a logistic regression, C=3.

    Attributes:
        classes_: The C classes in order.
        chain_: :class:`.DomainChain`, fitted; ``None`` without steps.
        classifier_: Fitted.

    Example:
        >>> from wordgraft.models.domains.moments import CORAL
        >>> rng = np.random.default_rng(0)
        >>> X = rng.normal(size=(60, 3)); y = (X[:, 0] > 0).astype(int)
        >>> Xt = X * [1, 5, 1] + 2  # the same, seen by another camera
        >>> adapted = AdaptedClassifier([("coral", CORAL(regularization=0))]).fit(X, y, Xt)
        >>> float((adapted.predict(Xt) == y).mean()) > 0.9
        True
    """

    takes_target = True

    def __init__(self, steps: Sequence[Named] = (), classifier: Any = None) -> None:
        self.steps, self.classifier = steps, classifier

    def __sklearn_clone__(self) -> Self:
        """Return an unfitted one of the same settings."""
        steps = [(name, copy_of(step)) for name, step in self.steps]
        return type(self)(steps, None if self.classifier is None else copy_of(self.classifier))

    def fit(self, X: Any, y: Any, Xt: Any = None) -> Self:
        """Learn from labelled rows of the source and unlabelled ones of the target.

        Args:
            X: N rows of the source, or texts where the first step takes texts.
            y: N classes.
            Xt: M rows of the target.

        Raises:
            DomainError: ``Xt`` is missing, or the domains don't fit together.
            LabelledDataError: Labels are missing, or of one class only.
        """
        rows = X.shape[0] if hasattr(X, "shape") else len(X)
        classes, numbers = class_numbers(y, rows=rows)
        now, fitted = Both(X, needed_target(Xt)), None
        if self.steps:
            fitted = DomainChain(self.steps)
            now = fitted.fit_both(X, y, Xt)
        model = default_classifier() if self.classifier is None else copy_of(self.classifier)
        labels = classes[numbers]
        if getattr(model, "takes_target", False):
            model.fit(now.source, labels, now.target)
        else:
            model.fit(now.source, labels)
        self.classes_, self.chain_ = classes, fitted
        self.classifier_: Any = model
        return self

    def predict(self, X: Any, *, domain: Domain = "target") -> np.ndarray:
        """Return the class of each row of a domain."""
        return self.classifier_.predict(self._moved(X, domain))

    def predict_proba(self, X: Any, *, domain: Domain = "target") -> NDArray[np.float64]:
        """Return float64[N, C], the probability of each class."""
        rows = self._moved(X, domain)
        if hasattr(self.classifier_, "predict_proba"):
            return self.classifier_.predict_proba(rows)
        raise ConfigurationError(
            f"classifier: a {type(self.classifier_).__name__} gives no probabilities"
        )

    def prepared(self, X: Any, Xt: Any) -> tuple[Both, AdaptedClassifier]:
        """Fit the first steps that use no labels and treat both domains alike, once for all.

        Returns:
            The rows of both domains behind these steps, and a copy of what is left to be fitted.
        """
        now, left = Both(X, Xt), list(self.steps)
        while left and is_symmetric(left[0][1]):
            _, step = left.pop(0)
            now = fitted_on(copy_of(step), now.source, None, now.target)
        rest = None if self.classifier is None else copy_of(self.classifier)
        return now, AdaptedClassifier([(n, copy_of(step)) for n, step in left], rest)

    def _moved(self, X: Any, domain: Domain) -> Any:
        check_is_fitted(self)
        return X if self.chain_ is None else moved(self.chain_, X, domain)


def default_classifier() -> LogisticRegression:
    """Return the logistic regression that stands behind steps where none is named."""
    return LogisticRegression(C=C, max_iter=2000, tol=1e-4)
