"""Words of a file of vectors into classes of like ones."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...embeddings.atomic import atomic_writer, ensure_writable
from ...embeddings.formats import load_vectors


@dataclass(frozen=True)
class WordClass:
    """One class of words.

    Attributes:
        number: Of the class, as the file has it; the largest class is 0.
        size: Words in it.
        closeness: Mean cosine of its words with its centre.
        words: Those nearest to the centre, the nearest first.
    """

    number: int
    size: int
    closeness: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class WordClasses:
    """Classes of words.

    Attributes:
        vectors: File of vectors.
        words: How many words were divided.
        without_direction: Words whose vector is all zeros; in no class.
        classes: The classes, the closest-knit first.
        notes: What a person should know, as sentences.
    """

    vectors: str
    words: int
    without_direction: int
    classes: tuple[WordClass, ...]
    notes: tuple[str, ...]


def run(
    vectors: str | os.PathLike[str],
    *,
    k: int,
    output: str | os.PathLike[str] | None = None,
    restrict_vocab: int | None = None,
    method: Any = None,
    topn: int = 12,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> WordClasses:
    """Divide words into classes, by k-means on their directions.

    Args:
        vectors: File of vectors.
        k: Number of classes.
        output: File to write: word, tab, class; class by class, the words nearest to its centre
            first.
        restrict_vocab: Only the first so many words.
        method: As :func:`.cluster` has it.
        topn: Words of each class in the result.
        seed: Start of every random draw.
        progress: Called with steps done and steps in all.

    Raises:
        ConfigurationError: A setting is impossible, such as more classes than words.
        OutputError: The file can't be written.
    """
    from ...models.clusters.clustering import cluster

    if output is not None:
        ensure_writable(output)
    loaded = load_vectors(vectors, limit=restrict_vocab)
    found = cluster(loaded.vectors, k=k, method=method, seed=seed, progress=progress)
    close = found.closeness(loaded.vectors)
    order = np.lexsort((-close, found.labels))
    order = order[found.labels[order] >= 0]
    words, borders = loaded.index_to_key, np.cumsum(found.sizes)
    classes: list[WordClass] = []
    for number, own in enumerate(np.split(order, borders[:-1])):
        near = tuple(words[i] for i in own[:topn].tolist())
        classes.append(WordClass(number, len(own), float(close[own].mean()), near))
    if output is not None:
        with atomic_writer(output) as file:
            for row in order.tolist():
                file.write(f"{words[row]}\t{found.labels[row]}\n".encode())
    classes.sort(key=lambda one: -one.closeness)
    return WordClasses(
        vectors=str(Path(vectors)),
        words=len(order),
        without_direction=int(found.empty.sum()),
        classes=tuple(classes),
        notes=found.notes,
    )


def text(found: WordClasses) -> str:
    """Return the classes as the command prints them."""
    rows = [
        f"{one.number:>6}  {one.size:>6,}  {one.closeness:>5.2f}  {' '.join(one.words)}"
        for one in found.classes
    ]
    lines = [f"{'class':>6}  {'words':>6}  close  nearest to the centre", *rows, ""]
    lines.append(f"{found.words:,} words in {len(found.classes):,} classes")
    if found.without_direction:
        lines.append(f"{found.without_direction:,} words of zeros are in none")
    return "\n".join([*lines, *found.notes])
