"""Other spellings under which a word without a vector may have one."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Literal

Fallback = Literal["lower", "title", "upper", "accents"]
Change = Callable[[str], str]

_CASES: dict[str, Change] = {"lower": str.lower, "title": str.capitalize, "upper": str.upper}


def changes(fallbacks: Sequence[Fallback]) -> list[tuple[str, Change]]:
    """Return name and function of each spelling to try, in order.

    Args:
        fallbacks: As :func:`~.matrix.embedding_matrix` takes them.
    """
    simple = [(str(name), _CASES.get(name, without_accents)) for name in fallbacks]
    if "accents" not in fallbacks:
        return simple
    cases = [name for name in fallbacks if name in _CASES]
    return [*simple, *((f"accents and {name}", _then(_CASES[name])) for name in cases)]


def without_accents(word: str) -> str:
    """Return a word without the marks on its letters: naïve is naive."""
    decomposed = unicodedata.normalize("NFD", word)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare)


def _then(change: Change) -> Change:
    return lambda word: change(without_accents(word))
