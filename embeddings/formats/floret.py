"""floret's ``.vec``: a header of eight fields, then the rows of a table of hashed parts.

There are no words in it: vectors are composed for whatever word is asked.
"""

from __future__ import annotations

import re

import numpy as np

from ..errors import ConfigurationError, VectorFormatError
from ..floret import FloretSubwords
from ..words import WordList
from .gathering import Gathering
from .header import LARGEST_SIZE
from .packed import Opened
from .reader import Loaded, LoadOptions
from .report import Findings
from .text import read_lines

_NUMBERS = rb" ([0-9]{1,10})" * 4
_HEADER = re.compile(rb"([0-9]{1,10}) ([0-9]{1,7})" + _NUMBERS + rb" (\S+) (\S+)\r?\n")


def sniff_floret(head: bytes) -> bool:
    """Tell whether a file begins with floret's header: six whole numbers and two marks."""
    return _HEADER.match(head) is not None


def read_floret(source: Opened, *, options: LoadOptions, findings: Findings) -> Loaded:
    """Read the table; with a vocabulary, the vectors of its words, which then are all there is.

    Every row must be there: a part of a word whose row is missing would change the word's vector.
    """
    header = _HEADER.match(source.head)
    if header is None:
        raise VectorFormatError(
            f"expected a first line of six whole numbers and two marks, found {source.head[:40]!r}",
            path=source.path,
            line=1,
        )
    buckets, size, min_n, max_n, hashes, seed = (int(header[k]) for k in range(1, 7))
    findings.rows_in_file = buckets
    if not 1 <= size <= LARGEST_SIZE:
        raise VectorFormatError(
            f"the header announces {size:,} numbers in a row", path=source.path, line=1
        )
    table = _table(source, header.end(), buckets, size, findings)
    try:
        begin, end = (header[k].decode() for k in (7, 8))
        subwords = FloretSubwords(
            min_n, max_n, buckets, table, begin=begin, end=end, hashes=hashes, seed=seed
        )
    except (ConfigurationError, UnicodeDecodeError) as error:
        raise VectorFormatError(
            f"the header is wrong: {error}", path=source.path, line=1
        ) from error
    wanted = sorted(options.vocabulary or ())[: options.limit]
    if not wanted:
        if options.limit:
            findings.note("limit counts words, and the file has none: it changes nothing")
        findings.note("the file has no words: the vector of any word is composed of its parts")
        nothing = np.empty((0, size), np.float32)
        return Loaded(WordList(tuple, size=0), nothing, subwords=subwords)
    words = tuple(word for word in wanted if word)
    findings.note("the vectors of the words asked for were composed of their parts")
    return Loaded(WordList.of(words), subwords.vectors(words))


def _table(source: Opened, skip: int, buckets: int, size: int, findings: Findings) -> np.ndarray:
    """Return float32[buckets, size]."""
    gathering = Gathering(size, options=LoadOptions(), findings=findings)
    read_lines(source, skip, 1, gathering, findings)
    found = gathering.loaded()
    names = found.words.words
    wrong = next((row for row, name in enumerate(names) if name != str(row)), len(names))
    if len(names) != buckets or wrong != buckets:
        first = findings.skipped[0] if findings.skipped else None
        reason = f" (line {first.line}: {first.reason})" if first else ""
        raise VectorFormatError(
            f"expected rows numbered 0 to {buckets - 1:,}, found none of number {wrong:,} in its "
            f"place{reason}",
            path=source.path,
            line=wrong + 2,
            hint="The file is damaged, or its download or copy was cut",
        )
    if not isinstance(found.vectors, np.ndarray):
        raise TypeError("gathered rows are an array")
    return found.vectors
