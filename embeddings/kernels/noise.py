"""Negative sampling with noise words shared by a chunk, as small matrix products.

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

import numpy as np

from . import kernel
from .cbow import cbow_chunk
from .logistic import logistic_gradient
from .products import add_product, add_rows, dot_rows, set_product, transpose
from .rows import copy_row, prefetch_row, set_sum
from .sampling import draw, keep_tokens
from .weighing import weigh_noise

_ZERO, _ONE = np.float32(0), np.float32(1)


@kernel
def find_rows(at, to, rows, frozen, ids, first, last, width):
    """Note where the rows of ``ids[first:last]`` are, and where their steps go.

    A matrix of ``rows`` floats has a spare last row, where the steps of frozen rows go.
    """
    for i in range(first, last):
        offset = np.int64(ids[i]) * width
        at[i - first] = offset
        if frozen.shape[0] > 0 and frozen[ids[i]]:
            offset = rows - width
        to[i - first] = offset


@kernel
def draw_noise(model, words, rng):
    """Overwrite ``words`` int32[N] by draws from the noise distribution; ``rng`` is advanced."""
    for j in range(words.shape[0]):
        words[j] = draw(model.limits, model.aliases, rng)


@kernel
def gather(model, x, kept, start, size, count, window, width, cbow):
    """Find all rows a chunk needs; copy its words' input rows, or add up its contexts'.

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
    rows = model.w_in.shape[0]
    find_rows(x.from_left, x.to_left, rows, model.frozen, kept.ids, start, start + size, width)
    find_rows(x.from_right, x.to_right, rows, model.frozen, kept.ids, first, last, width)
    find_rows(x.from_noise, x.to_noise, rows, model.frozen, x.words, 0, x.words.shape[0], width)
    if cbow:
        x.sums[:width] = _ZERO
        for i in range(last - first):
            here = i * width
            set_sum(x.sums, here + width, (x.sums, here, model.w_in, x.from_right[i]), _ONE, width)
    else:
        for t in range(size):
            copy_row(x.left, t * width, (model.w_in, x.from_left[t]), _ONE, width)


@kernel
def _look_ahead(model, x, kept, start, count, width):
    """Ask memory for the rows of the chunk at ``start``, so that they are near when it comes."""
    for j in range(x.next_words.shape[0]):
        prefetch_row(model.w_out, np.int64(x.next_words[j]) * width, width)
    for i in range(start, min(count, start + x.to_left.shape[0])):
        prefetch_row(model.w_in, np.int64(kept.ids[i]) * width, width)
        prefetch_row(model.w_out, np.int64(kept.ids[i]) * width, width)


@kernel
def _fill_band(x, kept, start, size, window):
    """Fill ``near_weight`` by 1 on contexts and 0 elsewhere; clear ``near``."""
    band = x.near.shape[0] // x.to_left.shape[0]
    for t in range(size):
        at = start + t
        scores = x.near[t * band : (t + 1) * band]
        weights = x.near_weight[t * band : (t + 1) * band]
        for j in range(band):
            scores[j] = _ZERO
            weights[j] = _ZERO
        for j in range(kept.low[at] - at + window, kept.high[at] - at + window):
            weights[j] = _ONE
        weights[window] = _ZERO


@kernel
def _contexts_of_positions(x, kept, start, size, window):
    """Fill ``places``, ``firsts``, ``counts``: each position's part of the band, and contexts."""
    band = x.near.shape[0] // x.to_left.shape[0]
    first = max(0, start - window)
    for t in range(size):
        low = kept.low[start + t]
        x.places[t] = t * band + low - (start + t) + window
        x.firsts[t] = low - first
        x.counts[t] = kept.high[start + t] - low


@kernel
def _positions_of_contexts(x, start, size, count, window):
    """Fill the same the other way: each context's diagonal of the band and its positions."""
    band = x.near.shape[0] // x.to_left.shape[0]
    first, last = max(0, start - window), min(count, start + size + window)
    for o in range(first, last):
        t = max(start, o - window)
        x.places[o - first] = (t - start) * band + o - t + window
        x.firsts[o - first] = t - start
        x.counts[o - first] = min(start + size, o + window + 1) - t
    return last - first


@kernel
def skipgram_chunk(
    model, x, kept, start, size, count, window, width, negative, rate, left, right, noise
):
    """Train one gathered chunk of skip-gram positions.

    ``left``, ``right`` and ``noise`` may be the model's own matrices: what is read of each is read
    before it is written.

    Args:
        model: NoiseModel, read.
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
    _fill_band(x, kept, start, size, window)
    weigh_noise(x, kept, start, size, negative, False)
    _contexts_of_positions(x, kept, start, size, window)
    w_out, at, near, places = model.w_out, x.from_right, x.near, x.places
    dot_rows(near, places, x.left, x.rows, w_out, at, x.firsts, x.counts, size, width)
    transpose(x.left_across, x.left, chunk, width)
    set_product(x.far, w_out, x.from_noise, n, x.left_across, chunk, width)
    loss = logistic_gradient(near[: size * band], x.near_weight[: size * band], rate)
    loss += logistic_gradient(x.far, x.far_weight, rate)
    pairs = 0
    for t in range(size):
        pairs += x.counts[t] - 1
    add_rows(left, x.to_left, size, near, places, 1, w_out, at, x.firsts, x.counts, width)
    add_product(left, x.to_left, size, x.far, 1, chunk, w_out, x.from_noise, n, width)
    reach = _positions_of_contexts(x, start, size, count, window)
    rows, step = x.rows, band - 1
    add_rows(right, x.to_right, reach, near, places, step, x.left, rows, x.firsts, x.counts, width)
    add_product(noise, x.to_noise, n, x.far, chunk, 1, x.left, rows, size, width)
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
        for k in range(x.words.shape[0]):
            x.words[k] = x.next_words[k]
        draw_noise(model, x.next_words, rng)
        gather(model, x, kept, start, size, count, window, width, cbow)
        _look_ahead(model, x, kept, start + size, count, width)
        if cbow:
            lost, made = cbow_chunk(
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
                model.w_out,
                model.w_in,
                model.w_out,
            )
        else:
            lost, made = skipgram_chunk(
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
                model.w_in,
                model.w_out,
                model.w_out,
            )
        loss += lost
        pairs += made
    return loss, pairs, count
