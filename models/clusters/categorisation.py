"""Categorisation sets: do words of one category fall into one cluster?"""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from ...embeddings.errors import ConfigurationError, EvaluationDataError
from ...embeddings.testsets import read_categories, set_name
from ...embeddings.vectors import WordVectors
from .clustering import cluster
from .scores import agreement


@dataclass(frozen=True)
class CategoryReport:
    """How well clusters of words agree with their categories.

    Attributes:
        name: Of the file.
        purity: Share of words whose category is the most frequent one of their cluster.
        nmi: Normalised mutual information of clusters and categories.
        words: Different words in the file.
        covered: Those that were clustered: known, with a direction, of one category.
        categories: Categories among them, and clusters that were asked for.
        ambiguous: Words that stand in several categories; left out.
        oov_words: Words without a vector, in order of first occurrence; left out.
        incomplete: Numbers of the file's lines that lack the word or the category; left out.
    """

    name: str
    purity: float
    nmi: float
    words: int
    covered: int
    categories: int
    ambiguous: tuple[str, ...]
    oov_words: tuple[str, ...]
    incomplete: tuple[int, ...] = ()


def evaluate_categories(
    vectors: WordVectors,
    path: str | os.PathLike[str],
    *,
    restrict_vocab: int | None = None,
    case_insensitive: bool = True,
    strict: bool = False,
    seed: int = 0,
) -> CategoryReport:
    """Divide the words of a categorisation set into as many clusters as it has categories.

    Spherical k-means, the best of ten starts, over the words that have a vector.

    Args:
        vectors: The vectors.
        path: A file as :func:`.read_categories` reads it.
        restrict_vocab: Only the first so many rows count as known; ``None`` for all.
        case_insensitive: Compare words in upper case; of several spellings the first row counts.
        strict: Refuse a line that lacks the word or the category.
        seed: Of the starts.

    Raises:
        EvaluationDataError: The file breaks its format, or none of its words is known.
        CorpusNotFoundError: There is no such file.
        ConfigurationError: ``restrict_vocab`` is impossible.

    Source: Almuhareb and Poesio 2005 (the set AP); purity as Baroni et al. 2014, table 1, have it,
        who clustered with another program.
    """
    if restrict_vocab is not None and restrict_vocab < 1:
        raise ConfigurationError(f"restrict_vocab must be at least 1, found {restrict_vocab}")
    key = str.upper if case_insensitive else str
    homes: dict[str, set[str]] = {}
    spelt: dict[str, str] = {}
    read = read_categories(path, strict=strict)
    for word, category in read.pairs:
        homes.setdefault(key(word), set()).add(category)
        spelt.setdefault(key(word), word)
    rows: dict[str, int] = {}
    for row, word in enumerate(vectors.index_to_key[:restrict_vocab]):
        if key(word) in homes:
            rows.setdefault(key(word), row)
    norms = vectors.norms
    asked = [
        word for word in homes
        if len(homes[word]) == 1 and word in rows and norms[rows[word]] > 0.0
    ]  # fmt: skip
    if not asked:
        raise EvaluationDataError(
            f"{path}: expected words that the vectors know, found none of {len(homes):,}: do case "
            "and language fit?"
        )
    categories = [next(iter(homes[word])) for word in asked]
    table = np.ascontiguousarray(vectors.storage[np.array([rows[word] for word in asked])])
    count = len(set(categories))
    scores = agreement(cluster(table, k=count, method="kmeans", seed=seed).labels, categories)
    return CategoryReport(
        name=set_name(path),
        purity=scores.purity,
        nmi=scores.nmi,
        words=len(homes),
        covered=len(asked),
        categories=count,
        ambiguous=tuple(spelt[word] for word, known in homes.items() if len(known) > 1),
        oov_words=tuple(spelt[word] for word in homes if word not in rows),
        incomplete=read.incomplete,
    )
