"""Run as a program: a training run that is stopped by a signal again and again, and resumed.

``python stopping.py KILL|INT FOLDER CORPUS SETTINGS`` trains once whole, then once with stops at
random moments; prints JSON: what was in the folder at each stop, and whether the files are equal.
Each attempt is a fork, so that a stop costs no start of Python.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wordgraft.embeddings import encoding
from wordgraft.embeddings.checkpoint import RUN_FILE, STATE_FILE
from wordgraft.embeddings.encoding import EncodingProgress
from wordgraft.embeddings.errors import CheckpointError, TrainingInterrupted
from wordgraft.embeddings.word2vec import Word2Vec

DONE, FAILED, KEPT, NOTHING_KEPT, OUTSIDE = range(5)
EARLY, LEAST_STOPS, MOST_STOPS = 3, 9, 60
"""Stops while the corpus is read; all that are wanted; all that are made."""


def fit(
    corpus: str,
    settings: dict[str, Any],
    folder: Path,
    *,
    resume: bool,
    reading: Callable[[EncodingProgress], None] | None = None,
) -> Word2Vec:
    return Word2Vec(**settings).fit(
        corpus,
        checkpoint=folder,
        checkpoint_every=0.02,
        resume=resume,
        encoding_progress=reading,
    )


def child(
    corpus: str, settings: dict[str, Any], folder: Path, output: Path, early: int | None
) -> int:
    def stop(_: EncodingProgress) -> None:
        if early is not None:  # from without, a fast machine would have read all before
            os.kill(os.getpid(), early)

    encoding._SECONDS_BETWEEN_REPORTS = 0.0
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        try:
            model = fit(corpus, settings, folder, resume=folder.is_dir(), reading=stop)
        except CheckpointError as error:
            if "nothing to resume" not in str(error):
                raise
            model = fit(corpus, settings, folder, resume=False, reading=stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        model.save(output)
    except TrainingInterrupted as error:
        return NOTHING_KEPT if error.checkpoint is None else KEPT
    except KeyboardInterrupt:
        return OUTSIDE
    except BaseException:
        traceback.print_exc()
        return FAILED
    return DONE


def running(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def wait_for_state(folder: Path, pid: int) -> None:
    """Return once the process has written a checkpoint of training, or is over."""
    begun = written(folder)
    while running(pid) and written(folder) == begun:
        time.sleep(0.001)


def written(folder: Path) -> int:
    try:
        return (folder / STATE_FILE).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def found(folder: Path) -> str:
    if (folder / STATE_FILE).exists():
        return "state"
    if (folder / "corpus" / "meta.json").exists():
        return "corpus"
    return "run" if (folder / RUN_FILE).exists() else "nothing"


def main(name: str, work: str, corpus: str, given: str) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    settings, folder, output = json.loads(given), Path(work, "kept"), Path(work, "stopped")
    number = signal.SIGKILL if name == "KILL" else signal.SIGINT
    fit(corpus, settings, Path(work, "warm"), resume=False)
    began = time.monotonic()
    whole = fit(corpus, settings, Path(work, "whole"), resume=False)
    longest = time.monotonic() - began
    whole.save(Path(work, "expected"))
    chance, stops, codes = random.Random(7), [], []
    while True:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # a fork is no place for it
        pid = os.fork()
        if pid == 0:
            early = number if len(stops) < EARLY else None
            os._exit(child(corpus, settings, folder, output, early))
        if EARLY <= len(stops) < MOST_STOPS:
            if len(stops) % 2:  # in training for certain, however slow the beginning was
                wait_for_state(folder, pid)
                time.sleep(0.1 * longest * chance.random())
            else:
                time.sleep(longest * chance.random())
            if running(pid):
                os.kill(pid, number)
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        codes.append(code)
        if code == FAILED:
            break
        if code == DONE:
            if Path(work, "expected").read_bytes() != output.read_bytes():
                break
            if len(stops) >= LEAST_STOPS:
                break
            shutil.rmtree(folder)  # finished too soon: stop another run
        else:
            stops.append(found(folder))
    same = Path(work, "expected").read_bytes() == output.read_bytes()
    sys.stdout.write(json.dumps({"stops": stops, "codes": codes, "same": same}))


if __name__ == "__main__":
    main(*sys.argv[1:])
