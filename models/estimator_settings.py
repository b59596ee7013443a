"""What is wrong with the settings of a model of texts: one sentence for each mistake."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeGuard, get_args

import numpy as np

from ..embeddings.errors import ConfigurationError
from ..embeddings.tokenizers import make_tokenizer
from .networks.network import NetworkSettings
from .recipe import Embeddings
from .training.devices import PRECISIONS, device_named

LongTexts = Literal["head+tail", "chunks"]

_WHOLE = {
    "extra_words": 0, "vector_size": 1, "min_count": 1, "max_length": 1, "head_epochs": 1,
    "batch_size": 1, "seed": 0,
}  # fmt: skip
_WHOLE_OR_NONE = {"max_words": 1, "epochs": 1, "patience": 1}
_REALS: tuple[tuple[str, str, Callable[[float], bool]], ...] = (
    ("rate", "a learning rate above 0, at most 10", lambda v: 0 < v <= 10),
    ("clip", "a norm above 0 or None", lambda v: 0 < v < math.inf),
    ("factor", "a number from 1", lambda v: 1 <= v < math.inf),
    ("weight_decay", "a number from 0", lambda v: 0 <= v < math.inf),
    ("adversary", "a number from 0", lambda v: 0 <= v < math.inf),
    ("validation_fraction", "a share from 0 to below 1, or None", lambda v: 0 <= v < 1),
)
_REAL_OR_NONE = ("clip", "validation_fraction")


def shape_of(model: Any) -> NetworkSettings:
    """Return the shape of the network that an estimator's settings describe.

    Raises:
        ConfigurationError: They describe none.
    """
    names = NetworkSettings.__dataclass_fields__
    return NetworkSettings(**{name: getattr(model, name) for name in names})


def setting_problems(model: Any) -> list[str]:
    """Return all mistakes in the settings of a :class:`.TextEstimator`."""
    return [*_value_problems(model), *_contradictions(model)]


def stored_problems(model: Any) -> list[str]:
    """Return the mistakes in what a file keeps of the settings: nothing is learnt from them."""
    return _value_problems(model)


def _value_problems(model: Any) -> list[str]:
    problems = [
        *_problems_of(lambda: shape_of(model)),
        *_problems_of(lambda: device_named(model.device)),
        *_problems_of(lambda: make_tokenizer(model.tokenizer)),
        *_number_problems(model),
    ]
    for name, allowed in (
        ("embeddings", (None, *get_args(Embeddings))),
        ("long_texts", get_args(LongTexts)),
        ("precision", (None, *PRECISIONS)),
    ):
        value = getattr(model, name)
        if value not in allowed:
            wanted = ", ".join(map(repr, allowed))
            problems.append(f"{name}: expected one of {wanted}, found {value!r}")
    return [*problems, *_word_problems(model.tune_words)]


def _problems_of(made: Callable[[], object]) -> tuple[str, ...]:
    try:
        made()
    except ConfigurationError as error:
        return error.problems
    return ()


def _number_problems(model: Any) -> list[str]:
    problems: list[str] = []
    given: dict[str, Any] = vars(model)
    for name, least in {**_WHOLE, **_WHOLE_OR_NONE}.items():
        value = given[name]
        if value is None and name in _WHOLE_OR_NONE:
            continue
        if not _is_whole(value) or value < least:
            problems.append(f"{name}: expected a whole number from {least}, found {value!r}")
    for name, wanted, fits in _REALS:
        value = given[name]
        if value is None and name in _REAL_OR_NONE:
            continue
        if not _is_real(value) or not fits(value):
            problems.append(f"{name}: expected {wanted}, found {value!r}")
    return problems


def _word_problems(wanted: Any) -> list[str]:
    if wanted is None or (_is_whole(wanted) and wanted >= 1):
        return []
    if isinstance(wanted, Sequence) and not isinstance(wanted, (str, bytes)):
        strange = [word for word in wanted if not isinstance(word, str)]
        if wanted and not strange:
            return []
        wanted = strange[0] if strange else wanted
    return [f"tune_words: expected words, or how many from 1, or None; found {wanted!r:.60}"]


def _contradictions(model: Any) -> list[str]:
    problems: list[str] = []
    vectors, carried, mode = model.vectors, model.init_from, model.embeddings
    if vectors is not None and not hasattr(vectors, "with_vectors"):
        problems.append(
            "vectors: expected WordVectors, as load_vectors returns them, found "
            f"{type(vectors).__name__}"
        )
    fitted = hasattr(carried, "network_") and hasattr(carried, "indexer_")
    if not fitted and carried is not None and not isinstance(carried, (str, os.PathLike)):
        problems.append(
            "init_from: expected a fitted TextClassifier or TextRegressor, or the folder of one, "
            f"found {carried!r:.80}"
        )
    if mode == "scratch" and carried is not None:
        problems.append('embeddings="scratch" contradicts init_from, which carries a model')
    if mode in ("frozen", "tuned", "staged") and vectors is None and carried is None:
        problems.append(
            f"embeddings={mode!r} needs vectors (or init_from): load some with load_vectors, or "
            'say embeddings="scratch"'
        )
    if model.patience is not None and model.validation_fraction == 0:
        problems.append("patience needs a held-out part: validation_fraction above 0")
    if mode == "frozen" and model.tune_words is not None:
        problems.append('tune_words contradicts embeddings="frozen", where no vector learns')
    return problems


def _is_real(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float, np.floating, np.integer)) and not isinstance(value, bool)


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
