"""What is measured of labelled texts and vectors before anything is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...embeddings.errors import LabelledDataError
from ..reading.labelled import LabelledTexts
from .rule import Measures

MOST_TEXTS = 4000
"""Texts of which features and words are measured, at most: drawn by chance."""
SOURCE_TEXTS = 2000
_SHUFFLES = 3


def measure(
    data: LabelledTexts,
    vectors: Any,
    *,
    source: Sequence[Any] | None = None,
    tokenizer: Any = None,
    seed: int = 0,
) -> Measures:
    """Measure size and similarity of labelled texts for the vectors that may be grafted on.

    Args:
        data: Texts with one label each.
        vectors: :class:`.WordVectors` or the like.
        source: Texts of the kind that the vectors were trained on, for the proxy A-distance;
            ``None`` where there are none at hand.
        tokenizer: As of :class:`.TextClassifier`.
        seed: Of what is drawn.

    Raises:
        LabelledDataError: The texts have ratings or several labels, one class only, or share no
            word with the vectors.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    from ...models.documents.vectorizer import DocumentVectorizer
    from ...models.indexing import count_words
    from ...models.linear_head import STRENGTH
    from ...models.transfer_measures import Evidence, guessed_right, proxy_distance, word_overlap

    if data.kind != "classes":
        raise LabelledDataError(
            f"{data.name}: expected one label a text, found {data.kind}: advice is about classes"
        )
    counts = np.bincount(data.labels, minlength=len(data.label_names))
    met = counts[counts > 0]
    if len(met) < 2:
        raise LabelledDataError(f"{data.name}: expected at least two classes, found {len(met)}")
    some = _part(data, MOST_TEXTS, seed)
    reader = DocumentVectorizer(vectors, weighting="mean", tokenizer=tokenizer)
    words = count_words(some.texts, _tokenizer(vectors, tokenizer, some.texts))
    known = vectors if vectors.counts is None else dict(
        zip(vectors.index_to_key, vectors.counts.tolist(), strict=True)
    )  # fmt: skip
    overlap = word_overlap(words, known, seed=seed)
    if not overlap.covered_tokens:
        raise LabelledDataError(
            f"{data.name}: none of its {overlap.types:,} words has a vector: are they of the same "
            "language, and do tokenizer and letter case fit?"
        )
    rows = reader.fit_transform(some.texts)
    labels = some.labels
    rng = np.random.default_rng(seed)
    evidence = Evidence(rows)
    chance = [evidence.of(rng.permutation(labels)) for _ in range(_SHUFFLES)]
    distance = float("nan")
    if source is not None:
        others = [source[i] for i in rng.permutation(len(source))[:SOURCE_TEXTS]]
        distance = proxy_distance(rows, reader.transform(others), seed=seed)
    plain = [text if isinstance(text, str) else " ".join(text) for text in some.texts]
    tfidf = TfidfVectorizer(sublinear_tf=True, token_pattern=r"\S+").fit_transform(
        [" ".join(_split(text)) for text in plain]
    )
    return Measures(
        texts=len(data),
        classes=len(met),
        fewest=int(met.min()),
        words=overlap.tokens,
        words_per_text=overlap.tokens / len(some),
        covered_tokens=overlap.covered_tokens,
        covered_types=overlap.covered_types,
        likeness=overlap.likeness,
        distance=distance,
        log_evidence=evidence.of(labels),
        log_evidence_chance=float(np.mean(chance)),
        frozen_right=guessed_right(rows, labels, strength=STRENGTH, seed=seed),
        words_right=guessed_right(tfidf, labels, strength=10.0, seed=seed),
        chance_right=float(counts.max() / counts.sum()),
    )


def _part(data: LabelledTexts, most: int, seed: int) -> LabelledTexts:
    if len(data) <= most:
        return data
    return data.take(np.sort(np.random.default_rng(seed).permutation(len(data))[:most]))


def _tokenizer(vectors: Any, tokenizer: Any, texts: Sequence[Any]) -> Any:
    from ...models.text_tokens import tokenizer_for

    return tokenizer_for(vectors, tokenizer, texts)


def _split(text: str) -> list[str]:
    """Return the words of a text for TF-IDF: whatever the vectors know or not."""
    import re

    return re.findall(r"\w+", text.lower()) or ["_"]
