"""Paragraph vectors: a row for each document, which tells the document's words from noise.

As skip-gram, but that every word of a document has one and the same input, the document's own row.
A chunk of T words shares N noise words, as in ``noise.py``; and because it shares the input, too,
its products are no matrices but rows: T + N of them each way.

Source: Le and Mikolov 2014, "Distributed representations of sentences and documents",
arXiv:1405.4053, section 2.3 (PV-DBOW); negative sampling: Mikolov et al. 2013, arXiv:1310.4546,
equation 4; shared noise: Ji et al. 2016, arXiv:1604.04661, section 4.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import kernel
from .logistic import logistic_gradient
from .products import add_product, dot_product
from .rows import add_scaled, fill_row, prefetch_row
from .sampling import draw, keep_tokens, next_u64
from .simd import LANES, aligned_zeros

_ZERO, _ONE = np.float32(0), np.float32(1)
_S40, _2_24 = np.uint64(40), np.float32(2.0**-24)


class ParagraphModel(NamedTuple):
    """What is learnt and drawn from; shared by all workers. W is the padded row width.

    Attributes:
        documents: float32[(N + 1) * W], a row for each document, and a spare one.
        words: float32[(V + 1) * W], output rows of the words, and a spare one.
        keep: uint32[V], thresholds of subsampling, see ``keep_tokens``.
        limits: uint32[V], alias table of the noise distribution, see ``draw``.
        aliases: int32[V], the same.
    """

    documents: NDArray[np.float32]
    words: NDArray[np.float32]
    keep: NDArray[np.uint32]
    limits: NDArray[np.uint32]
    aliases: NDArray[np.int32]


class ParagraphScratch(NamedTuple):
    """A worker's memory for chunks of T words and N noise words, of documents of up to L words.

    Attributes:
        ids: int32[L], a document's words after subsampling.
        low: int32[L], not used; ``keep_tokens`` writes it.
        high: int32[L], likewise.
        words: int32[T + N], a chunk's words, then its noise.
        at: int64[T + N], where their rows are.
        scores: float32[T + N], their products with the document's row; then their steps.
        weights: float32[T + N], how often each counts, negative for noise.
        own_at: int64[1], where the document's row is.
        step_at: int64[1], 0: where the step is.
        step: float32[W], the document's step.
    """

    ids: NDArray[np.int32]
    low: NDArray[np.int32]
    high: NDArray[np.int32]
    words: NDArray[np.int32]
    at: NDArray[np.int64]
    scores: NDArray[np.float32]
    weights: NDArray[np.float32]
    own_at: NDArray[np.int64]
    step_at: NDArray[np.int64]
    step: NDArray[np.float32]


def paragraph_scratch(*, chunk: int, noise: int, longest: int, width: int) -> ParagraphScratch:
    """Allocate memory for chunks of ``chunk`` words of documents of up to ``longest``."""
    both = chunk + noise
    return ParagraphScratch(
        ids=np.zeros(longest, np.int32),
        low=np.zeros(longest, np.int32),
        high=np.zeros(longest, np.int32),
        words=np.zeros(both, np.int32),
        at=np.zeros(both, np.int64),
        scores=aligned_zeros(both + LANES),
        weights=aligned_zeros(both + LANES),
        own_at=np.zeros(1, np.int64),
        step_at=np.zeros(1, np.int64),
        step=aligned_zeros(width),
    )


@kernel
def _train_chunk(model, x, start, size, chunk, width, negative, rate, rng, learn_words):
    """Train ``size`` words of the document at ``x.own_at`` from ``start`` on; returns the loss."""
    noise = x.words.shape[0] - chunk
    each = -np.float32(negative) / np.float32(noise)  # negative weights: see logistic_gradient
    words, at, weights = x.words, x.at, x.weights
    for k in range(size):
        words[k] = x.ids[start + k]
        weights[k] = _ONE
    for j in range(noise):
        word = draw(model.limits, model.aliases, rng)
        words[size + j] = word
        others = 0  # a noise word doesn't count against itself
        for k in range(size):
            others += words[k] != word
        weights[size + j] = each * np.float32(others)
    both = size + noise
    for k in range(both):
        at[k] = np.int64(words[k]) * width
        prefetch_row(model.words, at[k], width)
    dot_product(x.scores, model.documents, x.own_at, 1, model.words, at, both, width)
    loss = logistic_gradient(x.scores[:both], weights[:both], rate)
    fill_row(x.step, 0, (), _ZERO, width)
    add_product(x.step, x.step_at, 1, x.scores, both, 1, model.words, at, both, width)
    own = x.own_at[0]
    if learn_words:
        for k in range(both):
            add_scaled(model.words, at[k], (model.documents, own), x.scores[k], width)
    add_scaled(model.documents, own, (x.step, 0), _ONE, width)
    return loss


@kernel
def _train_document(
    model, tokens, offsets, document, width, negative, rates, rng, x, chunk, learn_words
):
    """Train a document's row on its words, chunk after chunk; returns the loss and words trained.

    ``rates`` are the learning rates at its start and end.
    """
    count = keep_tokens(
        tokens, offsets, document, document + 1, model.keep, 1, rng, x.ids, x.low, x.high
    )
    x.own_at[0] = np.int64(document) * width
    loss = 0.0
    for start in range(0, count, chunk):
        rate = np.float32(rates[0] + (rates[1] - rates[0]) * (start / count))
        size = min(chunk, count - start)
        loss += _train_chunk(model, x, start, size, chunk, width, negative, rate, rng, learn_words)
    return loss, count


@kernel
def train_paragraphs(
    model, tokens, offsets, first, last, width, negative, chunk, start_rate, end_rate, rng, x
):
    """Train one job of documents in place, and the words with them; other workers may write too.

    Rows of words that two workers update at once may lose one of the updates, as in ``noise.py``.

    Args:
        model: ParagraphModel, updated in place.
        tokens: int32[n], word ids of all documents.
        offsets: int64[N + 1], borders of the documents.
        first: First document of the job.
        last: One past its last.
        width: W.
        negative: Noise draws that each word of a document stands for.
        chunk: T.
        start_rate: Learning rate at the start of the job.
        end_rate: The rate it falls to, linearly.
        rng: uint64[1], the job's own, advanced.
        x: ParagraphScratch, overwritten.

    Returns:
        Loss in nats (float64), and number of words trained, which are the pairs.
    """
    loss, pairs = 0.0, 0
    begin = offsets[first]
    total = max(1, offsets[last] - begin)
    for document in range(first, last):
        here, there = (offsets[document] - begin) / total, (offsets[document + 1] - begin) / total
        rates = (
            start_rate + (end_rate - start_rate) * here,
            start_rate + (end_rate - start_rate) * there,
        )
        lost, made = _train_document(
            model, tokens, offsets, document, width, negative, rates, rng, x, chunk, True
        )
        loss += lost
        pairs += made
    return loss, pairs


@kernel
def infer_paragraphs(
    model,
    tokens,
    offsets,
    first,
    last,
    size,
    width,
    negative,
    chunk,
    epochs,
    start_rate,
    end_rate,
    states,
    x,
):
    """Find the rows of documents, from random ones; words stay as they are.

    What a row becomes depends on the document's words and state alone.

    Args:
        model: ParagraphModel; rows of documents are overwritten.
        tokens: int32[n], word ids of all documents.
        offsets: int64[N + 1], borders of the documents.
        first: First document to do.
        last: One past the last.
        size: D, numbers in a vector; the padding stays zero.
        width: W.
        negative: Noise draws that each word of a document stands for.
        chunk: T.
        epochs: Passes over each document.
        start_rate: Learning rate at the start of the first.
        end_rate: The rate at the end of the last; it falls linearly.
        states: uint64[N, 1], the random state of each document, advanced.
        x: ParagraphScratch, overwritten.
    """
    for document in range(first, last):
        rng = states[document]
        row = model.documents[document * width : (document + 1) * width]
        for k in range(width):
            row[k] = _ZERO
        for k in range(size):  # even draws from +-1 / (2 D), as rows that are trained begin
            drawn = np.float32(next_u64(rng) >> _S40) * _2_24
            row[k] = (drawn - np.float32(0.5)) / np.float32(size)
        for epoch in range(epochs):
            rates = (
                start_rate + (end_rate - start_rate) * (epoch / epochs),
                start_rate + (end_rate - start_rate) * ((epoch + 1) / epochs),
            )
            _train_document(
                model, tokens, offsets, document, width, negative, rates, rng, x, chunk, False
            )
