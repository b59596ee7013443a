"""Several ways of adapting at once: the mean of what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from ...embeddings.errors import ConfigurationError
from .chain import Named
from .data import copy_of, needed_target


class DomainVote(ClassifierMixin, BaseEstimator):
    """Fit several ways of adapting, and answer with the mean of their probabilities.

    Ways err in different places; a choice among them errs where the chosen one does.

    Args:
        members: Names and models with ``fit(X, y, Xt)`` and ``predict_proba``.

    Attributes:
        classes_: The C classes in order.
        members_: The same, fitted.
    """

    takes_target = True

    def __init__(self, members: Sequence[Named]) -> None:
        self.members = members

    @classmethod
    def of(cls, members: Sequence[Named]) -> Self:
        """Return the vote of members that are fitted already.

        Raises:
            ConfigurationError: There are none, or they tell other classes apart.
        """
        return cls(members)._take(members)

    def __sklearn_clone__(self) -> Self:
        """Return an unfitted one of the same members."""
        return type(self)([(name, copy_of(model)) for name, model in self.members])

    def fit(self, X: Any, y: Any, Xt: Any = None) -> Self:
        """Fit every member on the source's labels and the target's rows.

        Raises:
            ConfigurationError: There are no members.
            DomainError: ``Xt`` is missing, or the domains don't fit together.
        """
        target = needed_target(Xt)
        return self._take([(n, copy_of(one).fit(X, y, target)) for n, one in self.members])

    def predict(self, X: Any) -> np.ndarray:
        """Return the class of each row of the target."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return float64[N, C], the mean of the members' probabilities."""
        check_is_fitted(self)
        return np.mean([model.predict_proba(X) for _, model in self.members_], axis=0)

    def _take(self, members: Sequence[Named]) -> Self:
        if not members:
            raise ConfigurationError("members: expected at least one way of adapting, found none")
        classes = [np.asarray(model.classes_) for _, model in members]
        if not all(np.array_equal(classes[0], other) for other in classes):
            raise ConfigurationError("members: expected ways that tell the same classes apart")
        self.members_: list[Named] = list(members)
        self.classes_: np.ndarray = classes[0]
        return self
