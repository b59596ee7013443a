"""Run as a program: a fit that is killed again and again and resumed, or one on several processes.

``python fit_job.py KILL FOLDER`` trains once whole, then with kills at random moments; prints JSON:
what was kept at each, and whether the results are equal. Each attempt is a fork.
``accelerate launch ... fit_job.py SHARE FOLDER`` trains by several processes, once whole and once
with a failure and a resumption; each process writes what it has at the end, in FOLDER.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from wordgraft.models.training import fitting
from wordgraft.models.training.batch_scores import class_score
from wordgraft.models.training.batch_source import ArraySource
from wordgraft.models.training.devices import make_accelerator
from wordgraft.models.training.fitting import fit
from wordgraft.models.training.groups import Groups
from wordgraft.models.training.l2sp import L2SP
from wordgraft.models.training.progress import FitHistory, FitProgress
from wordgraft.models.training.row_optimizer import RowAdam
from wordgraft.models.training.schedules import Stage
from wordgraft.models.training.state import RUN_FILE, STATE_FILE, FitFolder


class Words(nn.Module):
    """Sparse embedding, dropout, batch normalisation: all that a checkpoint must get right."""

    def __init__(self, *, plain: bool = False) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(5)
            self.embedding = nn.Embedding(40, 8, sparse=True)
            self.body = nn.Linear(8, 12)
            self.norm = nn.Identity() if plain else nn.BatchNorm1d(12)
            self.dropout = nn.Dropout(0.0 if plain else 0.3)
            self.head = nn.Linear(12, 3)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.head(self.dropout(self.norm(self.body(self.embedding(ids).mean(1))).relu()))


def task(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Texts of six words; the class is the commonest remainder by three."""
    ids = np.random.default_rng(seed).integers(0, 40, (n, 6))
    classes = np.array([np.bincount(row % 3, minlength=3).argmax() for row in ids])
    return torch.from_numpy(ids), torch.from_numpy(classes)


def groups_of(module: Words) -> Groups:
    norm = ["norm"] * isinstance(module.norm, nn.BatchNorm1d)
    return Groups.of(module, ["embedding", ["body", *norm], "head"])


STAGES = (
    Stage(epochs=2, trainable="head", rate=0.02, name="head"),
    Stage(epochs=3, trainable=2, rate=0.02, factor=2, curve="one_cycle"),
    Stage(epochs=5, rate=0.01, factor=2, curve="slanted"),
)


def train(folder: Path | None, *, resume: bool = False, **options: Any) -> tuple[Words, FitHistory]:
    torch.set_num_threads(1)
    module = Words()
    groups = groups_of(module)
    history = fit(
        module,
        groups=groups,
        train=ArraySource(*task(300, 1), batch_size=20, seed=2),
        valid=ArraySource(*task(90, 2), batch_size=40, shuffle=False),
        stages=STAGES,
        loss=nn.functional.cross_entropy,
        score=class_score,
        optimizer=RowAdam,
        anchor=L2SP(groups, strength=0.01, fresh=0.001),
        clip=1.0,
        patience=2,
        seed=3,
        checkpoint=folder,
        resume=resume,
        accelerator=make_accelerator("cpu"),
        **options,
    )
    return module, history


def result(module: nn.Module, history: FitHistory) -> bytes:
    """All that a fit gives, but times, as bytes."""
    records = [{**asdict(e), "seconds": 0, "valid_seconds": 0} for e in history.epochs]
    told = json.dumps([records, history.best, history.stages, history.stopped_early])
    weights = [t.detach().numpy().tobytes() for t in module.state_dict().values()]
    return b"".join([told.encode(), *weights])


KILLS_FROM_WITHIN, KILLS = 7, 11


def attempt(folder: Path | None, output: Path, steps: int | None) -> int:
    """Train, and kill this process after so many steps, if it lives so long."""
    left = [-1 if steps is None else steps]

    def count(_: FitProgress) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    fitting._SECONDS_BETWEEN_REPORTS = 0.0
    try:
        resume = folder is not None and (folder / RUN_FILE).exists()
        output.write_bytes(
            result(*train(folder, resume=resume, checkpoint_every=0.002, progress=count))
        )
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def forked(folder: Path | None, output: Path, steps: int | None = None) -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(attempt(folder, output, steps))
    return pid


def warm_up() -> None:
    """Load what every fork would load, without training anything."""
    torch.set_num_threads(1)
    make_accelerator("cpu")
    matrix = nn.Parameter(torch.zeros(4, 2))
    matrix.grad = torch.sparse_coo_tensor([[1]], torch.ones(1, 2), (4, 2), check_invariants=False)
    RowAdam([matrix]).step()


def kill(work: Path) -> None:
    warm_up()
    os.waitpid(forked(None, work / "expected"), 0)
    began = time.monotonic()
    os.waitpid(forked(work / "whole", work / "kept_all_along"), 0)
    longest = time.monotonic() - began
    chance, folder, output = random.Random(7), work / "kept", work / "stopped"
    stops: list[str] = []
    while len(stops) <= KILLS:
        within = chance.randint(2, 25) if len(stops) < KILLS_FROM_WITHIN else None
        pid = forked(folder, output, within)
        if within is None and len(stops) < KILLS:
            time.sleep(longest * chance.random() / 3)
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            break
        stops.append("state" if (folder / STATE_FILE).exists() else "begun")
    expected = (work / "expected").read_bytes()
    same = [expected == (work / n).read_bytes() for n in ("kept_all_along", "stopped")]
    sys.stdout.write(json.dumps({"stops": stops, "same": same}))


class Failing(ArraySource):
    """Fails in every process at the same epoch."""

    def epoch(self, number: int) -> Any:
        if number == 2:
            raise RuntimeError("told to fail")
        return super().epoch(number)


SAVE = FitFolder.save


def save_slowly(*given: Any) -> None:
    """Let the main process come late: the others must not resume from an older checkpoint."""
    time.sleep(0.3)
    SAVE(*given)


class Double(ArraySource):
    """Two batches as one: what two processes take at once."""

    def __len__(self) -> int:
        return -(-super().__len__() // 2)

    def epoch(self, number: int) -> Any:
        single = super().epoch(number)
        pairs = [(single[i], single[(i + 1) % len(single)]) for i in range(0, len(single), 2)]
        return [tuple(torch.cat(parts) for parts in zip(*pair, strict=True)) for pair in pairs]


def share(work: Path, how: str) -> None:
    torch.set_num_threads(1)
    accelerator = make_accelerator("cpu" if how == "double" else None)
    source = {"fail": Failing, "double": Double}.get(how, ArraySource)
    module = Words(plain=True)
    FitFolder.save = save_slowly if how == "fail" else SAVE
    try:
        history = fit(
            module,
            groups=groups_of(module),
            train=source(*task(300, 1), batch_size=20, seed=2),
            valid=ArraySource(*task(90, 2), batch_size=20, shuffle=False),
            stages=[Stage(epochs=1, trainable="head", rate=0.1), Stage(epochs=3, rate=0.1)],
            loss=nn.functional.cross_entropy,
            score=class_score,
            optimizer=torch.optim.SGD,
            checkpoint=work / "kept",
            resume=how == "resume",
            accelerator=accelerator,
        )
    except RuntimeError as error:
        if how != "fail":
            raise
        sys.stdout.write(f"failed: {error}")
        return
    name = f"{how}-{accelerator.process_index}-of-{accelerator.num_processes}"
    (work / name).write_bytes(result(module, history))
    save_file(module.state_dict(), work / f"{name}.safetensors")


if __name__ == "__main__":
    if sys.argv[1] == "KILL":
        kill(Path(sys.argv[2]))
    else:
        for wanted in ("whole", "fail", "resume"):
            share(Path(sys.argv[2]), wanted)
        accelerator = make_accelerator()
        accelerator.wait_for_everyone()  # a group that ends under another's feet aborts it
        accelerator.end_training()
        sys.stdout.flush()
        # torch's own threads may still run when the interpreter takes things apart, and then abort,
        # rarely, a process that has done all it had to.
        os._exit(0)
