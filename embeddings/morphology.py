"""The wug test: whether vectors made of parts of words can inflect a word that nobody ever met.

A child who is shown one wug and then two says "wugs" (Berko 1958). Vectors composed of character
n-grams are asked the same: the mean way from a noun to its plural, added to the vector of a made-up
stem, should end at the stem's plural and not at another form of it, nor at any known word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ConfigurationError
from .similarity import row_norms, unit_rows

STEMS: Mapping[str, str] = {
    "wug": "wugs", "gutch": "gutches", "kazh": "kazhes", "heaf": "heafs", "tor": "tors",
    "lun": "luns", "niz": "nizzes", "cra": "cras", "tass": "tasses",
}  # fmt: skip
"""Berko's nouns and their plurals; of "heaf" she also took "heaves"."""
_REGULAR = (
    "animal", "bird", "book", "boy", "car", "cat", "cell", "king", "letter", "member", "month",
    "number", "player", "river", "school", "ship", "song", "street", "system", "town", "tree",
    "word", "world", "year",
)  # fmt: skip
PLURALS: Mapping[str, str] = {one: f"{one}s" for one in _REGULAR} | {
    one: f"{one}es" for one in ("church", "class", "bus", "match", "box")
}
"""Nouns with their plurals, as most corpora have them."""
SUFFIXES = (
    "s", "es", "ed", "ing", "er", "ers", "ly", "ness", "y", "al", "able", "ist", "ism", "ish",
)  # fmt: skip
"""What makes the other forms that a stem's plural must beat."""


@dataclass(frozen=True)
class WugAnswer:
    """What one stem plus the way to the plural came to.

    Attributes:
        stem: As given.
        wanted: Its plural.
        found: The nearest candidates, the nearest first.
        rank: Place of the plural among all candidates, from 1; 0 where stem or plural has no n-gram
            that the vectors know.
        rank_of_forms: Likewise among the stem's own forms alone.
        rank_without: Likewise among its forms, by nearness to the stem, without the way added.
    """

    stem: str
    wanted: str
    found: tuple[str, ...]
    rank: int
    rank_of_forms: int
    rank_without: int


@dataclass(frozen=True)
class WugResult:
    """How well vectors inflect made-up words.

    Attributes:
        answers: One for each stem.
        pairs: Known nouns that the way to the plural was learnt from.
        candidates: Words that each answer was chosen among, the stem's own forms with them.
        right: Stems whose plural came first.
        right_of_forms: Stems whose plural came first among their own forms.
        right_without: The same for what is nearest to the stem alone: what the way is held against.
    """

    answers: tuple[WugAnswer, ...]
    pairs: int
    candidates: int
    right: int
    right_of_forms: int
    right_without: int


def wug_test(
    vectors: Any,
    *,
    stems: Mapping[str, str] = STEMS,
    pairs: Mapping[str, str] = PLURALS,
    suffixes: Sequence[str] = SUFFIXES,
    known: int = 10_000,
    topn: int = 5,
) -> WugResult:
    """Inflect made-up words by the way from known nouns to their plurals.

    The way is the mean over the pairs of the difference of the two unit vectors. Candidates are the
    forms of the stem with each suffix, and the vocabulary's first words; the stem itself is left
    out, as in analogies.

    Args:
        vectors: With n-grams, so that any word has a vector: of :class:`.FastText`, or a fastText
            model read from a file.
        stems: Made-up word -> its plural.
        pairs: Known noun -> its plural; those of which one isn't in the vocabulary are left out.
        suffixes: Of the other forms.
        known: Words of the vocabulary that are candidates, the most frequent.
        topn: How many of the nearest are told.

    Raises:
        ConfigurationError: The vectors have no n-grams, or know fewer than two of the pairs.

    Source: Berko 1958 (Word 14), "The child's learning of English morphology".
    """
    if getattr(vectors, "subwords", None) is None:
        raise ConfigurationError(
            "vectors: expected some with n-grams, so that words never met have one: train with "
            "--subword, or read a fastText model"
        )
    words = list(islice(vectors, known))
    met = [(one, many) for one, many in pairs.items() if one in vectors.key_to_index
           and many in vectors.key_to_index]  # fmt: skip
    if len(met) < 2:
        raise ConfigurationError(
            f"pairs: expected two or more that the vectors know, found {len(met)} of {len(pairs)}"
        )
    singular, plural = ([pair[side] for pair in met] for side in (0, 1))
    way = (_rows(vectors, plural) - _rows(vectors, singular)).mean(axis=0)
    table = _rows(vectors, words)
    answers: list[WugAnswer] = []
    for stem, wanted in stems.items():
        made = list(dict.fromkeys([wanted, *(stem + suffix for suffix in suffixes)]))
        forms = vectors.with_vectors(made, ignore_missing=True)
        if wanted not in forms or not vectors.with_vectors([stem], ignore_missing=True):
            answers.append(WugAnswer(stem, wanted, (), 0, 0, 0))
            continue
        start = _rows(vectors, [stem])[0]
        names = [*forms, *(word for word in words if word not in forms)]
        kept = np.array([word not in forms for word in words], np.bool_)
        rows = np.concatenate([_rows(vectors, forms), table[kept]])
        alone, moved = rows @ start, rows @ (start + way)
        there, place = np.array([name != stem for name in names]), names.index(wanted)
        order = [i for i in np.argsort(-moved, kind="stable").tolist() if there[i]]
        answers.append(
            WugAnswer(
                stem=stem,
                wanted=wanted,
                found=tuple(names[i] for i in order[:topn]),
                rank=int((moved[there] > moved[place]).sum()) + 1,
                rank_of_forms=int((moved[: len(forms)] > moved[place]).sum()) + 1,
                rank_without=int((alone[: len(forms)] > alone[place]).sum()) + 1,
            )
        )
    return WugResult(
        answers=tuple(answers),
        pairs=len(met),
        candidates=len(words) + len(suffixes),
        right=sum(answer.rank == 1 for answer in answers),
        right_of_forms=sum(answer.rank_of_forms == 1 for answer in answers),
        right_without=sum(answer.rank_without == 1 for answer in answers),
    )


def _rows(vectors: Any, words: list[str]) -> NDArray[np.float32]:
    rows = np.asarray(vectors[words], np.float32)
    return unit_rows(rows, row_norms(rows))
