"""Vectors to gensim's ``KeyedVectors`` and back, in memory: gensim's own files are pickle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..subwords import PackedWords, Subwords
from .outgoing import Outgoing

if TYPE_CHECKING:
    from gensim.models import KeyedVectors


def to_gensim(outgoing: Outgoing) -> KeyedVectors:
    """Build gensim's ``KeyedVectors``: words, a copy of the rows, counts where known.

    Vectors with n-grams become ``FastTextKeyedVectors``, which know unseen words, too; without
    them, where the n-grams are quantised or pruned: gensim has no such tables.
    """
    from gensim.models import KeyedVectors

    matrix, subwords = outgoing.matrix(), outgoing.source.subwords
    if subwords is not None and isinstance(subwords.table, np.ndarray) and subwords.pruned is None:
        vectors = _with_ngrams(outgoing.words, matrix, subwords)
    else:
        vectors = KeyedVectors(outgoing.dimension)
    # add_vectors would hold four copies of the matrix; what it fills in is public.
    vectors.index_to_key = list(outgoing.words)
    vectors.key_to_index = {word: row for row, word in enumerate(outgoing.words)}
    vectors.vectors = matrix
    if outgoing.counts is not None:
        vectors.allocate_vecattrs(["count"], [np.int64])
        vectors.expandos["count"][:] = outgoing.counts
    return vectors


def _with_ngrams(words: Sequence[str], matrix: np.ndarray, subwords: Subwords) -> KeyedVectors:
    from gensim.models.fasttext import FastTextKeyedVectors

    buckets = subwords.buckets if subwords.max_n else 0
    vectors = FastTextKeyedVectors(matrix.shape[1], subwords.min_n, subwords.max_n, buckets)
    vectors.vectors_vocab = subwords.own_rows(PackedWords.of(words), matrix)
    vectors.vectors_ngrams = np.array(subwords.table, np.float32)
    return vectors


@dataclass(frozen=True)
class GensimParts:
    """What gensim's vectors hold.

    Attributes:
        words: V words.
        rows: float[V, D].
        counts: int[V], ``None`` where not known.
        subwords: The n-grams; ``None`` where there are none.
    """

    words: Sequence[str]
    rows: np.ndarray
    counts: np.ndarray | None
    subwords: Subwords | None


def parts_of_gensim(vectors: Any) -> GensimParts:
    """Return what gensim's vectors hold, or those that a model has as ``wv``.

    gensim makes counts up where a file has none: V, V - 1, … 1. Those aren't taken for counts.

    Raises:
        TypeError: It isn't anything of gensim's with words and vectors.
    """
    keyed = getattr(vectors, "wv", vectors)
    words, rows = getattr(keyed, "index_to_key", None), getattr(keyed, "vectors", None)
    if not isinstance(words, list) or not isinstance(rows, np.ndarray):
        raise TypeError(
            "expected gensim's KeyedVectors, or a model with some as wv, "
            f"found {type(vectors).__name__}"
        )
    counts = getattr(keyed, "expandos", {}).get("count")
    if counts is not None and np.array_equal(counts, np.arange(len(words), 0, -1)):
        counts = None
    return GensimParts(words, rows, counts, _subwords(keyed))


def _subwords(keyed: Any) -> Subwords | None:
    table = getattr(keyed, "vectors_ngrams", None)
    if not isinstance(table, np.ndarray) or not keyed.bucket or not keyed.max_n:
        return None
    return Subwords(keyed.min_n, keyed.max_n, keyed.bucket, np.asarray(table, np.float32))
