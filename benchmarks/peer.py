"""gensim, given the same text and the same settings."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .commands import Finished, run
from .records import HOME

COMMON: dict[str, Any] = {
    "vector_size": 100,
    "window": 5,
    "min_count": 5,
    "negative": 5,
    "sample": 1e-3,
    "model": "skipgram",
    "loss": "ns",
    "min_alpha": 1e-4,
    "ns_exponent": 0.75,
    "workers": 2,
}
"""Settings of every training here, wordgraft's names; a row says what differs. ``alpha`` is each
program's default: .025, but .075 for wordgraft's CBOW, whose step is shared among the contexts."""


def arguments(settings: Mapping[str, Any], *, epochs: int, seed: int) -> dict[str, Any]:
    """Return the same settings under gensim's names."""
    hierarchical = settings["loss"] == "hs"
    same = ("vector_size", "window", "min_count", "sample", "min_alpha", "ns_exponent", "workers")
    parts = [name for name in ("min_n", "max_n", "bucket") if name in settings]
    return {
        **{name: settings[name] for name in (*same, *parts)},
        "alpha": 0.025,
        "sg": int(settings["model"] == "skipgram"),
        "hs": int(hierarchical),
        "negative": 0 if hierarchical else settings["negative"],
        "cbow_mean": 1,
        "epochs": epochs,
        "seed": seed,
    }


class Trainer:
    """gensim's training alone, over and over, with the vocabulary of a whole corpus.

    Args:
        settings: wordgraft's names.
        counts: Words and counts of the whole corpus, those below ``min_count`` left out.
    """

    def __init__(self, settings: Mapping[str, Any], counts: Mapping[str, int]) -> None:
        from gensim.models import FastText, Word2Vec

        kind = FastText if "bucket" in settings else Word2Vec
        self.model: Any = kind(**arguments(settings, epochs=1, seed=1))
        self.model.build_vocab_from_freq(dict(counts))
        assert len(self.model.wv) == len(counts)

    def train(self, text: Path, words: int) -> dict[str, float]:
        """Train one epoch on ``text`` from fresh weights and return seconds and words."""
        self.model.init_weights()
        cpu, began = time.process_time(), time.perf_counter()
        _, read = self.model.train(corpus_file=str(text), total_words=words, epochs=1)
        return {
            "seconds": time.perf_counter() - began,
            "cpu_seconds": time.process_time() - cpu,
            "words": read,
        }


def whole_process(
    text: Path,
    output: Path,
    *,
    settings: Mapping[str, Any],
    epochs: int,
    seed: int,
    timeout: float,
    environment: Mapping[str, str],
) -> Finished:
    """Run gensim from a text file to a saved file, as a process of its own."""
    given = json.dumps(arguments(settings, epochs=epochs, seed=seed))
    script = HOME / "peer_process.py"
    return run(
        [sys.executable, script, text, output, given],
        timeout=timeout,
        environment=environment,
        folder=output.parent,
    )


def load(path: Path) -> tuple[list[str], Any]:
    """Return the words and the matrix of what :func:`whole_process` saved."""
    from gensim.models import KeyedVectors

    vectors = KeyedVectors.load(str(path))
    return list(vectors.index_to_key), vectors.vectors
