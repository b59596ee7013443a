"""How alike two texts are: by their vectors, or word by word.

The mean of a sentence's vectors says what it is about; whether two sentences say the same hangs on
single words: who, where, how many. So each word is held against its best match in the other text,
and rare words count most. ``docs/similarity.md`` has the numbers, and what was tried.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ...embeddings.errors import ConfigurationError
from ...embeddings.frequencies import word_shares
from ...embeddings.kernels.alignment import AlignedWords, align_pairs, alignment_scratch
from ...embeddings.kernels.simd import aligned_zeros, padded
from ...embeddings.ranking import cores
from ...embeddings.similarity import row_norms, unit_rows
from ...embeddings.vectors import WordVectors
from ..indexing import Text, listed_texts
from ..text_tokens import tokenizer_for, tokens_of
from .vectorizer import DocumentVectorizer

Method = Literal["align", "overlap", "mean", "idf", "sif", "usif", "max", "power"]

RARE = 1e-4
"""A word of this share of the corpus counts half as much as an unknown one (Arora et al. 2017)."""
_BLOCK = 256  # pairs that a thread takes at a time
_pieces = re.compile(r"\w+").findall


@dataclass(frozen=True, eq=False)
class TextPairs:
    """Pairs of texts, cut into words.

    Attributes:
        tokens: 2 P lists; the first two are the first pair.
        known: Words of all texts that have a vector.
        unknown: Those that have none.
        without: Texts of which no word has a vector.
    """

    tokens: tuple[tuple[str, ...], ...]
    known: int
    unknown: int
    without: int

    def __len__(self) -> int:
        """P, the number of pairs."""
        return len(self.tokens) // 2


def text_similarity(
    pairs: Iterable[tuple[Text, Text]],
    vectors: WordVectors,
    *,
    method: Method = "align",
    tokenizer: Any = None,
) -> NDArray[np.float64]:
    """Return how alike the two texts of each pair are.

    ``"align"`` takes for each word of either text its best match in the other, and returns the mean
    of these with weights ``a / (a + p)``, p a word's share of the vectors' corpus, a = 0.0001,
    unknown words 1. The same word matches by 1; two words by ``1 - (1 - b) (1 - c²)``, where b is
    twice the letters that they begin with alike over the letters of both, and c their cosine, at
    least 0. Words with digits match themselves alone. Of words without a vector that consist of
    parts ("don't", "world's") the parts are taken. The order of words doesn't matter.

    ``"overlap"`` is the same without the vectors: b alone. It needs their counts all the same.

    Any other is a weighting of :class:`.DocumentVectorizer`, fitted on the texts of all pairs: the
    cosine of both vectors.

    Args:
        pairs: Two texts each, every one a ``str`` or a list of tokens.
        vectors: Word vectors; without counts they are taken to be sorted by frequency.
        method: One of these.
        tokenizer: How texts become words; ``None`` takes that of the vectors.

    Returns:
        float64[P], from 0 to 1 (cosines from -1). 0 where a text has no word, or, for cosines, none
        with a vector.

    Raises:
        ConfigurationError: ``method`` is none of these, or the tokeniser isn't known.
        TypeError: A pair isn't one; says which.

    Source: matching by the best word of the other text, Mihalcea et al. 2006 (AAAI), equation 1;
    weights, Arora et al. 2017 (ICLR), equation 3; their mixture with spelling is our own.

    Example:
        >>> from wordgraft import WordVectors
        >>> people = WordVectors.from_mapping({"sun": [1, 0], "rain": [0.6, 0.8]})
        >>> pairs = [("Sun, rain!", "rain sun"), ("sun", "rain"), ("rains", "rain")]
        >>> text_similarity(pairs, people).round(2).tolist()
        [1.0, 0.36, 0.89]
    """
    _check(method)
    return _similarity(split_pairs(pairs, vectors, tokenizer=tokenizer), vectors, method)


def split_pairs(
    pairs: Iterable[tuple[Text, Text]], vectors: WordVectors, *, tokenizer: Any = None
) -> TextPairs:
    """Cut pairs of texts into words, and count those that have a vector; see the function above."""
    texts = [text for pair in _checked_pairs(pairs) for text in pair]
    cutter = tokenizer_for(vectors, tokenizer, texts)
    tokens = list(tokens_of(texts, cutter))
    there: dict[str, bool] = {}
    for text in tokens:
        for token in text:
            if token not in there:
                there[token] = vectors.has_vector(token)
    known = [sum(there[token] for token in text) for text in tokens]
    return TextPairs(
        tuple(tuple(text) for text in tokens),
        known=sum(known),
        unknown=sum(map(len, tokens)) - sum(known),
        without=sum(1 for count in known if not count),
    )


def similarity_of(
    pairs: TextPairs, vectors: WordVectors, *, method: Method = "align"
) -> NDArray[np.float64]:
    """Return what :func:`text_similarity` does, of pairs cut by :func:`split_pairs`."""
    _check(method)
    return _similarity(pairs, vectors, method)


def _check(method: str) -> None:
    if method not in get_args(Method):
        raise ConfigurationError(
            f"method: expected one of {', '.join(get_args(Method))}, found {method!r}"
        )


def _checked_pairs(pairs: Iterable[tuple[Text, Text]]) -> list[list[Text]]:
    if isinstance(pairs, str):
        raise TypeError(f"expected pairs of texts, found the single str {pairs!r:.60}")
    found: list[list[Text]] = []
    for number, pair in enumerate(pairs):
        both = [] if isinstance(pair, str) else list(pair)
        if len(both) != 2:
            raise TypeError(f"pair {number}: expected two texts, found {pair!r:.80}")
        try:
            found.append(listed_texts(both))
        except TypeError as error:
            raise TypeError(f"pair {number}: {error}") from None
    return found


def _similarity(pairs: TextPairs, vectors: WordVectors, method: Method) -> NDArray[np.float64]:
    if method in ("align", "overlap"):
        return _aligned(pairs, vectors, spelling_alone=method == "overlap")
    if not len(pairs):
        return np.empty(0)
    vectorizer = DocumentVectorizer(vectors, weighting=method, tokenizer="whitespace")
    rows = vectorizer.fit_transform(pairs.tokens)
    units = unit_rows(rows, row_norms(rows)).astype(np.float64)
    return np.clip(np.vecdot(units[0::2], units[1::2]), -1.0, 1.0)


# --- word by word ------------------------------------------------------------------------------


def _aligned(
    pairs: TextPairs, vectors: WordVectors, *, spelling_alone: bool
) -> NDArray[np.float64]:
    """Score pairs by their words; threads share them out."""
    numbers: dict[str, int] = {}
    ids: list[int] = []
    counts: list[int] = []
    borders = [0]
    split: dict[str, list[str]] = {}
    for text in pairs.tokens:
        for token in text:
            if token not in split:
                split[token] = _parts(token, vectors)
        found = Counter(part for token in text for part in split[token])
        ids.extend(numbers.setdefault(word, len(numbers)) for word in found)
        counts.extend(found.values())
        borders.append(len(ids))
    words, width = _words(list(numbers), vectors, spelling_alone=spelling_alone)
    offsets = np.array(borders, np.int64)
    longest = int(np.diff(offsets).max(initial=1))
    flat_ids, flat_counts = np.array(ids, np.int32), np.array(counts, np.int64)
    out = np.zeros(len(pairs))
    starts = range(0, len(pairs), _BLOCK)

    def work(shares: Iterator[int]) -> None:
        x = alignment_scratch(longest)
        for start in shares:  # a thread takes the next block when it is done with one
            stop = min(start + _BLOCK, len(pairs))
            align_pairs(flat_ids, flat_counts, offsets, start, stop, words, width, out, x)

    threads, shared = max(1, min(cores(), len(starts))), iter(starts)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, [shared] * threads))
    return out


def _parts(token: str, vectors: WordVectors) -> list[str]:
    """Return a word, or its parts where it has no vector and signs stand between letters."""
    if vectors.has_vector(token) or _has_digit(token):
        return [token]
    parts = _pieces(token)
    return parts if len(parts) > 1 else [token]


def _words(
    words: Sequence[str], vectors: WordVectors, *, spelling_alone: bool
) -> tuple[AlignedWords, int]:
    """Return what the kernel needs of words, and the length of its rows."""
    index, shares = vectors.key_to_index, word_shares(vectors)
    own = np.array([shares[index[word]] if word in index else 0.0 for word in words])
    width = padded(1 if spelling_alone else vectors.vector_size)
    rows = aligned_zeros(len(words) * width)
    there = [] if spelling_alone else [n for n, w in enumerate(words) if vectors.has_vector(w)]
    if there:
        found = vectors[[words[number] for number in there]]
        rows.reshape(-1, width)[there, : vectors.vector_size] = unit_rows(found, row_norms(found))
    letters = "".join(words).encode("utf-32-le", "surrogatepass")
    borders = np.zeros(len(words) + 1, np.int64)
    np.cumsum([len(word) for word in words], out=borders[1:])
    return AlignedWords(
        rows=rows,
        weights=(RARE / (RARE + own)).astype(np.float32),
        letters=np.frombuffer(letters, np.int32).copy(),
        borders=borders,
        exact=np.array([_has_digit(word) for word in words], np.bool_),
    ), width


def _has_digit(word: str) -> bool:
    return any(letter.isdigit() for letter in word)
