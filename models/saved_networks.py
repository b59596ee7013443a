"""Open what a folder holds that reads texts: a network, or a vectoriser of documents."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from ..embeddings.errors import ModelFormatError
from .classifier import TextClassifier
from .documents import saving as documents
from .documents.vectorizer import DocumentVectorizer
from .domains.text_network import DomainAdversarialText
from .model_folder import folder_format
from .multitask import MultiTaskClassifier
from .regressor import TextRegressor
from .saving import FORMAT as NETWORK_FORMAT
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


def load_reader(
    path: str | os.PathLike[str], *, device: str | None = None, tokenizer: Any = None
) -> Any:
    """Return whatever of a folder features of texts can be had from (:class:`.FeatureCache`).

    Args:
        path: The folder.
        device: Where a network computes; a vectoriser computes on the CPU.
        tokenizer: The function that made the words, where it was one: no file can hold it.

    Raises:
        ModelFormatError: The folder holds neither a network of texts nor a
            :class:`.DocumentVectorizer`, or it is damaged or of a newer format.
    """
    found = folder_format(path)
    if found == documents.FORMAT:
        return DocumentVectorizer.load(path, tokenizer=tokenizer)
    if found is not None and found != NETWORK_FORMAT:
        raise ModelFormatError(
            f"expected a network of texts or a DocumentVectorizer, found {found!r}", path=path
        )
    return load_estimator(path, device=device, tokenizer=tokenizer, kinds=NETWORKS)
