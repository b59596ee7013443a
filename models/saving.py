"""Models as folders: ``config.json`` says what they are, ``model.safetensors`` holds the numbers.

Nothing in either can run. ``docs/classifiers.md`` has the fields.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch

from ..embeddings.arrayfile import ArrayFile, open_arrays, write_arrays
from ..embeddings.atomic import atomic_folder
from ..embeddings.errors import ConfigurationError, ModelFormatError, VectorFormatError
from ..embeddings.tokenizers import make_tokenizer
from ..embeddings.words import pack_words, unpack_words
from .classifier import TextClassifier
from .devices import make_accelerator
from .fit_progress import FitEpoch, FitHistory
from .indexing import TextIndexer
from .network import NetworkSettings, TextNetwork
from .regressor import TextRegressor
from .text_estimator import TextEstimator
from .text_report import TextReport

FORMAT_VERSION = 1
CONFIG_FILE, WEIGHTS_FILE = "config.json", "model.safetensors"
_KINDS: dict[str, type[TextEstimator]] = {
    kind.__name__: kind for kind in (TextClassifier, TextRegressor)
}
_NOT_KEPT = ("vectors", "init_from", "tokenizer", "device", "precision", "tune_words")
_TABLE = "embedding.table.weight"
_Estimator = TypeVar("_Estimator", bound=TextEstimator)


def save_estimator(model: TextEstimator, path: str | os.PathLike[str]) -> None:
    """Write a fitted model to a new folder, whole or not at all.

    Raises:
        OutputError: The place is taken, or can't be written.
    """
    network: TextNetwork = model.network_
    words, offsets = pack_words(model.indexer_.words)
    state = {name: tensor.cpu().numpy() for name, tensor in network.state_dict().items()}
    with atomic_folder(path) as folder:
        text = json.dumps(_config(model), ensure_ascii=False, indent=1)
        (folder / CONFIG_FILE).write_text(text + "\n", encoding="utf-8")
        arrays = {"offsets": offsets, **state, "words": words}
        write_arrays(folder / WEIGHTS_FILE, arrays)


def load_estimator(
    path: str | os.PathLike[str],
    *,
    device: str | None = None,
    expected: type[_Estimator] = TextEstimator,
) -> _Estimator:
    """Open a model that :func:`save_estimator` wrote.

    Args:
        path: The folder.
        device: Where to compute; ``None`` for the best there is.
        expected: What it must be.

    Raises:
        ModelFormatError: It is no model, damaged, of a newer format, or of another kind.
        DeviceError: There is no such device.
    """
    folder = Path(path)
    config = _read_config(folder)
    kind = _KINDS.get(str(config.get("class")))
    if kind is None or not issubclass(kind, expected):
        wanted = expected.__name__ if expected in _KINDS.values() else " or ".join(_KINDS)
        raise ModelFormatError(
            f"expected a {wanted}, found a {config.get('class')!r}", path=folder / CONFIG_FILE
        )
    opened = _open(folder / WEIGHTS_FILE)
    try:
        model = _build(kind, config, opened)
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise ModelFormatError(
            f"{CONFIG_FILE} and {WEIGHTS_FILE} don't make a model together: {_short(error)}",
            path=folder,
        ) from error
    model.network_.to(make_accelerator(device).device)
    assert isinstance(model, expected)
    return model


def _config(model: TextEstimator) -> dict[str, Any]:
    settings = model.get_params()
    network: TextNetwork = model.network_
    found: dict[str, Any] = {
        "format": "wordgraft-model",
        "format_version": FORMAT_VERSION,
        "written_by": _version(),
        "class": type(model).__name__,
        "settings": {n: _plain(v) for n, v in settings.items() if n not in _NOT_KEPT},
        "network": network.settings.as_dict(),
        "outputs": network.head.out_features,
        "tokenizer": model.indexer_.tokenizer.spec(),
        "unknown": model.indexer_.unknown,
        "history": asdict(model.history_),
        "report": asdict(model.report_),
    }
    if isinstance(model, TextClassifier):
        found["fitted"] = {
            "classes": model.classes_.tolist(),
            "multilabel": model.multilabel_,
            "prior": model.prior_.tolist(),
            "temperature": model.temperature_,
        }
        weight = settings["class_weight"]
        if weight is not None and weight != "balanced":  # its keys may be no strings
            found["settings"]["class_weight"] = None
    elif isinstance(model, TextRegressor):
        found["fitted"] = {"mean": model.mean_, "scale": model.scale_}
    return found


def _read_config(folder: Path) -> dict[str, Any]:
    place = folder / CONFIG_FILE
    try:
        text = place.read_text(encoding="utf-8")
    except FileNotFoundError:
        there = "there is no such folder" if not folder.exists() else f"it has no {CONFIG_FILE}"
        raise ModelFormatError(
            f"expected the folder of a model, but {there}", path=folder
        ) from None
    except (NotADirectoryError, UnicodeDecodeError) as error:
        raise ModelFormatError(
            f"expected the folder of a model, found something else ({error})", path=folder
        ) from None
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelFormatError(f"it is no JSON: {_short(error)}", path=place) from None
    if not isinstance(config, dict) or config.get("format") != "wordgraft-model":
        raise ModelFormatError("expected a model of wordgraft, found other JSON", path=place)
    newest = config.get("format_version")
    if not isinstance(newest, int) or newest > FORMAT_VERSION or newest < 1:
        raise ModelFormatError(
            f"format version {newest!r}, but this wordgraft reads up to {FORMAT_VERSION}; it was "
            f"written by {config.get('written_by')!r}: install that version or a newer one",
            path=place,
        )
    return config


def _open(path: Path) -> ArrayFile:
    try:
        return open_arrays(path, mmap=False)
    except FileNotFoundError:
        raise ModelFormatError("the folder of the model has no such file", path=path) from None
    except VectorFormatError as error:
        raise ModelFormatError.of(error) from None


def _build(kind: type[TextEstimator], config: dict[str, Any], opened: ArrayFile) -> TextEstimator:
    """Return the model; whatever doesn't fit raises something."""
    model = kind(**config["settings"])
    arrays = opened.arrays
    words = unpack_words(arrays["words"], arrays["offsets"])
    model.indexer_ = TextIndexer(
        words, make_tokenizer(config["tokenizer"]), unknown=config["unknown"]
    )
    table = arrays[_TABLE]
    if len(table) != len(model.indexer_):
        raise ConfigurationError(f"{len(words):,} words, but {len(table):,} rows")
    shape = NetworkSettings(**config["network"])
    stored = sum(array.size for array in arrays.values())
    if shape.hidden * (shape.hidden + table.shape[1]) > stored:  # before memory is asked for
        raise ConfigurationError(f"hidden={shape.hidden}, but {stored:,} numbers in all")
    network = TextNetwork(table, int(config["outputs"]), shape)
    state = {n: torch.from_numpy(a) for n, a in arrays.items() if n not in ("words", "offsets")}
    network.load_state_dict(state)
    model.network_ = network.eval()
    model.history_ = _history(config["history"])
    model.report_ = TextReport(**config["report"])
    fitted = config["fitted"]
    if isinstance(model, TextClassifier):
        model.classes_ = np.array(fitted["classes"])
        model.multilabel_ = bool(fitted["multilabel"])
        model.prior_ = np.array(fitted["prior"], np.float64)
        model.temperature_ = float(fitted["temperature"])
        if not model.classes_.shape == model.prior_.shape == (network.head.out_features,):
            raise ConfigurationError(
                f"{len(model.classes_)} classes and {len(model.prior_)} shares, but "
                f"{network.head.out_features} outputs"
            )
    elif isinstance(model, TextRegressor):
        model.mean_, model.scale_ = float(fitted["mean"]), float(fitted["scale"])
    return model


def _history(stored: dict[str, Any]) -> FitHistory:
    return FitHistory(
        epochs=tuple(FitEpoch(**epoch) for epoch in stored["epochs"]),
        best=stored["best"],
        stages=tuple(stored["stages"]),
        stopped_early=tuple(stored["stopped_early"]),
    )


def _plain(value: Any) -> Any:
    """Return a setting as JSON has it: numpy's numbers become Python's."""
    if isinstance(value, np.generic):
        return value.item()
    return [*value] if isinstance(value, (tuple, np.ndarray)) else value


def _version() -> str:
    try:
        return version("wordgraft")
    except PackageNotFoundError:
        return "unknown"


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
