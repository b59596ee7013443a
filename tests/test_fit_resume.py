"""Fits that are killed, interrupted, damaged, and gone on with; and fits by several processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from reference import fit_job
from wordgraft.embeddings.errors import CheckpointError, OutputError, TrainingInterrupted
from wordgraft.models.training.progress import FitProgress
from wordgraft.models.training.state import RUN_FILE, STATE_FILE


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    threads = torch.get_num_threads()
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)
    torch.set_num_threads(threads)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks of a process")
def test_killed_at_random_and_resumed_it_gives_the_same_bytes(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, fit_job.__file__, "KILL", tmp_path],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert not done.stderr
    found = json.loads(done.stdout)
    assert found["same"] == [True, True], found
    assert found["stops"].count("state") >= 3, found


def interrupt_at(epoch: int, times: int = 1) -> Any:
    def press(state: FitProgress) -> None:
        if state.epoch == epoch:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)

    return press


def test_ctrl_c_writes_a_checkpoint_that_resumes(tmp_path: Path) -> None:
    with pytest.raises(TrainingInterrupted, match="a checkpoint is in .*kept") as told:
        fit_job.train(tmp_path / "kept", progress=interrupt_at(4))
    assert told.value.checkpoint == tmp_path / "kept"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    resumed = fit_job.train(tmp_path / "kept", resume=True)
    assert fit_job.result(*resumed) == fit_job.result(*fit_job.train(None))
    again = fit_job.train(tmp_path / "kept", resume=True)  # of one that is done
    assert fit_job.result(*again) == fit_job.result(*resumed)


def test_a_second_ctrl_c_is_felt_at_once(tmp_path: Path) -> None:
    with pytest.raises(TrainingInterrupted, match="a checkpoint is in"):
        fit_job.train(tmp_path / "kept", progress=interrupt_at(3, times=2))
    resumed = fit_job.train(tmp_path / "kept", resume=True)
    assert fit_job.result(*resumed) == fit_job.result(*fit_job.train(None))


def test_ctrl_c_without_a_folder_says_that_nothing_was_kept() -> None:
    with pytest.raises(TrainingInterrupted, match="nothing was kept, for want of") as told:
        fit_job.train(None, progress=interrupt_at(1))
    assert told.value.checkpoint is None


def test_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"nothing to resume: no run\.json there"):
        fit_job.train(tmp_path / "nowhere", resume=True)


def test_another_run_is_refused_with_what_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit_job.train(tmp_path / "kept")
    stages = (fit_job.Stage(epochs=2, trainable="head", rate=0.03), *fit_job.STAGES[1:])
    monkeypatch.setattr(fit_job, "STAGES", stages)
    monkeypatch.setattr(fit_job, "RowAdam", torch.optim.SGD)
    with pytest.raises(CheckpointError) as told:
        fit_job.train(tmp_path / "kept", resume=True)
    assert "stages[0].rate=0.03 instead of 0.02" in str(told.value)
    assert "optimizers[0].kind='SGD' instead of 'RowAdam'" in str(told.value)


def test_other_data_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fit_job.train(tmp_path / "kept")
    monkeypatch.setattr(fit_job, "task", lambda n, seed, old=fit_job.task: old(n, seed + 9))
    with pytest.raises(CheckpointError, match=r"other settings: train\[1\]='[0-9a-f]+' instead"):
        fit_job.train(tmp_path / "kept", resume=True)


def test_a_run_that_does_not_resume_begins_anew(tmp_path: Path) -> None:
    one = fit_job.train(tmp_path / "kept")
    other = fit_job.train(tmp_path / "kept")
    assert fit_job.result(*one) == fit_job.result(*other)
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == [RUN_FILE, STATE_FILE]


@pytest.mark.parametrize("name", [RUN_FILE, STATE_FILE])
@pytest.mark.parametrize("how", ["cut", "flipped", "empty"])
def test_a_damaged_checkpoint_is_refused(name: str, how: str, tmp_path: Path) -> None:
    fit_job.train(tmp_path)
    content = bytearray((tmp_path / name).read_bytes())
    at = len(content) // 2 if name == STATE_FILE else 0
    content[at] ^= 0xFF
    kept = {"cut": content[: len(content) // 3], "flipped": content, "empty": b""}[how]
    (tmp_path / name).write_bytes(kept)
    with pytest.raises(CheckpointError, match=f"{name}: the checkpoint is damaged"):
        fit_job.train(tmp_path, resume=True)


def test_a_folder_that_cannot_be_made_is_told_before_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="can't keep checkpoints here"):
        fit_job.train(tmp_path / "file" / "kept")


# --- several processes -----------------------------------------------------------------------


CPU = {"CUDA_VISIBLE_DEVICES": "", "ACCELERATE_USE_CPU": "true"}


def launch(folder: Path, processes: int) -> None:
    command = [
        sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_machines", "1",
        "--main_process_port", "0", "--num_processes", str(processes), "--mixed_precision", "no",
        "--dynamo_backend", "no", "--num_cpu_threads_per_process", "1",
        fit_job.__file__, "SHARE", str(folder),
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=240, check=False, env=os.environ | CPU
    )
    there = sorted(path.name for path in folder.iterdir())
    assert done.returncode == 0, f"{done.stderr}\nsaid {done.stdout!r}, left {there}"
    assert done.stdout.count("failed: told to fail") == processes


def test_two_processes_train_as_one_with_twice_the_batch_and_resume(tmp_path: Path) -> None:
    """The mean of two gradients is that of the two batches together (no batch statistics here)."""
    launch(tmp_path, 2)
    names = [f"{how}-{rank}-of-2" for how in ("whole", "resume") for rank in (0, 1)]
    assert len({(tmp_path / name).read_bytes() for name in names}) == 1
    fit_job.share(tmp_path, "double")
    told = load_file(tmp_path / "whole-0-of-2.safetensors")
    expected = load_file(tmp_path / "double-0-of-1.safetensors")
    assert told.keys() == expected.keys()
    for name, tensor in expected.items():
        torch.testing.assert_close(told[name], tensor, rtol=1e-4, atol=1e-6)
