"""Rows as they come from a file, made into one table: wanted words, the first row of each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import VectorFormatError
from ..words import WordList, unpack_words
from .reader import Loaded, LoadOptions
from .report import Findings

_GROWTH = 1.25


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

    def add(self, words: Sequence[str], lines: np.ndarray, rows: np.ndarray) -> None:
        """Take more rows.

        Args:
            words: n words, none empty.
            lines: int64[n], their numbers in the file, from 1.
            rows: float32[n, D], finite.
        """
        wanted, limit = self._options.vocabulary, self._options.limit
        places: Sequence[int] = range(len(words))
        if wanted is not None:
            places = [place for place in places if words[place] in wanted]
        room = len(words) if limit is None else limit - len(self)
        if room < len(places) or len(set(words)) < len(words) or not self._seen.isdisjoint(words):
            places = self._first_of_each(words, lines, places, room)
        chosen = words if len(places) == len(words) else [words[place] for place in places]
        begin, end = len(self), len(self) + len(places)
        if end > len(self._rows):
            more = max(end, int(_GROWTH * len(self._rows)))
            self._rows.resize((more, self._rows.shape[1]), refcheck=False)
        self._rows[begin:end] = rows if chosen is words else rows[np.array(places, np.int64)]
        self._words += chosen
        self._seen.update(chosen)

    def _first_of_each(
        self, words: Sequence[str], lines: np.ndarray, places: Sequence[int], room: int
    ) -> list[int]:
        seen, first = set[str](), list[int]()
        for place in places:
            word = words[place]
            if len(first) == room:
                break
            if word in self._seen or word in seen:
                self._findings.duplicate(int(lines[place]), word)
            else:
                seen.add(word)
                first.append(place)
        return first

    def decode(
        self, text: np.ndarray, offsets: np.ndarray, lines: np.ndarray
    ) -> tuple[list[str], np.ndarray | None]:
        """Decode words, by the policy for bytes that are no UTF-8.

        Args:
            text: uint8[b], words joined.
            offsets: int64[n + 1], their borders.
            lines: int64[n], their numbers in the file.

        Returns:
            The words; and int64[m], the places of those that have any character left, ``None``
            where all have.
        """
        try:
            return unpack_words(text, offsets), None
        except ValueError:
            pass  # some word isn't UTF-8: one by one
        words, kept = list[str](), list[int]()
        joined, edges = text.tobytes(), offsets.tolist()
        for place, (begin, end) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
            word = self.decode_one(joined[begin:end], int(lines[place]))
            if word:
                words.append(word)
                kept.append(place)
        return words, np.array(kept, np.int64)

    def decode_one(self, data: bytes, line: int) -> str:
        """Decode one word; the empty string if nothing is left of it, which is then reported.

        Raises:
            VectorFormatError: It isn't UTF-8, and the policy is to raise.
        """
        try:
            word = data.decode()
        except UnicodeDecodeError as error:
            if self._options.errors == "strict":
                raise VectorFormatError(
                    f"the word {data[:60]!r} isn't UTF-8 ({error.reason})",
                    path=self._findings.path,
                    line=line,
                    hint='Pass errors="replace" or errors="ignore" to read on',
                ) from None
            word = data.decode(errors=self._options.errors)
            self._findings.repaired(line, word)
        if not word:
            self._findings.skip(line, "expected a word, found none")
        return word

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
