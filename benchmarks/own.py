"""``wordgraft train`` as users run it: a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .commands import Finished, run, wordgraft
from .workplace import TokenFile, Workplace

TIMEOUT = 900.0


def train_command(
    text: Path, output: Path, *, settings: Mapping[str, Any], epochs: int, seed: int
) -> list[str | Path]:
    """Return ``wordgraft train`` with ``settings`` as options."""
    options: list[str] = []
    for name, value in settings.items():
        option = f"--{name.replace('_', '-')}"
        options += [option] if value is True else [option, str(value)]
    return wordgraft(
        "train", text, "--output", output, "--tokenizer", "whitespace", "--epochs", str(epochs),
        "--seed", str(seed), "--json", *options,
    )  # fmt: skip


def train(
    place: Workplace,
    text: Path,
    *,
    settings: Mapping[str, Any],
    seed: int,
    cache: Path | None = None,
) -> tuple[Finished, Path]:
    """Run ``wordgraft train`` and return what it took and the file it wrote.

    Args:
        place: Where and how much.
        text: The corpus.
        settings: Options by wordgraft's names.
        seed: Of the training.
        cache: Folder of compiled kernels; the warm one by default.
    """
    output = place.scratch / f"wordgraft-{seed}.safetensors"
    environment = place.environment
    if cache is not None:
        environment["NUMBA_CACHE_DIR"] = str(cache)
    done = run(
        train_command(text, output, settings=settings, epochs=place.scale.epochs, seed=seed),
        timeout=TIMEOUT,
        environment=environment,
        folder=place.scratch,
    )
    return done, output


def warm_up(place: Workplace, text: TokenFile, settings: Mapping[str, Any]) -> None:
    """Run the command once on a little text, so that its kernels are compiled."""
    little = place.scratch / "little.txt"
    with text.path.open("rb") as file:
        little.write_bytes(file.read(300_000).rsplit(b"\n", 1)[0] + b"\n")
    _, output = train(place, little, settings=settings, seed=1)
    output.unlink()
