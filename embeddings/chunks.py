"""Ids of a text through a tokeniser that runs once per distinct chunk.

Natural text repeats itself: a chunk such as ``"word,"`` is tokenised the first time it is seen and
looked up in compiled code ever after. What a word is stays the tokeniser's business alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .kernels.encode import expand_chunks, rebuild_table, scan_chunks
from .tokenizers import Tokenizer

_Number = TypeVar("_Number", np.uint8, np.int32, np.int64)

_MOST_CHUNKS = 1 << 21
_MOST_BYTES = 64 << 20
_IDS = 1 << 18


class WordIndex(dict[str, int]):
    """Word ids; a word looked up for the first time takes the next id."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


class ChunkEncoder:
    """Turns prepared text into word ids.

    Args:
        tokenizer: A chunkwise tokeniser.
        index: Gives words their ids, shared with the caller.
        most_chunks: Forget all chunks when more are known; bounds memory, changes no result.
    """

    def __init__(
        self, tokenizer: Tokenizer, index: WordIndex, *, most_chunks: int = _MOST_CHUNKS
    ) -> None:
        self._tokenizer, self._index = tokenizer, index
        self._most_chunks = most_chunks
        self._ids = np.empty(_IDS, np.int32)
        self._out = np.empty(2 * _IDS, np.int32)
        self._state = np.zeros(3, np.int64)
        self._arena = np.empty(1 << 20, np.uint8)
        self._offsets = np.zeros((1 << 15) + 1, np.int64)
        self._table = np.full(1 << 16, -1, np.int64)
        self._borders = np.zeros((1 << 15) + 1, np.int64)
        self._words = np.empty(1 << 15, np.int32)
        self._expanded = 0

    @property
    def known(self) -> int:
        """Distinct chunks held at present."""
        return int(self._state[0])

    def forget(self) -> None:
        """Drop all known chunks: needed when ids in the index have changed."""
        self._table.fill(-1)
        self._state[0] = 0
        self._expanded = 0

    def ids(self, text: bytes) -> Iterator[NDArray[np.int32]]:
        """Yield the ids of ``text`` in pieces, -1 where a line ends.

        A piece is overwritten by the next one.

        Args:
            text: UTF-8, already run through the tokeniser's ``prepare``.
        """
        block = np.frombuffer(text, np.uint8)
        at = 0
        if self.known > self._most_chunks or self._offsets[self.known] > _MOST_BYTES:
            self.forget()
        while at < len(text):
            at = scan_chunks(
                block, at, self._arena, self._offsets, self._table, self._ids, self._state
            )
            written, wanted = int(self._state[1]), int(self._state[2])
            self._tokenize_new()
            if written:
                yield self._expand(self._ids[:written])
            if wanted:
                self._grow(wanted)

    def _tokenize_new(self) -> None:
        known, before = self.known, self._expanded
        if known == before:
            return
        start, end = int(self._offsets[before]), int(self._offsets[known])
        chunks = self._arena[start : end - 1].tobytes().decode().split(" ")
        tokens, lengths = self._tokenizer.chunk_tokens(chunks)
        first = int(self._borders[before])
        last = first + len(tokens)
        if last > len(self._words):
            self._words = _longer(self._words, last)
        self._words[first:last] = list(map(self._index.__getitem__, tokens))
        np.cumsum(lengths, out=self._borders[before + 1 : known + 1])
        self._borders[before + 1 : known + 1] += first
        self._expanded = known

    def _expand(self, chunks: NDArray[np.int32]) -> NDArray[np.int32]:
        needed = expand_chunks(chunks, self._borders, self._words, self._out)
        if needed > len(self._out):
            self._out = np.empty(needed, np.int32)
            expand_chunks(chunks, self._borders, self._words, self._out)
        return self._out[:needed]

    def _grow(self, wanted: int) -> None:
        known = self.known
        used = int(self._offsets[known])
        if used + wanted > len(self._arena):
            self._arena = _longer(self._arena, used + wanted)
        if known >= len(self._offsets) - 1:
            self._offsets = _longer(self._offsets, len(self._offsets) + 1)
            self._borders = _longer(self._borders, len(self._offsets))
            self._table = np.full(2 * len(self._table), -1, np.int64)
            rebuild_table(self._arena, self._offsets, known, self._table)


def _longer(array: NDArray[_Number], size: int) -> NDArray[_Number]:
    bigger = np.empty(max(size, 2 * len(array) - len(array) % 2), array.dtype)
    bigger[: len(array)] = array
    return bigger
