"""How a network is trained in stages: what learns in each, how fast, and how the rate changes.

The curves are pure functions of a step and the number of steps; they give a multiplier for the
learning rate, at most 1. ``notebooks/03_schedules.ipynb`` draws them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...embeddings.errors import ConfigurationError
from .groups import Groups, Trainable

Curve = Callable[[float, float], float]
"""Step (from 0) and number of steps -> what the rate is multiplied by."""


def constant(step: float, steps: float) -> float:
    """Return 1: the rate stays as it is."""
    del step, steps
    return 1.0


def linear(step: float, steps: float) -> float:
    """Return a multiplier that falls linearly from 1 to 0.

    Args:
        step: From 0.
        steps: How many there will be, above 0; a step beyond the last gives 0.
    """
    return 1.0 - _share(step, steps)


def cosine(step: float, steps: float) -> float:
    """Return a multiplier that falls from 1 to 0 along half a cosine (Loshchilov & Hutter 2017).

    Args:
        step: From 0.
        steps: How many there will be, above 0; a step beyond the last gives 0.
    """
    return (1 + math.cos(math.pi * _share(step, steps))) / 2


def slanted_triangular(
    step: float, steps: float, *, cut: float = 0.1, ratio: float = 32.0
) -> float:
    """Return a multiplier that rises steeply and falls slowly, both in straight lines.

    A short rise takes the network quickly where its task is; the long fall settles it there.

    Args:
        step: From 0.
        steps: How many there will be, above 0; a step beyond the last counts as the last border.
        cut: Share of the steps that rise, above 0 and below 1.
        ratio: How much smaller the ends are than the peak.

    Returns:
        From 1 / ratio (at 0) to 1 (at ``cut * steps``) and back to 1 / ratio (at ``steps``).

    Source: Howard & Ruder 2018, arXiv:1801.06146, eq. 3, without its rounding of the peak to a
        whole step (so that the fall ends where it should for any ``cut``).
    """
    share = _share(step, steps)
    p = share / cut if share < cut else (1 - share) / (1 - cut)
    return (1 + p * (ratio - 1)) / ratio


def one_cycle(
    step: float, steps: float, *, rise: float = 0.25, start: float = 25.0, end: float = 1e5
) -> float:
    """Return a multiplier that rises and falls along half cosines.

    Args:
        step: From 0.
        steps: How many there will be, above 0; a step beyond the last counts as the last border.
        rise: Share of the steps that rise, above 0 and below 1.
        start: How much smaller the first rate is than the peak.
        end: How much smaller the last one is.

    Source: Smith 2018, arXiv:1803.09820, with the cosines and defaults of fastai.
    """
    share = _share(step, steps)
    if share < rise:
        return _between(1 / start, 1.0, share / rise)
    return _between(1.0, 1 / end, (share - rise) / (1 - rise))


def _share(step: float, steps: float) -> float:
    return min(max(step / steps, 0.0), 1.0)


def _between(first: float, last: float, share: float) -> float:
    return last + (first - last) * (1 + math.cos(math.pi * share)) / 2


CURVES: Mapping[str, Curve] = {
    "constant": constant,
    "linear": linear,
    "cosine": cosine,
    "slanted": slanted_triangular,
    "one_cycle": one_cycle,
}
"""Names that a stage may give."""


def discriminative_rates(groups: Groups, rate: float, *, factor: float = 2.6) -> dict[str, float]:
    """Return a learning rate for each group: the head's, divided by ``factor`` at each step down.

    Low layers hold what is true of all tasks, and should move least.

    Args:
        groups: Lowest first.
        rate: Of the topmost group.
        factor: At least 1; 1 gives all the same rate.

    Returns:
        Name of the group -> rate, lowest first.

    Source: Howard & Ruder 2018, arXiv:1801.06146, section 3.2 (their factor is 2.6).
    """
    top = len(groups) - 1
    return {group.name: rate / factor ** (top - i) for i, group in enumerate(groups)}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One part of training: some groups learn for some epochs.

    Attributes:
        epochs: Passes over the training data, at most (patience may end a stage sooner).
        trainable: Which groups learn: "all", "head" (the topmost), the n topmost, or names.
        rate: Learning rate of the topmost group, at the curve's peak.
        factor: Each lower group's rate is that of the group above, divided by this: counted over
            all groups, frozen or not, so that a group has the same rate in every stage.
        curve: Name in :data:`CURVES`, or a function of step and steps; over the whole stage.
        name: What histories call it; ``""`` for its number.
    """

    epochs: int
    trainable: Trainable = "all"
    rate: float = 1e-3
    factor: float = 1.0
    curve: str | Curve = "constant"
    name: str = ""

    def problems(self, groups: Groups) -> list[str]:
        """Return one sentence for each mistake, the groups it names among them."""
        problems: list[str] = []
        if type(self.epochs) is not int or self.epochs < 1:
            problems.append(f"epochs: expected a whole number from 1, found {self.epochs!r}")
        if not _number(self.rate) or not 0 < self.rate < math.inf:
            problems.append(f"rate: expected a learning rate above 0, found {self.rate!r}")
        if not _number(self.factor) or not 1 <= self.factor < math.inf:
            problems.append(f"factor: expected a number from 1, found {self.factor!r}")
        if not callable(self.curve) and self.curve not in CURVES:
            wanted = ", ".join(map(repr, CURVES))
            problems.append(f"curve: expected a function or one of {wanted}; found {self.curve!r}")
        try:
            if not any(group.parameters for group in groups.chosen(self.trainable)):
                problems.append(
                    f"trainable: nothing can learn in {self.trainable!r}: those parameters had "
                    "requires_grad=False when the groups were made (Groups.of(..., thaw=True) "
                    "takes them in)"
                )
        except ConfigurationError as error:
            problems += error.problems
        return problems

    def rates(self, groups: Groups, step: float, steps: float) -> dict[str, float]:
        """Return the learning rate of each group that learns, before step ``step`` of ``steps``."""
        curve = self.curve if callable(self.curve) else CURVES[self.curve]
        now = self.rate * curve(step, steps)
        by_group = discriminative_rates(groups, now, factor=self.factor)
        return {group.name: by_group[group.name] for group in groups.chosen(self.trainable)}


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def gradual_unfreezing(
    groups: Groups,
    *,
    epochs: int = 1,
    last: int = 1,
    rate: float = 1e-3,
    factor: float = 2.6,
    curve: str | Curve = "slanted",
) -> list[Stage]:
    """Return stages that unfreeze from the top down: the head, one group more, ..., all.

    Args:
        groups: Lowest first.
        epochs: Of each stage but the last.
        last: Epochs of the last one, in which all learn.
        rate: Of the head.
        factor: Between a group and the one below.
        curve: Of each stage.

    Source: Howard & Ruder 2018, arXiv:1801.06146, section 3.3.
    """
    return [
        Stage(
            epochs=epochs if n < len(groups) else last,
            trainable=n,
            rate=rate,
            factor=factor,
            curve=curve,
            name=f"top {n}" if n < len(groups) else "all",
        )
        for n in range(1, len(groups) + 1)
    ]
