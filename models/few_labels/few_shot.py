"""``PrototypeClassifier``: classes from a handful of examples each, by what is in their middle."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted, validate_data

from ...embeddings.errors import ConfigurationError
from ..targets import classes_of

Head = Literal["prototype", "logistic"]
Distance = Literal["cosine", "euclidean"]
_EPSILON = 1e-12


@dataclass(eq=False, repr=False)
class PrototypeClassifier(ClassifierMixin, BaseEstimator):
    """Classify rows by the nearest class mean, or by logistic regression on so few rows.

    A class's prototype is the mean of its examples; a row's classes are shared out by
    ``softmax(-distance)``. Nothing else is learnt, so one example of a class is enough. Rows are
    best taken from a space that already knows what is alike: :class:`.DocumentVectorizer` fitted on
    the unlabelled texts, ``make_pipeline(vectorizer, PrototypeClassifier())``.

    Args:
        head: "prototype", or "logistic": regularised regression on the same rows.
        distance: "cosine" takes rows by their direction, prototypes too; "euclidean" is squared
            and as they are.
        shrink: How much an even smaller class is drawn to the mean of all, from 0: with n examples
            its prototype is ``(n own + shrink all) / (n + shrink)``.
        scale: What distances are multiplied with before they become shares; it changes no
            prediction of prototypes.
        C: Of logistic regression: how much it trusts the examples.
        seed: Of its solver.

    Attributes:
        classes_: The classes, sorted.
        prototypes_: float64[C, W], the means (of directions, for "cosine").
        counts_: int64[C], examples of each.

    Example:
        >>> model = PrototypeClassifier().fit([[1, 0.1], [0, 1], [0.9, 0]], ["a", "b", "a"])
        >>> model.predict([[5, 1]]).tolist()
        ['a']

    Source: Snell, Swersky and Zemel 2017 (arXiv:1703.05175), equations 1 and 2, with features that
        are given; nearest centroid for text is Rocchio's (1971).
    """

    head: Head = "prototype"
    _: KW_ONLY
    distance: Distance = "cosine"
    shrink: float = 0.0
    scale: float = 10.0
    C: float = 10.0
    seed: int = 0

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from a few rows.

        Args:
            X: float[N, W]. Rows of zeros say nothing, and count in no prototype of directions.
            y: N classes.

        Raises:
            ConfigurationError: Settings are wrong; says all that are.
            LabelledDataError: Labels are missing, or of one class only.
        """
        self._check()
        checked: Any = validate_data(self, X, y, dtype=np.float64)
        rows = self._rows(checked[0])
        found = classes_of(checked[1])
        self.classes_, self.counts_ = found.classes, np.bincount(found.numbers)
        if self.head == "logistic":
            self.model_ = LogisticRegression(C=self.C, max_iter=1000, random_state=self.seed)
            self.model_.fit(rows, found.numbers)
        sums = np.zeros((len(found.classes), rows.shape[1]))
        np.add.at(sums, found.numbers, rows)
        pull = self.shrink * rows.mean(axis=0)
        means = (sums + pull) / (self.counts_ + self.shrink)[:, None]
        self.prototypes_ = _unit(means) if self.distance == "cosine" else means
        return self

    def class_scores(self, X: Any) -> NDArray[np.float64]:
        """Return float64[N, C], higher for nearer classes; logarithms of shares, up to a constant.

        Args:
            X: float[N, W].
        """
        check_is_fitted(self)
        table: Any = validate_data(self, X, reset=False, dtype=np.float64)
        rows = self._rows(table)
        if self.head == "logistic":
            found: NDArray[np.float64] = self.model_.predict_log_proba(rows)
            return found
        if self.distance == "cosine":
            return self.scale * (rows @ self.prototypes_.T)
        cross = rows @ self.prototypes_.T
        squares = (rows**2).sum(axis=1)[:, None] + (self.prototypes_**2).sum(axis=1)
        return -self.scale * np.maximum(squares - 2.0 * cross, 0.0)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return float64[N, C], shares of the classes; rows sum to 1."""
        scores = self.class_scores(X)
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return N classes."""
        best = self.class_scores(X).argmax(axis=1)
        return self.classes_[best]

    def _rows(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        return _unit(X) if self.distance == "cosine" else X

    def _check(self) -> None:
        problems = [
            f"{name}: expected {' or '.join(allowed)}, found {getattr(self, name)!r:.60}"
            for name, allowed in (("head", get_args(Head)), ("distance", get_args(Distance)))
            if getattr(self, name) not in allowed
        ]
        for name, above in (("shrink", False), ("scale", True), ("C", True)):
            value = getattr(self, name)
            real = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not real or not np.isfinite(value) or value < 0 or (above and value == 0):
                wanted = "above" if above else "from"
                problems.append(f"{name}: expected a number {wanted} 0, found {value!r}")
        if problems:
            raise ConfigurationError(*problems)


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    unit: NDArray[np.float64] = rows / np.maximum(lengths, _EPSILON)
    return unit
