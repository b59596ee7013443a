"""Rows as they come from a file, made into one table: wanted words, the first row of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import VectorFormatError
from ..kernels.text_rows import join_words
from ..words import WordList, unpack_words
from .reader import Loaded, LoadOptions
from .report import Findings

NO_WORD = "expected a word, found none"
_GROWTH = 1.25


@dataclass(frozen=True)
class Stretch:
    """Rows that stand one after the other in a file.

    Attributes:
        vectors: float32[n, D], finite.
        text: uint8[b], the words joined.
        offsets: int64[n + 1], their borders; no word is empty.
        lines: int64[n], numbers of the rows' lines.
        bad: Number of the line and why it is no row, for all that are none.
    """

    vectors: np.ndarray
    text: np.ndarray
    offsets: np.ndarray
    lines: np.ndarray
    bad: Sequence[tuple[int, str | Callable[[], str]]]


def joined_words(data: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Copy words one after the other.

    Args:
        data: uint8[n].
        places: int64[R, ...], first byte and end of each word.

    Returns:
        uint8[b] with the words, and int64[R + 1] with their borders.
    """
    text = np.empty(int((places[:, 1] - places[:, 0]).sum()), np.uint8)
    offsets = np.empty(len(places) + 1, np.int64)
    join_words(data, np.ascontiguousarray(places[:, :2]), text, offsets)
    return text, offsets


class Gathering:
    """Collects rows in file order until the limit is reached.

    Args:
        size: D.
        options: Which rows are wanted, and how words are decoded.
        findings: Told of repeated and repaired words.
    """

    def __init__(self, size: int, *, options: LoadOptions, findings: Findings) -> None:
        self._options, self._findings = options, findings
        self._words: list[str] = []
        self._seen: set[str] = set()
        self._rows = np.empty((0, size), np.float32)

    def __len__(self) -> int:
        return len(self._words)

    @property
    def size(self) -> int:
        """D."""
        return self._rows.shape[1]

    @property
    def full(self) -> bool:
        """Whether nothing more is wanted: the limit is reached, or all wanted words are there."""
        wanted, limit = self._options.vocabulary, self._options.limit
        return len(self) == limit or (wanted is not None and len(self) == len(wanted))

    def reserve(self, rows: int) -> None:
        """Make room for about so many rows in all.

        A guess from the size of the file, never a number that it claims; what isn't used takes
        addresses, but no memory.
        """
        wanted, limit = self._options.vocabulary, self._options.limit
        rows = min(rows, rows if limit is None else limit, rows if wanted is None else len(wanted))
        if not len(self):
            self._rows = np.empty((rows, self._rows.shape[1]), np.float32)

    def take(self, stretch: Stretch, *, first: int = 0) -> None:
        """Take the rows of a stretch that are wanted.

        Args:
            stretch: The rows; its arrays are copied.
            first: Added to its numbers of lines, to make them those of the file, from 1.
        """
        lines, rows = stretch.lines + first, stretch.vectors
        try:
            words = unpack_words(stretch.text, stretch.offsets)
        except ValueError:  # some word isn't UTF-8: one by one
            words = self._decoded(stretch.text.tobytes(), stretch.offsets.tolist(), lines)
        places = self._chosen(words, lines)
        end = len(self) + len(places)
        last = int(lines[places[-1]]) if end == self._options.limit else None
        for line, reason in stretch.bad:
            if last is None or first + line < last:  # what is behind the limit isn't looked at
                self._findings.skip(first + line, reason)
        if len(places) < len(words):
            words, rows = [words[place] for place in places], rows[np.array(places, np.int64)]
        begin = len(self)
        if end > len(self._rows):
            room = max(end, int(_GROWTH * len(self._rows)))
            self._rows.resize((room, self.size), refcheck=False)
        self._rows[begin:end] = rows
        self._words += words
        self._seen.update(words)

    def _chosen(self, words: Sequence[str], lines: np.ndarray) -> Sequence[int]:
        """Return which words to take."""
        wanted, limit = self._options.vocabulary, self._options.limit
        places: Sequence[int] = range(len(words))
        if wanted is not None:
            places = [place for place in places if words[place] in wanted]
        room = len(words) if limit is None else limit - len(self)
        new = set(words)
        if len(new) == len(words) and "" not in new and self._seen.isdisjoint(new):
            return places[:room]
        return self._first_of_each(words, lines, places, room)

    def _first_of_each(
        self, words: Sequence[str], lines: np.ndarray, places: Sequence[int], room: int
    ) -> list[int]:
        seen, first = set[str](), list[int]()
        for place in places:
            word = words[place]
            if len(first) == room:
                break
            if not word:
                self._findings.skip(int(lines[place]), NO_WORD)
            elif word in self._seen or word in seen:
                self._findings.duplicate(int(lines[place]), word)
            else:
                seen.add(word)
                first.append(place)
        return first

    def _decoded(self, text: bytes, edges: list[int], lines: np.ndarray) -> list[str]:
        """Decode words by the policy for bytes that are no UTF-8; some may be left empty."""
        words = list[str]()
        for place, (begin, end) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
            data, line = text[begin:end], int(lines[place])
            try:
                words.append(data.decode())
            except UnicodeDecodeError as error:
                if self._options.errors == "strict":
                    raise VectorFormatError(
                        f"the word {data[:60]!r} isn't UTF-8 ({error.reason})",
                        path=self._findings.path,
                        line=line,
                        hint='Pass errors="replace" or errors="ignore" to read on',
                    ) from None
                words.append(data.decode(errors=self._options.errors))
                self._findings.repaired(line, words[-1])
        return words

    def loaded(self) -> Loaded:
        """Return the table.

        Raises:
            VectorFormatError: There is no row; says why.
        """
        if not self._words:
            wanted = self._options.vocabulary is not None
            first = self._findings.skipped[0] if self._findings.skipped else None
            raise VectorFormatError(
                "none of the words asked for is in the file"
                if wanted and not first
                else f"no row could be loaded{f': {first.reason}' if first else ''}",
                path=self._findings.path,
                line=first.line if first else None,
            )
        self._rows.resize((len(self), self._rows.shape[1]), refcheck=False)
        words = tuple(self._words)
        return Loaded(WordList(lambda: words, size=len(words)), self._rows)
