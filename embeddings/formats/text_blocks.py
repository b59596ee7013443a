"""Lines of text, a block at a time, read to rows by several threads at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ..errors import VectorFormatError
from ..kernels.text_rows import (
    BAD,
    FEW,
    LARGE,
    LINES,
    MANY,
    ROWS,
    UNSURE_NUMBERS,
    read_rows,
)
from ..ranking import cores
from .gathering import Stretch, joined_words
from .header import trailing_numbers
from .packed import Pieces

_PIECE_BYTES = 1 << 22
_LONGEST_LINE = 1 << 24
_BUFFER_NUMBERS = 1 << 20
_MOST_BAD = 256
_LEAST_UNSURE = 256
_MOST_THREADS = 16
_NEWLINE = 10


@dataclass(frozen=True)
class LineStretch(Stretch):
    """Rows of a stretch of lines, which are numbered from 0 within their block.

    Attributes:
        line_count: Lines of the block up to the end of this stretch.
        done: Bytes of the block up to there.
        ends_with_line: Whether the last of them is a line end.
    """

    line_count: int
    done: int
    ends_with_line: bool


def line_blocks(pieces: Pieces, *, skip: int, path: Path) -> Iterator[np.ndarray]:
    """Cut a file into blocks of whole lines; the last one may lack its line end.

    Args:
        pieces: The file, from its start.
        skip: Bytes to leave out at the start: a byte order mark and a header.
        path: The file, for messages.

    Raises:
        VectorFormatError: A line is longer than 16 MiB.
    """
    kept = 0
    first = True
    while not pieces.ended or first:
        piece = pieces.take(kept, size=_PIECE_BYTES)
        if first:
            piece, first = piece[skip:], False
        cut = len(piece) if pieces.ended else _last_line_end(piece, kept)
        kept = len(piece) - cut
        if kept > _LONGEST_LINE:
            raise VectorFormatError(
                f"no line end within {kept:,} bytes", path=path, hint="It is no file of vectors"
            )
        if cut:
            yield piece[:cut]


def _last_line_end(piece: np.ndarray, searched: int) -> int:
    """Return the byte behind the last line end, 0 for none; there is none in the first bytes."""
    step = 1 << 16
    for end in range(len(piece), searched, -step):
        begin = max(searched, end - step)
        found = np.flatnonzero(piece[begin:end] == _NEWLINE)
        if len(found):
            return begin + int(found[-1]) + 1
    return 0


def read_blocks(blocks: Iterator[np.ndarray], size: int) -> Generator[list[LineStretch]]:
    """Read blocks of lines in several threads; results come in the order of the file.

    Args:
        blocks: uint8[n] each, whole lines.
        size: D.

    Yields:
        For each block its stretches.
    """
    threads = min(_MOST_THREADS, cores())
    waiting: deque[Future[list[LineStretch]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for block in blocks:
                waiting.append(pool.submit(_read_block, block, size))
                if len(waiting) > threads + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _read_block(block: np.ndarray, size: int) -> list[LineStretch]:
    room = min(len(block) // (2 * size + 1) + 1, max(1, _BUFFER_NUMBERS // size))
    bad = np.empty((_MOST_BAD, 4), np.int64)
    unsure = np.empty((max(_LEAST_UNSURE, size), 4), np.int64)
    state = np.zeros(4, np.int64)
    stretches: list[LineStretch] = []
    done = 0
    while done < len(block):
        rows, words = np.empty((room, size), np.float32), np.empty((room, 3), np.int64)
        done = read_rows(block, done, len(block), rows, words, bad, unsure, state)
        problems = [
            (line, partial(_reason, kind, block[begin:end], size))
            for kind, line, begin, end in bad[: state[BAD]].tolist()
        ]
        rows, words = rows[: state[ROWS]], words[: state[ROWS]]
        large = _settle(rows, block, unsure[: state[UNSURE_NUMBERS]])
        if large:
            line = words[large, 2].tolist()
            problems += [(number, partial(_reason, LARGE, block[:0], size)) for number in line]
            rows, words = np.delete(rows, large, axis=0), np.delete(words, large, axis=0)
        text, offsets = joined_words(block, words)
        stretches.append(
            LineStretch(
                rows,
                text,
                offsets,
                words[:, 2],
                problems,
                line_count=int(state[LINES]),
                done=done,
                ends_with_line=bool(block[done - 1] == _NEWLINE),
            )
        )
    return stretches


def _settle(rows: np.ndarray, block: np.ndarray, unsure: np.ndarray) -> list[int]:
    """Read numbers of very many digits exactly, into ``rows``.

    Returns:
        The rows with one that float32 can't hold, in order.
    """
    large: set[int] = set()
    for row, column, begin, end in unsure.tolist():
        with np.errstate(over="ignore"):
            value = np.float32(float(block[begin:end].tobytes()))
        rows[row, column] = value
        if not np.isfinite(value):
            large.add(row)
    return sorted(large)


def _reason(kind: int, line: np.ndarray, size: int) -> str:
    """Say why a line is no row."""
    expected = f"expected a word and {size} numbers"
    fields = line.tobytes().split()
    if kind == LARGE:
        return f"{expected}, found one that float32 can't hold"
    numbers = trailing_numbers(fields)
    if kind == FEW and len(fields) > size:
        return f"{expected}, found {fields[-numbers - 1][:40]!r} where a number belongs"
    return f"{expected}, found {numbers if kind == MANY else len(fields) - 1}"
