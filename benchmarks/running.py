"""Measures row after row, each in a process of its own, and writes each result at once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from . import machine
from .page import BUSY, bar, value
from .records import RESULTS, ROOT, Measurement, Store, plain, read_json, write_json
from .rows import CORPORA, Row
from .scale import FULL, QUICK
from .workplace import WORK, MissingPeerError, Workplace, alone, kernel_cache


def run(rows: Sequence[Row], *, quick: bool, redo: bool, wait: float = 0.0) -> bool:
    """Measure what the result files don't have yet.

    Args:
        rows: What to measure.
        quick: Measure tiny sizes, into a folder that no page shows.
        redo: Measure again what is there.
        wait: Seconds to wait, at most, for a quiet machine before each row.

    Returns:
        Whether every row has a result now.
    """
    environment = machine.environment()
    folder = WORK / "quick-results" if quick else RESULTS
    stores = {
        group: Store(folder, group, environment, new=redo)
        for group in dict.fromkeys(row.group for row in rows)
    }
    todo = [row for row in rows if redo or not stores[row.group].has(row.name)]
    expected = sum(row.expected for row in todo) / 60
    told = "quick sizes" if quick else f"about {expected:.0f} minutes"
    say(f"{len(todo)} of {len(rows)} rows to measure, {told}; results in {folder}")
    failed: list[str] = []
    with alone(quick=quick) as scratch:
        for turn, row in enumerate(todo, 1):
            say(f"[{turn}/{len(todo)}] {row.name}: {row.title}")
            record = _measured(row, scratch, quick=quick, wait=wait)
            stores[row.group].write(row.name, record)
            if record["status"] == "skipped":
                say(f"    skipped: {record['error']}")
            elif record["status"] != "ok":
                failed.append(row.name)
                say(f"    FAILED: {record['error'].strip().splitlines()[-1]}")
            for check in record.get("checks", ()):
                say("    " + _line(check))
    if failed:
        say(f"failed: {', '.join(failed)} (logs in {WORK / 'logs'}); the next run tries them again")
    return not failed


def _measured(row: Row, folder: Path, *, quick: bool, wait: float) -> dict[str, Any]:
    """Measure a row in a child process, with ``folder`` for its scratch; return its record."""
    busy = _quiet(wait if not quick else 0.0)
    if busy > BUSY and not quick:
        say(f"    the machine is busy ({busy:.0f} %): times will be worth little")
    scratch = folder / row.name.replace("/", "-")
    scratch.mkdir()
    result = scratch.with_suffix(".json")
    command = [sys.executable, "-m", "benchmarks", "child", row.name, str(scratch), str(result)]
    stolen, began = machine.stolen_seconds(), time.perf_counter()
    try:
        error = _run_child([*command, *(["--quick"] if quick else [])], row)
        record: dict[str, Any] = read_json(result) or {}
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if error is not None and not record.get("error"):
        record = {"error": error}
    return {
        "status": _status(record),
        "title": row.title,
        "measured_at": datetime.now().astimezone().isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - began, 1),
        "busy_before_percent": busy,
        "stolen_seconds": round(machine.stolen_seconds() - stolen, 2),
        **record,
    }


def _status(record: Mapping[str, Any]) -> str:
    if "error" not in record:
        return "ok"
    return "skipped" if record["error"].startswith(MissingPeerError.__name__) else "failed"


def _quiet(wait: float) -> float:
    """Wait for a quiet machine; return how busy it is."""
    until = time.monotonic() + wait
    while (busy := machine.busy_percent()) > BUSY and time.monotonic() < until:
        time.sleep(4.0)
    return busy


def _run_child(command: Sequence[str], row: Row) -> str | None:
    """Run it with the row's limit of time; return what went wrong."""
    log = WORK / "logs" / f"{row.name.replace('/', '-')}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    environment.setdefault("NUMBA_CACHE_DIR", kernel_cache())
    with log.open("wb") as file:
        child = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that it can be ended together with what it started
        )
        try:
            code = child.wait(row.timeout)
        except subprocess.TimeoutExpired:
            return f"gave up after {row.timeout:.0f} s; see {log}"
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
    if code == 0:
        return None
    return f"the measuring process ended with {code}: {_last_line(log)}"


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def child(row: Row, *, scratch: Path, result: Path, quick: bool) -> int:
    """Measure one row in this process; the parent reads ``result``."""
    place = Workplace(QUICK if quick else FULL, scratch)
    try:
        found: Measurement = row.measure(place)
    except Exception as error:
        traceback.print_exc()
        write_json(result, plain({"error": f"{type(error).__name__}: {error}"}))
        return 1
    write_json(result, found.as_dict())
    return 0


def prepare(*, quick: bool) -> None:
    """Make what needs no quiet machine: token files, the toy world's text, gensim's quality runs.

    gensim's run with the first seed of skip-gram is left to the rows of the group "process", which
    time it and keep its scores.
    """
    from .peer import COMMON
    from .quality import peer_scores
    from .workplace import toy_file

    scale = QUICK if quick else FULL
    os.environ.setdefault("NUMBA_CACHE_DIR", kernel_cache())
    with alone(quick=quick) as scratch:
        place = Workplace(scale, scratch)
        say(f"toy world: {toy_file(scale.text_bytes)}")
        for corpus in CORPORA:
            text = place.corpus(corpus)
            say(f"{corpus}: {text.tokens:,} tokens in {text.path}")
            for model, seeds in (("cbow", scale.seeds), ("skipgram", scale.seeds[1:])):
                for seed in seeds:
                    began = time.perf_counter()
                    scores = peer_scores(place, text, {**COMMON, "model": model}, seed)
                    say(
                        f"gensim, {corpus}, {model}, seed {seed}: analogies "
                        f"{scores['analogies']}, {time.perf_counter() - began:.0f} s"
                    )


def say(text: str) -> None:
    """Tell the person who waits."""
    print(text, flush=True)


def _line(check: Mapping[str, Any]) -> str:
    told = f"{check['name']}: {value(check)}"
    if check["target"] is None:
        return told
    return f"{told} ({bar(check)}: {'met' if check['met'] else 'MISS'})"
