"""What training learns: kept to go on, to predict, and in a file."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import VectorFormatError, WordgraftError
from .formats.native import open_native, write_native
from .formats.native_subwords import subword_parts
from .huffman import WordTree
from .progress import EpochRecord
from .settings import Settings
from .subword_settings import SubwordSettings
from .tokenizers import PRETOKENIZED, FunctionTokenizer
from .vectors import WordVectors
from .vocabulary import Vocabulary

_TIMES = ("seconds", "words_per_second")
_CONTINUED = "To go on, a file written by Word2Vec.save or `wordgraft train` is needed"


@dataclass(frozen=True, eq=False)
class Learnt:
    """The result of a training run.

    Attributes:
        vectors: WordVectors, rows by word id.
        vocabulary: Words and counts, the same order.
        context: float32[N, D], output rows of the words, or of the tree's nodes.
        tree: The tree of hierarchical softmax; ``None`` under negative sampling.
        settings: How it was trained.
        history: One record per epoch.
    """

    vectors: WordVectors
    vocabulary: Vocabulary
    context: NDArray[np.float32]
    tree: WordTree | None
    settings: Settings
    history: tuple[EpochRecord, ...]

    def centre_log_probabilities(self, words: Sequence[str]) -> NDArray[np.float64]:
        """Return float64[V], the log-probability of each word to stand amid ``words``.

        Hierarchical softmax gives the model's distribution for the mean of the context's vectors
        (skip-gram learns it for one context word). Negative sampling learns only ratios to the
        noise distribution q; its optimum has ``u . v = log p(c | w) - log(negative * q(c))`` (Levy
        & Goldberg 2014, "Neural word embedding as implicit matrix factorization", eq. 7 up to the
        constant), so that CBOW gives ``p(w | context) ~ q(w) exp(u_w . mean)`` and skip-gram, whose
        contexts are independent given the word, Bayes' ``p(w | contexts) ~ p(w) prod exp(v_w .
        u_c)``. They rank well and are not calibrated.

        Args:
            words: The context, at least one; repeats count.

        Raises:
            UnknownWordError: A word has no vector.
        """
        rows = self.vectors.rows_of(words)
        matrix = self.vectors.vectors
        if self.tree is not None:
            return self.tree.log_probabilities(
                (self.context @ matrix[rows].mean(axis=0)).astype(np.float64)
            )
        with np.errstate(divide="ignore"):  # words that never occurred: log 0
            if self.settings.model == "cbow":
                prior = np.log(self.vocabulary.noise_distribution(self.settings.ns_exponent))
                scores = self.context @ matrix[rows].mean(axis=0)
            else:
                prior = np.log(self.vocabulary.counts / max(1, self.vocabulary.total))
                scores = matrix @ self.context[rows].sum(axis=0)
        logits = prior + scores.astype(np.float64)
        return logits - np.logaddexp.reduce(logits)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a native file with all that is needed to go on.

        Raises:
            OutputError: It can't be written; nothing is left behind.
        """
        parts = subword_parts(self.vectors.subwords)
        write_native(
            path,
            words=self.vectors.index_to_key,
            vectors=self.vectors.vectors,
            counts=self.vocabulary.counts,
            context=self.context,
            extra=parts.arrays | ({} if self.tree is None else self.tree.arrays()),
            tokenizer=self.vectors.tokenizer,
            metadata={
                **self.vectors.metadata,
                "history": [_untimed(record) for record in self.history],
                **parts.notes,
            },
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Learnt:
        """Open what :meth:`save` wrote; the matrices are mapped, not read.

        Raises:
            VectorFormatError: The file is damaged, or holds vectors alone.
        """
        file = open_native(path)
        arrays, notes = file.arrays, file.metadata
        missing = [name for name in ("context", "counts") if name not in arrays]
        if missing or "training" not in notes:
            raise VectorFormatError(
                "the file holds vectors, but not what training needs to go on "
                f"({', '.join(missing) or 'its settings'} missing)",
                path=path,
                hint=_CONTINUED,
            )
        try:
            said = notes["training"]
            kind = SubwordSettings if said.get("algorithm") == "fasttext" else Settings
            known = kind.__dataclass_fields__
            settings = kind(**{name: value for name, value in said.items() if name in known})
            history = tuple(
                EpochRecord(**dict.fromkeys(_TIMES, math.nan) | record)
                for record in notes.get("history", ())
            )
            tree = None
            if settings.loss == "hs":
                tree = WordTree.from_arrays(arrays, words=len(file.words))
            rows = len(file.words) if tree is None else tree.size
            if arrays["context"].shape != (rows, arrays["vectors"].shape[1]):
                raise ValueError(f"expected {rows} output rows, found {len(arrays['context'])}")
            if kind is SubwordSettings and "ngrams" not in arrays:
                raise ValueError("expected the rows of n-grams, found none")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise VectorFormatError(
                f"the training notes are damaged ({error})", path=path, hint=_CONTINUED
            ) from error
        vectors = WordVectors.open(path)
        return cls(
            vectors,
            Vocabulary(vectors.index_to_key, arrays["counts"]),
            arrays["context"],
            tree,
            settings,
            history,
        )


def why_it_stays(path: str | os.PathLike[str], *, cut: bool = False) -> str | None:
    """Return why training can't go on from a file, as half a sentence; ``None`` where it can.

    Args:
        path: A file of vectors of whatever format.
        cut: Whether how new text is cut into words is known elsewhere.
    """
    try:
        spec = Learnt.load(path).vectors.tokenizer
    except (WordgraftError, OSError):
        return "the file holds vectors alone"
    if cut or (spec is not None and spec["name"] not in (PRETOKENIZED, FunctionTokenizer.name)):
        return None
    return "how the text they learnt from was cut into words isn't known: name a tokenizer"


def _untimed(record: EpochRecord) -> dict[str, Any]:
    """Return a record without the times: equal training gives equal files."""
    return {name: value for name, value in asdict(record).items() if name not in _TIMES}
