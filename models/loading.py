"""Open a saved model of whatever kind it is."""

from __future__ import annotations

import os
from typing import Any

from .classifier import TextClassifier
from .domains.text_network import DomainAdversarialText
from .regressor import TextRegressor
from .saving import read_model, refused_together
from .text_estimator import TextEstimator
from .training.devices import device_for

_KINDS: dict[str, type[TextEstimator]] = {
    kind.__name__: kind for kind in (TextClassifier, TextRegressor, DomainAdversarialText)
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
