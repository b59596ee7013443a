"""Ctrl-C that waits for a good moment."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any


@contextmanager
def held_interrupts() -> Generator[Callable[[], bool]]:
    """Hold back the first Ctrl-C, so that a step is never left half done; a second one is felt.

    Holds nothing back in other threads than the main one, and where somebody has a handler of their
    own.

    Yields:
        Whether Ctrl-C was pressed. Whoever asks acts on it: one that nobody asked about is raised
        at the end of the block.

    Raises:
        KeyboardInterrupt: At the second Ctrl-C, at once; at the end, as said.
    """
    pressed = heard = False

    def hold(number: int, frame: Any) -> None:
        nonlocal pressed
        if pressed:
            signal.default_int_handler(number, frame)
        pressed = True

    def asked() -> bool:
        nonlocal heard
        heard = heard or pressed
        return pressed

    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield lambda: False
        return
    signal.signal(signal.SIGINT, hold)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if pressed and not heard:
        raise KeyboardInterrupt
