"""From n-grams, settings and weights to the kernel that trains with n-grams."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .composition import Composition
from .kernels.noise_memory import NoiseModel
from .kernels.subword import train_subword
from .kernels.subword_memory import SubwordModel, subword_scratch
from .learners import FreeLearner, Text, chunk_shape
from .settings import Settings
from .weights import Weights


class SubwordLearner(FreeLearner):
    """Workers that train stretches of their own, words as means of their parts.

    Args:
        settings: How to train.
        text: What to train on.
        weights: Updated in place; its inputs are the rows of words and n-grams.
        composition: Which of them make each word.
        frozen: bool[V], words whose vectors must not change.
        workers: How many train at once.
    """

    def __init__(
        self,
        settings: Settings,
        text: Text,
        weights: Weights,
        *,
        composition: Composition,
        frozen: NDArray[np.bool_] | None,
        workers: int,
    ) -> None:
        super().__init__(settings, text, weights, tree=None, frozen=frozen, workers=workers)
        noise_model = self._model
        assert isinstance(noise_model, NoiseModel)
        width = weights.width
        starts, places = composition.starts, composition.rows.astype(np.int64) * width
        step_starts, step_places = starts, places
        gains = np.ones(len(starts) - 1, np.float32)
        if frozen is not None:
            step_starts, rows, gains = composition.moving(frozen)
            step_places = rows.astype(np.int64) * width
        positions, noise = chunk_shape(settings)
        self._kernel = train_subword
        self._model = SubwordModel(noise_model, starts, places, step_starts, step_places, gains)
        self._scratch = [
            subword_scratch(chunk=positions, noise=noise, window=settings.window, width=width)
            for _ in range(self.at_once)
        ]
