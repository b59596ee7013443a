"""Self-training: what the classifier is surest of in the target, it learns from."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from ...embeddings.errors import ConfigurationError
from .data import class_numbers, copy_of, needed_target, real, rows_of, target_of, whole
from .pipeline import default_classifier
from .rows import stacked


class SelfTraining(ClassifierMixin, BaseEstimator):
    """A classifier that learns from its own answers for the target, more of them in each round.

    Round r of R adds the surest ``share * r / R`` of the target with the classes they were given,
    all chosen anew. Each class gets as large a part as it has in the source (``balanced``), for
    otherwise a class that a shift of the domain favours takes over.

    Args:
        classifier: With ``predict_proba``; ``None`` takes a logistic regression, C=3.
        rounds: R.
        share: Of the target, in the last round.
        balanced: Keep the source's shares of the classes; ``False`` takes the surest of any class.
            Wrong where the target's shares are known to be others.

    Attributes:
        classes_: The C classes in order.
        classifier_: Fitted in the last round.
        taken_: How many rows of the target each round added.
        changed_: Of the rows added in a round, how many had another class in the round before.

    Source: Yarowsky 1995 (ACL); the growing, class-balanced choice as in Zou et al. 2018,
        arXiv:1810.07911, section 4.2.
    """

    takes_target = True

    def __init__(
        self,
        classifier: Any = None,
        *,
        rounds: int = 5,
        share: float = 0.9,
        balanced: bool = True,
    ) -> None:
        self.classifier, self.rounds = classifier, rounds
        self.share, self.balanced = share, balanced

    def fit(self, X: Any, y: Any, Xt: Any = None) -> Self:
        """Learn from the source, then from both.

        Args:
            X: float[N, D], rows of the source.
            y: N classes.
            Xt: float[M, D], rows of the target.

        Raises:
            ConfigurationError: Settings are wrong, or the classifier gives no probabilities.
            DomainError: The domains don't fit together.
        """
        problems = [*whole("rounds", self.rounds, 1), *real("share", self.share, 0.0, 1.0)]
        if not hasattr(self._new(), "predict_proba"):
            problems.append("classifier: expected one with predict_proba, to know what it is sure")
        if problems:
            raise ConfigurationError(*problems)
        source = rows_of(self, X, reset=True)
        target = target_of(source, needed_target(Xt))
        classes, numbers = class_numbers(y, rows=source.shape[0])
        model = self._new().fit(source, numbers)
        shares = np.bincount(numbers, minlength=len(classes)) / len(numbers)
        self.taken_: list[int] = []
        self.changed_: list[int] = []
        before = np.full(target.shape[0], -1)
        for turn in range(1, self.rounds + 1):
            chances = model.predict_proba(target)
            wanted = self.share * turn / self.rounds * target.shape[0]
            own = balanced_guesses(chances, shares * wanted) if self.balanced else None
            if own is None:
                own = surest_guesses(chances, round(wanted))
            rows = np.flatnonzero(own >= 0)
            known = rows[before[rows] >= 0]
            self.taken_.append(len(rows))
            self.changed_.append(int((before[known] != own[known]).sum()))
            before = own
            both = stacked(source, target[rows]) if len(rows) else source
            model = self._new().fit(both, np.concatenate([numbers, own[rows]]))
        self.classes_, self.classifier_ = classes, model
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the class of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return float64[N, C], the probability of each class."""
        check_is_fitted(self)
        return self.classifier_.predict_proba(rows_of(self, X))

    def __sklearn_tags__(self) -> Any:
        """Say that sparse rows are taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _new(self) -> Any:
        return default_classifier() if self.classifier is None else copy_of(self.classifier)


def surest_guesses(chances: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return int64[M], the most probable class of the ``count`` surest rows, -1 for the others."""
    found = np.full(len(chances), -1, np.int64)
    rows = np.argsort(-chances.max(axis=1), kind="stable")[:count]
    found[rows] = chances[rows].argmax(axis=1)
    return found


def balanced_guesses(
    chances: NDArray[np.float64], counts: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return a class for the rows that speak most for each, -1 for the others.

    Rows are taken in the order of how much more probable a class is than in the mean row, until a
    class has as many as it should: a general lean to one class is no reason to take it.

    Args:
        chances: float64[M, C].
        counts: float64[C], rows wanted of each class.

    Returns:
        int64[M].
    """
    logits = np.log(chances.clip(1e-12))
    margins = np.empty_like(logits)
    for one in range(logits.shape[1]):
        others = np.delete(logits, one, axis=1)
        margins[:, one] = logits[:, one] - others.max(axis=1)
    found = np.full(len(chances), -1, np.int64)
    wanted = np.floor(counts + 1e-9).astype(np.int64)
    # Class by class, the surest first; a row that two classes want is the one's that ranks it
    # higher among its own.
    places = np.argsort(np.argsort(-margins, axis=0, kind="stable"), axis=0, kind="stable")
    ranks = places / np.maximum(wanted, 1)
    best = ranks.argmin(axis=1)
    for one in range(len(counts)):
        mine = np.flatnonzero(best == one)
        order = mine[np.argsort(places[mine, one], kind="stable")]
        found[order[: wanted[one]]] = one
    return found
