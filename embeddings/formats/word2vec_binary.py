"""word2vec's binary file: a header line, then for each row a word, a space, and D float32.

word2vec.c puts a line end behind each row, gensim doesn't: line ends before a word are no part of
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import VectorFormatError
from ..kernels.binary_rows import read_binary_rows
from .gathering import NO_WORD, Gathering, Stretch, joined_words
from .header import LARGEST_SIZE, shape_of
from .packed import Opened, Pieces
from .reader import Loaded, LoadOptions
from .report import Findings

_PIECE_BYTES = 1 << 22
_BUFFER_NUMBERS = 1 << 18
_NEWLINE, _SPACE = 10, 32
_LONGEST_WORD = 1 << 16
_ODD_SAMPLE = 8  # rows, at least, before odd words are held against the header


def sniff_word2vec_binary(head: bytes) -> bool:
    """Tell whether a file begins with a header line and goes on with binary numbers."""
    shape = shape_of(head)
    return shape.header is not None and not shape.is_text


def read_word2vec_binary(source: Opened, *, options: LoadOptions, findings: Findings) -> Loaded:
    """Read a word2vec binary file, as word2vec.c and gensim write."""
    shape = shape_of(source.head)
    if shape.header is None:
        raise VectorFormatError(
            "expected a first line with two whole numbers, of rows and of numbers in a row, found "
            f"{source.head[:40]!r}",
            path=source.path,
        )
    total, size = shape.header
    findings.rows_in_file = total
    room = None if source.size is None else source.size - shape.skip
    if not 1 <= size <= LARGEST_SIZE or (room is not None and total and room < 4 * size + 2):
        raise VectorFormatError(
            f"the header announces {total:,} rows of {size:,} numbers, which "
            + ("can't be" if room is None else f"{room:,} bytes can't hold one of"),
            path=source.path,
            hint="The file is damaged, or its download or copy was cut",
        )
    gathering = Gathering(size, options=options, findings=findings)
    gathering.reserve(1 if room is None else min(total, room // (4 * size + 2)))
    ended = _End()
    for stretch in _stretches(source.pieces(), shape.skip, total, size, source.path, ended):
        if not len(gathering):
            _check_words(stretch, size, source.path)
        gathering.take(stretch)
        if gathering.full:
            return gathering.loaded()
    if ended.rows < total:
        findings.cut(
            f"the header announces {total:,} rows, the file ends behind {ended.rows:,}"
            + (f" ({ended.broken})" if ended.broken else "")
        )
    elif ended.left:
        findings.wrong(f"there is more behind the {total:,} announced rows, which was not read")
    return gathering.loaded()


@dataclass
class _End:
    """How a file ended: behind how many rows, with more than was wanted, or too early."""

    rows: int = 0
    left: bool = False
    broken: str | None = None


def _stretches(
    pieces: Pieces, skip: int, total: int, size: int, path: Path, end: _End
) -> Iterator[Stretch]:
    """Yield ``total`` rows at most, a stretch at a time; ``end`` is told how the file ended."""
    vectors = np.empty((max(1, _BUFFER_NUMBERS // size), size), np.float32)
    views = vectors.view(np.uint8), vectors.view(np.uint32)
    words, bad = np.empty((len(vectors), 2), np.int64), np.empty(len(vectors), np.bool_)
    piece = pieces.take(size=_PIECE_BYTES)[skip:]
    row = position = 0
    while row < total:
        most = min(total - row, len(vectors))
        found, position = read_binary_rows(
            piece, position, views[0][:most], views[1][:most], words[:most], bad[:most]
        )
        if found:
            yield _stretch(piece, row + 1, words[:found], vectors[:found], bad[:found])
            row += found
            continue
        rest = len(piece) - position
        if rest > 4 * size + _LONGEST_WORD:
            raise VectorFormatError(
                f"expected a word and a space in row {row + 1:,}, found no space within "
                f"{_LONGEST_WORD:,} bytes",
                path=path,
                hint=f"The header announces {size:,} numbers in a row: it or the file is damaged",
            )
        if pieces.ended:
            break
        piece, position = pieces.take(rest, size=_PIECE_BYTES), 0
    end.rows, end.broken = row, pieces.broken
    end.left = not pieces.ended or bool((piece[position:] != _NEWLINE).any())


def _check_words(stretch: Stretch, size: int, path: Path) -> None:
    """Refuse a file where many words are empty or hold control characters: they are numbers."""
    below = np.concatenate([[0], np.cumsum(stretch.text < _SPACE)])[stretch.offsets]
    odd = np.count_nonzero(np.diff(below)) + sum(reason == NO_WORD for _, reason in stretch.bad)
    total = len(stretch.vectors) + len(stretch.bad)
    if total >= _ODD_SAMPLE and 3 * odd > total:
        raise VectorFormatError(
            f"{odd:,} of the first {total:,} words are empty or hold control characters",
            path=path,
            hint=f"The header announces {size:,} numbers in a row: it or the file is damaged",
        )


def _stretch(
    piece: np.ndarray, first: int, words: np.ndarray, vectors: np.ndarray, bad: np.ndarray
) -> Stretch:
    """Leave out what is no row; ``first`` is the number of the first one."""
    lines = np.arange(first, first + len(words))
    empty = words[:, 0] == words[:, 1]
    good = ~(bad | empty)
    problems: list[tuple[int, str | Callable[[], str]]] = [
        (first + place, "a number is NaN or infinite" if bad[place] else NO_WORD)
        for place in np.flatnonzero(~good).tolist()
    ]
    if problems:
        words, vectors, lines = words[good], vectors[good], lines[good]
    text, offsets = joined_words(piece, words)
    return Stretch(vectors, text, offsets, lines, problems)
