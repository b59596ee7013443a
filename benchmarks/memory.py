"""Highest anonymous memory of ``wordgraft train``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .commands import run, wordgraft
from .records import Check, Measurement
from .workplace import Workplace, need_disk, toy_file

BAR_MB = 300.0
TIMEOUT = 1500.0
SIZE = 100


def toy_world(place: Workplace) -> Measurement:
    """Watch a training on a text of the toy world, 2 GB of it."""
    size = place.scale.text_bytes
    need_disk(place.scratch, 2 * size)
    text = toy_file(size)
    found = _watched(place, text, "default")
    text.unlink()  # kept after an error, for the next try
    return found


def wiki(place: Workplace) -> Measurement:
    """Watch a training on a corpus with many words."""
    return _watched(place, place.corpus("wiki").path, "whitespace")


def _watched(place: Workplace, text: Path, tokenizer: str) -> Measurement:
    output = place.scratch / "vectors.safetensors"
    done = run(
        wordgraft(
            "train", text, "--output", output, "--tokenizer", tokenizer, "--epochs", "1",
            "--vector-size", str(SIZE), "--workers", "2", "--seed", "1", "--json",
        ),
        timeout=TIMEOUT,
        environment=place.environment,
        folder=place.scratch,
        watch_memory=True,
    )  # fmt: skip
    told: dict[str, Any] = done.json()
    matrices = 2 * 4 * told["words"] * told["vector_size"]
    peak = done.peak_anonymous
    return Measurement(
        compared=(
            "the process `wordgraft train`, one epoch, D=100, two workers: highest anonymous "
            "memory (RssAnon, and Anonymous of smaps_rollup, with swap; 1 MB is 10^6 bytes), minus "
            "two float32 matrices of the vocabulary. Mapped files are not counted"
        ),
        cache="warm",
        settings={"tokenizer": tokenizer, "epochs": 1, "vector_size": SIZE, "workers": 2},
        figures={
            "text_bytes": text.stat().st_size,
            "tokens": told["words_trained"],
            "vocabulary": told["words"],
            "two_matrices_bytes": matrices,
            "peak_anonymous_bytes": peak,
            "peak_mapped_file_bytes": done.peak_file,
            "seconds": done.seconds,
            "training_seconds": told["seconds"],
        },
        checks=(
            Check(
                name="beyond two matrices",
                value=(peak - matrices) / 1e6,
                unit="MB",
                target=BAR_MB,
                at_least=False,
                ours=peak / 1e6,
                sides="MB",
            ),
        ),
    )
