"""Models as folders: ``config.json`` says what they are, ``model.safetensors`` holds the numbers.

Nothing in either can run. ``docs/classifiers.md`` has the fields.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..embeddings.arrayfile import ArrayFile, open_arrays, parse_json, write_arrays
from ..embeddings.atomic import atomic_folder
from ..embeddings.errors import ConfigurationError, ModelFormatError, VectorFormatError
from ..embeddings.tokenizers import FunctionTokenizer, make_tokenizer
from ..embeddings.words import pack_words, unpack_words
from .fit_progress import FitEpoch, FitHistory
from .indexing import TextIndexer
from .network import NetworkSettings, TextNetwork
from .text_report import TextReport

FORMAT_VERSION = 1
CONFIG_FILE, WEIGHTS_FILE = "config.json", "model.safetensors"
_FORMAT = "wordgraft-model"
_SUM = "config_crc32"
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
    text = json.dumps(_config(model), ensure_ascii=False, indent=1, default=_plain) + "\n"
    config = text.encode("utf-8")
    with atomic_folder(path) as folder:
        (folder / CONFIG_FILE).write_bytes(config)
        write_arrays(
            folder / WEIGHTS_FILE,
            {_BORDERS: offsets, **state, _WORDS: words},
            metadata={_SUM: f"{zlib.crc32(config):08x}"},
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
    folder = Path(path)
    content = _content(folder)
    config = _checked(content, folder / CONFIG_FILE)
    if kinds is not None and config.get("class") not in kinds:
        raise ModelFormatError(
            f"expected a {' or '.join(kinds)}, found a {config.get('class')!r}",
            path=folder / CONFIG_FILE,
        )
    opened = _open(folder / WEIGHTS_FILE)
    with refused_together(folder):
        sums = json.loads(opened.metadata["crc32"])
        if set(sums) != set(opened.arrays):
            raise ConfigurationError("the checksums are of other arrays")
    if opened.metadata.get(_SUM) != f"{zlib.crc32(content):08x}":
        raise ModelFormatError(
            f"it isn't the one that {WEIGHTS_FILE} was written with: damaged, edited, or of "
            "another model",
            path=folder / CONFIG_FILE,
        )
    named = config.get("tokenizer")
    if isinstance(named, dict) and named.get("name") == FunctionTokenizer.name:
        if tokenizer is None:
            make_tokenizer(named)  # says that the function must be given again
        named = tokenizer
    with refused_together(folder):
        return _build(config, named, opened.arrays)


@contextmanager
def refused_together(path: str | os.PathLike[str]) -> Generator[None]:
    """Turn what is raised where the parts of a model don't fit each other into one error.

    Raises:
        ModelFormatError: Something of that kind was raised in the block.
    """
    kinds = (
        LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RuntimeError,
        AssertionError,
    )  # fmt: skip
    try:
        yield
    except kinds as error:
        said = " ".join(str(error).split())[:300]
        raise ModelFormatError(
            f"{CONFIG_FILE} and {WEIGHTS_FILE} don't make a model together: {said}", path=path
        ) from error


def _config(model: SavedModel) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "format_version": FORMAT_VERSION,
        "written_by": _version(),
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


def _content(folder: Path) -> bytes:
    try:
        return (folder / CONFIG_FILE).read_bytes()
    except FileNotFoundError:
        there = f"it has no {CONFIG_FILE}" if folder.exists() else "there is no such folder"
    except OSError as error:
        there = f"{CONFIG_FILE} in it can't be read ({error.strerror or error})"
    raise ModelFormatError(f"expected the folder of a model, but {there}", path=folder)


def _checked(content: bytes, path: Path) -> dict[str, Any]:
    """Return the configuration of a model, of a version that can be read."""
    try:
        config = parse_json(content.decode("utf-8"), path, "the configuration of the model")
    except UnicodeDecodeError as error:
        raise ModelFormatError(f"it isn't UTF-8 at byte {error.start}", path=path) from error
    except VectorFormatError as error:
        raise ModelFormatError.of(error) from error
    if config.get("format") != _FORMAT:
        raise ModelFormatError("expected a model of wordgraft, found other JSON", path=path)
    stored = config.get("format_version")
    if type(stored) is not int or not 1 <= stored <= FORMAT_VERSION:
        raise ModelFormatError(
            f"format version {stored!r}, but this wordgraft reads up to {FORMAT_VERSION}; it was "
            f"written by {config.get('written_by')!r}: install that version or a newer one",
            path=path,
        )
    return config


def _open(path: Path) -> ArrayFile:
    try:
        return open_arrays(path, mmap=False)
    except FileNotFoundError:
        raise ModelFormatError("the folder of the model has no such file", path=path) from None
    except VectorFormatError as error:
        raise ModelFormatError.of(error) from error
    except OSError as error:
        raise ModelFormatError(
            f"it can't be read ({error.strerror or error})", path=path
        ) from error


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


def _plain(value: Any) -> Any:
    """Return as JSON has it what it doesn't know: numpy's numbers and arrays."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"expected settings that JSON can hold, found {value!r:.60}")


def _version() -> str:
    try:
        return version("wordgraft")
    except PackageNotFoundError:
        return "unknown"
