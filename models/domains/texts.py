"""Texts of two domains as rows: counts of words and pairs of words, and document vectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils.validation import check_is_fitted

from ...embeddings.errors import ConfigurationError, DomainError
from ...embeddings.tokenizers import make_tokenizer
from ..classifier import TextClassifier
from ..documents.vectorizer import DocumentVectorizer
from ..indexing import Text, listed_texts
from ..takes_texts import TakesTexts
from .candidates import METRIC_AXES, NONE, VECTORS, denoised
from .chain import DomainChain, DomainUnion, Named
from .counts import DomainTfidf, Frequency
from .data import short_indices, whole
from .metric import DomainMetric
from .moments import CORAL, DomainScaler
from .network import DomainAdversarial
from .pipeline import AdaptedClassifier
from .pivots import StructuralCorrespondence
from .self_training import SelfTraining
from .subspace import SubspaceAlignment
from .weights import ImportanceWeighting

MOST_WORDS = 30_000
"""Words and pairs of words that are counted, at most: the most frequent."""

ON_REQUEST = frozenset({"adversarial", "denoise+adversarial", "metric", "pivots"})
"""Ways that are tried where they are named: those of networks take minutes and were never among the
best by reverse validation, the others lose on counts of words."""


class WordCounts(TransformerMixin, TakesTexts):
    """Count the words of texts, and runs of words.

    Args:
        tokenizer: How texts become words; ``None`` for the default one. Token lists stay as they
            are.
        longest: Words in the longest run that is counted.
        min_df: Texts that must have a word or run.
        most: How many words and runs, the most frequent ones.

    Attributes:
        words_: str[D], in the order of the columns.
    """

    def __init__(
        self,
        tokenizer: Any = None,
        *,
        longest: int = 2,
        min_df: int = 2,
        most: int = MOST_WORDS,
    ) -> None:
        self.tokenizer, self.longest, self.min_df, self.most = tokenizer, longest, min_df, most

    def fit(self, X: Iterable[Text], y: Any = None) -> Self:
        """Find the words of N texts.

        Raises:
            ConfigurationError: Settings are wrong.
            DomainError: No word stands in ``min_df`` texts.
        """
        del y
        problems = [
            problem
            for name in ("longest", "min_df", "most")
            for problem in whole(name, getattr(self, name), 1)
        ]
        if problems:
            raise ConfigurationError(*problems)
        listed = listed_texts(X)
        counter = self._counter(min_df=min(self.min_df, max(1, len(listed))))
        try:
            counter.fit(listed)
        except ValueError as error:
            raise DomainError(
                f"no word stands in {self.min_df} of the {len(listed):,} texts: are they empty, or "
                "does the tokenizer not fit?"
            ) from error
        self.words_: np.ndarray = counter.get_feature_names_out()
        return self

    def transform(self, X: Iterable[Text]) -> Any:
        """Return float32[N, D], CSR."""
        check_is_fitted(self)
        counter = self._counter(vocabulary=self.words_)
        return short_indices(counter.transform(listed_texts(X)))

    def _counter(self, **settings: Any) -> Any:
        tokenizer, longest = make_tokenizer(self.tokenizer), self.longest

        def runs(text: Text) -> list[str]:
            words = tokenizer(text) if isinstance(text, str) else tokenizer.retoken(list(text))
            found = list(words)
            for size in range(2, longest + 1):
                parts = [words[start:] for start in range(size)]
                found += map(" ".join, zip(*parts, strict=False))
            return found

        if "vocabulary" not in settings:
            settings["max_features"] = self.most
        settings |= {"analyzer": runs, "dtype": np.float32}
        return CountVectorizer(**settings)


def text_candidates(
    vectors: Any = None, *, original: Any = None, tokenizer: Any = None, seed: int = 0
) -> dict[str, AdaptedClassifier]:
    """Return ways of adapting for texts, each from texts to classes.

    Every way sees TF-IDF of words and pairs of words and, with vectors, the mean of each text's
    word vectors beside it. The exception, ``"network"``, is the recurrent :class:`.TextClassifier`
    on the vectors, which it tunes in stages: what it knows of the target is in the vectors.

    Args:
        vectors: Word vectors; ``None`` for words alone.
        original: These as they were before they went on learning on both domains' texts, if they
            did: ``"none"`` has them then, and ``"vectors"`` is the same with the others.
        tokenizer: How texts become words; ``None`` for the vectors' own.
        seed: Of whatever draws.
    """
    own = vectors.tokenizer if tokenizer is None and vectors is not None else tokenizer

    def words(*after: Named, idf: Frequency = "union") -> DomainChain:
        return DomainChain([("count", WordCounts(own)), ("tfidf", DomainTfidf(idf=idf)), *after])

    def documents(*after: Named, of: Any = vectors) -> list[Named]:
        if of is None:
            return []
        mean = DocumentVectorizer(of, weighting="mean", tokenizer=tokenizer)
        return [("documents", DomainChain([("mean", mean), *after]))]

    def way(
        first: DomainChain, other: Sequence[Named], *more: Named, classifier: Any = None
    ) -> AdaptedClassifier:
        rows = DomainUnion([("words", first), *other])
        return AdaptedClassifier([("rows", rows), *more], classifier)

    scaled: Named = ("scale", DomainScaler())
    restored = words(("denoise", denoised()))
    found = {
        NONE: way(words(idf="source"), documents(of=vectors if original is None else original)),
        "idf": way(words(), documents()),
        "standardise": way(words(), documents(scaled)),
        "coral": way(words(), documents(("coral", CORAL()))),
        "subspace": way(words(("axes", SubspaceAlignment(n_components=400))), documents(scaled)),
        "weights": way(words(), documents(scaled), classifier=ImportanceWeighting(seed=seed)),
        "self-training": way(words(), documents(scaled), classifier=SelfTraining()),
        "denoise": way(restored, documents(scaled)),
        "denoise+self-training": way(restored, documents(scaled), classifier=SelfTraining()),
        "adversarial": way(words(), documents(scaled), classifier=DomainAdversarial(seed=seed)),
        "denoise+adversarial": way(
            restored, documents(scaled), classifier=DomainAdversarial(seed=seed)
        ),
        "metric": way(
            words(
                ("axes", SubspaceAlignment(n_components=METRIC_AXES)),
                ("metric", DomainMetric(seed=seed)),
            ),
            documents(scaled),
        ),
        "pivots": way(words(("pivots", StructuralCorrespondence())), documents(scaled)),
    }
    if vectors is not None:
        network = TextClassifier(vectors, tokenizer=tokenizer, seed=seed)
        found["network"] = AdaptedClassifier(classifier=network)
    if original is not None:
        found[VECTORS] = way(words(idf="source"), documents())
    return found
