"""Classes as directions, from what people call them: names, descriptions, words near to these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...embeddings.errors import ConfigurationError, UnknownWordError
from ...embeddings.frequencies import word_shares
from ...embeddings.similarity import row_norms, unit_rows
from ..documents.weightings import smooth_inverse_frequencies
from ..text_tokens import tokens_of

MOST_COMMON = 20_000
"""Words of the vectors among which neighbours are looked for, the most frequent."""


@dataclass(frozen=True)
class ClassWords:
    """What stands for a class.

    Attributes:
        label: What it is called in answers.
        words: Words of its name or description that have a vector.
        unknown: Those that have none; they are left out.
        neighbours: Words that were added, with their cosines to the class's own.
    """

    label: Any
    words: tuple[str, ...]
    unknown: tuple[str, ...]
    neighbours: tuple[tuple[str, float], ...] = ()


def read_classes(classes: Any) -> dict[Any, str]:
    """Return what is read for each class, in their order.

    Args:
        classes: Names; or a mapping from labels to descriptions, where ``None`` or "" means that
            the label itself is read.

    Raises:
        ConfigurationError: There are fewer than two, one stands twice, or one is no text.
    """
    if isinstance(classes, str) or not isinstance(classes, (Mapping, Sequence, np.ndarray)):
        raise ConfigurationError(
            "classes: expected names, or a mapping from labels to descriptions, found "
            f"{classes!r:.60}"
        )
    given: Any = classes
    pairs: list[tuple[Any, Any]] = (
        list(given.items()) if isinstance(given, Mapping) else [(name, None) for name in given]
    )
    problems: list[str] = []
    if len(pairs) < 2:
        problems.append(f"classes: expected two or more, found {len(pairs)}")
    found: dict[Any, str] = {}
    for label, description in pairs:
        text = description if description is not None and description != "" else label
        if not isinstance(text, str):
            problems.append(f"classes: expected a text for {label!r:.60}, found {text!r:.60}")
        elif label in found:
            problems.append(f"classes: {label!r} stands there twice")
        else:
            found[label] = text
    if problems:
        raise ConfigurationError(*problems)
    return found


def class_words(
    described: Mapping[Any, str], vectors: Any, tokenizer: Any
) -> tuple[ClassWords, ...]:
    """Return the words of each class.

    Raises:
        ConfigurationError: None of the words of a class has a vector: names the class, its words,
            and words that are written alike; all such classes at once.
    """
    found: list[ClassWords] = []
    problems: list[str] = []
    cut = tokens_of(list(described.values()), tokenizer)
    for (label, text), tokens in zip(described.items(), cut, strict=True):
        words = list(dict.fromkeys(tokens))
        known = tuple(word for word in words if vectors.has_vector(word) and vectors[word].any())
        unknown = tuple(word for word in words if word not in set(known))
        found.append(ClassWords(label, known, unknown))
        if not known:
            problems.append(
                f"class {label!r:.60}: no word of {text!r:.60} has a vector"
                f"{_close(words, vectors)}. Describe it in words that have one"
            )
    same: dict[frozenset[str], Any] = {}
    for one in found:
        other = same.setdefault(frozenset(one.words), one.label)
        if one.words and other != one.label:
            problems.append(
                f"classes {other!r:.60} and {one.label!r:.60} have the same words: describe them "
                "differently"
            )
    if problems:
        raise ConfigurationError(*problems)
    return tuple(found)


def _close(words: Sequence[str], vectors: Any) -> str:
    try:
        vectors.rows_of(words[:5])
    except UnknownWordError as error:
        return f" (close: {', '.join(error.suggestions)})" if error.suggestions else ""
    return ""


def class_directions(
    classes: Sequence[ClassWords],
    vectors: Any,
    *,
    neighbours: int,
    common: NDArray[np.bool_],
) -> tuple[tuple[ClassWords, ...], NDArray[np.float32]]:
    """Return the classes with neighbours, and their directions, centred.

    A class is the mean of its words' vectors of length 1, frequent words counting less (SIF's
    weights), plus the mean of its neighbours'. What all classes have in common is taken off.

    Args:
        classes: C classes.
        vectors: Word vectors.
        neighbours: Words to add to each class.
        common: bool[V], words that may be added: those of the collection.

    Returns:
        The classes, and float32[C, D], rows of length 1.

    Source: Rocchio 1971 for the expansion; Mu and Viswanath 2018 for centring.
    """
    shares = word_shares(vectors)
    weights = smooth_inverse_frequencies(shares)
    places = np.flatnonzero(common)
    places = places[np.argsort(-shares[places], kind="stable")[:MOST_COMMON]]
    table = _unit(np.asarray(vectors.storage[places], np.float32))
    rows = np.empty((len(classes), vectors.vector_size), np.float32)
    grown: list[ClassWords] = []
    for number, one in enumerate(classes):
        own = _unit(np.asarray(vectors[list(one.words)], np.float32))
        factors = [
            float(weights[row]) if (row := vectors.get_index(word, -1)) >= 0 else 1.0
            for word in one.words
        ]
        middle = _unit((np.array(factors, np.float32)[:, None] * own).sum(axis=0)[None])[0]
        rows[number] = middle
        if not neighbours or not len(places):
            grown.append(one)
            continue
        cosines = table @ middle
        own_rows = {vectors.get_index(word, -1) for word in one.words}
        order = np.argsort(-cosines, kind="stable")[: neighbours + len(own_rows)]
        best = np.array([i for i in order.tolist() if int(places[i]) not in own_rows][:neighbours])
        if not len(best):
            grown.append(one)
            continue
        rows[number] += table[best].mean(axis=0)
        names = [vectors.index_to_key[int(places[i])] for i in best.tolist()]
        near = tuple(zip(names, cosines[best].astype(float).tolist(), strict=True))
        grown.append(ClassWords(one.label, one.words, one.unknown, near))
    rows = _unit(rows)
    return tuple(grown), _unit(rows - rows.mean(axis=0))


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return unit_rows(rows, row_norms(rows))
