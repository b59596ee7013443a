"""The words of two collections in the same columns, as co-clustering takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ...embeddings.errors import ConfigurationError, DomainError
from ...embeddings.tokenizers import make_tokenizer
from ..indexing import Text, TextIndexer
from ..parallel_indexing import grow_texts

_NO_WORD = "\0 "  # an indexer has at least one word: this one no text has


@dataclass(frozen=True, eq=False)
class SharedWords:
    """How often the words of two collections stand in each of their documents.

    Attributes:
        words: V words that are counted.
        target: int64[N, V], sparse.
        other: int64[M, V], sparse.
        common: How many of the words stand in documents of both.
    """

    words: tuple[str, ...]
    target: Any
    other: Any
    common: int


def count_shared_words(
    target: Sequence[Text],
    other: Sequence[Text],
    *,
    tokenizer: Any = "default",
    min_documents: int = 2,
    max_share: float = 0.5,
) -> SharedWords:
    """Count the words of two collections.

    Words without a letter are left out, and those too rare or too frequent to tell documents apart.

    Args:
        target: N texts or token lists.
        other: M texts or token lists.
        tokenizer: How texts become words; whatever :func:`.make_tokenizer` takes.
        min_documents: Documents that a word stands in at least, of both collections together.
        max_share: Share of these documents that it stands in at most.

    Raises:
        ConfigurationError: A setting is impossible; says all that are.
        DomainError: No word stands in both collections, or none of these is left.
        TypeError: A collection is a single ``str``, or one of the texts is neither text nor tokens.
    """
    _check(min_documents, max_share)
    indexer = TextIndexer((_NO_WORD,), make_tokenizer(tokenizer))
    read, words = grow_texts(indexer, [*target, *other])
    counts = csr_array(
        (np.ones(len(read.ids), np.int64), read.ids - len(indexer), read.offsets.astype(np.int32)),
        shape=(len(read), len(words)),
    )
    counts.sum_duplicates()
    lettered = np.array([any(sign.isalpha() for sign in word) for word in words], bool)
    both = _stands(counts[: len(target)]) & _stands(counts[len(target) :]) & lettered
    if not both.any():
        raise DomainError(
            "the two collections share no word, so that nothing can be learnt from the other: each "
            f"of {int(lettered.sum()):,} words with a letter stands in one of them alone"
        )
    documents = np.bincount(counts.indices, minlength=len(words))
    kept = (documents >= min_documents) & (documents <= max_share * len(read)) & lettered
    if not (kept & both).any():
        raise DomainError(
            f"expected words of both collections that stand in {min_documents:,} or more, and in "
            f"at most {max_share:.0%}, of the {len(read):,} documents, found none: count rarer or "
            "more frequent words"
        )
    table = counts[:, np.flatnonzero(kept)]
    first, second = table[: len(target)], table[len(target) :]
    names = [word for word, keep in zip(words, kept.tolist(), strict=True) if keep]
    return SharedWords(tuple(names), first, second, int((kept & both).sum()))


def _stands(table: Any) -> NDArray[np.bool_]:
    return np.bincount(table.indices, minlength=table.shape[1]) > 0


def _check(min_documents: Any, max_share: Any) -> None:
    problems: list[str] = []
    if not isinstance(min_documents, int) or isinstance(min_documents, bool) or min_documents < 1:
        problems.append(f"min_documents: expected a whole number from 1, found {min_documents!r}")
    real = isinstance(max_share, (int, float)) and not isinstance(max_share, bool)
    if not real or not 0 < max_share <= 1:
        problems.append(f"max_share: expected a number above 0, 1 at most, found {max_share!r}")
    if problems:
        raise ConfigurationError(*problems)
