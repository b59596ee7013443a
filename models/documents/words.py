"""The words that documents are made of: from texts to rows, and from rows to sums of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...embeddings.document_sums import Divisor, WordRows, document_extremes, document_sums
from ...embeddings.subwords import PackedWords, Subwords
from ..indexing import FIRST_WORD, IndexedTexts, Text, TextIndexer
from ..parallel_indexing import grow_texts, index_texts

_PART = 1 << 21  # words of documents that are summed together where rows must be composed
_COMPOSED = 1 << 16  # words that are composed together


@dataclass(frozen=True, eq=False)
class ReadTexts:
    """Texts as rows of :class:`DocumentWords`.

    Attributes:
        texts: Rows from ``FIRST_WORD`` on; those behind the table are of ``new``.
        new: Words that have no row of their own but one composed of their n-grams.
    """

    texts: IndexedTexts
    new: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, eq=False)
class DocumentWords:
    """Words with a row of numbers each.

    Attributes:
        indexer: Turns texts into rows.
        rows: float32[V, W], the row of the indexer's words.
        subwords: N-grams from which the rows of other words are composed; ``None`` if they have
            none.
    """

    indexer: TextIndexer
    rows: NDArray[np.float32]
    subwords: Subwords | None = None

    def __post_init__(self) -> None:
        # A mapped file's rows may begin anywhere; once, not whenever documents are read.
        object.__setattr__(self, "rows", np.require(self.rows, np.float32, ["C", "A"]))

    def read(self, texts: Iterable[Text] | IndexedTexts) -> ReadTexts:
        """Turn texts into rows; words without any are left out, and counted in ``unknown``.

        Args:
            texts: Texts, lists of tokens, or what :attr:`indexer` has made of them.

        Raises:
            TypeError: ``texts`` is a single ``str``, or one of them is neither text nor tokens.
            ValueError: Texts that come as rows have others than there are.
        """
        if isinstance(texts, IndexedTexts):
            ids = texts.ids
            if len(ids) and not (ids.min() >= FIRST_WORD and ids.max() < len(self.indexer)):
                raise ValueError(
                    f"texts that come as rows must have rows from {FIRST_WORD} to "
                    f"{len(self.indexer) - 1}, found {ids.min()} to {ids.max()}: were they made by "
                    "another indexer?"
                )
            return ReadTexts(texts)
        if self.subwords is None:
            return ReadTexts(index_texts(self.indexer, texts))
        found, new = grow_texts(self.indexer, texts)
        return self._composable(found, new)

    def _composable(self, found: IndexedTexts, new: list[str]) -> ReadTexts:
        """Leave out the new words that nothing can be composed for, and number the others anew."""
        first = len(self.indexer)
        kept = np.concatenate(
            [np.zeros(0, bool), *(_have_parts(self.subwords, part) for part in _parts_of(new))]
        )
        places = np.concatenate([np.arange(first), first + np.cumsum(kept) - 1])
        there = np.concatenate([np.ones(first, bool), kept])[found.ids]
        lost = np.zeros(len(found.ids) + 1, np.int64)
        np.cumsum(~there, out=lost[1:])
        borders = lost[found.offsets]
        texts = IndexedTexts(
            places[found.ids[there]].astype(np.int32), found.offsets - borders, np.diff(borders)
        )
        words = [word for word, keep in zip(new, kept.tolist(), strict=True) if keep]
        return ReadTexts(texts, tuple(words))

    def sums(
        self,
        read: ReadTexts,
        weights: NDArray[np.float32],
        *,
        logarithm: bool = False,
        power: int = 1,
        divisor: Divisor = "count",
    ) -> NDArray[np.float32]:
        """Return what :func:`.document_sums` does, float32[N, W].

        Args:
            read: N texts.
            weights: float32[V + n], of the words with a row and of those that are new.
            logarithm: As there.
            power: As there.
            divisor: As there.
        """
        return self._all(
            read,
            weights,
            lambda ids, offsets, rows: document_sums(
                ids, offsets, rows, logarithm=logarithm, power=power, divisor=divisor
            ),
        )

    def extremes(
        self, read: ReadTexts, weights: NDArray[np.float32], *, greatest: bool
    ) -> NDArray[np.float32]:
        """Return what :func:`.document_extremes` does, float32[N, W]."""
        return self._all(
            read,
            weights,
            lambda ids, offsets, rows: document_extremes(ids, offsets, rows, greatest=greatest),
        )

    def _all(self, read: ReadTexts, weights: NDArray[np.float32], work: Any) -> NDArray[np.float32]:
        texts, table = read.texts, len(self.rows)
        if not read.new:
            return work(texts.ids, texts.offsets, WordRows(self.rows, weights, FIRST_WORD))
        found = np.empty((len(texts), self.rows.shape[1]), np.float32)
        for begin, end in _runs(texts.offsets):
            offsets = texts.offsets[begin : end + 1]
            ids = texts.ids[offsets[0] : offsets[-1]] - FIRST_WORD
            used = np.flatnonzero(np.bincount(ids, minlength=table + len(read.new)))
            place = np.zeros(table + len(read.new), np.int32)
            place[used] = np.arange(len(used), dtype=np.int32)
            own = np.searchsorted(used, table)
            rows = np.empty((len(used), self.rows.shape[1]), np.float32)
            rows[:own] = self.rows[used[:own]]
            if own < len(used) and self.subwords is not None:
                rows[own:] = self.subwords.vectors([read.new[i - table] for i in used[own:]])
            part = WordRows(rows, weights[used])
            found[begin:end] = work(place[ids], offsets - offsets[0], part)
        return found


def _have_parts(subwords: Subwords | None, words: list[str]) -> NDArray[np.bool_]:
    """Return bool[n], which words have an n-gram with a row."""
    able = np.array([_encodable(word) for word in words], bool)
    if subwords is None or not able.any():
        return np.zeros(len(words), bool)
    starts, _ = subwords.rows_of(PackedWords.of([w for w, a in zip(words, able, strict=True) if a]))
    able[able] = np.diff(starts) > 0
    return able


def _encodable(word: str) -> bool:
    try:
        return bool(word.encode())
    except UnicodeEncodeError:  # a lone surrogate: no UTF-8, no n-grams
        return False


def _parts_of(words: list[str]) -> Iterator[list[str]]:
    return (words[begin : begin + _COMPOSED] for begin in range(0, len(words), _COMPOSED))


def _runs(offsets: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield borders of runs of documents of about :data:`_PART` words."""
    begin, last = 0, len(offsets) - 1
    while begin < last:
        end = int(np.searchsorted(offsets, offsets[begin] + _PART))
        end = min(max(end, begin + 1), last)
        yield begin, end
        begin = end
