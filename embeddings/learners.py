"""From settings, counts and weights to the kernels that train stretches of a corpus."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .huffman import WordTree
from .kernels.instep import make_lanes, train_in_step
from .kernels.noise import train_noise
from .kernels.noise_memory import Kept, NoiseModel, NoiseScratch, noise_scratch
from .kernels.sampling import build_alias
from .kernels.simd import LANES as VECTOR
from .kernels.simd import padded
from .kernels.subword_memory import SubwordModel, SubwordScratch
from .kernels.tree import TreeModel, TreeScratch, train_tree, tree_scratch
from .settings import Settings
from .vocabulary import Vocabulary
from .weights import Weights

TREE_CHUNK = 32
"""Positions trained together under hierarchical softmax."""
LANES = 8
"""Most stretches trained side by side in deterministic training, whatever the number of workers."""

_NONE_FROZEN = np.zeros(0, np.bool_)


@dataclass(frozen=True, eq=False)
class Text:
    """An encoded corpus as the kernels take it.

    Attributes:
        tokens: int32[T], word ids.
        offsets: int64[S + 1], borders of the sentences.
        counts: int64[V], occurrences of each word in ``tokens``: subsampling goes by them.
        seen: int64[V], occurrences in all corpora the words were learnt from: noise goes by them,
            so that a new word is told from all others, not from its company alone.
    """

    tokens: NDArray[np.int32]
    offsets: NDArray[np.int64]
    counts: NDArray[np.int64]
    seen: NDArray[np.int64]


@dataclass(frozen=True)
class Trained:
    """What training a stretch came to.

    Attributes:
        loss: In nats, summed over ``pairs``.
        pairs: Pairs trained (positions, in CBOW).
        kept: Tokens left after subsampling.
    """

    loss: float
    pairs: int
    kept: int


def thresholds(settings: Settings, counts: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return uint32[V], the thresholds of subsampling, from how often words occur in the text."""
    chances = Vocabulary([""] * len(counts), counts).keep_probability(settings.sample)
    return np.minimum(chances.astype(np.float64) * 2.0**32, 2.0**32 - 1).astype(np.uint32)


def noise_table(
    settings: Settings, seen: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Return uint32[V] and int32[V], the table that noise is drawn from, by words' counts."""
    with np.errstate(over="ignore"):  # a distribution that is none is refused there
        words = Vocabulary([""] * len(seen), seen)
        shares = words.noise_distribution(settings.ns_exponent)
    limits, aliases = np.zeros(len(shares), np.uint32), np.zeros(len(shares), np.int32)
    build_alias(shares, limits, aliases)
    return limits, aliases


def _noise_model(
    settings: Settings,
    text: Text,
    weights: Weights,
    frozen: NDArray[np.bool_] | None,
) -> NoiseModel:
    limits, aliases = noise_table(settings, text.seen)
    return NoiseModel(
        w_in=weights.inputs,
        w_out=weights.outputs,
        keep=thresholds(settings, text.counts),
        limits=limits,
        aliases=aliases,
        frozen=_NONE_FROZEN if frozen is None else frozen,
    )


def _tree_model(
    settings: Settings,
    counts: NDArray[np.int64],
    weights: Weights,
    tree: WordTree,
    frozen: NDArray[np.bool_] | None,
) -> TreeModel:
    frozen_nodes = _NONE_FROZEN
    if frozen is not None:
        # Grown trees number the old nodes first: see WordTree.grown.
        frozen_nodes = np.zeros(tree.size, np.bool_)
        frozen_nodes[: max(0, int(frozen.sum()) - 1)] = True
    return TreeModel(
        w_in=weights.inputs,
        w_out=weights.outputs,
        keep=thresholds(settings, counts),
        starts=tree.starts,
        turns=np.where(tree.signs > 0, tree.nodes, ~tree.nodes),
        frozen=_NONE_FROZEN if frozen is None else frozen,
        frozen_nodes=frozen_nodes,
    )


def stretches(offsets: NDArray[np.int64], tokens: int) -> NDArray[np.int64]:
    """Cut a corpus into stretches of whole sentences with about ``tokens`` tokens each.

    Returns:
        int64[n + 1], borders in sentences; no stretch is empty.
    """
    goals = np.arange(tokens, int(offsets[-1]) + tokens, tokens)
    ends = np.searchsorted(offsets, np.minimum(goals, offsets[-1]), side="left")
    return np.unique(np.concatenate([[0], ends, [len(offsets) - 1]])).astype(np.int64)


def stream(seed: int, number: int, lane: int = 0) -> NDArray[np.uint64]:
    """Return uint64[1], the random state of one stretch: a function of its place alone."""
    drawn = np.random.SeedSequence([seed, 1, number, lane]).generate_state(1, np.uint64)
    return drawn.astype(np.uint64, copy=False)


class FreeLearner:
    """Workers that train stretches of their own, at once, into the same weights.

    Args:
        settings: How to train.
        text: What to train on.
        weights: Updated in place.
        tree: For hierarchical softmax.
        frozen: bool[V], words whose rows must not change.
        workers: How many train at once.
    """

    stretch_tokens = 30_000
    """Large enough that starting a kernel costs nothing, small enough to stop quickly."""

    def __init__(
        self,
        settings: Settings,
        text: Text,
        weights: Weights,
        *,
        tree: WordTree | None,
        frozen: NDArray[np.bool_] | None,
        workers: int,
    ) -> None:
        self._text = text
        self.borders = stretches(text.offsets, self.stretch_tokens)
        self.at_once = workers = min(workers, len(self.borders) - 1)
        most = int(np.diff(text.offsets[self.borders]).max(initial=1))
        shared = (weights.width, settings.window)
        cbow = settings.model == "cbow"
        self._kernel: Callable[..., tuple[float, int, int]]
        self._model: NoiseModel | TreeModel | SubwordModel
        self._how: tuple[int | bool, ...]
        self._scratch: list[NoiseScratch] | list[TreeScratch] | list[SubwordScratch]
        if tree is None:
            self._kernel, self._how = train_noise, (*shared, settings.negative, cbow)
            self._model = _noise_model(settings, text, weights, frozen)
            self._scratch = [_noise_scratch(settings, weights) for _ in range(workers)]
        else:
            self._kernel, self._how = train_tree, (*shared, cbow)
            self._model = _tree_model(settings, text.counts, weights, tree, frozen)
            self._scratch = [_tree_scratch(settings, weights, tree) for _ in range(workers)]
        self._kept = [Kept(*(np.zeros(most, np.int32) for _ in range(3))) for _ in range(workers)]

    def train(
        self, worker: int, stretch: int, rates: tuple[float, float], seed: int, number: int
    ) -> Trained:
        """Train one stretch.

        Args:
            worker: Who trains, from 0; no two at once may be the same.
            stretch: Which stretch.
            rates: Learning rates at its start and end.
            seed: Of the whole training.
            number: Which turn of the whole training this is.
        """
        first, last = int(self.borders[stretch]), int(self.borders[stretch + 1])
        return self._run(worker, first, last, rates, stream(seed, number))

    def prepare(self) -> None:
        """Have the kernel compiled, or loaded from disk, before time is taken."""
        self._run(0, 0, 0, (0.0, 0.0), stream(0, 0))

    def _run(
        self,
        worker: int,
        first: int,
        last: int,
        rates: tuple[float, float],
        rng: NDArray[np.uint64],
    ) -> Trained:
        loss, pairs, kept = self._kernel(
            self._model,
            self._text.tokens,
            self._text.offsets,
            first,
            last,
            *self._how,
            *rates,
            rng,
            self._scratch[worker],
            self._kept[worker],
        )
        return Trained(loss, pairs, kept)

    def close(self) -> None:
        """Nothing to let go of."""


class StepLearner:
    """Workers that train every stretch together, in step: equal bytes for any number of them.

    Arguments as :class:`FreeLearner`; negative sampling only.
    """

    at_once = 1
    """All workers train one stretch together."""
    stretch_tokens = 160_000

    def __init__(
        self,
        settings: Settings,
        text: Text,
        weights: Weights,
        *,
        frozen: NDArray[np.bool_] | None,
        workers: int,
    ) -> None:
        lanes = lane_count(settings, text.counts)
        self._text, self._parts = text, min(workers, lanes)
        self._settings = settings
        self.borders = stretches(text.offsets, self.stretch_tokens)
        self._lanes_of = [
            _evenly(text.offsets, int(first), int(last), lanes)
            for first, last in zip(self.borders[:-1], self.borders[1:], strict=True)
        ]
        most = max(int(np.diff(text.offsets[lanes]).max()) for lanes in self._lanes_of)
        self._width = weights.width
        self._model = _noise_model(settings, text, weights, frozen)
        self._scratch = [_noise_scratch(settings, weights) for _ in range(self._parts)]
        self._lanes = make_lanes(
            self._scratch[0],
            lanes=lanes,
            parts=self._parts,
            width=weights.width,
            most_tokens=most,
        )
        self._sums = np.zeros((lanes, 3))
        self._pool = ThreadPoolExecutor(self._parts)

    def train(
        self, worker: int, stretch: int, rates: tuple[float, float], seed: int, number: int
    ) -> Trained:
        """Train one stretch with all workers; arguments as :meth:`FreeLearner.train`."""
        rngs = [stream(seed, number, 1 + lane) for lane in range(len(self._sums))]
        return self._run(self._lanes_of[stretch], rates, np.stack(rngs))

    def prepare(self) -> None:
        """Have the kernel compiled, or loaded from disk, before time is taken."""
        nothing = np.zeros_like(self._lanes_of[0])
        self._run(nothing, (0.0, 0.0), np.zeros((len(self._sums), 1), np.uint64))

    def _run(
        self, lanes: NDArray[np.int64], rates: tuple[float, float], rngs: NDArray[np.uint64]
    ) -> Trained:
        def run(part: int) -> None:
            train_in_step(
                self._model,
                self._text.tokens,
                self._text.offsets,
                lanes,
                self._width,
                self._settings.window,
                self._settings.negative,
                self._settings.model == "cbow",
                *rates,
                rngs,
                self._scratch[part],
                self._lanes,
                part,
                self._parts,
                self._sums,
            )

        for done in [self._pool.submit(run, part) for part in range(self._parts)]:
            done.result()
        loss, pairs, kept = self._sums.sum(axis=0)
        return Trained(float(loss), int(pairs), int(kept))

    def close(self) -> None:
        """Let the workers go."""
        self._pool.shutdown()


def chunk_shape(settings: Settings) -> tuple[int, int]:
    """Return how many positions are trained together, and how many noise words they share.

    More positions and fewer noise words are faster. But the steps of a noise word from all
    positions of a chunk are taken at once: together they amount to ``rate * positions * pairs *
    negative / noise`` times one step, and far above 1 training can diverge. The defaults
    (``docs/training.md`` has quality and speed around them) are at 1.0 for skip-gram and 1.5 for
    CBOW.
    """
    cbow = settings.model == "cbow"
    positions, noise = (64, 16) if cbow else (32, 24)
    pairs = 1 if cbow else settings.window + 1
    noise = max(noise, padded(settings.negative))

    def at_once() -> float:
        return settings.rate * positions * pairs * settings.negative / noise

    while at_once() > 1.5 and positions > VECTOR:
        positions -= VECTOR
    while at_once() > 1.5 and noise < 128:
        noise += VECTOR
    return positions, noise


def lane_count(settings: Settings, counts: NDArray[np.int64]) -> int:
    """Return how many stretches can be trained in step: a function of settings and text alone.

    All steps that a round has for one word are taken at once. Where subsampling is off, the most
    frequent word stands in so many pairs of a round that their sum overshoots: a text whose first
    word makes up an eighth diverged at the default rate with 16 lanes.

    Args:
        settings: How to train.
        counts: int64[V], occurrences of each word.
    """
    kept = counts * Vocabulary([""] * len(counts), counts).keep_probability(settings.sample)
    positions, _ = chunk_shape(settings)
    pairs = 1 if settings.model == "cbow" else settings.window + 1
    each = settings.rate * positions * pairs * float(kept.max() / kept.sum())
    lanes = LANES
    while lanes > 1 and lanes * each > 3.0:
        lanes //= 2
    return lanes


def _noise_scratch(settings: Settings, weights: Weights) -> NoiseScratch:
    positions, noise = chunk_shape(settings)
    return noise_scratch(chunk=positions, noise=noise, window=settings.window, width=weights.width)


def _tree_scratch(settings: Settings, weights: Weights, tree: WordTree) -> TreeScratch:
    return tree_scratch(
        chunk=TREE_CHUNK,
        longest=max(1, tree.longest),
        window=settings.window,
        width=weights.width,
    )


def _evenly(offsets: NDArray[np.int64], first: int, last: int, lanes: int) -> NDArray[np.int64]:
    """Cut sentences ``first`` to ``last`` into runs of about equal length, some empty."""
    goals = np.linspace(offsets[first], offsets[last], lanes + 1)
    borders = np.searchsorted(offsets[first : last + 1], goals, side="left") + first
    borders[0], borders[-1] = first, last
    return np.maximum.accumulate(borders).astype(np.int64)
