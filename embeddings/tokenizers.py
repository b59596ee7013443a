"""Text to tokens: every tokeniser, and how one is chosen.

A tokeniser is a small frozen value with a JSON-able :meth:`Tokenizer.spec`, so that it can travel
inside a vector file and be made again where the vectors are used.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .errors import ConfigurationError
from .phrase_tokenizer import PhraseTokenizer
from .spacy_tokenizer import SpacyTokenizer
from .tokenizing import DefaultTokenizer, FunctionTokenizer, Tokenizer, WhitespaceTokenizer

__all__ = [
    "PRETOKENIZED",
    "DefaultTokenizer",
    "FunctionTokenizer",
    "PhraseTokenizer",
    "SpacyTokenizer",
    "Tokenizer",
    "WhitespaceTokenizer",
    "make_tokenizer",
]

_Named = type[DefaultTokenizer] | type[WhitespaceTokenizer] | type[SpacyTokenizer]
_BY_NAME: dict[str, _Named] = {
    "default": DefaultTokenizer,
    "whitespace": WhitespaceTokenizer,
    "spacy": SpacyTokenizer,
}
PRETOKENIZED = "tokens"
"""Name in the spec of a corpus that came as token lists, with no tokeniser named."""


def make_tokenizer(
    tokenizer: str | Mapping[str, Any] | Tokenizer | Callable[[str], Iterable[str]] | None,
    *,
    lower: bool | None = None,
) -> Tokenizer:
    """Build a tokeniser from a name, a spec, a function, or pass one through.

    Args:
        tokenizer: ``"default"`` (also ``None``), ``"whitespace"``, ``"spacy:PIPELINE"``, a
            mapping as :meth:`Tokenizer.spec` returns, a tokeniser, or a function.
        lower: Lower-case; ``None`` leaves the tokeniser's own choice (``default`` and ``spacy``
            lower, ``whitespace`` and functions don't).

    Raises:
        ConfigurationError: An unknown name or option, a spec that can't be rebuilt, or ``lower``
            contradicts a tokeniser that is given whole.
    """
    if isinstance(tokenizer, Tokenizer):
        return _agreeing(tokenizer, lower=lower)
    if isinstance(tokenizer, Mapping):
        return _agreeing(_from_spec(tokenizer), lower=lower)
    if tokenizer is None:
        tokenizer = "default"
    if isinstance(tokenizer, str):
        options: dict[str, Any] = {} if lower is None else {"lower": lower}
        kind, _, pipeline = tokenizer.partition(":")
        if kind == "spacy":
            return SpacyTokenizer(pipeline or "en", **options)
        if tokenizer not in _BY_NAME:
            raise ConfigurationError(
                'tokenizer: expected "default", "whitespace", "spacy:PIPELINE" (such as '
                f'"spacy:en"), a spec, a Tokenizer or a function, found {tokenizer!r}'
            )
        return _BY_NAME[tokenizer](**options)
    if callable(tokenizer):
        return FunctionTokenizer(tokenizer, lower=bool(lower))
    raise ConfigurationError(
        f"tokenizer: expected a name, a spec, a Tokenizer or a function, "
        f"found {type(tokenizer).__name__}"
    )


def _agreeing(tokenizer: Tokenizer, *, lower: bool | None) -> Tokenizer:
    own = getattr(tokenizer, "lower", None)
    if lower is not None and own is not lower:
        raise ConfigurationError(
            f"lower={lower} contradicts the tokenizer given, {tokenizer!r}; set it there, "
            "or give the tokenizer by name"
        )
    return tokenizer


def _from_spec(spec: Mapping[str, Any]) -> Tokenizer:
    options = dict(spec)
    name = options.pop("name", None)
    if name == FunctionTokenizer.name:
        raise ConfigurationError(
            f"the tokenizer was the function {options.get('function', '?')}, which no file can "
            "hold; pass the same function as tokenizer="
        )
    if name == PRETOKENIZED:
        raise ConfigurationError(
            "the corpus was given as token lists, so no tokenizer is known; pass tokenizer=, or "
            "token lists again"
        )
    if name == PhraseTokenizer.name:
        return _phrases(options)
    known = _BY_NAME.get(name) if isinstance(name, str) else None
    if known is None:
        raise ConfigurationError(
            f"tokenizer spec: expected the name default, whitespace, spacy or phrases, "
            f"found {name!r}"
        )
    allowed = {field.name for field in dataclasses.fields(known)}
    if unknown := sorted(set(options) - allowed):
        raise ConfigurationError(
            f"tokenizer spec {name!r}: unknown option {', '.join(unknown)}; "
            f"known: {', '.join(sorted(allowed))}"
        )
    return known(**options)


def _phrases(options: Mapping[str, Any]) -> PhraseTokenizer:
    try:
        return PhraseTokenizer(
            base=make_tokenizer(options["base"]),
            phrases=tuple(options["phrases"]),
            delimiter=options["delimiter"],
        )
    except KeyError as error:
        raise ConfigurationError(
            f"tokenizer spec 'phrases': expected base, phrases and delimiter, found no {error}"
        ) from None
