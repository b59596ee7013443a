"""``ParagraphVectors``: documents as vectors that are learnt to tell their words from noise."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from ...embeddings.errors import ConfigurationError, DocumentError, WordgraftError
from ...embeddings.learners import Text as EncodedText
from ...embeddings.paragraph_learner import ParagraphLearner, infer
from ...embeddings.progress import EpochRecord, TrainingProgress
from ...embeddings.settings import Settings
from ...embeddings.tokenizers import Tokenizer, make_tokenizer
from ...embeddings.training import Position, Training
from ...embeddings.vectors import WordVectors
from ...embeddings.vocabulary import Vocabulary
from ...embeddings.weights import Weights
from ..indexing import FIRST_WORD, IndexedTexts, Text, TextIndexer, count_words, listed_texts
from ..model_folder import refused_together
from ..takes_texts import TakesTexts
from .paragraph_saving import SavedParagraphs, read_paragraphs, write_paragraphs

_LEFT = ("tokenizer", "workers")  # settings that a file has otherwise, or not at all
_HOPELESS = 100.0
"""So many times the loss of weights that are all zero, and training has diverged."""


@dataclass(eq=False, repr=False)
class ParagraphVectors(ClassNamePrefixFeaturesOutMixin, TransformerMixin, TakesTexts):
    """Learn a vector for each document, by telling the document's words from noise (PV-DBOW).

    Unlike a mean of word vectors it needs no vectors, but documents to learn from: thousands, the
    more the better. New documents are inferred: words stay as they were learnt. So
    ``fit_transform`` infers too, and gives what ``fit`` and ``transform`` do; the vectors that the
    documents had while the words were learnt are in :attr:`documents_`.

    What a document is inferred to be depends on its words, their order and ``seed`` alone. Training
    gives equal numbers on one worker; on several, who write to the same words at once, nearly
    equal ones.

    Args:
        vector_size: D, numbers in a vector.
        negative: Noise words that each word is set against.
        min_count: Rarer words are left out.
        sample: Words of a larger share are thinned; 0 keeps all.
        epochs: Passes over the documents.
        inference_epochs: Passes over a new document; ``None`` for as many.
        alpha: Learning rate at the start.
        min_alpha: At the end; it falls linearly.
        ns_exponent: Noise is drawn by frequency to this power.
        dbow_words: Learn vectors of words beside, by skip-gram, in the same space: words are then
            near the documents that they stand in. Several times slower.
        window: Of skip-gram.
        tokenizer: How texts become words; whatever :func:`.make_tokenizer` takes.
        workers: Threads; ``None`` takes all cores.
        seed: Start of every random draw.

    Attributes:
        documents_: float32[N, D], vectors of the documents that were fitted on; zeros for those
            without a word that was learnt.
        vocabulary_: Vocabulary, words and counts.
        context_: float32[V, D], output rows of the words: ``context_ @ document`` is higher for
            words that fit.
        words_: WordVectors of ``dbow_words``; ``None`` without.
        history_: One EpochRecord an epoch.

    Source: Le and Mikolov 2014, arXiv:1405.4053, section 2.3; with skip-gram beside: Dai, Olah and
    Le 2015, arXiv:1507.07998.

    Example:
        >>> texts = ["rain and wind", "wind and rain", "goal and team", "team and goal"] * 50
        >>> model = ParagraphVectors(vector_size=8, min_count=1, sample=0, epochs=20, workers=1)
        >>> model.fit(texts).transform(["rain wind"]).shape
        (1, 8)
    """

    vector_size: int = 100
    _: KW_ONLY
    negative: int = 5
    min_count: int = 5
    sample: float = 1e-3
    epochs: int = 20
    inference_epochs: int | None = None
    alpha: float = 0.025
    min_alpha: float = 1e-4
    ns_exponent: float = 0.75
    dbow_words: bool = False
    window: int = 5
    tokenizer: Any = "default"
    workers: int | None = None
    seed: int = 1

    def fit(
        self,
        texts: Iterable[Text],
        y: Any = None,
        *,
        progress: Callable[[TrainingProgress], None] | None = None,
    ) -> Self:
        """Learn vectors of documents, and words to infer others by.

        Args:
            texts: N texts or token lists.
            y: Not used; scikit-learn passes it.
            progress: Called about five times a second.

        Raises:
            ConfigurationError: Settings are wrong, all that are; or training diverged.
            DocumentError: There are no documents, or no word is frequent enough.
            TypeError: ``texts`` is a single ``str``, or one of them is neither text nor tokens.
        """
        del y
        settings = self._settings()
        listed = listed_texts(texts)
        if not listed:
            raise DocumentError("expected documents to learn from, found none")
        tokenizer = make_tokenizer(self.tokenizer)
        vocabulary = self._words_of(listed, tokenizer)
        indexer = TextIndexer(vocabulary.words, tokenizer)
        found = indexer(listed)
        text = _encoded(found, vocabulary.counts)
        weights = Weights.zeros(len(found), len(vocabulary), settings.vector_size)
        weights.randomise(settings.seed)
        beside = None
        if self.dbow_words:
            beside = Weights.zeros(len(vocabulary), 0, settings.vector_size)
            beside.randomise(settings.seed + 1)
        history = _train(settings, text, weights, beside, progress)
        documents, context = weights.released()
        documents[found.empty] = 0.0
        self.documents_, self.context_ = documents, context
        self.vocabulary_, self.indexer_ = vocabulary, indexer
        self.words_: WordVectors | None = None
        if beside is not None:
            self.words_ = _word_vectors(vocabulary, beside.released()[0], tokenizer)
        self.history_: list[EpochRecord] = history
        return self

    def transform(self, texts: Iterable[Text]) -> NDArray[np.float32]:
        """Infer the vectors of documents; the words stay as they are.

        Args:
            texts: N texts or token lists.

        Returns:
            float32[N, D], a row for each document, in order; zeros for one without a word that was
            learnt.

        Raises:
            NotFittedError: :meth:`fit` has not run.
            ConfigurationError: ``inference_epochs`` or another setting was set wrong since.
            TypeError: ``texts`` is a single ``str``, or one of them is neither text nor tokens.
        """
        check_is_fitted(self)
        settings = self._settings()
        size = self.context_.shape[1]
        weights = Weights.zeros(0, len(self.vocabulary_), size)
        weights.rows(weights.outputs)[:] = self.context_
        return infer(
            settings,
            _encoded(self.indexer_(texts), self.vocabulary_.counts),
            weights.outputs,
            size=size,
            epochs=self.epochs if self.inference_epochs is None else self.inference_epochs,
            workers=settings.threads,
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted model to a new folder: JSON and safetensors, nothing that runs.

        Raises:
            OutputError: The place is taken or can't be written; nothing is left behind.
        """
        check_is_fitted(self)
        write_paragraphs(
            path,
            type(self).__name__,
            SavedParagraphs(
                settings={n: v for n, v in self.get_params(deep=False).items() if n not in _LEFT},
                tokenizer=self.indexer_.tokenizer,
                vocabulary=self.vocabulary_,
                documents=self.documents_,
                context=self.context_,
                words=None if self.words_ is None else self.words_.vectors,
                history=tuple(self.history_),
            ),
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, tokenizer: Any = None) -> Self:
        """Open a model that :meth:`save` wrote.

        Args:
            path: The folder.
            tokenizer: The function that made the words, where it was one: no file can hold it.

        Raises:
            ModelFormatError: The folder is no such model, damaged, or of a newer format.
        """
        saved = read_paragraphs(path, cls.__name__, tokenizer=tokenizer)
        with refused_together(path):
            model = cls(**saved.settings)
            model.tokenizer = tokenizer if tokenizer is not None else saved.tokenizer
            model._settings()
            model.documents_, model.context_ = saved.documents, saved.context
            model.vocabulary_ = saved.vocabulary
            model.indexer_ = TextIndexer(saved.vocabulary.words, saved.tokenizer)
            model.words_ = None
            if saved.words is not None:
                model.words_ = _word_vectors(saved.vocabulary, saved.words, saved.tokenizer)
            model.history_ = list(saved.history)
        return model

    @property
    def n_features_out_(self) -> int:
        """D, numbers in a document's vector."""
        check_is_fitted(self)
        return self.context_.shape[1]

    @property
    def _n_features_out(self) -> int:
        return self.n_features_out_

    # --- scikit-learn ----------------------------------------------------------------------------

    def __sklearn_tags__(self) -> Any:
        """Say that what comes in has no precision to keep."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        """Say whether there is something learnt."""
        return hasattr(self, "context_")

    # --- how -------------------------------------------------------------------------------------

    def _settings(self) -> Settings:
        """Return the settings as training takes them, or raise one error with every mistake."""
        problems: list[str] = []
        epochs = self.inference_epochs
        if epochs is not None and (not isinstance(epochs, int | np.integer) or epochs < 1):
            problems.append(
                f"inference_epochs: expected a whole number from 1, or None, found {epochs!r}"
            )
        if not isinstance(self.dbow_words, bool):
            problems.append(f"dbow_words: expected True or False, found {self.dbow_words!r}")
        if self.negative == 0:
            problems.append("negative: expected 1 or more, found 0: words are told from noise")
        own = ("dbow_words", "inference_epochs", "tokenizer")
        values = {n: v for n, v in self.get_params(deep=False).items() if n not in own}
        fixed = {"model": "skipgram", "loss": "ns", "max_vocab_size": None, "deterministic": False}
        settings = None
        try:
            make_tokenizer(self.tokenizer)
        except ConfigurationError as error:
            problems += error.problems
        try:
            settings = Settings.of({**values, **fixed})
        except ConfigurationError as error:
            problems += [problem for problem in error.problems if "loss='ns'" not in problem]
        if problems or settings is None:
            raise ConfigurationError(*problems)
        return settings

    def _words_of(self, texts: list[Text], tokenizer: Any) -> Vocabulary:
        counts = count_words(texts, tokenizer)
        try:
            return Vocabulary.from_counts(counts, min_count=self.min_count)
        except WordgraftError as error:
            raise DocumentError(f"{len(texts):,} documents: {error}") from None


def _encoded(texts: IndexedTexts, counts: NDArray[np.int64]) -> EncodedText:
    """Return texts as kernels take them: writable arrays, rows of words from 0."""
    return EncodedText(
        np.ascontiguousarray(texts.ids - FIRST_WORD, np.int32),
        texts.offsets.astype(np.int64),
        counts=counts,
        seen=counts,
    )


def _train(
    settings: Settings,
    text: EncodedText,
    weights: Weights,
    beside: Weights | None,
    progress: Callable[[TrainingProgress], None] | None,
) -> list[EpochRecord]:
    words = None if beside is None else beside.inputs
    learner = ParagraphLearner(settings, text, weights, words=words, workers=settings.threads)
    training = Training(
        settings,
        learner,
        words=text.offsets[learner.borders],
        position=Position.start(settings.epochs),
        hopeless=_HOPELESS * math.log(2) * (1 + settings.negative),
    )
    with closing(learner):
        learner.prepare()
        history = training.run(progress=progress)
    if not weights.finite():
        raise ConfigurationError(
            f"alpha={settings.rate}: training diverged (the vectors are no longer numbers). Lower "
            "alpha"
        )
    return history


def _word_vectors(
    vocabulary: Vocabulary, rows: NDArray[np.float32], tokenizer: Tokenizer
) -> WordVectors:
    return WordVectors(vocabulary.words, rows, counts=vocabulary.counts, tokenizer=tokenizer.spec())
