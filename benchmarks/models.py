"""fastText's models: how soon they open, and whether unknown words get fastText's own vectors."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from wordgraft import WordVectors, load_vectors, write_vectors
from wordgraft.embeddings.subwords import Subwords

from . import fasttext_peer
from .commands import run
from .peer import COMMON
from .records import HOME, Check, Measurement, median
from .rows import PARTS
from .workplace import Workplace, need_disk

TIMEOUT = 900.0
_CHANGES = ("{}x", "q{}", "{}ing", "{}é", "{}-日本")
"""What makes words unknown."""


def unknown(place: Workplace) -> Measurement:
    """Compare vectors of known and unknown words with fastText's, on a model that it trained.

    Raises:
        MissingPeerError: No Python with fastText is named.
    """
    python = fasttext_peer.python_with_fasttext(place)
    folder = place.scratch / "model"
    folder.mkdir(exist_ok=True)
    settings = fasttext_peer.arguments({**COMMON, **PARTS, "model": "skipgram", "bucket": 200_000})
    text = folder / "text.txt"
    with place.corpus("wiki").path.open("rb") as file:
        text.write_bytes(file.read(5_000_000))
    given = {"text": str(text), "settings": settings, "output": str(folder), "changes": _CHANGES}
    run(
        [python, HOME / "models_process.py", "fasttext", json.dumps(given)],
        timeout=TIMEOUT, environment=os.environ, folder=place.scratch,
    )  # fmt: skip
    words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
    theirs = np.load(folder / "vectors.npy")
    vectors = load_vectors(folder / "model.bin")
    ours = vectors[words]
    known = np.array([word in vectors for word in words])
    apart = np.abs(ours - theirs).max(axis=1)
    return Measurement(
        compared=(
            f"the vectors of {int(known.sum()):,} known and {int((~known).sum()):,} unknown words "
            "from one .bin file that fastText trained, largest difference of any number"
        ),
        cache="not used",
        settings=settings,
        figures={"equal": float((ours == theirs).mean())},
        checks=tuple(
            Check(
                name=name,
                value=1e6 * float(apart[chosen].max()),
                unit="millionths",
                target=1.0,
                at_least=False,
            )
            for name, chosen in (("unknown words", ~known), ("known words", known))
        ),
    )


def opening(place: Workplace) -> Measurement:
    """Open a large model with both, in fresh processes in turns."""
    size, width = place.scale.opening_words // 2, place.scale.opening_size
    buckets = 2 * size
    need_disk(place.scratch, 16 * (size + buckets) * width)
    path = place.scratch / "large.bin"
    _write(path, size, width, buckets)
    found: dict[str, list[dict[str, Any]]] = {"wordgraft": [], "gensim": []}
    _open(place, path, "wordgraft")  # loads the kernels, and the file into the page cache
    for _ in range(place.scale.repetitions):
        for side, runs in found.items():
            runs.append(_open(place, path, side))
    theirs = median([run["seconds"] for run in found["gensim"]])
    checks: list[Check] = []
    for name, key in (("first unknown word", "first"), ("all words", "all")):
        each = [run[key] for run in found["wordgraft"]]
        checks.append(
            Check(
                name=name,
                value=theirs / median(each),
                unit="x",
                ours=median(each),
                peer=theirs,
                sides="s",
                each=tuple(theirs / seconds for seconds in each),
            )
        )
    return Measurement(
        compared=(
            f"a fastText .bin of {size:,} words x {width}, {buckets:,} buckets: load_vectors and "
            "the vector of an unknown word, and until all words' vectors are composed, against "
            "gensim's load_facebook_vectors; fresh processes in turns, imports not counted, file "
            "in the page cache, medians"
        ),
        cache="warm",
        settings={"words": size, "vector_size": width, "buckets": buckets},
        figures=found,
        checks=tuple(checks),
    )


def _write(path: Path, size: int, width: int, buckets: int) -> None:
    rng = np.random.default_rng(1)
    rows, table = (rng.random((n, width), dtype=np.float32) - 0.5 for n in (size, buckets))
    words = [f"{'aeiou'[k % 5]}word{k * 7919 % 1_000_003}" for k in range(size)]
    vectors = WordVectors(words, rows, subwords=Subwords(3, 6, buckets, table))
    write_vectors(vectors, path, format="fasttext-binary")


def _open(place: Workplace, path: Path, side: str) -> dict[str, Any]:
    return run(
        [sys.executable, HOME / "models_process.py", side, path],
        timeout=TIMEOUT,
        environment=place.environment,
        folder=place.scratch,
    ).json()
