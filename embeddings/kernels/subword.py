"""Words as means of rows of their own and of their character n-grams, trained chunk by chunk.

fastText composes the input of every (input, target) pair anew and adds its step to every part. Here
a word of a chunk is composed once, the chunk is trained as in :mod:`.noise`, and the sum of a
word's steps is added once to each of its parts. Each part takes the whole step, as in fastText,
where the gradient of a mean of n parts would give it one nth: so the composed vector moves as far
as a word's own row does without n-grams, however many they are.

Source: Bojanowski et al. 2017, "Enriching word vectors with subword information",
arXiv:1607.04606, section 3.2; steps as in ``Model::update`` of fastText 0.9.2.
"""

from __future__ import annotations

import numpy as np

from . import kernel
from .cbow import cbow_chunk
from .noise import draw_noise, find_rows, skipgram_chunk
from .products import add_rows
from .rows import add_scaled, prefetch_row, set_sum
from .sampling import keep_tokens

_ZERO, _ONE = np.float32(0), np.float32(1)


@kernel
def _compose(model, x, rows, ids, count, width):
    """Overwrite the first ``count`` of ``rows`` by the inputs of the words ``ids``; clear steps."""
    for r in range(count):
        word = ids[r]
        x.firsts[r] = model.starts[word]
        x.depths[r] = model.starts[word + 1] - model.starts[word]
        x.shares[r] = _ONE / np.float32(x.depths[r])
    rows[: count * width] = _ZERO
    x.steps[: count * width] = _ZERO
    w_in, at, places = model.noise.w_in, x.at, model.places
    add_rows(rows, at, count, x.shares, x.numbers, 0, w_in, places, x.firsts, x.depths, width)


@kernel
def _hand_on(model, x, ids, count, width):
    """Add the step of each of the words ``ids`` to its parts."""
    for r in range(count):
        word = ids[r]
        for k in range(model.step_starts[word], model.step_starts[word + 1]):
            place = model.step_places[k]
            add_scaled(model.noise.w_in, place, (x.steps, r * width), model.gains[word], width)


@kernel
def _gather_contexts(model, x, kept, start, size, first, last, width):
    """Find the output rows of CBOW positions, compose the words in reach and add them up."""
    out, n = model.noise, x.noise
    rows = out.w_out.shape[0]
    find_rows(n.from_left, n.to_left, rows, out.frozen, kept.ids, start, start + size, width)
    find_rows(n.from_noise, n.to_noise, rows, out.frozen, n.words, 0, n.words.shape[0], width)
    _compose(model, x, x.rows, kept.ids[first:last], last - first, width)
    n.sums[:width] = _ZERO
    for i in range(last - first):
        here = i * width
        n.to_right[i] = here
        set_sum(n.sums, here + width, (n.sums, here, x.rows, here), _ONE, width)


@kernel
def _gather_positions(model, x, kept, start, size, first, last, width):
    """Find the output rows of skip-gram's contexts and compose the positions' words."""
    out, n = model.noise, x.noise
    rows = out.w_out.shape[0]
    find_rows(n.from_right, n.to_right, rows, out.frozen, kept.ids, first, last, width)
    find_rows(n.from_noise, n.to_noise, rows, out.frozen, n.words, 0, n.words.shape[0], width)
    for i in range(size):
        n.to_left[i] = n.rows[i]
    _compose(model, x, n.left, kept.ids[start : start + size], size, width)


@kernel
def _look_ahead(model, x, kept, start, count, chunk, reach, width):
    """Ask memory for the rows of the chunk at ``start``, so that they are near when it comes."""
    w_in, w_out = model.noise.w_in, model.noise.w_out
    for j in range(x.noise.next_words.shape[0]):
        prefetch_row(w_out, np.int64(x.noise.next_words[j]) * width, width)
    for i in range(start, min(count, start + chunk)):
        prefetch_row(w_out, np.int64(kept.ids[i]) * width, width)
    for i in range(start + reach, min(count, start + reach + chunk)):
        word = kept.ids[i]
        for k in range(model.starts[word], model.starts[word + 1]):
            prefetch_row(w_in, model.places[k], width)


@kernel
def train_subword(
    model,
    tokens,
    offsets,
    first,
    last,
    width,
    window,
    negative,
    cbow,
    chunk,
    start_rate,
    end_rate,
    rng,
    x,
    kept,
):
    """Train one job of sentences in place, chunk after chunk; other workers may write too.

    Arguments and results as ``noise.train_noise``; ``model`` is a SubwordModel, ``x`` a
    SubwordScratch, and ``chunk`` the positions trained together, at most T. In CBOW the input is
    the mean of the contexts' composed rows.
    """
    out, n = model.noise, x.noise
    count = keep_tokens(
        tokens, offsets, first, last, out.keep, window, rng, kept.ids, kept.low, kept.high
    )
    loss, pairs = 0.0, 0
    reach = window if cbow else 0
    draw_noise(out, n.next_words, rng)
    for start in range(0, count, chunk):
        size = min(chunk, count - start)
        rate = np.float32(start_rate + (end_rate - start_rate) * (start / count))
        for k in range(n.words.shape[0]):
            n.words[k] = n.next_words[k]
        draw_noise(out, n.next_words, rng)
        left, right = max(0, start - window), min(count, start + size + window)
        if cbow:
            _gather_contexts(model, x, kept, start, size, left, right, width)
        else:
            _gather_positions(model, x, kept, start, size, left, right, width)
        _look_ahead(model, x, kept, start + size, count, chunk, reach, width)
        if cbow:
            lost, made = cbow_chunk(
                out,
                n,
                kept,
                start,
                size,
                count,
                window,
                width,
                negative,
                rate,
                out.w_out,
                x.steps,
                out.w_out,
            )
            _hand_on(model, x, kept.ids[left:right], right - left, width)
        else:
            lost, made = skipgram_chunk(
                out,
                n,
                kept,
                start,
                size,
                count,
                window,
                width,
                negative,
                rate,
                x.steps,
                out.w_out,
                out.w_out,
            )
            _hand_on(model, x, kept.ids[start : start + size], size, width)
        loss += lost
        pairs += made
    return loss, pairs, count
