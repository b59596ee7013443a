"""Files that are cut, damaged, crafted or of another kind are refused, and nothing else happens."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wordgraft import WordVectors, load_vectors
from wordgraft.embeddings.arrayfile import open_arrays, write_arrays
from wordgraft.embeddings.errors import (
    ConfigurationError,
    UnknownFormatError,
    VectorFormatError,
)
from wordgraft.embeddings.formats.native import open_native

WORDS = ["the", "café", "日本", "x"]
ROWS = np.arange(12, dtype=np.float32).reshape(4, 3) - 5
COUNTS = np.array([9, 4, 4, 1])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "v.safetensors"
    WordVectors(WORDS, ROWS, counts=COUNTS, tokenizer={"name": "default"}).save(target)
    return target


def use(path: Path) -> None:
    """Open a file and touch everything in it; the one error allowed is ours."""
    for mmap in (True, False):
        try:
            vectors = load_vectors(path, mmap=mmap)
            assert len(vectors.index_to_key) == len(vectors)
            assert vectors.vectors.shape == (len(vectors), vectors.vector_size)
            _ = vectors.norms, vectors.counts, vectors.tokenizer, vectors.metadata
            try:
                vectors.most_similar(vectors.index_to_key[0])
            except ValueError as error:
                if not isinstance(error, VectorFormatError):
                    assert "all zeros" in str(error)  # noqa: PT017
        except VectorFormatError as error:
            assert str(path) in str(error)  # noqa: PT017


def test_every_prefix_is_refused(path: Path) -> None:
    for size in reversed(range(path.stat().st_size)):
        os.truncate(path, size)
        with pytest.raises(VectorFormatError):
            load_vectors(path)


@given(data=st.data())
def test_flipped_bytes_load_or_raise_our_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("flip") / "v"
    WordVectors(WORDS, ROWS, counts=COUNTS, tokenizer={"name": "x"}).save(path)
    content = bytearray(path.read_bytes())
    places = st.integers(0, len(content) - 1)
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1)):
        content[place] = value
    path.write_bytes(content)
    use(path)


@given(st.binary(max_size=200))
@example(b"")
@example(b"\x80\x04\x95pickle")
def test_any_bytes_raise_our_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "v"
    path.write_bytes(content)
    with pytest.raises(VectorFormatError):
        load_vectors(path)
    with pytest.raises(VectorFormatError):
        load_vectors(path, format="native")


def test_damage_of_data_is_found_when_it_is_read(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.index("café".encode())] ^= 1  # "bafé", a fine word
    path.write_bytes(content)
    with pytest.raises(VectorFormatError, match="'words' has checksum .*, expected .* damaged"):
        _ = load_vectors(path)["the"]
    with pytest.raises(VectorFormatError, match="'words' has checksum"):
        load_vectors(path, mmap=False)


def test_not_a_number_in_a_mapped_file_is_found_at_the_first_question(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content.replace(np.float32(-4).tobytes(), np.float32("nan").tobytes(), 1))
    vectors = load_vectors(path)
    with pytest.raises(VectorFormatError, match=r"the vector of 'the' \(row 0\) has NaN"):
        vectors.most_similar("café")
    with pytest.raises(VectorFormatError, match="'vectors' has checksum"):
        load_vectors(path, mmap=False)


def native(tmp_path: Path, header: Any, data: bytes = b"") -> Path:
    """Write a safetensors file with any header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path = tmp_path / "crafted"
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def entry(dtype: str, shape: Any, first: Any, end: Any) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [first, end]}


HEADERS: dict[str, tuple[Any, bytes, str]] = {
    "no JSON": (b"{nonsense", b"", "the header isn't valid JSON"),
    "no UTF-8": (b'{"\xff": 1}', b"", "isn't valid UTF-8 at byte 10"),
    "a list": (b"[]", b"", "the header must be a JSON object"),
    "endless nesting": (b"[" * 200_000, b"", "nested too deeply"),
    "NaN": (b'{"a": NaN}', b"", "NaN isn't JSON"),
    "names twice": (b'{"a": 1, "a": 2}', b"", "a name stands twice"),
    "bad metadata": ({"__metadata__": {"a": 1}}, b"", "must map names to strings"),
    "bad entry": ({"a": {"dtype": "F32"}}, b"", "'a' must have exactly dtype, shape"),
    "bad dtype": ({"a": entry("F31", [1], 0, 4)}, b"abcd", "unknown dtype 'F31'. Known are F64"),
    "odd dtype": ({"a": entry(["F32"], [1], 0, 4)}, b"abcd", "unknown dtype"),  # pyright: ignore
    "negative shape": ({"a": entry("F32", [-1, -1], 0, 4)}, b"abcd", "whole numbers from 0"),
    "float shape": ({"a": entry("F32", [1.0], 0, 4)}, b"abcd", "whole numbers from 0"),
    "true shape": ({"a": entry("F32", [True], 0, 4)}, b"abcd", "whole numbers from 0"),
    "huge shape": ({"a": entry("F32", [1 << 62, 4], 0, 4)}, b"abcd", "takes 73786976294838206464 "),
    "many axes": ({"a": entry("F32", [1] * 9, 0, 4)}, b"abcd", "at most 8"),
    "wrong size": (
        {"a": entry("F32", [2], 0, 4)},
        b"abcd",
        r"takes 8 bytes, data_offsets give it 4",
    ),
    "a hole": ({"a": entry("U8", [1], 1, 2)}, b"ab", "starts at byte 1 of the data, expected 0"),
    "an overlap": (
        {"a": entry("U8", [2], 0, 2), "b": entry("U8", [2], 1, 3)},
        b"abc",
        "'b' starts at byte 1 of the data, expected 2",
    ),
    "beyond the end": ({"a": entry("U8", [9], 0, 9)}, b"abc", "announces 9 bytes of data, found 3"),
    "a rest": ({"a": entry("U8", [1], 0, 1)}, b"abc", "announces 1 bytes of data, found 3"),
    "another's": (
        {"embeddings": entry("F32", [1], 0, 4)},
        b"abcd",
        "a safetensors file without one. It holds the arrays embeddings",
    ),
    "a newer version": (
        {"__metadata__": {"wordgraft": '{"format_version": 2}'}},
        b"",
        "of format version 1, found version 2. Upgrade wordgraft",
    ),
    "damaged notes": ({"__metadata__": {"wordgraft": "{"}}, b"", "the metadata of wordgraft isn't"),
}


@pytest.mark.parametrize(("header", "data", "message"), HEADERS.values(), ids=HEADERS)
def test_headers_that_lie_are_refused(
    tmp_path: Path, header: Any, data: bytes, message: str
) -> None:
    path = native(tmp_path, header, data)
    with pytest.raises(VectorFormatError, match=message) as caught:
        open_native(path)
    assert str(path) in str(caught.value)


def test_a_header_longer_than_the_file_allocates_nothing(tmp_path: Path) -> None:
    path = tmp_path / "v"
    path.write_bytes((1 << 62).to_bytes(8, "little") + b"{}")
    with pytest.raises(VectorFormatError, match="4,611,686,018,427,387,904 bytes is announced, in"):
        open_native(path)


def arrays(**change: np.ndarray | None) -> dict[str, np.ndarray]:
    good: dict[str, np.ndarray | None] = {
        "offsets": np.array([0, 1, 2]),
        "words": np.frombuffer(b"ab", np.uint8),
        "vectors": np.ones((2, 3), np.float32),
    }
    return {k: v for k, v in (good | change).items() if v is not None}


@pytest.mark.parametrize(
    ("held", "message"),
    [
        (
            arrays(vectors=None),
            "'vectors' must be float32 or float16 or int8 with 2 axes, found none",
        ),
        (arrays(words=None), "'words' must be uint8 with 1 axes, found none"),
        (
            arrays(vectors=np.ones((2, 3), np.float64)),
            r"float32 or float16 or int8 with 2 axes, found float64\[2, 3\]",
        ),
        (arrays(vectors=np.ones(2, np.float32)), r"found float32\[2\]"),
        (arrays(vectors=np.ones((3, 3), np.float32)), r"shape \[3, 3\] don't go with 3 borders"),
        (arrays(vectors=np.ones((2, 0), np.float32)), r"shape \[2, 0\] don't go"),
        (arrays(vectors=np.ones((0, 3), np.float32), offsets=np.array([0])), r"\[0, 3\] don't go"),
        (arrays(offsets=np.array([0, 2, 1])), "must rise from 0 to at most 2"),
        (arrays(offsets=np.array([0, 0, 2])), "must rise from 0"),
        (arrays(offsets=np.array([-1, 1, 2])), "must rise from 0"),
        (arrays(offsets=np.array([0, 1, 1 << 40])), "must rise from 0"),
        (arrays(offsets=np.array([0, np.iinfo(np.int64).min, 2])), "must rise from 0"),
        (arrays(counts=np.array([1, -1])), "counts must be 2 numbers from 0"),
        (arrays(counts=np.array([1])), "counts must be 2 numbers from 0"),
        (arrays(context=np.ones(3, np.float32)), r"'context' must be .* found float32\[3\]"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    tmp_path: Path, held: dict[str, np.ndarray], message: str
) -> None:
    order = dict(sorted(held.items(), key=lambda item: -item[1].dtype.itemsize))
    write_arrays(tmp_path / "v", order, metadata={"wordgraft": '{"format_version": 1}'})
    with pytest.raises(VectorFormatError, match=message):
        open_native(tmp_path / "v")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (b"aa", "found 1 more than once: 'a'"),
        (b"a\xff", "the words are damaged: 'utf-8' codec can't decode"),
        ("é".encode(), "begins or ends within a character"),
    ],
)
def test_damaged_words_are_refused_at_the_first_look_up(
    tmp_path: Path, words: bytes, message: str
) -> None:
    held = arrays(words=np.frombuffer(words, np.uint8))
    order = dict(sorted(held.items(), key=lambda item: -item[1].dtype.itemsize))
    write_arrays(tmp_path / "v", order, metadata={"wordgraft": '{"format_version": 1}'})
    with pytest.raises(VectorFormatError, match=message):
        _ = load_vectors(tmp_path / "v")["a"]


def test_empty_arrays_are_fine(tmp_path: Path) -> None:
    write_arrays(tmp_path / "v", {"none": np.empty((0, 3), np.float32), "one": np.float32([[2]])})
    for mmap in (True, False):
        found = open_arrays(tmp_path / "v", mmap=mmap).arrays
        assert (found["none"].shape, found["one"].tolist()) == ((0, 3), [[2.0]])


def test_places_that_hold_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="none"):
        load_vectors(tmp_path / "none")
    with pytest.raises(VectorFormatError, match="expected the folder of a model"):
        load_vectors(tmp_path)
    with pytest.raises(VectorFormatError, match="expected a regular file, found a device"):
        open_native("/dev/zero")


def test_unknown_content_and_options(tmp_path: Path) -> None:
    (tmp_path / "v.safetensors").write_text("king, queen\n")
    with pytest.raises(UnknownFormatError, match="begins with b'king, queen.*Tried .*native"):
        load_vectors(tmp_path / "v.safetensors")
    (tmp_path / "v.safetensors").write_text("")
    with pytest.raises(UnknownFormatError, match="the file is empty. Tried .*native"):
        load_vectors(tmp_path / "v.safetensors")
    with pytest.raises(
        ConfigurationError, match="format must be one of .*native.*; limit must be at"
    ):
        load_vectors(tmp_path / "v.safetensors", format="globe", limit=0)
