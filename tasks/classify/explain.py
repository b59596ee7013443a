"""The words that decide: how much each word of a text speaks for an answer.

Two ways to ask a network. ``gradient`` takes the inner product of a word's vector with the gradient
of the answer: what the word adds to it, to first order, for or against. ``attention`` takes the
share of attention: where the network looks, without saying what it finds there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, get_args

import numpy as np

from ...embeddings.errors import ConfigurationError
from ...models.indexing import FIRST_WORD, UNKNOWN, IndexedTexts, TextIndexer
from ...models.networks.batching import Batch, batches, collate

Way: TypeAlias = Literal["gradient", "attention"]
Text: TypeAlias = "str | Sequence[str]"
BATCH = 32


class Readable(Protocol):
    """A network that can say what it read; :class:`.TextNetwork` can."""

    training: bool

    def train(self, mode: bool = ...) -> Any:  # noqa: FBT001 - PyTorch's
        """Switch dropout on or off."""
        ...

    def attention(self, batch: Batch) -> list[Any]:
        """Return for each text float32[L], 1 in sum."""
        ...

    def contributions(self, batch: Batch, output: Any) -> list[Any]:
        """Return for each text float32[L], what each word adds to one number of the answer."""
        ...


@dataclass(frozen=True)
class Explanation:
    """One text, word by word.

    Attributes:
        words: The words as the tokeniser cuts them, L of them.
        weights: float64[L]; 0 for words that the network didn't read.
        read: bool[L]: words without a vector and those in the middle of a long text aren't read.
        output: Which number of the answer was explained.
        way: "gradient" or "attention".
    """

    words: tuple[str, ...]
    weights: np.ndarray
    read: np.ndarray
    output: int
    way: Way

    def top(self, count: int = 10) -> list[tuple[str, float]]:
        """Return the words that weigh most, for or against, heaviest first."""
        order = np.argsort(-np.abs(self.weights), kind="stable")[:count]
        return [(self.words[i], float(self.weights[i])) for i in order if self.weights[i] != 0]


@dataclass(frozen=True)
class DecidingWord:
    """A word over many texts.

    Attributes:
        word: The word.
        weight: What it adds on average where it stands.
        texts: Texts it stands in.
    """

    word: str
    weight: float
    texts: int


def explain(
    network: Readable,
    indexer: TextIndexer,
    texts: Iterable[Text],
    outputs: Sequence[int] | np.ndarray,
    *,
    way: Way = "gradient",
    max_length: int | None = None,
    head_share: float = 0.25,
) -> list[Explanation]:
    """Ask a network about its answers, text by text.

    Args:
        network: Whose answers.
        indexer: How texts became rows for it.
        texts: N texts or token lists.
        outputs: int[N], which number of each answer is to be explained: the predicted class.
        way: "gradient" or "attention".
        max_length: Words read of a long text, as in training; ``None`` reads all.
        head_share: Which part of them is its beginning.

    Raises:
        ConfigurationError: No such way, other lengths, or attention of a network without any.
    """
    listed = list(texts)
    if way not in get_args(Way) or len(listed) != len(outputs):
        raise ConfigurationError(
            f"explain: expected a way of {', '.join(get_args(Way))} and an output for each of "
            f"{len(listed):,} texts, found {way!r} and {len(outputs):,} outputs"
        )
    import torch

    indexed = indexer(listed)
    if max_length is not None:
        indexed = indexed.cut(max_length, head_share=head_share)
    found: list[np.ndarray] = [np.zeros(0)] * len(listed)
    before = network.training
    network.train(mode=False)
    try:
        for rows in batches(indexed.lengths, batch_size=BATCH, shuffle=False):
            batch = collate(indexed, rows)
            if way == "gradient":
                chosen = torch.as_tensor(np.asarray(outputs)[rows].astype(np.int64))
                weights = network.contributions(batch, chosen)
            else:
                with torch.no_grad():
                    weights = network.attention(batch)
            for row, one in zip(rows.tolist(), weights, strict=True):
                found[row] = one.detach().cpu().double().numpy()
    finally:
        network.train(mode=before)
    cut = (max_length, head_share)
    return [
        _spread(indexer, text, weights, int(output), way, cut)
        for text, weights, output in zip(listed, found, outputs, strict=True)
    ]


def deciding_words(
    explanations: Sequence[Explanation], names: Sequence[str], *, topn: int = 15, least: int = 3
) -> Mapping[str, tuple[DecidingWord, ...]]:
    """Return for each explained class the words that speak most for it, on average.

    Args:
        explanations: By "gradient": attention doesn't say for what a word speaks.
        names: Names of the numbers of an answer.
        topn: Words per class.
        least: Texts a word must stand in.
    """
    sums: dict[int, dict[str, list[float]]] = {}
    for one in explanations:
        words = sums.setdefault(one.output, {})
        here: dict[str, list[float]] = {}
        for word, weight, read in zip(one.words, one.weights, one.read, strict=True):
            if read:
                here.setdefault(word, []).append(float(weight))
        for word, weights in here.items():
            words.setdefault(word, []).append(float(np.mean(weights)))
    best: dict[str, tuple[DecidingWord, ...]] = {}
    for output in sorted(sums):
        means = [
            DecidingWord(word, float(np.mean(weights)), len(weights))
            for word, weights in sums[output].items()
            if len(weights) >= least
        ]
        means.sort(key=lambda found: (-found.weight, found.word))
        best[names[output]] = tuple(found for found in means[:topn] if found.weight > 0)
    return best


def _spread(
    indexer: TextIndexer,
    text: Text,
    weights: np.ndarray,
    output: int,
    way: Way,
    cut: tuple[int | None, float],
) -> Explanation:
    """Lay the weights of the words that were read beside all words of a text."""
    words = _words(indexer, text)
    rows = np.array([indexer.index[word] for word in words], dtype=np.int64)
    places = np.arange(len(words), dtype=np.int32)
    if indexer.unknown == "skip":
        places = places[rows >= FIRST_WORD]
    if cut[0] is not None:
        spans = np.array([0, len(places)], dtype=np.int64)
        alone = IndexedTexts(places, spans, np.zeros(1, dtype=np.int64))
        places = alone.cut(cut[0], head_share=cut[1]).ids
    spread = np.zeros(len(words))
    spread[places] = weights
    read = np.zeros(len(words), dtype=bool)
    read[places] = rows[places] != UNKNOWN
    return Explanation(tuple(words), spread, read, output, way)


def _words(indexer: TextIndexer, text: Text) -> list[str]:
    if isinstance(text, str):
        plain = text.replace("\n", " ")
        return [word for sentence in next(indexer.tokenizer.batch([plain])) for word in sentence]
    return list(indexer.tokenizer.retoken(list(text)))
