"""What is about to be written: words that the format can hold, and their rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..errors import UnwritableWordError, VectorFormatError
from ..packed_rows import PackedRows, Rows, row_blocks

if TYPE_CHECKING:
    from ..vectors import WordVectors

Unfit = Literal["error", "replace", "skip"]

SPACES = re.compile(r"[ \t\n\v\f\r\0]+")
"""What ends a word in formats made for C's ``scanf``, and the end of a string in C."""


@dataclass(frozen=True)
class Outgoing:
    """Words and rows on their way out.

    Attributes:
        words: V words, each of which the format can hold.
        rows: float32[V, D], or packed.
        counts: int64[V], ``None`` where not known.
        source: The vectors they come from: the tokeniser, notes and subwords are there.
        language: spaCy's code of the language, for formats that bring a tokeniser of spaCy's.
        progress: Called now and then with rows written and rows in all.
    """

    words: Sequence[str]
    rows: Rows
    counts: np.ndarray | None
    source: WordVectors
    language: str = "en"
    progress: Callable[[int, int], None] | None = None

    @property
    def dimension(self) -> int:
        """D."""
        return int(self.rows.shape[1])

    @property
    def all_lower(self) -> bool:
        """Whether no word has a letter that lower case would change."""
        return all(word == word.lower() for word in self.words)

    def blocks(self, block_bytes: int) -> Iterator[tuple[slice, np.ndarray]]:
        """Walk over the rows.

        Args:
            block_bytes: About how many bytes of numbers to a block.

        Yields:
            Where the block is, and float32[n, D], finite.

        Raises:
            VectorFormatError: A row of a mapped file has NaN or an infinite number.
        """
        step = max(1, block_bytes // (4 * self.dimension))
        for part, rows in row_blocks(self.rows, step):
            if not np.isfinite(rows).all():
                row = part.start + int(np.argwhere(~np.isfinite(rows))[0][0])
                raise VectorFormatError(
                    f"the vector of {self.words[row]!r} (row {row}) has NaN or an infinite number",
                    path=self.source.path or "vectors in memory",
                )
            yield part, rows
            if self.progress is not None:
                self.progress(part.stop, len(self.words))

    def matrix(self) -> np.ndarray:
        """Return float32[V, D], finite: a new array that the receiver may change."""
        matrix = np.empty((len(self.words), self.dimension), np.float32)
        for part, rows in self.blocks(1 << 22):
            matrix[part] = rows
        return matrix


@dataclass(frozen=True)
class Fit:
    """What became of the words that a format can't hold.

    Attributes:
        outgoing: What will be written.
        replaced: (word, what is written for it).
        skipped: Words that are left out.
    """

    outgoing: Outgoing
    replaced: tuple[tuple[str, str], ...] = ()
    skipped: tuple[str, ...] = ()


def fitted(whole: Outgoing, *, format: str, refused: re.Pattern[str] | None, unfit: Unfit) -> Fit:
    """Return what of ``whole`` will be written, as the caller chose.

    Args:
        whole: All words and rows.
        format: Its name, for the message.
        refused: What no word of the format may hold; ``None`` if it holds any word.
        unfit: Raise, write ``_`` for what is refused, or leave such words out. A word whose
            replacement is in the vocabulary already is left out: no row may stand for two.

    Raises:
        UnwritableWordError: Some words can't be held and ``unfit="error"``.
    """
    words = whole.words
    if refused is None or not refused.search("".join(words)):
        return Fit(whole)
    rows = [row for row, word in enumerate(words) if refused.search(word)]
    signs = _named({sign for row in rows for sign in "".join(refused.findall(words[row]))})
    if unfit == "error":
        raise UnwritableWordError([words[row] for row in rows], format=format, signs=signs)
    taken, changed = set(words), list(words)
    replaced: list[tuple[str, str]] = []
    skipped: list[int] = []
    for row in rows:
        written = refused.sub("_", words[row])
        if unfit == "skip" or written in taken:
            skipped.append(row)
            continue
        taken.add(written)
        changed[row] = written
        replaced.append((words[row], written))
    if len(skipped) == len(words):
        raise UnwritableWordError(words, format=format, signs=signs)
    return Fit(
        _without(replace(whole, words=changed), skipped),
        tuple(replaced),
        tuple(words[row] for row in skipped),
    )


def _named(signs: set[str]) -> str:
    names = {" ": "spaces", "\t": "tabs", "\0": "NUL characters"}
    return " or ".join(sorted({names.get(sign, "line ends") for sign in signs}))


def _without(whole: Outgoing, skipped: Sequence[int]) -> Outgoing:
    if not skipped:
        return whole
    kept = np.delete(np.arange(len(whole.words)), skipped)
    return replace(
        whole,
        words=[whole.words[row] for row in kept.tolist()],
        rows=whole.rows.take(kept) if isinstance(whole.rows, PackedRows) else whole.rows[kept],
        counts=None if whole.counts is None else whole.counts[kept],
    )
