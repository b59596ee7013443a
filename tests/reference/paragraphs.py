"""Slow twin of paragraph vectors (``kernels/paragraphs.py``): PV-DBOW with noise that chunks share.

Le and Mikolov 2014, section 2.3, with the loss of Mikolov et al. 2013, eq. 4: each word of a
document adds ``-log sigma`` of its product with the document's row, and N noise words, shared by a
chunk, count ``negative / N`` times for each word of the chunk that they are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .objective import Term, gradients, loss
from .sampling import SplitMix64, draw, keep_tokens


@dataclass(frozen=True)
class Learnt:
    """Rows float64[N, D] and float64[V, D] after a job, loss in nats, words trained."""

    documents: np.ndarray
    words: np.ndarray
    loss: float
    pairs: int


def terms_of(
    document: int, words: Sequence[int], noise: Sequence[int], negative: float
) -> list[Term]:
    """Return the terms of a chunk."""
    terms = [Term([document], word, 1.0) for word in words]
    for one in noise:
        others = sum(word != one for word in words)
        terms.append(Term([document], one, -1.0, negative / len(noise) * others))
    return terms


def train_document(
    rows: tuple[np.ndarray, np.ndarray],
    document: int,
    text: Sequence[int],
    *,
    keep: Sequence[int],
    table: tuple[Sequence[int], Sequence[int]],
    rng: SplitMix64,
    chunk: int,
    noise: int,
    negative: float,
    rates: tuple[float, float],
    learn_words: bool = True,
) -> Learnt:
    """Descend the loss of one document, chunk by chunk."""
    documents, outputs = (matrix.astype(np.float64) for matrix in rows)
    kept = [position.word for position in keep_tokens([text], keep, 1, rng)]
    lost = 0.0
    for start in range(0, len(kept), chunk):
        rate = rates[0] + (rates[1] - rates[0]) * start / len(kept)
        drawn = [draw(*table, rng) for _ in range(noise)]
        terms = terms_of(document, kept[start : start + chunk], drawn, negative)
        by_document, by_word = gradients(terms, documents, outputs)
        lost += loss(terms, documents, outputs)
        documents = documents - rate * by_document
        outputs = outputs - rate * by_word * learn_words
    return Learnt(documents, outputs, lost, len(kept))


def train(
    rows: tuple[np.ndarray, np.ndarray],
    texts: Sequence[Sequence[int]],
    *,
    first: int,
    last: int,
    rates: tuple[float, float],
    **how: object,
) -> Learnt:
    """Train documents ``first`` to ``last``; rates fall with the words passed."""
    total = max(1, sum(len(text) for text in texts[first:last]))
    lost, made, done = 0.0, 0, 0
    for document in range(first, last):
        ends = [done / total, (done + len(texts[document])) / total]
        own = tuple(rates[0] + (rates[1] - rates[0]) * share for share in ends)
        found = train_document(rows, document, texts[document], rates=own, **how)  # type: ignore[arg-type]
        rows = found.documents, found.words
        lost, made = lost + found.loss, made + found.pairs
        done += len(texts[document])
    return Learnt(*rows, lost, made)
