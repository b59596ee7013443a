"""Open a saved model of whatever kind it is."""

from __future__ import annotations

import os
from typing import Any

from . import bottleneck
from .bottleneck import BottleneckClassifier
from .domains import saving as adapted
from .domains.adapter import DomainAdapter
from .few_labels import zero_shot
from .few_labels.zero_shot import ZeroShotClassifier
from .model_folder import folder_format
from .saved_networks import NETWORKS, ONE_TASK, load_estimator, load_reader

__all__ = ["NETWORKS", "ONE_TASK", "load_estimator", "load_predictor", "load_reader"]

_OTHERS: dict[str | None, Any] = {
    adapted.FORMAT: DomainAdapter,
    zero_shot.FORMAT: ZeroShotClassifier,
}


def load_predictor(
    path: str | os.PathLike[str], *, device: str | None = None, tokenizer: Any = None
) -> Any:
    """Return whatever of a folder answers for texts: a network, heads, an adapted model ...

    A :class:`.MultiTaskClassifier` answers for each of its tasks; the others give one answer.

    Args:
        path: The folder.
        device: Where networks compute; the others compute on the CPU.
        tokenizer: The function that made the words, where it was one: no file can hold it.

    Raises:
        ModelFormatError: The folder holds none of them, or it is damaged or of a newer format.
    """
    if folder_format(path) == bottleneck.FORMAT:
        return BottleneckClassifier.load(path, device=device, tokenizer=tokenizer)
    other = _OTHERS.get(folder_format(path))
    if other is not None:
        return other.load(path, tokenizer=tokenizer)
    return load_estimator(path, device=device, tokenizer=tokenizer, kinds=NETWORKS)
