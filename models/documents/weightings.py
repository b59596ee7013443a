"""How much each word of a document counts, learnt from how often words occur."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Weighting = Literal["auto", "mean", "idf", "sif", "usif", "max", "power"]
SMOOTHING = 1e-3
"""The ``a`` of SIF; the paper's value, which does well from 1e-4 to 1e-3 there."""


def inverse_frequencies(documents: int, frequencies: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return float32[V], ``ln((1 + N) / (1 + df)) + 1``.

    As scikit-learn's ``TfidfVectorizer``: a word of all documents keeps the weight 1, and one of no
    document has the greatest of all.

    Args:
        documents: N.
        frequencies: int64[V], in how many documents each word stands.
    """
    return (np.log((1.0 + documents) / (1.0 + frequencies)) + 1.0).astype(np.float32)


def smooth_inverse_frequencies(
    probabilities: NDArray[np.float64], a: float = SMOOTHING
) -> NDArray[np.float32]:
    """Return float32[V], ``a / (a + p)``; 1 for words that are nowhere counted.

    Args:
        probabilities: float64[V], share of each word among all.
        a: Above 0.

    Source: Arora, Liang and Ma 2017, "A simple but tough-to-beat baseline for sentence
    embeddings", algorithm 1.
    """
    return (a / (a + probabilities)).astype(np.float32)


def unsupervised_frequencies(
    probabilities: NDArray[np.float64], mean_length: float
) -> NDArray[np.float32]:
    """Return float32[V], ``a / (a / 2 + p)``, where ``a`` follows from counts alone.

    ``a = (1 - alpha) / (alpha Z)`` with ``Z = V / 2``, and ``alpha`` the share of words likelier
    than not to be met in a random walk of so many steps: ``p > 1 - (1 - 1 / V) ** n``. Where no
    word is, or every word, the walk says nothing, and all weights are 1.

    Args:
        probabilities: float64[V].
        mean_length: n, words of a document.

    Source: Ethayarajh 2018, "Unsupervised random walk sentence embeddings", section 3.1.
    """
    vocabulary = max(1, int((probabilities > 0).sum()))
    threshold = -np.expm1(mean_length * np.log1p(-1.0 / vocabulary)) if vocabulary > 1 else 1.0
    likely = int((probabilities > threshold).sum()) / vocabulary
    if not 0.0 < likely < 1.0:
        return np.ones(len(probabilities), np.float32)
    a = (1.0 - likely) / (likely * vocabulary / 2.0)
    return (a / (a / 2.0 + probabilities)).astype(np.float32)


def probabilities_of(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return float64[V], shares that sum to 1; zeros where nothing was counted."""
    total = int(counts.sum())
    return counts / total if total else np.zeros(len(counts))
