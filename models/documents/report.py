"""What was found in documents when they were read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...embeddings.errors import ConfigurationError
from ...embeddings.tokenizers import Tokenizer, make_tokenizer
from ..indexing import Text, TextIndexer
from .words import ReadTexts

_SAMPLE = 500
MUCH_UNKNOWN = 0.2
"""From which share of unknown words on it is looked whether another tokeniser would know more."""


@dataclass(frozen=True)
class DocumentReport:
    """How much of some documents a vectoriser reads.

    Attributes:
        documents: How many there are.
        empty: Documents without a known word.
        words: Words in all of them.
        unknown: Those without a row: nothing is known of them.
        composed: Those whose row is composed of n-grams.
        notes: What else a person should know, as sentences.
    """

    documents: int
    empty: int
    words: int
    unknown: int
    composed: int
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, read: ReadTexts, *, first_new: int, notes: Sequence[str] = ()) -> DocumentReport:
        """Count.

        Args:
            read: Documents.
            first_new: Row of the first word that is composed.
            notes: Sentences to add.
        """
        texts = read.texts
        unknown = int(texts.unknown.sum())
        return cls(
            documents=len(texts),
            empty=int(texts.empty.sum()),
            words=len(texts.ids) + unknown,
            unknown=unknown,
            composed=int((texts.ids >= first_new).sum()) if read.new else 0,
            notes=tuple(notes),
        )

    def __add__(self, other: DocumentReport) -> DocumentReport:
        """Return what was found in both."""
        return DocumentReport(
            self.documents + other.documents,
            self.empty + other.empty,
            self.words + other.words,
            self.unknown + other.unknown,
            self.composed + other.composed,
            tuple(dict.fromkeys([*self.notes, *other.notes])),
        )

    def __str__(self) -> str:
        share = self.unknown / self.words if self.words else 0.0
        found = [f"{self.documents:,} documents of {self.words:,} words, {share:.1%} unknown"]
        if self.composed:
            found.append(f"{self.composed:,} composed of n-grams")
        if self.empty:
            found.append(f"{self.empty:,} documents with no known word")
        return "; ".join([*found, *self.notes])


NOTHING_READ = DocumentReport(0, 0, 0, 0, 0)


def better_tokenizer(
    texts: Sequence[Text], tokenizer: Tokenizer, words: TextIndexer, unknown: float
) -> str | None:
    """Return a sentence if ``"default"`` would leave less than half as many words unknown.

    Vectors of text that was tokenised before, with white space between the tokens, remember
    "whitespace"; asked about raw text, they know no word that a comma stands behind, or that
    begins a sentence.

    Args:
        texts: Documents; those that are lists of tokens are not looked at.
        tokenizer: The one that is used.
        words: The words that are known.
        unknown: Share of unknown words with it.
    """
    if unknown < MUCH_UNKNOWN:
        return None
    strings = [text for text in texts if isinstance(text, str)]
    sample = strings[:: max(1, len(strings) // _SAMPLE)][:_SAMPLE]
    other = make_tokenizer("default")
    if not sample or tokenizer == other:
        return None
    shares = [_unknown(sample, one, words) for one in (tokenizer, other)]
    if shares[0] < MUCH_UNKNOWN or shares[1] > shares[0] / 2:
        return None
    return (
        f"{shares[0]:.0%} of the words are unknown with the tokenizer {tokenizer.name!r}, the "
        f"vectors' own; with 'default' {shares[1]:.0%} would be: is this raw text? Then say "
        "tokenizer='default' (--tokenizer default)"
    )


def _unknown(texts: Sequence[str], tokenizer: Tokenizer, words: TextIndexer) -> float:
    tokens: list[str] = []
    for sentences in tokenizer.batch(texts):
        tokens.extend(token for sentence in sentences for token in sentence)
    if not tokens:
        return 1.0
    return float(np.mean([token not in words.index for token in tokens]))


def report_of(stored: Any) -> DocumentReport:
    """Return a report from what JSON keeps of it.

    Raises:
        ConfigurationError: It is none.
    """
    try:
        fields: dict[str, Any] = {**stored, "notes": tuple(stored["notes"])}
        return DocumentReport(**fields)
    except (TypeError, KeyError) as error:
        raise ConfigurationError(f"report: {error}") from error
