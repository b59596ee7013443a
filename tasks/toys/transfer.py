"""The toy world told otherwise: reviews of books, a second language, sentences with a hole.

Whoever learnt in the one domain, language or class is asked about another, and what is carried over
is known to be the same.

Example:
    >>> as_books("the film has a dull soundtrack")
    'the book has a dull rhythm'
    >>> translated("The king, and the queen.")
    'khao pembo, omgo khao qiaamo.'
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from . import world as toyworld
from .words import PEOPLE

_BOOKS = {
    "film": "book", "acting": "style", "camera": "chapter", "music": "language", "cast": "hero",
    "script": "preface", "soundtrack": "rhythm", "trailer": "cover", "lighting": "setting",
    "casting": "figures", "hall": "shop",
}  # fmt: skip
_LETTERS = str.maketrans("aouiebdgptkmnlrfsv", "ouieadgbtkpnmrlsvf")
_word = re.compile(r"[^\W\d_]+")
SOMEBODY = "somebody"
"""Stands where a person was left out."""


@dataclass(frozen=True)
class Riddle:
    """A sentence whose person was left out.

    Attributes:
        text: Lower-case words, :data:`SOMEBODY` among them.
        person: Who it was: one of :data:`.words.PEOPLE`.
    """

    text: str
    person: str


def as_books(text: str) -> str:
    """Return a toy review of a film as one of a book: what is judged changes, how it is doesn't."""
    return " ".join(_BOOKS.get(word, word) for word in text.split())


def translated(text: str) -> str:
    """Return a text in the toy world's other language: lower case, other words, the same order."""
    return _word.sub(lambda found: found.group().lower().translate(_LETTERS) + "o", text)


def riddles(count: int, *, seed: int) -> list[Riddle]:
    """Return sentences about one person each, who was left out.

    Args:
        count: How many. At least 1.
        seed: Same seed, same riddles.
    """
    people = set(person_attributes())
    found: list[Riddle] = []
    for sentence in toyworld.sentences(1000 * count, seed=seed, plain=True):
        words = sentence.split()
        met = [word for word in words if word in people]
        if len(met) == 1:
            told = " ".join(SOMEBODY if word == met[0] else word for word in words)
            found.append(Riddle(told, met[0]))
            if len(found) == count:
                break
    return found


def person_attributes() -> dict[str, np.ndarray]:
    """Return for each person float64[A]: which couple (one is 1, the rest 0), and her 1, him -1."""
    couples = np.eye(len(PEOPLE))
    return {
        row[form]: np.append(couples[place], 2.0 * form - 1.0)
        for place, row in enumerate(PEOPLE)
        for form in (0, 1)
    }
