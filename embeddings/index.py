"""An approximate index of neighbours: questions look at thousands of rows, not at all of them.

A graph in which every vector knows some of those near it (HNSW), built and searched by the library
usearch (the extra ``ann``). It proposes candidates; these are scored exactly, with the vectors
themselves, so that what it answers has true cosines in true order: all it can do is miss some.

The graph lives in a file of its own beside the vectors, mapped when opened. The file says by
checksums which vectors it was built from, and is whole or refused: a graph that was damaged could
send the search outside its memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import ConfigurationError, MissingDependencyError, VectorFormatError
from .index_file import check_same, read_graph, write_graph
from .packed_rows import PackedRows, pack, row_blocks
from .parts import PartsTable
from .ranking import Ranking, best_pairs, cores, rank_batch, rescored

if TYPE_CHECKING:
    from usearch.index import Index

_SUFFIX = ".usearch"
_BLOCK = 10_000  # rows added at a time: seconds
_SPARE = 16  # candidates beyond those wanted, at least; as many again where more are wanted
_EFFORT = 128  # candidates that a search keeps open: .95 of rare words' neighbours, too
_SECOND_EFFORT = 512  # where it didn't even find the word that was asked for


@dataclass(frozen=True)
class Recall:
    """How many of the true neighbours an index finds.

    Attributes:
        value: Share of the true ``topn`` neighbours found, mean over the sample.
        lowest: The same of the worst question.
        sample: How many words were asked.
        topn: Neighbours of each.
    """

    value: float
    lowest: float
    sample: int
    topn: int

    def __str__(self) -> str:
        return (
            f"recall@{self.topn} {self.value:.3f} over {self.sample:,} words (lowest "
            f"{self.lowest:.2f})"
        )


class NeighbourIndex:
    """An index of the neighbours of some vectors, from :func:`build_index` or :func:`open_index`.

    ``vectors.most_similar("king", indexer=index)`` asks it.

    Attributes:
        vectors: What it was built from.
        path: Its file; ``None`` before it was saved.
    """

    def __init__(
        self,
        vectors: PartsTable,
        graph: Index,
        *,
        path: Path | None = None,
        memory: np.ndarray | None = None,
    ) -> None:
        self.vectors, self.path = vectors, path
        # usearch reads the memory that a graph was opened from, but doesn't keep it alive.
        self._graph, self._memory = graph, memory

    def __len__(self) -> int:
        return len(self._graph)

    def __repr__(self) -> str:
        return f"NeighbourIndex({len(self):,} of {self.vectors!r})"

    @property
    def effort(self) -> int:
        """How many candidates a search keeps open: more finds more, and takes longer."""
        return self._graph.expansion_search

    @effort.setter
    def effort(self, effort: int) -> None:
        _check(1, effort=effort)
        self._graph.expansion_search = effort

    def rankings(
        self, targets: np.ndarray, k: int, *, without: Sequence[Sequence[int]]
    ) -> list[Ranking]:
        """Return the best rows for targets, as far as they are found, with exact cosines.

        A search may end in the wrong part of the graph. The target of a single word shows it: the
        word itself must be among the candidates. If it isn't, the search is repeated with more
        effort. Where this fails too, or the graph leads to fewer than ``k`` rows, all rows are
        searched.

        Args:
            targets: float32[Q, D] of length 1.
            k: How many rows for each.
            without: Q lists of rows to leave out, the words of the question; one row alone is taken
                for the row that the target is of.
        """
        if not k or not len(targets):
            return [Ranking(np.empty(0, np.int64), np.empty(0, np.float32)) for _ in targets]
        most = k + max(len(rows) for rows in without)
        count = max(2 * most, most + _SPARE)
        target, row = self._candidates(targets, count)
        lost = _lost(target, row, without)
        if len(lost):
            right = ~np.isin(target, lost)
            again, found = self._candidates(targets[lost], max(8 * count, _SECOND_EFFORT))
            target = np.concatenate([target[right], lost[again]])
            row = np.concatenate([row[right], found])
            lost = _lost(target, row, without)
        total = len(self.vectors)
        out = [place * total + r for place, rows in enumerate(without) for r in rows]
        allowed = ~np.isin(target * total + row, out)
        pairs = target[allowed], row[allowed]
        scores = rescored(self.vectors.storage, None, targets, pairs)
        if not np.isfinite(scores).all():
            _ = self.vectors.norms  # raises: says which row of a mapped file isn't finite
        answers = best_pairs(scores, pairs, len(targets), k)
        there = [min(k, len(self) - len(set(rows))) for rows in without]
        few = {n for n, answer in enumerate(answers) if len(answer.rows) < there[n]}
        self._search_all(answers, sorted(few.union(lost.tolist())), targets, k, without)
        return answers

    def _search_all(
        self,
        answers: list[Ranking],
        places: list[int],
        targets: np.ndarray,
        k: int,
        without: Sequence[Sequence[int]],
    ) -> None:
        """Put exact answers in some places."""
        if places:
            storage, norms = self.vectors.storage, self.vectors.norms
            asked = [without[n] for n in places]
            exact = rank_batch(storage, norms, targets[places], k, without=asked)
            for place, answer in zip(places, exact, strict=True):
                answers[place] = answer

    def _candidates(self, targets: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return pairs of a target and a row, int64[n] each."""
        steps = pack(targets, "int8")
        assert isinstance(steps, PackedRows)
        threads = min(cores(), len(targets))
        found: Any = self._graph.search(
            np.ascontiguousarray(steps.values), min(count, len(self)), threads=threads
        )
        rows = np.asarray(found.keys).reshape(len(targets), -1)
        # usearch answers one question in another form, which has no more rows than it found.
        counts = np.array([rows.shape[1]]) if len(targets) == 1 else np.asarray(found.counts)
        there = np.arange(rows.shape[1]) < counts[:, None]
        return np.nonzero(there)[0], rows[there].astype(np.int64)

    def recall(self, sample: int = 1000, *, topn: int = 10, seed: int = 1) -> Recall:
        """Ask for the neighbours of random words, and compare with the true ones.

        Args:
            sample: How many words; all if there are fewer.
            topn: Neighbours of each.
            seed: Start of the random draws.
        """
        _check(1, sample=sample, topn=topn)
        storage, norms = self.vectors.storage, self.vectors.norms
        rows = np.flatnonzero(norms > 0.0)
        rows = np.random.default_rng(seed).permutation(rows)[:sample]
        targets = storage[rows] / norms[rows, None]
        without = [[row] for row in rows.tolist()]
        truth = rank_batch(storage, norms, targets, topn, without=without)
        found = self.rankings(targets, topn, without=without)
        shares = [
            len(np.intersect1d(a.rows, b.rows)) / max(1, len(a.rows))
            for a, b in zip(truth, found, strict=True)
        ]
        return Recall(float(np.mean(shares)), min(shares), len(shares), topn)

    def save(self, path: str | os.PathLike[str] | None = None) -> Path:
        """Write the index to a file, atomically: whole, or nothing.

        Args:
            path: The file; ``None`` stands for that of the vectors with ``.usearch`` behind.

        Returns:
            The file.

        Raises:
            ConfigurationError: ``path`` is ``None``, and the vectors were not opened from a file.
            OutputError: The file can't be written; an older one of that name is still whole.
        """
        place = _beside(self.vectors, path)
        graph = np.frombuffer(self._graph.save(None) or b"", np.uint8)
        write_graph(place, graph, self.vectors, notes={"connectivity": self._graph.connectivity})
        self.path = place
        return place


def _lost(target: np.ndarray, row: np.ndarray, without: Sequence[Sequence[int]]) -> np.ndarray:
    """Return int64[n], the targets of a single row each that it is no candidate of.

    Args:
        target: int64[n], with ``row`` the candidates.
        row: int64[n].
        without: Q lists of rows.
    """
    own = np.array([rows[0] if len(rows) == 1 else 0 for rows in without], np.int64)
    lost = np.array([len(rows) == 1 for rows in without], bool)
    lost[target[row == own[target]]] = False
    return np.flatnonzero(lost)


def checked_index(index: object, vectors: PartsTable, *, rows: int) -> None:
    """Make sure that an index can answer for vectors.

    Args:
        index: What a question was given.
        vectors: What is asked.
        rows: How many rows may be in the answer.

    Raises:
        TypeError: It is no index.
        ValueError: Only some rows may be in the answer.
        StaleIndexError: It was built from other vectors.
    """
    if not isinstance(index, NeighbourIndex):
        raise TypeError(
            f"expected an index made by build_index or open_index, found {type(index).__name__}"
        )
    if rows < len(vectors):
        raise ValueError(
            "an index looks among all words: ask without restrict_vocab, or build one of "
            "vectors.prune(n)"
        )
    if index.vectors is not vectors:
        check_same(index.vectors, vectors, f"{index!r}")


def build_index(
    vectors: PartsTable,
    *,
    connectivity: int = 16,
    effort: int = 128,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> NeighbourIndex:
    """Build an index of the neighbours of vectors, in memory; save it with :meth:`save`.

    Takes about 0.6 ms of one core for each vector of 300 numbers, and about D + 10 ``connectivity``
    bytes of memory for each. Vectors of zeros are left out. With more than one worker no two builds
    are quite alike.

    Args:
        vectors: The vectors.
        connectivity: How many neighbours every vector knows. More finds more, and takes more
            memory.
        effort: How carefully these are chosen: candidates that are looked at for each vector.
        workers: Threads; ``None`` takes all cores.
        progress: Called with the number of rows done and of all rows, every few seconds.

    Raises:
        ConfigurationError: A number is below its least.
        MissingDependencyError: usearch isn't installed.

    Source: Malkov and Yashunin 2018, "Efficient and robust approximate nearest neighbor search
    using Hierarchical Navigable Small World graphs", arXiv:1603.09320.
    """
    threads = cores() if workers is None else workers
    _check(2, connectivity=connectivity)
    _check(1, effort=effort, workers=threads)
    graph = _new_graph(vectors.vector_size, connectivity=connectivity, effort=effort)
    norms = vectors.norms
    for part, rows in row_blocks(vectors.storage, _BLOCK):
        keys = part.start + np.flatnonzero(norms[part] > 0.0)
        steps = pack(np.ascontiguousarray(rows[keys - part.start]), "int8")
        if len(keys) and isinstance(steps, PackedRows):
            graph.add(keys.astype(np.uint64), np.ascontiguousarray(steps.values), threads=threads)
        if progress is not None:
            progress(part.stop, len(vectors))
    return NeighbourIndex(vectors, graph)


def open_index(vectors: PartsTable, path: str | os.PathLike[str] | None = None) -> NeighbourIndex:
    """Open the index of some vectors, mapped.

    All of the file is read once to compare its checksum: 0.1 s for 400,000 vectors of 300 numbers.

    Args:
        vectors: What it was built from.
        path: The file; ``None`` stands for that of the vectors with ``.usearch`` behind.

    Raises:
        ConfigurationError: ``path`` is ``None``, and the vectors were not opened from a file.
        StaleIndexError: It was built from other vectors.
        VectorFormatError: The file is damaged, or no index.
        MissingDependencyError: usearch isn't installed.
        OSError: The file can't be opened, as Python says it.
    """
    file = read_graph(_beside(vectors, path), vectors)
    graph = _new_graph(vectors.vector_size)
    try:
        graph.view(file.graph.data)
    except RuntimeError as error:
        raise VectorFormatError(
            f"the installed usearch can't open what usearch {file.usearch} wrote: {error}",
            path=file.path,
            hint="Build it again: vectors.build_index().save()",
        ) from error
    if graph.ndim != vectors.vector_size or len(graph) > len(vectors):
        raise VectorFormatError(
            f"the graph has {len(graph)} vectors of {graph.ndim} numbers, expected at most "
            f"{len(vectors)} of {vectors.vector_size}",
            path=file.path,
        )
    return NeighbourIndex(vectors, graph, path=file.path, memory=file.graph)


def _beside(vectors: PartsTable, path: str | os.PathLike[str] | None) -> Path:
    if path is not None:
        return Path(path)
    if vectors.path is None:
        raise ConfigurationError(
            "vectors in memory have no file that an index could stand beside. Give its path"
        )
    return vectors.path.with_name(vectors.path.name + _SUFFIX)


def _new_graph(size: int, *, connectivity: int = 16, effort: int = 128) -> Index:
    try:
        from usearch.index import Index
    except ImportError as error:
        raise MissingDependencyError(
            "an index of neighbours needs usearch: pip install 'wordgraft[ann]'"
        ) from error
    return Index(
        ndim=size,
        metric="cos",
        dtype="i8",
        connectivity=connectivity,
        expansion_add=effort,
        expansion_search=_EFFORT,
        enable_key_lookups=False,
    )


def _check(least: int, **numbers: int) -> None:
    wrong = [
        f"{name} must be a whole number from {least}, found {number!r}"
        for name, number in numbers.items()
        if not isinstance(number, int | np.integer) or number < least
    ]
    if wrong:
        raise ConfigurationError(*wrong)
