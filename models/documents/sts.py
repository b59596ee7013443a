"""Semantic textual similarity: agreement with people's ratings of pairs of sentences."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

from ...embeddings.evaluate import correlation
from ...embeddings.testsets import read_rated_texts, set_name
from ...embeddings.vectors import WordVectors
from .text_similarity import Method, similarity_of, split_pairs


@dataclass(frozen=True)
class StsReport:
    """Agreement with people's ratings of pairs of sentences.

    Attributes:
        name: Of the file.
        method: How similarity was told; see :func:`.text_similarity`.
        pearson: Linear correlation of similarity and rating; ``None`` where it isn't defined (fewer
            than two pairs, or all similarities or ratings equal).
        spearman: Rank correlation, likewise.
        pairs: Pairs in the file; all are scored.
        without_words: Sentences, of twice as many, of which no word has a vector.
        words: Words of all sentences.
        unknown_words: Those of them that have no vector.
    """

    name: str
    method: Method
    pearson: float | None
    spearman: float | None
    pairs: int
    without_words: int
    words: int
    unknown_words: int


def evaluate_sts(
    vectors: WordVectors,
    path: str | os.PathLike[str],
    *,
    method: Method = "align",
    tokenizer: Any = None,
) -> StsReport:
    """Compare the similarity of sentences with people's ratings.

    Args:
        vectors: The vectors.
        path: A file as :func:`.read_rated_texts` reads it, such as those of the STS
            Benchmark.
        method: As in :func:`.text_similarity`.
        tokenizer: How sentences become words; ``None`` takes the tokeniser of the vectors. Vectors
            of text without punctuation, whose tokeniser splits at white space, need ``"default"``
            for sentences as people write them.

    Raises:
        EvaluationDataError: The file breaks its format; names file and line.
        CorpusNotFoundError: There is no such file.
        ConfigurationError: ``method`` is impossible, or the vectors' tokeniser isn't known.

    Source: Cer et al. 2017, "SemEval-2017 Task 1: Semantic Textual Similarity", arXiv:1708.00055.
    """
    rated = read_rated_texts(path)
    pairs = split_pairs([(pair.text1, pair.text2) for pair in rated], vectors, tokenizer=tokenizer)
    found = similarity_of(pairs, vectors, method=method)
    ratings = np.array([pair.rating for pair in rated])
    return StsReport(
        name=set_name(path),
        method=method,
        pearson=correlation(found, ratings),
        spearman=correlation(rankdata(found), rankdata(ratings)),
        pairs=len(rated),
        without_words=pairs.without,
        words=pairs.known + pairs.unknown,
        unknown_words=pairs.unknown,
    )
