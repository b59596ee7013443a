"""What word vectors hold, and every way to look a word up in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from .composed_rows import ComposedRows
from .errors import UnknownWordError, VectorFormatError
from .packed_rows import PackedRows, Rows, row_blocks, unpacked
from .similarity import row_norms, unit, unit_rows
from .words import WordList

if TYPE_CHECKING:
    from .formats.report import LoadReport
    from .subwords import Subwords


@dataclass(frozen=True)
class Source:
    """The mapped file that vectors were opened from, for worker processes to open it again.

    Attributes:
        path: The file, absolute.
        limit: How many rows were asked for, ``None`` for all.
        signature: Size and time of the file then.
        format: Which reader opened it.
    """

    path: Path
    limit: int | None
    signature: tuple[int, int]
    format: str = "native"

    def is_unchanged(self) -> bool:
        """Tell whether the file is still there as it was."""
        try:
            status = self.path.stat()
        except OSError:
            return False
        return (status.st_size, status.st_mtime_ns) == self.signature


class VectorTable:
    """Words with one row of numbers each: what :class:`~.vectors.WordVectors` asks questions of.

    Immutable: arrays are read-only, and ``copy``, ``deepcopy`` and scikit-learn's ``clone`` give
    back the same object. A look-up answers with the word's own row or raises
    :class:`~.errors.UnknownWordError`, which names close words.
    """

    def __init__(
        self,
        words: Sequence[str],
        vectors: Any,
        *,
        counts: Any = None,
        tokenizer: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        subwords: Subwords | None = None,
    ) -> None:
        table = WordList.of(words)
        matrix = _matrix(vectors, len(table))
        if subwords is not None and subwords.vector_size != matrix.shape[1]:
            raise ValueError(
                f"words have vectors of {matrix.shape[1]} numbers, n-grams of "
                f"{subwords.vector_size}: expected the same"
            )
        checked = _counts(counts, len(table))
        self._set(table, matrix, checked, tokenizer, metadata, subwords=subwords)

    def _set(
        self,
        words: WordList,
        vectors: Rows | ComposedRows,
        counts: np.ndarray | None,
        tokenizer: Mapping[str, Any] | None,
        metadata: Mapping[str, Any] | None,
        *,
        subwords: Subwords | None = None,
        source: Source | None = None,
        report: LoadReport | None = None,
    ) -> None:
        self._words = words
        self._vectors = read_only(vectors) if isinstance(vectors, np.ndarray) else vectors
        self._counts = None if counts is None else read_only(counts)
        self._tokenizer = None if tokenizer is None else _json_copy(tokenizer, "tokenizer")
        self._metadata = _json_copy(metadata or {}, "metadata")
        self._subwords = subwords
        self.source = source
        self.report = report

    # What is held

    @property
    def vectors(self) -> np.ndarray:
        """float32[V, D], read-only; row order is that of ``index_to_key``.

        Where :attr:`storage` is float16 or int8 this unpacks the whole table, and keeps it; no
        look-up or question asked of the vectors needs it. Those of a fastText file are composed
        now, for it is the first question asked of all words that needs them.
        """
        return self._unpacked

    @cached_property
    def _unpacked(self) -> np.ndarray:
        return read_only(unpacked(self.storage))

    @property
    def storage(self) -> Rows:
        """The table as it is stored: :attr:`vectors`, or packed rows of float16 or int8."""
        if isinstance(self._vectors, ComposedRows):
            return read_only(self._vectors.all)
        return self._vectors

    @property
    def index_to_key(self) -> tuple[str, ...]:
        """The words in row order (most frequent first, where the source was so)."""
        return self._words.words

    @property
    def key_to_index(self) -> Mapping[str, int]:
        """Word to row, read-only."""
        return self._words.index

    @property
    def vector_size(self) -> int:
        """D, the length of each vector."""
        return int(self._vectors.shape[1])

    @property
    def counts(self) -> np.ndarray | None:
        """int64[V], how often each word stood in the corpus; ``None`` where that isn't known."""
        return self._counts

    @property
    def tokenizer(self) -> dict[str, Any] | None:
        """Spec of the tokeniser their text was cut with (a copy); ``None`` where unknown."""
        return None if self._tokenizer is None else json.loads(self._tokenizer)

    @property
    def metadata(self) -> dict[str, Any]:
        """How they were made: training settings, corpus, licence (a copy)."""
        return json.loads(self._metadata)

    @property
    def path(self) -> Path | None:
        """The file they were opened from; ``None`` for vectors made in memory."""
        return self.source.path if self.source else None

    @cached_property
    def norms(self) -> np.ndarray:
        """float32[V], read-only: the length of each row, 0.0 for rows without a direction.

        Computed at the first use, which reads the whole matrix once; a mapped file's numbers are
        checked here.

        Raises:
            VectorFormatError: A row of a mapped file has NaN or an infinite number.
        """
        norms = row_norms(self.storage)
        bad = np.flatnonzero(~np.isfinite(norms))
        if len(bad):
            raise VectorFormatError(
                f"the vector of {self.index_to_key[bad[0]]!r} (row {bad[0]}) has NaN, an infinite "
                f"number or a length beyond float32, as have {len(bad) - 1} more",
                path=self.path or "vectors in memory",
            )
        return read_only(norms)

    def __len__(self) -> int:
        return len(self._words)

    def __iter__(self) -> Iterator[str]:
        return iter(self.index_to_key)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and word in self.key_to_index

    def __repr__(self) -> str:
        source = f", from {str(self.path)!r}" if self.path else ""
        stored = f" in {self._vectors.dtype}" if isinstance(self._vectors, PackedRows) else ""
        return f"{type(self).__name__}({len(self):,} words x {self.vector_size}{stored}{source})"

    # Look-ups

    def get_index(self, word: str, default: int | None = None) -> int:
        """Return the row of a word.

        Args:
            word: The word.
            default: What to return for an unknown word; ``None`` raises.

        Raises:
            UnknownWordError: The word has no vector; names close words.
        """
        row = self.key_to_index.get(_word(word), default)
        if row is None:
            raise self._without_row([word])
        return row

    def rows_of(
        self, words: Iterable[str], *, missing: Literal["raise", "skip"] = "raise"
    ) -> np.ndarray:
        """Return the rows of several words, in order.

        Args:
            words: Words to look up; repeats are kept.
            missing: Raise for, or skip, words without a vector. There is no sentinel: every
                returned number is a valid row.

        Returns:
            int32[found].

        Raises:
            UnknownWordError: A word has no vector and ``missing="raise"``; names up to five.
        """
        if missing not in ("raise", "skip"):
            raise ValueError(f"missing must be 'raise' or 'skip', found {missing!r}")
        asked = word_list(words)
        index = self.key_to_index
        rows = [index[word] for word in asked if word in index]
        if missing == "raise" and len(rows) != len(asked):
            raise self._without_row(list(dict.fromkeys(w for w in asked if w not in index)))
        return np.array(rows, np.int32)

    def _without_row(self, words: Sequence[str]) -> UnknownWordError:
        return self._words.unknown(words)

    def __getitem__(self, words: str | Sequence[str]) -> np.ndarray:
        """Return float32[D] for a word (read-only), float32[n, D] for a list of words (a copy)."""
        if isinstance(words, str):
            return read_only(self._vectors[self.get_index(words)])
        return self._vectors[self.rows_of(words)]

    def get_vector(self, word: str, *, norm: bool = False) -> np.ndarray:
        """Return float32[D], the vector of a word.

        Args:
            word: The word.
            norm: Scale it to length 1.

        Raises:
            UnknownWordError: The word has no vector; names close words.
            ValueError: ``norm`` is asked of a vector of zeros.
        """
        vector = self[_word(word)]
        if not norm:
            return vector
        return self.direction(vector, repr(word))

    def get_vecattr(self, word: str, attr: Literal["count"]) -> int:
        """Return how often a word stood in the corpus, under gensim's name for that.

        Raises:
            ValueError: Another attribute is asked, or the counts aren't known.
        """
        if attr != "count" or self._counts is None:
            known = "counts are not known" if attr == "count" else "only 'count' is kept"
            raise ValueError(f"no attribute {attr!r} for {word!r}: {known}")
        return int(self._counts[self.get_index(word)])

    @cached_property
    def _unit(self) -> np.ndarray:
        unit = np.empty(self._vectors.shape, np.float32)
        for part, rows in row_blocks(self.storage):
            unit_rows(rows, self.norms[part], out=unit[part])
        return read_only(unit)

    def unit(self) -> np.ndarray:
        """Return float32[V, D], read-only: rows of length 1 (zeros stay zeros).

        A second matrix as large as the first, kept from the first call on; no question asked of
        the vectors needs it.
        """
        return self._unit

    get_normed_vectors = unit

    @staticmethod
    def direction(vector: np.ndarray, name: str) -> np.ndarray:
        """Return float32[D] of length 1 in the direction of ``vector``.

        Raises:
            ValueError: The vector is all zeros; calls it by ``name``.
        """
        scaled = unit(vector)
        if scaled is None:
            raise ValueError(f"the vector of {name} is all zeros: it has no direction to compare")
        return scaled

    # Copies

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


def word_list(words: Iterable[str]) -> list[str]:
    """Return words as a list, once, refusing what isn't words.

    Raises:
        TypeError: ``words`` is one ``str``, or an item isn't a ``str``.
    """
    if isinstance(words, str):
        raise TypeError(
            f"expected a list of words, found the single str {words!r:.60}. Put it in a list"
        )
    return [_word(word) for word in (words if isinstance(words, Iterable) else [words])]


def _word(word: object) -> str:
    if not isinstance(word, str):
        raise TypeError(
            f"expected a word (str), found {type(word).__name__} {word!r:.60}. "
            "For the word of a row use index_to_key[row], for its vector vectors[row]"
        )
    return word


def _matrix(vectors: Any, rows: int) -> Rows:
    """Return vectors as finite, C-contiguous float32[rows, D]; without a copy if they are so.

    Packed rows stay packed.
    """
    if isinstance(vectors, PackedRows):
        _check_matrix(vectors, rows)
        return vectors
    try:
        with np.errstate(over="ignore"):
            matrix = np.asarray(vectors, np.float32, order="C")
    except (TypeError, ValueError) as error:
        raise ValueError(f"vectors must be numbers in rows of equal length: {error}") from error
    _check_matrix(matrix, rows)
    return matrix


def _check_matrix(matrix: Rows, rows: int) -> None:
    if len(matrix.shape) != 2 or matrix.shape[0] != rows or matrix.shape[1] == 0:
        raise ValueError(
            f"expected vectors of shape [{rows}, D] for {rows} words, D at least 1, "
            f"found shape {list(matrix.shape)}"
        )
    for part, numbers in row_blocks(matrix, 8192):
        finite = np.isfinite(numbers)
        if not finite.all():
            row, column = (int(place) for place in np.argwhere(~finite)[0])
            raise ValueError(
                f"vectors must be finite float32 numbers, found {numbers[row, column]} "
                f"in row {row + part.start}, column {column}"
            )


def _counts(counts: Any, rows: int) -> np.ndarray | None:
    if counts is None:
        return None
    found = np.asarray(counts)
    if found.shape != (rows,) or found.dtype.kind not in "iu":
        raise ValueError(
            f"expected {rows} whole counts, found shape {list(found.shape)} of {found.dtype}"
        )
    if found.min() < 0:
        raise ValueError(f"counts can't be negative, found {found.min()}")
    return found.astype(np.int64, copy=False)


def read_only(array: np.ndarray) -> np.ndarray:
    """Return a plain read-only view; the caller's own array keeps its flag."""
    view = array.view(np.ndarray)
    view.setflags(write=False)
    return view


def _json_copy(value: Mapping[str, Any], name: str) -> str:
    try:
        return json.dumps(dict(value), allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be what JSON can hold: {error}") from error
