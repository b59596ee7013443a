"""Which texts a comparison trains on: balanced draws, the same for every method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np

from ...embeddings.errors import ConfigurationError

Size: TypeAlias = int | Literal["all"]


def check_sizes(sizes: Sequence[Size], *, texts: int, classes: int) -> tuple[Size, ...]:
    """Return sizes by growth, each once; those of the whole and above become "all".

    Raises:
        ConfigurationError: There are none, or one is neither a number nor "all", or leaves a class
            with fewer than two texts.
    """
    wrong = [
        size
        for size in sizes
        if size != "all"
        and (not isinstance(size, int) or isinstance(size, bool) or size < 2 * classes)
    ]
    if wrong or not sizes:
        raise ConfigurationError(
            f'sizes: expected numbers of labels from {2 * classes} (two per class) or "all", '
            f"found {wrong[0]!r}"
            if wrong
            else 'sizes: expected numbers of labels or "all", found none'
        )
    numbers = sorted({size for size in sizes if size != "all" and size < texts})
    whole = any(size == "all" or size >= texts for size in sizes)
    return (*numbers, "all") if whole else tuple(numbers)


def draw(labels: np.ndarray, size: Size, *, classes: int, seed: int) -> np.ndarray:
    """Return which texts to train on: as many of each class, at random.

    Draws of one seed lie in each other: the 100 are among the 300, which makes a curve smoother.
    A class with too few texts gives all it has.

    Args:
        labels: int64[N], class of each text.
        size: How many texts; "all" takes every text, balanced or not.
        classes: Number of classes C.
        seed: Of the draw.

    Returns:
        int64[n], places by growth.
    """
    if size == "all":
        return np.arange(len(labels))
    rng = np.random.default_rng(seed)
    first = rng.permutation(classes)  # these get one more where the size can't be divided
    taken: list[np.ndarray] = []
    for c in range(classes):
        members = rng.permutation(np.flatnonzero(labels == c))
        share = size // classes + int(int(np.flatnonzero(first == c)[0]) < size % classes)
        taken.append(members[:share])
    return np.sort(np.concatenate(taken))
