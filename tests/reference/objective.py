"""What all word2vec objectives have in common, exactly: a weighted sum of logistic losses.

One term asks whether the mean of some input rows and one output row belong together:
``-weight * log sigma(label * mean(w_in[inputs]) . w_out[output])``. ``noise.py`` and ``tree.py``
say which terms a position has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit


@dataclass(frozen=True)
class Term:
    inputs: Sequence[int]
    output: int
    label: float
    weight: float = 1.0


def _as_arrays(terms: Sequence[Term]) -> tuple[np.ndarray, ...]:
    counts = np.array([len(term.inputs) for term in terms])
    owners = np.repeat(np.arange(len(terms)), counts)
    inputs = np.concatenate([term.inputs for term in terms]).astype(np.intp)
    outputs = np.array([term.output for term in terms])
    labels, weights = (np.array([getattr(t, n) for t in terms]) for n in ("label", "weight"))
    return owners, inputs, 1.0 / counts[owners], outputs, labels, weights


def loss(terms: Sequence[Term], w_in: np.ndarray, w_out: np.ndarray) -> float:
    """Return the sum of the terms in nats; ``w_in`` and ``w_out`` are float64[rows, D]."""
    if not terms:
        return 0.0
    owners, inputs, shares, outputs, labels, weights = _as_arrays(terms)
    means = np.zeros((len(terms), w_in.shape[1]))
    np.add.at(means, owners, w_in[inputs] * shares[:, None])
    return float(-weights @ log_expit(labels * (means * w_out[outputs]).sum(axis=1)))


def gradients(
    terms: Sequence[Term], w_in: np.ndarray, w_out: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients of :func:`loss` by ``w_in`` and by ``w_out``."""
    by_in, by_out = np.zeros_like(w_in), np.zeros_like(w_out)
    if not terms:
        return by_in, by_out
    owners, inputs, shares, outputs, labels, weights = _as_arrays(terms)
    means = np.zeros((len(terms), w_in.shape[1]))
    np.add.at(means, owners, w_in[inputs] * shares[:, None])
    scores = (means * w_out[outputs]).sum(axis=1)
    slopes = (-weights * labels * expit(-labels * scores))[:, None]
    np.add.at(by_out, outputs, slopes * means)
    np.add.at(by_in, inputs, (slopes * w_out[outputs])[owners] * shares[:, None])
    return by_in, by_out


def numeric_gradients(
    terms: Sequence[Term], w_in: np.ndarray, w_out: np.ndarray, *, step: float = 1e-5
) -> tuple[np.ndarray, np.ndarray]:
    """Return the same by central differences of :func:`loss`, one number after another."""
    found = []
    weights = (w_in.copy(), w_out.copy())
    for matrix in weights:
        slopes = np.zeros_like(matrix)
        for place in np.ndindex(matrix.shape):
            middle = matrix[place]
            matrix[place] = middle + step
            above = loss(terms, *weights)
            matrix[place] = middle - step
            slopes[place] = (above - loss(terms, *weights)) / (2 * step)
            matrix[place] = middle
        found.append(slopes)
    return found[0], found[1]
