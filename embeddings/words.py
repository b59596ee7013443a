"""An immutable list of words with its index, and the words that are close to a misspelt one."""

from __future__ import annotations

import difflib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from types import MappingProxyType

import numpy as np

from .errors import UnknownWordError


class WordList:
    """Words in row order, and their rows.

    Given as a function, the words are fetched when first needed: opening a file of millions of
    words then costs nothing until a word is looked up.

    Args:
        fetch: Returns the words, distinct and none empty (see :func:`checked_words`).
        size: How many there are.
    """

    def __init__(self, fetch: Callable[[], tuple[str, ...]], *, size: int) -> None:
        self._fetch, self._size = fetch, size

    @classmethod
    def of(cls, words: Iterable[str]) -> WordList:
        """Build from words at hand, checked now."""
        checked = checked_words(words)
        return cls(lambda: checked, size=len(checked))

    def __len__(self) -> int:
        return self._size

    @cached_property
    def words(self) -> tuple[str, ...]:
        """All words, row 0 first."""
        return self._fetch()

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Word to row, read-only."""
        return MappingProxyType(dict(zip(self.words, range(self._size), strict=True)))

    def unknown(
        self, words: Sequence[str], *, lacking: str = "vector", reason: str = ""
    ) -> UnknownWordError:
        """The error for words that aren't in the list; close ones are searched when it is shown."""
        suggest = partial(self.suggestions, words)
        return UnknownWordError(words, suggest, lacking=lacking, reason=reason)

    def suggestions(self, words: Sequence[str]) -> list[str]:
        """Close words: up to three for one unknown word, one for each of up to five."""
        if len(words) == 1:
            return self.close_words(words[0])
        found = [self.close_words(word, limit=1) for word in words[:5]]
        return list(dict.fromkeys(word for close in found for word in close))

    def close_words(self, word: str, *, limit: int = 3) -> list[str]:
        """Known words that ``word`` may be meant to be, the likeliest first.

        Other spellings of case, accents and spaces; then words one edit away (a letter missing,
        added, changed, or two swapped), the most frequent first; then, only if there is none,
        similar words among the 50,000 most frequent with the same first letter. Milliseconds,
        whatever the number of words.

        Args:
            word: A word, known or not.
            limit: At most this many.
        """
        spellings = dict.fromkeys(s for s in _spellings(word) if s in self.index)
        edits = [edit for edit in _edits(word, self._alphabet) if edit in self.index]
        near = [*spellings, *sorted(edits, key=self.index.__getitem__)]
        if not near:
            near = difflib.get_close_matches(word, self._alike(word), limit, cutoff=0.7)
        return [w for w in dict.fromkeys(near) if w != word][:limit]

    @cached_property
    def _alphabet(self) -> tuple[str, ...]:
        """The letters that the frequent words are written with."""
        letters = Counter("".join(self.words[:5000]))
        return tuple(letter for letter, _ in letters.most_common(64))

    def _alike(self, word: str) -> list[str]:
        """Up to 1,000 frequent words that begin as ``word`` does and are about as long."""
        first, low, high = word[:1], len(word) - 2, len(word) + 2
        head = self.words[:50_000]
        alike = [w for w in head if w[0] == first and low <= len(w) <= high]
        return alike[:1000]


def checked_words(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words as a tuple of plain ``str``, all distinct and none empty.

    Raises:
        TypeError: A word isn't a ``str``, or ``words`` itself is one.
        ValueError: There are no words, one is empty, or some stand twice.
    """
    if isinstance(words, str):
        raise TypeError(f"expected a sequence of words, found the single str {words[:40]!r}")
    listed = tuple(words.tolist() if isinstance(words, np.ndarray) else words)
    if not listed:
        raise ValueError("expected at least one word, found none")
    for row, word in enumerate(listed):
        if not isinstance(word, str):
            raise TypeError(
                f"expected words to be str, found {type(word).__name__} {word!r:.60} in row {row}"
            )
        if not word:
            raise ValueError(f"the word of row {row} is empty")
    if len(set(listed)) != len(listed):
        twice = [f"{word!r:.60}" for word, n in Counter(listed).items() if n > 1]
        raise ValueError(
            f"expected distinct words, found {len(twice):,} more than once: "
            f"{', '.join(twice[:5])}{', …' if len(twice) > 5 else ''}"
        )
    return tuple(map(str, listed))


def pack_words(words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Join words to UTF-8 bytes.

    Returns:
        uint8[B] with all words one after the other, and int64[V+1] with their borders.

    Raises:
        ValueError: A word can't be written as UTF-8 (a lone surrogate); names it.
    """
    joined = "".join(words)
    lengths: Iterable[int] = map(len, words)
    if not joined.isascii():
        try:
            lengths = [len(word.encode()) for word in words]
        except UnicodeEncodeError as error:
            raise ValueError(f"the word {error.object!r:.60} can't be written as UTF-8") from error
    offsets = np.zeros(len(words) + 1, np.int64)
    np.cumsum(np.fromiter(lengths, np.int64, len(words)), out=offsets[1:])
    return np.frombuffer(joined.encode(), np.uint8), offsets


def unpack_words(data: np.ndarray, offsets: np.ndarray) -> list[str]:
    """Split joined UTF-8 bytes into words; the reverse of :func:`pack_words`.

    Args:
        data: uint8[B].
        offsets: int64[V+1], rising from 0 to B.

    Raises:
        ValueError: The bytes aren't UTF-8, or a border lies within a character.
    """
    text = data.tobytes().decode("utf-8")  # UnicodeDecodeError is a ValueError
    borders = offsets
    if len(text) != len(data):
        starts = (data & 0xC0) != 0x80  # first bytes of characters
        inner = offsets[(offsets < len(data))]
        if not starts[inner].all():
            raise ValueError("a word begins or ends within a character")
        before = np.zeros(len(data) + 1, np.int64)
        np.cumsum(starts, out=before[1:])
        borders = before[offsets]
    edges: list[int] = borders.tolist()
    return [text[a:b] for a, b in zip(edges[:-1], edges[1:], strict=True)]


def _spellings(word: str) -> list[str]:
    """Other ways to write a word: case, accents, spaces, Unicode form."""
    plain = word.strip()
    joined = "_".join(plain.split())
    forms = [
        plain,
        joined,
        plain.replace("_", "-"),
        plain.replace("-", "_"),
        plain.replace("-", ""),
    ]
    forms += [unicodedata.normalize(form, plain) for form in ("NFC", "NFD", "NFKC")]
    decomposed = unicodedata.normalize("NFD", plain)
    forms.append("".join(c for c in decomposed if not unicodedata.combining(c)))
    cased = [
        change(form)
        for form in forms
        for change in (str, str.lower, str.capitalize, str.upper, str.title)
    ]
    return [form for form in cased if form]


def _edits(word: str, alphabet: Sequence[str]) -> set[str]:
    """All strings one deletion, swap, replacement or insertion away; none for odd lengths."""
    if not 2 <= len(word) <= 40:
        return set()
    splits = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    edits = {a + b[1:] for a, b in splits if b}
    edits |= {a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1}
    edits |= {a + c + b[1:] for a, b in splits if b for c in alphabet}
    edits |= {a + c + b for a, b in splits for c in alphabet}
    return edits
