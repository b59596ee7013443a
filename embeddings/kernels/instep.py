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
from .rows import add_scaled, prefetch_row, prefetch_row_to_write
from .sampling import keep_tokens
from .simd import aligned_zeros

_ZERO, _ONE = np.float32(0), np.float32(1)
_SPREAD = 0x9E3779B97F4A7C15 - (1 << 64)  # 2^64 over the golden ratio: Knuth's multiplicative hash
_AHEAD = 6
"""Rows asked for before they are added to."""


class Lanes(NamedTuple):
    """Memory of all lanes, shared by the threads. L lanes; T, R, N, W as in NoiseScratch.

    Attributes:
        steps: float32[L * S * W], the steps of a round; S = T + R + N: first those of the
            positions, then of their contexts, then of the noise words.
        places: int64[L, S], where they go.
        turns: int32[L, S], rows of ``steps`` by the thread that adds them, in their order.
        bounds: int64[L, P + 1], where the rows of each thread start in ``turns``; P threads.
        words: int32[L, N], noise words of the round.
        ids: int32[L, n], kept tokens of each lane, see Kept.
        low: int32[L, n], the same.
        high: int32[L, n], the same.
        counts: int64[L], how many.
        arrivals: int64[8], counter of the barrier.
    """

    steps: NDArray[np.float32]
    places: NDArray[np.int64]
    turns: NDArray[np.int32]
    bounds: NDArray[np.int64]
    words: NDArray[np.int32]
    ids: NDArray[np.int32]
    low: NDArray[np.int32]
    high: NDArray[np.int32]
    counts: NDArray[np.int64]
    arrivals: NDArray[np.int64]


def make_lanes(x: NoiseScratch, *, lanes: int, parts: int, width: int, most_tokens: int) -> Lanes:
    """Allocate memory of lanes.

    Args:
        x: Memory of one chunk: its shape is theirs.
        lanes: How many.
        parts: Number of threads.
        width: W.
        most_tokens: Kept tokens of a lane at most.
    """
    noise = len(x.to_noise)
    rows = len(x.to_left) + len(x.to_right) + noise
    return Lanes(
        steps=aligned_zeros(lanes * rows * width),
        places=np.zeros((lanes, rows), np.int64),
        turns=np.zeros((lanes, rows), np.int32),
        bounds=np.zeros((lanes, parts + 1), np.int64),
        words=np.zeros((lanes, noise), np.int32),
        ids=np.zeros((lanes, max(1, most_tokens)), np.int32),
        low=np.zeros((lanes, max(1, most_tokens)), np.int32),
        high=np.zeros((lanes, max(1, most_tokens)), np.int32),
        counts=np.zeros(lanes, np.int64),
        arrivals=np.zeros(8, np.int64),
    )


@kernel
def _owner(place, parts):
    """Return the thread that adds to a row: a function of where it is, spread evenly."""
    return (((place * _SPREAD) >> 33) & 0x7FFFFFFF) * parts >> 31


@kernel
def _divert(to, rows, width, places, first):
    """Send steps into the lane's buffer: note where they belong, write rows of it into ``to``.

    Args:
        to: int64[rows ...], destinations; overwritten by places in the part of the buffer.
        rows: How many.
        width: W.
        places: int64[S], the lane's; overwritten from ``first`` on.
        first: The first row of that part of the buffer.
    """
    for r in range(rows):
        places[first + r] = to[r]
        to[r] = r * width


@kernel
def _share_out(places, firsts, rows, turns, bounds, parts):
    """List a lane's rows by the threads that add them; within a thread in their order.

    Args:
        places: int64[S], where they go.
        firsts: First row of each of the three kinds.
        rows: How many there are of each.
        turns: int32[S], overwritten.
        bounds: int64[P + 1], overwritten.
        parts: P.
    """
    for part in range(parts + 1):
        bounds[part] = 0
    for kind in range(3):
        for r in range(firsts[kind], firsts[kind] + rows[kind]):
            bounds[_owner(places[r], parts)] += 1
    total = 0
    for part in range(parts + 1):
        total, bounds[part] = total + bounds[part], total
    for kind in range(3):
        for r in range(firsts[kind], firsts[kind] + rows[kind]):
            owner = _owner(places[r], parts)
            turns[bounds[owner]] = r
            bounds[owner] += 1
    for part in range(parts, 0, -1):  # each has moved to where the next one starts
        bounds[part] = bounds[part - 1]
    bounds[0] = 0


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
    rows, places = chunk + reach + n, lanes.places[lane]
    _divert(x.to_left, size, width, places, 0)
    _divert(x.to_right, reached, width, places, chunk)
    _divert(x.to_noise, n, width, places, chunk + reach)
    kinds, made = (0, chunk, chunk + reach), (size, reached, n)
    _share_out(places, kinds, made, lanes.turns[lane], lanes.bounds[lane], parts)
    steps = lanes.steps[lane * rows * width : (lane + 1) * rows * width]
    left = steps[: size * width]
    right = steps[chunk * width : (chunk + reached) * width]
    noise = steps[(chunk + reach) * width :]
    left[:] = _ZERO
    right[:] = _ZERO
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
def _add_rows(left, right, w_out, lanes, lane, firsts, part, width):
    """Add those rows of a lane's steps that are this thread's.

    Args:
        left: Where the first kind of steps goes, ``w_in`` or in CBOW ``w_out``.
        right: Where the second goes.
        w_out: Where the third goes.
        lanes: Lanes.
        lane: Which.
        firsts: First row of the second and of the third kind.
        part: This thread.
        width: W.
    """
    turns, places = lanes.turns[lane], lanes.places[lane]
    base = lane * places.shape[0] * width
    end = lanes.bounds[lane, part + 1]
    for i in range(lanes.bounds[lane, part], end):
        if i + _AHEAD < end:  # the steps may be in the cache of who made them
            r = turns[i + _AHEAD]
            prefetch_row(lanes.steps, base + r * width, width)
            if r < firsts[0]:
                prefetch_row_to_write(left, places[r], width)
            elif r < firsts[1]:
                prefetch_row_to_write(right, places[r], width)
            else:
                prefetch_row_to_write(w_out, places[r], width)
        r = turns[i]
        step = (lanes.steps, base + r * width)
        if r < firsts[0]:
            add_scaled(left, places[r], step, _ONE, width)
        elif r < firsts[1]:
            add_scaled(right, places[r], step, _ONE, width)
        else:
            add_scaled(w_out, places[r], step, _ONE, width)


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
                for p in range(parts + 1):
                    lanes.bounds[lane, p] = 0
        wait_for_all(lanes.arrivals, parts)
        for lane in range(n_lanes):
            firsts = (chunk, chunk + reach)
            _add_rows(left, right, model.w_out, lanes, lane, firsts, part, width)
        wait_for_all(lanes.arrivals, parts)
