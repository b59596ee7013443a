"""What a tokeniser is, and those that need nothing else: white space, rules, any function.

*White space* below means the six ASCII bytes space, tab, newline, carriage return, vertical tab
and form feed, nothing else.
"""

from __future__ import annotations

import dataclasses
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from . import textrules
from .errors import ConfigurationError

_chunks_of = re.compile(r"[^ \t\n\r\v\f]+").findall


class Tokenizer(ABC):
    """How text becomes tokens; subclasses are frozen dataclasses.

    Attributes:
        name: Short name, the first key of :meth:`spec`.
        chunkwise: Whether the tokens of a text are those of its white-space separated chunks,
            one after the other, once :meth:`prepare` has run. Such tokenisers also have
            :meth:`chunk_tokens` and are run once per distinct chunk when a corpus is encoded.
    """

    name: ClassVar[str]
    chunkwise: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, text: str) -> list[str]:
        """Return the tokens of ``text``, in order."""

    def sentences(self, text: str) -> Iterator[list[str]]:
        """Yield the sentences of one record; by default the record is one sentence."""
        yield self(text)

    def batch(self, texts: Iterable[str]) -> Iterator[list[list[str]]]:
        """Yield for each text the list of its sentences; a place for batched work."""
        for text in texts:
            yield list(self.sentences(text))

    def retoken(self, tokens: list[str]) -> list[str]:
        """Return what becomes of a record that came as tokens: they stay as they are."""
        return tokens

    @property
    def splits_records(self) -> bool:
        """Whether one record may become several sentences."""
        return type(self).sentences is not Tokenizer.sentences

    def prepare(self, text: str) -> str:
        """Return ``text`` with what spans chunks dealt with; lines stay lines."""
        return text

    def chunk_tokens(self, chunks: Sequence[str]) -> tuple[list[str], list[int]]:
        """Return the tokens of all chunks in one list, and how many each chunk gave."""
        raise NotImplementedError(f"{type(self).__name__} does not work chunk by chunk")

    def spec(self) -> dict[str, Any]:
        """Return, JSON-able, what :func:`.tokenizers.make_tokenizer` needs to build an equal."""
        fields = dataclasses.fields(self)  # pyright: ignore[reportArgumentType]
        return {"name": self.name, **{f.name: getattr(self, f.name) for f in fields}}


@dataclass(frozen=True)
class WhitespaceTokenizer(Tokenizer):
    """Split at white space and nowhere else: for text that is tokenised already.

    Attributes:
        lower: Lower-case the tokens.
    """

    lower: bool = False
    name: ClassVar[str] = "whitespace"
    chunkwise: ClassVar[bool] = True

    def __call__(self, text: str) -> list[str]:
        """Return the runs of ``text`` without white space."""
        return _chunks_of(text.lower() if self.lower else text)

    def chunk_tokens(self, chunks: Sequence[str]) -> tuple[list[str], list[int]]:
        """Return the chunks themselves, one token each."""
        ones = [1] * len(chunks)
        return ([chunk.lower() for chunk in chunks] if self.lower else list(chunks)), ones


@dataclass(frozen=True)
class DefaultTokenizer(Tokenizer):
    """Unicode words by rules: see ``docs/corpus.md`` for the table of them.

    Words keep accents, inner apostrophes (``don't``) and underscores (``new_york``); numbers keep
    inner points and commas; URLs, e-mail addresses and dotted abbreviations stay whole; hyphens
    split; every Han, Hiragana or Katakana character is a token, because words can't be found
    there without a dictionary. Text is brought to Unicode form NFC.

    Attributes:
        lower: Lower-case the text.
        keep_punctuation: Make every other visible character a token instead of dropping it.
        strip_markup: Read HTML tags (``<br />``) as white space and decode entities (``&amp;``).
    """

    lower: bool = True
    keep_punctuation: bool = False
    strip_markup: bool = True
    name: ClassVar[str] = "default"
    chunkwise: ClassVar[bool] = True

    def __call__(self, text: str) -> list[str]:
        """Return the tokens of ``text``, in order."""
        if self.strip_markup and ("<" in text or "&" in text):
            text = textrules.strip_markup(text.replace("\n", " "))
        text = textrules.normalise(text, lower=self.lower)
        return textrules.finder(text, punctuation=self.keep_punctuation)(text)

    def prepare(self, text: str) -> str:
        """Return ``text`` without mark-up; lines stay lines."""
        return textrules.strip_markup(text) if self.strip_markup else text

    def chunk_tokens(self, chunks: Sequence[str]) -> tuple[list[str], list[int]]:
        """Return the tokens of all chunks in one list, and how many each chunk gave."""
        # One regex run over all chunks, with a newline as a token between them.
        text = textrules.normalise("\n".join(chunks), lower=self.lower)
        found = textrules.finder(text, punctuation=self.keep_punctuation, newlines=True)(text)
        ends = [i for i, token in enumerate(found) if token == "\n"]
        lengths = [
            end - start - 1 for start, end in zip([-1, *ends], [*ends, len(found)], strict=True)
        ]
        return [token for token in found if token != "\n"], lengths


@dataclass(frozen=True)
class FunctionTokenizer(Tokenizer):
    """Any function from text to tokens; it can't be rebuilt from a file.

    Attributes:
        function: Called with the text of one record.
        lower: Lower-case the tokens it returns.
    """

    function: Callable[[str], Iterable[str]]
    lower: bool = False
    name: ClassVar[str] = "custom"

    def __call__(self, text: str) -> list[str]:
        """Return what the function returns, as a list."""
        tokens = self.function(text)
        if isinstance(tokens, str):
            raise ConfigurationError(
                f"tokenizer: expected a function that returns a list of tokens, but "
                f"{label(self.function)} returned the string {tokens[:40]!r}"
            )
        return [token.lower() for token in tokens] if self.lower else list(tokens)

    def spec(self) -> dict[str, Any]:
        """Return a note of which function it was."""
        return {"name": self.name, "function": label(self.function), "lower": self.lower}


def label(function: object) -> str:
    """Return the full name of a function, as far as it has one."""
    module = getattr(function, "__module__", None)
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{module}.{name}" if module else name
