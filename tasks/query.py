"""Ask vectors: neighbours, analogies, what a file holds."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..embeddings.errors import ConfigurationError
from ..embeddings.formats import load_vectors
from ..embeddings.vectors import Neighbour


@dataclass(frozen=True)
class Formula:
    """A sum of words, such as king - man + woman.

    Attributes:
        terms: Sign ("+" or "-") and word, in the order written.
    """

    terms: tuple[tuple[str, str], ...]

    @property
    def positive(self) -> list[str]:
        """The words to add."""
        return [word for sign, word in self.terms if sign == "+"]

    @property
    def negative(self) -> list[str]:
        """The words to take away."""
        return [word for sign, word in self.terms if sign == "-"]

    def __str__(self) -> str:
        return " ".join(f"{sign} {word}" for sign, word in self.terms).removeprefix("+ ")


@dataclass(frozen=True)
class Answer:
    """The nearest words to one question.

    Attributes:
        question: A word, or a formula as text.
        neighbours: Nearest first.
    """

    question: str
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True)
class VectorFileInfo:
    """What a file of vectors holds.

    Attributes:
        words: Number of words V.
        vector_size: Length of each vector D.
        bytes: Size of the file.
        tokens: Tokens of the corpus the words were counted in; ``None`` where not known.
        most_frequent: The first words of the file.
        tokenizer: How the text was tokenised; ``None`` where not known.
        metadata: All else that the file says about its making.
    """

    path: Path
    words: int
    vector_size: int
    bytes: int
    tokens: int | None
    most_frequent: tuple[str, ...]
    tokenizer: Mapping[str, Any] | None
    metadata: Mapping[str, Any]


def parse_formula(tokens: Sequence[str]) -> Formula:
    """Read a sum of words as typed: ``king - man + woman``, ``king -man +woman``, or one string.

    After a sign that stands alone, the next token is a word whatever it begins with.

    Raises:
        ConfigurationError: A sign without a word, two words without a sign, or nothing to add.
    """
    if len(tokens) == 1:
        tokens = tokens[0].split()
    terms: list[tuple[str, str]] = []
    sign: str | None = None  # stands alone, waits for its word
    for token in tokens:
        if sign is not None:
            terms.append((sign, token))
            sign = None
        elif token in ("+", "-"):
            sign = token
        elif token.startswith(("+", "-")):
            terms.append((token[0], token[1:]))
        elif not terms:
            terms.append(("+", token))
        else:
            raise ConfigurationError(f"expected + or - before {token!r}, as in: king - man + woman")
    if sign is not None:
        raise ConfigurationError("expected a word at the end, as in: king - man + woman")
    formula = Formula(tuple(terms))
    if not formula.positive:
        raise ConfigurationError(
            "nothing to add: expected a word with +, as in: king - man + woman"
        )
    return formula


def similar(
    path: str | os.PathLike[str],
    words: Sequence[str],
    *,
    topn: int = 10,
    restrict_vocab: int | None = None,
) -> list[Answer]:
    """Return the nearest words of each word.

    Raises:
        UnknownWordError: A word has no vector; names close ones.
    """
    vectors = load_vectors(path)
    return [
        Answer(word, tuple(vectors.most_similar(word, topn=topn, restrict_vocab=restrict_vocab)))
        for word in words
    ]


def analogy(
    path: str | os.PathLike[str],
    formula: Formula,
    *,
    topn: int = 10,
    restrict_vocab: int | None = None,
    method: str = "3cosadd",
) -> Answer:
    """Return the nearest words to a formula, without the words in it.

    Args:
        path: File of vectors.
        formula: Words to add and to take away.
        topn: How many neighbours.
        restrict_vocab: Answer among this many of the most frequent words; ``None`` among all.
        method: "3cosadd" or "3cosmul".

    Raises:
        UnknownWordError: A word has no vector; names close ones.
    """
    vectors = load_vectors(path)
    positive, negative = formula.positive, formula.negative
    if method == "3cosmul":
        found = vectors.most_similar_cosmul(
            positive, negative, topn=topn, restrict_vocab=restrict_vocab
        )
    else:
        found = vectors.most_similar(positive, negative, topn=topn, restrict_vocab=restrict_vocab)
    return Answer(str(formula), tuple(found))


def info(path: str | os.PathLike[str]) -> VectorFileInfo:
    """Return what a file of vectors holds and how it was made."""
    vectors = load_vectors(path)
    return VectorFileInfo(
        path=Path(path),
        words=len(vectors),
        vector_size=vectors.vector_size,
        bytes=Path(path).stat().st_size,
        tokens=None if vectors.counts is None else int(vectors.counts.sum()),
        most_frequent=tuple(vectors.index_to_key[:10]),
        tokenizer=vectors.tokenizer,
        metadata=vectors.metadata,
    )


def info_text(found: VectorFileInfo) -> str:
    """Return what :func:`info` found, a line each."""
    rows = {
        "file": f"{found.path} ({found.bytes / 1e6:,.1f} MB)",
        "words": f"{found.words:,}",
        "vector size": f"{found.vector_size}",
        "tokens": "unknown" if found.tokens is None else f"{found.tokens:,}",
        "most frequent": " ".join(found.most_frequent),
        "tokenizer": "unknown" if found.tokenizer is None else _flat(found.tokenizer),
    }
    for name, value in found.metadata.items():
        if name == "history":
            rows["loss by epoch"] = " ".join(f"{epoch['loss']:.4f}" for epoch in value)
        elif name != "tokenizer":
            rows[name] = _flat(value) if isinstance(value, Mapping) else str(value)
    width = max(map(len, rows))
    return "\n".join(f"{name.ljust(width)}  {value}" for name, value in rows.items())


def _flat(value: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={item}" for name, item in value.items())
