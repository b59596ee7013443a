"""Where a model runs: device, precision and processes, by ``accelerate``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accelerate import Accelerator


def make_accelerator(device: str | None = None, *, precision: str | None = None) -> Accelerator:
    """Return an accelerator for a device.

    Args:
        device: "cpu", "cuda", "cuda:1", "mps"; ``None`` takes what ``accelerate`` is configured or
            launched for: the GPU where there is one.
        precision: "no" (float32), "bf16" or "fp16"; ``None`` takes what is configured.

    Raises:
        ConfigurationError: There is no such device, or it can't do this here.
    """
    raise NotImplementedError
