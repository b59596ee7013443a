"""Text files of vectors: with header and without, odd words, odd lines, what is said of them."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from wordgraft import WordVectors, load_vectors
from wordgraft.embeddings.errors import ConfigurationError, UnknownFormatError, VectorFormatError
from wordgraft.embeddings.formats.report import LoadReport, SkippedLine

GLOVE = b"the 0.5 -1.5 2.25\nking 1 2 3e-1\n. . . -0.125 0 1E2\n"


def load(path: Path, content: bytes, **options) -> WordVectors:
    path.write_bytes(content)
    return load_vectors(path, **options)


def report_of(vectors: WordVectors) -> LoadReport:
    assert vectors.report is not None
    return vectors.report


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


def test_glove_is_read_from_the_right(path: Path) -> None:
    vectors = load(path, GLOVE)
    assert vectors.index_to_key == ("the", "king", ". . .")
    expected = np.array([[0.5, -1.5, 2.25], [1, 2, 0.3], [-0.125, 0, 100]], np.float32)
    np.testing.assert_array_equal(vectors.vectors, expected)
    report = report_of(vectors)
    assert (report.format, report.rows, report.dimension) == ("glove", 3, 3)
    assert (report.rows_in_file, report.possibly_cut, report.notes) == (None, False, ())


def test_a_header_makes_it_word2vec(path: Path) -> None:
    vectors = load(path, b"3 3\n" + GLOVE)
    assert vectors.index_to_key == ("the", "king", ". . .")
    report = report_of(vectors)
    assert (report.format, report.rows_in_file, report.possibly_cut) == ("word2vec", 3, False)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + GLOVE,
        GLOVE.replace(b"\n", b"\r\n"),
        GLOVE.replace(b"\n", b" \n"),
        GLOVE.replace(b" ", b"\t").replace(b".\t.\t.", b". . ."),
        b"\n" + GLOVE + b"\n\n",
        b"\xef\xbb\xbf3 3\r\n" + GLOVE,
        b" 3\t3 \n" + GLOVE,
    ],
    ids=["BOM", "Windows", "space at the end", "tabs", "empty lines", "BOM, header", "odd header"],
)
def test_other_line_ends_separators_and_marks_change_nothing(path: Path, content: bytes) -> None:
    vectors, plain = load(path, content, strict=True), load(path, GLOVE)
    assert vectors.index_to_key == plain.index_to_key
    np.testing.assert_array_equal(vectors.vectors, plain.vectors)


def test_a_million_numbers_are_bit_for_bit_what_python_reads(path: Path) -> None:
    rng = random.Random(1)

    def digits(most: int) -> str:
        return "".join(rng.choices("0123456789", k=rng.randint(1, most)))

    def number() -> str:
        kind = rng.randrange(5)
        if kind == 0:
            return repr(rng.gauss(0, 1))
        if kind == 1:
            return f"{rng.gauss(0, 0.3):.{rng.randint(1, 9)}f}"
        if kind == 2:  # denormals of float32, and what is too small for it
            return f"{rng.random():.{rng.randint(0, 18)}e}"[:-3] + f"-{rng.randint(36, 50)}"
        if kind == 3:
            return f"{rng.choice(['', '+', '-'])}{digits(18)}.{digits(20)}e-{rng.randint(0, 60)}"
        return f"{rng.choice(['', '+', '-'])}{digits(25)}e{rng.choice(['', '+', '-'])}0{digits(1)}"

    lines = [[number() for _ in range(250)] for _ in range(4000)]
    text = "".join(f"w{row} {' '.join(line)}\n" for row, line in enumerate(lines))
    vectors = load(path, text.encode(), strict=True)
    expected = np.array([[float(number) for number in line] for line in lines]).astype(np.float32)
    assert vectors.vectors.view(np.uint32).tolist() == expected.view(np.uint32).tolist()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"few 1 2", "expected a word and 3 numbers, found 2"),
        (b"many 1 2 3 4", "expected a word and 3 numbers, found 4"),
        (b"nan 1 nan 2", "expected a word and 3 numbers, found b'nan' where a number belongs"),
        (b"inf 1 2 -inf", "expected a word and 3 numbers, found b'-inf' where a number belongs"),
        (b"hex 1 2 0x3", "expected a word and 3 numbers, found b'0x3' where a number belongs"),
        (b"dot 1 2 .3", "expected a word and 3 numbers, found b'.3' where a number belongs"),
        (b"large 1 2 1e39", "expected a word and 3 numbers, found one that float32 can't hold"),
        (b"large 1 2 340282356779733661637539395458142568447.5",
         "expected a word and 3 numbers, found one that float32 can't hold"),
        (b"lonely", "expected a word and 3 numbers, found 0"),
        (b" 1 2 3", "expected a word and 3 numbers, found 2"),
    ],
)  # fmt: skip
def test_a_bad_line_is_skipped_with_number_and_reason(path: Path, line: bytes, reason: str) -> None:
    vectors = load(path, GLOVE + line + b"\nqueen 3 2 1\n")
    assert vectors.index_to_key == ("the", "king", ". . .", "queen")
    report = report_of(vectors)
    assert (report.skipped, report.skipped_count) == ((SkippedLine(4, reason),), 1)
    with pytest.raises(VectorFormatError, match=r":4: expected a word and 3 numbers, found"):
        load_vectors(path, strict=True)


def test_of_many_bad_lines_a_hundred_are_named_and_all_counted(path: Path) -> None:
    vectors = load(path, b"3003 3\n" + GLOVE + b"bad 1 2\n" * 3000)
    report = report_of(vectors)
    assert report.skipped_count == 3000
    assert [skipped.line for skipped in report.skipped] == list(range(5, 105))
    assert "3,000 rows skipped (line 5: expected" in str(report)
    assert "; and 2,997 more)" in str(report)


def test_of_a_repeated_word_the_first_row_counts(path: Path) -> None:
    vectors = load(path, GLOVE + b"the 9 9 9\nqueen 3 2 1\nqueen 9 9 9\n")
    assert vectors.index_to_key == ("the", "king", ". . .", "queen")
    assert vectors["the"].tolist() == [0.5, -1.5, 2.25]
    assert vectors["queen"].tolist() == [3, 2, 1]
    assert report_of(vectors).duplicates == 2
    with pytest.raises(VectorFormatError, match=":4: the word 'the' has a row already"):
        load_vectors(path, strict=True)


def test_words_of_any_characters_are_kept(path: Path) -> None:
    words = ["café", "日本", "a\0b", "new\x0byork", "x\u00a0y", "\u2028", "😀", "1", "-0.5", "\x85"]
    text = "".join(f"{word} 0.5 {row}\n" for row, word in enumerate(words))
    vectors = load(path, text.encode(), strict=True)
    assert list(vectors.index_to_key) == words


def test_bytes_that_are_no_utf8_follow_the_policy(path: Path) -> None:
    content = GLOVE + b"caf\xc3 1 2 3\nab\xffcd 3 2 1\n"
    vectors = load(path, content)
    assert vectors.index_to_key[3:] == ("caf\ufffd", "ab\ufffdcd")
    assert report_of(vectors).repaired_words == 2
    assert "2 words had bytes that are no UTF-8" in str(vectors.report)
    assert load_vectors(path, errors="ignore").index_to_key[3:] == ("caf", "abcd")
    with pytest.raises(VectorFormatError, match=r":4: the word b'caf\\xc3' isn't UTF-8"):
        load_vectors(path, errors="strict")
    with pytest.raises(VectorFormatError, match=":4: the word 'caf.' has bytes that are no UTF-8"):
        load_vectors(path, strict=True)


def test_a_word_of_which_nothing_is_left_is_skipped(path: Path) -> None:
    vectors = load(path, GLOVE + b"\xff 1 2 3\n", errors="ignore")
    assert vectors.index_to_key == ("the", "king", ". . .")
    assert report_of(vectors).skipped == (SkippedLine(4, "expected a word, found none"),)


def test_a_last_line_without_its_end_is_reported(path: Path) -> None:
    vectors = load(path, GLOVE[:-1])
    assert len(vectors) == 3
    assert report_of(vectors).possibly_cut
    assert report_of(vectors).notes == ("The last line has no line end",)
    assert "may have been cut" in str(vectors.report)
    with pytest.raises(VectorFormatError, match=":3: the last line has no line end"):
        load_vectors(path, strict=True)


@pytest.mark.parametrize(
    ("header", "said", "cut"),
    [
        (b"5 3", "The header announces 5 rows, the file has 3", True),
        (b"2 3", "The header announces 2 rows, the file has 3", False),
    ],
)
def test_a_header_that_lies_about_rows_is_reported(
    path: Path, header: bytes, said: str, cut: bool
) -> None:
    vectors = load(path, header + b"\n" + GLOVE)
    assert len(vectors) == 3
    report = report_of(vectors)
    assert (report.notes, report.possibly_cut) == ((said,), cut)
    with pytest.raises(VectorFormatError, match="the header announces"):
        load_vectors(path, strict=True)


@pytest.mark.parametrize(
    "header", [b"3 4", b"3 0", b"3 999999999999999999", b"99999999999999999 2"]
)
def test_a_header_that_lies_about_the_dimension_is_refused(path: Path, header: bytes) -> None:
    with pytest.raises(VectorFormatError, match=":1: the header announces .* found 3 in most"):
        load(path, header + b"\n" + GLOVE)


def test_a_format_that_is_named_is_taken(path: Path) -> None:
    assert len(load(path, GLOVE, format="glove")) == 3
    with pytest.raises(VectorFormatError, match='found b.the 0.5 .*with format="glove"'):
        load_vectors(path, format="word2vec")
    counts = b"the 900\nof 800\n"
    with pytest.raises(UnknownFormatError, match="no known format fits"):
        load(path, counts)
    assert load(path, counts, format="glove")["of"].tolist() == [800]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"the cat sat on the mat\nin the year 1984\n",
        b"the\n",
        b"{}",
        b"0.5 1.5\n2.5 1",
    ],
)
def test_what_is_no_file_of_vectors_is_refused(path: Path, content: bytes) -> None:
    with pytest.raises(UnknownFormatError, match="no known format fits|the file is empty"):
        load(path, content)


def test_a_file_without_a_good_row_is_refused(path: Path) -> None:
    with pytest.raises(VectorFormatError, match=":2: no row could be loaded: expected a word and"):
        load(path, b"1 2\nthe 1e39 1\n")
    with pytest.raises(VectorFormatError, match="no row could be loaded"):
        load(path, b"1 2\n")


def test_limit_loads_the_first_rows_that_are_wanted(path: Path) -> None:
    content = b"bad 1\nthe 1 2\nthe 3 4\nking 5 6\nqueen 7 8\nbad 1\n"
    vectors = load(path, content * 1, format="glove", limit=2)
    assert vectors.index_to_key == ("the", "king")
    report = report_of(vectors)
    assert (report.duplicates, report.skipped_count, report.possibly_cut) == (1, 1, False)
    assert load_vectors(path, limit=1, vocabulary=["queen", "king"]).index_to_key == ("king",)
    assert len(load_vectors(path, limit=99)) == 3


def test_vocabulary_loads_these_words_only(path: Path) -> None:
    vectors = load(path, b"4 3\n" + GLOVE + b"queen 3 2 1\n", vocabulary={"queen", ". . .", "none"})
    assert vectors.index_to_key == (". . .", "queen")
    assert vectors.vectors.tolist() == [[-0.125, 0, 100], [3, 2, 1]]
    assert report_of(vectors).notes == ("2 of the 3 words asked for have a row",)
    with pytest.raises(VectorFormatError, match="none of the words asked for"):
        load_vectors(path, vocabulary=["nothing"])


def test_dtype_packs_the_rows(path: Path) -> None:
    assert load(path, GLOVE, dtype="float16").storage.dtype == np.float16
    packed = load_vectors(path, dtype="int8")
    assert packed.storage.dtype == np.int8
    np.testing.assert_allclose(packed.vectors, load_vectors(path).vectors, atol=0.5)


def test_all_mistakes_of_the_arguments_are_said_at_once(path: Path) -> None:
    path.write_bytes(GLOVE)
    with pytest.raises(ConfigurationError) as caught:
        load_vectors(path, format="gloves", limit=0, dtype="int4", errors="x", vocabulary="the")  # type: ignore[arg-type]
    assert len(caught.value.problems) == 5
    with pytest.raises(ConfigurationError, match="vocabulary must be words"):
        load_vectors(path, vocabulary=[3])  # type: ignore[list-item]
    with pytest.raises(ConfigurationError, match="vocabulary must be words"):
        load_vectors(path, vocabulary=[])


def test_files_of_many_blocks_keep_order_and_line_numbers(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wordgraft.embeddings.formats import text_blocks

    rng = np.random.default_rng(1)
    values = rng.standard_normal((3000, 7)).astype(np.float32)
    lines = [f"w{row} {' '.join(map(str, line))}\n" for row, line in enumerate(values)]
    bad = {500: "w500 1 2\n", 2999: "w2999 x\n"}
    text = "".join(bad.get(row, line) for row, line in enumerate(lines))
    monkeypatch.setattr(text_blocks, "_PIECE_BYTES", 1000)
    monkeypatch.setattr(text_blocks, "_BUFFER_NUMBERS", 50)
    vectors = load(path, text.encode())
    kept = [row for row in range(3000) if row not in bad]
    assert vectors.index_to_key == tuple(f"w{row}" for row in kept)
    np.testing.assert_array_equal(vectors.vectors, values[kept])
    assert [skipped.line for skipped in report_of(vectors).skipped] == [501, 3000]


def test_a_line_without_end_is_given_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from wordgraft.embeddings.formats import text_blocks

    monkeypatch.setattr(text_blocks, "_PIECE_BYTES", 100)
    monkeypatch.setattr(text_blocks, "_LONGEST_LINE", 1000)
    with pytest.raises(VectorFormatError, match="no line end within 1,0[0-9]+ bytes"):
        load(path, GLOVE + b"x" * 5000 + b"\n")
