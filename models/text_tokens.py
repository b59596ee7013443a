"""Texts to tokens, by the tokeniser that was asked for or the one that vectors remember."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..embeddings.tokenizers import PRETOKENIZED, FunctionTokenizer, Tokenizer, make_tokenizer
from ..embeddings.vectors import WordVectors
from .indexing import IndexedTexts, Text

_LOST = (PRETOKENIZED, FunctionTokenizer.name)  # tokenisers that no file can hold


def tokenizer_for(
    vectors: WordVectors | None, tokenizer: Any, texts: Sequence[Text] | IndexedTexts
) -> Tokenizer:
    """Return the tokeniser that was asked for, or the vectors' own.

    Args:
        vectors: Whose words the texts are read with; ``None`` for none.
        tokenizer: Name, spec, function or tokeniser; ``None`` for the vectors' own.
        texts: What will be read.

    Raises:
        ConfigurationError: The vectors' own is a function that no file can hold, and some of the
            texts aren't cut yet.
    """
    if tokenizer is not None:
        return make_tokenizer(tokenizer)
    own = None if vectors is None else vectors.tokenizer
    if own is not None and own.get("name") in _LOST and not _any_uncut(texts):
        return make_tokenizer("whitespace")  # leaves token lists as they are
    return make_tokenizer(own)


def saved_tokenizer(spec: Any, tokenizer: Any) -> Any:
    """Return what a saved model cuts texts with, as :func:`.make_tokenizer` takes it.

    Args:
        spec: As the model's folder has it.
        tokenizer: The function that made the words, where it was one: it takes the spec's place.

    Raises:
        ConfigurationError: It was a function, and none is given.
    """
    if isinstance(spec, dict) and spec.get("name") == FunctionTokenizer.name:
        if tokenizer is None:
            make_tokenizer(spec)  # says that the function must be given again
        return tokenizer
    return spec


def tokens_of(texts: Sequence[Text], tokenizer: Tokenizer) -> Iterator[list[str]]:
    """Yield the tokens of each text, sentences joined; token lists stay as they are."""
    strings = tokenizer.batch([text for text in texts if isinstance(text, str)])
    for text in texts:
        if isinstance(text, str):
            yield [token for sentence in next(strings) for token in sentence]
        else:
            yield tokenizer.retoken(list(text))


def _any_uncut(texts: Sequence[Text] | IndexedTexts) -> bool:
    return not isinstance(texts, IndexedTexts) and any(isinstance(text, str) for text in texts)
