"""Any vocabulary as a matrix of its words' vectors, with a stated policy for words without one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from .coverage import Coverage
from .errors import ConfigurationError, UnknownWordError, VectorFormatError
from .fallbacks import Fallback, changes
from .lookup import VectorTable
from .parts import PartsTable
from .vocabulary import Vocabulary
from .words import checked_words

if TYPE_CHECKING:
    from torch.nn import Embedding

OOV = Literal["random", "zero", "mean", "subword", "error"]
Words = Vocabulary | VectorTable | Mapping[str, int] | Iterable[str]

_BLOCK_ROWS = 8192
_SAMPLE_ROWS = 10_000  # the most frequent words: what a vector of these vectors looks like


@dataclass(frozen=True, eq=False)
class EmbeddingMatrix:
    """A row for every word of a vocabulary.

    Attributes:
        words: The V words by row, padding and unknown token among them.
        matrix: float32[V, D], read-only.
        known: bool[V], read-only: rows that come from the vectors (as they are, by fall-back, or
            composed). The others were made up, or are padding.
        padding_index: Row of the padding token, all zeros; ``None`` without one.
        unknown_index: Row of the token for words outside the vocabulary; ``None`` without one.
        coverage: How much of the vocabulary has vectors.
    """

    words: tuple[str, ...]
    matrix: np.ndarray
    known: np.ndarray
    padding_index: int | None
    unknown_index: int | None
    coverage: Coverage

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Word to row, read-only."""
        return MappingProxyType({word: row for row, word in enumerate(self.words)})

    def rows_of(self, words: Iterable[str]) -> np.ndarray:
        """Return int32[n], the rows of words in order; unknown ones get :attr:`unknown_index`.

        Raises:
            UnknownWordError: A word is not in the vocabulary, and there is no unknown token.
        """
        if isinstance(words, str):
            raise TypeError(f"expected a list of words, found the single str {words!r:.60}")
        asked, index = list(words), self.index
        if self.unknown_index is None:
            outside = list(dict.fromkeys(word for word in asked if word not in index))
            if outside:
                raise UnknownWordError(outside)
        return np.array([index.get(word, self.unknown_index) for word in asked], np.int32)

    def to_torch(self, *, freeze: bool = False) -> Embedding:
        """Build ``nn.Embedding`` with a copy of the matrix.

        Its padding row is zero and stays so. To train only the rows that aren't
        :attr:`known`, see ``docs/matrix.md``.

        Args:
            freeze: Exclude all rows from training.
        """
        from .formats.torch_export import embedding_layer

        return embedding_layer(self.matrix, freeze=freeze, padding_index=self.padding_index)


def embedding_matrix(
    vectors: PartsTable,
    vocabulary: Words,
    *,
    oov: OOV = "random",
    padding: str | None = "<pad>",
    unknown: str | None = "<unk>",
    fallbacks: Sequence[Fallback] = (),
    seed: int = 1,
) -> EmbeddingMatrix:
    """Build a matrix with a row for every word of a vocabulary.

    Rows: padding, unknown, then the vocabulary in its order. A token that the vocabulary holds
    already keeps its place there instead, so that its ids stay true.

    Args:
        vectors: Where vectors come from; not changed.
        vocabulary: Distinct words: a :class:`~.vocabulary.Vocabulary`, a ``Counter`` or other
            mapping of words to counts (for coverage by tokens), a list, or other vectors.
        oov: The row of a word without a vector: drawn with the mean and spread of the vectors
            (``"random"``), zeros, their mean, composed of its character n-grams where the vectors
            have them (``"subword"``; the mean for words too short to have any), or an error.
        padding: A token whose row is zeros; ``None`` for none.
        unknown: A token for words outside the vocabulary; ``None`` for none. Its row is the
            vectors' own of that name; otherwise that of a word without a vector, the mean
            where ``oov`` is "subword" or "error".
        fallbacks: Other spellings to look for, in this order, when a word has no vector:
            ``"lower"`` case, ``"title"`` (first letter a capital), ``"upper"``, and without
            ``"accents"``; last, without accents in each of the cases named.
        seed: Of the random rows.

    Raises:
        ConfigurationError: An argument is unknown, or ``oov="subword"`` of vectors without n-grams.
        UnknownWordError: A word has no vector and ``oov="error"``; names up to five.
        ValueError: The vocabulary is empty or repeats a word, or maps words to rows, not counts.
    """
    listed, counts = _listed(vocabulary)
    _check(vectors, oov=oov, fallbacks=fallbacks, tokens=(padding, unknown))
    tokens = [token for token in (padding, unknown) if token is not None]
    held = frozenset(listed)
    words = [*(token for token in tokens if token not in held), *listed]
    index = {word: row for row, word in enumerate(words)}
    found = _find(vectors, words, fallbacks, padding=padding, unknown=unknown)
    known = np.zeros(len(words), np.bool_)
    known[found.rows] = True
    missing = [r for r, word in enumerate(words) if not known[r] and word not in tokens]
    if oov == "error" and missing:
        raise UnknownWordError([words[row] for row in missing])
    matrix = np.zeros((len(words), vectors.vector_size), np.float32)
    _copy(vectors, found, matrix)
    composed = _compose(vectors, words, missing, matrix) if oov == "subword" else []
    sample = _sample(vectors, matrix, known)
    known[composed] = True
    made_up = [row for row in missing if not known[row]]
    coverage = _coverage(words, counts, tokens, known, found, composed=len(composed))
    if unknown is not None and not known[index[unknown]]:
        made_up.append(index[unknown])
    matrix[made_up] = _made_up(sample, len(made_up), oov=oov, seed=seed)
    for array in (matrix, known):
        array.setflags(write=False)
    return EmbeddingMatrix(
        words=tuple(words),
        matrix=matrix,
        known=known,
        padding_index=None if padding is None else index[padding],
        unknown_index=None if unknown is None else index[unknown],
        coverage=coverage,
    )


def _listed(vocabulary: Words) -> tuple[tuple[str, ...], dict[str, int] | None]:
    """Return the words of a vocabulary, and their counts where it has some."""
    if isinstance(vocabulary, VectorTable | Vocabulary):
        words = vocabulary.index_to_key if isinstance(vocabulary, VectorTable) else vocabulary.words
        counts = vocabulary.counts
        numbers = None if counts is None else counts.tolist()
    else:
        words = vocabulary
        numbers = list(vocabulary.values()) if isinstance(vocabulary, Mapping) else None
    listed = checked_words(words)
    if numbers is None:
        return listed, None
    if isinstance(vocabulary, Mapping):
        _check_counts(numbers)
    return listed, dict(zip(listed, numbers, strict=True))


def _check_counts(numbers: list[int]) -> None:
    """Raise unless the values of a mapping can be counts, and can't well be row numbers."""
    if not all(isinstance(n, int | np.integer) and n >= 0 for n in numbers):
        raise ValueError("expected a mapping of words to counts, whole numbers from 0")
    if len(numbers) > 2 and sorted(numbers) in (
        list(range(len(numbers))),
        list(range(1, len(numbers) + 1)),
    ):
        raise ValueError(
            f"the mapping's values are the numbers from {min(numbers)} to {max(numbers)}, each "
            "once: they look like rows, not counts. Pass the words as a list in the order of "
            "their rows"
        )


def _check(
    vectors: PartsTable,
    *,
    oov: str,
    fallbacks: Sequence[str],
    tokens: tuple[str | None, str | None],
) -> None:
    problems: list[str] = []
    if oov not in get_args(OOV):
        problems.append(f"oov must be one of {', '.join(get_args(OOV))}, found {oov!r}")
    if isinstance(fallbacks, str) or not set(fallbacks) <= set(get_args(Fallback)):
        problems.append(
            f"fallbacks must be a list of {', '.join(get_args(Fallback))}, found {fallbacks!r}"
        )
    if oov == "subword" and vectors.subwords is None:
        problems.append(
            'oov="subword" needs vectors with character n-grams, such as those of a fastText .bin: '
            "these have none"
        )
    if tokens[0] is not None and tokens[0] == tokens[1]:
        problems.append(f"padding and unknown must differ, both are {tokens[0]!r}")
    if "" in tokens:
        problems.append("padding and unknown must be None or a word, found an empty one")
    if problems:
        raise ConfigurationError(*problems)


@dataclass(frozen=True)
class _Found:
    """Which row of the matrix is which row of the vectors.

    Attributes:
        rows: int64[n], of the matrix.
        sources: int64[n], of the vectors.
        ways: How many were found by each fall-back.
    """

    rows: np.ndarray
    sources: np.ndarray
    ways: Counter[str]


def _find(
    vectors: PartsTable,
    words: Sequence[str],
    fallbacks: Sequence[Fallback],
    *,
    padding: str | None,
    unknown: str | None,
) -> _Found:
    """Look up words as they are, then in other spellings; the unknown token only as it is."""
    index, spellings = vectors.key_to_index, changes(fallbacks)
    rows: list[int] = []
    sources: list[int] = []
    ways: Counter[str] = Counter()
    for row, word in enumerate(words):
        if word == padding:
            continue
        source = index.get(word)
        if source is None and word != unknown:
            for name, change in spellings:
                source = index.get(change(word))
                if source is not None:
                    ways[name] += 1
                    break
        if source is not None:
            rows.append(row)
            sources.append(source)
    return _Found(np.array(rows, np.int64), np.array(sources, np.int64), ways)


def _copy(vectors: PartsTable, found: _Found, matrix: np.ndarray) -> None:
    """Copy the rows found, a block at a time: a map of a file is read, packed rows are unpacked."""
    for start in range(0, len(found.rows), _BLOCK_ROWS):
        part = slice(start, start + _BLOCK_ROWS)
        rows = vectors.storage[found.sources[part]]
        if not np.isfinite(rows).all():
            row = int(found.sources[start + np.argwhere(~np.isfinite(rows))[0][0]])
            raise VectorFormatError(
                f"the vector of {vectors.index_to_key[row]!r} (row {row}) has NaN or an infinite "
                "number",
                path=vectors.path or "vectors in memory",
            )
        matrix[found.rows[part]] = rows


def _compose(
    vectors: PartsTable, words: Sequence[str], missing: Sequence[int], matrix: np.ndarray
) -> list[int]:
    """Write the rows of missing words that have n-grams; returns which."""
    subwords = vectors.subwords
    if subwords is None:
        return []
    rows = [row for row in missing if subwords.has_vector(words[row])]
    if rows:
        matrix[rows] = subwords.vectors([words[row] for row in rows])
    return rows


def _sample(vectors: PartsTable, matrix: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return rows that show what a vector looks like: of the vocabulary, or of all vectors."""
    rows = np.flatnonzero(known)[:_SAMPLE_ROWS]
    return matrix[rows] if len(rows) > 1 else vectors.storage[:_SAMPLE_ROWS]


def _made_up(sample: np.ndarray, count: int, *, oov: OOV, seed: int) -> np.ndarray:
    """Return float32[count, D] for words without a vector."""
    if oov == "zero":
        return np.zeros((count, sample.shape[1]), np.float32)
    mean = sample.mean(axis=0, dtype=np.float64)
    if oov != "random":
        return np.broadcast_to(mean.astype(np.float32), (count, len(mean)))
    spread = sample.std(axis=0, dtype=np.float64)
    drawn = np.random.default_rng(seed).normal(mean, spread, (count, len(mean)))
    return drawn.astype(np.float32)


def _coverage(
    words: Sequence[str],
    counts: Mapping[str, int] | None,
    tokens: Sequence[str],
    known: np.ndarray,
    found: _Found,
    *,
    composed: int,
) -> Coverage:
    counted = [row for row, word in enumerate(words) if word not in tokens]
    missing = [words[row] for row in counted if not known[row]]
    total = reached = lacking = None
    if counts is not None:
        missing.sort(key=counts.__getitem__, reverse=True)  # stable: ties in the order given
        lacking = tuple(counts[word] for word in missing)
        total = sum(counts[words[row]] for row in counted)
        reached = total - sum(lacking)
    other = sum(found.ways.values())
    return Coverage(
        types=len(counted),
        exact=len(counted) - len(missing) - other - composed,
        by_fallback=MappingProxyType(dict(found.ways)),
        composed=composed,
        tokens=total,
        known_tokens=reached,
        missing=tuple(missing),
        missing_counts=lacking,
    )
