"""Vectors into other vectors: shorter, smaller, fewer, or without what all have in common.

Pure functions: what is given stays as it was. Vectors of zeros have no direction; they count for
nothing here and stay zeros. What was done is added to ``metadata["transforms"]``. Results are
float32 but for :func:`prune`, which leaves storage alone, and :func:`quantize`, which is for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from .errors import ConfigurationError
from .packed_rows import Rows, StorageType, pack, row_blocks
from .parts import PartsTable

if TYPE_CHECKING:
    from .subwords import Subwords

T = TypeVar("T", bound=PartsTable)

_BLOCK = 8192  # rows that are moved or summed at a time


def unit(vectors: T) -> T:
    """Scale every vector to length 1.

    Raises:
        ConfigurationError: The vectors have subwords, whose means would not have length 1.
    """
    if vectors.subwords is not None:
        raise ConfigurationError(
            "vectors with subwords can't be scaled to length 1: those of unseen words are means of "
            "their n-grams' and would not be. Ask with get_vector(word, norm=True), or leave the "
            "subwords out: WordVectors(vectors.index_to_key, vectors.vectors)"
        )
    return _like(vectors, vectors.unit(), {"name": "unit"})


def center(vectors: T) -> T:
    """Subtract the mean of all vectors."""
    spread = _Spread.of(vectors, directions=False)
    size = vectors.vector_size
    return _moved(vectors, spread.mean, np.eye(size), {"name": "center"})


def all_but_the_top(vectors: T, components: int | None = None) -> T:
    """Subtract the mean, and what is left along the directions in which vectors differ most.

    These directions tell how frequent a word is more than what it means; without them similarities
    usually agree better with people's.

    Args:
        vectors: The vectors.
        components: How many directions; ``None`` takes a hundredth of D, as its authors advise, and
            at least 1.

    Raises:
        ConfigurationError: ``components`` isn't from 0 to D - 1.

    Source: Mu and Viswanath 2018, "All-but-the-Top", arXiv:1702.01417, algorithm 1.
    """
    size = vectors.vector_size
    number = min(max(1, round(size / 100)), size - 1) if components is None else components
    if not _whole(number) or not 0 <= number < size:
        raise ConfigurationError(f"components must be 0 to {size - 1}, found {components!r}")
    spread = _Spread.of(vectors)
    top = spread.directions[:, :number]
    note = {"name": "all_but_the_top", "components": int(number)}
    return _moved(vectors, spread.mean, np.eye(size) - top @ top.T, note)


def pca(vectors: T, dimensions: int) -> T:
    """Reduce vectors to the directions in which they differ most, the widest first.

    Vectors are centred. ``metadata["transforms"]`` has the share of their variance that is kept.

    Args:
        vectors: The vectors.
        dimensions: New length of the vectors, at most the old.

    Raises:
        ConfigurationError: ``dimensions`` isn't from 1 to D.
    """
    size = vectors.vector_size
    if not _whole(dimensions) or not 1 <= dimensions <= size:
        raise ConfigurationError(f"dimensions must be 1 to {size}, found {dimensions!r}")
    spread = _Spread.of(vectors)
    total = float(spread.variances.sum())
    kept = float(spread.variances[:dimensions].sum()) / total if total else 1.0
    note = {"name": "pca", "dimensions": int(dimensions), "variance_kept": round(kept, 4)}
    return _moved(vectors, spread.mean, spread.directions[:, :dimensions], note)


def prune(vectors: T, words: int) -> T:
    """Keep the most frequent words: by their counts, or the first rows where counts aren't known.

    Words left out are unknown afterwards (spaCy's ``prune_vectors`` gives them the vector of the
    closest word that is kept; here nothing answers for another word). With subwords, they get
    vectors of their n-grams, as all unseen words.

    Args:
        vectors: The vectors.
        words: How many to keep; all if there are fewer.

    Returns:
        Vectors with rows in the order they had, stored as they were.

    Raises:
        ConfigurationError: ``words`` isn't a whole number from 1.
    """
    if not _whole(words) or words < 1:
        raise ConfigurationError(f"words must be a whole number from 1, found {words!r}")
    counts = vectors.counts
    if counts is None:
        kept = np.arange(min(words, len(vectors)))
    else:  # stable: of equal counts the first rows stay
        kept = np.sort(np.argsort(-counts, kind="stable")[:words])
    names = vectors.index_to_key
    return type(vectors)(
        [names[row] for row in kept.tolist()],
        _taken(vectors.storage, kept),
        counts=None if counts is None else counts[kept],
        tokenizer=vectors.tokenizer,
        metadata=_noted(vectors, {"name": "prune", "words": len(kept)}),
        subwords=vectors.subwords,
    )


def quantize(vectors: T, dtype: StorageType = "int8") -> T:
    """Store vectors in fewer bytes; look-ups and questions unpack only the rows they read.

    Args:
        vectors: The vectors.
        dtype: ``"int8"``: a quarter of float32, whole numbers to 127 and a scale for each row.
            ``"float16"``: half of float32, three digits. ``"float32"`` unpacks; what was lost
            stays lost. Vectors of n-grams stay as they are.

    Raises:
        ConfigurationError: ``dtype`` is none of these.
        ValueError: float16 can't hold a row: a number is too large or the row too short; names it.
    """
    return _like(vectors, pack(vectors.storage, dtype), {"name": "quantize", "dtype": dtype})


@dataclass(frozen=True)
class _Spread:
    """How vectors lie; those of zeros are left out.

    Attributes:
        mean: float64[D].
        directions: float64[D, D], a direction in each column, the widest first.
        variances: float64[D], along the directions.
    """

    mean: np.ndarray
    directions: np.ndarray
    variances: np.ndarray

    @classmethod
    def of(cls, vectors: PartsTable, *, directions: bool = True) -> _Spread:
        """Measure it in two passes over the vectors, a block at a time."""
        size, there = vectors.vector_size, vectors.norms > 0.0
        number = max(1, int(there.sum()))
        mean = np.zeros(size)
        for part, rows in row_blocks(vectors.storage, _BLOCK):
            mean += rows[there[part]].sum(axis=0, dtype=np.float64)
        mean /= number
        if not directions:
            return cls(mean, np.empty((size, 0)), np.empty(0))
        products = np.zeros((size, size))
        for part, rows in row_blocks(vectors.storage, _BLOCK):
            away = rows[there[part]] - mean
            products += away.T @ away
        variances, found = np.linalg.eigh(products / number)
        # An eigenvector may point either way: its largest number is made positive.
        peaks = found[np.abs(found).argmax(axis=0), np.arange(size)]
        return cls(mean, (found * np.sign(peaks))[:, ::-1], np.maximum(variances[::-1], 0.0))


def _moved(vectors: T, origin: np.ndarray, matrix: np.ndarray, note: Mapping[str, Any]) -> T:
    """Return ``(x - origin) @ matrix`` of every vector x.

    Means of n-grams go where their n-grams go, so that unseen words come along.
    """
    rows = _mapped(vectors.storage, origin, matrix)
    rows[vectors.norms == 0.0] = 0.0
    return _like(vectors, rows, note, subwords=_moved_subwords(vectors.subwords, origin, matrix))


def _moved_subwords(
    subwords: Subwords | None, origin: np.ndarray, matrix: np.ndarray
) -> Subwords | None:
    if subwords is None:
        return None
    return replace(subwords, table=_mapped(subwords.table, origin, matrix))


def _mapped(table: Any, origin: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return float32 ``(table - origin) @ matrix``, a block at a time."""
    mapped = np.empty((len(table), matrix.shape[1]), np.float32)
    for start in range(0, len(table), _BLOCK):
        part = slice(start, start + _BLOCK)
        mapped[part] = (table[part] - origin) @ matrix
    return mapped


def _taken(table: Rows, rows: np.ndarray) -> Rows:
    return table[rows] if isinstance(table, np.ndarray) else table.take(rows)


_SAME: Any = object()


def _like(vectors: T, rows: Rows, note: Mapping[str, Any], *, subwords: Any = _SAME) -> T:
    """Return vectors of the same words with other rows."""
    return type(vectors)(
        vectors.index_to_key,
        rows,
        counts=vectors.counts,
        tokenizer=vectors.tokenizer,
        metadata=_noted(vectors, note),
        subwords=vectors.subwords if subwords is _SAME else subwords,
    )


def _noted(vectors: PartsTable, note: Mapping[str, Any]) -> dict[str, Any]:
    metadata = vectors.metadata
    return metadata | {"transforms": [*metadata.get("transforms", []), dict(note)]}


def _whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
