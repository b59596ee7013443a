"""Transfer between the toy world's two languages: words, and a classifier with labels in one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...embeddings.align import Alignment, align
from ...embeddings.contexts import add_contexts
from ...embeddings.corpus import Corpus
from ...embeddings.induction import evaluate_dictionary
from ...embeddings.vectors import WordVectors
from ...embeddings.word2vec import Word2Vec
from ..toys import transfer as toytransfer
from ..toys import world as toyworld
from .transfer_news import News
from .transfer_row import TransferRow

WORDS, KNOWN = 300_000, 0.5
SETTINGS: dict[str, Any] = {"vector_size": 100, "epochs": 10, "workers": 1}
"""One worker: the same vectors in every run."""


@dataclass(frozen=True, eq=False)
class Languages:
    """Vectors of two texts about the world, in two languages.

    Attributes:
        words: Vectors of the first language's words.
        source: The same with output vectors added.
        target: The second language's, likewise.
        learnt: Pairs of words that are known to mean the same.
        asked: Pairs that aren't, of words that have a place of their own in the world.
    """

    words: WordVectors
    source: WordVectors
    target: WordVectors
    learnt: list[tuple[str, str]]
    asked: list[tuple[str, str]]

    @classmethod
    def made(cls, seed: int) -> Languages:
        """Train on two texts that say other sentences about the same world."""
        said = list(toyworld.sentences(WORDS, seed=100 * seed + 21, plain=True))
        other = toyworld.sentences(WORDS, seed=100 * seed + 22, plain=True)
        first = Word2Vec(seed=seed, **SETTINGS).fit(Corpus(said))
        second = Word2Vec(seed=seed, **SETTINGS).fit(
            Corpus([toytransfer.translated(sentence) for sentence in other])
        )
        source, target = add_contexts(first), add_contexts(second)
        pairs = [(word, toytransfer.translated(word)) for word in source.index_to_key]
        pairs = [pair for pair in pairs if pair[1] in target]
        known = np.random.default_rng(seed).random(len(pairs)) < KNOWN
        own = {word for rows in toyworld.pairs().values() for pair in rows for word in pair}
        learnt = [pair for pair, is_known in zip(pairs, known, strict=True) if is_known]
        asked = [
            p for p, is_known in zip(pairs, known, strict=True) if not is_known and p[0] in own
        ]
        return cls(first.vectors_, source, target, learnt, asked)


def rows(languages: Languages, *, seed: int = 1) -> list[Callable[[], TransferRow]]:
    """Return what makes each row, in their order."""
    news = News.made(seed)
    spaces = align(languages.source, languages.target, languages.learnt)
    return [lambda: _dictionary(languages, spaces), lambda: _classifier(languages, spaces, news)]


def _dictionary(languages: Languages, spaces: Alignment) -> TransferRow:
    asked = languages.asked
    before = evaluate_dictionary(languages.source, languages.target, asked)
    after = evaluate_dictionary(spaces.source, spaces.target, asked)
    word = asked[0][0]
    found = spaces.translate([word])[0][0].word
    return TransferRow(
        kind="Two languages: words",
        setting="transductive",
        told="The world is told once more in other words (the king is "
        f"{toytransfer.translated('the king')}), other sentences. {len(languages.learnt)} pairs of "
        f"words are known; what are {len(asked)} others called?",
        measure="precision at 1 (CSLS)",
        without=before.csls.at_1 or 0.0,
        without_by="the spaces as they were trained",
        reached=after.csls.at_1 or 0.0,
        by="turned onto each other",
        names=("align", "evaluate_dictionary"),
        command="wordgraft align",
        page="docs/align.md",
        section="What it does",
        note=f"At 5: {after.csls.at_5 or 0.0:.1%}. {word} is taken for {found}, rightly "
        f"{toytransfer.translated(word)}.",
    )


def _classifier(languages: Languages, spaces: Alignment, news: News) -> TransferRow:
    from ...models.bilingual import BilingualVectorizer
    from ...models.domains.pipeline import AdaptedClassifier

    other = [toytransfer.translated(text) for text in news.test]

    def right(source: WordVectors, target: WordVectors) -> float:
        model = AdaptedClassifier([("texts", BilingualVectorizer(source, target))])
        model.fit(news.pool, news.topics, other)
        return float(np.mean(model.predict(other) == news.truth))

    return TransferRow(
        kind="Two languages: a classifier",
        setting="transductive",
        told=f"Topics are known for {len(news.pool)} news in the one language; {len(other)} in the "
        "other are asked about. Not a word is common to both.",
        measure="accuracy",
        without=right(languages.source, languages.target),
        without_by="the same on the spaces as they were trained",
        reached=right(spaces.source, spaces.target),
        by="logistic regression on aligned vectors",
        names=("BilingualVectorizer", "AdaptedClassifier"),
        command="wordgraft align",
        page="docs/align.md",
        section="A classifier carried over",
    )
