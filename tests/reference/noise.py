"""Slow twin of negative sampling with noise words shared by a chunk (``kernels/noise.py``).

Mikolov et al. 2013, eq. 4: each pair of an input and a target adds ``-log sigma`` of their product
and, for ``negative`` draws of noise, ``-log sigma`` of minus the product; a draw that is the target
itself is skipped, as in word2vec.c. Here N draws, shared by a chunk, count ``negative / N`` times
each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .objective import Term, gradients, loss
from .sampling import Position


@dataclass(frozen=True)
class Result:
    """Weights float64[V, D] after a job, loss in nats, pairs."""

    w_in: np.ndarray
    w_out: np.ndarray
    loss: float
    pairs: int


def pairs_of(
    kept: Sequence[Position], start: int, end: int, *, cbow: bool
) -> list[tuple[list[int], int]]:
    """Return (inputs, target) of the positions from ``start`` to ``end``.

    Skip-gram: from a word to each of its contexts. CBOW: from all contexts to the word, if any.
    """
    pairs = []
    for t in range(start, end):
        word = kept[t].word
        contexts = [kept[o].word for o in range(kept[t].low, kept[t].high) if o != t]
        if cbow:
            pairs += [(contexts, word)] * bool(contexts)
        else:
            pairs += [([word], context) for context in contexts]
    return pairs


def terms_of(
    pairs: Sequence[tuple[list[int], int]], words: Sequence[int], negative: float
) -> list[Term]:
    """Return the terms of pairs that share the noise ``words``."""
    terms = []
    for inputs, target in pairs:
        terms.append(Term(inputs, target, 1.0))
        terms += [Term(inputs, w, -1.0, negative / len(words)) for w in words if w != target]
    return terms


def word2vec_terms(
    pairs: Sequence[tuple[list[int], int]], shares: Sequence[float], negative: float
) -> list[Term]:
    """Return the terms that word2vec.c follows on average when noise is drawn by ``shares``."""
    terms = []
    for inputs, target in pairs:
        terms.append(Term(inputs, target, 1.0))
        draws = enumerate(shares)
        terms += [Term(inputs, w, -1.0, negative * share) for w, share in draws if w != target]
    return terms


def rates(start_rate: float, end_rate: float, total: int, chunk: int) -> list[float]:
    """Return the rate of each chunk of ``total`` positions: linear, taken at its start."""
    starts = np.arange(0, total, chunk)
    return list(start_rate + (end_rate - start_rate) * starts / max(1, total))


def train(
    w_in: np.ndarray,
    w_out: np.ndarray,
    kept: Sequence[Position],
    *,
    draw_words: Callable[[], list[int]],
    chunk: int,
    negative: float,
    cbow: bool,
    start_rate: float,
    end_rate: float,
    frozen: Sequence[int] = (),
) -> Result:
    """Descend the loss chunk by chunk; frozen rows take part but stay."""
    w_in, w_out = w_in.astype(np.float64), w_out.astype(np.float64)
    lost, made = 0.0, 0
    for n, rate in enumerate(rates(start_rate, end_rate, len(kept), chunk)):
        pairs = pairs_of(kept, n * chunk, min(len(kept), (n + 1) * chunk), cbow=cbow)
        terms = terms_of(pairs, draw_words(), negative)
        by_in, by_out = gradients(terms, w_in, w_out)
        by_in[list(frozen)] = by_out[list(frozen)] = 0.0
        lost += loss(terms, w_in, w_out)
        made += len(pairs)
        w_in, w_out = w_in - rate * by_in, w_out - rate * by_out
    return Result(w_in, w_out, lost, made)


def train_in_step(
    w_in: np.ndarray,
    w_out: np.ndarray,
    lanes: Sequence[Sequence[Position]],
    *,
    draw_words: Sequence[Callable[[], list[int]]],
    chunk: int,
    negative: float,
    cbow: bool,
    start_rate: float,
    end_rate: float,
    frozen: Sequence[int] = (),
) -> list[Result]:
    """Train one chunk of each lane at the weights of the round's start, then add all steps.

    Returns:
        A result for each lane with its loss and pairs; all have the same weights.
    """
    w_in, w_out = w_in.astype(np.float64), w_out.astype(np.float64)
    lost, made = [0.0] * len(lanes), [0] * len(lanes)
    longest = max(len(kept) for kept in lanes)
    for n, rate in enumerate(rates(start_rate, end_rate, longest, chunk)):
        by_in, by_out = np.zeros_like(w_in), np.zeros_like(w_out)
        for lane, kept in enumerate(lanes):
            if n * chunk >= len(kept):
                continue
            pairs = pairs_of(kept, n * chunk, min(len(kept), (n + 1) * chunk), cbow=cbow)
            terms = terms_of(pairs, draw_words[lane](), negative)
            own_in, own_out = gradients(terms, w_in, w_out)
            by_in, by_out = by_in + own_in, by_out + own_out
            lost[lane] += loss(terms, w_in, w_out)
            made[lane] += len(pairs)
        by_in[list(frozen)] = by_out[list(frozen)] = 0.0
        w_in, w_out = w_in - rate * by_in, w_out - rate * by_out
    return [Result(w_in, w_out, *both) for both in zip(lost, made, strict=True)]
