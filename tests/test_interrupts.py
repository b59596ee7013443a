"""Ctrl-C heard at places of our choice."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from wordgraft.embeddings.interrupts import Interrupts


@pytest.fixture(autouse=True)
def default_handler() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_signal_waits_until_it_is_asked_for() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), Interrupts() as interrupts:  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        done.append("work under locks")
        interrupts.check()
        done.append("never")
    assert done == ["work under locks"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_signal_that_nobody_asked_for_is_told_at_the_end() -> None:
    with pytest.raises(KeyboardInterrupt), Interrupts():
        signal.raise_signal(signal.SIGINT)


def test_it_hides_no_other_error() -> None:
    with pytest.raises(ValueError, match="other"), Interrupts():  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        raise ValueError("other")


def test_heard_where_work_is_long() -> None:
    with Interrupts() as interrupts:
        with pytest.raises(KeyboardInterrupt), interrupts.heard():
            signal.raise_signal(signal.SIGINT)
        interrupts.check()


def test_other_threads_leave_signals_alone() -> None:
    seen = []

    def work() -> None:
        with Interrupts() as interrupts, interrupts.heard():
            interrupts.check()
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
