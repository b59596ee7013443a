"""Files as clean blocks: encodings, compression, cuts."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from wordgraft.embeddings import reading
from wordgraft.embeddings.corpus import Corpus
from wordgraft.embeddings.errors import CorpusError, MissingDependencyError, TextEncodingError
from wordgraft.embeddings.reading import Tally, clean_blocks, line_blocks, raw_blocks
from wordgraft.embeddings.tokenizers import DefaultTokenizer

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor().compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


def test_several_compressed_members_are_one_stream(tmp_path: Path) -> None:
    for suffix in (".gz", ".zst", ".bz2", ".xz"):
        path = tmp_path / f"corpus{suffix}"
        path.write_bytes(PACKERS[suffix](b"one tw") + PACKERS[suffix](b"o\nthree"))
        assert list(Corpus(path)) == [["one", "two"], ["three"]], suffix


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".bz2", ".xz"])
def test_cut_off_and_damaged_compression_is_named(tmp_path: Path, suffix: str) -> None:
    rng = random.Random(1)
    text = " ".join(str(rng.random()) for _ in range(5000)).encode()
    packed = PACKERS[suffix](text)
    path = tmp_path / f"corpus{suffix}"
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(CorpusError, match=rf"corpus\{suffix}: can't be read .*cut off"):
        list(Corpus(path))
    middle = len(packed) // 2
    for at in (12, middle):
        path.write_bytes(packed[:at] + 64 * b"\xff" + packed[at + 64 :])
        with pytest.raises(CorpusError, match=rf"corpus\{suffix}: can't be read .*damaged"):
            list(Corpus(path))


def blocks_of(data: bytes, size: int) -> list[bytes]:
    return [data[i : i + size] for i in range(0, len(data), size)]


def bad_bytes_of(data: bytes) -> int:
    bad = at = 0
    while True:
        try:
            data[at:].decode()
        except UnicodeDecodeError as error:
            bad += error.end - error.start
            at += error.end
        else:
            return bad


_RAW = st.lists(
    st.one_of(
        st.binary(max_size=6),
        st.text(max_size=5).map(str.encode),
        st.sampled_from(
            [b"\xe2\x82", b"\xf0\x9f\x98", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\0"]
            + [b"\xef\xbb\xbf", "😀é€".encode(), b"\xff\xfe", b"\n"]
        ),
    )
).map(b"".join)


@pytest.mark.parametrize("policy", ["replace", "ignore"])
@given(data=_RAW, size=st.integers(1, 9))
def test_lenient_reading_equals_decode(policy: str, data: bytes, size: int) -> None:
    tally = Tally()
    clean = list(clean_blocks(iter(blocks_of(data, size)), errors=policy, path="x", tally=tally))
    expected = data.removeprefix(b"\xef\xbb\xbf")
    assert b"".join(clean).decode() == expected.decode("utf-8", policy)
    assert all(part.decode() for part in clean)  # every block holds whole characters
    assert tally.bad_bytes == bad_bytes_of(expected)


@given(data=_RAW, size=st.integers(1, 9))
def test_strict_reading_equals_decode_or_names_the_byte(data: bytes, size: int) -> None:
    body = data.removeprefix(b"\xef\xbb\xbf")
    skipped = len(data) - len(body)
    try:
        expected = body.decode()
        first_bad = len(data)
    except UnicodeDecodeError as error:
        expected, first_bad = "", error.start + skipped
    nul = data.find(b"\0")
    first_bad = min(first_bad, nul) if nul >= 0 else first_bad
    reader = clean_blocks(iter(blocks_of(data, size)), errors="strict", path="x.txt", tally=Tally())
    if first_bad == len(data):
        assert b"".join(reader).decode() == expected
        return
    with pytest.raises(TextEncodingError, match=rf"x\.txt: .* at byte {first_bad}\.") as caught:
        list(reader)
    assert caught.value.offset == first_bad
    assert caught.value.path == "x.txt"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"abc\xff\xfe",
            r"expected UTF-8, found byte 0xff \(invalid start byte\) at byte 3\. Pass",
        ),
        (b"\xef\xbb\xbfab\x80", r"found byte 0x80 .* at byte 5"),
        (b"abc\xe2\x82", r"found byte 0xe2 \(unexpected end of data\) at byte 3"),
        (b"ab\xff\0", r"found byte 0xff .* at byte 2"),
        (
            b"PK\x03\x04\0\0",
            r"expected text, found a binary file \(it holds a NUL byte\) at byte 4",
        ),
        ("hello".encode("utf-16"), r"the byte order mark of UTF-16 .*iconv.* at byte 0"),
    ],
)
def test_strict_reading_says_what_is_wrong(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "corpus.txt.gz"
    path.write_bytes(gzip.compress(data))
    with pytest.raises(TextEncodingError, match=message):
        list(Corpus(path))


@pytest.mark.parametrize("block", [b"d\0", b"\xc3\xa9\0", b"d\xff\0"])
def test_offsets_go_on_from_block_to_block(block: bytes) -> None:
    expected = 3 + next(i for i, byte in enumerate(block) if byte in b"\0\xff")
    with pytest.raises(TextEncodingError, match=rf"x: .* at byte {expected}\."):
        list(clean_blocks(iter([b"abc", block]), errors="strict", path="x", tally=Tally()))


def test_offset_in_a_later_block_counts_decompressed_bytes(tmp_path: Path) -> None:
    path = tmp_path / "corpus.gz"
    path.write_bytes(gzip.compress(b"ab \n" * 700_000 + b"\xff"))
    with pytest.raises(TextEncodingError, match=r"corpus\.gz: .* at byte 2800000\."):
        for _ in Corpus(path).batches(Tally()):
            pass


_LINES = st.text(st.sampled_from(list("ab<> \t\n\r") + ["é"]), max_size=60).map(str.encode)


@given(text=_LINES, size=st.integers(1, 9), longest=st.integers(4, 30))
def test_line_blocks_lose_nothing_and_cut_at_space(text: bytes, size: int, longest: int) -> None:
    characters = [text.decode()[i : i + size].encode() for i in range(0, len(text.decode()), size)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "LONGEST_RUN", longest)
        blocks = list(line_blocks(iter(characters)))
    joined = b"".join(blocks)
    assert joined == (text if text.endswith(b"\n") or not text else text + b"\n")
    for block in blocks:
        if not block.endswith((b"\n", b" ", b"\t", b"\r")):
            assert len(block) >= longest


@given(
    parts=st.lists(st.sampled_from(["<br />", "<a b='c d'>", "word", " ", "<", ">", "x<y"])),
    size=st.integers(1, 9),
)
def test_cuts_fall_outside_tags(parts: list[str], size: int) -> None:
    text = "".join(parts)
    blocks = line_blocks(iter(blocks_of(text.encode(), size)))
    tokenizer = DefaultTokenizer(keep_punctuation=True)
    assert [token for block in blocks for token in tokenizer(block.decode())] == tokenizer(text)


def test_long_lines_are_cut_outside_tags_in_bounded_blocks(tmp_path: Path) -> None:
    path = tmp_path / "line.txt"
    rng = random.Random(3)
    words = [
        rng.choice(["word", "two<br />three", "<a href='x y z'>", "&amp;"]) for _ in range(400_000)
    ]
    text = " ".join(words)
    path.write_text(text)
    tally = Tally()
    clean = clean_blocks(raw_blocks(path, tally), errors="strict", path=path, tally=tally)
    blocks = list(line_blocks(clean))
    assert len(blocks) > 3
    assert max(map(len, blocks)) < 2 * reading.BLOCK_BYTES
    tokens = [token for sentence in Corpus(path) for token in sentence]
    assert tokens == DefaultTokenizer()(text)
    assert tally.bytes_read == path.stat().st_size


def test_a_run_without_any_space_is_cut_at_last(tmp_path: Path) -> None:
    path = tmp_path / "run.txt"
    path.write_bytes("é".encode() * (3 * reading.LONGEST_RUN))
    lengths = [len(token) for sentence in Corpus(path) for token in sentence]
    assert sum(lengths) == 3 * reading.LONGEST_RUN
    assert max(lengths) <= reading.LONGEST_RUN


def test_zstandard_without_its_package_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.zst"
    path.write_bytes(PACKERS[".zst"](b"x"))
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    with pytest.raises(MissingDependencyError, match="pip install zstandard"):
        list(Corpus(path))
