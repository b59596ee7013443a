"""The native file: what is written, how it opens, and what is refused."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wordgraft import WordVectors, load_vectors
from wordgraft.embeddings.arrayfile import open_arrays, write_arrays
from wordgraft.embeddings.atomic import atomic_writer, ensure_writable
from wordgraft.embeddings.errors import (
    ConfigurationError,
    OutputError,
    UnknownFormatError,
    VectorFormatError,
)
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


# --- whole or not at all ---------------------------------------------------------------------


def test_an_error_midway_leaves_the_old_file(path: Path) -> None:
    before = path.read_bytes()

    def interrupted() -> None:
        with atomic_writer(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == before
    assert left_behind(path.parent) == [path.name]


@pytest.mark.parametrize("failing", ["write", "fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "no space left on its disk. Free some"),
        (errno.EDQUOT, "no space left on its disk"),
        (errno.EACCES, "can't be written to. Write elsewhere"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_failing_disk_leaves_nothing_behind(
    path: Path, monkeypatch: pytest.MonkeyPatch, failing: str, number: int, message: str
) -> None:
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    def save() -> None:
        with atomic_writer(path) as file:
            file.write(b"new")
            if failing == "write":
                fail()

    monkeypatch.setattr("os.fsync", fail if failing == "fsync" else os.fsync)
    if failing == "replace":
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OutputError, match=f"v.safetensors: can't write the file: .*{message}") as e:
        save()
    assert e.value.errno == number
    assert path.read_bytes() == before
    assert left_behind(path.parent) == [path.name]


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
def test_a_real_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    script = """
import resource, sys
import numpy as np
from wordgraft import WordVectors
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
vectors = WordVectors([f"w{i}" for i in range(5000)], np.ones((5000, 10), np.float32))
try:
    vectors.save(sys.argv[1])
except OSError as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "v")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "OutputError" in done.stdout
    assert "larger than this process may write" in done.stdout
    assert left_behind(tmp_path) == []


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small tmpfs")
    try:
        vectors = WordVectors([f"w{i}" for i in range(5000)], np.ones((5000, 10), np.float32))
        with pytest.raises(OutputError, match="no space left on its disk"):
            vectors.save(tmp_path / "v")
        assert left_behind(tmp_path) == []
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX rights")
def test_a_folder_without_the_right_to_write_is_found_out() -> None:
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    root = os.geteuid() == 0  # whom no missing right stops
    try:
        if root:
            os.seteuid(65534)
        with pytest.raises(OutputError, match=f"the folder {folder} can't be written to"):
            ensure_writable(folder / "v")
        with pytest.raises(OutputError, match=f"the folder {folder} can't be written to"):
            WordVectors(WORDS, ROWS).save(folder / "v")
    finally:
        if root:
            os.seteuid(0)
        folder.rmdir()


@pytest.mark.parametrize(
    "check", [lambda p: ensure_writable(p), lambda p: WordVectors(WORDS, ROWS).save(p)]
)
def test_impossible_places_are_found_out(tmp_path: Path, check: Callable[[Path], None]) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match=r"the folder .*none doesn't exist. Create it"):
        check(tmp_path / "none" / "v")
    with pytest.raises(OutputError, match="expected a file to write, found a folder"):
        check(tmp_path)
    with pytest.raises(OutputError, match="Not a directory"):
        check(tmp_path / "file" / "v")
    with pytest.raises(OutputError, match="File name too long"):
        check(tmp_path / ("v" * 300))
    assert left_behind(tmp_path) == ["file"]


def test_writable_places_are_left_as_they_were(path: Path) -> None:
    before = path.read_bytes()
    ensure_writable(path)
    ensure_writable(path.with_name("v" * 255))
    assert path.read_bytes() == before
    assert left_behind(path.parent) == [path.name]


def test_a_link_stays_a_link(path: Path) -> None:
    link = path.with_name("link")
    link.symlink_to(path.name)
    WordVectors(["only"], [[1.0]]).save(link)
    assert link.is_symlink()
    assert list(load_vectors(path)) == ["only"]


def test_files_have_the_usual_rights(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    WordVectors(WORDS, ROWS).save(tmp_path / "v")
    rights = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "v")]
    assert rights[0] == rights[1]


# --- what is refused when opening ------------------------------------------------------------


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
        (arrays(vectors=None), "'vectors' must be float32 with 2 axes, found none"),
        (arrays(words=None), "'words' must be uint8 with 1 axes, found none"),
        (
            arrays(vectors=np.ones((2, 3), np.float16)),
            r"float32 with 2 axes, found float16\[2, 3\]",
        ),
        (arrays(vectors=np.ones(2, np.float32)), r"found float32\[2\]"),
        (arrays(vectors=np.ones((3, 3), np.float32)), r"shape \[3, 3\] don't go with 3 borders"),
        (arrays(vectors=np.ones((2, 0), np.float32)), r"shape \[2, 0\] don't go"),
        (arrays(vectors=np.ones((0, 3), np.float32), offsets=np.array([0])), r"\[0, 3\] don't go"),
        (arrays(offsets=np.array([0, 2, 1])), "must rise from 0 to at most 2"),
        (arrays(offsets=np.array([0, 0, 2])), "must rise from 0"),
        (arrays(offsets=np.array([1, 1, 2])), "must rise from 0"),
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
    with pytest.raises(IsADirectoryError):
        load_vectors(tmp_path)
    with pytest.raises(VectorFormatError, match="expected a regular file, found a device"):
        open_native("/dev/zero")


def test_unknown_content_and_options(tmp_path: Path) -> None:
    (tmp_path / "v.safetensors").write_text("king 0.1 0.2\n")
    with pytest.raises(UnknownFormatError, match="begins with b'king 0.1 0.2.*Tried native"):
        load_vectors(tmp_path / "v.safetensors")
    (tmp_path / "v.safetensors").write_text("")
    with pytest.raises(UnknownFormatError, match="the file is empty. Tried native"):
        load_vectors(tmp_path / "v.safetensors")
    with pytest.raises(
        ConfigurationError, match="format must be one of native.*; limit must be at"
    ):
        load_vectors(tmp_path / "v.safetensors", format="glove", limit=0)
