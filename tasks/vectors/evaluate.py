"""Score vectors on analogies, rated pairs of words and sentences, categories, made-up words."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...embeddings.errors import ConfigurationError
from ...embeddings.evaluate import (
    AnalogyReport,
    Method,
    SimilarityReport,
    evaluate_analogies,
    evaluate_similarity,
)
from ...embeddings.formats import load_vectors
from ...embeddings.morphology import WugResult, wug_test
from ...embeddings.vectors import WordVectors
from .. import console

if TYPE_CHECKING:
    from ...models.clusters.categorisation import CategoryReport
    from ...models.documents.sts import StsReport
    from ...models.documents.text_similarity import Method as StsMethod


@dataclass(frozen=True)
class Scores:
    """Everything measured on one file of vectors.

    Attributes:
        analogies: ``None`` where no file of analogies was given.
        similarity: One report per file, in the order given.
        sts: The same of files of sentences.
        categories: The same of categorisation sets.
        wug: Plurals of made-up nouns; ``None`` where they weren't asked for.
    """

    vectors: Path
    analogies: AnalogyReport | None
    similarity: tuple[SimilarityReport, ...]
    sts: tuple[StsReport, ...] = ()
    categories: tuple[CategoryReport, ...] = ()
    wug: WugResult | None = None


def run(
    vectors: str | os.PathLike[str],
    *,
    analogies: str | os.PathLike[str] | None = None,
    similarity: Sequence[str | os.PathLike[str]] = (),
    sts: Sequence[str | os.PathLike[str]] = (),
    categories: Sequence[str | os.PathLike[str]] = (),
    wug: bool = False,
    restrict_vocab: int | None = 30_000,
    method: Method = "3cosadd",
    sts_method: StsMethod = "align",
    tokenizer: str | None = None,
    strict: bool = False,
) -> Scores:
    """Score the vectors of a file.

    Args:
        vectors: File of vectors.
        analogies: Google-style file: ``: section`` lines, four words a line.
        similarity: Files of two words and a rating per line.
        sts: Files of two sentences and a rating per line, as the STS Benchmark has them.
        categories: Files of a word and its category per line.
        wug: Ask for plurals of made-up nouns (:func:`.wug_test`), which needs n-grams.
        restrict_vocab: Analogies are asked among this many of the most frequent words; ``None``
            asks among all.
        method: "3cosadd" or "3cosmul".
        sts_method: How alike sentences are; see :func:`.text_similarity`.
        tokenizer: How sentences become words; ``None`` takes the tokeniser of the vectors.
        strict: Refuse a categorisation set with a line that lacks the word or the category; else
            such lines are left out and told.

    Raises:
        ConfigurationError: Nothing to score on, or vectors that can't be asked for made-up words.
        EvaluationDataError: A file breaks its format; names file and line.
    """
    if analogies is None and not (similarity or sts or categories or wug):
        raise ConfigurationError(
            "nothing to score on: give --analogies FILE, --similarity FILE, --sts FILE, "
            "--categories FILE or --wug"
        )
    loaded = load_vectors(vectors)
    made_up = wug_test(loaded) if wug else None  # first: it refuses vectors that can't be asked
    return Scores(
        vectors=Path(vectors),
        analogies=None
        if analogies is None
        else evaluate_analogies(loaded, analogies, restrict_vocab=restrict_vocab, method=method),
        similarity=tuple(evaluate_similarity(loaded, path) for path in similarity),
        sts=_sts(loaded, sts, sts_method, tokenizer) if sts else (),
        categories=_categories(loaded, categories, strict=strict) if categories else (),
        wug=made_up,
    )


def _categories(
    vectors: WordVectors, paths: Sequence[str | os.PathLike[str]], *, strict: bool
) -> tuple[CategoryReport, ...]:
    from ...models.clusters.categorisation import evaluate_categories

    return tuple(evaluate_categories(vectors, path, strict=strict) for path in paths)


def _sts(
    vectors: WordVectors,
    paths: Sequence[str | os.PathLike[str]],
    method: StsMethod,
    tokenizer: str | None,
) -> tuple[StsReport, ...]:
    from ...models.documents.sts import evaluate_sts

    return tuple(evaluate_sts(vectors, path, method=method, tokenizer=tokenizer) for path in paths)


def text(scores: Scores) -> str:
    """Return the scores as tables."""
    parts: list[str] = []
    if scores.analogies is not None:
        parts.append(analogy_table(scores.analogies))
    if scores.similarity:
        rows = [
            (
                found.name,
                _number(found.spearman),
                _number(found.pearson),
                f"{found.covered} / {found.pairs}",
            )
            for found in scores.similarity
        ]
        parts.append(console.table(("similarity", "spearman", "pearson", "pairs known"), rows))
    if scores.sts:
        parts.append(_sts_table(scores.sts))
    if scores.categories:
        parts.append(_category_table(scores.categories))
    if scores.wug is not None:
        parts.append(wug_table(scores.wug))
    return "\n\n".join(parts)


def _sts_table(reports: Sequence[StsReport]) -> str:
    rows = [
        (
            found.name,
            _number(found.pearson),
            _number(found.spearman),
            f"{found.pairs:,}",
            f"{found.unknown_words / max(1, found.words):.1%}",
        )
        for found in reports
    ]
    return console.table(("sts", "pearson", "spearman", "pairs", "words unknown"), rows)


def _category_table(reports: Sequence[CategoryReport]) -> str:
    rows = [
        (
            found.name,
            f"{found.purity:.4f}",
            f"{found.nmi:.4f}",
            f"{found.categories:,}",
            f"{found.covered:,} / {found.words:,}",
        )
        for found in reports
    ]
    header = ("categories", "purity", "nmi", "categories", "words known")
    left_out = [
        f"{found.name}: {len(found.incomplete):,} lines without a word or a category left out "
        f"(line {', '.join(map(str, found.incomplete[:3]))}{' …' * (len(found.incomplete) > 3)})"
        for found in reports
        if found.incomplete
    ]
    return "\n".join([console.table(header, rows), *left_out])


def analogy_table(report: AnalogyReport) -> str:
    """Return right, asked and left-out questions by section, for both kinds, and in total."""
    rows = [
        (
            section.name,
            f"{section.correct:,}",
            f"{section.asked:,}",
            "-" if section.accuracy is None else f"{section.accuracy:.1%}",
            f"{section.skipped_oov:,}",
        )
        for section in (*report.sections, report.semantic, report.syntactic, report.total)
    ]
    return console.table(("analogies", "right", "asked", "share", "unknown words"), rows)


def wug_table(found: WugResult) -> str:
    """Return each made-up noun with what came first, and the plural's place, with and without."""
    rows = [
        (
            answer.stem,
            answer.wanted,
            answer.found[0] if answer.found else "-",
            *(f"{rank:,}" if rank else "-"
              for rank in (answer.rank, answer.rank_of_forms, answer.rank_without)),
        )
        for answer in found.answers
    ]  # fmt: skip
    right = (found.right, found.right_of_forms, found.right_without)
    rows.append((f"right of {len(rows)}", "", "", *map(str, right)))
    said = (
        f"rank of the plural among {found.candidates:,} words, among the noun's own forms, and "
        f"among these without the way that {found.pairs} known nouns go to their plurals"
    )
    head = ("wug", "plural", "first", "rank", "of forms", "without the way")
    return "\n".join([console.table(head, rows), said])


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
