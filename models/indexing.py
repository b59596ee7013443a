"""Texts to rows of an embedding matrix: the numbers that a network reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..embeddings.chunks import ChunkEncoder, WordIndex
from ..embeddings.errors import ConfigurationError
from ..embeddings.kernels.encode import LINE_END
from ..embeddings.matrix import EmbeddingMatrix
from ..embeddings.tokenizers import Tokenizer, make_tokenizer
from ..embeddings.words import checked_words

PADDING = 0
"""Row of the padding: all zeros, part of no text."""
UNKNOWN = 1
"""Row of words without one of their own."""
FIRST_WORD = 2
"""Row of the first word."""

Unknown = Literal["skip", "unk"]
Text = str | Sequence[str]

_BLOCK_CHARACTERS = 1 << 21  # texts are joined into blocks of about this size


@dataclass(frozen=True, eq=False)
class IndexedTexts:
    """Texts as rows of an embedding matrix, one after the other, without padding.

    Attributes:
        ids: int32[T], rows from :data:`UNKNOWN` on, text after text.
        offsets: int64[N+1]; text i is ``ids[offsets[i]:offsets[i + 1]]``.
        unknown: int64[N], how many words of each text have no row of their own.
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    unknown: NDArray[np.int64]

    def __post_init__(self) -> None:
        texts = len(self.offsets) - 1
        if texts < 0 or self.offsets[0] != 0 or self.offsets[-1] != len(self.ids):
            raise ValueError(f"expected offsets from 0 to {len(self.ids)}, the number of ids")
        if self.unknown.shape != (texts,):
            raise ValueError(f"expected {texts} numbers of unknown words, one for each text")
        for name in ("ids", "offsets", "unknown"):
            view = getattr(self, name).view()
            view.setflags(write=False)
            object.__setattr__(self, name, view)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, text: int) -> NDArray[np.int32]:
        """Return int32[L], the rows of one text; read-only."""
        if not -len(self) <= text < len(self):
            raise IndexError(f"expected the number of one of {len(self)} texts, found {text}")
        text %= len(self)
        return self.ids[self.offsets[text] : self.offsets[text + 1]]

    def __iter__(self) -> Iterator[NDArray[np.int32]]:
        return (self[text] for text in range(len(self)))

    @property
    def lengths(self) -> NDArray[np.int64]:
        """int64[N], tokens of each text."""
        return np.diff(self.offsets)

    @property
    def empty(self) -> NDArray[np.bool_]:
        """bool[N]: texts of which nothing is left that a network could read."""
        return self.lengths == 0

    def take(self, rows: Any) -> IndexedTexts:
        """Return some texts.

        Args:
            rows: int[n], their numbers in the order wanted, repeats allowed; or bool[N].
        """
        chosen = np.asarray(rows)
        if chosen.dtype == np.bool_:
            if chosen.shape != (len(self),):
                raise ValueError(f"expected bool[{len(self)}], found shape {list(chosen.shape)}")
            chosen = np.flatnonzero(chosen)
        chosen = chosen.astype(np.int64)
        if len(chosen) and not (chosen.min() >= 0 and chosen.max() < len(self)):
            raise IndexError(f"expected numbers of texts from 0 to {len(self) - 1}")
        return self._parts(self.offsets[:-1][chosen], self.lengths[chosen], chosen)

    def cut(self, max_length: int, *, head_share: float = 0.25) -> IndexedTexts:
        """Shorten long texts to their beginning and their end.

        Reviews and articles say most at the end and at the beginning, least in the middle.

        Args:
            max_length: Texts of more tokens lose those in the middle.
            head_share: Which part of ``max_length`` is taken from the beginning, the rest from the
                end: 1 is the usual cut of the end, 0 keeps the end alone.

        Source: Sun et al. 2019 (arXiv:1905.05583), section 5.3.1, whose best was a share of 1/4.
        """
        if max_length < 1 or not 0 <= head_share <= 1:
            raise ConfigurationError(
                f"expected max_length of at least 1 and head_share from 0 to 1, found {max_length} "
                f"and {head_share}"
            )
        lengths = self.lengths
        if not len(lengths) or lengths.max() <= max_length:
            return self
        kept = np.minimum(lengths, max_length)
        head = round(max_length * head_share)
        offsets = _running(kept)
        # Tokens behind the head move up by what is left out: 0 for texts that stay whole.
        place = np.arange(offsets[-1]) - np.repeat(offsets[:-1], kept)
        skipped = np.where(place >= head, np.repeat(lengths - kept, kept), 0)
        source = place + skipped + np.repeat(self.offsets[:-1], kept)
        return IndexedTexts(self.ids[source], offsets, self.unknown)

    def chunks(self, max_length: int) -> tuple[IndexedTexts, NDArray[np.int64]]:
        """Split long texts into parts of nearly equal length.

        Args:
            max_length: Of a part, in tokens.

        Returns:
            The parts, and int64[n], which text each is of; an empty text is one empty part. Their
            ``unknown`` is that of the whole text at its first part, 0 at the others.
        """
        if max_length < 1:
            raise ConfigurationError(f"expected max_length of at least 1, found {max_length}")
        lengths = self.lengths
        counts = np.maximum(1, -(-lengths // max_length))
        owner = np.repeat(np.arange(len(self)), counts)
        turn = np.arange(len(owner)) - np.repeat(_running(counts)[:-1], counts)
        borders = (turn * lengths[owner]) // counts[owner]
        ends = ((turn + 1) * lengths[owner]) // counts[owner]
        unknown = np.where(turn == 0, self.unknown[owner], 0)
        return IndexedTexts(self.ids, _running(ends - borders), unknown), owner

    def _parts(
        self, starts: NDArray[np.int64], lengths: NDArray[np.int64], texts: NDArray[np.int64]
    ) -> IndexedTexts:
        offsets = _running(lengths)
        source = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
        return IndexedTexts(self.ids[source], offsets, self.unknown[texts])


@dataclass(frozen=True, eq=False)
class TextIndexer:
    """Turns texts into rows: 0 is padding, 1 the unknown word, 2 the first word of the list.

    Args:
        words: The words in the order of their rows from 2 on, distinct.
        tokenizer: How texts become words; whatever :func:`.make_tokenizer` takes. Texts that come
            as lists of tokens are left as they are.
        unknown: What becomes of a word that isn't in the list: left out (``"skip"``), or row 1
            (``"unk"``). Counted in either case.

    Raises:
        ConfigurationError: ``unknown`` or the tokeniser is none of those.
        ValueError: A word is empty or stands twice.

    Example:
        >>> indexer = TextIndexer(["good", "film"], "default", unknown="skip")
        >>> indexer(["A good, good film!"]).ids
        array([2, 2, 3], dtype=int32)
    """

    words: Sequence[str]
    tokenizer: Any = "default"
    unknown: Unknown = field(default="skip", kw_only=True)
    _rows: _KnownWords = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.unknown not in get_args(Unknown):
            raise ConfigurationError(
                f'unknown: expected "skip" or "unk", found {self.unknown!r}: what becomes of words '
                "without a row"
            )
        # A frozen value sets its own fields this way.
        object.__setattr__(self, "words", checked_words(self.words))
        object.__setattr__(self, "tokenizer", make_tokenizer(self.tokenizer))
        known = ((word, row) for row, word in enumerate(self.words, FIRST_WORD))
        object.__setattr__(self, "_rows", _KnownWords(known))

    @classmethod
    def of_matrix(
        cls, matrix: EmbeddingMatrix, tokenizer: Any = "default", *, unknown: Unknown = "skip"
    ) -> TextIndexer:
        """Build for a matrix whose rows 0 and 1 are padding and the unknown word, as by default.

        Raises:
            ValueError: They stand elsewhere.
        """
        if (matrix.padding_index, matrix.unknown_index) != (PADDING, UNKNOWN):
            raise ValueError(
                f"expected padding in row {PADDING} and the unknown word in row {UNKNOWN}, found "
                f"{matrix.padding_index} and {matrix.unknown_index}: build the matrix with tokens "
                "that aren't among its words"
            )
        return cls(matrix.words[FIRST_WORD:], tokenizer, unknown=unknown)

    def __len__(self) -> int:
        """V, the number of rows, those of padding and the unknown word included."""
        return len(self.words) + FIRST_WORD

    @property
    def index(self) -> Mapping[str, int]:
        """Word to row; look-ups of others give :data:`UNKNOWN`."""
        return self._rows

    def __call__(self, texts: Iterable[Text]) -> IndexedTexts:
        """Turn texts into rows.

        Args:
            texts: Each a ``str`` (line ends in it are white space), or a list of tokens. Characters
                that can't be written as UTF-8 (lone surrogates) become question marks.

        Raises:
            TypeError: ``texts`` is a single ``str``, or one of them is neither text nor tokens;
                says which.
        """
        listed = listed_texts(texts)
        stream = _stream(listed, self.tokenizer, self._rows)
        skip = self.unknown == "skip"
        return _split(stream, stream == UNKNOWN, texts=len(listed), skip=skip)

    def growing(self, texts: Iterable[Text]) -> tuple[IndexedTexts, list[str]]:
        """Turn texts into rows, those of unknown words behind the known ones.

        Args:
            texts: As for a call.

        Returns:
            The texts, in which every word has a row; its ``unknown`` are the words with a new one.
            And the words of the rows from ``len(self)`` on, in the order of their occurrence.
        """
        listed = listed_texts(texts)
        rows = _MoreWords(self._rows, len(self))
        stream = _stream(listed, self.tokenizer, rows)
        return _split(stream, stream >= len(self), texts=len(listed), skip=False), rows.new


def count_words(texts: Iterable[Text], tokenizer: Any = "default") -> dict[str, int]:
    """Return how often each word occurs, words in the order of their first occurrence.

    Args:
        texts: As :class:`TextIndexer` takes them.
        tokenizer: Likewise.

    Raises:
        TypeError: As there.
    """
    listed, rows = listed_texts(texts), WordIndex()
    stream = _stream(listed, make_tokenizer(tokenizer), rows)
    counts = np.bincount(stream[stream != LINE_END], minlength=len(rows))
    return dict(zip(rows, counts.tolist(), strict=True))


class _KnownWords(WordIndex):
    """Rows by word that never grow: a word that isn't there has the row of unknown ones."""

    def __missing__(self, word: str) -> int:
        return UNKNOWN


class _MoreWords(WordIndex):
    """Rows by word that grow behind those of another index, which stays as it is."""

    def __init__(self, known: Mapping[str, int], first: int) -> None:
        super().__init__()
        self._known, self._first = known, first
        self.new: list[str] = []

    def __missing__(self, word: str) -> int:
        row = self._known.get(word)
        if row is None:
            row = self._first + len(self.new)
            self.new.append(word)
        self[word] = row
        return row


def _split(
    stream: NDArray[np.int32], strange: NDArray[np.bool_], *, texts: int, skip: bool
) -> IndexedTexts:
    """Take ends and, if so told, unknown words out of a stream of rows; count those words."""
    ends = np.flatnonzero(stream == LINE_END)
    if len(ends) != texts:
        raise RuntimeError(f"{texts} texts gave {len(ends)} ends: the tokenizer added lines")
    unknown = np.diff(np.cumsum(strange, dtype=np.int64)[ends], prepend=0)
    keep = stream != LINE_END
    if skip:
        keep &= ~strange
    offsets = np.zeros(texts + 1, np.int64)
    offsets[1:] = np.cumsum(keep, dtype=np.int64)[ends]
    return IndexedTexts(stream[keep], offsets, unknown)


def _stream(texts: list[Text], tokenizer: Tokenizer, rows: WordIndex) -> NDArray[np.int32]:
    """Return the rows of all words of all texts, ``LINE_END`` behind each text."""
    if tokenizer.chunkwise and all(isinstance(text, str) for text in texts):
        return _joined(texts, tokenizer, rows)  # type: ignore[arg-type]
    return _one_by_one(texts, tokenizer, rows)


def _joined(texts: list[str], tokenizer: Tokenizer, rows: WordIndex) -> NDArray[np.int32]:
    """Do so through the compiled scanner of chunks."""
    encoder = ChunkEncoder(tokenizer, rows)
    pieces: list[NDArray[np.int32]] = []
    for block in _blocks(texts):
        data = tokenizer.prepare("\n".join([*block, ""])).encode("utf-8", "replace")
        pieces.extend(piece.copy() for piece in encoder.ids(data))
    return np.concatenate(pieces) if pieces else np.empty(0, np.int32)


def _one_by_one(texts: list[Text], tokenizer: Tokenizer, rows: WordIndex) -> NDArray[np.int32]:
    found: list[int] = []
    strings = tokenizer.batch([text for text in texts if isinstance(text, str)])
    for text in texts:
        if isinstance(text, str):
            for sentence in next(strings):
                found.extend(rows[word] for word in sentence)
        else:
            found.extend(rows[word] for word in tokenizer.retoken(list(text)))
        found.append(LINE_END)
    return np.array(found, np.int32)


def listed_texts(texts: Iterable[Text]) -> list[Text]:
    """Return texts as a list; every one is a ``str`` or a row of them.

    Raises:
        TypeError: ``texts`` is a single ``str``, a mapping or a table, or one of them is neither
            text nor tokens; says which.
    """
    if isinstance(texts, str):
        raise TypeError(f"expected a list of texts, found the single str {texts!r:.60}")
    if isinstance(texts, Mapping) or hasattr(texts, "columns"):
        raise TypeError(
            f"expected a list of texts, found a {type(texts).__name__}: name the column with them"
        )
    listed = list(texts)
    _check(listed)
    return listed


def _check(texts: list[Any]) -> None:
    """Raise unless every text is a ``str`` or a row of them."""
    for number, text in enumerate(texts):
        if isinstance(text, str):
            continue
        row = isinstance(text, Sequence) or (isinstance(text, np.ndarray) and text.ndim == 1)
        if not row or isinstance(text, bytes):
            raise TypeError(
                f"text {number}: expected a str or a list of tokens, found "
                f"{type(text).__name__} {text!r:.60}"
            )
        for token in text:
            if not isinstance(token, str):
                raise TypeError(
                    f"text {number}: expected tokens that are str, found {type(token).__name__} "
                    f"{token!r:.60}"
                )


def _blocks(texts: list[str]) -> Iterator[list[str]]:
    """Yield texts, without line ends in them, in blocks of some megabytes."""
    block: list[str] = []
    size = 0
    for text in texts:
        block.append(text.replace("\n", " ") if "\n" in text else text)
        size += len(text)
        if size >= _BLOCK_CHARACTERS:
            yield block
            block, size = [], 0
    if block:
        yield block


def _running(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return int64[n+1], the sums of the first 0, 1, ... n lengths."""
    sums = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=sums[1:])
    return sums
