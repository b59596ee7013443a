"""Commands run in this process, as the installed script runs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from wordgraft.tasks import cli


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code, and what it wrote."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


def runner(captured: pytest.CaptureFixture[Any], *first: str) -> Run:
    """Return what runs a command line that begins with ``first``.

    Args:
        captured: Fixture ``capsys``, or ``capfdbinary`` where bytes are written.
        first: Words of the command.
    """

    def ran(*arguments: object) -> Ran:
        with pytest.raises(SystemExit) as left:
            cli.main([*first, *map(str, arguments)])
        out, err = captured.readouterr()
        return Ran(left.value.code or 0, _text(out), _text(err))

    return ran


def _text(written: str | bytes) -> str:
    return written.decode() if isinstance(written, bytes) else written
