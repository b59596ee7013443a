"""One training run: from an encoded corpus, and what was learnt before, to what is learnt now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .checkpoint import Checkpoint
from .encoded import EncodedCorpus
from .huffman import WordTree
from .learners import FreeLearner, StepLearner, Text
from .learnt import Learnt
from .progress import TrainingProgress
from .settings import Settings
from .training import Position, Training
from .vectors import WordVectors
from .vocabulary import Vocabulary
from .weights import Weights


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
    progress: Callable[[TrainingProgress], None] | None,
) -> Learnt:
    """Train on ``encoded``.

    Args:
        settings: How.
        encoded: The corpus; its vocabulary holds all words of ``previous``.
        keeping: Checkpoints.
        previous: What to go on from.
        only_new: Leave the rows of the words of ``previous`` untouched.
        progress: Called about five times a second.

    Raises:
        CheckpointError: The state to resume is damaged or another run's.
        KeyboardInterrupt: After a checkpoint was written, where that is wanted.
    """
    vocabulary = encoded.vocabulary
    known = None if previous is None else _ids_in(previous.vocabulary, vocabulary)
    tree = _tree(settings, vocabulary, previous, known)
    weights = _weights(settings, vocabulary, tree, previous, known)
    checkpoint, digest = keeping.checkpoint, encoded.digest
    position = checkpoint.restore(weights, settings, digest) if keeping.resume else None
    text = Text(np.asarray(encoded.tokens), np.asarray(encoded.offsets), encoded.corpus_counts)
    frozen = known >= 0 if known is not None and only_new else None
    learner = _learner(settings, text, weights, tree, frozen)
    training = Training(
        settings,
        learner,
        words=text.offsets[learner.borders],
        position=position or Position.start(settings.epochs),
    )

    def save(at: Position) -> None:
        checkpoint.save(weights, at, settings, digest)

    history = training.run(
        progress=progress, save=save if keeping.on_interrupt else None, save_every=keeping.every
    )
    matrix, context = weights.released()
    vectors = WordVectors(
        vocabulary.words,
        matrix,
        counts=vocabulary.counts,
        tokenizer=encoded.tokenizer_spec,
        metadata={
            "training": {"algorithm": "word2vec", **settings.as_dict()},
            "corpus": {
                "name": encoded.name,
                "digest": digest,
                "tokens": encoded.report.tokens_kept,
            },
        },
    )
    return Learnt(vectors, vocabulary, context, tree, settings, tuple(history))


def _learner(
    settings: Settings,
    text: Text,
    weights: Weights,
    tree: WordTree | None,
    frozen: NDArray[np.bool_] | None,
) -> FreeLearner | StepLearner:
    if settings.deterministic and tree is None:
        return StepLearner(settings, text, weights, frozen=frozen, workers=settings.threads)
    # The rows near the root are in every step: in step they would wait for each other.
    workers = 1 if settings.deterministic else settings.threads
    return FreeLearner(settings, text, weights, tree=tree, frozen=frozen, workers=workers)


def _ids_in(old: Vocabulary, new: Vocabulary) -> NDArray[np.int32]:
    """Return int32[V'], the id in ``old`` of each word of ``new``, -1 for new words."""
    index = old.index
    return np.fromiter((index.get(word, -1) for word in new.words), np.int32, len(new))


def _tree(
    settings: Settings,
    vocabulary: Vocabulary,
    previous: Learnt | None,
    known: NDArray[np.int32] | None,
) -> WordTree | None:
    if settings.loss != "hs":
        return None
    if previous is None or previous.tree is None or known is None:
        return WordTree.build(vocabulary.counts)
    return previous.tree.grown(known, vocabulary.counts)


def _weights(
    settings: Settings,
    vocabulary: Vocabulary,
    tree: WordTree | None,
    previous: Learnt | None,
    known: NDArray[np.int32] | None,
) -> Weights:
    words = len(vocabulary)
    weights = Weights.zeros(words, words if tree is None else tree.size, settings.vector_size)
    if previous is None or known is None:
        weights.randomise(settings.seed)
        return weights
    weights.randomise(settings.seed, only=known < 0)
    inputs, outputs = weights.rows(weights.inputs), weights.rows(weights.outputs)
    has = np.flatnonzero(known >= 0)
    inputs[has] = previous.vectors.vectors[known[has]]
    if tree is None:
        outputs[has] = previous.context[known[has]]
    else:
        outputs[: len(previous.context)] = previous.context
    return weights
