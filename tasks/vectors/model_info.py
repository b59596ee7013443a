"""What a saved classifier or regressor is, and how it was fitted."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...models.model_folder import CONFIG_FILE
from .info import aligned, folder_size


@dataclass(frozen=True)
class ModelInfo:
    """What the folder of a model holds.

    Attributes:
        path: The folder.
        kind: Name of its class.
        bytes: Size of its files.
        classes: Names of the classes, those of several tasks as "task: class"; empty for numbers.
        words: Words with a row V.
        vector_size: Length of each row D.
        network: Its shape.
        tokenizer: How texts become words.
        settings: Those that it was fitted with.
        epochs: Passes over the training texts.
        seconds: Time of them.
        best: Number of the epoch whose weights it has, from 1.
        accuracy: On the held-out texts in that epoch; ``None`` where there were none or no classes.
        report: What was found in the training texts.
        written_by: Version of wordgraft that wrote it.
    """

    path: str
    kind: str
    bytes: int
    classes: tuple[str, ...]
    words: int
    vector_size: int
    network: Mapping[str, Any]
    tokenizer: Mapping[str, Any]
    settings: Mapping[str, Any]
    epochs: int
    seconds: float
    best: int
    accuracy: float | None
    report: str
    written_by: str


def run(path: str | os.PathLike[str]) -> ModelInfo:
    """Return what a model is and how it was fitted.

    Raises:
        ModelFormatError: It is damaged, or of a newer format.
    """
    from ...models.loading import NETWORKS, load_estimator

    # The function stands for one that no file can hold: nothing is read here.
    model: Any = load_estimator(path, device="cpu", tokenizer=str.split, kinds=NETWORKS)
    history, folder = model.history_, Path(path)
    config = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    last = history.epochs[history.best - 1] if history.epochs else None
    rows, size = model.network_.embedding.weight.shape
    return ModelInfo(
        path=os.fspath(path),
        kind=type(model).__name__,
        bytes=folder_size(folder),
        classes=_classes(getattr(model, "classes_", ())),
        words=rows - 2,  # padding and the unknown word
        vector_size=size,
        network=model.network_.settings.as_dict(),
        tokenizer=model.indexer_.tokenizer.spec(),
        settings=config["settings"],
        epochs=len(history.epochs),
        seconds=history.seconds,
        best=history.best,
        accuracy=None if last is None else last.valid_accuracy,
        report=str(model.report_),
        written_by=str(config.get("written_by")),
    )


def text(found: ModelInfo) -> str:
    """Return what :func:`run` found, a line each."""
    held = "" if found.accuracy is None else f", {found.accuracy:.2%} held out"
    rows = {
        "folder": f"{found.path} ({found.bytes / 1e6:,.1f} MB)",
        "model": found.kind,
        "classes": ", ".join(found.classes) or "numbers",
        "words": f"{found.words:,} of {found.vector_size} numbers",
        "network": ", ".join(f"{name}={value}" for name, value in found.network.items()),
        "tokenizer": ", ".join(f"{name}={value}" for name, value in found.tokenizer.items()),
        "fitted": f"{found.epochs} epochs in {found.seconds:.0f} s, the best {found.best}{held}",
        "texts": found.report,
        "written by": f"wordgraft {found.written_by}",
    }
    return aligned(rows)


def _classes(found: Any) -> tuple[str, ...]:
    if isinstance(found, Mapping):
        return tuple(f"{task}: {one}" for task, classes in found.items() for one in classes)
    return tuple(map(str, found))
