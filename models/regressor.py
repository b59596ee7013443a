"""Texts to numbers: the same network, one answer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from torch import Tensor

from ..embeddings.errors import ConfigurationError
from . import targets
from .indexing import Text
from .text_estimator import TextEstimator
from .training.progress import FitProgress


@dataclass(eq=False, repr=False)
class TextRegressor(RegressorMixin, TextEstimator):
    """A recurrent network that gives each text a number, such as a rating.

    Args and attributes as :class:`.TextClassifier`, whose settings of classes it hasn't. The
    network learns numbers that are centred and scaled to unit variance, by squared error. A text of
    which no word is known gets the mean of the training texts.

    Attributes:
        mean_: Mean of the numbers it learnt.
        scale_: Their standard deviation.
    """

    def fit(
        self,
        X: Iterable[Text],
        y: Any,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: bool = False,
        progress: Callable[[FitProgress], None] | None = None,
    ) -> Self:
        """Learn from texts with numbers; arguments and errors as :meth:`.TextClassifier.fit`."""
        self._check()
        numbers = targets.ratings_of(y)
        mean, scale = float(numbers.mean()), float(numbers.std()) or 1.0
        unit = torch.from_numpy((numbers - mean) / scale).float()
        self._fit_network(
            X,
            unit,
            outputs=1,
            loss=_squared,
            score=None,
            classes=None,
            checkpoint=checkpoint,
            resume=resume,
            progress=progress,
        )
        self.mean_, self.scale_ = mean, scale
        return self

    def predict(self, X: Iterable[Text]) -> NDArray[np.float64]:
        """Return float64[N], a number for each text."""
        unit, empty = self._answers(X)
        found = unit[:, 0].astype(np.float64) * self.scale_ + self.mean_
        found[empty] = self.mean_
        return found

    def _fitted(self) -> dict[str, Any]:
        return {"mean": self.mean_, "scale": self.scale_}

    def _restore(self, fitted: Mapping[str, Any]) -> None:
        self.mean_, self.scale_ = float(fitted["mean"]), float(fitted["scale"])
        outputs = self.network_.head.out_features
        if outputs != 1 or not np.isfinite([self.mean_, self.scale_]).all():
            raise ConfigurationError(
                f"expected one output, a mean and a scale, found {outputs}, {self.mean_} and "
                f"{self.scale_}"
            )


def _squared(output: Tensor, target: Tensor) -> Tensor:
    return (output[:, 0] - target).square().mean()
