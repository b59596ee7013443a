"""From settings and documents to the kernels that train paragraph vectors."""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from .kernels.paragraphs import (
    ParagraphModel,
    ParagraphScratch,
    infer_paragraphs,
    paragraph_scratch,
    train_paragraphs,
)
from .kernels.simd import aligned_zeros, padded
from .learners import FreeLearner, Text, Trained, noise_table, stream, stretches, thresholds
from .settings import Settings
from .weights import Weights

CHUNK, NOISE = 8, 24
"""Words of a document that are trained together, and noise words that they share. All their steps
on the document's row are taken at once; and of few noise words some are shared by all words of a
short text, which cost a classifier of news 3 points (8 of them, or 24: a quarter of the time)."""
_DOCUMENTS = 64  # that a thread infers at a time


class ParagraphLearner(FreeLearner):
    """Workers that train stretches of documents, at once, into the same weights.

    Args:
        settings: How to train.
        text: Its sentences are the documents.
        weights: Updated in place; its inputs are the documents' rows.
        words: Input rows of the words, float32[(V + 1) * W], to train by skip-gram beside; ``None``
            trains documents alone.
        workers: How many train at once.
    """

    def __init__(
        self,
        settings: Settings,
        text: Text,
        weights: Weights,
        *,
        words: NDArray[np.float32] | None,
        workers: int,
    ) -> None:
        self._beside: FreeLearner | None = None
        if words is not None:
            both = Weights(weights.size, weights.width, words, weights.outputs)
            self._beside = FreeLearner(
                settings, text, both, tree=None, frozen=None, workers=workers
            )
        self._text, self._settings, self._width = text, settings, weights.width
        self.borders = stretches(text.offsets, self.stretch_tokens)
        self.at_once = min(workers, len(self.borders) - 1)
        limits, aliases = noise_table(settings, text.seen)
        self._documents = ParagraphModel(
            weights.inputs, weights.outputs, thresholds(settings, text.counts), limits, aliases
        )
        longest = int(np.diff(text.offsets).max(initial=1))
        self._memory = [_scratch(longest, weights.width) for _ in range(self.at_once)]

    def _run(
        self,
        worker: int,
        first: int,
        last: int,
        rates: tuple[float, float],
        rng: NDArray[np.uint64],
    ) -> Trained:
        loss, pairs = train_paragraphs(
            self._documents,
            self._text.tokens,
            self._text.offsets,
            first,
            last,
            self._width,
            self._settings.negative,
            CHUNK,
            *rates,
            rng,
            self._memory[worker],
        )
        if self._beside is None:
            return Trained(loss, pairs, pairs)
        more = self._beside._run(worker, first, last, rates, rng)
        return Trained(loss + more.loss, pairs + more.pairs, pairs)


def infer(
    settings: Settings,
    text: Text,
    outputs: NDArray[np.float32],
    *,
    size: int,
    epochs: int,
    workers: int,
) -> NDArray[np.float32]:
    """Return float32[N, D], vectors of documents that tell their words from noise.

    What a document becomes depends on its words and the seed alone: neither on the others nor on
    the number of threads.

    Args:
        settings: How the words were trained.
        text: N documents; ``counts`` and ``seen`` are those of the training.
        outputs: float32[(V + 1) * W], the words' output rows; they stay as they are.
        size: D.
        epochs: Passes over each document.
        workers: Threads.

    Returns:
        Rows of zeros for documents without a word.
    """
    count, width = len(text.offsets) - 1, padded(size)
    limits, aliases = noise_table(settings, text.seen)
    model = ParagraphModel(
        aligned_zeros((count + 1) * width), outputs, thresholds(settings, text.counts),
        limits, aliases,
    )  # fmt: skip
    states = _states(settings.seed, text)
    longest = int(np.diff(text.offsets).max(initial=1))
    starts = range(0, count, _DOCUMENTS)
    shared = iter(starts)

    def work(_: int) -> None:
        x = _scratch(longest, width)
        for start in shared:  # a thread takes the next documents when it is done with some
            infer_paragraphs(
                model, text.tokens, text.offsets, start, min(start + _DOCUMENTS, count), size,
                width, settings.negative, CHUNK, epochs, settings.rate, settings.min_alpha, states,
                x,
            )  # fmt: skip

    threads = max(1, min(workers, len(starts)))
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    found = model.documents.reshape(-1, width)[:-1, :size]
    found[np.diff(text.offsets) == 0] = 0.0
    return np.ascontiguousarray(found)


def _scratch(longest: int, width: int) -> ParagraphScratch:
    return paragraph_scratch(chunk=CHUNK, noise=NOISE, longest=longest, width=width)


def _states(seed: int, text: Text) -> NDArray[np.uint64]:
    """Return uint64[N, 1], random states that differ with the seed and with the words."""
    start = int(stream(seed, 0)[0])
    sums = [
        zlib.crc32(text.tokens[a:b].tobytes())
        for a, b in zip(text.offsets[:-1].tolist(), text.offsets[1:].tolist(), strict=True)
    ]
    return (np.array(sums, np.uint64) << np.uint64(32) ^ np.uint64(start))[:, None].copy()
