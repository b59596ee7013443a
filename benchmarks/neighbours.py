"""A thousand questions about neighbours: one by one in gensim, in a batch, through an index."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .records import Check, Measurement, median
from .workplace import Workplace, data_file, need_disk

GENUINE = "embeddings/GoogleNews-8000-300d.bin.gz"
QUERIES = 1000
TOPN = 10


def measure(place: Workplace) -> Measurement:
    """Ask both for the neighbours of the same words, in turns."""
    size, width = place.scale.opening_words, place.scale.opening_size
    need_disk(place.scratch, 6 * size * width)
    path = place.scratch / "vectors.safetensors"
    asked, theirs = _written(path, size, width)
    from wordgraft import load_vectors

    ours = load_vectors(path)
    built = _seconds(lambda: ours.build_index().save())
    index = ours.open_index()
    opened = [_seconds(ours.open_index) for _ in range(place.scale.repetitions)]

    def one_by_one(words: list[str]) -> list[Any]:
        return [theirs.most_similar(word, topn=TOPN) for word in words]

    # Word indexes, lengths and compiled kernels are made before the clock runs.
    one_by_one(asked[:2])
    ours.most_similar_batch(asked[:2])
    ours.most_similar_batch(asked[:2], indexer=index)
    runs: dict[str, list[float]] = {"gensim": [], "batch": [], "index": [], "alone": []}
    answers: dict[str, Any] = {}

    def timed(name: str, ask: Callable[[], Any]) -> None:
        began = time.perf_counter()
        answers[name] = ask()
        runs[name].append(time.perf_counter() - began)

    for _ in range(place.scale.repetitions):
        timed("gensim", lambda: one_by_one(asked))
        timed("batch", lambda: ours.most_similar_batch(asked, topn=TOPN))
        timed("index", lambda: ours.most_similar_batch(asked, topn=TOPN, indexer=index))
        timed("alone", lambda: [ours.most_similar(w, topn=TOPN, indexer=index) for w in asked])
    same = sum(_words(a) == _words(b) for a, b in zip(*_pair(answers, "gensim"), strict=True))
    recall = float(np.mean([_shared(a, b) for a, b in zip(*_pair(answers, "index"), strict=True)]))
    return Measurement(
        compared=(
            f"{len(asked):,} words' {TOPN} neighbours among {size:,} x {width} float32 numbers, "
            "clustered as genuine vectors are (8,000 GoogleNews vectors, each with noise of their "
            "covariance): gensim's most_similar one by one against one most_similar_batch, exact "
            "and through the index, in turns; recall against the exact answers. The exact batch "
            f"and gensim gave the same words to {same:,} questions (the others differ in ties "
            "within float32 rounding)"
        ),
        cache="warm",
        settings={"words": size, "vector_size": width, "queries": len(asked), "topn": TOPN},
        figures={"seconds": runs, "build_and_save": built, "open": opened, "same": same},
        checks=(
            _faster("exact batch", runs, "batch", 15.0),
            _faster("batch through the index", runs, "index", 50.0),
            _faster("one by one through the index", runs, "alone", None),
            Check(name="recall@10", value=recall, unit="score", target=0.95),
            Check(name="build the index and save it", value=built, unit="s"),
            Check(name="open the index", value=median(opened), unit="s", each=tuple(opened)),
        ),
    )


def clustered(size: int, width: int) -> np.ndarray:
    """Return float32[size, width], vectors around genuine ones, with as much noise.

    Their nearest neighbours are about as near as the genuine vectors' own: white noise, where all
    are equally far, is a harder problem than any that words pose.
    """
    from gensim.models import KeyedVectors

    genuine = KeyedVectors.load_word2vec_format(str(data_file(GENUINE)), binary=True).vectors
    genuine = genuine[:, :width] / np.linalg.norm(genuine[:, :width], axis=1, keepdims=True)
    variances, directions = np.linalg.eigh(np.cov(genuine.T))
    spread = (0.8 * directions * np.sqrt(np.maximum(variances, 0.0))).T.astype(np.float32)
    random = np.random.default_rng(1)
    vectors = np.empty((size, width), np.float32)
    for start in range(0, size, 20_000):
        block = vectors[start : start + 20_000]
        centres = genuine[random.integers(0, len(genuine), len(block))]
        centres = centres * random.uniform(0.5, 1.0, (len(block), 1))
        noise = random.standard_normal((len(block), width), dtype=np.float32) @ spread
        block[:] = (centres + noise) * random.uniform(1.0, 4.0, (len(block), 1))
    return vectors


def _written(path: Path, size: int, width: int) -> tuple[list[str], Any]:
    """Write our file; return the words to ask for, and gensim's vectors."""
    from gensim.models import KeyedVectors

    from wordgraft import WordVectors

    words, vectors = [f"word{i}" for i in range(size)], clustered(size, width)
    WordVectors(words, vectors).save(path)
    theirs = KeyedVectors(width)
    theirs.add_vectors(words, vectors)
    rows = np.random.default_rng(2).choice(size, min(QUERIES, size // 2), replace=False)
    return [words[row] for row in rows.tolist()], theirs


def _pair(answers: dict[str, Any], name: str) -> tuple[Any, Any]:
    return answers["batch"], answers[name]


def _words(answer: Any) -> list[str]:
    return [word for word, _ in answer]


def _shared(answer: Any, other: Any) -> float:
    return len(set(_words(answer)) & set(_words(other))) / max(1, len(answer))


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _faster(name: str, runs: dict[str, list[float]], side: str, bar: float | None) -> Check:
    return Check(
        name=name,
        value=median(runs["gensim"]) / median(runs[side]),
        unit="x",
        target=bar,
        ours=median(runs[side]),
        peer=median(runs["gensim"]),
        sides="s",
        each=tuple(a / b for a, b in zip(runs["gensim"], runs[side], strict=True)),
    )
