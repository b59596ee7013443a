"""Importance weighting: rows of the source count as much as the target has of their kind."""

from __future__ import annotations

from typing import Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from ...embeddings.errors import ConfigurationError
from .data import (
    class_numbers,
    copy_of,
    needed_target,
    one_of,
    real,
    rows_of,
    target_of,
    whole,
)
from .pipeline import default_classifier
from .rows import stacked

Density: TypeAlias = Literal["classifier", "kliep"]
DENSITIES: tuple[Density, ...] = ("classifier", "kliep")
WIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Widths of KLIEP's kernels that are tried, as shares of the median distance."""


class ImportanceWeighting(ClassifierMixin, BaseEstimator):
    """A classifier of the source in which each row counts the ratio of the two densities there.

    Right where classes depend on the features alike in both domains and only the features are
    distributed differently (covariate shift; Shimodaira 2000), and where the domains overlap: a row
    of the source that the target has none like gets hardly a weight, and if most are so,
    ``effective_`` says how few rows are left to learn from.

    Args:
        classifier: Takes ``sample_weight``; ``None`` takes a logistic regression, C=3.
        density: How the ratio is found: odds of a "classifier" of the domains, asked about rows it
            didn't see (Bickel et al. 2007), or "kliep", a sum of kernels on rows of the target
            (Sugiyama et al. 2008).
        C: Of the classifier of domains: larger tells them apart more finely, with wilder weights.
        kernels: Of KLIEP, rows of the target they stand on.
        most: Largest weight, in multiples of the mean.
        seed: Of folds and kernels.

    Attributes:
        classes_: The C classes in order.
        weights_: float64[N], mean 1.
        effective_: How many rows of equal weight would be as many: (sum w)^2 / sum w^2.
        classifier_: Fitted.
    """

    takes_target = True

    def __init__(
        self,
        classifier: Any = None,
        *,
        density: Density = "classifier",
        C: float = 0.1,
        kernels: int = 100,
        most: float = 10.0,
        seed: int = 0,
    ) -> None:
        self.classifier, self.density, self.C = classifier, density, C
        self.kernels, self.most, self.seed = kernels, most, seed

    def fit(self, X: Any, y: Any, Xt: Any = None) -> Self:
        """Weigh the rows of the source by those of the target, and learn.

        Args:
            X: float[N, D], rows of the source.
            y: N classes.
            Xt: float[M, D], rows of the target.
        """
        model = default_classifier() if self.classifier is None else copy_of(self.classifier)
        self._check(model)
        source = rows_of(self, X, reset=True)
        target = target_of(source, needed_target(Xt))
        classes, numbers = class_numbers(y, rows=source.shape[0])
        if self.density == "classifier":
            found = domain_odds(source, target, C=self.C, seed=self.seed)
        else:
            found = kliep(source, target, kernels=self.kernels, seed=self.seed)
        found = np.minimum(found / found.mean(), self.most)
        self.weights_: NDArray[np.float64] = found / found.mean()
        self.effective_ = float(self.weights_.sum() ** 2 / np.square(self.weights_).sum())
        model.fit(source, numbers, sample_weight=self.weights_)
        self.classes_, self.classifier_ = classes, model
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the class of each row."""
        check_is_fitted(self)
        return self.classes_[self.classifier_.predict(rows_of(self, X))]

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return float64[N, C], the probability of each class."""
        check_is_fitted(self)
        return self.classifier_.predict_proba(rows_of(self, X))

    def __sklearn_tags__(self) -> Any:
        """Say that sparse rows are taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _check(self, model: Any) -> None:
        problems = [
            *one_of("density", self.density, DENSITIES),
            *real("C", self.C, 0.0, np.inf, above=True),
            *whole("kernels", self.kernels, 1),
            *real("most", self.most, 1.0, np.inf),
            *whole("seed", self.seed, 0),
        ]
        if not has_fit_parameter(model, "sample_weight"):
            problems.append(
                f"classifier: expected one whose fit takes sample_weight, found {model!r:.60}"
            )
        if problems:
            raise ConfigurationError(*problems)


def domain_odds(source: Any, target: Any, *, C: float, seed: int) -> NDArray[np.float64]:
    """Return float64[N], how much more probable each row of the source is in the target.

    Args:
        source: float[N, D].
        target: float[M, D].
        C: Inverse regularisation of the classifier of the domains.
        seed: Of the five folds: a row is judged by a classifier that didn't learn from it.

    Source: Bickel, Brueckner & Scheffer 2007 (ICML), equation 5.
    """
    rows = stacked(source, target)
    domain = np.repeat([0, 1], [source.shape[0], target.shape[0]])
    folds = max(2, min(5, source.shape[0], target.shape[0]))
    chances: Any = cross_val_predict(
        LogisticRegression(C=C, max_iter=2000),
        rows,
        domain,
        cv=StratifiedKFold(folds, shuffle=True, random_state=seed),
        method="predict_proba",
    )
    own = chances[: source.shape[0], 1].clip(1e-6, 1 - 1e-6)
    return own / (1 - own) * (source.shape[0] / target.shape[0])


def kliep(
    source: Any, target: Any, *, kernels: int, seed: int, steps: int = 200
) -> NDArray[np.float64]:
    """Return float64[N], the density ratio as a sum of Gaussian kernels on rows of the target.

    The width of the kernels is that of :data:`WIDTHS` under which rows of the target that were
    held out are most probable.

    Args:
        source: float[N, D].
        target: float[M, D].
        kernels: How many, at most.
        seed: Of the rows they stand on.
        steps: Of the ascent.

    Source: Sugiyama et al. 2008 (NIPS 20), figure 1.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(target.shape[0])
    at = target[np.sort(order[:kernels])]
    to_target = euclidean_distances(target, at, squared=True)
    to_source = euclidean_distances(source, at, squared=True)
    middle = float(np.median(to_target[to_target > 0])) if (to_target > 0).any() else 1.0
    held = order % 2 == 0
    best, best_score = WIDTHS[2], -np.inf
    for width in WIDTHS if 2 <= held.sum() <= len(held) - 2 else ():
        there, here = (np.exp(-d / (2 * width**2 * middle)) for d in (to_target, to_source))
        alpha = _ascent(there[~held], here, steps)
        score = float(np.log((there[held] @ alpha).clip(1e-300)).mean())
        if score > best_score:
            best, best_score = width, score
    there, here = (np.exp(-d / (2 * best**2 * middle)) for d in (to_target, to_source))
    return here @ _ascent(there, here, steps)


def _ascent(
    there: NDArray[np.float64], here: NDArray[np.float64], steps: int
) -> NDArray[np.float64]:
    """Return float64[K], weights from 0 on under which the target is most probable.

    The mean of the ratio over the source stays 1 (``here.mean(0) @ alpha``).
    """
    mean = here.mean(axis=0).clip(1e-300)
    alpha = np.ones(there.shape[1])
    alpha /= mean @ alpha
    for _ in range(steps):
        # A multiplicative step of expectation-maximisation: never below 0, never less probable.
        alpha = alpha * (there / (there @ alpha).clip(1e-300)[:, None]).mean(axis=0) / mean
        alpha /= mean @ alpha
    return alpha
