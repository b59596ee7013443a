"""Vectors for spaCy: a pipeline in memory, and a folder that ``spacy.load`` opens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..atomic import atomic_folder
from ..errors import ConfigurationError
from .outgoing import Outgoing

if TYPE_CHECKING:
    from spacy.language import Language

Attribute = Literal["ORTH", "LOWER"]


def to_spacy(outgoing: Outgoing, *, attr: Attribute | None = None) -> Language:
    """Build a blank pipeline of ``outgoing.language`` whose words have these vectors.

    Args:
        outgoing: Words and rows; they are copied.
        attr: What of a token is looked up: ``"ORTH"``, the token as it stands, or ``"LOWER"``, its
            lower case. ``None`` takes LOWER if no word of the vectors has a capital: "King" then
            has the vector of "king", not zeros.

    Raises:
        ConfigurationError: spaCy knows no such language, or ``attr`` is something else.
    """
    import spacy
    from spacy.vectors import Vectors

    if attr not in (None, "ORTH", "LOWER"):
        raise ConfigurationError(f"attr must be 'ORTH', 'LOWER' or None, found {attr!r}")
    try:
        pipeline = spacy.blank(outgoing.language)
    except ImportError as error:
        raise ConfigurationError(
            f"language: spaCy knows no language {outgoing.language!r}. Give a code such as en or "
            "de, or xx for many languages"
        ) from error
    if attr is None:
        attr = "LOWER" if outgoing.all_lower else "ORTH"
    strings = pipeline.vocab.strings
    keys = np.array([strings.add(word) for word in outgoing.words], np.uint64)
    pipeline.vocab.vectors = Vectors(
        strings=strings, data=outgoing.matrix(), keys=keys, name="wordgraft", attr=attr
    )
    pipeline.meta["vectors"]["name"] = "wordgraft"
    return pipeline


def write_spacy(outgoing: Outgoing, path: Path) -> tuple[str, ...]:
    """Write the folder of such a pipeline."""
    pipeline = to_spacy(outgoing)
    with atomic_folder(path) as folder:
        pipeline.to_disk(folder)
        # spaCy reads attr from here, but writes it for its floret vectors only.
        settings = {"mode": "default", "attr": pipeline.vocab.vectors.attr}
        config = folder / "vocab" / "vectors.cfg"
        config.write_text(json.dumps(settings), encoding="utf-8")
    if not outgoing.all_lower:
        return ()
    return ("No word has a capital: spaCy looks up the lower case of its tokens",)
