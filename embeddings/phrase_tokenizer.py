"""Collocations as single tokens: new york becomes new_york."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from .tokenizing import Tokenizer


@dataclass(frozen=True)
class PhraseTokenizer(Tokenizer):
    """Joins known pairs of neighbouring tokens, from left to right, each token used once.

    Attributes:
        base: Makes the tokens; another ``PhraseTokenizer`` makes phrases of three and more words.
        phrases: The pairs, joined by the delimiter, sorted.
        delimiter: Stands between the words of a phrase.
    """

    base: Tokenizer
    phrases: tuple[str, ...]
    delimiter: str = "_"
    name: ClassVar[str] = "phrases"

    def __post_init__(self) -> None:
        object.__setattr__(self, "phrases", tuple(sorted(set(self.phrases))))

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.phrases)

    def __call__(self, text: str) -> list[str]:
        """Return the tokens of ``text``, phrases joined."""
        return self.join(self.base(text))

    @property
    def splits_records(self) -> bool:
        """As the base does."""
        return self.base.splits_records

    def retoken(self, tokens: list[str]) -> list[str]:
        """Join phrases in a record that came as tokens."""
        return self.join(self.base.retoken(tokens))

    def sentences(self, text: str) -> Iterator[list[str]]:
        """Yield the sentences of the base, phrases joined."""
        return map(self.join, self.base.sentences(text))

    def batch(self, texts: Iterable[str]) -> Iterator[list[list[str]]]:
        """Yield for each text the list of its sentences."""
        for sentences in self.base.batch(texts):
            yield [self.join(sentence) for sentence in sentences]

    def join(self, tokens: list[str]) -> list[str]:
        """Return ``tokens`` with the known pairs joined; equal to gensim's ``FrozenPhrases``."""
        if len(tokens) < 2:
            return tokens
        known, delimiter = self._known, self.delimiter
        out: list[str] = []
        pending = tokens[0]
        last = len(tokens) - 1
        i = 1
        while i <= last:
            token = tokens[i]
            pair = f"{pending}{delimiter}{token}"
            if pair in known:
                out.append(pair)
                if i == last:
                    return out
                i += 1
                pending = tokens[i]
            else:
                out.append(pending)
                pending = token
            i += 1
        out.append(pending)
        return out

    def spec(self) -> dict[str, Any]:
        """Return what :func:`.tokenizers.make_tokenizer` needs to build an equal tokeniser."""
        return {
            "name": self.name,
            "base": self.base.spec(),
            "phrases": list(self.phrases),
            "delimiter": self.delimiter,
        }
