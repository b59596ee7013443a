"""Reading other programs' files: 400,000 x 300 numbers as GloVe text and as word2vec binary."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from .commands import Finished, run
from .records import HOME, Check, Measurement, median
from .workplace import Workplace, need_disk

TIMEOUT = 900.0
BAR_MB = 300.0
_DISTINCT = 4000  # rows of numbers; more cost minutes to write as text
_SMALL = 50  # rows of the file that is read first
_BYTES = 10  # of a number as text, with its space
_HOW = (
    f"fresh processes in turns, which have read such a file of {_SMALL} rows before (what is "
    "imported at the first use isn't counted), file in the page cache, medians."
)


def text(place: Workplace) -> Measurement:
    """Read a text file with both, and its raw bytes, in fresh processes in turns."""
    size, width = place.scale.opening_words, place.scale.opening_size
    need_disk(place.scratch, _BYTES * size * width)
    path = place.scratch / "glove.txt"
    write_glove(path, size, width)
    small = place.scratch / "small.txt"
    write_glove(small, _SMALL, width)
    measured = _in_turns(place, [small, path], "glove")
    own, raw = measured["wordgraft"]["seconds"], measured["raw"]["seconds"]
    peak = max(measured["wordgraft"]["peak"])
    matrix = 4 * size * width
    return Measurement(
        compared=(
            f"a GloVe text file of {size:,} words x {width} numbers of five decimals "
            f"({path.stat().st_size / 1e6:,.0f} MB; {_DISTINCT:,} distinct rows of numbers): "
            "load_vectors against gensim's load_word2vec_format and against Path.read_bytes; "
            f"{_HOW} Memory is the highest anonymous memory of the process minus the matrix. "
            + _sameness(measured)
        ),
        cache="warm",
        settings={"words": size, "vector_size": width},
        figures={"bytes": path.stat().st_size, **measured},
        checks=(
            _faster("text", measured, bar=25.0),
            _first(measured),
            Check(
                name="over raw bytes",
                value=median(own) / median(raw),
                unit="x",
                target=2.5,
                at_least=False,
                ours=median(own),
                peer=median(raw),
                sides="s",
                each=tuple(a / b for a, b in zip(own, raw, strict=True)),
            ),
            Check(
                name="beyond the matrix",
                value=(peak - matrix) / 1e6,
                unit="MB",
                target=BAR_MB,
                at_least=False,
                ours=peak / 1e6,
                sides="MB",
            ),
        ),
    )


def binary(place: Workplace) -> Measurement:
    """Read a word2vec binary file with both, in fresh processes in turns."""
    size, width = place.scale.opening_words, place.scale.opening_size
    need_disk(place.scratch, 5 * size * width)
    path = place.scratch / "word2vec.bin"
    write_binary(path, size, width)
    small = place.scratch / "small.bin"
    write_binary(small, _SMALL, width)
    measured = _in_turns(place, [small, path], "word2vec-binary")
    return Measurement(
        compared=(
            f"a word2vec binary file of {size:,} words x {width}, a newline behind every row: "
            f"load_vectors against gensim's load_word2vec_format; {_HOW} " + _sameness(measured)
        ),
        cache="warm",
        settings={"words": size, "vector_size": width},
        figures={"bytes": path.stat().st_size, **measured},
        checks=(_faster("binary", measured, bar=3.0), _first(measured)),
    )


def write_glove(path: Path, size: int, width: int) -> None:
    """Write a text file as GloVe does, in seconds."""
    rows = 0.4 * np.random.default_rng(1).standard_normal((min(size, _DISTINCT), width))
    lines = [b" " + b" ".join(b"%.5f" % x for x in row) + b"\n" for row in rows.tolist()]
    with path.open("wb") as file:
        for number in range(size):
            file.write(b"word%d" % number + lines[number % len(lines)])


def write_binary(path: Path, size: int, width: int) -> None:
    """Write a binary file as word2vec.c does."""
    rows = np.random.default_rng(1).standard_normal((size, width), dtype=np.float32)
    with path.open("wb") as file:
        file.write(b"%d %d\n" % (size, width))
        for number, row in enumerate(rows):
            file.write(b"word%d " % number + row.tobytes() + b"\n")


def _in_turns(place: Workplace, paths: list[Path], format: str) -> dict[str, dict[str, Any]]:
    """Return figures of every turn, for ours, gensim and the raw bytes.

    Args:
        place: Where to work.
        paths: A small file, and the one that counts.
        format: Of both.
    """
    _read(place, paths, format, "wordgraft")  # loads the kernels, and the file into the page cache
    found: dict[str, dict[str, Any]] = {}
    for side in ("wordgraft", "raw", "gensim"):
        found[side] = {"first": [], "seconds": [], "peak": [], "digests": []}
    for turn in range(place.scale.repetitions):
        for side, runs in found.items():
            if side == "gensim" and turn and format == "glove":
                continue  # minutes each, and always the same
            done = _read(place, paths, format, side)
            told = done.json()
            for name, seconds in zip(("first", "seconds"), told["seconds"], strict=True):
                runs[name].append(seconds)
            runs["peak"].append(done.peak_anonymous)
            runs["digests"].append([told.get("matrix"), told.get("words")])
    return found


def _read(place: Workplace, paths: list[Path], format: str, side: str) -> Finished:
    return run(
        [sys.executable, HOME / "reading_process.py", side, format, *paths],
        timeout=TIMEOUT,
        environment=place.environment,
        folder=place.scratch,
        watch_memory=True,
    )


def _sameness(measured: dict[str, dict[str, Any]]) -> str:
    both = [tuple(d) for side in ("wordgraft", "gensim") for d in measured[side]["digests"]]
    return f"Words and numbers were {'the same bytes' if len(set(both)) == 1 else 'NOT THE SAME'}"


def _faster(name: str, measured: dict[str, dict[str, Any]], *, bar: float) -> Check:
    own, theirs = measured["wordgraft"]["seconds"], measured["gensim"]["seconds"]
    return Check(
        name=name,
        value=median(theirs) / median(own),
        unit="x",
        target=bar,
        ours=median(own),
        peer=median(theirs),
        sides="s",
        each=tuple(median(theirs) / seconds for seconds in own),
    )


def _first(measured: dict[str, dict[str, Any]]) -> Check:
    """The small file, the first one of its process: what is imported counts."""
    own, theirs = measured["wordgraft"]["first"], measured["gensim"]["first"]
    return Check(
        name="first small file",
        value=median(own),
        unit="s",
        ours=median(own),
        peer=median(theirs),
        sides="s",
        each=tuple(own),
    )
