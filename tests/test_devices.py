"""Devices, precision, random numbers, memory, interrupts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import torch

from wordgraft.embeddings.errors import ConfigurationError, DeviceError, MemoryExhaustedError
from wordgraft.models.training.devices import (
    make_accelerator,
    memory_explained,
    own_randomness,
    seed_at,
)
from wordgraft.models.training.interrupts import held_interrupts

CPU = torch.device("cpu")


def test_the_cpu_is_always_there() -> None:
    assert make_accelerator("cpu").device.type == "cpu"


def test_a_gpu_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for name in ("cuda", "cuda:3"):
        with pytest.raises(DeviceError, match=f"device='{name}': there is none here. Give"):
            make_accelerator(name)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(DeviceError, match="device='cuda:3': 2 of that kind are there"):
        make_accelerator("cuda:3")


def test_wrong_names_are_refused() -> None:
    with pytest.raises(ConfigurationError, match='expected "cpu", "cuda", .* found \'gpu\''):
        make_accelerator("gpu")
    with pytest.raises(ConfigurationError, match="precision: expected 'no', .* found 'half'"):
        make_accelerator("cpu", precision="half")


def test_the_precision_may_change_within_a_process() -> None:
    assert make_accelerator("cpu", precision="bf16").mixed_precision == "bf16"
    assert make_accelerator("cpu", precision="no").mixed_precision == "no"


def test_processes_that_do_not_find_each_other_are_refused() -> None:
    """As one of two, alone on a machine whose accelerator accelerate doesn't share out."""
    code = (
        "from wordgraft.models.training import devices\n"
        "try: devices.make_accelerator()\n"
        "except devices.DeviceError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env=os.environ | {"WORLD_SIZE": "2", "CUDA_VISIBLE_DEVICES": ""},
    )  # fmt: skip
    assert "expected 2 process(es) on it, but accelerate chose 1 on cpu" in done.stdout


def test_a_place_has_its_own_numbers_and_the_state_comes_back() -> None:
    before = torch.get_rng_state()
    drawn = []
    with own_randomness(CPU):
        for place in ((1, 0, 0), (1, 0, 1), (1, 0, 0), (2, 0, 0)):
            seed_at(CPU, *place)
            drawn.append(torch.rand(3).tolist())
    assert torch.equal(torch.get_rng_state(), before)
    assert drawn[0] == drawn[2]
    assert drawn[0] != drawn[1] != drawn[3] != drawn[0]


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        MemoryError(),
    ],
)
def test_full_memory_is_explained(error: Exception) -> None:
    with (
        pytest.raises(MemoryExhaustedError, match=r"a batch of 1,024 examples .*\. Lower it"),
        memory_explained(1024, "Lower it"),
    ):
        raise error


def test_other_errors_are_left_alone() -> None:
    with pytest.raises(RuntimeError, match="mat1 and mat2"), memory_explained(1, ""):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")


@pytest.fixture
def heard() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press(times: int, reached: list[int]) -> None:
    with held_interrupts():
        for time in range(times):
            signal.raise_signal(signal.SIGINT)
            reached.append(time)


@pytest.mark.usefixtures("heard")
def test_the_first_ctrl_c_waits_and_the_second_does_not() -> None:
    with held_interrupts() as asked:
        assert not asked()
        signal.raise_signal(signal.SIGINT)
        assert asked()
    reached: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        press(3, reached)
    assert reached == [0], "the second one was not felt at once"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("heard")
def test_a_ctrl_c_that_nobody_asked_about_is_felt_at_the_end() -> None:
    reached: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        press(1, reached)
    assert reached == [0]


def test_handlers_of_others_and_other_threads_are_left_alone() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with held_interrupts() as asked:
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            assert not asked()
    finally:
        signal.signal(signal.SIGINT, before)
    seen: list[bool] = []

    def run() -> None:
        with held_interrupts() as asked:
            seen.append(asked())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [False]
