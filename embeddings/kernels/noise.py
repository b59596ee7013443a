"""Negative sampling with noise words shared by a chunk: skip-gram and CBOW as small matrix products.

word2vec.c trains one (input, target) pair at a time against ``negative`` noise words of its own.
Here a chunk of T kept positions shares N noise words: each of them counts ``negative / N`` times
for each pair, so that the expected step is word2vec's, and the work becomes three products of
T x D and N x D matrices.  As in word2vec.c, a noise word does not count against a pair whose target
it is. Two readings of the objective differ only in what the left matrix is: the words themselves
(skip-gram) or the means of their contexts (CBOW).

Source: Mikolov et al. 2013, arXiv:1310.4546, eq. 4; shared noise: Ji et al. 2016,
arXiv:1604.04661, section 4; the normalised CBOW step: Irsoy, Benton & Stratos 2021, "Corrected CBOW
performs as well as skip-gram", insights-1.1, eq. 3.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import kernel
from .logistic import logistic_gradient
from .products import add_product, add_rows, dot_rows, set_product, transpose
from .sampling import draw, keep_tokens
from .tiles import aligned_zeros, copy_row, padded, prefetch_row

_ZERO, _ONE = np.float32(0), np.float32(1)


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
        left: float32[T * W], what faces the noise: the positions' words, or means of their contexts.
        right: float32[R * W], the contexts: output rows in skip-gram, input rows in CBOW.
        own: float32[T * W], CBOW: the positions' output rows.
        change: float32[T * W], CBOW: steps of the means.
        noise: float32[N * W], noise rows.
        left_across: float32[W * T], ``left`` transposed.
        near: float32[T * P], a band of P >= 2 * window + 1 per position: pair scores in skip-gram.
        near_weight: float32[T * P], 1 where the band holds a pair; 1 / contexts in CBOW.
        own_score: float32[T], CBOW: score of each position's word.
        own_weight: float32[T], CBOW: 1 where the position has a context.
        far: float32[N * T], scores against noise.
        far_weight: float32[N * T], minus how often each counts.
        words: int32[N], the noise words.
        next_words: int32[N], those of the next chunk.
        to_left: int64[T], where the steps of the positions go.
        to_right: int64[R], where those of the contexts go.
        to_noise: int64[N], where those of the noise words go.
        rows: int64[T], 0, W, 2W ..., places inside the scratch itself.
        ones: int64[T], the number 1.
        places: int64[R], where in the band each position's or context's factors start.
        starts: int64[R], where in ``right`` or ``left`` its rows start.
        counts: int64[R], how many there are.
    """

    left: NDArray[np.float32]
    right: NDArray[np.float32]
    own: NDArray[np.float32]
    change: NDArray[np.float32]
    noise: NDArray[np.float32]
    left_across: NDArray[np.float32]
    near: NDArray[np.float32]
    near_weight: NDArray[np.float32]
    own_score: NDArray[np.float32]
    own_weight: NDArray[np.float32]
    far: NDArray[np.float32]
    far_weight: NDArray[np.float32]
    words: NDArray[np.int32]
    next_words: NDArray[np.int32]
    to_left: NDArray[np.int64]
    to_right: NDArray[np.int64]
    to_noise: NDArray[np.int64]
    rows: NDArray[np.int64]
    ones: NDArray[np.int64]
    places: NDArray[np.int64]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]


def noise_scratch(*, chunk: int, noise: int, window: int, width: int) -> NoiseScratch:
    """Allocate the memory for chunks of ``chunk`` positions that share ``noise`` noise words."""
    reach, band = chunk + 2 * window, padded(2 * window + 1)

    return NoiseScratch(
        left=aligned_zeros(chunk * width),
        right=aligned_zeros(reach * width),
        own=aligned_zeros(chunk * width),
        change=aligned_zeros(chunk * width),
        noise=aligned_zeros(noise * width),
        left_across=aligned_zeros(chunk * width),
        near=aligned_zeros(chunk * band),
        near_weight=aligned_zeros(chunk * band),
        own_score=aligned_zeros(chunk),
        own_weight=aligned_zeros(chunk),
        far=aligned_zeros(chunk * noise),
        far_weight=aligned_zeros(chunk * noise),
        words=np.zeros(noise, np.int32),
        next_words=np.zeros(noise, np.int32),
        to_left=np.zeros(chunk, np.int64),
        to_right=np.zeros(reach, np.int64),
        to_noise=np.zeros(noise, np.int64),
        rows=np.arange(chunk, dtype=np.int64) * width,
        ones=np.ones(chunk, np.int64),
        places=np.zeros(reach, np.int64),
        starts=np.zeros(reach, np.int64),
        counts=np.zeros(reach, np.int64),
    )


@kernel
def _gather(dst, to, matrix, frozen, ids, first, last, width):
    """Copy the rows of ``ids[first:last]`` into ``dst``; note in ``to`` where their steps go."""
    for i in range(first, last):
        offset = np.int64(ids[i]) * width
        copy_row(dst, (i - first) * width, matrix, offset, width)
        if frozen.shape[0] > 0 and frozen[ids[i]]:
            offset = matrix.shape[0] - width
        to[i - first] = offset


@kernel
def draw_noise(model, words, rng):
    """Overwrite ``words`` int32[N] by draws from the noise distribution; ``rng`` is advanced."""
    for j in range(words.shape[0]):
        words[j] = draw(model.limits, model.aliases, rng)


@kernel
def gather(model, x, kept, start, size, count, window, width, cbow):
    """Copy all rows a chunk needs into the scratch and note where their steps go.

    Args:
        model: NoiseModel, read.
        x: NoiseScratch, overwritten but for ``words``, the chunk's noise.
        kept: Kept, the job.
        start: First position of the chunk.
        size: Its positions, at most T.
        count: Positions of the job.
        window: Largest distance to a context word.
        width: W.
        cbow: Whether contexts are inputs and positions outputs, not the other way round.
    """
    first, last = max(0, start - window), min(count, start + size + window)
    if cbow:
        _gather(x.own, x.to_left, model.w_out, model.frozen, kept.ids, start, start + size, width)
        _gather(x.right, x.to_right, model.w_in, model.frozen, kept.ids, first, last, width)
    else:
        _gather(x.left, x.to_left, model.w_in, model.frozen, kept.ids, start, start + size, width)
        _gather(x.right, x.to_right, model.w_out, model.frozen, kept.ids, first, last, width)
    _gather(x.noise, x.to_noise, model.w_out, model.frozen, x.words, 0, x.words.shape[0], width)


@kernel
def _look_ahead(model, x, kept, start, count, width):
    """Ask memory for the rows of the chunk at ``start``, so that they are near when it comes."""
    for j in range(x.next_words.shape[0]):
        prefetch_row(model.w_out, np.int64(x.next_words[j]) * width, width)
    for i in range(start, min(count, start + x.to_left.shape[0])):
        prefetch_row(model.w_in, np.int64(kept.ids[i]) * width, width)
        prefetch_row(model.w_out, np.int64(kept.ids[i]) * width, width)


@kernel
def _fill_band(x, kept, start, size, window, mean):
    """Fill ``near_weight`` by 1 (or 1 / contexts) on contexts and 0 elsewhere; clear ``near``."""
    band = x.near.shape[0] // x.to_left.shape[0]
    for t in range(size):
        at = start + t
        weight = _ONE
        if mean:
            weight = _ONE / np.float32(max(1, kept.high[at] - kept.low[at] - 1))
        scores = x.near[t * band : (t + 1) * band]
        weights = x.near_weight[t * band : (t + 1) * band]
        for j in range(band):
            scores[j] = _ZERO
            weights[j] = _ZERO
        for j in range(kept.low[at] - at + window, kept.high[at] - at + window):
            weights[j] = weight
        weights[window] = _ZERO


@kernel
def _weigh_noise(x, kept, start, size, negative, cbow):
    """Fill ``far_weight``: ``-negative / N`` per pair whose target is not the noise word itself."""
    n, chunk = x.words.shape[0], x.to_left.shape[0]
    each = -np.float32(negative) / np.float32(n)  # negative weights: noise, see logistic_gradient
    first, last = start, start + size
    weights = x.far_weight[:chunk]
    weights[size:] = _ZERO
    for t in range(size):
        at = start + t
        contexts = kept.high[at] - kept.low[at] - 1
        weights[t] = np.float32(min(1, contexts) if cbow else contexts) * each
        first, last = min(first, kept.low[at]), max(last, kept.high[at])
    for j in range(1, n):
        x.far_weight[j * chunk : (j + 1) * chunk] = weights
    around = kept.ids[first:last]
    for j in range(n):
        word = x.words[j]
        hits = np.int32(0)
        for i in range(around.shape[0]):  # a vectorised count: most noise words are not in reach
            hits += np.int32(around[i] == word)
        if hits == 0:
            continue
        for t in range(size):
            at = start + t
            if cbow:
                if kept.ids[at] == word:
                    x.far_weight[j * chunk + t] = _ZERO
                continue
            for o in range(kept.low[at], kept.high[at]):
                if o != at and kept.ids[o] == word:
                    x.far_weight[j * chunk + t] -= each


@kernel
def _contexts_of_positions(x, kept, start, size, window, width):
    """Fill ``places``, ``starts``, ``counts``: each position's stretch of the band and of ``right``."""
    band = x.near.shape[0] // x.to_left.shape[0]
    first = max(0, start - window)
    for t in range(size):
        low = kept.low[start + t]
        x.places[t] = t * band + low - (start + t) + window
        x.starts[t] = (low - first) * width
        x.counts[t] = kept.high[start + t] - low


@kernel
def _positions_of_contexts(x, start, size, count, window, width):
    """Fill the same the other way: each context's diagonal of the band and stretch of ``left``."""
    band = x.near.shape[0] // x.to_left.shape[0]
    first, last = max(0, start - window), min(count, start + size + window)
    for o in range(first, last):
        t = max(start, o - window)
        x.places[o - first] = (t - start) * band + o - t + window
        x.starts[o - first] = (t - start) * width
        x.counts[o - first] = min(start + size, o + window + 1) - t
    return last - first


@kernel
def skipgram_chunk(x, kept, start, size, count, window, width, negative, rate, left, right, noise):
    """Train one gathered chunk of skip-gram positions.

    Args:
        x: NoiseScratch as ``gather`` left it.
        kept: Kept, the job.
        start: First position of the chunk.
        size: Its positions, at most T.
        count: Positions of the job.
        window: Largest distance to a context word.
        width: W.
        negative: Noise draws that each pair stands for.
        rate: Learning rate, float32.
        left: float32[...], steps of the positions are added at ``x.to_left``.
        right: float32[...], steps of the contexts are added at ``x.to_right``.
        noise: float32[...], steps of the noise words are added at ``x.to_noise``.

    Returns:
        Loss in nats (float64) and number of pairs.
    """
    n, chunk = x.words.shape[0], x.to_left.shape[0]
    band = x.near.shape[0] // chunk
    _fill_band(x, kept, start, size, window, False)
    _weigh_noise(x, kept, start, size, negative, False)
    _contexts_of_positions(x, kept, start, size, window, width)
    dot_rows(x.near, x.places, x.left, x.rows, x.right, x.starts, width, x.counts, size, width)
    transpose(x.left_across, x.left, chunk, width)
    set_product(x.far, x.noise, width, x.left_across, n, chunk, width)
    loss = logistic_gradient(x.near[: size * band], x.near_weight[: size * band], rate)
    loss += logistic_gradient(x.far, x.far_weight, rate)
    pairs = 0
    for t in range(size):
        pairs += x.counts[t] - 1
    add_rows(left, x.to_left, size, x.near, x.places, 1, x.right, x.starts, width, x.counts, width)
    add_product(left, x.to_left, size, x.far, 0, 1, chunk, x.noise, 0, width, n, width)
    reach = _positions_of_contexts(x, start, size, count, window, width)
    add_rows(
        right,
        x.to_right,
        reach,
        x.near,
        x.places,
        band - 1,
        x.left,
        x.starts,
        width,
        x.counts,
        width,
    )
    add_product(noise, x.to_noise, n, x.far, 0, chunk, 1, x.left, 0, width, size, width)
    return loss, pairs


@kernel
def cbow_chunk(x, kept, start, size, count, window, width, negative, rate, left, right, noise):
    """Train one gathered chunk of CBOW positions; arguments and results as ``skipgram_chunk``.

    Each position predicts its word from the mean of its contexts, and each context receives its
    share, one over their number, of the step of the mean. A "pair" is a position with a context.
    """
    n, chunk = x.words.shape[0], x.to_left.shape[0]
    band = x.near.shape[0] // chunk
    _fill_band(x, kept, start, size, window, True)
    _weigh_noise(x, kept, start, size, negative, True)
    _contexts_of_positions(x, kept, start, size, window, width)
    x.left[: size * width] = _ZERO
    x.change[: size * width] = _ZERO
    add_rows(
        x.left, x.rows, size, x.near_weight, x.places, 1, x.right, x.starts, width, x.counts, width
    )
    pairs = 0
    for t in range(size):
        alone = x.counts[t] == 1  # the position itself is within its window
        x.own_weight[t] = _ZERO if alone else _ONE
        pairs += 0 if alone else 1
        x.counts[t] = t
    dot_rows(x.own_score, x.counts, x.left, x.rows, x.own, x.rows, width, x.ones, size, width)
    transpose(x.left_across, x.left, chunk, width)
    set_product(x.far, x.noise, width, x.left_across, n, chunk, width)
    loss = logistic_gradient(x.own_score[:size], x.own_weight[:size], rate)
    loss += logistic_gradient(x.far, x.far_weight, rate)
    add_rows(x.change, x.rows, size, x.own_score, x.counts, 1, x.own, x.rows, width, x.ones, width)
    add_product(x.change, x.rows, size, x.far, 0, 1, chunk, x.noise, 0, width, n, width)
    add_rows(left, x.to_left, size, x.own_score, x.counts, 1, x.left, x.rows, width, x.ones, width)
    add_product(noise, x.to_noise, n, x.far, 0, chunk, 1, x.left, 0, width, size, width)
    reach = _positions_of_contexts(x, start, size, count, window, width)
    add_rows(
        right,
        x.to_right,
        reach,
        x.near_weight,
        x.places,
        band - 1,
        x.change,
        x.starts,
        width,
        x.counts,
        width,
    )
    return loss, pairs


@kernel
def train_noise(
    model,
    tokens,
    offsets,
    first,
    last,
    width,
    window,
    negative,
    cbow,
    start_rate,
    end_rate,
    rng,
    x,
    kept,
):
    """Train one job of sentences in place, chunk after chunk; other workers may write too.

    Rows that two workers update at once may lose one of the updates (Niu et al. 2011,
    arXiv:1106.5730); with one worker the result depends on the arguments alone.

    Args:
        model: NoiseModel, updated in place.
        tokens: int32[n], word ids of the corpus.
        offsets: int64[S + 1], borders of its sentences.
        first: First sentence of the job.
        last: One past its last.
        width: W.
        window: Largest distance to a context word, in kept tokens.
        negative: Noise draws that each pair stands for.
        cbow: CBOW instead of skip-gram.
        start_rate: Learning rate at the start of the job.
        end_rate: The rate it falls to, linearly.
        rng: uint64[1], the job's own, advanced.
        x: NoiseScratch, overwritten.
        kept: Kept, overwritten.

    Returns:
        Loss in nats (float64), number of pairs, number of tokens kept.
    """
    chunk = x.to_left.shape[0]
    count = keep_tokens(
        tokens, offsets, first, last, model.keep, window, rng, kept.ids, kept.low, kept.high
    )
    loss, pairs = 0.0, 0
    draw_noise(model, x.next_words, rng)
    for start in range(0, count, chunk):
        size = min(chunk, count - start)
        rate = np.float32(start_rate + (end_rate - start_rate) * (start / count))
        x.words[:] = x.next_words
        draw_noise(model, x.next_words, rng)
        gather(model, x, kept, start, size, count, window, width, cbow)
        _look_ahead(model, x, kept, start + size, count, width)
        if cbow:
            lost, made = cbow_chunk(
                x,
                kept,
                start,
                size,
                count,
                window,
                width,
                negative,
                rate,
                model.w_out,
                model.w_in,
                model.w_out,
            )
        else:
            lost, made = skipgram_chunk(
                x,
                kept,
                start,
                size,
                count,
                window,
                width,
                negative,
                rate,
                model.w_in,
                model.w_out,
                model.w_out,
            )
        loss += lost
        pairs += made
    return loss, pairs, count
