"""A fit's folder: which run it belongs to, and where it stands, each whole or not there.

``run.json`` is written before anything else, so that whatever a killed run left is never taken for
another one's. ``state.safetensors`` has the weights that training moves, the best ones so far, the
optimisers' state, and where training stands as JSON.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...embeddings.arrayfile import check_sums, open_arrays, write_arrays
from ...embeddings.atomic import atomic_writer
from ...embeddings.errors import CheckpointError, OutputError, VectorFormatError
from .progress import FitEpoch

RUN_FILE = "run.json"
STATE_FILE = "state.safetensors"
VERSION = 1
_NOTE = "wordgraft.fit"


@dataclass
class Position:
    """Where training stands: all that a checkpoint needs beside tensors; JSON-able.

    Attributes:
        stage: Number of the stage being trained, from 0.
        epoch: Epochs of it that are finished.
        step: Steps taken since.
        loss: Summed over the examples of those steps.
        score: Likewise.
        examples: How many those were.
        tokens: And their tokens.
        seconds: Time those steps took.
        waited: Epochs of this stage since the last best one.
        best: What the best weights so far reached on the held-out part, the lower the better;
            ``None`` before the first.
        best_epoch: Number of their epoch, from 1; 0 before the first.
        records: Finished epochs.
        stopped: Names of stages ended by patience.
    """

    stage: int = 0
    epoch: int = 0
    step: int = 0
    loss: float = 0.0
    score: float = 0.0
    examples: int = 0
    tokens: int = 0
    seconds: float = 0.0
    waited: int = 0
    best: float | None = None
    best_epoch: int = 0
    records: list[FitEpoch] = field(default_factory=list[FitEpoch])
    stopped: list[str] = field(default_factory=list[str])

    @classmethod
    def of(cls, values: dict[str, Any]) -> Position:
        """Rebuild what ``asdict`` returned."""
        records: Any = [FitEpoch(**record) for record in values["records"]]
        return cls(**(values | {"records": records}))

    def finish_epoch(self, record: FitEpoch) -> None:
        """Write an epoch down, and count from nothing again."""
        self.records.append(record)
        self.epoch += 1
        self.step = self.examples = self.tokens = 0
        self.loss = self.score = self.seconds = 0.0

    def finish_stage(self) -> None:
        """Stand at the beginning of the next stage."""
        self.stage, self.epoch, self.waited = self.stage + 1, 0, 0


@dataclass(frozen=True)
class State:
    """The tensors of a run, live: restoring writes into them.

    Attributes:
        weights: Name -> parameter or buffer that training moves.
        best: Name -> copy of the best ones so far, on the CPU; empty before the first.
        optimizers: Those that move the parameters.
        scaler: Of mixed precision in float16; ``None`` for none.
    """

    weights: Mapping[str, torch.Tensor]
    best: dict[str, torch.Tensor]
    optimizers: Sequence[torch.optim.Optimizer]
    scaler: Any


class FitFolder:
    """The folder of one fit.

    Args:
        folder: Made when the run begins.
        mark: What a run must have in common with the one it resumes, JSON-able.
    """

    def __init__(self, folder: str | os.PathLike[str], mark: dict[str, Any]) -> None:
        self.folder = Path(folder)
        self._mark = json.loads(json.dumps({"version": VERSION, **mark}))  # as it is read

    @property
    def has_state(self) -> bool:
        """Whether there is a state to resume from."""
        return (self.folder / STATE_FILE).exists()

    def begin(self) -> None:
        """Make the folder this run's: the state of another one is removed.

        Raises:
            OutputError: The folder can't be made or written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / STATE_FILE).unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                f"{self.folder}: can't keep checkpoints here ({error.strerror or error})"
            ) from error
        with atomic_writer(self.folder / RUN_FILE) as file:
            file.write(json.dumps(self._mark).encode())

    def check(self) -> None:
        """Raise unless the folder belongs to this run.

        Raises:
            CheckpointError: There is nothing to resume, or it belongs to another run: says what
                differs.
        """
        path = self.folder / RUN_FILE
        if not path.exists():
            raise CheckpointError(
                f"{self.folder}: nothing to resume: no {RUN_FILE} there. Start without resume"
            )
        try:
            found = json.loads(path.read_bytes())
            if not isinstance(found, dict):
                raise TypeError("it must be a JSON object")
        except (OSError, TypeError, ValueError) as error:
            raise self._damaged(path, error) from error
        differing = list(_differences(self._mark, found, ""))
        if differing:
            raise CheckpointError(
                f"{self.folder} belongs to a run with other settings: {', '.join(differing[:8])}. "
                "Give the same settings, or start without resume"
            )

    def save(self, state: State, position: Position) -> None:
        """Write where training stands in place of an older state.

        Raises:
            OutputError: It can't be written; the older one is still whole.
        """
        tensors: dict[str, torch.Tensor] = {f"weights/{n}": t for n, t in state.weights.items()}
        tensors |= {f"best/{name}": tensor for name, tensor in state.best.items()}
        plain: dict[str, Any] = {}
        names = {id(tensor): name for name, tensor in state.weights.items()}
        for number, optimizer in enumerate(state.optimizers):
            for parameter, values in optimizer.state.items():
                for key, value in values.items():
                    name = f"optimizer/{number}/{names[id(parameter)]}/{key}"
                    if isinstance(value, torch.Tensor):
                        tensors[name] = value
                    else:
                        plain[name] = value
        arrays, dtypes = _as_arrays(tensors)
        note = {
            "position": asdict(position),
            "values": plain,
            "dtypes": dtypes,
            "scaler": None if state.scaler is None else state.scaler.state_dict(),
        }
        write_arrays(self.folder / STATE_FILE, arrays, metadata={_NOTE: json.dumps(note)})

    def restore(self, state: State) -> Position:
        """Fill ``state`` from the file; the beginning when there is none yet.

        Raises:
            CheckpointError: The state is damaged.
        """
        path = self.folder / STATE_FILE
        if not path.exists():
            return Position()
        try:
            opened = open_arrays(path)
            check_sums(opened)
            note = json.loads(opened.metadata[_NOTE])
            position = Position.of(note["position"])
            tensors = {
                name: _as_tensor(array, note["dtypes"].get(name))
                for name, array in opened.arrays.items()
            }
            _fill(state, tensors, note["values"])
            if state.scaler is not None:
                state.scaler.load_state_dict(note["scaler"])
        except (VectorFormatError, KeyError, TypeError, ValueError, RuntimeError) as error:
            raise self._damaged(path, error) from error
        return position

    def _damaged(self, path: Path, error: Exception) -> CheckpointError:
        return CheckpointError(
            f"{path}: the checkpoint is damaged ({error}). Remove {self.folder} and start again"
        )


@torch.no_grad()
def _fill(state: State, tensors: Mapping[str, torch.Tensor], values: Mapping[str, Any]) -> None:
    """Write what was read into live tensors."""
    for name, tensor in state.weights.items():
        found = tensors[f"weights/{name}"]
        if found.shape != tensor.shape:
            raise ValueError(f"{name} has shape {list(found.shape)}, not {list(tensor.shape)}")
        tensor.copy_(found)
    state.best.clear()
    state.best.update(
        {n.removeprefix("best/"): t.clone() for n, t in tensors.items() if n.startswith("best/")}
    )
    for number, optimizer in enumerate(state.optimizers):
        optimizer.state.clear()
        for name, value in {**tensors, **values}.items():
            start, _, rest = name.partition(f"optimizer/{number}/")
            if start or not rest:
                continue
            of, _, key = rest.rpartition("/")
            optimizer.state[state.weights[of]][key] = _placed(value, state.weights[of])


def _placed(value: Any, parameter: torch.Tensor) -> Any:
    """Return a value of an optimiser's state where it belongs: clocks on the CPU, rows beside."""
    if not isinstance(value, torch.Tensor):
        return value
    return value.to(parameter.device, copy=True) if value.ndim else value.clone()


_INTEGERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
_PLAIN = (
    torch.float64, torch.float32, torch.float16, torch.int64, torch.int32, torch.int16, torch.int8,
    torch.uint8, torch.bool,
)  # fmt: skip


def _as_arrays(
    tensors: Mapping[str, torch.Tensor],
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Return the tensors as arrays, wide items first; and dtypes of those stored as bare bits.

    Bits are kept of what NumPy or the file doesn't know: bfloat16, and numbers that aren't finite.
    """
    arrays: dict[str, np.ndarray] = {}
    dtypes: dict[str, str] = {}
    for name, tensor in sorted(tensors.items(), key=lambda item: -item[1].element_size()):
        still = tensor.detach().cpu().contiguous()
        if still.dtype not in _PLAIN or not bool(torch.isfinite(still).all()):
            dtypes[name] = str(still.dtype).removeprefix("torch.")
            still = still.view(_INTEGERS[still.element_size()])
        arrays[name] = still.numpy()
    return arrays, dtypes


def _as_tensor(array: np.ndarray, dtype: str | None) -> torch.Tensor:
    tensor = torch.from_numpy(array)
    return tensor if dtype is None else tensor.view(getattr(torch, dtype))


def _differences(wanted: Any, found: Any, where: str) -> list[str]:
    """Return what ``found`` has otherwise, as a person would say it."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        names = [*wanted, *(name for name in found if name not in wanted)]
        start = f"{where}." if where else ""
        return [
            told
            for name in names
            for told in _differences(wanted.get(name), found.get(name), f"{start}{name}")
        ]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return [
            told
            for i, (one, other) in enumerate(zip(wanted, found, strict=True))
            for told in _differences(one, other, f"{where}[{i}]")
        ]
    return [] if wanted == found else [f"{where}={wanted!r} instead of {found!r}"]
