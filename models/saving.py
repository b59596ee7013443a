"""Models as folders: ``config.json`` says what they are, ``model.safetensors`` holds the numbers.

Nothing in either can run. ``docs/classifiers.md`` has the fields.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from ..embeddings.errors import ConfigurationError
from ..embeddings.tokenizers import make_tokenizer
from ..embeddings.words import pack_words, unpack_words
from .indexing import TextIndexer
from .model_folder import (
    CONFIG_FILE,
    WEIGHTS_FILE,
    read_folder,
    refused_together,
    write_folder,
)
from .networks.network import NetworkSettings, TextNetwork
from .text_report import TextReport
from .text_tokens import saved_tokenizer
from .training.progress import FitEpoch, FitHistory

__all__ = [
    "CONFIG_FILE", "FORMAT", "WEIGHTS_FILE", "SavedModel", "read_model", "refused_together",
    "write_model",
]  # fmt: skip

FORMAT_VERSION = 1
FORMAT = "wordgraft-model"
_TABLE, _HEAD = "embedding.table.weight", "head.bias"
_WORDS, _BORDERS = "words", "offsets"


@dataclass(frozen=True, kw_only=True, eq=False)
class SavedModel:
    """What the folder of a model holds.

    Attributes:
        kind: Name of the estimator's class.
        settings: Its settings by name, JSON-able.
        fitted: What fitting found beside the network, JSON-able.
        network: Fitted.
        indexer: What turns texts into its rows.
        history: Of fitting.
        report: Of the training texts.
    """

    kind: str
    settings: Mapping[str, Any]
    fitted: Mapping[str, Any]
    network: TextNetwork
    indexer: TextIndexer
    history: FitHistory
    report: TextReport


def write_model(path: str | os.PathLike[str], model: SavedModel) -> None:
    """Write a model to a new folder, whole or not at all.

    Raises:
        OutputError: The place is taken, or can't be written.
    """
    words, offsets = pack_words(model.indexer.words)
    state = {name: tensor.cpu().numpy() for name, tensor in model.network.state_dict().items()}
    write_folder(
        path,
        _config(model),
        {_BORDERS: offsets, **state, _WORDS: words},
        format=FORMAT,
        version=FORMAT_VERSION,
    )


def read_model(
    path: str | os.PathLike[str], *, kinds: Sequence[str] | None = None, tokenizer: Any = None
) -> SavedModel:
    """Read what :func:`write_model` wrote; the network is on the CPU.

    Args:
        path: The folder.
        kinds: Names of classes, one of which it must be of; ``None`` for any.
        tokenizer: The function that made the words, where it was one.

    Raises:
        ModelFormatError: It is no model, damaged, of a newer format, or of another kind.
        ConfigurationError: Its words were made by a function, and none is given.
    """
    config, arrays = read_folder(path, format=FORMAT, version=FORMAT_VERSION, kinds=kinds)
    named = saved_tokenizer(config.get("tokenizer"), tokenizer)
    with refused_together(path):
        return _build(config, named, arrays)


def _config(model: SavedModel) -> dict[str, Any]:
    return {
        "class": model.kind,
        "settings": dict(model.settings),
        "fitted": dict(model.fitted),
        "network": model.network.settings.as_dict(),
        "outputs": model.network.head.out_features,
        "tokenizer": model.indexer.tokenizer.spec(),
        "unknown": model.indexer.unknown,
        "history": asdict(model.history),
        "report": asdict(model.report),
    }


def _build(config: dict[str, Any], tokenizer: Any, arrays: dict[str, np.ndarray]) -> SavedModel:
    """Return the model; whatever doesn't fit raises something."""
    words = unpack_words(arrays[_WORDS], arrays[_BORDERS])
    indexer = TextIndexer(words, make_tokenizer(tokenizer), unknown=config["unknown"])
    table, outputs = arrays[_TABLE], config["outputs"]
    if len(table) != len(indexer):
        raise ConfigurationError(f"{len(words):,} words, but {len(table):,} rows")
    shape = NetworkSettings(**config["network"])
    # Before memory is asked for:
    stored = sum(array.size for array in arrays.values())
    if arrays[_HEAD].shape != (outputs,) or shape.hidden * shape.layers > stored:
        raise ConfigurationError(
            f"hidden={shape.hidden}, layers={shape.layers} and outputs={outputs!r}, but a head of "
            f"shape {list(arrays[_HEAD].shape)} and {stored:,} numbers in all"
        )
    network = TextNetwork(table, outputs, shape)
    apart = (_WORDS, _BORDERS)
    network.load_state_dict({n: torch.from_numpy(a) for n, a in arrays.items() if n not in apart})
    for name, kind in (("class", str), ("settings", dict), ("fitted", dict)):
        if not isinstance(config[name], kind):
            raise ConfigurationError(f"{name}: expected {kind}, found {config[name]!r:.60}")
    return SavedModel(
        kind=config["class"],
        settings=dict(config["settings"]),
        fitted=dict(config["fitted"]),
        network=network.eval(),
        indexer=indexer,
        history=_history(config["history"]),
        report=TextReport(**config["report"]),
    )


def _history(stored: dict[str, Any]) -> FitHistory:
    return FitHistory(
        epochs=tuple(FitEpoch(**epoch) for epoch in stored["epochs"]),
        best=stored["best"],
        stages=tuple(stored["stages"]),
        stopped_early=tuple(stored["stopped_early"]),
    )
