"""Opening a saved file and asking it: 400,000 x 300 numbers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from .commands import run
from .records import HOME, Check, Measurement, median
from .workplace import Workplace, need_disk

TIMEOUT = 300.0


def measure(place: Workplace) -> Measurement:
    """Open the same matrix with both in fresh processes, in turns, and ask for neighbours."""
    size, width = place.scale.opening_words, place.scale.opening_size
    need_disk(place.scratch, 3 * 4 * size * width)
    files = _written(place.scratch, size, width)
    runs: dict[str, list[dict[str, Any]]] = {side: [] for side in files}
    for turn in range(1 + place.scale.opening_processes):
        for side, path in files.items():
            done = run(
                [sys.executable, HOME / "opening_process.py", side, path],
                timeout=TIMEOUT,
                environment=place.environment,
                folder=place.scratch,
            )
            if turn:  # the first one fills the page cache
                runs[side].append(done.json())
    own, theirs = runs["wordgraft"], runs["gensim"]
    agreeing = [
        a == b
        for one, other in zip(own, theirs, strict=True)
        for a, b in zip(one["answers"], other["answers"], strict=True)
    ]
    opening = tuple(run["open"] for run in own)
    return Measurement(
        compared=(
            f"a file of {size:,} x {width} random float32 numbers: load_vectors against gensim's "
            "KeyedVectors.load(mmap='r'), then most_similar, 10 neighbours; fresh processes in "
            "turns, imports not counted, file in the page cache, medians. Both gave the same "
            f"neighbours to {sum(agreeing)} of {len(agreeing)} queries"
        ),
        cache="warm",
        settings={"words": size, "vector_size": width, "topn": 10},
        figures={
            "wordgraft": [_without_answers(run) for run in own],
            "gensim": [_without_answers(run) for run in theirs],
        },
        checks=(
            Check(
                name="open",
                value=median(opening),
                unit="s",
                target=0.1,
                at_least=False,
                ours=median(opening),
                peer=median(run["open"] for run in theirs),
                sides="s",
                each=opening,
            ),
            _faster("first query", own, theirs, "first"),
            _faster("next queries", own, theirs, "median_of_next"),
            _faster("same word again", own, theirs, "median_of_same", bar=None),
        ),
    )


def _faster(
    name: str,
    own: list[dict[str, Any]],
    theirs: list[dict[str, Any]],
    figure: str,
    *,
    bar: float | None = 1.0,
) -> Check:
    return Check(
        name=name,
        value=median(run[figure] for run in theirs) / median(run[figure] for run in own),
        unit="x",
        target=bar,
        ours=median(run[figure] for run in own),
        peer=median(run[figure] for run in theirs),
        sides="s",
        each=tuple(b[figure] / a[figure] for a, b in zip(own, theirs, strict=True)),
    )


def _written(folder: Path, size: int, width: int) -> dict[str, Path]:
    from gensim.models import KeyedVectors

    from wordgraft import WordVectors

    words = [f"word{i}" for i in range(size)]
    matrix = np.random.default_rng(1).standard_normal((size, width), dtype=np.float32)
    ours, theirs = folder / "wordgraft.safetensors", folder / "gensim.kv"
    WordVectors(words, matrix).save(ours)
    vectors = KeyedVectors(width)
    vectors.add_vectors(words, matrix)
    # An own file for the matrix, however small: only then can it be mapped.
    vectors.save(str(theirs), separately=["vectors"])
    return {"wordgraft": ours, "gensim": theirs}


def _without_answers(run: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in run.items() if name != "answers"}
