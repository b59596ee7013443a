"""Packed files: unpacked on the way, cut, damaged, bombs, archives of several files."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zstandard

from wordgraft import WordVectors, load_vectors
from wordgraft.embeddings.errors import VectorFormatError
from wordgraft.embeddings.formats import packed

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}


def content_of(rows: int = 2000) -> bytes:
    rng = random.Random(1)
    lines = [f"w{row} {rng.random():.6f} {rng.random():.6f}\n" for row in range(rows)]
    return "".join(lines).encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


@pytest.mark.parametrize("kind", PACKERS)
def test_packed_streams_are_read_as_what_is_in_them(path: Path, kind: str) -> None:
    path.write_bytes(PACKERS[kind](content_of()))
    vectors = load_vectors(path, strict=True)
    plain = path.with_name("plain")
    plain.write_bytes(content_of())
    np.testing.assert_array_equal(vectors.vectors, load_vectors(plain).vectors)
    assert vectors.report is not None
    assert vectors.report.compression == kind
    assert f"(glove, {kind})" in str(vectors.report)


@pytest.mark.parametrize("kind", PACKERS)
def test_a_cut_stream_gives_what_came(path: Path, kind: str) -> None:
    data = PACKERS[kind](content_of(60_000))
    path.write_bytes(data[: len(data) - 100])
    try:
        vectors = load_vectors(path)
    except VectorFormatError as error:  # formats that unpack in large blocks may have none
        assert kind in ("bzip2", "zstd")  # noqa: PT017
        assert str(path) in str(error)  # noqa: PT017
    else:
        assert vectors.report is not None
        assert vectors.report.possibly_cut
        assert "the packed data ends too early" in str(vectors.report).lower()
    with pytest.raises(VectorFormatError):
        load_vectors(path, strict=True)


@pytest.mark.parametrize("kind", PACKERS)
def test_damaged_streams_are_refused(path: Path, kind: str) -> None:
    data = bytearray(PACKERS[kind](content_of()))
    data[len(data) // 2] ^= 0x55
    path.write_bytes(bytes(data))
    if kind == "zstd":  # has no checksum unless asked for
        return
    with pytest.raises(VectorFormatError, match="can't be unpacked"):
        load_vectors(path)


def test_limit_unpacks_no_more_than_it_needs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from wordgraft.embeddings.formats import text_blocks

    monkeypatch.setattr(text_blocks, "_PIECE_BYTES", 1000)
    monkeypatch.setattr(packed, "HEAD_BYTES", 1000)
    data = bytearray(gzip.compress(content_of()))
    data[-4000] ^= 0xFF  # far behind what is asked
    path.write_bytes(bytes(data))
    assert load_vectors(path, limit=5).index_to_key[-1] == "w4"
    with pytest.raises(VectorFormatError):
        load_vectors(path)


def test_native_files_may_be_packed(path: Path) -> None:
    made = WordVectors(["a", "b"], [[1.0, 2.0], [3.0, 4.0]])
    made.save(path)
    packed_path = path.with_name("packed")
    packed_path.write_bytes(gzip.compress(path.read_bytes()))
    vectors = load_vectors(packed_path)
    np.testing.assert_array_equal(vectors.vectors, made.vectors)
    assert vectors.source is None
    packed_path.write_bytes(gzip.compress(path.read_bytes())[:-9])
    with pytest.raises(VectorFormatError, match="packed data ends too early"):
        load_vectors(packed_path)


# --- bombs -----------------------------------------------------------------------------------


@pytest.fixture
def small_bombs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ratio counts from 1 MiB on, not from 64."""
    monkeypatch.setattr(packed, "_FREE_BYTES", 1 << 20)


@pytest.mark.usefixtures("small_bombs")
@pytest.mark.parametrize("kind", ["gzip", "zstd", "xz"])
def test_a_bomb_is_refused_before_it_unfolds(path: Path, kind: str) -> None:
    path.write_bytes(PACKERS[kind](b"w 0.5 0\n" * (1 << 19)))
    with pytest.raises(VectorFormatError, match="unfolded to more than 2,.* where vectors pack"):
        load_vectors(path)


@pytest.mark.usefixtures("small_bombs")
def test_a_zip_bomb_is_refused(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("vectors.txt", b"w 0.5 0\n" * (1 << 19))
    with pytest.raises(VectorFormatError, match="unfolded to more than 2,"):
        load_vectors(path)


# --- archives --------------------------------------------------------------------------------


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_a_zip_of_one_file_is_that_file(path: Path, method: int) -> None:
    zipped(path, {"folder/": b"", "folder/v.txt": content_of(), "__MACOSX/._v.txt": b"?"}, method)
    vectors = load_vectors(path, strict=True)
    assert len(vectors) == 2000
    assert vectors.report is not None
    assert vectors.report.compression == "zip"


def test_of_a_zip_of_several_files_one_is_named(path: Path) -> None:
    zipped(path, {"glove.6B.50d.txt": content_of(10), "glove.6B.300d.txt": content_of(20)})
    with pytest.raises(VectorFormatError, match="found 2 files.*member=: 'glove.6B.50d.txt', 'gl"):
        load_vectors(path)
    assert len(load_vectors(path, member="glove.6B.300d.txt")) == 20
    with pytest.raises(VectorFormatError, match="found no 'glove.txt'"):
        load_vectors(path, member="glove.txt")


def test_every_cut_of_a_zip_is_refused(path: Path) -> None:
    zipped(path, {"v.txt": content_of(20)})
    for size in reversed(range(1, path.stat().st_size)):
        os.truncate(path, size)
        with pytest.raises(VectorFormatError):
            load_vectors(path)


def test_a_zip_with_a_password_is_refused(path: Path) -> None:
    zipped(path, {"v.txt": content_of(20)})
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag of encryption, in the local header and in the list
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(VectorFormatError, match="encrypted|password"):
        load_vectors(path)


# --- what is no file -------------------------------------------------------------------------


def test_pipes_are_refused_without_waiting(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(VectorFormatError, match="expected a regular file"):
        load_vectors(path)


def test_a_missing_file_is_pythons_own_error(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_vectors(path)
