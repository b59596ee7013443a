"""What is wrong with the settings of a document vectoriser: one sentence for each mistake."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, TypeGuard, get_args

import numpy as np

from ...embeddings.errors import ConfigurationError
from ...embeddings.tokenizers import make_tokenizer
from .weightings import Weighting

Empty = Literal["zero", "mean", "error"]
CountedIn = Literal["vectors", "collection"]
POWERS = (-math.inf, 1.0, 3.0, math.inf)
"""Least, mean, third power, greatest: concatenated, four times the vectors' length."""
COMPONENTS = {"sif": 1, "usif": 5}
"""Directions that documents have in common and lose, by weighting; others lose none."""


def setting_problems(model: Any) -> list[str]:
    """Return all mistakes in the settings of a :class:`.DocumentVectorizer`."""
    problems = [*_choices(model), *_numbers(model)]
    try:
        make_tokenizer(model.tokenizer)
    except ConfigurationError as error:
        problems.extend(error.problems)
    if not hasattr(model.vectors, "index_to_key"):
        problems.append(
            "vectors: expected WordVectors, as load_vectors returns them, found "
            f"{type(model.vectors).__name__}"
        )
    return problems or _contradictions(model)


def _choices(model: Any) -> list[str]:
    problems: list[str] = []
    for name, allowed in (
        ("weighting", get_args(Weighting)),
        ("empty", get_args(Empty)),
        ("word_counts", (None, *get_args(CountedIn))),
        ("center", (None, True, False)),
        ("normalize", (None, True, False)),
    ):
        value = getattr(model, name)
        if not any(value is one or (isinstance(one, str) and value == one) for one in allowed):
            wanted = ", ".join(map(repr, allowed))
            problems.append(f"{name}: expected one of {wanted}, found {value!r:.60}")
    return problems


def _numbers(model: Any) -> list[str]:
    problems: list[str] = []
    for name, least, optional in (
        ("remove_components", 0, True),
        ("min_df", 1, False),
        ("extra_words", 0, False),
        ("seed", 0, False),
    ):
        value = getattr(model, name)
        if value is None and optional:
            continue
        if not _is_whole(value) or value < least:
            end = ", or None" if optional else ""
            problems.append(f"{name}: expected a whole number from {least}{end}, found {value!r}")
    value = model.smoothing
    if value is not None and not (_is_real(value) and 0 < value < math.inf):
        problems.append(f"smoothing: expected a number above 0, or None, found {value!r}")
    return [*problems, *_powers(model.powers)]


def _powers(powers: Any) -> list[str]:
    if powers is None:
        return []
    listed = isinstance(powers, Sequence) and not isinstance(powers, str)
    if listed and len(powers) and all(map(_is_power, powers)) and len(set(powers)) == len(powers):
        return []
    return [
        "powers: expected different whole numbers from 1 to 9, inf or -inf, at least one, found "
        f"{powers!r:.60}"
    ]


def _is_power(value: Any) -> bool:
    return _is_real(value) and (math.isinf(value) or (1 <= value <= 9 and value == int(value)))


def _contradictions(model: Any) -> list[str]:
    kind = model.weighting
    only = (
        ("powers", ("power",)),
        ("smoothing", ("sif",)),
        ("word_counts", ("sif", "usif")),
    )
    problems = [
        f"{name}={getattr(model, name)!r} needs weighting={' or '.join(map(repr, kinds))}, found "
        f"{kind!r}"
        for name, kinds in only
        if getattr(model, name) is not None and kind not in kinds
    ]
    if kind == "auto":
        problems += [
            f"{name}={getattr(model, name)!r} contradicts weighting='auto', which has its own"
            for name in ("remove_components", "center")
            if getattr(model, name) is not None
        ]
    if model.word_counts == "vectors" and model.vectors.counts is None:
        problems.append(
            "word_counts='vectors': these vectors don't know how often their words occurred. Say "
            "'collection', or leave it out"
        )
    return problems


def _is_real(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float, np.floating, np.integer)) and not isinstance(value, bool)


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
