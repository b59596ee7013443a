"""Negative sampling whose result does not depend on the number of threads.

Free-running workers overwrite each other's steps in an order that nobody can repeat. Here a stretch
of the corpus is cut into a fixed number of lanes, each with its own random draws. In every round
each lane trains one chunk against the weights as the round found them and leaves its steps in
buffers; then the steps are added, lane after lane. Threads share out the lanes in the first half
and the rows in the second: who does what changes nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import kernel
from .barrier import wait_for_all
from .cbow import cbow_chunk
from .noise import draw_noise, gather, skipgram_chunk
from .noise_memory import Kept, NoiseScratch
from .sampling import keep_tokens
from .tiles import add_scaled, aligned_zeros

_ZERO, _ONE = np.float32(0), np.float32(1)


class Lanes(NamedTuple):
    """Memory of all lanes, shared by the threads. L lanes; T, R, N, W as in NoiseScratch.

    Attributes:
        left: float32[L * T * W], steps of the positions.
        right: float32[L * R * W], steps of the contexts.
        noise: float32[L * N * W], steps of the noise words.
        to_left: int64[L, T], where they go.
        to_right: int64[L, R], likewise.
        to_noise: int64[L, N], likewise.
        filled: int64[L, 3], how many rows of each kind the round has made.
        ids: int32[L, n], kept tokens of each lane, see Kept.
        low: int32[L, n], the same.
        high: int32[L, n], the same.
        counts: int64[L], how many.
        arrivals: int64[8], counter of the barrier.
    """

    left: NDArray[np.float32]
    right: NDArray[np.float32]
    noise: NDArray[np.float32]
    to_left: NDArray[np.int64]
    to_right: NDArray[np.int64]
    to_noise: NDArray[np.int64]
    filled: NDArray[np.int64]
    ids: NDArray[np.int32]
    low: NDArray[np.int32]
    high: NDArray[np.int32]
    counts: NDArray[np.int64]
    arrivals: NDArray[np.int64]


def make_lanes(x: NoiseScratch, *, lanes: int, width: int, most_tokens: int) -> Lanes:
    """Allocate ``lanes`` lanes for chunks as in ``x`` and up to ``most_tokens`` tokens each."""
    chunk, reach, noise = len(x.to_left), len(x.to_right), len(x.to_noise)
    return Lanes(
        left=aligned_zeros(lanes * chunk * width),
        right=aligned_zeros(lanes * reach * width),
        noise=aligned_zeros(lanes * noise * width),
        to_left=np.zeros((lanes, chunk), np.int64),
        to_right=np.zeros((lanes, reach), np.int64),
        to_noise=np.zeros((lanes, noise), np.int64),
        filled=np.zeros((lanes, 3), np.int64),
        ids=np.zeros((lanes, max(1, most_tokens)), np.int32),
        low=np.zeros((lanes, max(1, most_tokens)), np.int32),
        high=np.zeros((lanes, max(1, most_tokens)), np.int32),
        counts=np.zeros(lanes, np.int64),
        arrivals=np.zeros(8, np.int64),
    )


@kernel
def _train_lane(model, x, lanes, lane, start, width, window, negative, cbow, rate, rng):
    """Train one chunk of a lane into the lane's buffers; returns loss and pairs."""
    kept = Kept(lanes.ids[lane], lanes.low[lane], lanes.high[lane])
    count = lanes.counts[lane]
    chunk, reach, n = x.to_left.shape[0], x.to_right.shape[0], x.words.shape[0]
    size = min(chunk, count - start)
    reached = min(count, start + size + window) - max(0, start - window)
    draw_noise(model, x.words, rng)
    gather(model, x, kept, start, size, count, window, width, cbow)
    lanes.filled[lane, 0], lanes.filled[lane, 1], lanes.filled[lane, 2] = size, reached, n
    for r in range(size):
        lanes.to_left[lane, r] = x.to_left[r]
        x.to_left[r] = r * width
    for r in range(reached):
        lanes.to_right[lane, r] = x.to_right[r]
        x.to_right[r] = r * width
    for r in range(n):
        lanes.to_noise[lane, r] = x.to_noise[r]
        x.to_noise[r] = r * width
    left = lanes.left[lane * chunk * width : (lane + 1) * chunk * width]
    right = lanes.right[lane * reach * width : (lane + 1) * reach * width]
    noise = lanes.noise[lane * n * width : (lane + 1) * n * width]
    left[: size * width] = _ZERO
    right[: reached * width] = _ZERO
    noise[:] = _ZERO
    if cbow:
        return cbow_chunk(
            model, x, kept, start, size, count, window, width, negative, rate, left, right, noise
        )
    return skipgram_chunk(
        model, x, kept, start, size, count, window, width, negative, rate, left, right, noise
    )


@kernel
def _add_rows(matrix, steps, lane, to, rows, most, width, part, parts):
    """Add a lane's steps to those rows of ``matrix`` that are this thread's."""
    for r in range(rows):
        place = to[lane, r]
        if (place // width) % parts == part:
            add_scaled(matrix, place, (steps, (lane * most + r) * width), _ONE, width)


@kernel
def train_in_step(
    model,
    tokens,
    offsets,
    borders,
    width,
    window,
    negative,
    cbow,
    start_rate,
    end_rate,
    rngs,
    x,
    lanes,
    part,
    parts,
    sums,
):
    """Train one stretch of the corpus; called at once by ``parts`` threads with their own ``part``.

    Args:
        model: NoiseModel, updated in place.
        tokens: int32[n], word ids of the corpus.
        offsets: int64[S + 1], borders of its sentences.
        borders: int64[L + 1], lane l takes the sentences ``borders[l]`` to ``borders[l + 1]``.
        width: W.
        window: Largest distance to a context word.
        negative: Noise draws that each pair stands for.
        cbow: CBOW instead of skip-gram.
        start_rate: Learning rate at the start of the stretch.
        end_rate: The rate it falls to, linearly.
        rngs: uint64[L, 1], the lanes' own, advanced.
        x: NoiseScratch, this thread's.
        lanes: Lanes, shared.
        part: This thread, from 0.
        parts: Number of threads.
        sums: float64[L, 3], overwritten: loss, pairs and kept tokens of each lane.
    """
    n_lanes, chunk = lanes.counts.shape[0], x.to_left.shape[0]
    for lane in range(part, n_lanes, parts):
        lanes.counts[lane] = keep_tokens(
            tokens,
            offsets,
            borders[lane],
            borders[lane + 1],
            model.keep,
            window,
            rngs[lane],
            lanes.ids[lane],
            lanes.low[lane],
            lanes.high[lane],
        )
        sums[lane, 0], sums[lane, 1], sums[lane, 2] = 0.0, 0.0, lanes.counts[lane]
    wait_for_all(lanes.arrivals, parts)
    longest = 0
    for lane in range(n_lanes):
        longest = max(longest, lanes.counts[lane])
    for start in range(0, longest, chunk):
        rate = np.float32(start_rate + (end_rate - start_rate) * (start / longest))
        for lane in range(part, n_lanes, parts):
            if start < lanes.counts[lane]:
                loss, pairs = _train_lane(
                    model, x, lanes, lane, start, width, window, negative, cbow, rate, rngs[lane]
                )
                sums[lane, 0] += loss
                sums[lane, 1] += pairs
            else:
                lanes.filled[lane, 0], lanes.filled[lane, 1], lanes.filled[lane, 2] = 0, 0, 0
        wait_for_all(lanes.arrivals, parts)
        left, right = model.w_in, model.w_out
        if cbow:
            left, right = model.w_out, model.w_in
        reach, n = x.to_right.shape[0], x.words.shape[0]
        for lane in range(n_lanes):
            rows = lanes.filled[lane]
            _add_rows(left, lanes.left, lane, lanes.to_left, rows[0], chunk, width, part, parts)
            _add_rows(right, lanes.right, lane, lanes.to_right, rows[1], reach, width, part, parts)
            _add_rows(
                model.w_out, lanes.noise, lane, lanes.to_noise, rows[2], n, width, part, parts
            )
        wait_for_all(lanes.arrivals, parts)
