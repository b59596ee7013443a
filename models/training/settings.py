"""How to fit: the settings, checked together before any work begins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...embeddings.errors import ConfigurationError
from .groups import Groups
from .schedules import Stage

MONITORS = ("loss", "accuracy")


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """What :func:`.fit` was asked to do, as far as it is numbers and names."""

    stages: tuple[Stage, ...]
    clip: float | None
    patience: int | None
    monitor: str
    seed: int
    checkpoint_every: float

    @property
    def names(self) -> tuple[str, ...]:
        """The stages' names; the number, from 1, where one has none."""
        return tuple(stage.name or str(i + 1) for i, stage in enumerate(self.stages))

    @property
    def epochs(self) -> int:
        """Epochs of all stages."""
        return sum(stage.epochs for stage in self.stages)

    def check(self, groups: Groups, *, valid: bool, scored: bool, resumable: bool) -> None:
        """Raise where something is wrong, all of it in one error.

        Args:
            groups: Of the module.
            valid: Whether there is a held-out part.
            scored: Whether something scores.
            resumable: Whether ``resume``, if asked for, has a folder to resume from.

        Raises:
            ConfigurationError: As said.
        """
        problems = self._numbers()
        if not self.stages:
            problems.append("stages: expected at least one, found none")
        for i, stage in enumerate(self.stages):
            problems += [f"stage {i + 1}: {problem}" for problem in stage.problems(groups)]
        if self.monitor not in MONITORS:
            wanted = " or ".join(map(repr, MONITORS))
            problems.append(f"monitor: expected {wanted}, found {self.monitor!r}")
        elif self.monitor == "accuracy" and valid and not scored:
            problems.append('monitor="accuracy" needs score, which says how right an example is')
        if self.patience is not None and not valid:
            problems.append(f"patience={self.patience} needs valid: a held-out part to look at")
        if not resumable:
            problems.append("resume needs checkpoint: the folder to resume from")
        if problems:
            raise ConfigurationError(*problems)

    def _numbers(self) -> list[str]:
        problems: list[str] = []
        if self.clip is not None and not self.clip > 0:
            problems.append(f"clip: expected a norm above 0 or None, found {self.clip!r}")
        if self.patience is not None and (type(self.patience) is not int or self.patience < 1):
            problems.append(
                f"patience: expected a whole number of epochs from 1 or None, found "
                f"{self.patience!r}"
            )
        if type(self.seed) is not int or not 0 <= self.seed < 2**63:
            problems.append(f"seed: expected a whole number from 0, found {self.seed!r}")
        if not self.checkpoint_every > 0:
            problems.append(
                f"checkpoint_every: expected seconds above 0, found {self.checkpoint_every!r}"
            )
        return problems

    def recorded(self) -> dict[str, Any]:
        """Return what a resumed run must have in common with the one it resumes, JSON-able."""
        return {
            "stages": [_stage(stage) for stage in self.stages],
            "clip": None if self.clip in (None, math.inf) else self.clip,
            "patience": self.patience,
            "monitor": self.monitor,
            "seed": self.seed,
        }


def _stage(stage: Stage) -> dict[str, Any]:
    trains = stage.trainable
    return {
        "epochs": stage.epochs,
        "trainable": list(trains)
        if isinstance(trains, Sequence) and not isinstance(trains, str)
        else trains,
        "rate": stage.rate,
        "factor": stage.factor,
        "curve": stage.curve
        if isinstance(stage.curve, str)
        else getattr(stage.curve, "__qualname__", "?"),
        "name": stage.name,
    }
