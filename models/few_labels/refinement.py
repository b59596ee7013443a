"""Classes found again in unlabelled documents: from a first guess, in growing parts.

From the scores of a guess each document belongs to each class in some part. The surest documents
of each class make its centre; all documents are assigned to the centres; then more of them make the
centres, until all do. That is self-training with spherical k-means, and soft at the edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHARES = (0.1, 0.2, 0.3, 0.5, 0.7)
"""Of the documents of each class, the surest, that make its centre in the first rounds."""
FIRST_SHARPNESS, SHARPNESS = 10.0, 20.0
"""What cosines are multiplied with before they become shares, in the guess and later."""
ANCHOR = 0.1
"""What the guess counts beside the centres, to the end."""
_BALANCING = 20  # turns, each nearer to the shares that are wanted


@dataclass(frozen=True, eq=False)
class Refined:
    """Classes of a collection.

    Attributes:
        centres: float32[C, W], of length 1.
        bias: float64[C], what is added to the classes' scores so that none takes too much.
        changed: Share of documents that changed their class, for each round.
    """

    centres: NDArray[np.float32]
    bias: NDArray[np.float64]
    changed: tuple[float, ...]


def refine(
    documents: NDArray[np.float32],
    guess: NDArray[np.float32],
    *,
    rounds: int,
    balance: float,
    anchor: float = ANCHOR,
) -> Refined:
    """Find the centres of classes.

    Args:
        documents: float32[N, W] of length 1; zeros count nowhere.
        guess: float32[N, C], scores of the first guess.
        rounds: How often centres are made, 1 or more; the last are soft.
        balance: 0 takes the sizes of the classes as they come; 1 makes all the same; between, their
            shares to the power ``1 - balance``.
        anchor: What the guess counts to the end.

    Source: Nigam et al. 2000 for learning from unlabelled text, Banerjee et al. 2005 for centres
        and soft shares of directions; the growing parts are those of self-paced learning (Kumar et
        al. 2010).
    """
    there: NDArray[np.bool_] = np.asarray(documents.any(axis=1) | guess.any(axis=1))
    bias = balancing(guess[there], sharpness=FIRST_SHARPNESS, balance=balance)
    shares = shares_of(guess, bias, sharpness=FIRST_SHARPNESS) * there[:, None]
    centres = np.zeros((guess.shape[1], documents.shape[1]), np.float32)
    changed: list[float] = []
    for turn in range(rounds):
        parts = shares if turn >= len(SHARES) else _surest(shares, SHARES[turn])
        centres = _unit(parts.astype(np.float32).T @ documents)
        scores = documents @ centres.T + np.float32(anchor) * guess
        bias = balancing(scores[there], sharpness=SHARPNESS, balance=balance)
        before = shares.argmax(axis=1)
        shares = shares_of(scores, bias, sharpness=SHARPNESS) * there[:, None]
        moved = float((before != shares.argmax(axis=1))[there].mean()) if there.any() else 0.0
        changed.append(moved)
        if turn >= len(SHARES) and not moved:
            break
    return Refined(centres, bias, tuple(changed))


def shares_of(
    scores: NDArray[np.floating], bias: NDArray[np.float64], *, sharpness: float
) -> NDArray[np.float64]:
    """Return float64[N, C], how much of each document belongs to each class; rows sum to 1."""
    raised = sharpness * scores.astype(np.float64) + bias
    raised -= raised.max(axis=1, keepdims=True)
    np.exp(raised, out=raised)
    return raised / raised.sum(axis=1, keepdims=True)


def balancing(
    scores: NDArray[np.floating], *, sharpness: float, balance: float
) -> NDArray[np.float64]:
    """Return float64[C], what brings the classes' sizes nearer to each other.

    Args:
        scores: float[N, C].
        sharpness: What they are multiplied with.
        balance: As :func:`refine` has it.
    """
    bias = np.zeros(scores.shape[1])
    if not balance or not len(scores):
        return bias
    sizes = shares_of(scores, bias, sharpness=sharpness).mean(axis=0)
    wanted = np.maximum(sizes, 1e-9) ** (1.0 - balance)
    wanted /= wanted.sum()
    for _ in range(_BALANCING):  # Sinkhorn's turns: rows sum to 1, columns come nearer
        bias += np.log(wanted / np.maximum(sizes, 1e-9))
        sizes = shares_of(scores, bias, sharpness=sharpness).mean(axis=0)
    return bias


def _surest(shares: NDArray[np.float64], part: float) -> NDArray[np.float64]:
    """Return float64[N, C], 1 for the surest documents of each class, else 0."""
    chosen = np.zeros_like(shares)
    own, there = shares.argmax(axis=1), shares.any(axis=1)
    for number in range(shares.shape[1]):
        places = np.flatnonzero((own == number) & there)
        if not len(places):  # nobody's first choice: the one likeliest to be its own
            places = np.array([int(shares[:, number].argmax())])
        kept = max(1, round(part * len(places)))
        best = places[np.argsort(-shares[places, number], kind="stable")[:kept]]
        chosen[best, number] = 1.0
    return chosen


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
