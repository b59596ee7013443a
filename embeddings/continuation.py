"""Going on from what was learnt: which text, which words, which rows stay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .composition import Composition
from .corpus import Corpus, as_corpus
from .errors import ConfigurationError
from .huffman import WordTree
from .learnt import Learnt
from .settings import Settings
from .subword_settings import SubwordSettings
from .subwords import PackedWords
from .tokenizers import PRETOKENIZED, FunctionTokenizer
from .vocabulary import Vocabulary
from .weights import Weights

_BLOCK_ROWS = 4_096


def contradictions(settings: Mapping[str, Any], previous: Learnt) -> list[str]:
    """Return one sentence for each setting that what was learnt has fixed otherwise."""
    before = previous.settings.as_dict()
    return [
        f"{name}={settings.get(name)!r} contradicts continue_training: the model was trained with "
        f"{before.get(name)!r}"
        for name in ("vector_size", "model", "loss", "min_n", "max_n", "bucket")
        if settings.get(name) != before.get(name)
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


def composition_of(settings: Settings, vocabulary: Vocabulary) -> Composition | None:
    """Return the parts of the words where they are trained with n-grams; ``None`` elsewhere."""
    if not isinstance(settings, SubwordSettings):
        return None
    return Composition.of(vocabulary.words, settings)


def first_weights(
    settings: Settings,
    vocabulary: Vocabulary,
    tree: WordTree | None,
    composition: Composition | None,
    previous: Learnt | None,
    known: NDArray[np.int32] | None,
) -> Weights:
    """Return the first weights: random input rows, but those of ``previous`` as they are."""
    words = len(vocabulary)
    rows = words if composition is None else composition.size
    weights = Weights.zeros(rows, words if tree is None else tree.size, settings.vector_size)
    if previous is None or known is None:
        weights.randomise(settings.seed)
        return weights
    new = known < 0
    if composition is not None:
        new = np.concatenate([new, ~_copy_ngrams(weights, words, composition, previous)])
    weights.randomise(settings.seed, only=new)
    inputs, outputs = weights.rows(weights.inputs), weights.rows(weights.outputs)
    if tree is not None:
        outputs[: len(previous.context)] = previous.context
    has = np.flatnonzero(known >= 0)
    for start in range(0, len(has), _BLOCK_ROWS):  # whole, the gathered rows were a third matrix
        rows = has[start : start + _BLOCK_ROWS]
        inputs[rows] = _own_rows(previous, known[rows])
        if tree is None:
            outputs[rows] = previous.context[known[rows]]
    return weights


def _copy_ngrams(
    weights: Weights, words: int, composition: Composition, previous: Learnt
) -> NDArray[np.bool_]:
    """Fill the rows of the n-grams that ``previous`` has; returns bool[G], which ones those are."""
    subwords = previous.vectors.subwords
    found = np.zeros(len(composition.buckets), np.bool_)
    if subwords is None:
        return found
    rows = composition.buckets
    found[:] = True
    if subwords.pruned is not None:
        found, rows = subwords.pruned.find(composition.buckets)
    targets = words + np.flatnonzero(found)
    inputs = weights.rows(weights.inputs)
    for start in range(0, len(rows), _BLOCK_ROWS):
        part = slice(start, start + _BLOCK_ROWS)
        inputs[targets[part]] = subwords.table[rows[part]]
    return found


def _own_rows(previous: Learnt, ids: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return the input rows of words of ``previous``: their vectors, less what n-grams make."""
    vectors = previous.vectors.vectors[ids]
    if previous.vectors.subwords is None:
        return vectors
    words = PackedWords.of([previous.vocabulary.words[i] for i in ids.tolist()])
    return previous.vectors.subwords.own_rows(words, vectors)
