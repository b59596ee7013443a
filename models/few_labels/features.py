"""Features for tasks with few labels, learnt from unlabelled texts, and heads that go on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from ..documents.report import NOTHING_READ
from ..documents.vectorizer import DocumentVectorizer
from ..indexing import Text
from ..text_tokens import tokenizer_for, tokens_of
from .few_shot import PrototypeClassifier
from .self_taught import SelfTaughtFeatures

JOINT = ("prototypes", "logistic")


@dataclass(frozen=True, eq=False)
class FewFeatures:
    """Features by method.

    Attributes:
        tables: For each method those of the texts to draw from, and of the test texts.
        notes: What a person should know about the texts, as sentences.
    """

    tables: Mapping[str, tuple[Any, Any]]
    notes: tuple[str, ...]

    def __getitem__(self, method: str) -> tuple[Any, Any]:
        return self.tables[method]


def few_features(
    texts: Sequence[Text],
    test: Sequence[Text],
    vectors: Any,
    *,
    methods: Sequence[str],
    tokenizer: Any = None,
    seed: int = 0,
    unlabelled: Sequence[Text] = (),
) -> FewFeatures:
    """Return the features of each method.

    Args:
        texts: N texts to draw from; all features are fitted on them.
        test: M others; nothing is learnt from them.
        vectors: Word vectors.
        methods: Of :data:`.FewShotMethod`.
        tokenizer: How texts become words; ``None`` for the vectors' own.
        seed: Of what is drawn.
        unlabelled: Text of another source that sparse codes are learnt from; empty for ``texts``.
    """
    tables: dict[str, tuple[Any, Any]] = {}
    notes: tuple[str, ...] = ()
    if "tfidf" in methods:
        tables["tfidf"] = _counts(texts, test, vectors, tokenizer)
    if any(name in methods for name in JOINT):
        vectorizer = DocumentVectorizer(vectors, tokenizer=tokenizer, seed=seed)
        pair = vectorizer.fit_transform(texts), vectorizer.transform(test)
        tables |= {name: pair for name in JOINT if name in methods}
        notes = (vectorizer.report_ or NOTHING_READ).notes
    if "sif" in methods or "codes" in methods:
        sif = DocumentVectorizer(
            vectors, weighting="sif", center=True, normalize=True, tokenizer=tokenizer, seed=seed
        )
        pair = sif.fit_transform(texts), sif.transform(test)
        notes = (sif.report_ or NOTHING_READ).notes
        if "sif" in methods:
            tables["sif"] = pair
        if "codes" in methods:
            coder = SelfTaughtFeatures(seed=seed)
            coder.fit(sif.transform(unlabelled) if len(unlabelled) else pair[0])
            empty = np.zeros((0, coder.n_features_out_))
            tables["codes"] = (
                coder.transform(pair[0]),
                coder.transform(pair[1]) if len(pair[1]) else empty,
            )
    return FewFeatures(tables, notes)


def head_of(method: str, *, seed: int = 0) -> Any:
    """Return an unfitted classifier that goes on a method's features."""
    if method in ("prototypes", "sif"):
        return PrototypeClassifier()
    if method == "logistic":
        return PrototypeClassifier("logistic", seed=seed)
    return LogisticRegression(C=10.0, max_iter=1000, random_state=seed)


def _counts(
    texts: Sequence[Text], test: Sequence[Text], vectors: Any, tokenizer: Any
) -> tuple[Any, Any]:
    """Return TF-IDF of words, cut as the vectors' are; its frequencies are those of ``texts``."""
    cut = tokenizer_for(vectors, tokenizer, [*texts, *test])
    make: Any = TfidfVectorizer  # scikit-learn's types know only names of analysers
    table = make(analyzer=_as_they_are, sublinear_tf=True)
    own = table.fit_transform(tokens_of(texts, cut))
    return own, table.transform(tokens_of(test, cut)) if len(test) else None


def _as_they_are(tokens: list[str]) -> list[str]:
    return tokens
