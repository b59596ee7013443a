"""A pytest plugin: what several processes that run tests must agree on, and leave whole.

* At the end of a run, each kernel was compiled for one signature, in all processes together.
* Two processes never write numba's cache of one function at once.
"""

from __future__ import annotations

import fcntl
import functools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

Signatures = dict[str, set[str]]
_found = pytest.StashKey[Signatures]()


def compiled() -> Iterator[tuple[str, str]]:
    """Return names of public kernels and the types they were compiled for, in this process.

    Numbers known when compiling (``Literal[int](0)``) are specialisations on purpose, and private
    helpers serve several kernels.
    """
    for place, module in list(sys.modules.items()):
        if not place.startswith("wordgraft.embeddings.kernels"):
            continue
        from numba.core.dispatcher import Dispatcher
        from numba.core.types import unliteral

        for name, value in vars(module).items():
            if isinstance(value, Dispatcher) and value.py_func.__module__ == module.__name__:
                for types in value.signatures:
                    if not name.startswith("_"):
                        yield f"{module.__name__}.{name}", str(tuple(map(unliteral, types)))


def together(*parts: Mapping[str, list[str]] | Signatures) -> Signatures:
    """Return the signatures of several processes as one."""
    found: Signatures = {}
    for part in parts:
        for name, signatures in part.items():
            found.setdefault(name, set()).update(signatures)
    return found


def twice(found: Signatures) -> Signatures:
    """Return kernels with more than one: a float64 or a read-only array that slipped in."""
    return {name: signatures for name, signatures in found.items() if len(signatures) > 1}


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_found] = {}
    if "PYTEST_XDIST_WORKER" in os.environ:
        _lock_the_cache(Path(os.environ.get("NUMBA_CACHE_DIR", tempfile.gettempdir())))


@pytest.hookimpl(optionalhook=True)  # xdist's
def pytest_testnodedown(node: Any) -> None:
    told = getattr(node, "workeroutput", {}).get("kernels", {})
    node.config.stash[_found] = together(node.config.stash[_found], told)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    own: dict[str, list[str]] = {}
    for name, types in compiled():
        own.setdefault(name, []).append(types)
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["kernels"] = own
        return
    found = together(session.config.stash[_found], own)
    session.config.stash[_found] = found
    if twice(found) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for name, signatures in twice(config.stash[_found]).items():
        terminalreporter.section("a kernel was compiled for more than one signature", red=True)
        terminalreporter.line("\n  ".join([name, *sorted(signatures)]))


def _lock_the_cache(folder: Path) -> None:
    """Let numba write its cache one process at a time.

    It reads a function's index, adds a number, and writes index and code: of two processes that do
    so at once, each with another signature, one's code would stand under the other's name.
    """
    from numba.core.caching import IndexDataCacheFile

    folder.mkdir(parents=True, exist_ok=True)
    save: Callable[..., None] = IndexDataCacheFile.save

    @functools.wraps(save)
    def alone(self: IndexDataCacheFile, key: object, data: object) -> None:
        with (folder / "wordgraft-tests.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # until it is closed
            save(self, key, data)

    IndexDataCacheFile.save = alone
