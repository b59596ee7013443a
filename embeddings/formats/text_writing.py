"""Vectors as text: word2vec, GloVe, tab-separated.

Every number is written with the fewest digits that give the same float32 when read. Blocks of rows
are turned into text by several threads and written in order; memory holds a few blocks.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..atomic import atomic_writer
from ..kernels.shortest import NUMBER_BYTES, text_rows
from ..words import pack_words
from .outgoing import Outgoing

_BLOCK_BYTES = 1 << 20  # of numbers; their text is two to three times as long
_BYTE_ORDER_MARK = "\ufeff"
_MOST_WORKERS = 8  # the disk is slower than these


def write_word2vec(outgoing: Outgoing, path: Path) -> tuple[str, ...]:
    """Write word2vec text, the layout of fastText's ``.vec`` too: a header, then a word a line."""
    with atomic_writer(path) as file:
        file.write(f"{len(outgoing.words)} {outgoing.dimension}\n".encode())
        write_lines(file, outgoing)
    return ()


def write_glove(outgoing: Outgoing, path: Path) -> tuple[str, ...]:
    """Write GloVe text: the lines of word2vec text, no header."""
    with atomic_writer(path) as file:
        if outgoing.words[0].startswith(_BYTE_ORDER_MARK):
            file.write(_BYTE_ORDER_MARK.encode())  # taken for one, so that the word keeps its own
        write_lines(file, outgoing)
    return ()


def write_lines(
    file: BinaryIO, outgoing: Outgoing, *, separator: str = " ", with_words: bool = True
) -> None:
    """Write a line for every row: word and numbers.

    Args:
        file: Where to write; its position moves on.
        outgoing: Words that don't hold the separator, and rows.
        separator: One ASCII character.
        with_words: Write the words, or the numbers only.
    """
    for text in _in_order(outgoing, separator=ord(separator), with_words=with_words):
        file.write(text)


def _in_order(outgoing: Outgoing, *, separator: int, with_words: bool) -> Iterator[memoryview]:
    """Yield the text of the blocks in order, made by threads a few blocks ahead."""
    workers = min(_MOST_WORKERS, os.cpu_count() or 1)
    waiting: deque[Future[memoryview]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for part, rows in outgoing.blocks(_BLOCK_BYTES):
            words = outgoing.words[part] if with_words else [""] * len(rows)
            waiting.append(pool.submit(_text, words, rows, separator))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _text(words: Sequence[str], rows: np.ndarray, separator: int) -> memoryview:
    joined, offsets = pack_words(words)
    out = np.empty(len(joined) + len(rows) * (rows.shape[1] * NUMBER_BYTES + 2), np.uint8)
    # Copies: the kernel is compiled for writable arrays, and a map is read here, by a thread.
    bits = np.array(rows, np.float32, order="C").view(np.uint32)
    used = text_rows(bits, joined.copy(), offsets, separator, out)
    return out[:used].data
