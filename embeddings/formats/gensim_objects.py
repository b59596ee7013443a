"""Vectors to gensim's ``KeyedVectors`` and back, in memory: gensim's own files are pickle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .outgoing import Outgoing

if TYPE_CHECKING:
    from gensim.models import KeyedVectors


def to_gensim(outgoing: Outgoing) -> KeyedVectors:
    """Build gensim's ``KeyedVectors``: words, a copy of the rows, counts where known."""
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(outgoing.dimension)
    # add_vectors would hold four copies of the matrix; what it fills in is public.
    vectors.index_to_key = list(outgoing.words)
    vectors.key_to_index = {word: row for row, word in enumerate(outgoing.words)}
    vectors.vectors = outgoing.matrix()
    vectors.next_index = len(outgoing.words)
    if outgoing.counts is not None:
        vectors.allocate_vecattrs(["count"], [np.int64])
        vectors.expandos["count"][:] = outgoing.counts
    return vectors


def parts_of_gensim(vectors: Any) -> tuple[Sequence[str], np.ndarray, np.ndarray | None]:
    """Return words, rows and counts of gensim's vectors, or of a model that has some as ``wv``.

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
    return words, rows, counts
