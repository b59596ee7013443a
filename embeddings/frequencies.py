"""How often words stand in text, for weights that go by it: as counted, or by Zipf's law."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .lookup import VectorTable


def word_shares(vectors: VectorTable) -> NDArray[np.float64]:
    """Return float64[V], each word's share of the corpus that vectors were trained on.

    Most files of vectors have no counts, but their rows are sorted by frequency. Then the word in
    row r is taken to stand 1 / (r + 1) times as often as the first.

    Args:
        vectors: The vectors; row order is that of their words.

    Returns:
        Not negative; the sum is 1.

    Source: Zipf's law, with the exponent 1, where :attr:`~.lookup.VectorTable.counts` aren't known.
    """
    counts = vectors.counts
    if counts is None or not counts.any():
        found = 1.0 / np.arange(1, len(vectors) + 1)
    else:
        found = counts.astype(np.float64)
    return found / found.sum()
