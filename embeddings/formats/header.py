"""The header line of word2vec's files, and what the first lines of a text file tell."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from .packed import HEAD_BYTES

LARGEST_SIZE = 1 << 23
"""No format has rows of more numbers; so no buffer is made for what a header claims beyond it."""

_NUMBER = re.compile(rb"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_BOM = b"\xef\xbb\xbf"
_HEADER = re.compile(rb"[ \t]*([0-9]{1,18})[ \t]+([0-9]{1,18})[ \t]*\r?\n")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SAMPLE = 50  # lines looked at


@dataclass(frozen=True)
class Shape:
    """What the first bytes of a file tell.

    Attributes:
        skip: Bytes before the first row: a byte order mark, a header.
        header: Rows and dimension that a header line announces, ``None`` where there is none.
        sizes: How many numbers end a line, over the first lines.
        counts: Every number of these lines is a whole one.
        wordless: Every one of these lines begins with a number that has a point.
        readable: These lines have no control characters, and are UTF-8.
    """

    skip: int
    header: tuple[int, int] | None
    sizes: Counter[int]
    counts: bool
    wordless: bool
    readable: bool

    @property
    def size(self) -> int | None:
        """The dimension that most lines have, ``None`` where they don't agree."""
        if not self.sizes:
            return None
        size, lines = self.sizes.most_common(1)[0]
        return size if size and 2 * lines > self.sizes.total() else None

    @property
    def is_text(self) -> bool:
        """Whether the rows are lines of text rather than binary numbers."""
        return self.readable or 2 * self.sizes[0] < self.sizes.total()


def shape_of(head: bytes) -> Shape:
    """Look at the first bytes of a file."""
    skip = len(_BOM) if head.startswith(_BOM) else 0
    found = _HEADER.match(head, skip)
    header = (int(found[1]), int(found[2])) if found else None
    skip = found.end() if found else skip
    lines = head[skip:].split(b"\n", _SAMPLE)[:_SAMPLE]
    if len(lines) > 1 or len(head) == HEAD_BYTES:
        lines.pop()  # it may go on behind the head
    sizes = Counter[int]()
    counts = wordless = True
    for line in lines:
        fields = line.split()
        if fields:
            sizes[trailing_numbers(fields)] += 1
            counts = counts and all(field.isdigit() for field in fields[1:])
            wordless = wordless and b"." in fields[0] and bool(_NUMBER.fullmatch(fields[0]))
    sample = b"\n".join(lines)
    readable = _CONTROL.search(sample) is None
    try:
        sample.decode()
    except UnicodeDecodeError:
        readable = False
    return Shape(skip, header, sizes, counts, wordless, readable)


def trailing_numbers(fields: list[bytes]) -> int:
    """Return how many of the fields behind the first are numbers, counted from the last one."""
    numbers = 0
    for field in reversed(fields[1:]):
        if _NUMBER.fullmatch(field) is None:
            break
        numbers += 1
    return numbers
