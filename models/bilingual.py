"""Documents of two languages in one space, so that what is learnt on one is used on the other."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from ..embeddings.induction import unlike_sizes
from .documents.settings import setting_problems
from .documents.vectorizer import DocumentVectorizer, Texts
from .domains.data import DOMAINS, Domain, DomainTransformer, check_domain, needed_target

_JOINT = "auto"


class BilingualVectorizer(DomainTransformer):
    """Turn texts of two languages into vectors that can be compared.

    A text is the weighted mean of its words' vectors; these lie in one space after
    :func:`.align`. What all texts of a language have in common, the language
    itself above all, is taken off: each side is centred by its own texts. It takes the target's
    texts as all steps that adapt do, ``fit(X, y, Xt)``, so that an
    :class:`.AdaptedClassifier` carries a classifier over::

        spaces = align(english, spanish, "en-es.txt")
        texts = BilingualVectorizer(spaces.source, spaces.target)
        carried = AdaptedClassifier([("texts", texts)]).fit(english_texts, labels, spanish_texts)
        carried.predict(spanish_texts)

    Args:
        source: Vectors of the language with labels, aligned.
        target: Of the other one.
        weighting: As of :class:`.DocumentVectorizer`, but for "auto", whose space is one
            collection's own.
        center: Take off each side's mean.
        normalize: Scale texts to length 1.
        source_tokenizer: How the source's texts become words; ``None`` for its vectors' own.
        target_tokenizer: Likewise.
        empty: What a text without a known word becomes.

    Attributes:
        source_: :class:`.DocumentVectorizer`, fitted on the source's texts.
        target_: Fitted on the target's.
    """

    def __init__(
        self,
        source: Any = None,
        target: Any = None,
        *,
        weighting: str = "idf",
        center: bool = True,
        normalize: bool = True,
        source_tokenizer: Any = None,
        target_tokenizer: Any = None,
        empty: str = "zero",
    ) -> None:
        self.source, self.target = source, target
        self.weighting = weighting
        self.center, self.normalize = center, normalize
        self.source_tokenizer, self.target_tokenizer = source_tokenizer, target_tokenizer
        self.empty = empty

    def fit(self, X: Texts, y: Any = None, Xt: Texts | None = None) -> Self:
        """Learn weights and means of both sides.

        Args:
            X: N texts of the source.
            y: Not used.
            Xt: M texts of the target, without labels.

        Raises:
            ConfigurationError: Settings are wrong; says all that are.
            DomainError: ``Xt`` is missing.
            DocumentError: A side has no texts, or none with a known word.
        """
        self.fit_transform(X, y, Xt)
        return self

    def fit_transform(  # pyright: ignore[reportIncompatibleMethodOverride] - of texts
        self, X: Texts, y: Any = None, Xt: Texts | None = None
    ) -> NDArray[np.float32]:
        """Learn, and return the vectors of the source's texts, float32[N, W]."""
        del y
        self._check()
        texts = needed_target(Xt)
        source, target = (self._side(name) for name in DOMAINS)
        rows = source.fit_transform(X)
        self.target_ = target.fit(texts)
        self.source_ = source
        return rows

    def transform(self, X: Texts, *, domain: Domain = "target") -> NDArray[np.float32]:
        """Turn texts into vectors.

        Args:
            X: N texts.
            domain: Whose language they are in.

        Returns:
            float32[N, W], a row for each text, in order.
        """
        check_is_fitted(self)
        check_domain(domain)
        return (self.source_ if domain == "source" else self.target_).transform(X)

    def _side(self, domain: Domain) -> DocumentVectorizer:
        own = domain == "source"
        return DocumentVectorizer(
            self.source if own else self.target,
            weighting=self.weighting,
            tokenizer=self.source_tokenizer if own else self.target_tokenizer,
            center=self.center,
            normalize=self.normalize,
            empty=self.empty,
        )

    def _problems(self) -> list[str]:
        found: list[str] = []
        missing = [name for name in DOMAINS if not hasattr(getattr(self, name), "index_to_key")]
        found += [f"{name}: expected WordVectors, as align gives them" for name in missing]
        if not missing and self.source.vector_size != self.target.vector_size:
            found.append(unlike_sizes(self.source, self.target))
        if self.weighting == _JOINT:
            found.append(
                'weighting="auto" makes a space of one collection: two languages share none. '
                'Choose "mean", "idf", "sif", "usif", "max" or "power"'
            )
        if found:
            return found
        both = [problem for name in DOMAINS for problem in setting_problems(self._side(name))]
        return list(dict.fromkeys(both))

    def __sklearn_tags__(self) -> Any:
        """Say that texts are taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        tags.input_tags.sparse = False
        tags.transformer_tags.preserves_dtype = []
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        """Say whether both sides are fitted."""
        return hasattr(self, "source_")
