"""Vectors as a fastText model: dense, of version 12, as fastText's own ``.bin`` files are."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..atomic import atomic_writer
from ..errors import ConfigurationError
from ..subwords import PackedWords, Subwords
from .fasttext_layout import ARGUMENTS, DICTIONARY, LOSSES, MAGIC, MODELS, NOT_PRUNED, VERSION
from .outgoing import Outgoing

NUL = re.compile("\0+")
"""What ends a word of a fastText model."""
_BLOCK_BYTES = 1 << 22


def write_fasttext_binary(outgoing: Outgoing, path: Path) -> tuple[str, ...]:
    """Write words, their rows, the rows of n-grams, and an output matrix of zeros.

    A word's row is what makes the mean of it and of its n-grams' rows the word's vector, so that
    fastText's ``get_word_vector`` gives the vectors that went in, but for rounding.
    """
    subwords = outgoing.source.subwords
    if subwords is not None and subwords.pruned is not None:
        raise ConfigurationError(
            "the n-grams of these vectors are pruned, and fastText reads pruned models only "
            "quantised. Write another format; native keeps the n-grams"
        )
    counts = np.ones(len(outgoing.words), np.int64)
    if outgoing.counts is not None:
        counts = np.maximum(outgoing.counts, 1)
    with atomic_writer(path) as file:
        file.write(_head(outgoing, subwords, counts))
        _write_entries(file, outgoing, counts)
        _write_input(file, outgoing, subwords)
        file.write(struct.pack("<?2q", False, len(outgoing.words), outgoing.dimension))
        # Zeros that take no place on most disks: what is skipped in a file reads as zeros.
        file.truncate(file.tell() + 4 * len(outgoing.words) * outgoing.dimension)
    notes = ["its output matrix is zeros: models can look words up with it, but not go on training"]
    if outgoing.counts is None or outgoing.counts.min() < 1:
        notes.append("counts that aren't known, or are 0, stand as 1")
    return tuple(notes)


def _head(outgoing: Outgoing, subwords: Subwords | None, counts: np.ndarray) -> bytes:
    words = len(outgoing.words)
    known = _training(outgoing.source.metadata)
    arguments = {
        "dim": outgoing.dimension,
        "ws": known.get("ws", 5),
        "epoch": known.get("epoch", 5),
        # gensim leaves out what is rarer, even from a list that was made with another limit.
        "minCount": int(min(known.get("minCount", 1), counts.min())),
        "neg": known.get("neg", 5),
        "wordNgrams": 1,
        # The tree of hierarchical softmax is of no use without its output matrix.
        "loss": LOSSES.index("ns"),
        "model": MODELS.index("cbow" if known.get("model") == "cbow" else "skipgram"),
        "bucket": 0 if subwords is None else subwords.buckets,
        "minn": 0 if subwords is None else subwords.min_n,
        "maxn": 0 if subwords is None else subwords.max_n,
        "lrUpdateRate": known.get("lrUpdateRate", 100),
        "t": known.get("t", 1e-4),
    }
    return (
        struct.pack("<2i", MAGIC, VERSION)
        + ARGUMENTS.pack(*arguments.values())
        + DICTIONARY.pack(words, words, 0, int(counts.sum()))
        + struct.pack("<q", NOT_PRUNED)
    )


def _training(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of how vectors were trained, under fastText's names."""
    ours = metadata.get("training", {})
    named = {"ws": "window", "epoch": "epochs", "minCount": "min_count", "neg": "negative"}
    named |= {"t": "sample", "model": "model"}
    found = {name: ours[our] for name, our in named.items() if our in ours}
    found |= metadata.get("fasttext", {})
    return {name: value for name, value in found.items() if _fits(name, value)}


def _fits(name: str, value: object) -> bool:
    """Metadata is anybody's: only what the header can hold goes there."""
    if name == "model":
        return isinstance(value, str)
    if name == "t":
        return isinstance(value, int | float)
    return type(value) is int and 0 <= value < 1 << 31


def _write_entries(file: BinaryIO, outgoing: Outgoing, counts: np.ndarray) -> None:
    step = 1 << 16
    for first in range(0, len(outgoing.words), step):
        words = outgoing.words[first : first + step]
        entries = zip(words, counts[first : first + step].tolist(), strict=True)
        tail = struct.Struct("<qb")
        file.write(b"".join(word.encode() + b"\0" + tail.pack(n, 0) for word, n in entries))


def _write_input(file: BinaryIO, outgoing: Outgoing, subwords: Subwords | None) -> None:
    buckets = 0 if subwords is None else subwords.buckets
    shape = (len(outgoing.words) + buckets, outgoing.dimension)
    file.write(struct.pack("<?2q", False, *shape))
    words = PackedWords.of(outgoing.words)
    for part, rows in outgoing.blocks(_BLOCK_BYTES):
        own = rows
        if subwords is not None:
            own = subwords.own_rows(words.part(part.start, part.stop), rows)
        file.write(own.astype("<f4", copy=False).tobytes())
    if subwords is None:
        return
    step = max(1, _BLOCK_BYTES // (4 * outgoing.dimension))
    for first in range(0, buckets, step):
        file.write(subwords.table[first : first + step].astype("<f4", copy=False).tobytes())
