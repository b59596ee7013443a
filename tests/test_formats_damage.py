"""Every prefix of a file, and every damage to it: a report or our error, never anything else."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import zstandard
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from wordgraft import WordVectors, load_vectors
from wordgraft.embeddings.errors import VectorFormatError
from wordgraft.embeddings.formats import FORMATS

WORDS = ["the", "café", "日本", ". . ."]
ROWS = np.array([[0.5, -1.25e-3, 3], [1, 0, -7.5e5], [9, 8, 7], [-0.0, 1e-45, 2]], np.float32)


def text(*, header: bool) -> bytes:
    lines = [f"{word} {' '.join(map(str, row))}\n" for word, row in zip(WORDS, ROWS, strict=True)]
    return ("4 3\n" * header + "".join(lines)).encode()


def binary(end: bytes) -> bytes:
    names = [word.replace(" ", "_").encode() for word in WORDS]
    rows = (n + b" " + row.tobytes() + end for n, row in zip(names, ROWS, strict=True))
    return b"4 3\n" + b"".join(rows)


def zipped(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("vectors.txt", content)
    return stream.getvalue()


FILES = {
    "glove": text(header=False),
    "word2vec": text(header=True),
    "Windows, BOM": b"\xef\xbb\xbf" + text(header=True).replace(b"\n", b"\r\n"),
    "word2vec-binary": binary(b"\n"),
    "gensim's binary": binary(b""),
    "gzip": gzip.compress(text(header=False), mtime=0),
    "zstd": zstandard.ZstdCompressor().compress(text(header=True)),
    "bzip2": bz2.compress(text(header=True)),
    "xz": lzma.compress(binary(b"\n")),
    "zip": zipped(text(header=False)),
}


def use(path: Path, content: bytes, **options) -> WordVectors | None:
    """Load a file both ways and touch all of it; the one error allowed is ours."""
    path.write_bytes(content)
    try:
        vectors = load_vectors(path, **options)
    except VectorFormatError as error:
        assert str(error).startswith(str(path))  # noqa: PT017
        vectors = None
    else:
        check(vectors)
    try:
        strict = load_vectors(path, strict=True, **options)
    except VectorFormatError:
        return vectors
    assert vectors is not None
    report = strict.report
    assert report is not None
    wrong = report.possibly_cut, report.skipped_count, report.duplicates, report.repaired_words
    assert not any(wrong)
    return vectors


def check(vectors: WordVectors) -> None:
    report = vectors.report
    assert report is not None
    assert str(report)
    assert vectors.vectors.shape == (report.rows, report.dimension)
    assert len(vectors.index_to_key) == len(set(vectors.index_to_key)) == report.rows > 0
    assert all(vectors.index_to_key)
    assert np.isfinite(vectors.vectors).all()
    "".join(vectors.index_to_key).encode()  # no half surrogates


@pytest.mark.parametrize("name", FILES)
def test_every_prefix_loads_with_a_report_or_is_refused(name: str, tmp_path: Path) -> None:
    content = FILES[name]
    whole = use(tmp_path / "v", content)
    assert whole is not None
    np.testing.assert_array_equal(whole.vectors, ROWS)
    for size in range(len(content)):
        vectors = use(tmp_path / "v", content[:size])
        if vectors is None:
            continue
        assert vectors.report is not None
        if vectors.vector_size != 3:  # one cut line can't tell how long the others are
            assert name in ("glove", "gzip")
            assert len(vectors) == 1
            assert vectors.report.possibly_cut
            continue
        rows = [whole.key_to_index[word] for word in vectors.index_to_key[:-1]]
        np.testing.assert_array_equal(vectors.vectors[:-1], whole.vectors[rows])
        if len(vectors) < 4 and not content[:size].endswith(b"\n"):
            assert vectors.report.possibly_cut


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(data=st.data(), name=st.sampled_from(list(FILES)))
def test_any_damage_loads_with_a_report_or_is_refused(
    name: str, data: st.DataObject, tmp_path: Path
) -> None:
    content = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut out", "put in", "double"]))
        if kind == "flip":
            content[at] ^= data.draw(st.integers(1, 255))
        elif kind == "cut out":
            del content[at : at + data.draw(st.integers(1, 9))]
        elif kind == "put in":
            content[at:at] = data.draw(st.binary(min_size=1, max_size=9))
        else:
            content[at:at] = content[at : at + data.draw(st.integers(1, 40))]
        if not content:
            break
    use(tmp_path / "v", bytes(content))


@pytest.mark.parametrize("name", ["zip-offset-before-the-file", "zip-name-without-characters"])
def test_what_fuzzing_found_is_refused(name: str, tmp_path: Path) -> None:
    found = Path(__file__).parent / "golden" / "fuzzed" / name
    assert use(tmp_path / "v", found.read_bytes()) is None


NAMES = [row.name for row in FORMATS]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.lists(
            st.sampled_from([b"2 3\n", b"the", b" ", b"0.5", b"\n", b"\t", b"1e5", b"nan", b"\0",
                             b"\xff", b"\r", b"4 1\n", b"\x80\x04", b"PK\x03\x04", b"\x1f\x8b"]),
            max_size=60,
        ).map(b"".join),
    ),
    name=st.sampled_from([None, *NAMES]),
    limit=st.sampled_from([None, 1, 2]),
    errors=st.sampled_from(["replace", "ignore", "strict"]),
)  # fmt: skip
@example(content=b"1 1\n\xff\xff\xff\xff\xff", name="word2vec-binary", limit=None, errors="ignore")
@example(content=b"\xff 0.5\n\xff 1.5\n", name="glove", limit=None, errors="ignore")
def test_any_bytes_as_any_format_load_or_are_refused(
    content: bytes, name: str | None, limit: int | None, errors: str, tmp_path: Path
) -> None:
    path = tmp_path / "v"
    use(path, content, format=name, limit=limit, errors=errors)
    with suppress(VectorFormatError):
        load_vectors(path, format=name, vocabulary=["the", "\ufffd"], errors=errors)
