"""Fitted document vectorisers in folders: JSON, safetensors, and the vectors where they're used.

``docs/documents.md`` has the fields.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...embeddings.document_sums import Finish
from ...embeddings.errors import ConfigurationError, ModelFormatError, VectorFormatError
from ...embeddings.tokenizers import make_tokenizer
from ...embeddings.vectors import WordVectors
from ...embeddings.words import pack_words, unpack_words
from ..indexing import TextIndexer
from ..model_folder import read_folder, refused_together, write_folder
from ..text_tokens import saved_tokenizer
from .report import DocumentReport, report_of
from .space import DocumentSpace
from .words import DocumentWords

FORMAT, FORMAT_VERSION = "wordgraft-documents", 1
VECTORS_FILE = "vectors.safetensors"
_WORDS, _BORDERS, _NEW, _NEW_BORDERS = "words", "offsets", "new_words", "new_offsets"


@dataclass(frozen=True, eq=False)
class SavedDocuments:
    """What the folder of a vectoriser holds.

    Attributes:
        settings: Its settings by name.
        space: What it learnt.
        report: What was found in the documents it was fitted on.
        vectors: The vectors it uses; ``None`` where it has rows of its own.
    """

    settings: Mapping[str, Any]
    space: DocumentSpace
    report: DocumentReport
    vectors: WordVectors | None


def write_documents_model(
    path: str | os.PathLike[str],
    kind: str,
    settings: Mapping[str, Any],
    space: DocumentSpace,
    report: DocumentReport,
    vectors: Any,
) -> None:
    """Write a vectoriser to a new folder, whole or not at all.

    Args:
        path: The folder to make.
        kind: Name of its class.
        settings: Its settings, JSON-able.
        space: What it learnt.
        report: Of the documents it was fitted on.
        vectors: Those it was fitted with; kept unless it has rows of its own.

    Raises:
        OutputError: The place is taken, or can't be written.
    """
    config, arrays = documents_parts(settings, space, report)

    def more(folder: Path) -> None:
        if not has_own_rows(space):
            vectors.save(folder / VECTORS_FILE)

    write_folder(
        path,
        {"class": kind, **config},
        arrays,
        format=FORMAT,
        version=FORMAT_VERSION,
        more=more,
    )


def has_own_rows(space: DocumentSpace) -> bool:
    """Say whether a space is used without the vectors it was learnt with."""
    return space.weighting == "auto"


def documents_parts(
    settings: Mapping[str, Any], space: DocumentSpace, report: DocumentReport
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return what a vectoriser is, JSON-able, and its arrays, those of wider items first.

    Args:
        settings: Its settings, JSON-able.
        space: What it learnt.
        report: Of the documents it was fitted on.
    """
    finish = space.finish
    arrays: dict[str, np.ndarray] = {
        "components": finish.components,
        "shares": finish.shares,
        "centre": finish.centre,
        "mean": space.mean,
        "weights": space.weights,
    }
    names = list(space.new_weights)
    joined, borders = pack_words(names)
    arrays["new_weights"] = np.array([space.new_weights[word] for word in names], np.float32)
    texts = {_NEW: joined}
    arrays = {_NEW_BORDERS: borders, **arrays}
    if has_own_rows(space):
        words, offsets = pack_words(space.words.indexer.words)
        arrays = {_BORDERS: offsets, **arrays, "rows": space.words.rows}
        texts[_WORDS] = words
    config = {
        "settings": {name: _written(value) for name, value in settings.items()},
        "tokenizer": space.words.indexer.tokenizer.spec(),
        "weighting": space.weighting,
        "powers": [_written(power) for power in space.powers],
        "unseen": space.unseen,
        "unit": finish.unit,
        "empty": space.empty,
        "report": asdict(report),
    }
    return config, {**arrays, **texts}


def read_documents_model(
    path: str | os.PathLike[str], kind: str, *, tokenizer: Any = None
) -> SavedDocuments:
    """Read what :func:`write_documents_model` wrote.

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
    vectors = None
    if config.get("weighting") != "auto":
        vectors = vectors_beside(Path(path) / VECTORS_FILE)
    with refused_together(path):
        return documents_of_parts(config, named, arrays, vectors)


def vectors_beside(path: Path) -> WordVectors:
    """Open the vectors in the folder of a model.

    Raises:
        ModelFormatError: The file is missing or damaged.
    """
    try:
        return WordVectors.open(path)
    except FileNotFoundError:
        raise ModelFormatError("the folder of the model has no such file", path=path) from None
    except VectorFormatError as error:
        raise ModelFormatError.of(error) from error


def documents_of_parts(
    config: Mapping[str, Any],
    tokenizer: Any,
    arrays: Mapping[str, np.ndarray],
    vectors: WordVectors | None,
) -> SavedDocuments:
    """Return what :func:`documents_parts` took apart; whatever doesn't fit raises something.

    Args:
        config: As it was returned.
        tokenizer: As :func:`.saved_tokenizer` returns it.
        arrays: Likewise.
        vectors: Those it was fitted with; ``None`` where it has rows of its own.
    """
    settings = {name: _read(value) for name, value in config["settings"].items()}
    finish = Finish(arrays["components"], arrays["shares"], arrays["centre"], bool(config["unit"]))
    if vectors is None:
        names: Any = unpack_words(arrays[_WORDS], arrays[_BORDERS])
        rows, subwords = arrays["rows"], None
    else:
        names, rows, subwords = vectors.index_to_key, vectors.vectors, vectors.subwords
    words = DocumentWords(TextIndexer(names, make_tokenizer(tokenizer)), rows, subwords)
    new = unpack_words(arrays[_NEW], arrays[_NEW_BORDERS])
    space = DocumentSpace(
        words=words,
        weighting=config["weighting"],
        weights=arrays["weights"],
        new_weights=dict(zip(new, arrays["new_weights"].tolist(), strict=True)),
        unseen=float(config["unseen"]),
        powers=tuple(float(_read(power)) for power in config["powers"]),
        finish=finish,
        mean=arrays["mean"],
        empty=config["empty"],
    )
    _check_shapes(space)
    report = report_of(config["report"])
    return SavedDocuments(settings, space, report, vectors)


def _check_shapes(space: DocumentSpace) -> None:
    """Raise where the arrays don't fit each other."""
    rows, finish = space.words.rows, space.finish
    width = rows.shape[1] * max(1, len(space.powers))
    expected = {
        "rows": (rows.shape, (len(space.words.indexer.words), rows.shape[1])),
        "weights": (space.weights.shape, (len(rows),)),
        "components": (finish.components.shape, (len(finish.shares), width)),
        "centre": (finish.centre.shape, (width,)),
        "mean": (space.mean.shape, (width,)),
    }
    wrong = [f"{n} of shape {a}, not {b}" for n, (a, b) in expected.items() if a != b]
    if wrong:
        raise ConfigurationError(f"found {', '.join(wrong)}")


def _written(value: Any) -> Any:
    """Return a setting as JSON has it: infinities as text."""
    if isinstance(value, (tuple, list)):
        return [_written(one) for one in value]
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_read(one) for one in value)
    return float(value) if value in ("inf", "-inf") else value
