"""Words by cluster: in how many of its documents each stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ...embeddings.tokenizers import make_tokenizer
from ..indexing import Text, TextIndexer
from ..parallel_indexing import grow_texts

_CHARACTERS = 1 << 25  # of documents that are counted together
_NO_WORD = "\0 "  # an indexer has at least one word: this one no text has


@dataclass(frozen=True, eq=False)
class ClusterWords:
    """Counts of words by cluster.

    Attributes:
        words: V words, those that stand in a clustered document.
        documents: int64[K, V] (sparse), documents of a cluster with a word.
        sizes: int64[K], documents of a cluster.
    """

    words: tuple[str, ...]
    documents: Any
    sizes: NDArray[np.int64]


def count_cluster_words(
    texts: Sequence[Text], labels: NDArray[np.int64], *, clusters: int, tokenizer: Any = "default"
) -> ClusterWords:
    """Count the documents of each cluster that a word stands in.

    Documents are counted, not words: a list that says one word a thousand times is one document.

    Args:
        texts: N texts or token lists.
        labels: int64[N], from 0; documents below are left out.
        clusters: K.
        tokenizer: How texts become words; whatever :func:`.make_tokenizer` takes.

    Raises:
        TypeError: ``texts`` is a single ``str``, or one of them is neither text nor tokens.
    """
    indexer = TextIndexer((_NO_WORD,), make_tokenizer(tokenizer))
    places: dict[str, int] = {}
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
    chosen = np.flatnonzero(labels >= 0)
    for block in _blocks(texts, chosen):
        read, found = grow_texts(indexer, _taken(texts, block))
        own = np.array([places.setdefault(word, len(places)) for word in found], np.int64)
        counts = csr_matrix(
            (np.ones(len(read.ids), np.int64), read.ids - len(indexer), read.offsets),
            shape=(len(read), len(found)),
        )
        counts.sum_duplicates()
        counts.data[:] = 1
        member = csr_matrix(
            (np.ones(len(block), np.int64), (labels[block], np.arange(len(block)))),
            shape=(clusters, len(block)),
        )
        product: Any = member @ counts
        by_cluster = product.tocoo()
        parts.append((by_cluster.data, by_cluster.row.astype(np.int64), own[by_cluster.col]))
    data, rows, columns = (
        np.concatenate([np.zeros(0, np.int64), *(part[i] for part in parts)]) for i in range(3)
    )
    table = csr_matrix((data, (rows, columns)), shape=(clusters, len(places)))
    table.sum_duplicates()
    return ClusterWords(tuple(places), table, np.bincount(labels[chosen], minlength=clusters))


def _blocks(texts: Sequence[Text], chosen: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    start = size = 0
    for number, place in enumerate(chosen.tolist()):
        size += len(texts[place])
        if size >= _CHARACTERS:
            yield chosen[start : number + 1]
            start, size = number + 1, 0
    if start < len(chosen):
        yield chosen[start:]


def _taken(texts: Sequence[Text], block: NDArray[np.int64]) -> list[Text]:
    return [texts[int(i)] for i in block]
