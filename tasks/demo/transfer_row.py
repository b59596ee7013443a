"""One kind of transfer on the toy world: a number beside that of no transfer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Setting: TypeAlias = Literal["inductive", "transductive", "unsupervised"]
SETTINGS: tuple[Setting, ...] = get_args(Setting)
LEAST = 0.01
"""What a score must gain to be called a gain: a point."""


@dataclass(frozen=True, kw_only=True)
class TransferRow:
    """What one kind of transfer came to.

    Attributes:
        kind: Its name, for people.
        setting: As in ``docs/transfer.md``.
        told: What is known and what is asked, in a sentence or two.
        measure: What the numbers are.
        without: The number of no transfer.
        without_by: What that was.
        reached: The number of transfer.
        by: What that was.
        names: Classes and functions that did it.
        command: The command line that does it on files; empty where there is none.
        page: Page of the documentation.
        section: Heading on it.
        note: What else was seen.
        seconds: Whether the numbers are seconds, of which fewer are better; else they are from 0
            to 1, and more are better.
    """

    kind: str
    setting: Setting
    told: str
    measure: str
    without: float
    without_by: str
    reached: float
    by: str
    names: tuple[str, ...]
    command: str = ""
    page: str
    section: str
    note: str = ""
    seconds: bool = False

    @property
    def helps(self) -> bool:
        """Whether transfer gained anything to speak of."""
        if self.seconds:
            return self.reached < 0.9 * self.without
        return self.reached >= self.without + LEAST

    @property
    def gain(self) -> str:
        """What was gained, as a person says it."""
        if self.seconds:
            return f"{self.without / max(self.reached, 1e-9):.1f} times as fast"
        points = 100 * (self.reached - self.without)
        return f"{points:+.0f} points" if self.helps else f"no gain ({points:+.1f} points)"

    def shown(self, value: float) -> str:
        """Return one of the numbers as it is printed."""
        return f"{value:.2f} s" if self.seconds else f"{value:.1%}"
