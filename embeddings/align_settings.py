"""How two spaces are aligned, as one value that can be checked and written down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from .orthogonal import STEPS, Step

SeedWords = Literal["identical", "unsupervised"]


@dataclass(frozen=True, kw_only=True)
class AlignSettings:
    """Arguments of :func:`~.align.align` by name, which says what they mean."""

    seed_words: SeedWords | None = None
    normalize: tuple[Step, ...] = ("unit", "center", "unit")
    refinements: int | None = None
    reweight: float | None = None
    neighbours: int = 10
    induction_words: int = 20_000
    seed: int = 1

    def problems(self) -> list[str]:
        """Return a sentence for each setting that is impossible."""
        found: list[str] = []
        if self.seed_words is not None and self.seed_words not in get_args(SeedWords):
            known = ", ".join(get_args(SeedWords))
            found.append(f"seed_words must be one of {known}, found {self.seed_words!r}")
        if wrong := [step for step in self.normalize if step not in STEPS]:
            found.append(f"normalize must be of {', '.join(STEPS)}, found {wrong[0]!r}")
        if self.refinements is not None and not _whole(self.refinements, least=0):
            found.append(f"refinements must be a whole number from 0, found {self.refinements!r}")
        if self.reweight is not None and not (
            isinstance(self.reweight, int | float)
            and math.isfinite(self.reweight)
            and self.reweight >= 0.0
        ):
            found.append(f"reweight must be a number from 0, found {self.reweight!r}")
        for name in ("neighbours", "induction_words"):
            value = getattr(self, name)
            if not _whole(value, least=1):
                found.append(f"{name} must be a whole number from 1, found {value!r}")
        if not _whole(self.seed, least=0):
            found.append(f"seed must be a whole number from 0, found {self.seed!r}")
        return found


def _whole(value: object, *, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
