"""gensim's vectors to ours, in memory: the safe way out of its ``.kv`` and ``.model`` files."""

from __future__ import annotations

from typing import Any

from ..vectors import WordVectors
from .gensim_objects import parts_of_gensim


def from_gensim(keyed_vectors: Any) -> WordVectors:
    """Build word vectors from gensim's ``KeyedVectors``, or from a model with some as ``wv``.

    gensim's own files are pickle, which can run anything when opened: open those that you trust
    with gensim, and hand over the object. Counts come along where gensim knows them; those that
    it makes up for files without any (V, V - 1, … 1) don't. N-grams come along, too.

    Args:
        keyed_vectors: The object; its rows are shared where they are float32, not copied.

    Raises:
        TypeError: It isn't anything of gensim's with words and vectors.
        ValueError: Words are repeated or no strings, or numbers are not finite; says where.

    Example:
        >>> from gensim.models import KeyedVectors
        >>> vectors = from_gensim(KeyedVectors.load("old.kv"))      # doctest: +SKIP
    """
    parts = parts_of_gensim(keyed_vectors)
    return WordVectors(parts.words, parts.rows, counts=parts.counts, subwords=parts.subwords)
