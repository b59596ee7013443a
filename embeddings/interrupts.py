"""Ctrl-C heard at places of our choice."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

_Handler = Callable[[int, FrameType | None], object]


class Interrupts:
    """While entered, SIGINT is noted, and told when :meth:`check` is called.

    Python raises ``KeyboardInterrupt`` between any two instructions of the main thread: also where
    a lock of ``concurrent.futures`` has just been taken and nothing yet sees to its release. The
    worker that needs that lock next, and whoever joins it, then wait for ever.

    In other threads, and where nobody in Python hears the signal, this does nothing.
    """

    def __init__(self) -> None:
        self._before: _Handler | None = None
        self._noted = False

    def __enter__(self) -> Self:
        """Begin to note."""
        before = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is threading.main_thread() and callable(before):
            self._before = before
            signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the signal be heard as before, and tell one that nobody was told of."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if error is None:
            self.check()

    def check(self) -> None:
        """Tell what was noted: call the handler of before, which raises ``KeyboardInterrupt``."""
        if self._noted and self._before is not None:
            self._noted = False
            self._before(signal.SIGINT, None)

    @contextmanager
    def heard(self) -> Generator[None]:
        """Let the signal be heard at once, for work that holds no lock and may be long."""
        if self._before is None:
            yield
            return
        signal.signal(signal.SIGINT, self._before)
        try:
            self.check()
            yield
        finally:
            signal.signal(signal.SIGINT, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._noted = True
