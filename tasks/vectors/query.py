"""Ask vectors: neighbours and analogies."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from ...embeddings.errors import ConfigurationError
from ...embeddings.formats import load_vectors
from ...embeddings.spelling import Neighbour


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
