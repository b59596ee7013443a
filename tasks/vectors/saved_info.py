"""What is saved and isn't vectors: models of every kind, kept features, graphs of neighbours."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...embeddings.arrayfile import ArrayFile, open_arrays, parse_json
from ...embeddings.errors import VectorFormatError
from ...embeddings.index_file import GRAPH_NOTES, graph_notes
from ...models.model_folder import CONFIG_FILE, folder_format
from ..outputs import kept_model
from . import model_info, vectorizer_info
from .info import aligned, folder_size

SHOWN = 12
"""Clusters, classes or files that are named."""


@dataclass(frozen=True)
class SavedInfo:
    """What a folder or file holds.

    Attributes:
        path: Where it is.
        kind: Name of the class that wrote it.
        bytes: Size of its files.
        facts: What there is to know of that kind, by name.
        settings: Those that it was fitted with.
        written_by: Version of wordgraft that wrote it.
    """

    path: str
    kind: str
    bytes: int
    facts: Mapping[str, Any]
    settings: Mapping[str, Any]
    written_by: str


def find(path: str | os.PathLike[str]) -> Callable[[], Any] | None:
    """Return what tells about something saved that isn't vectors; ``None`` for the rest.

    Args:
        path: Folder of a model, or of a result in which one was kept; folder or file of kept
            features; file of a graph.
    """
    if Path(path).is_file():
        return _of_file(Path(path))
    folder = kept_model(path)
    format = folder_format(folder)
    if format == "wordgraft-model":
        return lambda: model_info.run(folder)
    if format == "wordgraft-documents":
        return lambda: vectorizer_info.run(folder)
    facts = _FACTS.get(format)
    if facts is not None:
        return lambda: _of_folder(folder, facts)
    if _is_cache(folder):
        return lambda: _of_cache(folder)
    return None


def text(found: Any) -> str:
    """Return what was found, a line each."""
    if isinstance(found, model_info.ModelInfo):
        return model_info.text(found)
    if isinstance(found, vectorizer_info.VectorizerInfo):
        return vectorizer_info.text(found)
    rows = {"path": f"{found.path} ({found.bytes / 1e6:,.1f} MB)", "kind": found.kind}
    rows |= {name: _shown(value) for name, value in found.facts.items()}
    return aligned(rows | {"written by": f"wordgraft {found.written_by}"})


def _of_folder(folder: Path, facts: Callable[[Path], dict[str, Any]]) -> SavedInfo:
    """Open the model, so that what is damaged is told, and return what it is."""
    found = facts(folder)
    config = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    settings = config.get("settings") or config.get("parts", {}).get("settings", {}).get("map", {})
    return SavedInfo(
        path=os.fspath(folder),
        kind=str(config.get("class")),
        bytes=folder_size(folder),
        facts=found,
        settings=settings,
        written_by=str(config.get("written_by")),
    )


def _clusters(folder: Path) -> dict[str, Any]:
    from ...models.clusters.text_clusterer import TextClusterer

    model = TextClusterer.load(folder, tokenizer=str.split)
    sizes = model.clustering_.sizes.tolist()
    named = [(one.title, size) for one, size in zip(model.names_, sizes, strict=True)]
    return {
        "method": model.clustering_.method,
        "clusters": len(named),
        "documents": sum(sizes),
        "names": [f"{title} ({size:,})" for title, size in named],
        "vectors of": f"{model.vectorizer_.n_features_out_} numbers, weighting {model.weighting}",
        "notes": list(model.clustering_.notes),
    }


def _zero_shot(folder: Path) -> dict[str, Any]:
    from ...models.few_labels.zero_shot import ZeroShotClassifier

    model = ZeroShotClassifier.load(folder, tokenizer=str.split)
    return {
        "classes": [str(one) for one in model.classes_.tolist()],
        "read as": [" ".join(one.words) for one in model.class_words_],
        "refinement": f"{len(model.changed_)} rounds" if model.joint_ is not None else "none",
        "words": len(model.naming_.space_.words.indexer.words),
    }


def _paragraphs(folder: Path) -> dict[str, Any]:
    from ...models.documents.paragraphs import ParagraphVectors

    model = ParagraphVectors.load(folder, tokenizer=str.split)
    return {
        "documents": len(model.documents_),
        "vector size": model.n_features_out_,
        "words": len(model.vocabulary_.words),
        "vectors of words": "none" if model.words_ is None else "learnt beside",
        "tokenizer": model.indexer_.tokenizer.spec(),
        "loss by epoch": [round(one.loss, 4) for one in model.history_],
    }


def _adapted(folder: Path) -> dict[str, Any]:
    from ...models.domains.adapter import DomainAdapter

    model = DomainAdapter.load(folder, tokenizer=str.split)
    return {
        "classes": [str(one) for one in model.classes_.tolist()],
        "ways": list(model.names_),
        "reverse validation": {one.name: round(one.score, 4) for one in model.scores_},
        "vectors": "none"
        if model.vectors is None
        else f"{len(model.vectors):,} words of {model.vectors.vector_size} numbers",
    }


def _heads(folder: Path) -> dict[str, Any]:
    from ...models.bottleneck import BottleneckClassifier

    model = BottleneckClassifier.load(folder, device="cpu", tokenizer=str.split)
    return {
        "classes": [str(one) for one in model.classes_.tolist()],
        "heads": [
            f"{type(one).__name__}, {layer}, {head.weights.shape[1]} numbers"
            for one, layer, head in zip(model.models, model.layers, model.heads_, strict=True)
        ],
    }


_FACTS: dict[str | None, Callable[[Path], dict[str, Any]]] = {
    "wordgraft-clusters": _clusters,
    "wordgraft-zero-shot": _zero_shot,
    "wordgraft-paragraphs": _paragraphs,
    "wordgraft-adapter": _adapted,
    "wordgraft-heads": _heads,
}
"""What opens each format, beside those that have pages of their own."""


def _of_file(path: Path) -> Callable[[], SavedInfo] | None:
    try:
        opened = open_arrays(path)
    except (VectorFormatError, OSError):
        return None  # whatever reads vectors says what is wrong with it
    if GRAPH_NOTES in opened.metadata:
        return lambda: _of_graph(opened)
    if opened.metadata.get("format") == "wordgraft-features":
        return lambda: _of_features(opened)
    return None


def _of_graph(opened: ArrayFile) -> SavedInfo:
    notes = graph_notes(opened)
    rows, width = (notes.get("vectors") or {}).get("shape", (0, 0))
    return SavedInfo(
        path=os.fspath(opened.path),
        kind="NeighbourIndex",
        bytes=opened.path.stat().st_size,
        facts={
            "graph of": f"{rows:,} vectors of {width} numbers",
            "neighbours each": notes.get("connectivity"),
            "usearch": str(notes.get("usearch")),
        },
        settings={},
        written_by=str(notes.get("written_by")),
    )


def _of_features(opened: ArrayFile) -> SavedInfo:
    about = parse_json(opened.metadata.get("about", "{}"), opened.path, "what the features are")
    rows, width = opened.arrays["features"].shape
    return SavedInfo(
        path=os.fspath(opened.path),
        kind="features",
        bytes=opened.path.stat().st_size,
        facts={"layer": about.get("layer"), "texts": rows, "numbers each": width},
        settings={},
        written_by=str(opened.metadata.get("written_by")),
    )


def _is_cache(folder: Path) -> bool:
    """Say whether a folder has files as :class:`.FeatureCache` names them."""
    return folder.is_dir() and any(
        len(path.stem.rpartition("-")[2]) == 32 for path in folder.glob("*.safetensors")
    )


def _of_cache(folder: Path) -> SavedInfo:
    from ...models.feature_cache import FeatureCache

    entries = FeatureCache(folder).entries()
    return SavedInfo(
        path=os.fspath(folder),
        kind=FeatureCache.__name__,
        bytes=folder_size(folder),
        facts={
            "features": len(entries),
            "files": [
                f"{one.path.name}: {one.layer}, {one.shape[0]:,} texts of {one.shape[1]} numbers"
                for one in entries
            ],
        },
        settings={},
        written_by=", ".join(sorted({one.written_by for one in entries})) or "another version",
    )


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={item}" for name, item in value.items())
    if isinstance(value, list):
        more = f" and {len(value) - SHOWN:,} more" if len(value) > SHOWN else ""
        return "; ".join(map(str, value[:SHOWN])) + more or "none"
    return f"{value:,}" if isinstance(value, int) else str(value)
