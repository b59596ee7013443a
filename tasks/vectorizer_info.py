"""What a saved document vectoriser is, and what it was fitted on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CONFIG_FILE = "config.json"


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


def is_vectorizer(path: str | os.PathLike[str]) -> bool:
    """Say whether a path is the folder of a document vectoriser."""
    try:
        config = json.loads(Path(path, _CONFIG_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(config, dict) and config.get("format") == "wordgraft-documents"


def run(path: str | os.PathLike[str]) -> VectorizerInfo:
    """Return what a vectoriser is and what it was fitted on.

    Raises:
        ModelFormatError: It is damaged, or of a newer format.
    """
    from ..models.documents.vectorizer import DocumentVectorizer

    folder = Path(path)
    config = json.loads((folder / _CONFIG_FILE).read_text(encoding="utf-8"))
    model = DocumentVectorizer.load(path, tokenizer=_any_function(config))
    space = model.space_
    return VectorizerInfo(
        path=os.fspath(path),
        kind=type(model).__name__,
        bytes=sum(file.stat().st_size for file in folder.iterdir() if file.is_file()),
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
    width = max(map(len, rows))
    return "\n".join(f"{name.ljust(width)}  {value}" for name, value in rows.items())


def _any_function(config: Any) -> Any:
    """Return what stands in for a function that no file can hold: nothing is tokenised here."""
    named = config.get("tokenizer") if isinstance(config, dict) else None
    return str.split if isinstance(named, dict) and named.get("name") == "custom" else None
