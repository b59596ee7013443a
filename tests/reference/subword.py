"""Slow twin of training with character n-grams (``kernels/subword.py``), and small jobs for both.

As fastText has it: the input of a word is the mean of its parts' rows, and what the word's own row
would be moved by without n-grams moves every part, once for each time it is a part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from wordgraft.embeddings.kernels.subword import train_subword
from wordgraft.embeddings.kernels.subword_memory import SubwordModel, subword_scratch

from . import noise, objective
from .guarded import Guard
from .jobs import Job, Trained, flat, job_memory, noise_model, rows_of
from .sampling import Position

Parts = Sequence[Sequence[int]]
"""The input rows of each word, its own first; the first V rows are the words' own."""


@dataclass(frozen=True)
class Made:
    """A job's words and of what they are made.

    Attributes:
        parts: Of each word.
        rows: Input rows, of words and n-grams.
    """

    parts: list[list[int]]
    rows: int

    @classmethod
    def drawn(cls, job: Job, *, most: int = 6, ngrams: int = 9, even: bool = False) -> Made:
        """Draw up to ``most`` of ``ngrams`` for each word, some twice; ``even``: all as many."""
        random = job.random(5)
        counts = np.full(job.words, most) if even else random.integers(0, most + 1, job.words)
        chosen = [random.integers(0, ngrams, n) + job.words for n in counts]
        return cls([[w, *own.tolist()] for w, own in enumerate(chosen)], job.words + ngrams)

    def start(self, job: Job) -> tuple[np.ndarray, np.ndarray]:
        """Return input rows and output rows before training, float32."""
        return job.weights(self.rows, 3), job.weights(job.words, 4)

    def moving(self, frozen: Sequence[int]) -> tuple[list[list[int]], list[float]]:
        """Return the parts of each word that no frozen word has, and by what steps are multiplied:
        so much that the word moves as far as if all parts could."""
        held = {part for word in frozen for part in self.parts[word]}
        free = [[part for part in parts if part not in held] for parts in self.parts]
        gains = [len(a) / max(1, len(b)) for a, b in zip(self.parts, free, strict=True)]
        return free, gains


def composed(w_in: np.ndarray, parts: Parts) -> np.ndarray:
    """Return float64[V, D], the means of the parts' rows."""
    return np.stack([w_in[list(own)].mean(axis=0) for own in parts])


def train(
    made: Made,
    w_in: np.ndarray,
    w_out: np.ndarray,
    kept: Sequence[Position],
    *,
    draw_words: Callable[[], list[int]],
    chunk: int,
    negative: float,
    cbow: bool,
    start_rate: float,
    end_rate: float,
    frozen: Sequence[int] = (),
) -> noise.Result:
    """Train chunk by chunk, in float64."""
    w_in, w_out = w_in.astype(np.float64), w_out.astype(np.float64)
    free, gains = made.moving(frozen)
    lost, pairs_made = 0.0, 0
    for n, rate in enumerate(noise.rates(start_rate, end_rate, len(kept), chunk)):
        pairs = noise.pairs_of(kept, n * chunk, min(len(kept), (n + 1) * chunk), cbow=cbow)
        terms = noise.terms_of(pairs, draw_words(), negative)
        words = composed(w_in, made.parts)
        by_word, by_out = objective.gradients(terms, words, w_out)
        by_out[list(frozen)] = 0.0
        lost += objective.loss(terms, words, w_out)
        pairs_made += len(pairs)
        w_out = w_out - rate * by_out
        for word, parts in enumerate(free):
            for part in parts:
                w_in[part] -= rate * gains[word] * by_word[word]
    return noise.Result(w_in, w_out, lost, pairs_made)


def _lists(lists: Parts) -> tuple[np.ndarray, np.ndarray]:
    starts = np.concatenate([[0], np.cumsum([len(own) for own in lists])]).astype(np.int64)
    return starts, np.array([part for own in lists for part in own], np.int64)


def run_subword(job: Job, made: Made, *, cbow: bool, at_once: int | None = None) -> Trained:
    """Train the job by the kernel, between canaries; ``at_once`` positions, or a chunk's."""
    guard = Guard()
    w_in, w_out = made.start(job)
    starts, parts = _lists(made.parts)
    free, gains = made.moving(job.frozen)
    step_starts, step_parts = _lists(free)
    base = noise_model(job, Guard())._replace(
        w_in=flat(w_in, job.width), w_out=flat(w_out, job.width)
    )
    model = SubwordModel(
        guard.arrays(base),
        *(guard.array(a) for a in (starts, parts * job.width)),
        *(guard.array(a) for a in (step_starts, step_parts * job.width)),
        guard.array(np.array(gains, np.float32)),
    )
    plain = subword_scratch(chunk=job.chunk, noise=job.noise, window=job.window, width=job.width)
    scratch = plain._replace(
        noise=guard.arrays(plain.noise),
        **{n: guard.array(a) for n, a in plain._asdict().items() if n != "noise"},
    )
    tokens, offsets, kept = job_memory(job, guard)
    result = train_subword(
        model,
        tokens,
        offsets,
        job.sentences.start,
        job.sentences.stop,
        job.width,
        job.window,
        job.negative,
        cbow,
        job.chunk if at_once is None else at_once,
        job.start_rate,
        job.end_rate,
        guard.array(np.array([job.seed], np.uint64)),
        scratch,
        kept,
    )
    matrices = (rows_of(m, job.size, job.width) for m in (model.noise.w_in, model.noise.w_out))
    return Trained(*matrices, *(np.array(number) for number in result), guard.broken())
