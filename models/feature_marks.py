"""Marks of what features depend on: other numbers, words or texts, another mark."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from ..embeddings.errors import ConfigurationError
from ..embeddings.tokenizers import FunctionTokenizer
from .indexing import Text, TextIndexer

_BELOW = {
    "embedding": ("embedding.",),
    "encoder": ("embedding.", "encoder."),
    "last": ("embedding.", "encoder.", "pooling."),
}
"""Names of the weights that each layer's features depend on begin so."""


def mark_of_texts(texts: Sequence[Text]) -> str:
    """Return a mark of texts, their order and borders."""
    mark = _mark()
    for text in texts:
        tokens = not isinstance(text, str)
        plain = "\0".join(text) if tokens else text
        data = plain.encode("utf-8", errors="surrogatepass")
        mark.update(f"{'t' if tokens else 's'}{len(data)}:".encode())
        mark.update(data)
    return mark.hexdigest()


def mark_of_reader(model: Any, layer: str) -> str:
    """Return a mark of everything that a fitted model's features of texts depend on.

    Args:
        model: With a network and an indexer, or with a space of documents.
        layer: Up to which layer.

    Raises:
        ConfigurationError: Its tokenizer is a function.
    """
    mark = _mark()
    if not hasattr(model, "network_"):
        space = model.space_
        _add_words(mark, space.words.indexer)
        for one in fields(space):
            if one.name != "words":
                _add(mark, one.name, getattr(space, one.name))
        _add(mark, "rows", space.words.rows)
        _add(mark, "subwords", space.words.subwords)
        return mark.hexdigest()
    _add_words(mark, model.indexer_)
    _add(mark, "max_length", model.max_length)
    _add(mark, "long_texts", model.long_texts)
    shape = model.network_.settings
    if layer != "embedding":
        for name in ("encoder", "hidden", "layers", "bidirectional"):
            _add(mark, name, getattr(shape, name))
    if layer == "last":
        _add(mark, "pooling", shape.pooling)
    for name, tensor in model.network_.state_dict().items():
        if name.startswith(_BELOW[layer]):
            _add(mark, name, tensor.detach().cpu().numpy())
    return mark.hexdigest()


def _mark() -> Any:
    return hashlib.sha256()  # twice as fast as BLAKE2 where the processor has it built in


def _add_words(mark: Any, indexer: TextIndexer) -> None:
    spec = indexer.tokenizer.spec()
    if spec.get("name") == FunctionTokenizer.name:
        raise ConfigurationError(
            "tokenizer: a function can change without anybody noticing, so features made with it "
            "aren't kept: use compute_features, or a tokenizer with a name"
        )
    _add(mark, "tokenizer", json.dumps(spec, sort_keys=True))
    _add(mark, "unknown", indexer.unknown)
    _add(mark, "words", "\0".join(indexer.words))


def _add(mark: Any, name: str, value: Any) -> None:
    """Add a named value: arrays by their bytes, dataclasses field by field, others as text."""
    if isinstance(value, np.ndarray):
        mark.update(f"{name} {value.dtype} {value.shape};".encode())
        mark.update(np.ascontiguousarray(value).data)
    elif is_dataclass(value) and not isinstance(value, type):
        mark.update(f"{name} {{".encode())
        for one in fields(value):
            _add(mark, one.name, getattr(value, one.name))
        mark.update(b"}")
    elif isinstance(value, dict):
        mark.update(f"{name} {json.dumps(value, sort_keys=True, default=repr)};".encode())
    else:
        mark.update(f"{name} {value!r};".encode("utf-8", "surrogatepass"))
