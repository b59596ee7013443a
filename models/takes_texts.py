"""What estimators share that take texts in the place of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from .indexing import Text


class TakesTexts(BaseEstimator):
    """An estimator of texts; stands where :class:`~sklearn.base.BaseEstimator` would."""

    def __sklearn_tags__(self) -> Any:
        """Say that texts are taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        return tags


def drawn_texts(texts: Sequence[Text], most: int, *, seed: int) -> Sequence[Text]:
    """Return at most so many texts, drawn by chance and in their order; all where they are fewer.

    Args:
        texts: N texts.
        most: How many.
        seed: Of the draw.
    """
    if len(texts) <= most:
        return texts
    chosen = np.sort(np.random.default_rng(seed).choice(len(texts), most, replace=False))
    return [texts[int(i)] for i in chosen]
