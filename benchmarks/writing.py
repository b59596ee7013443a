"""Writing 400,000 x 300 numbers as word2vec text and binary, and what is read back."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .records import Check, Measurement, median
from .workplace import Workplace, need_disk

_TURNS = 2
_BYTES = 14  # of a number as text, with its space


def measure(place: Workplace) -> Measurement:
    """Write the same vectors with both, in turns, and read one of the text files back."""
    from wordgraft import WordVectors, load_vectors

    size, width = place.scale.opening_words, place.scale.opening_size
    need_disk(place.scratch, 3 * _BYTES * size * width)
    matrix = np.random.default_rng(1).standard_normal((size, width), dtype=np.float32)
    ours = WordVectors([f"word{i}" for i in range(size)], 0.4 * matrix)
    theirs = ours.to_gensim()
    path = place.scratch / "vectors"
    # What the first call compiles is no part of writing.
    WordVectors(["a"], [[1.0]]).save_as(path, format="word2vec")
    text = _in_turns(
        path,
        ours=lambda: ours.save_as(path, format="word2vec"),
        peer=lambda: theirs.save_word2vec_format(str(path)),
    )
    binary = _in_turns(
        path,
        ours=lambda: ours.save_as(path, format="word2vec-binary"),
        peer=lambda: theirs.save_word2vec_format(str(path), binary=True),
    )
    ours.save_as(path, format="word2vec")
    back = load_vectors(path).vectors
    same = float(np.mean(back.view(np.uint32) == ours.vectors.view(np.uint32)))
    return Measurement(
        compared=(
            f"{size:,} x {width} random float32 numbers written to the same place with save_as and "
            f"with gensim's save_word2vec_format, in turns, {_TURNS} each, medians; flushed to the "
            f"disk on our side only. Text: {text['bytes']['ours'] / 1e6:,.0f} MB against "
            f"{text['bytes']['peer'] / 1e6:,.0f} MB"
        ),
        cache="warm",
        settings={"words": size, "vector_size": width},
        figures={"text": text, "binary": binary},
        checks=(
            _check("text", text),
            _check("binary", binary),
            Check(name="read back bit for bit", value=100 * same, unit="%", target=100.0),
        ),
    )


def _in_turns(
    path: Path, *, ours: Callable[[], Any], peer: Callable[[], Any]
) -> dict[str, dict[str, Any]]:
    """Return seconds of every turn, and the size of the file, for both."""
    seconds: dict[str, Any] = {"ours": [], "peer": []}
    sizes: dict[str, Any] = {}
    for _ in range(_TURNS):
        for side, write in (("ours", ours), ("peer", peer)):
            path.unlink(missing_ok=True)
            began = time.perf_counter()
            write()
            seconds[side].append(time.perf_counter() - began)
            sizes[side] = path.stat().st_size
    return {"seconds": seconds, "bytes": sizes}


def _check(name: str, measured: dict[str, dict[str, Any]]) -> Check:
    own, other = measured["seconds"]["ours"], measured["seconds"]["peer"]
    return Check(
        name=name,
        value=median(other) / median(own),
        unit="x",
        target=1.0,
        ours=median(own),
        peer=median(other),
        sides="s",
        each=tuple(b / a for a, b in zip(own, other, strict=True)),
    )
