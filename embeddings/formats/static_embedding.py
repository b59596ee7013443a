"""Vectors as a static embedding of sentence-transformers, and as a model2vec folder.

Both average the vectors of a text's words. Words without a vector get the row of an unknown token,
which is zero: in sentence-transformers it shortens the mean and leaves its direction; model2vec
leaves it out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..arrayfile import write_arrays
from ..atomic import atomic_folder
from .outgoing import SPACES, Outgoing
from .portable_tokenizer import tokenizer_json

_MODULE = "sentence_transformers.models.StaticEmbedding"  # the name that all its versions know


def write_sentence_transformers(outgoing: Outgoing, path: Path) -> tuple[str, ...]:
    """Write a folder for ``SentenceTransformer(path)``, with one ``StaticEmbedding``."""
    with atomic_folder(path) as folder:
        inner = folder / "0_StaticEmbedding"
        inner.mkdir()
        notes = _write_model(outgoing, inner, "embedding.weight")
        _write_json(folder / "modules.json", [_module(inner.name)])
        config = {"model_type": "SentenceTransformer", "similarity_fn_name": "cosine"}
        _write_json(folder / "config_sentence_transformers.json", config)
    return notes


def write_model2vec(outgoing: Outgoing, path: Path) -> tuple[str, ...]:
    """Write a folder for ``StaticModel.from_pretrained(path)``; texts aren't cut off."""
    config = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "hidden_dim": outgoing.dimension,
        "normalize": False,
        "max_length": None,
        "embedding_dtype": "float32",
    }
    with atomic_folder(path) as folder:
        notes = _write_model(outgoing, folder, "embeddings")
        _write_json(folder / "config.json", config)
        _write_json(folder / "modules.json", [_module(".")])
    return notes


def _write_model(outgoing: Outgoing, folder: Path, name: str) -> tuple[str, ...]:
    """Write the matrix and the tokeniser; returns what the folder's tokeniser can't do."""
    words = outgoing.words
    unknown, taken = "[UNK]", set(words)
    while unknown in taken:
        unknown = f"[{unknown}]"
    tokenizer, note = tokenizer_json(
        words, outgoing.source.tokenizer, unknown=unknown, lower=outgoing.all_lower
    )
    matrix = np.zeros((len(words) + 1, outgoing.dimension), np.float32)
    for part, rows in outgoing.blocks(1 << 22):
        matrix[part] = rows
    write_arrays(folder / "model.safetensors", {name: matrix}, metadata={"format": "pt"})
    _write_json(folder / "tokenizer.json", tokenizer)
    spaced = sum(SPACES.search(word) is not None for word in words)
    unreachable = f"Words with white space, which no text is cut into: {spaced:,}"
    return tuple(filter(None, (note, unreachable if spaced else "")))


def _module(path: str) -> Mapping[str, Any]:
    return {"idx": 0, "name": "0", "path": path, "type": _MODULE}


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
