"""``DocumentVectorizer``: documents as vectors made of the vectors of their words."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from ...embeddings.errors import ConfigurationError
from ..indexing import IndexedTexts, Text, TextIndexer
from ..takes_texts import TakesTexts
from ..text_tokens import tokenizer_for
from .fitting import FittedDocuments, fit_space
from .report import DocumentReport
from .saving import read_documents_model, write_documents_model
from .settings import setting_problems
from .space import DocumentSpace
from .words import ReadTexts

BLOCK_TEXTS, BLOCK_CHARACTERS = 10_000, 8 << 20
"""Documents of a stream that are worked on together: at most so many, of so many characters."""

Texts = Iterable[Text] | IndexedTexts


@dataclass(eq=False, repr=False)
class DocumentVectorizer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, TakesTexts):
    """Turn documents into vectors made of their words' vectors.

    Weightings:

    * ``"auto"``: a space that joins what the vectors know with what the collection's own
      co-occurrences say (:func:`.joint_space`); unit length. What to take for clustering,
      neighbours and features where there is a collection.
    * ``"mean"``; ``"max"``, the greatest number of each dimension; ``"power"``, power means,
      concatenated (Rücklé et al. 2018). Nothing is learnt.
    * ``"idf"``: words of many documents of the collection count less.
    * ``"sif"``: frequent words count less, and the direction that all documents share is taken off
      (Arora et al. 2017).
    * ``"usif"``: the same with weights that follow from counts alone, dimensions of one length, and
      five directions taken off by degrees (Ethayarajh 2018). What to take for single sentences.

    Words without a vector are composed of their n-grams where the vectors have some; else they are
    left out and counted, but under ``"auto"``, where a word of ``min_df`` documents gets a row from
    the collection. ``docs/documents.md`` has the formulas and how they compare.

    Args:
        vectors: Word vectors; never modified.
        weighting: As above.
        tokenizer: How texts become words; ``None`` for the vectors' own. Token lists stay as they
            are.
        remove_components: Directions common to the collection's documents to take off; ``None`` for
            the weighting's own number, 1 for SIF, 5 for uSIF, else 0.
        center: Take off the mean of the collection's documents; ``None`` for not.
        normalize: Scale documents to length 1; ``None`` for under ``"auto"`` alone.
        powers: Of power means: whole numbers from 1 to 9, ``inf``, ``-inf``; ``None`` for -inf, 1,
            3, inf.
        smoothing: ``a`` of SIF's weights ``a / (a + p(w))``; ``None`` for 0.001.
        word_counts: Where SIF and uSIF take ``p(w)`` from: ``"vectors"``, the counts of the corpus
            that they were trained on, or ``"collection"``; ``None`` for the vectors where they know
            them.
        empty: What a document without a known word becomes: zeros, the mean of the collection's
            documents, or an error that says which they are. Counted in any case.
        min_df: Documents of the collection in which a word without a vector must stand to get a row
            under ``"auto"``.
        extra_words: Words of the vectors that have a row under ``"auto"`` though no document of the
            collection has them: the most frequent so many.
        seed: Of what is drawn under ``"auto"``.

    Attributes:
        space_: What was learnt.
        report_: What was found in the documents fitted on.
        n_features_out_: W, numbers in a document's vector.

    Example:
        >>> from wordgraft import WordVectors
        >>> people = WordVectors.from_mapping({"sun": [1, 0], "rain": [0, 1]})
        >>> DocumentVectorizer(people, weighting="mean").fit_transform(["Sun, rain", "rain"])
        array([[0.5, 0.5],
               [0. , 1. ]], dtype=float32)
    """

    vectors: Any = None
    _: KW_ONLY
    weighting: str = "auto"
    tokenizer: Any = None
    remove_components: int | None = None
    center: bool | None = None
    normalize: bool | None = None
    powers: Any = None
    smoothing: float | None = None
    word_counts: str | None = None
    empty: str = "zero"
    min_df: int = 2
    extra_words: int = 50_000
    seed: int = 0

    def fit(self, texts: Texts, y: Any = None) -> Self:
        """Learn from a collection of documents.

        Args:
            texts: Each a ``str`` or a list of tokens; or what :meth:`index` returned.
            y: Not used; scikit-learn passes it.

        Raises:
            ConfigurationError: Settings are wrong; says all that are.
            DocumentError: There are no documents, none has a known word, or all are the same where
                something that they have in common is taken off.
            TypeError: ``texts`` is a single ``str``, or one of them is neither text nor tokens.
        """
        del y
        self._take(self._fit(texts))
        return self

    def fit_transform(  # pyright: ignore[reportIncompatibleMethodOverride] - no parameters of fit
        self, texts: Texts, y: Any = None
    ) -> NDArray[np.float32]:
        """Return what ``fit(texts).transform(texts)`` does, reading the texts once.

        Args and errors as :meth:`fit` and :meth:`transform`.
        """
        del y
        fitted = self._fit(texts)
        self._take(fitted)
        sums = fitted.space.sums(fitted.read) if fitted.sums is None else fitted.sums
        return fitted.space.finished(sums)

    def transform(self, texts: Texts) -> NDArray[np.float32]:
        """Turn documents into vectors.

        Args:
            texts: Each a ``str`` or a list of tokens; or what :meth:`index` returned.

        Returns:
            float32[N, W], a row for each document, in order; shape (0, W) for none.

        Raises:
            NotFittedError: :meth:`fit` has not run.
            DocumentError: A document has no known word, and ``empty="error"``; says which.
            TypeError: ``texts`` is a single ``str``, or one of them is neither text nor tokens.
        """
        space = self._space()
        return space.vectors(space.words.read(texts))

    def transform_blocks(
        self,
        texts: Iterable[Text],
        *,
        on_block: Callable[[DocumentReport], None] | None = None,
    ) -> Iterator[NDArray[np.float32]]:
        """Turn a stream of any length into vectors, with memory for a block of it.

        Args:
            texts: Each a ``str`` or a list of tokens; read as they are needed.
            on_block: Told what was found in each block, before its vectors are given.

        Yields:
            float32[n, W], the rows that :meth:`transform` would return, in order.

        Raises:
            DocumentError: As :meth:`transform`; numbers of documents count from the first block.
        """
        space = self._space()
        if isinstance(texts, str):
            raise TypeError(f"expected a stream of texts, found the single str {texts!r:.60}")
        return self._blocks(space, iter(texts), on_block)

    def index(self, texts: Iterable[Text]) -> IndexedTexts:
        """Turn documents into rows, to be fitted on or transformed later, more than once.

        After :meth:`fit`, the rows are those of the fitted words; before, of the vectors' words,
        which fitting leaves in their places (under ``"auto"`` only where there are no more than
        ``extra_words``: fitting then refuses). Words without a row are left out, also those that
        would be composed of n-grams.
        """
        if self.__sklearn_is_fitted__():
            return self.space_.words.indexer(texts)
        self._check()
        listed = list(texts)
        tokenizer = tokenizer_for(self.vectors, self.tokenizer, listed)
        return TextIndexer(self.vectors.index_to_key, tokenizer)(listed)

    def read(self, texts: Texts) -> DocumentReport:
        """Return how much of some documents the fitted vectoriser reads."""
        words = self._space().words
        return DocumentReport.of(words.read(texts), first_new=len(words.indexer))

    @property
    def n_features_out_(self) -> int:
        """W, numbers in a document's vector."""
        return self._space().width

    @property
    def _n_features_out(self) -> int:
        return self._space().width

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted vectoriser to a new folder: JSON and safetensors, nothing that runs.

        Under ``"auto"`` it has its own words and rows; else the vectors are written with it. In
        either case nothing else is needed to use it.

        Raises:
            OutputError: The place is taken or can't be written; nothing is left behind.
        """
        self._space()
        write_documents_model(
            path, type(self).__name__, self._kept(), self.space_, self.report_, self.vectors
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, tokenizer: Any = None) -> Self:
        """Open a vectoriser that :meth:`save` wrote.

        Args:
            path: The folder.
            tokenizer: The function that made the words, where it was one: no file can hold it.

        Raises:
            ModelFormatError: The folder is no such model, damaged, or of a newer format.
        """
        found = read_documents_model(path, cls.__name__, tokenizer=tokenizer)
        model = cls(found.vectors, **found.settings)
        model.tokenizer = tokenizer
        model.space_, model.report_ = found.space, found.report
        return model

    # --- scikit-learn ----------------------------------------------------------------------------

    def __sklearn_tags__(self) -> Any:
        """Say that what comes in has no precision to keep."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        """Say whether there is something learnt."""
        return hasattr(self, "space_")

    # --- how -------------------------------------------------------------------------------------

    def _fit(self, texts: Texts) -> FittedDocuments:
        self._check()
        return fit_space(self, texts)

    def _take(self, fitted: FittedDocuments) -> None:
        self.space_, self.report_ = fitted.space, fitted.report

    def _check(self) -> None:
        if problems := setting_problems(self):
            raise ConfigurationError(*problems)

    def _space(self) -> DocumentSpace:
        check_is_fitted(self)
        return self.space_

    def _kept(self) -> dict[str, Any]:
        """Return the settings that a file keeps, JSON-able."""
        settings = self.get_params(deep=False)
        return {n: value for n, value in settings.items() if n not in ("vectors", "tokenizer")}

    def _blocks(
        self,
        space: DocumentSpace,
        texts: Iterator[Text],
        on_block: Callable[[DocumentReport], None] | None,
    ) -> Iterator[NDArray[np.float32]]:
        done = 0
        for block in _gathered(texts):
            found: ReadTexts = space.words.read(block)
            if on_block is not None:
                on_block(DocumentReport.of(found, first_new=len(space.words.indexer)))
            yield space.vectors(found, before=done)
            done += len(block)


def _gathered(texts: Iterator[Text]) -> Iterator[list[Text]]:
    """Yield texts in lists of bounded size."""
    block: list[Text] = []
    size = 0
    for text in texts:
        block.append(text)
        size += len(text) if isinstance(text, str) else 8 * len(text)
        if len(block) == BLOCK_TEXTS or size >= BLOCK_CHARACTERS:
            yield block
            block, size = [], 0
    if block:
        yield block
