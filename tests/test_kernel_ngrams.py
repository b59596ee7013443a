"""Rows of n-grams: the kernel, its slow twin, and fastText itself."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import ngrams as reference
from wordgraft.embeddings.kernels.ngrams import ngram_rows

GOLDEN = Path(__file__).parent / "golden" / "fasttext" / "ngrams.json"


def kernel_rows(words: list[bytes], min_n: int, max_n: int, buckets: int) -> list[list[int]]:
    """Rows of each word by the kernel."""
    data = np.frombuffer(b"".join(words), np.uint8)
    offsets = np.cumsum([0, *map(len, words)], dtype=np.int64)
    starts, rows = ngram_rows(data, offsets, min_n, max_n, buckets)
    assert (starts.dtype, rows.dtype, starts[-1]) == (np.int64, np.int32, len(rows))
    return [rows[a:b].tolist() for a, b in zip(starts[:-1], starts[1:], strict=True)]


_WORDS = st.lists(
    st.one_of(
        st.text(st.characters(codec="utf-8"), max_size=9).map(str.encode),
        st.binary(max_size=9),
        st.text(st.sampled_from("</s>aé日🙂"), max_size=6).map(str.encode),
        st.just(b"</s>"),
    ),
    max_size=6,
)


@given(
    words=_WORDS,
    min_n=st.integers(0, 5),
    max_n=st.integers(0, 7),
    buckets=st.sampled_from([1, 7, 1000, 2_000_000, 2**31 - 1]),
)
def test_kernel_equals_its_twin(words: list[bytes], min_n: int, max_n: int, buckets: int) -> None:
    expected = [reference.rows(word, min_n, max_n, buckets) for word in words]
    assert kernel_rows(words, min_n, max_n, buckets) == expected


def test_pieces_of_a_word_by_hand() -> None:
    assert reference.ngrams(b"cat", 3, 4) == [b"<ca", b"<cat", b"cat", b"cat>", b"at>"]
    assert reference.ngrams("né".encode(), 1, 2) == [
        *(b"<n", b"n", "né".encode(), "é".encode(), "é>".encode())
    ]
    assert reference.ngrams(b"<", 1, 1) == [b"<"]  # within the word it is a letter
    assert reference.ngrams(b"", 1, 3) == [b"<>"]
    assert reference.ngrams(b"</s>", 1, 3) == []


@pytest.mark.parametrize(
    ("data", "expected"),
    # FNV-1a's own test values where all bytes are ASCII (draft-eastlake-fnv).
    [(b"", 0x811C9DC5), (b"a", 0xE40C292C), (b"foobar", 0xBF9CF968)],
)
def test_hash_of_ascii_is_fnv1a(data: bytes, expected: int) -> None:
    assert reference.fnv1a(data) == expected


def test_rows_are_those_of_fasttext() -> None:
    """Subword ids that fastText gave for words of many scripts (golden/fasttext/README.md)."""
    checked = 0
    for case in json.loads(GOLDEN.read_text(encoding="utf-8")):
        words = list(case["rows"])
        found = kernel_rows(
            [word.encode() for word in words], case["minn"], case["maxn"], case["bucket"]
        )
        assert dict(zip(words, found, strict=True)) == case["rows"]
        checked += sum(map(len, found))
    assert checked > 1000


def test_the_compiled_kernel_equals_plain_python() -> None:
    data = np.frombuffer("日本</s>naïve".encode(), np.uint8)
    offsets = np.array([0, 6, 10, 16])
    plain = getattr(ngram_rows, "py_func", ngram_rows)
    for compiled, interpreted in zip(
        ngram_rows(data, offsets, 2, 4, 50), plain(data, offsets, 2, 4, 50), strict=True
    ):
        np.testing.assert_array_equal(compiled, interpreted)
