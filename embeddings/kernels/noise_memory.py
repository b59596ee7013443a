"""What negative sampling keeps in memory: the model, a job's tokens, one chunk's rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .simd import aligned_zeros, padded


class NoiseModel(NamedTuple):
    """What is learnt and drawn from; shared by all workers. W is the padded row width.

    Attributes:
        w_in: float32[(V + 1) * W], input rows and a last one that takes what is not wanted.
        w_out: float32[(V + 1) * W], output rows, likewise.
        keep: uint32[V], thresholds of subsampling, see ``keep_tokens``.
        limits: uint32[V], alias table of the noise distribution, see ``draw``.
        aliases: int32[V], the same.
        frozen: bool[V], rows that must not change; empty when all may.
    """

    w_in: NDArray[np.float32]
    w_out: NDArray[np.float32]
    keep: NDArray[np.uint32]
    limits: NDArray[np.uint32]
    aliases: NDArray[np.int32]
    frozen: NDArray[np.bool_]


class Kept(NamedTuple):
    """A job's tokens after subsampling, see ``keep_tokens``; n is at least the job's tokens.

    Attributes:
        ids: int32[n], words.
        low: int32[n], first context position of each.
        high: int32[n], one past its last.
    """

    ids: NDArray[np.int32]
    low: NDArray[np.int32]
    high: NDArray[np.int32]


class NoiseScratch(NamedTuple):
    """Memory of one chunk, allocated once per worker. T positions, R = T + 2 * window in reach.

    Attributes:
        left: float32[T * W], what faces the noise: the words, or the means of their contexts.
        sums: float32[(R + 1) * W], CBOW: running sums of contexts, or differences of steps.
        carry: float32[W], CBOW: one running sum.
        own: float32[T * W], CBOW: the steps of the means.
        left_across: float32[W * T], ``left`` transposed.
        near: float32[T * P], skip-gram: scores of pairs, a band of P >= 2 * window + 1 a position.
        near_weight: float32[T * P], 1 where the band holds a pair.
        own_score: float32[T], CBOW: score of each position's own word.
        own_weight: float32[T], CBOW: 1 where the position has a context.
        far: float32[N * T], scores against noise.
        far_weight: float32[N * T], minus how often each counts.
        words: int32[N], the noise words.
        next_words: int32[N], those of the next chunk.
        from_left: int64[T], where the positions' own rows are in the model.
        from_right: int64[R], where the contexts' rows are.
        from_noise: int64[N], where the noise words' rows are.
        to_left: int64[T], where the steps of the positions go.
        to_right: int64[R], where those of the contexts go.
        to_noise: int64[N], where those of the noise words go.
        rows: int64[T], 0, W, 2W ..., places inside the scratch itself.
        ones: int64[T], the number 1.
        places: int64[R], where in the band each position's or context's factors start.
        firsts: int64[R], the first context of each position, or position of each context.
        counts: int64[R], how many there are.
        numbers: int64[T], 0, 1, 2 ...
    """

    left: NDArray[np.float32]
    sums: NDArray[np.float32]
    carry: NDArray[np.float32]
    own: NDArray[np.float32]
    left_across: NDArray[np.float32]
    near: NDArray[np.float32]
    near_weight: NDArray[np.float32]
    own_score: NDArray[np.float32]
    own_weight: NDArray[np.float32]
    far: NDArray[np.float32]
    far_weight: NDArray[np.float32]
    words: NDArray[np.int32]
    next_words: NDArray[np.int32]
    from_left: NDArray[np.int64]
    from_right: NDArray[np.int64]
    from_noise: NDArray[np.int64]
    to_left: NDArray[np.int64]
    to_right: NDArray[np.int64]
    to_noise: NDArray[np.int64]
    rows: NDArray[np.int64]
    ones: NDArray[np.int64]
    places: NDArray[np.int64]
    firsts: NDArray[np.int64]
    counts: NDArray[np.int64]
    numbers: NDArray[np.int64]


def noise_scratch(*, chunk: int, noise: int, window: int, width: int) -> NoiseScratch:
    """Allocate the memory for chunks of ``chunk`` positions that share ``noise`` noise words."""
    reach, band = chunk + 2 * window, padded(2 * window + 1)

    return NoiseScratch(
        left=aligned_zeros(chunk * width),
        sums=aligned_zeros((reach + 1) * width),
        carry=aligned_zeros(width),
        own=aligned_zeros(chunk * width),
        left_across=aligned_zeros(chunk * width),
        near=aligned_zeros(chunk * band),
        near_weight=aligned_zeros(chunk * band),
        own_score=aligned_zeros(chunk),
        own_weight=aligned_zeros(chunk),
        far=aligned_zeros(chunk * noise),
        far_weight=aligned_zeros(chunk * noise),
        words=np.zeros(noise, np.int32),
        next_words=np.zeros(noise, np.int32),
        from_left=np.zeros(chunk, np.int64),
        from_right=np.zeros(reach, np.int64),
        from_noise=np.zeros(noise, np.int64),
        to_left=np.zeros(chunk, np.int64),
        to_right=np.zeros(reach, np.int64),
        to_noise=np.zeros(noise, np.int64),
        rows=np.arange(chunk, dtype=np.int64) * width,
        ones=np.ones(chunk, np.int64),
        places=np.zeros(reach, np.int64),
        firsts=np.zeros(reach, np.int64),
        counts=np.zeros(reach, np.int64),
        numbers=np.arange(chunk, dtype=np.int64),
    )
