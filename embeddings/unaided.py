"""Two spaces brought together by nothing but their shapes.

Words of like meaning lie to the other words of their language as their translations do to theirs.
So the sorted cosines of a word with all others are a mark of it that needs no common axes: words
with like marks are the first pairs, few of them right, but more than by chance. Learning maps and
pairs by turns does the rest, if chance keeps it from staying with the first guess.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .csls import Directions, Pairs, drawn, neighbourhoods
from .orthogonal import Maps

WORDS = 4000
"""Most frequent words that take part."""
_FIRST_SHARE, _FACTOR = 0.1, 2.0
_PATIENCE = 10
_GAIN = 1e-6
_MOST_ROUNDS = 500


def first_pairs(source: np.ndarray, target: np.ndarray, *, neighbours: int) -> Pairs:
    """Return pairs of rows with like marks.

    Args:
        source: float32[V, D], prepared; the first :data:`WORDS` rows count.
        target: float32[U, D].
        neighbours: Cosines that CSLS takes the mean of.

    Source: Artetxe, Labaka and Agirre 2018 (ACL), arXiv:1805.06297, section 3.2.
    """
    size = min(WORDS, len(source), len(target))
    here, there = Directions(_marks(source[:size])), Directions(_marks(target[:size]))
    around = neighbourhoods(here, there, neighbours)
    nothing_drawn = np.random.default_rng(0)
    return drawn(here, there, around=around, share=1.0, generator=nothing_drawn)


def _marks(rows: np.ndarray) -> np.ndarray:
    """Return float32[n, n], each row's likenesses in order, of length 1 about their mean.

    The likenesses are those of the root of ``rows @ rows.T``, which made better pairs than cosines
    themselves in the paper.
    """
    left, values, _ = np.linalg.svd(rows, full_matrices=False)
    likenesses = np.sort((left * values) @ left.T, axis=1)
    for step in ("unit", "center", "unit"):
        if step == "center":
            likenesses -= likenesses.mean(axis=0)
        else:
            lengths = np.linalg.norm(likenesses, axis=1, keepdims=True)
            likenesses /= np.where(lengths > 0.0, lengths, 1.0)
    return likenesses


def induce(
    source: np.ndarray,
    target: np.ndarray,
    begin: Pairs,
    fit: Callable[[Pairs], Maps],
    *,
    neighbours: int,
    seed: int,
) -> Pairs:
    """Learn maps and pairs by turns, with ever less chance in who may be a pair.

    A tenth of all possible pairs may be found at first; whenever ten turns brought nothing, twice
    as many, until all may and ten turns bring nothing.

    Args:
        source: float32[V, D], prepared, of all words that take part.
        target: float32[U, D].
        begin: Pairs to begin with.
        fit: Learns maps from pairs.
        neighbours: Cosines that CSLS takes the mean of.
        seed: Of the draws.

    Returns:
        The last turn's pairs.

    Source: Artetxe, Labaka and Agirre 2018 (ACL), arXiv:1805.06297, section 3.3.
    """
    generator = np.random.default_rng(seed)
    share, best, since = _FIRST_SHARE, -np.inf, 0
    pairs = begin
    for _ in range(_MOST_ROUNDS):
        maps = fit(pairs)
        here = Directions((source @ maps.source).astype(np.float32))
        there = Directions((target @ maps.target).astype(np.float32))
        around = neighbourhoods(here, there, neighbours)
        # How near words have come to the other side, whoever may be a pair.
        value = float(np.mean([one.mean() for one in around]))
        since += 1
        if value > best + _GAIN:
            best, since = value, 0
        elif since >= _PATIENCE:
            if share >= 1.0:
                break
            share, since = min(1.0, share * _FACTOR), 0
        pairs = drawn(here, there, around=around, share=share, generator=generator)
    return pairs
