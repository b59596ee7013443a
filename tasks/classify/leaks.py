"""Texts that stand in two parts of a data set: what was trained on can't be a test."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

EXAMPLES = 5


@dataclass(frozen=True)
class LeakReport:
    """Which test texts stand in the training part too, but for white space and case.

    Attributes:
        count: Test texts that do.
        share: Of all test texts.
        same_label: Of them, how many have the same label there; ``None`` without labels.
        pairs: Places (training, test), from 0, of every such test text, by test place.
        examples: Beginnings of the first few.
    """

    count: int
    share: float
    same_label: int | None
    pairs: tuple[tuple[int, int], ...]
    examples: tuple[str, ...]

    def __str__(self) -> str:
        if not self.count:
            return "no test text stands in the training part"
        return (
            f"{self.count:,} test texts ({self.share:.2%}) stand in the training part too: "
            "scores on them say nothing about new texts"
        )


def leaks(
    train: Sequence[str | Sequence[str]],
    test: Sequence[str | Sequence[str]],
    *,
    train_labels: Sequence[object] | None = None,
    test_labels: Sequence[object] | None = None,
) -> LeakReport:
    """Find the test texts that are training texts, but for white space and case.

    Empty texts are never counted: they are all alike.

    Args:
        train: Texts or token lists trained on.
        test: Those tested on.
        train_labels: Labels of ``train``, where it is to be told whether they agree.
        test_labels: Labels of ``test``, likewise.
    """
    first: dict[bytes, int] = {}
    for i, text in enumerate(train):
        if key := normalised(text):
            first.setdefault(key, i)
    pairs = tuple(
        (place, j)
        for j, text in enumerate(test)
        if (key := normalised(text)) and (place := first.get(key)) is not None
    )
    same: int | None = None
    if train_labels is not None and test_labels is not None:
        same = sum(bool(train_labels[i] == test_labels[j]) for i, j in pairs)
    return LeakReport(
        count=len(pairs),
        share=len(pairs) / len(test) if len(test) else 0.0,
        same_label=same,
        pairs=pairs,
        examples=tuple(_shown(test[j]) for _, j in pairs[:EXAMPLES]),
    )


def normalised(text: str | Sequence[str]) -> bytes:
    """Return a short key equal for texts that differ in white space or case; empty for none."""
    words = text.split() if isinstance(text, str) else " ".join(text).split()
    if not words:
        return b""
    plain = " ".join(words).casefold().encode("utf-8", errors="surrogatepass")
    return hashlib.blake2b(plain, digest_size=16).digest()


def _shown(text: str | Sequence[str]) -> str:
    return " ".join(text.split() if isinstance(text, str) else text)[:100]
