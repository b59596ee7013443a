"""The token file while it is being made: provisional ids to disk, renamed in place at the end."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .kernels.encode import remap_tokens, split_sentences

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Kept:
    """What is left of a corpus: tokens, sentences, and the SHA-256 over both files' content."""

    tokens: int
    sentences: int
    digest: str


class TokenSpool:
    """Counts words and writes their provisional ids and the sentence borders to two files.

    When the vocabulary is pruned, ids are packed anew: everything written before belongs to an
    earlier *era* with its own table of ids, kept on disk. Memory never grows with the corpus.

    Args:
        tokens_path: Receives int32 ids.
        offsets_path: Receives int64 sentence borders, the leading 0 included.
        limit: Most tokens in a sentence.

    Attributes:
        counts: int64[n], occurrences by provisional id of the present era.
    """

    def __init__(self, tokens_path: Path, offsets_path: Path, *, limit: int) -> None:
        self._paths = (tokens_path, offsets_path)
        self._limit = limit
        self._files = ExitStack()
        self._tokens = self._files.enter_context(tokens_path.open("wb"))
        self._offsets = self._files.enter_context(offsets_path.open("wb"))
        self._offsets.write(np.zeros(1, np.int64).tobytes())
        self._state = np.zeros(6, np.int64)
        self._eras: list[tuple[int, Path]] = []
        self._token_buffer = np.empty(0, np.int32)
        self._border_buffer = np.empty(0, np.int64)
        self.counts = np.zeros(1 << 16, np.int64)

    @property
    def tokens_read(self) -> int:
        """Tokens taken so far."""
        return int(self._state[0])

    @property
    def empty_lines(self) -> int:
        """Lines or records without a token."""
        return int(self._state[3])

    @property
    def cuts(self) -> int:
        """Cuts made because a line had more than ``limit`` tokens."""
        return int(self._state[4])

    def add(self, ids: NDArray[np.int32], *, words: int) -> None:
        """Take provisional ids, -1 where a line ends.

        Args:
            ids: int32[n].
            words: How many provisional ids there are.
        """
        if words > len(self.counts):
            counts = np.zeros(max(words, 2 * len(self.counts)), np.int64)
            counts[: len(self.counts)] = self.counts
            self.counts = counts
        if len(ids) > len(self._token_buffer):
            self._token_buffer = np.empty(len(ids), np.int32)
            self._border_buffer = np.empty(len(ids), np.int64)
        taken = split_sentences(
            ids, self._limit, self.counts, self._token_buffer, self._border_buffer, self._state
        )
        self._tokens.write(self._token_buffer[:taken].data)
        self._offsets.write(self._border_buffer[: int(self._state[5])].data)

    def new_era(self, new_ids: NDArray[np.int32]) -> None:
        """Go on with other ids.

        Args:
            new_ids: int32[n], the new id of every old one, -1 for a word that was dropped.
        """
        path = self._paths[0].with_suffix(f".era{len(self._eras)}.partial")
        new_ids.tofile(path)
        self._eras.append((self.tokens_read, path))
        kept = new_ids >= 0
        counts = np.zeros(len(self.counts), np.int64)
        counts[new_ids[kept]] = self.counts[: len(new_ids)][kept]
        self.counts = counts

    def finish(self, remap: NDArray[np.int32], *, offsets_out: Path) -> Kept:
        """Rename all tokens in place, drop those without a new id, and close the files.

        The last line must have been ended.

        Args:
            remap: int32[n], final id of every provisional one, -1 to drop.
            offsets_out: Receives the final int64 borders, the leading 0 included.
        """
        self._files.close()
        tokens_path, offsets_path = self._paths
        old_borders = np.memmap(offsets_path, np.int64, "r")
        digest = hashlib.sha256()
        moved = np.zeros(2, np.int64)
        out = np.empty(_BLOCK, np.int32)
        begin, seen, sentences = 0, 1, 0
        with (
            tokens_path.open("rb") as tokens_in,
            tokens_path.open("rb+") as tokens_out,
            offsets_out.open("wb") as borders_out,
        ):
            borders_out.write(np.zeros(1, np.int64).tobytes())
            for end, table in self._composed(remap):
                while begin < end:
                    ids = np.fromfile(tokens_in, np.int32, min(_BLOCK, end - begin))
                    stop = int(np.searchsorted(old_borders, begin + len(ids), side="right"))
                    borders = np.array(old_borders[seen:stop])
                    laid_borders = np.empty(len(borders), np.int64)
                    kept, laid = remap_tokens(ids, borders, begin, table, moved, out, laid_borders)
                    for file, data in (
                        (tokens_out, out[:kept].data),
                        (borders_out, laid_borders[:laid].data),
                    ):
                        file.write(data)
                        digest.update(data)
                    sentences += laid
                    seen = stop
                    begin += len(ids)
            tokens_out.truncate()
            for file in (tokens_out, borders_out):
                file.flush()
                os.fsync(file.fileno())
        self.discard()
        return Kept(tokens=int(moved[0]), sentences=sentences, digest=digest.hexdigest())

    def discard(self) -> None:
        """Close the files and remove what only the making needs."""
        for _, path in self._eras:
            path.unlink(missing_ok=True)
        self._files.close()

    def _composed(self, last: NDArray[np.int32]) -> Iterator[tuple[int, NDArray[np.int32]]]:
        """Yield for each era, in order, its end and its table from its own ids to final ones."""
        after = last
        for _, path in reversed(self._eras):
            table = np.fromfile(path, np.int32)
            dropped = table < 0
            table = after[table]
            table[dropped] = -1
            table.tofile(path)
            after = table
        for end, path in self._eras:
            yield end, np.fromfile(path, np.int32)
        yield self.tokens_read, last
