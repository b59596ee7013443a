"""Stopped: by kill -9, by Ctrl-C, by an error in the caller's own code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reference import stopping
from reference.small import context, lists, saved, small
from wordgraft.embeddings import arrayfile, encoding, runs
from wordgraft.embeddings.checkpoint import STATE_FILE
from wordgraft.embeddings.encoding import EncodingProgress
from wordgraft.embeddings.errors import EmptyVocabularyError, TrainingInterrupted
from wordgraft.embeddings.learners import StepLearner
from wordgraft.embeddings.progress import TrainingProgress
from wordgraft.embeddings.word2vec import Word2Vec
from wordgraft.tasks.toys import world as toyworld

LONG: dict[str, Any] = {"epochs": 70, "vector_size": 48}
"""So many epochs that a fit is still running when its first progress is told."""


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Let Ctrl-C be heard even where the tests run in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def press_ctrl_c(_: TrainingProgress | EncodingProgress) -> None:
    signal.raise_signal(signal.SIGINT)


# --- at any moment ---------------------------------------------------------------------------

HOW = {
    "skipgram ns": {"workers": 1},
    "cbow hs": {"workers": 1, "model": "cbow", "loss": "hs"},
    "in step": {"workers": 2, "deterministic": True},
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="stops forks of a process")
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("stop", ["KILL", "INT"])
def test_stopped_at_random_and_resumed_it_gives_the_same_bytes(
    stop: str, how: str, tmp_path: Path
) -> None:
    toyworld.write_corpus(tmp_path / "toy.txt", words=100_000)
    settings = json.dumps({"vector_size": 24, "epochs": 7, "seed": 3} | HOW[how])
    done = subprocess.run(
        [sys.executable, stopping.__file__, stop, tmp_path, tmp_path / "toy.txt", settings],
        capture_output=True, text=True, timeout=200, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert not done.stderr
    assert found["same"], found
    assert found["codes"].count(stopping.DONE) >= 1
    at, codes = Counter(found["stops"]), Counter(found["codes"])
    assert at["state"] >= 3, "training was hit"
    assert at["run"] + at["nothing"] >= stopping.EARLY, "reading was hit"
    if stop == "INT":
        assert codes[stopping.KEPT] >= 3
        assert codes[stopping.NOTHING_KEPT] + codes[stopping.OUTSIDE] >= 1
    else:
        assert codes[-signal.SIGKILL] == len(found["stops"])


# --- Ctrl-C ----------------------------------------------------------------------------------


def test_ctrl_c_writes_a_checkpoint_that_resumes(tmp_path: Path) -> None:
    stopped = small(**LONG)
    with pytest.raises(
        TrainingInterrupted, match=r"interrupted; a checkpoint is in .*kept"
    ) as told:
        stopped.fit(lists(), checkpoint=tmp_path / "kept", progress=press_ctrl_c)
    assert told.value.checkpoint == tmp_path / "kept"
    stopped.fit(lists(), checkpoint=tmp_path / "kept", resume=True)
    whole = small(**LONG).fit(lists())
    assert saved(stopped, tmp_path / "a") == saved(whole, tmp_path / "b")
    assert len(stopped.history_) == LONG["epochs"]


def test_ctrl_c_while_a_thread_is_started_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pool never hears of such a thread, and can't wait for what it trains."""
    start = threading.Thread.start

    def start_and_press(thread: threading.Thread) -> None:
        start(thread)
        monkeypatch.undo()
        time.sleep(0.02)
        raise KeyboardInterrupt

    how: dict[str, Any] = {"model": "cbow", "loss": "hs", "epochs": 3, "vector_size": 100}
    monkeypatch.setattr(threading.Thread, "start", start_and_press)
    with pytest.raises(TrainingInterrupted):
        small(**how).fit(lists(), checkpoint=tmp_path / "kept")
    model = small(**how).fit(lists(), checkpoint=tmp_path / "kept", resume=True)
    assert saved(model, tmp_path / "a") == saved(small(**how).fit(lists()), tmp_path / "b")


def test_ctrl_c_without_a_folder_keeps_nothing_and_says_so(temporary: Path) -> None:
    with pytest.raises(TrainingInterrupted, match="nothing was kept, for want of a check") as told:
        small(**LONG).fit(lists(), progress=press_ctrl_c)
    assert told.value.checkpoint is None
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("folder", ["kept", None])
def test_ctrl_c_while_the_corpus_is_read_keeps_nothing(
    folder: str | None, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "_SECONDS_BETWEEN_REPORTS", 0.0)
    where = None if folder is None else tmp_path / folder
    with pytest.raises(TrainingInterrupted, match=r"nothing was kept") as told:
        small().fit(lists(), checkpoint=where, encoding_progress=press_ctrl_c)
    assert told.value.checkpoint is None
    assert not (tmp_path / "kept").exists()
    assert not list(temporary.iterdir())


def test_a_second_ctrl_c_while_writing_leaves_the_older_checkpoint_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    with pytest.raises(TrainingInterrupted):
        small(**LONG).fit(lists(), checkpoint=kept, progress=press_ctrl_c)
    older = (kept / STATE_FILE).read_bytes()
    write = arrayfile._write_array

    def press_again(file: Any, name: str, array: Any) -> str:
        done = write(file, name, array)
        if name == "inputs":
            signal.raise_signal(signal.SIGINT)
        return done

    monkeypatch.setattr(arrayfile, "_write_array", press_again)
    with pytest.raises(TrainingInterrupted, match="a checkpoint is in"):
        small(**LONG).fit(lists(), checkpoint=kept, resume=True, progress=press_ctrl_c)
    monkeypatch.undo()
    assert (kept / STATE_FILE).read_bytes() == older
    assert sorted(p.name for p in kept.iterdir()) == ["corpus", "run.json", STATE_FILE]


def test_a_second_ctrl_c_before_any_checkpoint_says_that_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press_again(*_: Any) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(arrayfile, "_write_array", press_again)
    with pytest.raises(TrainingInterrupted, match="the corpus, read, is in .* no checkpoint yet"):
        small(**LONG).fit(lists(), checkpoint=tmp_path / "kept", progress=press_ctrl_c)
    assert sorted(p.name for p in (tmp_path / "kept").iterdir()) == ["corpus", "run.json"]


# --- errors on the way -----------------------------------------------------------------------


class OwnError(Exception):
    """Raised by what the caller gave."""


def fail(_: TrainingProgress | EncodingProgress) -> None:
    raise OwnError


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize("when", ["progress", "encoding_progress"])
def test_an_error_of_the_caller_stops_cleanly(
    when: str, deterministic: bool, temporary: Path
) -> None:
    model = small(workers=2, deterministic=deterministic).fit(lists(8_000))
    before, threads = model.vectors_, threading.active_count()
    model.epochs = 90
    with pytest.raises(OwnError):
        model.fit(lists(), **{when: fail})
    assert threading.active_count() == threads
    assert not list(temporary.iterdir())
    assert model.vectors_ is before
    model.epochs = 1
    assert model.fit(lists()).vectors_ is not before
    assert threading.active_count() == threads


def test_workers_in_step_are_let_go_even_if_somebody_holds_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held: list[StepLearner] = []

    class Held(StepLearner):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            held.append(self)

    monkeypatch.setattr(runs, "StepLearner", Held)
    threads = threading.active_count()
    small(workers=2, deterministic=True).fit(lists(8_000))
    assert held
    assert threading.active_count() == threads


def test_an_error_in_the_corpus_leaves_no_folder(tmp_path: Path, temporary: Path) -> None:
    def broken() -> Iterator[list[str]]:
        yield from lists(4_000)
        raise OwnError

    for where in (None, tmp_path / "kept"):
        with pytest.raises(OwnError):
            small().fit(broken(), checkpoint=where)
    with pytest.raises(EmptyVocabularyError):
        small(min_count=10**6).fit(lists(4_000))
    assert not list(temporary.iterdir())
    assert not (tmp_path / "kept").exists()


def test_no_temporary_folder_stays_after_success(temporary: Path) -> None:
    seen: list[int] = []
    model = small(epochs=3).fit(
        lists(), progress=lambda _: seen.append(len(list(temporary.iterdir())))
    )
    assert seen[-1] == 1
    assert not list(temporary.iterdir())
    assert context(model).any()


def test_a_thread_that_is_not_the_main_one_may_train(tmp_path: Path) -> None:
    done: list[Word2Vec] = []
    thread = threading.Thread(target=lambda: done.append(small().fit(lists())))
    thread.start()
    thread.join()
    assert saved(done[0], tmp_path / "a") == saved(small().fit(lists()), tmp_path / "b")
