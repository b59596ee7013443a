"""What a saved document vectoriser is, and what it was fitted on."""

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
class VectorizerInfo:
    """What the folder of a document vectoriser holds.

    Attributes:
        path: The folder.
        kind: "DocumentVectorizer".
        bytes: Size of its files.
        weighting: How words make a document.
        words: Words with a row V.
        width: Numbers in a document's vector W.
        tokenizer: How texts become words.
        settings: Those that it was fitted with.
        report: What was found in the documents it was fitted on.
        written_by: Version of wordgraft that wrote it.
    """

    path: str
    kind: str
    bytes: int
    weighting: str
    words: int
    width: int
    tokenizer: Mapping[str, Any]
    settings: Mapping[str, Any]
    report: str
    written_by: str


def run(path: str | os.PathLike[str]) -> VectorizerInfo:
    """Return what a vectoriser is and what it was fitted on.

    Raises:
        ModelFormatError: It is damaged, or of a newer format.
    """
    from ...models.documents.vectorizer import DocumentVectorizer

    folder = Path(path)
    model = DocumentVectorizer.load(path, tokenizer=str.split)  # for a function; nothing is read
    config = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    space = model.space_
    return VectorizerInfo(
        path=os.fspath(path),
        kind=type(model).__name__,
        bytes=folder_size(folder),
        weighting=space.weighting,
        words=len(space.words.indexer.words),
        width=space.width,
        tokenizer=config["tokenizer"],
        settings=config["settings"],
        report=str(model.report_),
        written_by=str(config.get("written_by")),
    )


def text(found: VectorizerInfo) -> str:
    """Return what :func:`run` found, a line each."""
    rows = {
        "folder": f"{found.path} ({found.bytes / 1e6:,.1f} MB)",
        "model": f"{found.kind}, weighting {found.weighting}",
        "words": f"{found.words:,}",
        "documents": f"{found.width} numbers each",
        "tokenizer": ", ".join(f"{name}={value}" for name, value in found.tokenizer.items()),
        "fitted on": found.report,
        "written by": f"wordgraft {found.written_by}",
    }
    return aligned(rows)
