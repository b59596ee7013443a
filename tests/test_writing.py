"""Writing vectors: exact, whole, and no word lost unasked."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import numpy as np
import pytest

from wordgraft import WordVectors, load_vectors, write_vectors
from wordgraft.embeddings.errors import (
    ConfigurationError,
    OutputError,
    UnwritableWordError,
    VectorFormatError,
)
from wordgraft.embeddings.formats import text_writing
from wordgraft.embeddings.formats.writing import WRITERS

WORDS = ["the", "café", "日本", "x\u00a0y", "\u2028", "=", "1.5"]
ROWS = np.array(
    [
        [0.1, -0.0, 3e-7],
        [1, 2, 3],
        [-1e20, 1e-45, 7.5],
        [0, 0, 0],
        [5, -6, 7],
        [1 / 3, 2 / 3, 4 / 3],
    ]
    + [[9, 9.5, -9]],
    np.float32,
)
NAMES = [writer.name for writer in WRITERS]


@pytest.fixture
def vectors() -> WordVectors:
    return WordVectors(WORDS, ROWS, counts=[70, 60, 50, 40, 30, 20, 10])


def lines_of(path: Path) -> list[tuple[str, list[np.float32]]]:
    """Read a text file as C would: a word up to the first space, then numbers."""
    found = []
    for line in path.read_bytes().decode().split("\n")[:-1]:
        word, *numbers = line.split(" ")
        found.append((word, [np.float32(float(number)) for number in numbers]))
    return found


@pytest.mark.parametrize("name", ["word2vec", "fasttext", "glove"])
def test_text_reads_back_bit_for_bit(vectors: WordVectors, name: str, tmp_path: Path) -> None:
    report = write_vectors(vectors, tmp_path / "v", format=name)
    found = lines_of(tmp_path / "v")
    if name != "glove":
        assert found.pop(0) == ("7", [np.float32(3)])
    assert [word for word, _ in found] == WORDS
    read = np.array([numbers for _, numbers in found])
    np.testing.assert_array_equal(read.view(np.uint32), ROWS.view(np.uint32))
    assert (report.words, report.dimension, report.format) == (7, 3, name)
    assert report.bytes == (tmp_path / "v").stat().st_size


def test_many_blocks_stay_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_writing, "_BLOCK_BYTES", 40)  # five rows a block
    rows = np.arange(2 * 999, dtype=np.float32).reshape(999, 2)
    seen: list[tuple[int, int]] = []
    write_vectors(
        WordVectors([f"w{i}" for i in range(999)], rows),
        tmp_path / "v",
        format="glove",
        progress=lambda done, total: seen.append((done, total)),
    )
    expected = "".join(f"w{i} {2 * i}.0 {2 * i + 1}.0\n" for i in range(999))
    assert (tmp_path / "v").read_text() == expected
    assert seen == [(min(done, 999), 999) for done in range(5, 1004, 5)]


def test_word2vec_binary_byte_by_byte(tmp_path: Path) -> None:
    vectors = WordVectors(["é", "b"], [[1.5, -2], [0, 3]])
    write_vectors(vectors, tmp_path / "v", format="word2vec-binary")
    rows = [np.array(row, "<f4").tobytes() for row in ([1.5, -2], [0, 3])]
    expected = b"2 2\n" + "é ".encode() + rows[0] + b"\nb " + rows[1] + b"\n"
    assert (tmp_path / "v").read_bytes() == expected


@pytest.mark.parametrize("dtype", ["float16", "int8"])
def test_packed_vectors_are_written_as_the_numbers_they_stand_for(
    vectors: WordVectors, dtype: str, tmp_path: Path
) -> None:
    WordVectors(WORDS, np.clip(ROWS, -100, 100) + 1).save(tmp_path / "v.safetensors")
    packed = load_vectors(tmp_path / "v.safetensors", dtype=dtype)
    write_vectors(packed, tmp_path / "v", format="glove")
    read = np.array([numbers for _, numbers in lines_of(tmp_path / "v")])
    np.testing.assert_array_equal(read, packed.vectors)


@pytest.mark.parametrize("name", NAMES)
def test_every_format_says_what_it_wrote(vectors: WordVectors, name: str, tmp_path: Path) -> None:
    report = vectors.save_as(tmp_path / "out", format=name)
    assert str(report).startswith(f"{tmp_path / 'out'} ({name}): 7 words, 3 numbers each, ")
    assert not any(path.name.endswith(".tmp") for path in tmp_path.rglob("*"))
    assert report.bytes > 0


@pytest.mark.parametrize("name", ["word2vec", "word2vec-binary", "glove", "fasttext"])
@pytest.mark.parametrize("sign", " \t\n\v\f\r\0")
def test_words_that_would_break_the_file_are_refused(name: str, sign: str, tmp_path: Path) -> None:
    vectors = WordVectors(["a", f"new{sign}york", "b"], np.eye(3))
    found = re.escape(repr(f"new{sign}york"))
    signs = {" ": "spaces", "\t": "tabs", "\0": "NUL characters"}.get(sign, "line ends")
    message = rf"{name} can't hold words with {signs} in them, found {found}\. "
    with pytest.raises(UnwritableWordError, match=message):
        write_vectors(vectors, tmp_path / "v", format=name)
    assert list(tmp_path.iterdir()) == []
    # As it travels from a worker process:
    again = copy.copy(UnwritableWordError(["a b"], format="x", signs="spaces"))
    assert str(again).startswith("x can't hold words with spaces in them, found 'a b'. ")


def test_replacing_says_what_for_what_and_never_makes_two_rows_of_a_word(tmp_path: Path) -> None:
    words = ["new york", "new_york", "a \t b", "a  b", "c", " "]
    vectors = WordVectors(words, np.arange(12).reshape(6, 2), counts=np.arange(6))
    report = write_vectors(vectors, tmp_path / "v", format="glove", unfit="replace")
    assert (tmp_path / "v").read_text() == (
        "new_york 2.0 3.0\na_b 4.0 5.0\nc 8.0 9.0\n_ 10.0 11.0\n"
    )
    assert report.replaced == (("a \t b", "a_b"), (" ", "_"))
    assert report.skipped == ("new york", "a  b")
    assert "2 words changed: 'a \\t b' as 'a_b', ' ' as '_'" in str(report)
    assert "2 words left out: 'new york', 'a  b'" in str(report)


def test_skipping_leaves_out_those_words_only(tmp_path: Path) -> None:
    vectors = WordVectors(["new york", "a"], [[1], [2]])
    report = write_vectors(vectors, tmp_path / "v", format="word2vec", unfit="skip")
    assert (tmp_path / "v").read_text() == "1 1\na 2.0\n"
    assert (report.words, report.skipped, report.replaced) == (1, ("new york",), ())
    with pytest.raises(UnwritableWordError, match="found ' '"):
        write_vectors(WordVectors([" "], [[1]]), tmp_path / "w", format="word2vec", unfit="skip")


@pytest.mark.parametrize("name", ["native", "parquet", "spacy", "model2vec", "tensorboard"])
def test_other_formats_hold_words_with_spaces(name: str, tmp_path: Path) -> None:
    vectors = WordVectors(["new york", "a"], [[1], [2]])
    assert write_vectors(vectors, tmp_path / "v", format=name).words == 2


@pytest.mark.parametrize(
    ("name", "format"),
    [("v.safetensors", "native"), ("v.vec", "fasttext"), ("V.PARQUET", "parquet")],
)
def test_a_suffix_tells_the_format(
    vectors: WordVectors, name: str, format: str, tmp_path: Path
) -> None:
    assert vectors.save_as(tmp_path / name).format == format


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("v.bin", {}, r"v.bin: its suffix '.bin' doesn't tell the format. Name one of native, w"),
        ("v", {"format": "pickle"}, "format must be one of native, .* found 'pickle'"),
        ("v.vec", {"unfit": "drop"}, "unfit must be one of error, replace, skip, found 'drop'"),
        ("v", {"format": "spacy", "language": "tlh"}, "spaCy knows no language 'tlh'"),
    ],
)
def test_wrong_arguments_are_said_before_anything_is_written(
    vectors: WordVectors, name: str, options: dict[str, str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        vectors.save_as(tmp_path / name, **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_place_that_can_not_be_written_is_found_out(
    vectors: WordVectors, name: str, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match="none doesn't exist"):
        vectors.save_as(tmp_path / "none" / "v", format=name)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "native"])
def test_numbers_that_are_not_finite_are_refused_with_their_word(name: str, tmp_path: Path) -> None:
    path = tmp_path / "v.safetensors"
    WordVectors(["a", "bad"], [[1, 2], [3, 4]]).save(path)
    content = path.read_bytes()
    path.write_bytes(content[:-4] + np.float32(np.nan).tobytes())
    damaged = load_vectors(path)  # mapped: its numbers aren't looked at
    with pytest.raises(VectorFormatError, match=r"'bad' \(row 1\) has NaN"):
        damaged.save_as(tmp_path / "out", format=name)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_tensorboard_pair(vectors: WordVectors, tmp_path: Path) -> None:
    vectors.save_as(tmp_path / "out", format="tensorboard")
    rows = (tmp_path / "out" / "vectors.tsv").read_text().split("\n")[:-1]
    read = np.array([line.split("\t") for line in rows], np.float64).astype(np.float32)
    np.testing.assert_array_equal(read, ROWS)
    said = (tmp_path / "out" / "metadata.tsv").read_text(encoding="utf-8").split("\n")[:-1]
    counted = zip(WORDS, range(70, 0, -10), strict=True)
    assert said == ["word\tcount", *(f"{word}\t{count}" for word, count in counted)]
    config = (tmp_path / "out" / "projector_config.pbtxt").read_text()
    assert 'tensor_path: "vectors.tsv"' in config
    WordVectors(["a b"], [[1]]).save_as(tmp_path / "two", format="tensorboard")
    assert (tmp_path / "two" / "metadata.tsv").read_text() == "a b\n"


def test_parquet_has_words_vectors_counts_and_notes(vectors: WordVectors, tmp_path: Path) -> None:
    from pyarrow import parquet

    vectors.save_as(tmp_path / "v.parquet")
    table = parquet.read_table(tmp_path / "v.parquet")
    assert table.column_names == ["word", "vector", "count"]
    assert table["word"].to_pylist() == WORDS
    assert table["count"].to_pylist() == [70, 60, 50, 40, 30, 20, 10]
    rows = np.stack(table["vector"].to_numpy())
    np.testing.assert_array_equal(rows.view(np.uint32), ROWS.view(np.uint32))
    assert table.schema.metadata[b"wordgraft"] == b'{"tokenizer": null, "metadata": {}}'
