"""floret's vectors: no words of their own, only hashed parts, a few rows for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .errors import ConfigurationError
from .kernels.floret import floret_rows
from .subwords import Hashing, PackedWords, Parts, Subwords


@dataclass(frozen=True, eq=False)
class FloretSubwords(Subwords):
    """Parts of words as floret hashes them: the vector of a word is the mean of all their rows.

    The parts are the whole word and its n-grams, with marks at begin and end; its first and its
    last character alone, which are marks, are no parts.

    Attributes:
        begin: What is put before a word.
        end: What is put behind it.
        hashes: Rows for each part, 1 to 4.
        seed: Of the hash, 0 to 2**32 - 1.

    Source: Boyd and Warmerdam 2022, "floret: lightweight, robust word vectors", explosion.ai.
    """

    kind: ClassVar[Hashing] = "floret"

    hashing: Hashing = "floret"
    begin: str = "<"
    end: str = ">"
    hashes: int = 1
    seed: int = 2166136261

    def __post_init__(self) -> None:
        super().__post_init__()
        problems: list[str] = []
        if self.min_n < 1:
            problems.append(f"min_n must be at least 1, found {self.min_n}")
        if not 1 <= self.hashes <= 4:
            problems.append(f"hashes must be 1 to 4, found {self.hashes}")
        if not 0 <= self.seed < 1 << 32:
            problems.append(f"seed must be 0 to 4,294,967,295, found {self.seed}")
        if problems:
            raise ConfigurationError(*problems)

    def parts(self, word: str) -> Parts:
        """Return the parts of a word, each as often as it has rows, and these rows."""
        marked = f"{self.begin}{word}{self.end}"
        runs = [
            marked[i : i + n]
            for n in range(self.min_n, self.max_n + 1)
            for i in range(len(marked) - n + 1)
            if n > 1 or 0 < i < len(marked) - 1
        ]
        named = [part for part in (marked, *runs) for _ in range(self.hashes)]
        return Parts(named, self._buckets(PackedWords.of([word]))[1])

    def ngram_vector(self, ngram: str) -> np.ndarray:
        """Return float32[D], the mean of the rows of one part, with its marks.

        Raises:
            ValueError: It is empty.
        """
        if not ngram:
            raise ValueError("expected a part of a word, found an empty one")
        rows = self._rows_of_marked(PackedWords.of([ngram]), 1, 0)[1]
        return np.array(self.table[rows].mean(axis=0, dtype=np.float32))

    def _buckets(self, words: PackedWords) -> tuple[np.ndarray, np.ndarray]:
        content, edges = words.data.tobytes(), words.offsets.tolist()
        begin, end = self.begin.encode(), self.end.encode()
        marked = [begin + content[a:b] + end for a, b in zip(edges[:-1], edges[1:], strict=True)]
        offsets = np.zeros(len(marked) + 1, np.int64)
        np.cumsum([len(word) for word in marked], out=offsets[1:])
        joined = PackedWords(np.frombuffer(b"".join(marked), np.uint8), offsets)
        return self._rows_of_marked(joined, self.min_n, self.max_n)

    def _rows_of_marked(
        self, words: PackedWords, min_n: int, max_n: int
    ) -> tuple[np.ndarray, np.ndarray]:
        starts = np.empty(len(words) + 1, np.int64)
        rows = np.empty(0, np.int32)
        for _ in range(2):  # how many there are; then, which
            count = floret_rows(
                words.data, words.offsets, min_n, max_n, self.buckets, self.hashes, self.seed,
                starts, rows,
            )  # fmt: skip
            rows = rows if len(rows) else np.empty(count, np.int32)
        return starts, rows
