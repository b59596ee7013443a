"""``FastText``: word vectors from a corpus, made of the vectors of their character n-grams."""

from __future__ import annotations

import os
from typing import ClassVar

from .learnt import Learnt
from .settings import Settings
from .subword_settings import SubwordSettings
from .word2vec import Word2Vec

__all__ = ["FastText", "load_model"]


class FastText(Word2Vec):
    """Learn vectors of words and of their parts, so that words never seen have vectors too.

    The vector of a word is the mean of a row of its own and the rows of its character n-grams,
    ``<wh whe her ere re>`` and longer ones for "where". N-grams are numbered by hash, modulo
    ``bucket``, bit for bit as fastText numbers them. ``vectors_`` holds the composed vectors;
    ``vectors_["unseen"]`` composes a new one. All else is as in :class:`~.word2vec.Word2Vec`: the
    same corpora, checkpoints, continuation and files.

    Only n-grams that occur in the vocabulary take memory: 70,000 words have 300,000, whatever
    ``bucket`` is.

    Args:
        vector_size: Length D of each vector.
        window: Largest distance between a word and its context.
        min_count: Rarer words are dropped from the text.
        min_n: Characters of the shortest n-grams; ``<`` and ``>`` at the borders of a word count.
        max_n: Of the longest.
        bucket: Rows of the table that n-grams are hashed into.
        negative: Noise words that each pair is set against.
        sample: Words with a larger share of the text are thinned; 0 keeps all.
        epochs: Passes over the text.
        model: "skipgram" or "cbow", the mean of the contexts' vectors.
        loss: "ns", negative sampling; hierarchical softmax isn't there for n-grams.
        alpha: Learning rate at the start; ``None`` is 0.025 for skip-gram and 0.075 for CBOW.
        min_alpha: Learning rate at the end; it falls linearly.
        ns_exponent: Noise words are drawn by frequency to this power.
        max_vocab_size: Bound on the number of words known while reading.
        workers: Threads; ``None`` takes all cores.
        seed: Start of every random draw.
        deterministic: Use one worker, so that equal input gives equal bytes.

    Attributes:
        vectors_: WordVectors float32[V, D] with ``subwords``, most frequent word first.
        vocabulary_: Vocabulary, words and counts.
        history_: One EpochRecord per epoch of the last ``fit``.

    Source: Bojanowski et al. 2017, "Enriching word vectors with subword information",
    arXiv:1607.04606.

    Example:
        >>> model = FastText(vector_size=16, min_count=1, sample=0, epochs=2, seed=1)
        >>> vectors = model.fit([["thou", "shalt", "not"]] * 50).vectors_
        >>> "shall" in vectors, vectors["shall"].shape
        (False, (16,))
    """

    _settings: ClassVar[type[Settings]] = SubwordSettings

    def __init__(
        self,
        vector_size: int = 100,
        window: int = 5,
        min_count: int = 5,
        *,
        min_n: int = 3,
        max_n: int = 6,
        bucket: int = 2_000_000,
        negative: int = 5,
        sample: float = 1e-3,
        epochs: int = 5,
        model: str = "skipgram",
        loss: str = "ns",
        alpha: float | None = None,
        min_alpha: float = 1e-4,
        ns_exponent: float = 0.75,
        max_vocab_size: int | None = None,
        workers: int | None = None,
        seed: int = 1,
        deterministic: bool = False,
    ) -> None:
        super().__init__(
            vector_size,
            window,
            min_count,
            negative=negative,
            sample=sample,
            epochs=epochs,
            model=model,
            loss=loss,
            alpha=alpha,
            min_alpha=min_alpha,
            ns_exponent=ns_exponent,
            max_vocab_size=max_vocab_size,
            workers=workers,
            seed=seed,
            deterministic=deterministic,
        )
        self.min_n = min_n
        self.max_n = max_n
        self.bucket = bucket


def load_model(path: str | os.PathLike[str]) -> Word2Vec:
    """Open a model that :class:`FastText` or :class:`~.word2vec.Word2Vec` has saved.

    Raises:
        VectorFormatError: The file is damaged, or holds vectors alone.
    """
    parted = isinstance(Learnt.load(path).settings, SubwordSettings)
    return (FastText if parted else Word2Vec).load(path)
