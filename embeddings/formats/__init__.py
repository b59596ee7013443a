"""Files of word vectors: a table of formats, and the one function that opens any of them.

A format is a row of :data:`FORMATS`: how to recognise its first bytes, and how to read it. What
the content is decides, never the name of the file.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..errors import ConfigurationError, UnknownFormatError
from ..vectors import WordVectors
from .native import sniff_native


class Reader(Protocol):
    """How a format is read: every reader takes the same options."""

    def __call__(
        self, path: str | os.PathLike[str], *, limit: int | None, mmap: bool
    ) -> WordVectors:
        """Read the file at ``path``: ``limit`` rows at most, mapped where it can be."""
        ...


@dataclass(frozen=True)
class Format:
    """One format of vector files.

    Attributes:
        name: What ``load_vectors(format=...)`` calls it.
        sniff: Tells from the first bytes of a file whether it may be of this format.
        read: Reads a file of it.
    """

    name: str
    sniff: Callable[[bytes], bool]
    read: Reader


FORMATS: tuple[Format, ...] = (Format("native", sniff_native, WordVectors.open),)
_HEAD_BYTES = 4096


def load_vectors(
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    limit: int | None = None,
    mmap: bool = True,
) -> WordVectors:
    """Load word vectors from a file.

    Rows keep the order of the file; files are sorted by frequency as a rule, so that ``limit``
    keeps the most frequent words.

    Args:
        path: The file.
        format: A name in :data:`FORMATS`; ``None`` decides from the first bytes, never from the
            name of the file.
        limit: Only this many rows. At least 1.
        mmap: Map the file where the format allows it: opens in milliseconds, shared between
            processes. Otherwise read all of it now and compare its checksums.

    Returns:
        Vectors exactly as stored: not normalised.

    Raises:
        VectorFormatError: The content breaks the format, with the reason.
        UnknownFormatError: No known format fits the content; lists those tried.
        ConfigurationError: ``format`` is unknown or ``limit`` below 1.
        OSError: The file can't be opened, as Python says it.
    """
    rows = {row.name: row for row in FORMATS}
    problems: list[str] = []
    if format is not None and format not in rows:
        problems.append(f"format must be one of {', '.join(rows)}, found {format!r}")
    if limit is not None and limit < 1:
        problems.append(f"limit must be at least 1, found {limit}")
    if problems:
        raise ConfigurationError(*problems)
    chosen = rows[format] if format is not None else _recognised(path)
    return chosen.read(path, limit=limit, mmap=mmap)


def _recognised(path: str | os.PathLike[str]) -> Format:
    with open(path, "rb") as file:  # noqa: PTH123  os.PathLike, and the system's own message
        head = file.read(_HEAD_BYTES)
    for row in FORMATS:
        if row.sniff(head):
            return row
    raise UnknownFormatError(
        f"no known format fits: the content begins with {head[:16]!r}"
        if head
        else "the file is empty",
        path=path,
        hint=f"Tried {', '.join(row.name for row in FORMATS)}",
    )
