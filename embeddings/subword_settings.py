"""How to train with character n-grams: the settings of ``FastText``."""

from __future__ import annotations

from dataclasses import dataclass

from .settings import Settings


@dataclass(frozen=True, kw_only=True)
class SubwordSettings(Settings):
    """A training run's settings; see :class:`~.fasttext.FastText` for what each means."""

    min_n: int
    max_n: int
    bucket: int

    @property
    def algorithm(self) -> str:
        """What a file calls this kind of training."""
        return "fasttext"

    def _numbers(self) -> list[str]:
        problems = super()._numbers()
        for name, high in (("min_n", 100), ("max_n", 100), ("bucket", 2**31 - 1)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= high:
                problems.append(
                    f"{name}: expected a whole number from 1 to {high}, found {value!r}"
                )
        return problems

    def _contradictions(self) -> list[str]:
        problems = super()._contradictions()
        if self.min_n > self.max_n:
            problems.append(
                f"min_n={self.min_n} contradicts max_n={self.max_n}: n-grams have min_n to max_n "
                "characters"
            )
        if self.loss == "hs":
            problems.append(
                "loss='hs' isn't there for n-grams yet: give loss='ns', or train with Word2Vec"
            )
        return problems
