"""How to train: every setting of ``Word2Vec``, checked together before any work begins."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .errors import ConfigurationError

SKIPGRAM_RATE = 0.025
"""Default learning rate of skip-gram, as in word2vec.c and gensim."""
CBOW_RATE = 0.075
"""Default of CBOW: its step is shared among the contexts (insights-1.1 2021, section 4)."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A training run's settings; see :class:`~.word2vec.Word2Vec` for what each means."""

    vector_size: int
    window: int
    min_count: int
    negative: int
    sample: float
    epochs: int
    model: str
    loss: str
    alpha: float | None
    min_alpha: float
    ns_exponent: float
    max_vocab_size: int | None
    workers: int | None
    seed: int
    deterministic: bool

    def __post_init__(self) -> None:
        problems = self.problems()
        if problems:
            raise ConfigurationError(*problems)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Settings:
        """Return settings by name; numbers of NumPy become Python's, so that JSON can hold them.

        Raises:
            ConfigurationError: As for the class: every mistake in one error.
        """
        plain = {n: v.item() if isinstance(v, np.generic) else v for n, v in values.items()}
        return cls(**plain)

    def problems(self) -> list[str]:
        """Return one sentence for each mistake."""
        return [*self._numbers(), *self._choices()] or self._contradictions()

    def _numbers(self) -> list[str]:
        problems: list[str] = []

        def whole(name: str, low: int, high: int, *, optional: bool = False) -> None:
            value = getattr(self, name)
            if value is None and optional:
                return
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                problems.append(
                    f"{name}: expected a whole number from {low} to {high}, found {value!r}"
                )

        def real(name: str, fits: Callable[[float], bool], wanted: str) -> None:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not fits(value):
                problems.append(f"{name}: expected {wanted}, found {value!r}")

        whole("vector_size", 1, 65_536)
        whole("window", 1, 1_000)
        whole("min_count", 1, 2**31)
        whole("negative", 0, 1_000)
        whole("epochs", 1, 1_000_000)
        whole("seed", 0, 2**63)
        whole("workers", 1, 1_024, optional=True)
        whole("max_vocab_size", 1, 2**31 - 2, optional=True)
        real("sample", lambda x: 0 <= x < 1, "a share from 0 (keep all words) to below 1")
        if self.alpha is not None:
            real("alpha", lambda x: 0 < x <= 10, "a learning rate above 0, at most 10")
        real("min_alpha", lambda x: 0 <= x <= 10, "a learning rate from 0 to 10")
        real("ns_exponent", math.isfinite, "a finite number")
        return problems

    def _choices(self) -> list[str]:
        problems: list[str] = []
        for name, values in (("model", ("skipgram", "cbow")), ("loss", ("ns", "hs"))):
            if getattr(self, name) not in values:
                wanted = " or ".join(repr(v) for v in values)
                problems.append(f"{name}: expected {wanted}, found {getattr(self, name)!r}")
        if not isinstance(self.deterministic, bool):
            problems.append(f"deterministic: expected True or False, found {self.deterministic!r}")
        return problems

    def _contradictions(self) -> list[str]:
        problems: list[str] = []
        if self.loss == "ns" and self.negative == 0:
            problems.append(
                "negative=0 contradicts loss='ns', which learns from noise words: give 1 or more, "
                "or loss='hs'"
            )
        if self.min_alpha > self.rate:
            problems.append(
                f"min_alpha={self.min_alpha} contradicts alpha={self.rate}: the rate falls from "
                "alpha to min_alpha"
            )
        return problems

    @property
    def algorithm(self) -> str:
        """What a file calls this kind of training."""
        return "word2vec"

    @property
    def rate(self) -> float:
        """The learning rate at the start."""
        if self.alpha is not None:
            return self.alpha
        return CBOW_RATE if self.model == "cbow" else SKIPGRAM_RATE

    @property
    def threads(self) -> int:
        """How many workers train."""
        if self.workers is not None:
            return self.workers
        return (
            len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else os.cpu_count() or 1
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the settings by name, JSON-able."""
        return asdict(self)

    def recorded(self) -> dict[str, Any]:
        """Return what a file keeps: how many workers there were only where it mattered."""
        return self.as_dict() | ({"workers": None} if self.deterministic else {})
