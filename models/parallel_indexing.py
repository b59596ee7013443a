"""Many texts to rows on all cores; the result is that of one.

Looking words up is compiled code that other threads run beside; only the first look at a run of
characters is Python, of which one thread at a time can do a step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ..embeddings.ranking import cores
from .indexing import IndexedTexts, Text, TextIndexer, listed_texts

_ALONE = 1 << 22  # characters up to which one thread is as quick


def index_texts(
    indexer: TextIndexer, texts: Iterable[Text], *, threads: int | None = None
) -> IndexedTexts:
    """Return what ``indexer(texts)`` does.

    Args:
        indexer: Turns texts into rows.
        texts: As it takes them.
        threads: ``None`` for all cores.
    """
    parts = _parts(listed_texts(texts), threads)
    if len(parts) == 1:
        return indexer(parts[0])
    with ThreadPoolExecutor(len(parts)) as pool:
        return joined(list(pool.map(indexer, parts)))


def grow_texts(
    indexer: TextIndexer, texts: Iterable[Text], *, threads: int | None = None
) -> tuple[IndexedTexts, list[str]]:
    """Return what ``indexer.growing(texts)`` does; see :func:`index_texts`."""
    parts = _parts(listed_texts(texts), threads)
    if len(parts) == 1:
        return indexer.growing(parts[0])
    with ThreadPoolExecutor(len(parts)) as pool:
        found = list(pool.map(indexer.growing, parts))
    first = len(indexer)
    numbers: dict[str, int] = {}
    moved: list[IndexedTexts] = []
    for part, new in found:
        rows = [numbers.setdefault(word, first + len(numbers)) for word in new]
        places = np.concatenate([np.arange(first, dtype=np.int32), np.array(rows, np.int32)])
        moved.append(IndexedTexts(places[part.ids], part.offsets, part.unknown))
    return joined(moved), list(numbers)


def joined(parts: Sequence[IndexedTexts]) -> IndexedTexts:
    """Return texts one behind the other."""
    before = np.cumsum([0, *(len(part.ids) for part in parts)])
    offsets = [part.offsets[1:] + start for part, start in zip(parts, before, strict=False)]
    return IndexedTexts(
        np.concatenate([part.ids for part in parts]),
        np.concatenate([np.zeros(1, np.int64), *offsets]),
        np.concatenate([part.unknown for part in parts]),
    )


def _parts(texts: list[Text], threads: int | None) -> list[list[Text]]:
    """Divide texts into as many parts of about equal size as there are threads."""
    workers = cores() if threads is None else threads
    if workers < 2 or len(texts) < 2:
        return [texts]
    done = np.cumsum([len(text) for text in texts])
    if threads is None and done[-1] < _ALONE:
        return [texts]
    borders = np.searchsorted(done, done[-1] * np.arange(1, workers) / workers).tolist()
    edges = sorted({0, *borders, len(texts)})
    return [texts[a:b] for a, b in zip(edges[:-1], edges[1:], strict=True)]
