"""Small corpora and short ways that the tests of training share."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from wordgraft.embeddings.word2vec import Word2Vec
from wordgraft.tasks.toys import world as toyworld

KINDS = [("skipgram", "ns"), ("cbow", "ns"), ("skipgram", "hs"), ("cbow", "hs")]
"""Every model with every loss."""


@cache
def toy(words: int = 40_000, seed: int = 1) -> tuple[tuple[str, ...], ...]:
    """Sentences of the toy world as tokens."""
    said = toyworld.sentences(words, seed=seed, plain=True)
    return tuple(tuple(sentence.split()) for sentence in said)


def lists(words: int = 40_000, seed: int = 1) -> list[list[str]]:
    return [list(sentence) for sentence in toy(words, seed)]


def small(**settings: Any) -> Word2Vec:
    """A model that trains in a blink."""
    return Word2Vec(**({"vector_size": 16, "epochs": 1, "workers": 1} | settings))


def saved(model: Word2Vec, path: Path) -> bytes:
    """The whole file that a model writes: vectors, output vectors, counts, notes."""
    model.save(path)
    return path.read_bytes()


def context(model: Word2Vec) -> np.ndarray:
    """The output rows, which have no public name."""
    return model._result().context


def changed_rows(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """bool[n]: where any bit of a row differs."""
    return (before.view(np.uint32) != after.view(np.uint32)).any(axis=1)
