"""Open a saved model of whatever kind it is."""

from __future__ import annotations

import os
from typing import Any

from .classifier import TextClassifier
from .domains import saving as adapted
from .domains.adapter import DomainAdapter
from .domains.text_network import DomainAdversarialText
from .few_labels import zero_shot
from .few_labels.zero_shot import ZeroShotClassifier
from .model_folder import folder_format
from .regressor import TextRegressor
from .saving import read_model, refused_together
from .text_estimator import TextEstimator
from .training.devices import device_for

_KINDS: dict[str, type[TextEstimator]] = {
    kind.__name__: kind for kind in (TextClassifier, TextRegressor, DomainAdversarialText)
}
_OTHERS: dict[str | None, Any] = {
    adapted.FORMAT: DomainAdapter,
    zero_shot.FORMAT: ZeroShotClassifier,
}


def load_estimator(
    path: str | os.PathLike[str], *, device: str | None = None, tokenizer: Any = None
) -> TextEstimator:
    """Return the :class:`.TextClassifier` or :class:`.TextRegressor` of a folder.

    Args and errors as :meth:`.TextEstimator.load`.
    """
    place = device_for(device)
    saved = read_model(path, kinds=tuple(_KINDS), tokenizer=tokenizer)
    with refused_together(path):
        model = _KINDS[saved.kind].of(saved)
    model.network_.to(place)
    model.device, model.tokenizer = device, tokenizer
    return model


def load_predictor(
    path: str | os.PathLike[str], *, device: str | None = None, tokenizer: Any = None
) -> Any:
    """Return whatever of a folder answers for texts: a network, an adapted model, a zero-shot one.

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
    return load_estimator(path, device=device, tokenizer=tokenizer)
