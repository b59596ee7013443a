"""What training with character n-grams keeps in memory beside what negative sampling does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .noise_memory import NoiseModel, NoiseScratch, noise_scratch
from .simd import aligned_zeros


class SubwordModel(NamedTuple):
    """What is learnt, shared by all workers. W is the padded row width.

    Attributes:
        noise: NoiseModel whose ``w_in``, float32[(V + G + 1) * W], holds rows of V words, then of G
            n-grams, and a last one that is not used; ``frozen`` is about output rows alone.
        starts: int64[V + 1], the borders of each word's parts in ``places``.
        places: int64[P], where in ``w_in`` they are: the mean of these rows is the word's input.
        step_starts: int64[V + 1], the borders of each word's parts in ``step_places``.
        step_places: int64[Q], the parts that may change.
        gains: float32[V], how much of its step each of them takes.
    """

    noise: NoiseModel
    starts: NDArray[np.int64]
    places: NDArray[np.int64]
    step_starts: NDArray[np.int64]
    step_places: NDArray[np.int64]
    gains: NDArray[np.float32]


class SubwordScratch(NamedTuple):
    """Memory of one chunk, allocated once per worker; R = T + 2 * window words in reach.

    Attributes:
        noise: NoiseScratch.
        rows: float32[R * W], CBOW: the composed rows of the words in reach.
        steps: float32[R * W], steps of composed rows.
        at: int64[R], 0, W, 2W ..., places in ``rows`` and ``steps``.
        firsts: int64[R], where the parts of each word begin in ``places``.
        depths: int64[R], how many there are.
        shares: float32[R], 1 over that number.
        numbers: int64[R], 0, 1, 2 ...
    """

    noise: NoiseScratch
    rows: NDArray[np.float32]
    steps: NDArray[np.float32]
    at: NDArray[np.int64]
    firsts: NDArray[np.int64]
    depths: NDArray[np.int64]
    shares: NDArray[np.float32]
    numbers: NDArray[np.int64]


def subword_scratch(*, chunk: int, noise: int, window: int, width: int) -> SubwordScratch:
    """Allocate the memory for chunks of ``chunk`` positions that share ``noise`` noise words."""
    reach = chunk + 2 * window
    return SubwordScratch(
        noise=noise_scratch(chunk=chunk, noise=noise, window=window, width=width),
        rows=aligned_zeros(reach * width),
        steps=aligned_zeros(reach * width),
        at=np.arange(reach, dtype=np.int64) * width,
        firsts=np.zeros(reach, np.int64),
        depths=np.zeros(reach, np.int64),
        shares=np.zeros(reach, np.float32),
        numbers=np.arange(reach, dtype=np.int64),
    )
