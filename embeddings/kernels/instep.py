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
from .tiles import add_scaled, aligned_zeros, prefetch_row

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
        of_left: int32[L, T], the thread that adds them: a function of where they go.
        of_right: int32[L, R], likewise.
        of_noise: int32[L, N], likewise.
        words: int32[L, N], noise words of the round.
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
    of_left: NDArray[np.int32]
    of_right: NDArray[np.int32]
    of_noise: NDArray[np.int32]
    words: NDArray[np.int32]
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
        of_left=np.zeros((lanes, chunk), np.int32),
        of_right=np.zeros((lanes, reach), np.int32),
        of_noise=np.zeros((lanes, noise), np.int32),
        words=np.zeros((lanes, noise), np.int32),
        filled=np.zeros((lanes, 3), np.int64),
        ids=np.zeros((lanes, max(1, most_tokens)), np.int32),
        low=np.zeros((lanes, max(1, most_tokens)), np.int32),
        high=np.zeros((lanes, max(1, most_tokens)), np.int32),
        counts=np.zeros(lanes, np.int64),
        arrivals=np.zeros(8, np.int64),
    )


@kernel
def _divert(to, rows, width, keep, owners, parts):
    """Send a chunk's steps into its lane's buffer; note where they belong and who adds them.

    Args:
        to: int64[rows ...], destinations; overwritten by places in the buffer.
        rows: How many.
        width: W.
        keep: int64[rows ...], overwritten by the destinations.
        owners: int32[rows ...], overwritten by the threads; one destination has one owner.
        parts: Number of threads.
    """
    for r in range(rows):
        keep[r] = to[r]
        owners[r] = np.int32((to[r] // width) % parts)
        to[r] = r * width


@kernel
def _look_ahead(model, lanes, lane, start, chunk, width):
    """Ask memory for the rows of a lane's next chunk."""
    ids = lanes.ids[lane]
    for i in range(start, min(lanes.counts[lane], start + chunk)):
        prefetch_row(model.w_in, np.int64(ids[i]) * width, width)
        prefetch_row(model.w_out, np.int64(ids[i]) * width, width)


@kernel
def _train_lane(model, x, lanes, lane, start, width, window, negative, cbow, rate, parts):
    """Train one chunk of a lane into the lane's buffers; returns loss and pairs."""
    kept = Kept(lanes.ids[lane], lanes.low[lane], lanes.high[lane])
    count = lanes.counts[lane]
    chunk, reach, n = x.to_left.shape[0], x.to_right.shape[0], x.words.shape[0]
    size = min(chunk, count - start)
    reached = min(count, start + size + window) - max(0, start - window)
    for k in range(x.words.shape[0]):
        x.words[k] = lanes.words[lane, k]
    gather(model, x, kept, start, size, count, window, width, cbow)
    lanes.filled[lane, 0], lanes.filled[lane, 1], lanes.filled[lane, 2] = (
        size,
        reached,
        n,
    )
    _divert(x.to_left, size, width, lanes.to_left[lane], lanes.of_left[lane], parts)
    _divert(x.to_right, reached, width, lanes.to_right[lane], lanes.of_right[lane], parts)
    _divert(x.to_noise, n, width, lanes.to_noise[lane], lanes.of_noise[lane], parts)
    left = lanes.left[lane * chunk * width : (lane + 1) * chunk * width]
    right = lanes.right[lane * reach * width : (lane + 1) * reach * width]
    noise = lanes.noise[lane * n * width : (lane + 1) * n * width]
    left[: size * width] = _ZERO
    right[: reached * width] = _ZERO
    noise[:] = _ZERO
    if cbow:
        return cbow_chunk(
            model,
            x,
            kept,
            start,
            size,
            count,
            window,
            width,
            negative,
            rate,
            left,
            right,
            noise,
        )
    return skipgram_chunk(
        model,
        x,
        kept,
        start,
        size,
        count,
        window,
        width,
        negative,
        rate,
        left,
        right,
        noise,
    )


@kernel
def _add_rows(matrix, steps, first, to, owners, rows, width, part):
    """Add those rows of a lane's ``steps``, from row ``first`` on, that are this thread's."""
    for r in range(rows):
        if owners[r] == part:
            add_scaled(matrix, to[r], (steps, (first + r) * width), _ONE, width)


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
    reach, n = x.to_right.shape[0], x.words.shape[0]
    left, right = model.w_in, model.w_out
    if cbow:
        left, right = model.w_out, model.w_in
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
                draw_noise(model, lanes.words[lane], rngs[lane])
                for j in range(n):
                    prefetch_row(model.w_out, np.int64(lanes.words[lane, j]) * width, width)
        for lane in range(part, n_lanes, parts):
            if lane + parts < n_lanes:
                _look_ahead(model, lanes, lane + parts, start, chunk, width)
            if start < lanes.counts[lane]:
                loss, pairs = _train_lane(
                    model,
                    x,
                    lanes,
                    lane,
                    start,
                    width,
                    window,
                    negative,
                    cbow,
                    rate,
                    parts,
                )
                sums[lane, 0] += loss
                sums[lane, 1] += pairs
            else:
                lanes.filled[lane, 0], lanes.filled[lane, 1], lanes.filled[lane, 2] = (
                    0,
                    0,
                    0,
                )
        wait_for_all(lanes.arrivals, parts)
        for lane in range(n_lanes):
            a, b, c = (
                lanes.filled[lane, 0],
                lanes.filled[lane, 1],
                lanes.filled[lane, 2],
            )
            to, of, at = lanes.to_left[lane], lanes.of_left[lane], lane * chunk
            _add_rows(left, lanes.left, at, to, of, a, width, part)
            to, of, at = lanes.to_right[lane], lanes.of_right[lane], lane * reach
            _add_rows(right, lanes.right, at, to, of, b, width, part)
            to, of, at = lanes.to_noise[lane], lanes.of_noise[lane], lane * n
            _add_rows(model.w_out, lanes.noise, at, to, of, c, width, part)
        wait_for_all(lanes.arrivals, parts)
