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
from .vocabulary import Vocabulary
from .weights import Weights

_AT_ONCE = 3.0
"""Steps of a word's own that a chunk may add to it by way of others; see ``lane_count``."""


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
        at_once = _positions(settings, text, composition, positions)
        self._kernel, self._how = train_subword, (*self._how, at_once)
        self._model = SubwordModel(noise_model, starts, places, step_starts, step_places, gains)
        self._scratch = [
            subword_scratch(chunk=positions, noise=noise, window=settings.window, width=width)
            for _ in range(self.at_once)
        ]


def _positions(settings: Settings, text: Text, composition: Composition, most: int) -> int:
    """Return how many positions are trained together: fewer where words have most parts in common.

    All steps that a chunk has for one row are taken at once, and rows of n-grams are shared. In
    English with two million buckets that is little; with a hundred it is much, with one all words
    are nearly the same, and more than a few positions would overshoot.
    """
    chances = Vocabulary([""] * len(text.counts), text.counts).keep_probability(settings.sample)
    kept = (text.counts * chances).astype(np.float64)
    pairs = 1 if settings.model == "cbow" else settings.window + 1
    each = settings.rate * pairs * composition.overlap(kept / max(1.0, float(kept.sum())))
    return max(1, min(most, int(_AT_ONCE / max(each, 1e-9))))
