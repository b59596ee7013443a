"""Small training jobs: drawn by Hypothesis or written down, run by the kernels between canaries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from typing import TypeVar

import numpy as np
from hypothesis import strategies as st

from wordgraft.embeddings.huffman import WordTree
from wordgraft.embeddings.kernels.instep import make_lanes, train_in_step
from wordgraft.embeddings.kernels.noise import train_noise
from wordgraft.embeddings.kernels.noise_memory import Kept, NoiseModel, noise_scratch
from wordgraft.embeddings.kernels.sampling import build_alias
from wordgraft.embeddings.kernels.simd import padded
from wordgraft.embeddings.kernels.tree import TreeModel, train_tree, tree_scratch

from .guarded import Guard
from .sampling import Position, SplitMix64, draw, keep_tokens

ALL = 2**32 - 1
"""Threshold of a word that is always kept."""
PATIENCE = 240
"""Seconds after which threads that wait for each other are taken to wait for ever."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Job:
    """What to train on and how; everything else follows from it.

    Attributes:
        lengths: Tokens of each sentence.
        words: V.
        size: D; rows are padded to a multiple of 16.
        first: First sentence trained.
        last: One past the last, counted from the end of the corpus.
        thin: Whether some words are subsampled.
        frozen: Words that must not change.
        zero: Whether all weights start at 0.
    """

    lengths: Sequence[int]
    words: int = 11
    size: int = 20
    window: int = 3
    chunk: int = 16
    noise: int = 5
    negative: int = 4
    start_rate: float = 0.08
    end_rate: float = 0.02
    first: int = 0
    last: int = 0
    thin: bool = False
    frozen: tuple[int, ...] = ()
    zero: bool = False
    seed: int = 1

    @property
    def width(self) -> int:
        return padded(self.size)

    @property
    def sentences(self) -> range:
        return range(self.first, len(self.lengths) - self.last)

    def random(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, purpose])

    @property
    def offsets(self) -> np.ndarray:
        return np.concatenate([[0], np.cumsum(self.lengths)]).astype(np.int64)

    @property
    def tokens(self) -> np.ndarray:
        total = int(sum(self.lengths))
        return self.random(0).integers(0, self.words, total).astype(np.int32)

    @property
    def keep(self) -> np.ndarray:
        if not self.thin:
            return np.full(self.words, ALL, np.uint32)
        return self.random(1).integers(0, 2**32, self.words).astype(np.uint32)

    @property
    def shares(self) -> np.ndarray:
        """Noise distribution, float64[V]; never 0."""
        return self.random(2).dirichlet(np.full(self.words, 3.0))

    def weights(self, rows: int, purpose: int) -> np.ndarray:
        """Return float32[rows, D] of a size that makes scores of either sign, around 1."""
        scale = 0.0 if self.zero else 1.5 / self.size**0.5
        return (self.random(purpose).normal(size=(rows, self.size)) * scale).astype(np.float32)

    def start(self, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the input rows of the words and ``rows`` output rows before training."""
        return self.weights(self.words, 3), self.weights(rows, 4)

    def kept(self, rng: SplitMix64, sentences: range | None = None) -> list[Position]:
        """Return the positions that the kernel keeps; ``rng`` is advanced."""
        cut = np.split(self.tokens, self.offsets[1:-1])
        chosen = [cut[s].tolist() for s in (self.sentences if sentences is None else sentences)]
        return keep_tokens(chosen, self.keep.tolist(), self.window, rng)


def flat(rows: np.ndarray, width: int) -> np.ndarray:
    """Return float32[(rows + 1) * width]: padded by zeros, and the row for what is not wanted."""
    padded_rows = np.zeros((len(rows) + 1, width), np.float32)
    padded_rows[:-1, : rows.shape[1]] = rows
    return padded_rows.ravel()


def rows_of(matrix: np.ndarray, size: int, width: int) -> np.ndarray:
    """Return float32[rows, size] of a flat matrix, whose padding must have stayed 0."""
    rows = matrix.reshape(-1, width)
    np.testing.assert_array_equal(rows[:, size:], 0)
    return rows[:-1, :size]


@dataclass(frozen=True)
class Trained:
    """What a kernel left: weights float32[rows, D]; loss, pairs, kept of the job or each lane."""

    w_in: np.ndarray
    w_out: np.ndarray
    loss: np.ndarray
    pairs: np.ndarray
    kept: np.ndarray
    broken: list[tuple[int, int]]


def _flags(chosen: Sequence[int], size: int) -> np.ndarray:
    flags = np.zeros(size if chosen else 0, np.bool_)
    flags[list(chosen)] = True
    return flags


def noise_model(job: Job, guard: Guard, shares: np.ndarray | None = None) -> NoiseModel:
    w_in, w_out = job.start(job.words)
    limits, aliases = np.zeros(job.words, np.uint32), np.zeros(job.words, np.int32)
    build_alias(job.shares if shares is None else shares, limits, aliases)
    return guard.arrays(
        NoiseModel(
            w_in=flat(w_in, job.width),
            w_out=flat(w_out, job.width),
            keep=job.keep,
            limits=limits,
            aliases=aliases,
            frozen=_flags(job.frozen, job.words),
        )
    )


def word_drawer(job: Job, rng: SplitMix64) -> Callable[[], list[int]]:
    """Return a function that draws the noise words of one chunk after another."""
    model = noise_model(job, Guard())
    limits, aliases = model.limits.tolist(), model.aliases.tolist()
    return lambda: [draw(limits, aliases, rng) for _ in range(job.noise)]


def job_memory(job: Job, guard: Guard) -> tuple[np.ndarray, np.ndarray, Kept]:
    most = int(job.offsets[job.sentences.stop] - job.offsets[job.sentences.start])
    kept = Kept(*(np.zeros(most, np.int32) for _ in range(3)))
    return guard.array(job.tokens), guard.array(job.offsets), guard.arrays(kept)


def run_noise(job: Job, *, cbow: bool, shares: np.ndarray | None = None) -> Trained:
    guard = Guard()
    model = noise_model(job, guard, shares)
    tokens, offsets, kept = job_memory(job, guard)
    scratch = guard.arrays(
        noise_scratch(chunk=job.chunk, noise=job.noise, window=job.window, width=job.width)
    )
    result = train_noise(
        model,
        tokens,
        offsets,
        job.sentences.start,
        job.sentences.stop,
        job.width,
        job.window,
        job.negative,
        cbow,
        job.start_rate,
        job.end_rate,
        guard.array(np.array([job.seed], np.uint64)),
        scratch,
        kept,
    )
    return _trained(job, model, result, guard)


def run_tree(job: Job, tree: WordTree, *, cbow: bool, frozen_nodes: Sequence[int] = ()) -> Trained:
    guard = Guard()
    w_in, w_out = job.start(tree.size)
    model = guard.arrays(
        TreeModel(
            w_in=flat(w_in, job.width),
            w_out=flat(w_out, job.width),
            keep=job.keep,
            starts=tree.starts,
            turns=np.where(tree.signs > 0, tree.nodes, ~tree.nodes),
            frozen=_flags(job.frozen, job.words),
            frozen_nodes=_flags(frozen_nodes, tree.size),
        )
    )
    tokens, offsets, kept = job_memory(job, guard)
    longest = max(1, tree.longest)
    scratch = tree_scratch(chunk=job.chunk, longest=longest, window=job.window, width=job.width)
    result = train_tree(
        model,
        tokens,
        offsets,
        job.sentences.start,
        job.sentences.stop,
        job.width,
        job.window,
        cbow,
        job.start_rate,
        job.end_rate,
        guard.array(np.array([job.seed], np.uint64)),
        guard.arrays(scratch),
        kept,
    )
    return _trained(job, model, result, guard)


def _trained(
    job: Job, model: NoiseModel | TreeModel, result: tuple[float, int, int], guard: Guard
) -> Trained:
    w_in, w_out = (rows_of(matrix, job.size, job.width) for matrix in (model.w_in, model.w_out))
    return Trained(w_in, w_out, *(np.array(number) for number in result), guard.broken())


def run_in_step(job: Job, borders: Sequence[int], *, cbow: bool, parts: int) -> Trained:
    """Train the lanes between ``borders`` (sentences) by ``parts`` threads."""
    guard, lanes = Guard(), len(borders) - 1
    model = noise_model(job, guard)
    tokens, offsets, _ = job_memory(job, guard)
    scratch = [
        guard.arrays(
            noise_scratch(chunk=job.chunk, noise=job.noise, window=job.window, width=job.width)
        )
        for _ in range(parts)
    ]
    most = int(np.diff(job.offsets[list(borders)]).max())
    memory = make_lanes(scratch[0], lanes=lanes, parts=parts, width=job.width, most_tokens=most)
    memory = guard.arrays(memory)
    rngs = guard.array(lane_states(job, lanes))
    sums = guard.array(np.full((lanes, 3), np.nan))
    shared = (guard.array(np.array(borders)), job.width, job.window, job.negative, cbow)
    rates = (job.start_rate, job.end_rate)

    def run(part: int) -> None:
        own = (rngs, scratch[part], memory, part, parts, sums)
        train_in_step(model, tokens, offsets, *shared, *rates, *own)

    at_once(parts, run)
    w_in, w_out = (rows_of(matrix, job.size, job.width) for matrix in (model.w_in, model.w_out))
    return Trained(w_in, w_out, *sums.T, guard.broken())


def at_once(parts: int, run: Callable[[int], Result]) -> list[Result]:
    """Call ``run`` in ``parts`` threads at once, each with its own number; fails if they hang."""
    futures: list[Future[Result]] = [Future() for _ in range(parts)]

    def settle(part: int) -> None:
        try:
            futures[part].set_result(run(part))
        except BaseException as error:
            futures[part].set_exception(error)

    for part in range(parts):  # not a pool, which would wait for them at the end of the program
        Thread(target=settle, args=(part,), daemon=True).start()
    return [future.result(PATIENCE) for future in futures]


def lane_states(job: Job, lanes: int) -> np.ndarray:
    """Return uint64[lanes, 1], the random state of each lane."""
    return np.arange(1, lanes + 1, dtype=np.uint64)[:, None] * np.uint64(7919 + job.seed)


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    """Jobs of every kind: no or many chunks, borders anywhere, few words so that they repeat."""
    lengths = draw(st.lists(st.one_of(st.integers(0, 3), st.integers(20, 60)), max_size=5))
    words, window = draw(st.integers(1, 25)), draw(st.integers(1, 9))
    chunk, negative = draw(st.sampled_from([16, 32, 48])), draw(st.integers(1, 7))
    # A chunk's steps on one word add up: at higher rates weights explode, and rounding with them.
    rate = words / (chunk * window * (1 + negative))
    return Job(
        lengths=lengths,
        words=words,
        size=draw(st.integers(1, 320)),
        window=window,
        chunk=chunk,
        noise=draw(st.integers(1, 19)),
        negative=negative,
        start_rate=rate * draw(st.sampled_from([0.5, 2.0])),
        end_rate=rate * draw(st.sampled_from([0.0, 0.5])),
        first=int(draw(st.booleans()) and len(lengths) > 2),
        last=int(draw(st.booleans()) and len(lengths) > 2),
        thin=draw(st.booleans()),
        frozen=tuple(sorted(draw(st.sets(st.integers(0, words - 1), max_size=4)))),
        seed=draw(st.integers(1, 10**6)),
    )
