"""Vectors that go on learning on the target's unlabelled text."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable
from typing import Any

from ...embeddings.errors import ConfigurationError
from ...embeddings.fasttext import FastText
from ...embeddings.learnt import Learnt
from ...embeddings.progress import TrainingProgress
from ...embeddings.subword_settings import SubwordSettings
from ...embeddings.tokenizers import make_tokenizer
from ...embeddings.vectors import WordVectors
from ...embeddings.word2vec import Word2Vec
from ..indexing import Text, listed_texts
from .data import real, whole

EPOCHS = 5
RATE = 0.01
"""Learning rate at which vectors go on: less than half of that of the beginning. What was learnt
from much text should move, not go."""


def continued_vectors(
    model: Any,
    texts: Iterable[Text],
    *,
    epochs: int = EPOCHS,
    alpha: float = RATE,
    min_count: int | None = None,
    tokenizer: Any = None,
    workers: int | None = None,
    seed: int | None = None,
    progress: Callable[[TrainingProgress], None] | None = None,
) -> WordVectors:
    """Return vectors that went on learning, on the text of another domain.

    Words that only the target has get vectors, and words that mean something else there move. All
    stay in one space, so that a classifier of the source reads both.

    Args:
        model: A fitted :class:`.Word2Vec` or :class:`.FastText`, left as it is; or its file.
        texts: Unlabelled texts of the target; those of the source may be among them.
        epochs: Passes over them.
        alpha: Learning rate at the beginning.
        min_count: Rarer words don't join; ``None`` for the model's own.
        tokenizer: How texts become words, where it isn't as the model's were cut (by white space,
            say, of text that came without marks); ``None`` for the model's own.
        workers: Threads; ``None`` for all cores.
        seed: Of every draw; ``None`` for the model's own.
        progress: Called a few times a second.

    Raises:
        ConfigurationError: Settings are wrong, all of them in one error.
        VectorFormatError: The file holds vectors alone: nothing can go on from there.
        CorpusError: The texts have no word that is known or frequent enough.
    """
    problems = [*whole("epochs", epochs, 1), *real("alpha", alpha, 0.0, 10.0, above=True)]
    if not isinstance(model, (Word2Vec, str, os.PathLike)):
        problems.append(
            f"model: expected a fitted Word2Vec or FastText, or its file, found "
            f"{type(model).__name__}: vectors alone can't go on learning"
        )
    if problems:
        raise ConfigurationError(*problems)
    learner: Any = copy.copy(model) if isinstance(model, Word2Vec) else _opened(model)
    learner.epochs, learner.alpha, learner.workers = epochs, alpha, workers
    learner.min_alpha = min(learner.min_alpha, alpha)
    if min_count is not None:
        learner.min_count = min_count
    if seed is not None:
        learner.seed = seed
    listed = listed_texts(texts)
    if tokenizer is not None:
        cut = make_tokenizer(tokenizer)
        listed = [list(cut(text)) if isinstance(text, str) else text for text in listed]
    learner.fit(listed, continue_training=True, progress=progress)
    return learner.vectors_


def _opened(path: Any) -> Word2Vec:
    """Return the model of a file, of the class that wrote it."""
    settings = Learnt.load(path).settings
    kind = FastText if isinstance(settings, SubwordSettings) else Word2Vec
    return kind.load(path)
