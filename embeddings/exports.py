"""The ways out of word vectors, as methods: files, other libraries' objects, matrices."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, cast

from .parts import PartsTable

if TYPE_CHECKING:
    from gensim.models import KeyedVectors
    from spacy.language import Language
    from torch.nn import Embedding

    from .fallbacks import Fallback
    from .formats.outgoing import Outgoing, Unfit
    from .formats.writing import WriteReport
    from .matrix import OOV, EmbeddingMatrix, Words
    from .vectors import WordVectors


class Exports(PartsTable):
    """How :class:`~.vectors.WordVectors` leave; every receiver gets a copy it may change."""

    def save_as(
        self,
        path: str | os.PathLike[str],
        *,
        format: str | None = None,
        unfit: Unfit = "error",
        language: str = "en",
        progress: Callable[[int, int], None] | None = None,
    ) -> WriteReport:
        """Write in another tool's format; see :func:`~.formats.writing.write_vectors`."""
        from .formats.writing import write_vectors

        return write_vectors(
            cast("WordVectors", self),
            path,
            format=format,
            unfit=unfit,
            language=language,
            progress=progress,
        )

    def embedding_matrix(
        self,
        vocabulary: Words,
        *,
        oov: OOV = "random",
        padding: str | None = "<pad>",
        unknown: str | None = "<unk>",
        fallbacks: Sequence[Fallback] = (),
        seed: int = 1,
    ) -> EmbeddingMatrix:
        """Build a matrix with a row for every word; see :func:`~.matrix.embedding_matrix`."""
        from .matrix import embedding_matrix

        return embedding_matrix(
            self,
            vocabulary,
            oov=oov,
            padding=padding,
            unknown=unknown,
            fallbacks=fallbacks,
            seed=seed,
        )

    def to_gensim(self) -> KeyedVectors:
        """Build gensim's ``KeyedVectors``: words, a copy of the rows, counts where known.

        Raises:
            VectorFormatError: A row of a mapped file has NaN or an infinite number.
        """
        from .formats.gensim_objects import to_gensim

        return to_gensim(self._outgoing())

    def to_spacy(
        self, language: str = "en", *, attr: Literal["ORTH", "LOWER"] | None = None
    ) -> Language:
        """Build a blank spaCy pipeline whose words have these vectors.

        Words without a vector have zeros there: that is spaCy's way.

        Args:
            language: spaCy's code of the language, for its tokeniser; ``xx`` for many.
            attr: What of a token is looked up: ``"ORTH"``, the token as it stands, or
                ``"LOWER"``, its lower case. ``None`` takes LOWER if no word of the vectors has a
                capital, so that "King" has the vector of "king" and not zeros.

        Raises:
            ConfigurationError: spaCy knows no such language, or ``attr`` is something else.
        """
        from .formats.spacy_export import to_spacy

        return to_spacy(self._outgoing(language), attr=attr)

    def to_torch(self, *, freeze: bool = False) -> Embedding:
        """Build ``nn.Embedding`` with a copy of all rows, in row order, and no padding.

        Args:
            freeze: Exclude the weights from training.
        """
        from .formats.torch_export import embedding_layer

        return embedding_layer(self._outgoing().matrix(), freeze=freeze)

    def to_sentence_transformers(self, path: str | os.PathLike[str]) -> WriteReport:
        """Write a folder that ``SentenceTransformer(path)`` opens, as one ``StaticEmbedding``."""
        return self.save_as(path, format="sentence-transformers")

    def _outgoing(self, language: str = "en") -> Outgoing:
        from .formats.writing import outgoing

        return outgoing(cast("WordVectors", self), language=language)
