"""Text files of vectors: a word and its numbers a line, below a header (word2vec) or not (GloVe).

Words may hold spaces: the last D fields of a line are its numbers, what stands before is the word.
"""

from __future__ import annotations

from contextlib import closing

from ..errors import VectorFormatError
from .gathering import Gathering
from .header import LARGEST_SIZE, shape_of
from .packed import Opened
from .reader import Loaded, LoadOptions
from .report import Findings
from .text_blocks import line_blocks, read_blocks


def sniff_word2vec_text(head: bytes) -> bool:
    """Tell whether a file begins with a header line and goes on with lines of numbers."""
    shape = shape_of(head)
    return shape.header is not None and shape.is_text


def sniff_glove(head: bytes) -> bool:
    """Tell whether most of the first lines are a word and equally many numbers.

    One whole number a line is more likely a list of words with their counts, and lines of numbers
    alone are a matrix without words.
    """
    shape = shape_of(head)
    size = shape.size
    is_other = shape.wordless or (size == 1 and shape.counts)
    return shape.header is None and size is not None and not is_other


def read_word2vec_text(source: Opened, *, options: LoadOptions, findings: Findings) -> Loaded:
    """Read a text file with a header line, as word2vec, fastText (``.vec``) and gensim write."""
    shape = shape_of(source.head)
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
    if not 1 <= size <= LARGEST_SIZE or (shape.sizes and not shape.sizes[size]):
        found = f"{shape.size} in most lines" if shape.size else "other numbers of them"
        raise VectorFormatError(
            f"the header announces {rows:,} rows of {size:,} numbers, found {found}",
            path=source.path,
            line=1,
            hint="The file is damaged, or of another format",
        )
    gathering = Gathering(size, options=options, findings=findings)
    complete = read_lines(source, shape.skip, 1, gathering, findings)
    total = len(gathering) + findings.duplicates + findings.skipped_count
    if complete and options.vocabulary is None and total != rows:
        said = f"the header announces {rows:,} rows, the file has {total:,}"
        findings.cut(said) if total < rows else findings.wrong(said)
    return gathering.loaded()


def read_glove(source: Opened, *, options: LoadOptions, findings: Findings) -> Loaded:
    """Read a text file without a header line, as GloVe writes."""
    shape = shape_of(source.head)
    size = shape.size
    if size is None:
        raise VectorFormatError(
            "expected a word and equally many numbers in every line, found lines that don't agree",
            path=source.path,
            line=1,
        )
    gathering = Gathering(size, options=options, findings=findings)
    read_lines(source, shape.skip, int(shape.header is not None), gathering, findings)
    return gathering.loaded()


def read_lines(
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
                gathering.take(rows, first=line + 1)
                if gathering.full:
                    return False
                whole = rows.ends_with_line
            line += stretches[-1].line_count
    if pieces.broken:
        findings.cut(f"the packed data ends too early ({pieces.broken})")
    elif not whole:
        findings.cut("the last line has no line end", line)
    return True
