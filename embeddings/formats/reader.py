"""The frame of every format: what a reader is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from ..composed_rows import ComposedRows
from ..lookup import Source
from ..packed_rows import Rows
from ..words import WordList
from .packed import Opened
from .report import Findings

if TYPE_CHECKING:
    from ..subwords import Subwords

BadBytes = Literal["replace", "strict", "ignore"]


@dataclass(frozen=True)
class LoadOptions:
    """What every reader is asked; :func:`~.load_vectors` has checked them.

    Attributes:
        limit: Load at most so many rows, the first of those wanted; at least 1, ``None`` for all.
        vocabulary: Load only these words; ``None`` for all.
        errors: What to do with bytes in words that are no UTF-8: put U+FFFD, skip them, or raise.
        mmap: Map the file where its layout allows, rather than copying it into memory.
    """

    limit: int | None = None
    vocabulary: frozenset[str] | None = None
    errors: BadBytes = "replace"
    mmap: bool = True


@dataclass(frozen=True)
class Loaded:
    """What a reader found in a file; trusted, so readers check.

    Attributes:
        words: V distinct words, none empty, in the order of the file. V may be 0 with ``subwords``.
        vectors: float32[V, D], C-contiguous and finite; packed; or still to be composed.
        counts: int64[V], how often each word stood in the corpus; ``None`` where unknown.
        tokenizer: JSON-able spec of the tokeniser; ``None`` where unknown.
        metadata: JSON-able notes on how the vectors were made.
        subwords: N-gram rows for words that have none of their own.
        source: For formats that are mapped: what a worker process opens again.
    """

    words: WordList
    vectors: Rows | ComposedRows
    counts: np.ndarray | None = None
    tokenizer: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    subwords: Subwords | None = None
    source: Source | None = None


class Reader(Protocol):
    """How a format is read; every reader takes the same options."""

    def __call__(self, source: Opened, *, options: LoadOptions, findings: Findings) -> Loaded:
        """Read ``source``.

        Args:
            source: The file, unpacked where it was packed.
            options: What to load.
            findings: Told of every row left out and every repair; raises in strict mode.

        Raises:
            VectorFormatError: Nothing can be loaded, or ``findings`` is strict and something is
                wrong.
        """
        ...


@dataclass(frozen=True)
class Format:
    """One format of vector files.

    Attributes:
        name: What ``load_vectors(format=...)`` calls it.
        sniff: Tells from the first bytes (a MiB, unpacked) whether a file may be of this format.
        read: Reads a file of it.
    """

    name: str
    sniff: Callable[[bytes], bool]
    read: Reader
