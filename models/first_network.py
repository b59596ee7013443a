"""What a network of texts begins with: words, their rows, and layers carried over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..embeddings.errors import ConfigurationError
from .estimator_settings import shape_of
from .indexing import FIRST_WORD, TextIndexer
from .networks.network import TextNetwork
from .networks.wordrows import WordRows, drawn, extended, grafted

_DROPOUTS = ("embedding_dropout", "layer_dropout", "head_dropout")


class Carried(NamedTuple):
    """What another model hands on.

    Attributes:
        network: Fitted.
        indexer: What turns texts into its rows.
    """

    network: TextNetwork
    indexer: TextIndexer


def first_rows(
    model: Any, counts: Mapping[str, int], source: Carried | None, *, scratch: bool
) -> WordRows:
    """Return the words that get rows, and the rows.

    Args:
        model: Settings of a :class:`.TextEstimator`.
        counts: Words of the training texts.
        source: What is carried over, if anything.
        scratch: Whether rows are drawn.

    Raises:
        ConfigurationError: Vectors are of another dimension than what is carried over.
    """
    if source is None and scratch:
        return drawn(
            counts,
            min_count=model.min_count,
            size=model.vector_size if model.vectors is None else model.vectors.vector_size,
            most=model.max_words,
            seed=model.seed,
        )
    if source is None:
        return grafted(counts, model.vectors, extra=model.extra_words)
    words = tuple(source.indexer.words)
    matrix = source.network.embedding.weight.detach().cpu().numpy()
    if model.vectors is None:
        return WordRows(words, matrix, pretrained=True)
    if model.vectors.vector_size != matrix.shape[1]:
        raise ConfigurationError(
            f"vectors: expected vectors of {matrix.shape[1]} numbers, as the model in init_from "
            f"has; found {model.vectors.vector_size}. Leave them out, or give those it was "
            "trained on"
        )
    return extended(words, matrix, grafted(counts, model.vectors, extra=0))


def first_network(
    model: Any, rows: WordRows, outputs: int, source: Carried | None, indexer: TextIndexer
) -> TextNetwork:
    """Return the network before fitting.

    Args:
        model: Settings, as above.
        rows: The first layer.
        outputs: C, numbers in an answer.
        source: Whose layers it gets; their shape is then its own, but for dropout.
        indexer: Of those rows.

    Raises:
        ConfigurationError: A word that is to learn has no row.
    """
    shape = shape_of(model)
    if source is not None:
        own = {name: getattr(model, name) for name in _DROPOUTS}
        shape = replace(source.network.settings, **own)
    learning = _learning_rows(model.tune_words, indexer)
    network = TextNetwork(rows.matrix, outputs, shape, rows=learning, seed=model.seed)
    if source is not None:
        network.encoder.load_state_dict(source.network.encoder.state_dict())
        network.pooling.load_state_dict(source.network.pooling.state_dict())
    return network


def _learning_rows(wanted: Any, indexer: TextIndexer) -> NDArray[np.int64] | None:
    """Return the rows that may learn; ``None`` for all."""
    if wanted is None:
        return None
    if isinstance(wanted, (int, np.integer)):
        return np.arange(FIRST_WORD, min(len(indexer), FIRST_WORD + int(wanted)))
    unknown = [word for word in wanted if word not in indexer.index]
    if unknown:
        raise ConfigurationError(
            f"tune_words: {len(unknown):,} words have no row: {', '.join(unknown[:5])}"
        )
    return np.array([indexer.index[word] for word in wanted], np.int64)
