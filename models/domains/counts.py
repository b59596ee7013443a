"""Counts of words weighted for two domains: the inverse document frequency of both."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import OneToOneFeatureMixin
from sklearn.preprocessing import normalize

from ...embeddings.errors import DomainError
from .data import Domain, DomainTransformer, one_of, short_indices, used_by

Frequency: TypeAlias = Literal["union", "target", "source"]
FREQUENCIES: tuple[Frequency, ...] = ("union", "target", "source")
TERMS = ("binary", "log", "count")


class DomainTfidf(OneToOneFeatureMixin, DomainTransformer):
    """Weigh counts by how rare their words are in both domains, or in the target.

    An adaptation by itself: a word that every text of the target has says little there, however
    rare it was in the source.

    Args:
        idf: Whose texts are counted: "union", "target" or "source" (no adaptation).
        terms: What a count becomes: 1 ("binary"), ``1 + ln count`` ("log"), itself ("count").

    Attributes:
        idf_: float64[D], ``ln((1 + n) / (1 + df)) + 1``, as scikit-learn has it.
    """

    def __init__(self, *, idf: Frequency = "union", terms: str = "binary") -> None:
        self.idf, self.terms = idf, terms

    @property
    def symmetric(self) -> bool:
        """Whether source and target could be swapped, and no label is used."""
        return self.idf == "union"

    def __sklearn_tags__(self) -> Any:
        """Say that counts are expected."""
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags

    def _problems(self) -> list[str]:
        return [*one_of("idf", self.idf, FREQUENCIES), *one_of("terms", self.terms, TERMS)]

    def _learn(self, source: Any, y: Any, target: Any) -> None:
        del y
        _refuse_negative(source)
        _refuse_negative(target)
        counted = {"source": [source], "target": [target], "union": [source, target]}[self.idf]
        rows = sum(part.shape[0] for part in counted)
        met = np.sum([used_by(part) for part in counted], axis=0)
        self.idf_: NDArray[np.float64] = np.log((1 + rows) / (1 + met)) + 1

    def _moved(self, rows: Any, domain: Domain) -> Any:
        del domain
        _refuse_negative(rows)
        found = sp.csr_matrix(rows, copy=True)
        found.eliminate_zeros()
        if self.terms == "binary":
            found.data = np.ones_like(found.data)
        elif self.terms == "log":
            found.data = (1 + np.log(found.data.astype(np.float64))).clip(0.0)
        found.data = found.data * self.idf_[found.indices]
        unit: Any = normalize(found)
        return short_indices(unit.astype(rows.dtype))


def _refuse_negative(rows: Any) -> None:
    values = rows.data if sp.issparse(rows) else rows
    if values.size and values.min() < 0:
        raise DomainError(
            "Negative values in data passed to DomainTfidf: expected counts of words, found "
            f"{values.min():g}"
        )
