"""What was found in texts when they were read for a model."""

from __future__ import annotations

from dataclasses import dataclass

from .indexing import IndexedTexts


@dataclass(frozen=True)
class TextReport:
    """How much of some texts a model reads.

    Attributes:
        texts: How many there are.
        empty: Texts without a word that has a row: nothing of them is read.
        words: Words in all of them.
        unknown: Those without a row of their own.
        long: Texts of more words than are read at once.
        held_out: Texts held out to stop by; 0 where nothing was learnt from them.
    """

    texts: int
    empty: int
    words: int
    unknown: int
    long: int
    held_out: int = 0

    @classmethod
    def of(cls, texts: IndexedTexts, *, skipped: bool, max_length: int) -> TextReport:
        """Count.

        Args:
            texts: As indexed, before they are cut.
            skipped: Whether unknown words were left out.
            max_length: Words read at once.
        """
        unknown = int(texts.unknown.sum())
        return cls(
            texts=len(texts),
            empty=int(texts.empty.sum()),
            words=len(texts.ids) + (unknown if skipped else 0),
            unknown=unknown,
            long=int((texts.lengths > max_length).sum()),
        )

    def __str__(self) -> str:
        share = self.unknown / self.words if self.words else 0.0
        found = [f"{self.texts:,} texts of {self.words:,} words, {share:.1%} without a vector"]
        if self.empty:
            found.append(f"{self.empty:,} texts with no known word")
        if self.long:
            found.append(f"{self.long:,} too long to be read whole")
        if self.held_out:
            found.append(f"{self.held_out:,} held out")
        return "; ".join(found)
