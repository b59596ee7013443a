"""Runs the commands that are measured, each with a limit of time."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class CommandError(Exception):
    """A command failed or took too long; the message ends with what it said last."""


@dataclass(frozen=True)
class Finished:
    """A command that ended well.

    Attributes:
        seconds: From start to end, wall clock.
        cpu_seconds: User and system time of the process.
        output: Its standard output.
        peak_anonymous: Highest anonymous memory seen, bytes, swap included; 0 if not watched.
        peak_file: Highest mapped-file memory seen, bytes.
    """

    seconds: float
    cpu_seconds: float
    output: str
    peak_anonymous: int
    peak_file: int

    def json(self) -> Any:
        """Return the last line of the output, read as JSON."""
        return json.loads(self.output.strip().splitlines()[-1])


def run(
    command: Sequence[str | Path],
    *,
    timeout: float,
    environment: Mapping[str, str],
    folder: Path,
    watch_memory: bool = False,
) -> Finished:
    """Run a command to its end.

    Args:
        command: Program and arguments.
        timeout: Seconds after which it is killed.
        environment: Its variables.
        folder: Its working folder.
        watch_memory: Look at its memory fifty times a second (Linux).

    Raises:
        CommandError: It failed or took too long.
    """
    arguments = [str(part) for part in command]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    process = subprocess.Popen(
        arguments,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    late = threading.Event()

    def kill() -> None:
        late.set()
        process.kill()

    # A timer instead of communicate(timeout=...), which polls.
    timer = threading.Timer(timeout, kill)
    timer.daemon = True
    timer.start()
    watcher = MemoryWatcher(process.pid) if watch_memory else None
    try:
        output, errors = process.communicate()
        seconds = time.perf_counter() - began
    finally:
        timer.cancel()
        if process.poll() is None:
            process.kill()
            process.wait()
        if watcher is not None:
            watcher.stop()
    if late.is_set():
        raise CommandError(f"{_short(arguments)}: killed after {timeout:.0f} s\n{errors[-2000:]}")
    if process.returncode != 0:
        said = errors[-2000:] or output[-500:]
        raise CommandError(f"{_short(arguments)}: exit code {process.returncode}\n{said}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Finished(
        seconds=seconds,
        cpu_seconds=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        output=output,
        peak_anonymous=watcher.anonymous if watcher else 0,
        peak_file=watcher.file if watcher else 0,
    )


def wordgraft(*arguments: str | Path) -> list[str | Path]:
    """Return the command line of ``wordgraft`` in this environment."""
    return [sys.executable, "-m", "wordgraft", *arguments]


class MemoryWatcher:
    """Looks at another process's memory until stopped; keeps the highest numbers.

    Anonymous memory is what the process holds for itself: RssAnon of ``/proc/PID/status`` fifty
    times a second, and, because the kernel counts that one loosely, Anonymous of ``smaps_rollup``
    twice a second; swapped pages are added. Pages of mapped files belong to the page cache and are
    watched apart.

    Args:
        pid: The process.

    Attributes:
        anonymous: Bytes.
        file: Bytes.
    """

    def __init__(self, pid: int) -> None:
        self.anonymous = self.file = 0
        self._home = Path("/proc", str(pid))
        if not (self._home / "status").exists():
            raise CommandError("watching memory needs /proc/PID/status, which Linux has")
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        turn = 0
        while not self._done.wait(0.02):
            try:
                status = _kilobytes(self._home / "status")
                rollup = _kilobytes(self._home / "smaps_rollup") if turn % 25 == 0 else {}
            except (OSError, ValueError):
                return  # the process has ended
            turn += 1
            anonymous = max(status.get("RssAnon", 0), rollup.get("Anonymous", 0))
            self.anonymous = max(self.anonymous, anonymous + status.get("VmSwap", 0))
            self.file = max(self.file, status.get("RssFile", 0))


def _kilobytes(path: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in path.read_text().splitlines():
        name, _, value = line.partition(":")
        if value.endswith(" kB"):
            found[name] = 1024 * int(value[:-3])
    return found


def _short(arguments: Sequence[str]) -> str:
    return " ".join(arguments)[:300]
