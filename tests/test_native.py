"""The native file: what is written, how it opens, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordgraft import WordVectors, load_vectors
from wordgraft.embeddings.arrayfile import write_arrays
from wordgraft.embeddings.formats.native import open_native, write_native

WORDS = ["the", "café", "日本", "x"]
ROWS = np.arange(12, dtype=np.float32).reshape(4, 3) - 5
COUNTS = np.array([9, 4, 4, 1])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "v.safetensors"
    write_native(
        target,
        words=WORDS,
        vectors=ROWS,
        counts=COUNTS,
        context=ROWS[:3] * 2,
        extra={"marks": np.array([1, 0, 1], np.int8), "seeds": np.array([7], np.uint64)},
        tokenizer={"name": "default", "lower": True},
        metadata={"training": {"epochs": 5}, "license": "CC0"},
    )
    return target


def left_behind(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


# --- round trips -----------------------------------------------------------------------------


@pytest.mark.parametrize("mmap", [True, False])
def test_everything_comes_back(path: Path, *, mmap: bool) -> None:
    file = open_native(path, mmap=mmap)
    assert file.words.words == tuple(WORDS)
    assert set(file.arrays) == {"vectors", "counts", "context", "marks", "seeds"}
    np.testing.assert_array_equal(file.arrays["vectors"], ROWS)
    np.testing.assert_array_equal(file.arrays["counts"], COUNTS)
    np.testing.assert_array_equal(file.arrays["context"], ROWS[:3] * 2)
    assert file.arrays["marks"].dtype == np.int8
    assert file.arrays["seeds"].tolist() == [7]
    assert file.tokenizer == {"name": "default", "lower": True}
    assert file.metadata == {"training": {"epochs": 5}, "license": "CC0"}
    assert isinstance(file.arrays["vectors"], np.memmap) == mmap
    vectors = load_vectors(path, mmap=mmap)
    assert list(vectors) == WORDS
    assert vectors.counts is not None
    assert vectors.counts.tolist() == COUNTS.tolist()
    assert vectors.tokenizer == file.tokenizer
    assert vectors.metadata == file.metadata
    assert vectors.path == (path if mmap else None)


def test_saved_vectors_are_the_same_bytes_again(path: Path, tmp_path: Path) -> None:
    load_vectors(path).save(tmp_path / "again")
    load_vectors(tmp_path / "again").save(tmp_path / "and again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "and again").read_bytes()
    # A map goes on showing what it opened when its file is replaced, even by itself.
    mapped = load_vectors(path)
    mapped.save(path)
    np.testing.assert_array_equal(mapped.vectors, ROWS)
    np.testing.assert_array_equal(load_vectors(path).vectors, ROWS)


def test_the_safetensors_library_reads_it(path: Path) -> None:
    import safetensors

    with safetensors.safe_open(path, "numpy") as file:
        assert set(file.keys()) == {
            *("vectors", "words", "offsets", "counts", "context", "marks", "seeds")
        }
        np.testing.assert_array_equal(file.get_tensor("vectors"), ROWS)
        np.testing.assert_array_equal(file.get_tensor("counts"), COUNTS)
        words = file.get_tensor("words").tobytes()
        borders = file.get_tensor("offsets").tolist()
        notes = json.loads(file.metadata()["wordgraft"])
    cut = zip(borders, borders[1:], strict=False)
    assert [words[a:b].decode() for a, b in cut] == WORDS
    assert notes["format_version"] == 1
    assert notes["license"] == "CC0"


def test_arrays_stand_where_docs_say(path: Path) -> None:
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    assert (8 + length) % 64 == 0
    header = json.loads(content[8 : 8 + length])
    start = {k: v["data_offsets"][0] for k, v in header.items() if k != "__metadata__"}
    assert list(start) == ["offsets", "counts", "seeds", "words", "vectors", "context", "marks"]
    assert start["offsets"] == 0
    assert start["vectors"] % 64 == 0
    first = 8 + length + start["vectors"]
    np.testing.assert_array_equal(np.frombuffer(content[first:], "<f4", 12), ROWS.ravel())


def test_the_safetensors_library_writes_what_opens(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    arrays = {
        "vectors": ROWS,
        "words": np.frombuffer("".join(WORDS).encode(), np.uint8),
        "offsets": np.array([0, 3, 8, 14, 15]),
    }
    save_file(arrays, tmp_path / "v", metadata={"wordgraft": '{"format_version": 1}'})
    vectors = load_vectors(tmp_path / "v")
    assert list(vectors) == WORDS
    np.testing.assert_array_equal(vectors.vectors, ROWS)


@given(
    words=st.lists(
        st.text(st.characters(codec="utf-8"), min_size=1), min_size=1, max_size=9, unique=True
    ),
    size=st.integers(1, 7),
    seed=st.integers(0, 99),
)
def test_any_words_and_numbers_come_back(
    tmp_path_factory: pytest.TempPathFactory, words: list[str], size: int, seed: int
) -> None:
    path = tmp_path_factory.mktemp("any") / "v"
    rows = np.random.default_rng(seed).standard_normal((len(words), size)).astype(np.float32)
    WordVectors(words, rows, metadata={words[0]: words}).save(path)
    again = load_vectors(path)
    assert again.index_to_key == tuple(words)
    np.testing.assert_array_equal(again.vectors, rows)
    assert again.metadata == {words[0]: words}


def test_padded_rows_are_written_without_their_padding(tmp_path: Path) -> None:
    padded = np.arange(5000 * 16, dtype=np.float32).reshape(5000, 16)
    words = [f"w{i}" for i in range(5000)]
    write_native(tmp_path / "v", words=words, vectors=padded[:, :10])
    np.testing.assert_array_equal(load_vectors(tmp_path / "v").vectors, padded[:, :10])


def test_blocks_smaller_than_the_matrix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from wordgraft.embeddings import arrayfile

    monkeypatch.setattr(arrayfile, "_BLOCK_BYTES", 24)
    WordVectors(WORDS, ROWS).save(tmp_path / "v")
    np.testing.assert_array_equal(load_vectors(tmp_path / "v", mmap=False).vectors, ROWS)


def test_limit_keeps_the_first_rows(path: Path) -> None:
    few = load_vectors(path, limit=2)
    assert list(few) == WORDS[:2]
    assert few.counts is not None
    assert (few.vectors.shape, few.counts.tolist()) == ((2, 3), [9, 4])
    assert few.most_similar("the")[0].word == "café"
    assert len(load_vectors(path, limit=9)) == 4


def test_opening_leaves_the_file_and_other_maps_alone(path: Path) -> None:
    before = path.read_bytes()
    file = open_native(path)
    file.arrays["context"][:] = 0  # a map is copy-on-write
    assert path.read_bytes() == before
    np.testing.assert_array_equal(open_native(path).arrays["context"], ROWS[:3] * 2)


def test_words_are_decoded_at_the_first_look_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wordgraft.embeddings.formats import native

    calls: list[int] = []
    unpack = native.unpack_words
    monkeypatch.setattr(native, "unpack_words", lambda *a: calls.append(1) or unpack(*a))
    vectors = load_vectors(path)
    assert (len(vectors), vectors.vector_size, repr(vectors)[:11], calls) == (
        *(4, 3, "WordVectors", []),
    )
    assert "café" in vectors
    assert "the" in vectors
    assert calls == [1]


# --- what is refused when writing ------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vectors": ROWS[:3]}, "4 words, but 3 vectors"),
        ({"vectors": ROWS.astype(np.float64)}, r"must be float32\[V, D\], found float64\[4, 3\]"),
        ({"counts": COUNTS[:2]}, r"counts must be int64\[4\], found int64\[2\]"),
        ({"context": ROWS[0]}, r"context must be float32\[N, D\], found float32\[3\]"),
        ({"words": ["a", "b", "a", "c"]}, "found 1 more than once: 'a'"),
        ({"words": ["a", "b", "\ud800", "c"]}, r"'\\ud800' can't be written as UTF-8"),
        ({"vectors": np.where(ROWS == 1, np.nan, ROWS)}, "'vectors' has NaN .* in row 2"),
        ({"extra": {"words": COUNTS}}, "'words' has the name of an array of the format"),
        ({"extra": {"context": COUNTS}}, "'context' has the name of an array of the format"),
        ({"extra": {"odd": np.array(["x"])}}, "'odd' of <U1 can't be stored"),
        ({"metadata": {"tokenizer": 1}}, "metadata can't have the names tokenizer"),
        ({"metadata": {"x": float("nan")}}, "must be what JSON can hold"),
    ],
)
def test_refuses_to_write_what_does_not_fit(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        write_native(tmp_path / "v", **({"words": WORDS, "vectors": ROWS} | change))
    assert left_behind(tmp_path) == []


def test_refuses_arrays_at_addresses_they_cannot_have(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'b' of int64 would start at byte 1, no multiple of its"):
        write_arrays(tmp_path / "v", {"a": np.zeros(1, np.uint8), "b": COUNTS})
