"""Which texts are held out from learning, to stop by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split


def hold_out(
    texts: NDArray[np.int64], fraction: float, *, classes: NDArray[np.int64] | None, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split texts by chance into those to learn from and those held out, each in order.

    Args:
        texts: int64[N], their numbers.
        fraction: Share to hold out. Where that is less than a text, none is; where it is less than
            a text of each class, as many as there are classes are.
        classes: int64[N], whose shares are kept where every class has two texts; ``None`` for none.
        seed: Of the draw.
    """
    count = round(fraction * len(texts))
    shares = classes
    if count and shares is not None:
        met = np.unique(shares, return_counts=True)[1]
        count = max(count, len(met))
        if met.min() < 2 or len(texts) - count < len(met):
            shares = None
    if not 0 < count < len(texts):
        return texts, texts[:0]
    left, held = train_test_split(texts, test_size=count, random_state=seed, stratify=shares)
    return np.sort(left), np.sort(held)
