"""The index of neighbours: exact cosines, its own vectors only, whole or refused."""

from __future__ import annotations

import builtins
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wordgraft import WordVectors, load_vectors
from wordgraft.embeddings import index as index_module
from wordgraft.embeddings.arrayfile import write_arrays
from wordgraft.embeddings.errors import (
    ConfigurationError,
    MissingDependencyError,
    StaleIndexError,
    VectorFormatError,
)
from wordgraft.embeddings.index import NeighbourIndex, build_index, open_index
from wordgraft.embeddings.index_file import table_sums

pytest.importorskip("usearch", reason="needs the extra ann")

WORDS = [f"w{i}" for i in range(2000)]


def clustered(rows: int = 2000, size: int = 24, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((40, size))
    matrix = centres[rng.integers(0, 40, rows)] + 0.5 * rng.standard_normal((rows, size))
    return (matrix * rng.uniform(0.1, 9, (rows, 1))).astype(np.float32)


@pytest.fixture(scope="module")
def vectors() -> WordVectors:
    rows = clustered()
    rows[[5, 900]] = 0.0
    return WordVectors(WORDS, rows)


@pytest.fixture(scope="module")
def index(vectors: WordVectors) -> NeighbourIndex:
    return build_index(vectors, workers=1)


@pytest.fixture
def saved(vectors: WordVectors, index: NeighbourIndex, tmp_path: Path) -> WordVectors:
    vectors.save(tmp_path / "v.safetensors")
    index.save(tmp_path / "v.safetensors.usearch")
    return load_vectors(tmp_path / "v.safetensors")


# --- answers ---------------------------------------------------------------------------------


def test_answers_are_the_exact_ones_where_all_are_found(
    vectors: WordVectors, index: NeighbourIndex
) -> None:
    found = exact = 0
    for word in WORDS[10:210]:
        here = vectors.most_similar(word, indexer=index)
        true = dict(vectors.most_similar(word, topn=1999))
        assert len(here) == 10
        assert [n.similarity for n in here] == [true[n.word] for n in here]
        assert here == sorted(here, key=lambda n: -n.similarity)
        same = here == vectors.most_similar(word)
        exact, found = exact + 1, found + same
    assert found / exact > 0.95


QUESTIONS: dict[str, dict[str, Any]] = {
    "words": {"positive": ["w3", "w90"], "negative": ["w4"]},
    "a vector": {"positive": np.arange(24.0)},
    "weights": {"positive": [("w3", 0.5), "w44"]},
    "one": {"positive": "w3", "topn": 1},
    "none": {"positive": "w3", "topn": 0},
    "all": {"positive": "w3", "topn": 5000},
    "most": {"positive": "w3", "topn": 1990},
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_takes_what_most_similar_takes(
    vectors: WordVectors, index: NeighbourIndex, question: dict[str, Any]
) -> None:
    assert vectors.most_similar(**question, indexer=index) == vectors.most_similar(**question)


def test_a_batch_is_its_questions_one_by_one(vectors: WordVectors, index: NeighbourIndex) -> None:
    queries: list[Any] = [*WORDS[10:60], ["w3", "w4", ("w6", -1)], np.ones(24)]
    for query, found in zip(
        queries, vectors.most_similar_batch(queries, indexer=index), strict=True
    ):
        assert found == vectors.most_similar(query, indexer=index)
    assert vectors.most_similar_batch([], indexer=index) == []


def test_words_that_the_graph_does_not_reach_are_searched_for(vectors: WordVectors) -> None:
    lost = build_index(vectors, workers=1)
    candidates = lost._candidates

    def few(targets: np.ndarray, count: int) -> Any:
        target, row = candidates(targets, count)
        return target[row % 50 == 0], row[row % 50 == 0]

    lost._candidates = few
    queries = WORDS[10:20]
    found = vectors.most_similar_batch(queries, topn=100, indexer=lost)
    assert found == vectors.most_similar_batch(queries, topn=100)


def test_a_search_that_went_astray_is_repeated(vectors: WordVectors) -> None:
    """One that doesn't find the word itself has looked in the wrong place."""
    index = build_index(vectors, workers=1)
    candidates, asked = index._candidates, []

    def astray(targets: np.ndarray, count: int) -> Any:
        asked.append((len(targets), count))
        target, row = candidates(targets, count)
        if len(asked) % 2:  # the first try leads the second question to rows of no use
            row[target == 1] = np.arange(1000, 1000 + (target == 1).sum())
        return target, row

    index._candidates = astray
    queries = ["w20", "w30", "w40"]
    assert vectors.most_similar_batch(queries, indexer=index) == vectors.most_similar_batch(queries)
    assert asked == [(3, 27), (1, 512)]

    def never(targets: np.ndarray, count: int) -> Any:
        target, row = candidates(targets, count)
        return target[row != 30], row[row != 30]

    index._candidates = never
    assert vectors.most_similar("w30", indexer=index) == vectors.most_similar("w30")


def test_packed_vectors_have_an_index_too(vectors: WordVectors, tmp_path: Path) -> None:
    small = vectors.quantize("int8")
    small.save(tmp_path / "v")
    small = load_vectors(tmp_path / "v")
    small.build_index().save()
    index = load_vectors(tmp_path / "v").open_index()
    assert index.recall(200).value > 0.95
    best = small.most_similar("w3", indexer=index)[0]
    assert best == small.most_similar("w3")[0]


def test_nothing_of_the_matrix_is_read_but_candidates(saved: WordVectors) -> None:
    index = saved.open_index()
    assert saved.most_similar("w3", indexer=index)
    assert "norms" not in vars(saved)


def test_recall_is_the_share_of_true_neighbours(
    vectors: WordVectors, index: NeighbourIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = index.recall(300, topn=5)
    assert (whole.sample, whole.topn) == (300, 5)
    assert whole.value > 0.95
    assert index.recall(300, topn=5) == whole
    assert str(whole).startswith(f"recall@5 {whole.value:.3f} over 300 words (lowest ")
    # An index that knows only even rows, and those asked, finds about half of the neighbours.
    candidates = index._candidates

    def even(targets: np.ndarray, count: int) -> Any:
        target, row = candidates(targets, 4 * count)
        first = np.diff(target, prepend=-1) > 0
        return target[(row % 2 == 0) | first], row[(row % 2 == 0) | first]

    monkeypatch.setattr(index, "_candidates", even)
    assert index.recall(300, topn=5).value == pytest.approx(0.5, abs=0.06)
    assert index.recall(9999).sample == 1998  # two have no direction


def test_more_effort_finds_more(vectors: WordVectors) -> None:
    noise = np.random.default_rng(3).standard_normal((2000, 24))
    weak = build_index(WordVectors(WORDS, noise), connectivity=4, effort=8, workers=1)
    weak.effort = 1
    low = weak.recall(200).value
    weak.effort = 400
    assert weak.effort == 400
    assert weak.recall(200).value > low


def test_progress_is_told(vectors: WordVectors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_BLOCK", 900)
    told: list[tuple[int, int]] = []
    index = build_index(vectors, progress=lambda done, total: told.append((done, total)))
    assert told == [(900, 2000), (1800, 2000), (2000, 2000)]
    assert len(index) == 1998


# --- files -----------------------------------------------------------------------------------


def test_comes_back_from_its_file(
    saved: WordVectors, vectors: WordVectors, index: NeighbourIndex
) -> None:
    again = saved.open_index()
    assert again.path == saved.path.with_name("v.safetensors.usearch")  # pyright: ignore
    assert len(again) == len(index)
    queries = WORDS[10:110]
    expected = vectors.most_similar_batch(queries, indexer=index)
    assert saved.most_similar_batch(queries, indexer=again) == expected
    # Equal vectors are the same vectors, wherever they came from.
    assert vectors.most_similar_batch(queries, indexer=again) == expected


def test_the_file_is_mapped_and_outlives_its_name(saved: WordVectors) -> None:
    index = saved.open_index()
    assert index.path is not None
    index.path.unlink()
    assert index.recall(100).value > 0.9


def test_sums_of_a_mapped_file_are_those_of_its_bytes(saved: WordVectors, tmp_path: Path) -> None:
    for dtype in ("float32", "float16", "int8"):
        there = saved.quantize(dtype)
        there.save(tmp_path / dtype)
        assert table_sums(load_vectors(tmp_path / dtype)) == table_sums(there)
        other = load_vectors(tmp_path / dtype, dtype="int8")
        assert table_sums(other) == table_sums(there.quantize("int8"))
        few = load_vectors(tmp_path / dtype, limit=70)
        assert table_sums(few) == table_sums(there.prune(70))


def other(vectors: WordVectors, change: Callable[[np.ndarray], Any]) -> WordVectors:
    rows = vectors.vectors.copy()
    change(rows)
    return WordVectors(vectors.index_to_key, rows)


STALE: dict[str, Callable[[WordVectors], WordVectors]] = {
    "a number": lambda v: other(v, lambda rows: rows.__setitem__((3, 3), 0.5)),
    "the order": lambda v: other(v, lambda rows: rows.__setitem__([1, 2], rows[[2, 1]])),
    "fewer": lambda v: v.prune(1999),
    "int8": lambda v: v.quantize("int8"),
    "float16": lambda v: v.quantize("float16"),
}


@pytest.mark.parametrize("change", STALE.values(), ids=STALE)
def test_an_index_of_other_vectors_is_refused(
    saved: WordVectors, index: NeighbourIndex, tmp_path: Path, change: Callable[..., WordVectors]
) -> None:
    changed = change(saved)
    with pytest.raises(StaleIndexError, match="built from other vectors: expected .* found"):
        changed.most_similar("w3", indexer=index)
    with pytest.raises(StaleIndexError, match="built from other vectors"):
        changed.most_similar_batch(["w3"], indexer=index)
    changed.save(tmp_path / "v.safetensors")  # in place of what the index was built from
    with pytest.raises(StaleIndexError, match=r"v.safetensors.usearch: the index was built from"):
        load_vectors(tmp_path / "v.safetensors").open_index()


def test_a_damaged_file_is_refused(saved: WordVectors, tmp_path: Path) -> None:
    path = tmp_path / "v.safetensors.usearch"
    whole = path.read_bytes()
    rng = np.random.default_rng(1)
    for place in [*range(0, 400, 17), *rng.integers(400, len(whole), 60).tolist()]:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << int(rng.integers(0, 8))
        path.write_bytes(flipped)
        try:
            same = saved.open_index()
        except (VectorFormatError, StaleIndexError):
            continue
        # Letters of a note may change, and the index is still the index.
        assert place < 1000
        assert same.recall(20).value > 0.9
    for cut in rng.integers(0, len(whole), 30).tolist():
        path.write_bytes(whole[:cut])
        with pytest.raises(VectorFormatError):
            saved.open_index()
    path.write_bytes(whole)
    assert saved.open_index().recall(100).value > 0.9


def test_a_graph_without_sense_is_refused(saved: WordVectors, tmp_path: Path) -> None:
    about = {"format_version": 1, "usearch": "1.2.3", "vectors": table_sums(saved)}
    write_arrays(
        tmp_path / "x",
        {"graph": np.zeros(500, np.uint8)},
        metadata={"wordgraft_index": json.dumps(about)},
    )
    with pytest.raises(VectorFormatError, match=r"can't open what usearch 1.2.3 wrote"):
        open_index(saved, tmp_path / "x")


def test_a_graph_of_another_size_is_refused(
    saved: WordVectors, vectors: WordVectors, tmp_path: Path
) -> None:
    small = WordVectors(WORDS, vectors.vectors[:, :5])
    build_index(small, workers=1).save(tmp_path / "x")
    content = (tmp_path / "x").read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    notes = json.loads(header["__metadata__"]["wordgraft_index"])
    header["__metadata__"]["wordgraft_index"] = json.dumps(notes | {"vectors": table_sums(saved)})
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % 64)
    (tmp_path / "x").write_bytes(len(text).to_bytes(8, "little") + text + content[8 + length :])
    with pytest.raises(
        VectorFormatError, match="vectors of 5 numbers, expected at most 2000 of 24"
    ):
        open_index(saved, tmp_path / "x")


def test_other_files_are_no_index(saved: WordVectors, tmp_path: Path) -> None:
    with pytest.raises(VectorFormatError, match="the file is no index of neighbours"):
        open_index(saved, tmp_path / "v.safetensors")
    write_arrays(
        tmp_path / "x",
        {"graph": np.zeros(9, np.uint8)},
        metadata={"wordgraft_index": '{"format_version": 2}'},
    )
    with pytest.raises(VectorFormatError, match="format version 1, found 2.*Upgrade"):
        open_index(saved, tmp_path / "x")
    with pytest.raises(FileNotFoundError):
        open_index(saved, tmp_path / "none")


# --- what is refused -------------------------------------------------------------------------


def test_refuses_what_an_index_cannot_answer(vectors: WordVectors, index: NeighbourIndex) -> None:
    with pytest.raises(ValueError, match="ask without restrict_vocab"):
        vectors.most_similar("w3", indexer=index, restrict_vocab=100)
    assert vectors.most_similar("w3", indexer=index, restrict_vocab=2000)
    with pytest.raises(TypeError, match="made by build_index or open_index, found str"):
        vectors.most_similar("w3", indexer="index")  # pyright: ignore


def test_refuses_numbers_that_make_no_sense(vectors: WordVectors, index: NeighbourIndex) -> None:
    with pytest.raises(ConfigurationError, match="connectivity must be a whole number from 2"):
        build_index(vectors, connectivity=1)
    with pytest.raises(ConfigurationError, match="effort must be a whole number from 1, found 0; "):
        build_index(vectors, effort=0, workers=0)
    with pytest.raises(ConfigurationError, match="effort must be a whole number from 1, found 0"):
        index.effort = 0
    with pytest.raises(ConfigurationError, match="topn must be a whole number from 1, found 0"):
        index.recall(topn=0)
    with pytest.raises(ConfigurationError, match="have no file that an index could stand beside"):
        index.vectors.open_index()
    with pytest.raises(ConfigurationError, match="Give its path"):
        build_index(vectors.prune(20)).save()


def test_says_what_to_install(vectors: WordVectors, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("usearch"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDependencyError, match=r"pip install 'wordgraft\[ann\]'"):
        build_index(vectors)
