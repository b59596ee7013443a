"""Texts to tokens, by the tokeniser that was asked for or the one that vectors remember."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..embeddings.tokenizers import PRETOKENIZED, FunctionTokenizer, Tokenizer, make_tokenizer
from ..embeddings.vectors import WordVectors
from .indexing import Text

_LOST = (PRETOKENIZED, FunctionTokenizer.name)  # tokenisers that no file can hold


def tokenizer_for(vectors: WordVectors, tokenizer: Any, texts: Sequence[Text]) -> Tokenizer:
    """Return the tokeniser that was asked for, or the vectors' own.

    Raises:
        ConfigurationError: The vectors' own is a function that no file can hold, and some of the
            texts aren't cut yet.
    """
    if tokenizer is not None:
        return make_tokenizer(tokenizer)
    own = vectors.tokenizer
    if own is not None and own.get("name") in _LOST and not any(map(_is_str, texts)):
        return make_tokenizer("whitespace")  # leaves token lists as they are
    return make_tokenizer(own)


def tokens_of(texts: Sequence[Text], tokenizer: Tokenizer) -> Iterator[list[str]]:
    """Yield the tokens of each text, sentences joined; token lists stay as they are."""
    strings = tokenizer.batch([text for text in texts if isinstance(text, str)])
    for text in texts:
        if isinstance(text, str):
            yield [token for sentence in next(strings) for token in sentence]
        else:
            yield tokenizer.retoken(list(text))


def _is_str(text: Text) -> bool:
    return isinstance(text, str)
