"""What learns when, and how fast: groups and stages of fitting a text network."""

from __future__ import annotations

from typing import Literal

from .networks.network import TextNetwork
from .training.groups import Group, Groups
from .training.schedules import Stage

Embeddings = Literal["staged", "frozen", "tuned", "scratch"]

LEAST_STEPS = 300
"""Steps that training takes at least where the number of epochs isn't given: few texts are passed
over more often."""
LEAST_EPOCHS, MOST_EPOCHS = 3, 40
"""Bounds of that number."""


def default_epochs(steps: int) -> int:
    """Return how often texts are passed over where nobody says.

    Args:
        steps: Batches in an epoch.
    """
    return min(MOST_EPOCHS, max(LEAST_EPOCHS, -(-LEAST_STEPS // steps)))


def groups_of(network: TextNetwork, *, carried: bool) -> Groups:
    """Split a network into what was carried over, lowest first, and what is new: the last group.

    Args:
        network: Of any shape.
        carried: Whether everything below the head comes from another model; else the embedding
            alone comes from elsewhere.
    """
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    parts = [(name, {names[id(p)]: p for p in own}) for name, own in network.groups()]
    below = [part for part in parts if part[0] != "head"] if carried else parts[:1]
    new = {name: p for part in parts[len(below) :] for name, p in part[1].items()}
    if len(below) > 1 and below[-1][0] == "pooling":  # what weighs the states goes with them
        below[-2][1].update(below.pop()[1])
    return Groups(network, tuple(Group(name, own) for name, own in [*below, ("head", new)]))


def stages(
    groups: Groups,
    mode: Embeddings,
    *,
    epochs: int,
    head_epochs: int,
    rate: float,
    factor: float,
) -> list[Stage]:
    """Return the stages of a network in groups whose last one is new.

    Args:
        groups: Of the network, lowest first, as :func:`groups_of` makes them.
        mode: "frozen": only what is new learns. "tuned" and "scratch": all learn from the first
            step. "staged": what is new learns first, then one carried group more is let in at a
            time, from the top down, until all learn.
        epochs: Of the last stage.
        head_epochs: Of each stage before.
        rate: Learning rate of what is new, at its highest.
        factor: Each carried group's rate is that of the group above divided by this.

    Source: Howard & Ruder 2018, arXiv:1801.06146, sections 3.2 and 3.3: discriminative rates,
        slanted triangles and gradual unfreezing.
    """
    last = 1 if mode == "frozen" else len(groups)
    first = 1 if mode == "staged" else last
    return [
        Stage(
            epochs=epochs if count == last else head_epochs,
            trainable=count,
            rate=rate,
            factor=factor if mode == "staged" else 1.0,
            curve="slanted",
            name="head" if count == 1 else "all" if count == len(groups) else f"top {count}",
        )
        for count in range(first, last + 1)
    ]
