"""Where a model runs: device, precision, processes, and random numbers of its own."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ...embeddings.errors import ConfigurationError, DeviceError, MemoryExhaustedError

if TYPE_CHECKING:
    from accelerate import Accelerator

PRECISIONS = ("no", "bf16", "fp16")


def make_accelerator(device: str | None = None, *, precision: str | None = None) -> Accelerator:
    """Return an accelerator for a device.

    ``accelerate`` holds one device and precision for a whole process. Where they are others than
    asked for, and this process works alone, that state is made anew: an accelerator made earlier
    should then be used no more.

    Args:
        device: "cpu", "cuda", "cuda:1", "mps"; ``None`` takes what ``accelerate`` is configured or
            launched for: the GPU where there is one.
        precision: "no" (float32), "bf16" or "fp16"; ``None`` takes what is configured.

    Raises:
        ConfigurationError: Either is none of those.
        DeviceError: There is no such device here, or another one was launched.
    """
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState, PartialState

    if precision not in (None, *PRECISIONS):
        raise ConfigurationError(
            f"precision: expected {', '.join(map(repr, PRECISIONS))} or None, found {precision!r}"
        )
    wanted = device_named(device)
    if wanted is not None:
        _refuse_missing(wanted, device)
    if AcceleratorState._shared_state:  # pyright: ignore[reportPrivateUsage]
        state = AcceleratorState()
        if _other(wanted, state.device) or precision not in (None, state.mixed_precision):
            if state.num_processes > 1:
                raise DeviceError(
                    f"device={device!r}, precision={precision!r}: {state.num_processes} processes "
                    f"were launched for {state.device} and precision={state.mixed_precision!r}. "
                    "Launch them for that, or leave it out"
                )
            AcceleratorState._reset_state(  # pyright: ignore[reportPrivateUsage]
                reset_partial_state=True
            )
    elif PartialState._shared_state and _other(wanted, PartialState().device):  # pyright: ignore
        PartialState._reset_state()  # pyright: ignore[reportPrivateUsage]
    if wanted is not None and wanted.type == "cuda" and wanted.index is not None:
        torch.cuda.set_device(wanted)
    made = Accelerator(cpu=_on_cpu(wanted), mixed_precision=precision)
    launched = int(os.environ.get("WORLD_SIZE", "1"))
    if _other(wanted, made.device) or made.num_processes != launched:
        raise DeviceError(
            f"device={device!r}: expected {launched} process(es) on it, but accelerate chose "
            f"{made.num_processes} on {made.device}"
        )
    return made


def _on_cpu(wanted: torch.device | None) -> bool:
    """Return whether to insist on the CPU: asked for, or all there is for several processes.

    ``accelerate launch --multi_gpu`` is also what starts several processes on the CPU; left to
    themselves, each would train for itself where there is no GPU.
    """
    if wanted is not None:
        return wanted.type == "cpu"
    return "LOCAL_RANK" in os.environ and not torch.accelerator.is_available()


def device_named(name: str | None) -> torch.device | None:
    """Return the device of a name, there or not; ``None`` for ``None``.

    Raises:
        ConfigurationError: There is no such kind of device.
    """
    if name is None:
        return None
    try:
        return torch.device(name)
    except (RuntimeError, TypeError) as error:
        raise ConfigurationError(
            f'device: expected "cpu", "cuda", "cuda:N" or "mps", found {name!r}'
        ) from error


def device_for(name: str | None) -> torch.device:
    """Return where a model that only answers is to compute.

    Unlike :func:`make_accelerator` it leaves what ``accelerate`` holds for training as it is.

    Args:
        name: As there; ``None`` for this process's GPU where there is one, else the CPU.

    Raises:
        ConfigurationError: There is no such kind of device.
        DeviceError: There is no such device here.
    """
    wanted = device_named(name)
    if wanted is not None:
        _refuse_missing(wanted, name)
        return wanted
    if not torch.accelerator.is_available():
        return torch.device("cpu")
    return torch.accelerator.current_accelerator() or torch.device("cpu")


def is_main_process() -> bool:
    """Return whether this process is the one that writes results and tells about them.

    The only one is; of several that ``accelerate launch`` started, the first.
    """
    return int(os.environ.get("RANK", "0")) == 0


def wait_for_others(device: str | None = None) -> None:
    """Wait until all processes that were launched together have come this far.

    Args:
        device: As :func:`make_accelerator`; what they are going to train on.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        make_accelerator(device).wait_for_everyone()


def _refuse_missing(device: torch.device, name: str | None) -> None:
    """Raise unless a device is there."""
    if device.type == "cpu":
        return
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    else:
        count = int(device.type == "mps" and torch.backends.mps.is_available())
    if (device.index or 0) >= count:
        there = f"{count} of that kind are there" if count else "there is none here"
        raise DeviceError(
            f'device={name!r}: {there}. Give device="cpu", or None for the best there is'
        )


def _other(wanted: torch.device | None, found: Any) -> bool:
    """Return whether ``found`` is another device than the one wanted."""
    if wanted is None:
        return False
    index = wanted.index if wanted.type == "cuda" else None
    return wanted.type != found.type or (index is not None and index != (found.index or 0))


@contextmanager
def own_randomness(device: torch.device) -> Generator[None]:
    """Put PyTorch's random state of the CPU and of ``device`` back as it was, afterwards."""
    if device.type == "mps":
        with torch.random.fork_rng(devices=[]):
            before = torch.mps.get_rng_state()
            try:
                yield
            finally:
                torch.mps.set_rng_state(before)
        return
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        yield


def seed_at(device: torch.device, *place: int) -> None:
    """Make PyTorch's random state on the CPU and on ``device`` a function of numbers alone.

    Args:
        device: Where the module draws.
        place: A seed, and where in the run this is: whole numbers from 0.
    """
    state = int(np.random.SeedSequence(place).generate_state(1, np.uint64)[0])
    torch.default_generator.manual_seed(state)
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(state)
    elif device.type == "mps":
        torch.mps.manual_seed(state)


@contextmanager
def memory_explained(examples: int, advice: str) -> Generator[None]:
    """Turn what PyTorch says when memory runs out into an error that says what to lower.

    Args:
        examples: In the batch.
        advice: What to lower.

    Raises:
        MemoryExhaustedError: Memory ran out in the block.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        full = isinstance(error, (MemoryError, torch.OutOfMemoryError))
        if not full and "can't allocate memory" not in str(error):
            raise
        raise MemoryExhaustedError(
            f"a batch of {examples:,} examples needs more memory than there is. {advice}"
        ) from error
