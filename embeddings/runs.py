"""One training run: from an encoded corpus, and what was learnt before, to what is learnt now."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checkpoint import Checkpoint
from .composition import Composition
from .continuation import composition_of, first_weights, ids_in, tree_of
from .encoded import EncodedCorpus
from .errors import ConfigurationError, CorpusError, EmptyVocabularyError
from .huffman import WordTree
from .learners import FreeLearner, StepLearner, Text
from .learnt import Learnt
from .progress import TrainingProgress
from .settings import Settings
from .subword_learner import SubwordLearner
from .training import Position, Training
from .vectors import WordVectors
from .weights import Weights

_BLOCK = 1 << 20
_HOPELESS = 100.0
"""So many times the loss of weights that are all zero, and training has diverged."""


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """What a run does about checkpoints.

    Attributes:
        checkpoint: Folder with the encoded corpus.
        on_interrupt: Whether to write one when interrupted (the folder outlives the run).
        every: Seconds between checkpoints; ``None`` for none.
        resume: Begin from the state in the folder, where there is one.
    """

    checkpoint: Checkpoint
    on_interrupt: bool
    every: float | None
    resume: bool


def train(
    settings: Settings,
    encoded: EncodedCorpus,
    keeping: Keeping,
    *,
    previous: Learnt | None,
    only_new: bool,
    tokenizer: Mapping[str, Any],
    progress: Callable[[TrainingProgress], None] | None,
) -> Learnt:
    """Train on ``encoded``.

    Args:
        settings: How.
        encoded: The corpus; its vocabulary holds all words of ``previous``.
        keeping: Checkpoints.
        previous: What to go on from.
        only_new: Leave the rows of the words of ``previous`` untouched.
        tokenizer: Spec that goes with the vectors.
        progress: Called about five times a second.

    Raises:
        CorpusError: There is nothing to learn from: no two words stand together, or none is new.
        CheckpointError: The state to resume is damaged or another run's.
        ConfigurationError: Training diverged.
        KeyboardInterrupt: After a checkpoint was written, where that is wanted.
    """
    vocabulary = encoded.vocabulary
    known = None if previous is None else ids_in(previous.vocabulary, vocabulary)
    frozen = known >= 0 if known is not None and only_new else None
    _check_teachable(encoded, settings, frozen)
    tree = tree_of(settings, vocabulary, previous, known)
    composition = composition_of(settings, vocabulary)
    weights = first_weights(settings, vocabulary, tree, composition, previous, known)
    checkpoint, digest = keeping.checkpoint, encoded.digest
    position = checkpoint.restore(weights, digest) if keeping.resume else None
    text = Text(
        np.asarray(encoded.tokens),
        np.asarray(encoded.offsets),
        encoded.corpus_counts,
        seen=vocabulary.counts,
    )
    learner = _learner(settings, text, weights, tree, composition, frozen)
    training = Training(
        settings,
        learner,
        words=text.offsets[learner.borders],
        position=position or Position.start(settings.epochs),
        hopeless=_HOPELESS
        * math.log(2)
        * (1 + (settings.negative if tree is None else tree.longest)),
    )

    def save(at: Position) -> None:
        _check_finite(weights, settings)
        checkpoint.save(weights, at, digest)

    with closing(learner):
        learner.prepare()
        history = training.run(
            progress=progress, save=save if keeping.on_interrupt else None, save_every=keeping.every
        )
    if not any(record.pairs for record in history):
        raise CorpusError(
            f"{encoded.name}: nothing was learnt: sample={settings.sample} left no two words "
            "together in so little text. Give sample=0, or more text"
        )
    _check_finite(weights, settings)
    matrix, context = weights.released()
    subwords = None
    if composition is not None:
        matrix, subwords = composition.composed(vocabulary.words, matrix)
        if previous is not None and known is not None and frozen is not None:
            # Frozen parts make the same vectors again, but for rounding.
            matrix[frozen] = previous.vectors.vectors[known[frozen]]
    vectors = WordVectors(
        vocabulary.words,
        matrix,
        subwords=subwords,
        counts=vocabulary.counts,
        tokenizer=dict(tokenizer),
        metadata={
            "training": {"algorithm": settings.algorithm, **settings.recorded()},
            "corpus": {
                "name": encoded.name,
                "digest": digest,
                "tokens": encoded.report.tokens_kept,
            },
        },
    )
    return Learnt(vectors, vocabulary, context, tree, settings, tuple(history))


def _check_teachable(
    encoded: EncodedCorpus, settings: Settings, frozen: NDArray[np.bool_] | None
) -> None:
    """Say so before training where its result would be the random numbers it began with."""
    words, above = encoded.vocabulary.words, f"min_count={settings.min_count}"
    if len(words) == 1:
        raise EmptyVocabularyError(
            f"{encoded.name}: {words[0]!r} is the only word that occurs {above} times or more: a "
            "word is learnt by telling it from others. Lower min_count or give more text"
        )
    if not _has_pair(encoded.offsets):
        raise CorpusError(
            f"{encoded.name}: no pair of words to learn from: no sentence (a line, a record, a "
            f"token list) has two words that occur {above} times or more. Lower min_count, or give "
            "text with longer sentences"
        )
    if frozen is not None and frozen.all():
        raise EmptyVocabularyError(
            f"{encoded.name}: train_only='new', but no new word occurs {above} times or more. "
            "Lower min_count, or give train_only='all'"
        )


def _check_finite(weights: Weights, settings: Settings) -> None:
    if not weights.finite():
        raise ConfigurationError(
            f"alpha={settings.rate}: training diverged (the vectors are no longer numbers). "
            "Lower alpha"
        )


def _has_pair(offsets: NDArray[np.int64]) -> bool:
    """Whether any sentence has two words; looked at in parts, for there may be very many."""
    return any(
        bool((np.diff(offsets[start : start + _BLOCK + 1]) > 1).any())
        for start in range(0, len(offsets) - 1, _BLOCK)
    )


def _learner(
    settings: Settings,
    text: Text,
    weights: Weights,
    tree: WordTree | None,
    composition: Composition | None,
    frozen: NDArray[np.bool_] | None,
) -> FreeLearner | StepLearner:
    if settings.deterministic and tree is None and composition is None:
        return StepLearner(settings, text, weights, frozen=frozen, workers=settings.threads)
    # The rows near the root are in every step, those of some n-grams in most: in step they would
    # wait for each other.
    workers = 1 if settings.deterministic else settings.threads
    if composition is not None:
        return SubwordLearner(
            settings, text, weights, composition=composition, frozen=frozen, workers=workers
        )
    return FreeLearner(settings, text, weights, tree=tree, frozen=frozen, workers=workers)
