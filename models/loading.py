"""Open a saved model of whatever kind it is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from .classifier import TextClassifier
from .domains import saving as adapted
from .domains.adapter import DomainAdapter
from .domains.text_network import DomainAdversarialText
from .few_labels import zero_shot
from .few_labels.zero_shot import ZeroShotClassifier
from .model_folder import folder_format
from .multitask import MultiTaskClassifier
from .regressor import TextRegressor
from .saving import read_model, refused_together
from .text_estimator import TextEstimator
from .training.devices import device_for

_ONE_TASK = (TextClassifier, TextRegressor, DomainAdversarialText)
_KINDS: dict[str, type[TextEstimator]] = {
    kind.__name__: kind for kind in (*_ONE_TASK, MultiTaskClassifier)
}
NETWORKS = tuple(_KINDS)
"""Names of all classes whose folders hold a network of texts."""
ONE_TASK = tuple(kind.__name__ for kind in _ONE_TASK)
"""Names of those that give one answer for a text."""
_OTHERS: dict[str | None, Any] = {
    adapted.FORMAT: DomainAdapter,
    zero_shot.FORMAT: ZeroShotClassifier,
}


def load_estimator(
    path: str | os.PathLike[str],
    *,
    device: str | None = None,
    tokenizer: Any = None,
    kinds: Sequence[str] = ONE_TASK,
) -> TextEstimator:
    """Return the :class:`.TextClassifier` or :class:`.TextRegressor` of a folder.

    Args:
        path: The folder.
        device: Where it computes; ``None`` for the best there is.
        tokenizer: The function that made the words, where it was one: no file can hold it.
        kinds: Names of classes, of :data:`NETWORKS`, one of which it must be of.

    Raises:
        ModelFormatError: The folder is no such model, damaged, or of a newer format.
    """
    place = device_for(device)
    saved = read_model(path, kinds=kinds, tokenizer=tokenizer)
    with refused_together(path):
        model = _KINDS[saved.kind].of(saved)
    model.network_.to(place)
    model.device, model.tokenizer = device, tokenizer
    return model


def load_predictor(
    path: str | os.PathLike[str], *, device: str | None = None, tokenizer: Any = None
) -> Any:
    """Return whatever of a folder answers for texts: a network, an adapted model, a zero-shot one.

    A :class:`.MultiTaskClassifier` answers for each of its tasks; the others give one answer.

    Args:
        path: The folder.
        device: Where a network computes; the others compute on the CPU.
        tokenizer: The function that made the words, where it was one: no file can hold it.

    Raises:
        ModelFormatError: The folder holds none of them, or it is damaged or of a newer format.
    """
    other = _OTHERS.get(folder_format(path))
    if other is not None:
        return other.load(path, tokenizer=tokenizer)
    return load_estimator(path, device=device, tokenizer=tokenizer, kinds=NETWORKS)
