"""Text files of vectors: a word and its numbers a line, below a header (word2vec) or not (GloVe).

Words may hold spaces: the last D fields of a line are its numbers, what stands before is the word.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import closing
from dataclasses import dataclass

from ..errors import VectorFormatError
from .gathering import Gathering
from .packed import HEAD_BYTES, Opened
from .reader import Loaded, LoadOptions
from .report import Findings
from .text_blocks import Rows, is_number, line_blocks, read_blocks

_BOM = b"\xef\xbb\xbf"
_HEADER = re.compile(rb"[ \t]*([0-9]{1,18})[ \t]+([0-9]{1,18})[ \t]*\r?\n")
_SAMPLE = 50  # lines looked at to tell the shape of a file
_LARGEST_SIZE = 1 << 23  # numbers in a line: a line has at most 16 MiB


@dataclass(frozen=True)
class _Shape:
    """What the first bytes of a text file tell.

    Attributes:
        skip: Bytes before the first row: a byte order mark, a header.
        header: Rows and dimension that a header line announces, ``None`` where there is none.
        sizes: How many numbers end a line, over the first lines.
        plain: No number among these lines has a point or an exponent.
    """

    skip: int
    header: tuple[int, int] | None
    sizes: Counter[int]
    plain: bool

    @property
    def size(self) -> int | None:
        """The dimension that most lines have, ``None`` where they don't agree."""
        if not self.sizes:
            return None
        size, lines = self.sizes.most_common(1)[0]
        return size if size and 2 * lines > self.sizes.total() else None


def _shape(head: bytes) -> _Shape:
    skip = len(_BOM) if head.startswith(_BOM) else 0
    found = _HEADER.match(head, skip)
    header = (int(found[1]), int(found[2])) if found else None
    skip = found.end() if found else skip
    lines = head[skip:].split(b"\n", _SAMPLE)[:_SAMPLE]
    if len(lines) > 1 or len(head) == HEAD_BYTES:
        lines.pop()  # it may go on behind the head
    sizes = Counter[int]()
    plain = True
    for line in lines:
        fields = line.split()
        if not fields:
            continue
        numbers = 0
        for field in reversed(fields[1:]):
            if not is_number(field):
                break
            numbers += 1
        sizes[numbers] += 1
        plain = plain and all(field.isdigit() for field in fields[1:])
    return _Shape(skip, header, sizes, plain)


def sniff_word2vec_text(head: bytes) -> bool:
    """Tell whether a file begins with a header line and goes on with lines of numbers."""
    shape = _shape(head)
    return shape.header is not None and (not shape.sizes or any(shape.sizes))


def sniff_glove(head: bytes) -> bool:
    """Tell whether most of the first lines are a word and equally many numbers.

    One whole number a line is more likely a list of words with their counts.
    """
    shape = _shape(head)
    size = shape.size
    return shape.header is None and size is not None and not (size == 1 and shape.plain)


def read_word2vec_text(source: Opened, *, options: LoadOptions, findings: Findings) -> Loaded:
    """Read a text file with a header line, as word2vec, fastText (``.vec``) and gensim write."""
    shape = _shape(source.head)
    if shape.header is None:
        raise VectorFormatError(
            "expected a first line with two whole numbers, of rows and of numbers in a row, found "
            f"{source.head.partition(bytes([10]))[0][:40]!r}",
            path=source.path,
            line=1,
            hint='A file without such a line is read with format="glove"',
        )
    rows, size = shape.header
    findings.rows_in_file = rows
    if not 1 <= size <= _LARGEST_SIZE or (shape.sizes and not shape.sizes[size]):
        found = f"{shape.size} in most lines" if shape.size else "other numbers of them"
        raise VectorFormatError(
            f"the header announces {rows:,} rows of {size:,} numbers, found {found}",
            path=source.path,
            line=1,
            hint="The file is damaged, or of another format",
        )
    gathering = Gathering(size, options=options, findings=findings)
    complete = _read_lines(source, shape.skip, 1, gathering, findings)
    total = len(gathering) + findings.duplicates + findings.skipped_count
    if complete and options.vocabulary is None and total != rows:
        said = f"the header announces {rows:,} rows, the file has {total:,}"
        findings.cut(said) if total < rows else findings.wrong(said)
    return gathering.loaded()


def read_glove(source: Opened, *, options: LoadOptions, findings: Findings) -> Loaded:
    """Read a text file without a header line, as GloVe writes."""
    shape = _shape(source.head)
    size = shape.size
    if shape.header is not None:
        shape = _Shape(0, None, shape.sizes, shape.plain)
    if size is None:
        raise VectorFormatError(
            "expected a word and equally many numbers in every line, found lines that don't agree",
            path=source.path,
            line=1,
        )
    gathering = Gathering(size, options=options, findings=findings)
    _read_lines(source, shape.skip, 0, gathering, findings)
    return gathering.loaded()


def _read_lines(
    source: Opened, skip: int, line: int, gathering: Gathering, findings: Findings
) -> bool:
    """Read the lines behind a header of ``line`` lines; tells whether all of them were read."""
    pieces = source.pieces()
    whole = True
    blocks = line_blocks(pieces, skip=skip, path=source.path)
    with closing(read_blocks(blocks, gathering.size)) as results:
        for stretches in results:
            for rows in stretches:
                if not len(gathering) and source.size is not None:
                    per_row = rows.done / max(1, len(rows.lines))
                    gathering.reserve(int(1.05 * source.size / per_row) + 16)
                _take(rows, line + 1, gathering, findings)
                if gathering.full:
                    return False
                whole = rows.ends_with_line
            line += stretches[-1].line_count
    if pieces.broken:
        findings.cut(f"the packed data ends too early ({pieces.broken})")
    elif not whole:
        findings.cut("the last line has no line end", line)
    return True


def _take(rows: Rows, first_line: int, gathering: Gathering, findings: Findings) -> None:
    lines = rows.lines + first_line
    words, kept = gathering.decode(rows.text, rows.offsets, lines)
    vectors = rows.vectors
    if kept is not None:
        lines, vectors = lines[kept], vectors[kept]
    for line, reason in rows.bad:
        findings.skip(first_line + line, reason)
    gathering.add(words, lines, vectors)
