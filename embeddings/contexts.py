"""Words as what stands there and as what stands around: both of a model's matrices in one."""

from __future__ import annotations

import os

from .errors import ConfigurationError
from .fasttext import load_model
from .vectors import WordVectors
from .word2vec import Word2Vec


def add_contexts(model: Word2Vec | str | os.PathLike[str]) -> WordVectors:
    """Return word vectors to which each word's output vector is added.

    A word's own vector is near those of words in like company; its output vector is near the words
    that it is the company of. The sum knows both. Trained on a small text, that made far better
    translations (``docs/align.md`` has numbers); questions about likeness alone may lose by it.

    Args:
        model: Trained by negative sampling, or a file that ``save`` or ``wordgraft train`` wrote.

    Returns:
        float32[V, D] of the same words, with their counts and tokeniser. Vectors of n-grams are
        left behind: unknown words have no output vector.

    Raises:
        ConfigurationError: The model was trained by hierarchical softmax: its output vectors are of
            nodes, not of words.
        VectorFormatError: The file holds vectors alone.
        NotTrainedError: There is nothing learnt yet.

    Source: Pennington, Socher and Manning 2014, "GloVe"; Levy, Goldberg and Dagan 2015, "Improving
    distributional similarity with lessons learned from word embeddings", section 3.3, "w+c".
    """
    learnt = model if isinstance(model, Word2Vec) else load_model(model)
    if learnt.loss == "hs":
        raise ConfigurationError(
            'expected a model trained by negative sampling (loss="ns"), found hierarchical '
            "softmax: its output vectors belong to nodes of a tree, not to words"
        )
    vectors = learnt.vectors_
    metadata = vectors.metadata
    note = {"name": "add_contexts"}
    return WordVectors(
        vectors.index_to_key,
        vectors.vectors + learnt.context_,
        counts=vectors.counts,
        tokenizer=vectors.tokenizer,
        metadata=metadata | {"transforms": [*metadata.get("transforms", []), note]},
    )
