"""News of the toy world: short documents with a topic each, in few of the topic's words.

Each sentence has two or three of the sixteen words of a topic, most of the document's own, some of
another; one sentence may be about anything. So two documents of one topic share few words of it,
and words of other topics as well: whoever counts words sees something, whoever knows from other
text which words keep company sees more.

Example:
    >>> one = documents(1, seed=1)[0]
    >>> one.topic in TOPICS, one.text.count(".") >= 2
    (True, True)
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...embeddings.atomic import atomic_writer
from ...embeddings.errors import ConfigurationError
from . import world as toyworld
from .words import TOPICS as _WORDS

TOPICS = tuple(_WORDS)
"""The topics, in the order of their numbers."""
_ABOUT = (1, 2)  # sentences about the topic, from and to
_ANOTHER, _ANYTHING = 0.5, 0.3  # chance of one about another topic, and of one about anything
_FRAMES = (
    "The {x} and the {y} {v} again.",
    "A {x} {v} because of the {y}.",
    "Everyone talks about the {x} that {v}.",
    "It {v} like a {x}.",
    "The {x} {v}, and nobody knew why.",
)
_WORDS_EACH = 12  # words of a sentence about anything, with some to spare


@dataclass(frozen=True)
class ToyDocument:
    """One document.

    Attributes:
        text: Some sentences.
        topic: One of :data:`TOPICS`.
    """

    text: str
    topic: str


def documents(count: int, *, seed: int) -> list[ToyDocument]:
    """Return documents, as many of each topic, in random order.

    Args:
        count: How many. At least 1.
        seed: Same seed, same documents.

    Raises:
        ConfigurationError: ``count`` is below 1.
    """
    if count < 1:
        raise ConfigurationError(f"documents: expected a count of at least 1, found {count}")
    rng = np.random.default_rng([seed, 5])
    spare = toyworld.sentences(count * _WORDS_EACH, seed=seed)
    found: list[ToyDocument] = []
    for number in rng.permutation(np.arange(count) % len(TOPICS)).tolist():
        topic = TOPICS[number]
        said = [_about(topic, rng) for _ in range(int(rng.integers(_ABOUT[0], _ABOUT[1] + 1)))]
        if rng.random() < _ANOTHER:
            said.append(_about(_one(TOPICS, rng), rng))
        if rng.random() < _ANYTHING:
            said.append(next(spare))
        order = rng.permutation(len(said)).tolist()
        found.append(ToyDocument(" ".join(said[i] for i in order), topic))
    return found


def write_documents(path: str | os.PathLike[str], count: int, *, seed: int) -> None:
    """Write documents as JSON lines of id, text and topic."""
    lines = [
        json.dumps({"id": f"news-{number}", "text": one.text, "topic": one.topic}) + "\n"
        for number, one in enumerate(documents(count, seed=seed), 1)
    ]
    with atomic_writer(path) as file:
        file.write("".join(lines).encode())


def _about(topic: str, rng: np.random.Generator) -> str:
    things, doings = (words.split() for words in _WORDS[topic])
    frame = _FRAMES[int(rng.integers(len(_FRAMES)))]
    first = int(rng.integers(len(things)))
    second = (first + 1 + int(rng.integers(len(things) - 1))) % len(things)
    return frame.format(x=things[first], y=things[second], v=_one(doings, rng))


def _one(words: Sequence[str], rng: np.random.Generator) -> str:
    return words[int(rng.integers(len(words)))]
