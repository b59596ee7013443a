"""word2vec's binary files: both layouts, cuts, lies, bombs of a header."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.guarded import Guard
from wordgraft import load_vectors
from wordgraft.embeddings.errors import VectorFormatError
from wordgraft.embeddings.formats.report import SkippedLine
from wordgraft.embeddings.kernels.binary_rows import read_binary_rows

WORDS = [b"the", b"caf\xc3\xa9", b"new\tyork", b"a\0b"]
ROWS = np.arange(12, dtype="<f4").reshape(4, 3) - 5.5


def binary(words: list[bytes], rows: np.ndarray, end: bytes, header: str | None = None) -> bytes:
    head = f"{len(words)} {rows.shape[1]}\n" if header is None else header
    lines = [w + b" " + row.tobytes() + end for w, row in zip(words, rows, strict=True)]
    return head.encode() + b"".join(lines)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vectors.bin"


@pytest.mark.parametrize("end", [b"\n", b""], ids=["word2vec.c", "gensim"])
def test_both_layouts_are_read(path: Path, end: bytes) -> None:
    path.write_bytes(binary(WORDS, ROWS, end))
    vectors = load_vectors(path, strict=True)
    assert vectors.index_to_key == ("the", "café", "new\tyork", "a\0b")
    np.testing.assert_array_equal(vectors.vectors, ROWS)
    report = vectors.report
    assert report is not None
    assert (report.format, report.rows_in_file, report.notes) == ("word2vec-binary", 4, ())


@given(
    st.lists(st.binary(min_size=1, max_size=5).filter(lambda w: b" " not in w and w[0] != 10)),
    st.sampled_from([b"", b"\n", b"\n\n"]),
    st.integers(1, 4),
    st.integers(0, 40),
)
def test_rows_are_found_as_the_format_says(
    words: list[bytes], end: bytes, room: int, cut: int
) -> None:
    rows = np.random.default_rng(len(words)).standard_normal((len(words), 2)).astype(np.float32)
    rows[::3] = np.nan
    content = binary(words, rows, end, header="")
    data = content[: len(content) - min(cut, len(content))]
    guard = Guard()
    numbers = guard.array(np.zeros((room, 2), np.float32))
    places, bad = guard.array(np.zeros((room, 2), int)), guard.array(np.zeros(room, np.bool_))
    held = guard.array(np.frombuffer(data, np.uint8).copy())
    position, row = 0, 0
    while True:
        found, position = read_binary_rows(
            held, position, numbers.view(np.uint8), numbers.view(np.uint32), places, bad
        )
        if not found:
            break
        for k in range(found):
            assert data[places[k, 0] : places[k, 1]] == words[row]
            assert numbers[k].tobytes() == rows[row].tobytes()
            assert bad[k] == np.isnan(rows[row, 0])
            row += 1
    assert guard.broken() == []
    ends = np.cumsum([len(word) + 9 + len(end) for word in words]) - len(end)
    assert row == int((ends <= len(data)).sum())


def test_nan_infinite_and_wordless_rows_are_skipped(path: Path) -> None:
    rows = ROWS.copy()
    rows[0, 2], rows[2, 0] = np.nan, -np.inf
    path.write_bytes(binary([b"the", b"", b"of", b"and"], rows, b"\n"))
    vectors = load_vectors(path)
    assert vectors.index_to_key == ("and",)
    report = vectors.report
    assert report is not None
    assert report.skipped == (
        SkippedLine(1, "a number is NaN or infinite"),
        SkippedLine(2, "expected a word, found none"),
        SkippedLine(3, "a number is NaN or infinite"),
    )
    with pytest.raises(VectorFormatError, match=":1: a number is NaN or infinite"):
        load_vectors(path, strict=True)


def test_a_word_cut_within_a_character_is_repaired(path: Path) -> None:
    """word2vec.c cuts words at a hundred bytes, wherever a character ends."""
    path.write_bytes(binary([b"the", b"caf\xc3", b"of", b"the"], ROWS, b"\n"))
    vectors = load_vectors(path)
    assert vectors.index_to_key == ("the", "caf\ufffd", "of")
    report = vectors.report
    assert report is not None
    assert (report.repaired_words, report.duplicates) == (1, 1)


@pytest.mark.parametrize("end", [b"\n", b""])
def test_a_cut_file_gives_its_whole_rows(path: Path, end: bytes) -> None:
    content = binary(WORDS, ROWS, end)
    path.write_bytes(content[: -len(end) - 5])
    vectors = load_vectors(path)
    assert len(vectors) == 3
    report = vectors.report
    assert report is not None
    assert report.possibly_cut
    assert report.notes == ("The header announces 4 rows, the file ends behind 3",)
    with pytest.raises(VectorFormatError, match="ends behind 3"):
        load_vectors(path, strict=True)


def test_more_than_announced_is_reported(path: Path) -> None:
    path.write_bytes(binary(WORDS, ROWS, b"\n", header="2 3\n"))
    vectors = load_vectors(path)
    assert len(vectors) == 2
    assert "there is more behind the 2 announced rows" in str(vectors.report).lower()
    with pytest.raises(VectorFormatError, match="there is more behind"):
        load_vectors(path, strict=True)


@pytest.mark.parametrize("header", ["4 999999999", "4 0", "4 8388608", "999999999999 999999999999"])
def test_a_header_beyond_the_file_is_refused_before_anything_is_allocated(
    path: Path, header: str
) -> None:
    path.write_bytes(binary(WORDS, ROWS, b"\n", header=f"{header}\n"))
    with pytest.raises(VectorFormatError, match="the header announces"):
        load_vectors(path)


def test_a_header_that_announces_too_many_rows_allocates_none_of_them(path: Path) -> None:
    path.write_bytes(binary(WORDS, ROWS, b"\n", header="999999999999999999 3\n"))
    assert len(load_vectors(path)) == 4


@pytest.mark.parametrize("size", [1, 2, 5, 7])
def test_a_header_that_lies_about_the_dimension_is_noticed(path: Path, size: int) -> None:
    rows = np.random.default_rng(1).standard_normal((200, 4)).astype("<f4")
    words = [b"w%d" % row for row in range(200)]
    path.write_bytes(binary(words, rows, b"\n", header=f"200 {size}\n"))
    with pytest.raises(VectorFormatError, match="or hold control|no UTF-8"):
        load_vectors(path, strict=True)
    with pytest.raises(VectorFormatError, match="are empty or hold control characters"):
        load_vectors(path)


def test_limit_and_vocabulary(path: Path) -> None:
    path.write_bytes(binary(WORDS, ROWS, b"\n"))
    assert load_vectors(path, limit=2).index_to_key == ("the", "café")
    assert load_vectors(path, vocabulary=["a\0b", "?"]).vectors.tolist() == [[3.5, 4.5, 5.5]]


def test_rows_go_over_the_borders_of_pieces(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from wordgraft.embeddings.formats import word2vec_binary

    rows = np.random.default_rng(1).standard_normal((500, 17)).astype("<f4")
    path.write_bytes(binary([b"w%d" % row for row in range(500)], rows, b"\n"))
    monkeypatch.setattr(word2vec_binary, "_PIECE_BYTES", 61)
    monkeypatch.setattr(word2vec_binary, "_BUFFER_NUMBERS", 100)
    vectors = load_vectors(path, strict=True)
    np.testing.assert_array_equal(vectors.vectors, rows)
    assert vectors.index_to_key == tuple(f"w{row}" for row in range(500))
