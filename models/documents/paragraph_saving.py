"""Fitted paragraph vectors in folders: JSON and safetensors, nothing that runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...embeddings.errors import ConfigurationError
from ...embeddings.progress import EpochRecord
from ...embeddings.tokenizers import Tokenizer, make_tokenizer
from ...embeddings.vocabulary import Vocabulary
from ...embeddings.words import pack_words, unpack_words
from ..model_folder import read_folder, refused_together, write_folder
from ..text_tokens import saved_tokenizer

FORMAT, FORMAT_VERSION = "wordgraft-paragraphs", 1


@dataclass(frozen=True, eq=False)
class SavedParagraphs:
    """What the folder of a model holds.

    Attributes:
        settings: Its settings by name, JSON-able.
        tokenizer: How texts become words.
        vocabulary: Words and counts.
        documents: float32[N, D], those that were fitted on.
        context: float32[V, D], output rows of the words.
        words: float32[V, D], vectors of words that were learnt beside; ``None`` where none were.
        history: One record an epoch.
    """

    settings: Mapping[str, Any]
    tokenizer: Tokenizer
    vocabulary: Vocabulary
    documents: NDArray[np.float32]
    context: NDArray[np.float32]
    words: NDArray[np.float32] | None
    history: tuple[EpochRecord, ...]


def write_paragraphs(path: str | os.PathLike[str], kind: str, model: SavedParagraphs) -> None:
    """Write a model to a new folder, whole or not at all.

    Raises:
        OutputError: The place is taken, or can't be written.
    """
    joined, borders = pack_words(model.vocabulary.words)
    arrays: dict[str, np.ndarray] = {"offsets": borders, "counts": model.vocabulary.counts}
    arrays |= {"documents": model.documents, "context": model.context}
    if model.words is not None:
        arrays["word_vectors"] = model.words
    config = {
        "class": kind,
        "settings": dict(model.settings),
        "tokenizer": model.tokenizer.spec(),
        "history": [asdict(record) for record in model.history],
    }
    arrays["words"] = joined
    write_folder(path, config, arrays, format=FORMAT, version=FORMAT_VERSION)


def read_paragraphs(
    path: str | os.PathLike[str], kind: str, *, tokenizer: Any = None
) -> SavedParagraphs:
    """Read what :func:`write_paragraphs` wrote.

    Args:
        path: The folder.
        kind: Name of the class it must be of.
        tokenizer: The function that made the words, where it was one.

    Raises:
        ModelFormatError: It is no such model, damaged, or of a newer format.
        ConfigurationError: Its words were made by a function, and none is given.
    """
    config, arrays = read_folder(path, format=FORMAT, version=FORMAT_VERSION, kinds=(kind,))
    named = saved_tokenizer(config.get("tokenizer"), tokenizer)
    with refused_together(path):
        return _build(config, make_tokenizer(named), arrays)


def _build(
    config: dict[str, Any], tokenizer: Tokenizer, arrays: dict[str, np.ndarray]
) -> SavedParagraphs:
    """Return the model; whatever doesn't fit raises something."""
    words = unpack_words(arrays["words"], arrays["offsets"])
    found = SavedParagraphs(
        settings=dict(config["settings"]),
        tokenizer=tokenizer,
        vocabulary=Vocabulary(words, arrays["counts"]),
        documents=arrays["documents"],
        context=arrays["context"],
        words=arrays.get("word_vectors"),
        history=tuple(EpochRecord(**record) for record in config["history"]),
    )
    size = found.context.shape[1]
    expected = {"context": (len(words), size), "documents": (len(found.documents), size)}
    if found.words is not None:
        expected["words"] = (len(words), size)
    for name, shape in expected.items():
        array = getattr(found, name)
        if array.shape != shape or array.dtype != np.float32:
            raise ConfigurationError(
                f"expected {name} of shape {list(shape)}, found {array.dtype} of "
                f"{list(array.shape)}"
            )
    return found
