"""Going on from what was learnt: which text, which words, which rows stay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .corpus import Corpus, as_corpus
from .errors import ConfigurationError
from .huffman import WordTree
from .learnt import Learnt
from .settings import Settings
from .tokenizers import PRETOKENIZED, FunctionTokenizer
from .vocabulary import Vocabulary
from .weights import Weights

_BLOCK_ROWS = 4_096


def contradictions(settings: Mapping[str, Any], previous: Learnt) -> list[str]:
    """Return one sentence for each setting that what was learnt has fixed otherwise."""
    before = previous.settings.as_dict()
    return [
        f"{name}={settings[name]!r} contradicts continue_training: the model was trained with "
        f"{before[name]!r}"
        for name in ("vector_size", "model", "loss")
        if settings[name] != before[name]
    ]


def corpus_for(previous: Learnt, corpus: Any) -> Corpus:
    """Make a corpus whose text is cut as that of ``previous`` was.

    Raises:
        ConfigurationError: ``corpus`` is a Corpus with another tokeniser.
    """
    old = previous.vectors.tokenizer
    if isinstance(corpus, Corpus):
        _check(old, corpus.tokenizer_spec(texts_seen=False), named=True)
        return corpus
    if old is None or old["name"] in (PRETOKENIZED, FunctionTokenizer.name):
        return as_corpus(corpus)
    return as_corpus(corpus, tokenizer=old)


def tokenizer_after(
    previous: Learnt, given: Any, corpus: Corpus, spec: dict[str, Any]
) -> dict[str, Any]:
    """Return how the words of both corpora were cut, now that the new one has been read.

    Args:
        previous: What was learnt from the old one.
        given: The new corpus as the caller gave it.
        corpus: What :func:`corpus_for` made of it.
        spec: How it was in fact tokenised.

    Raises:
        ConfigurationError: Words would not match: the two tokenisers differ, or nobody knows.
    """
    named = isinstance(given, Corpus) and corpus.tokenizer_spec(texts_seen=False) == spec
    old = previous.vectors.tokenizer
    _check(old, spec, named=named)
    return old if old is not None and spec["name"] == PRETOKENIZED else spec


def _check(old: dict[str, Any] | None, new: dict[str, Any], *, named: bool) -> None:
    if new["name"] == PRETOKENIZED:
        return
    if old is None or old["name"] == PRETOKENIZED:
        if named:
            return
        was = "came as token lists" if old else "were cut in an unknown way"
    elif json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True):
        if old["name"] != FunctionTokenizer.name or named:
            raise ConfigurationError(
                f"the corpus is tokenised with {new}, the model's words with {old}: words would "
                "not match. Give the same tokeniser, or the text itself"
            )
        was = "were cut by a function, which a file can't keep"
    else:
        return
    raise ConfigurationError(
        f"the model's words {was}: how to cut this text is not known. Give token lists, or "
        "Corpus(text, tokenizer=...)"
    )


def ids_in(old: Vocabulary, new: Vocabulary) -> NDArray[np.int32]:
    """Return int32[V'], the id in ``old`` of each word of ``new``, -1 for new words."""
    index = old.index
    return np.fromiter((index.get(word, -1) for word in new.words), np.int32, len(new))


def tree_of(
    settings: Settings,
    vocabulary: Vocabulary,
    previous: Learnt | None,
    known: NDArray[np.int32] | None,
) -> WordTree | None:
    """Return the tree of hierarchical softmax, grown where there was one; ``None`` without it."""
    if settings.loss != "hs":
        return None
    if previous is None or previous.tree is None or known is None:
        return WordTree.build(vocabulary.counts)
    return previous.tree.grown(known, vocabulary.counts)


def first_weights(
    settings: Settings,
    vocabulary: Vocabulary,
    tree: WordTree | None,
    previous: Learnt | None,
    known: NDArray[np.int32] | None,
) -> Weights:
    """Return the first weights: random input rows, but those of ``previous`` as they are."""
    words = len(vocabulary)
    weights = Weights.zeros(words, words if tree is None else tree.size, settings.vector_size)
    if previous is None or known is None:
        weights.randomise(settings.seed)
        return weights
    weights.randomise(settings.seed, only=known < 0)
    inputs, outputs = weights.rows(weights.inputs), weights.rows(weights.outputs)
    if tree is not None:
        outputs[: len(previous.context)] = previous.context
    has = np.flatnonzero(known >= 0)
    for start in range(0, len(has), _BLOCK_ROWS):  # whole, the gathered rows were a third matrix
        rows = has[start : start + _BLOCK_ROWS]
        inputs[rows] = previous.vectors.vectors[known[rows]]
        if tree is None:
            outputs[rows] = previous.context[known[rows]]
    return weights
