"""floret's tables: hashes, parts and vectors as floret itself and the reference hash have them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reference.guarded import Guard
from wordgraft import load_vectors
from wordgraft.embeddings.errors import ConfigurationError, VectorFormatError
from wordgraft.embeddings.floret import FloretSubwords
from wordgraft.embeddings.kernels.floret import floret_rows, murmur_128

GOLDEN = Path(__file__).parent / "golden" / "floret"
TABLE = np.arange(14, dtype=np.float32).reshape(7, 2)


def murmur(data: bytes, seed: int) -> tuple[int, int]:
    """Slow twin of the hash: Austin Appleby's, in Python's own numbers."""
    low = (1 << 64) - 1

    def rotated(value: int, count: int) -> int:
        return ((value << count) | (value >> (64 - count))) & low

    def mixed(value: int) -> int:
        value = (value ^ (value >> 33)) * 0xFF51AFD7ED558CCD & low
        value = (value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53 & low
        return value ^ (value >> 33)

    c1, c2 = 0x87C37B91114253D5, 0x4CF5AD432745937F
    h1 = h2 = seed
    whole = len(data) // 16 * 16
    for i in range(0, whole, 16):
        k1, k2 = (int.from_bytes(data[i + d : i + d + 8], "little") for d in (0, 8))
        h1 ^= rotated(k1 * c1 & low, 31) * c2 & low
        h1 = (((rotated(h1, 27) + h2) & low) * 5 + 0x52DCE729) & low
        h2 ^= rotated(k2 * c2 & low, 33) * c1 & low
        h2 = (((rotated(h2, 31) + h1) & low) * 5 + 0x38495AB5) & low
    tail = data[whole:]
    h1 ^= rotated(int.from_bytes(tail[:8], "little") * c1 & low, 31) * c2 & low
    h2 ^= rotated(int.from_bytes(tail[8:], "little") * c2 & low, 33) * c1 & low
    h1, h2 = h1 ^ len(data), h2 ^ len(data)
    h1 = (h1 + h2) & low
    h2 = (h2 + h1) & low
    h1, h2 = mixed(h1), mixed(h2)
    h1 = (h1 + h2) & low
    return h1, (h2 + h1) & low


@given(st.binary(max_size=70), st.integers(0, 2**32 - 1))
@example(b"", 0)
@example(b"x" * 16, 1)
@example(b"<hello>", 2166136261)
def test_the_hash_is_murmurs(data: bytes, seed: int) -> None:
    guard = Guard()
    held = guard.array(np.frombuffer(b"." + data + b".", np.uint8).copy())
    held.flags.writeable = False
    assert tuple(map(int, murmur_128(held, 1, 1 + len(data), seed))) == murmur(data, seed)
    assert guard.broken() == []


def test_the_slow_hash_is_mmh3s() -> None:
    mmh3 = pytest.importorskip("mmh3")
    for size in range(40):
        data = bytes(range(size))
        assert murmur(data, 7) == mmh3.hash64(data, 7, x64arch=True, signed=False)


@given(
    st.lists(st.text(max_size=6), max_size=5), st.integers(1, 3), st.integers(0, 3),
    st.integers(1, 4),
)  # fmt: skip
def test_parts_are_the_word_and_its_runs(
    words: list[str], least: int, more: int, hashes: int
) -> None:
    guard = Guard()
    marked = [f"<{word.encode(errors='ignore').decode()}>" for word in words]
    data = "".join(marked).encode()
    offsets = guard.array(np.cumsum([0, *(len(word.encode()) for word in marked)]))
    expected = []
    for word in marked:
        runs = [word[i : i + n] for n in range(least, least + more + 1)
                for i in range(len(word) - n + 1)
                if n > 1 or 0 < i < len(word) - 1]  # fmt: skip
        for part in (word, *runs):
            h1, h2 = murmur(part.encode(), 5)
            quarters = (h1 & 0xFFFFFFFF, h1 >> 32, h2 & 0xFFFFFFFF, h2 >> 32)
            expected += [quarter % 7 for quarter in quarters[:hashes]]
    held = guard.array(np.frombuffer(data, np.uint8).copy())
    starts = guard.array(np.zeros(len(marked) + 1, np.int64))
    rows = guard.array(np.zeros(len(expected), np.int32))
    held.flags.writeable = False
    count = floret_rows(held, offsets, least, least + more, 7, hashes, 5, starts, rows)
    assert guard.broken() == []
    assert count == len(expected) == starts[-1]
    assert rows.tolist() == expected


@pytest.mark.parametrize("name", ["two", "four", "single"])
def test_vectors_are_florets_own(name: str) -> None:
    vectors = load_vectors(GOLDEN / f"{name}.vec", strict=True)
    assert len(vectors) == 0
    assert vectors.report is not None
    assert vectors.report.format == "floret"
    expected = json.loads((GOLDEN / "vectors.json").read_text(encoding="utf-8"))[name]
    for word, vector in expected.items():
        np.testing.assert_allclose(vectors[word], vector, atol=2e-6)
    chosen = load_vectors(GOLDEN / f"{name}.vec", vocabulary=expected)
    assert set(chosen.index_to_key) == set(expected)
    for word in expected:
        np.testing.assert_array_equal(chosen[word], vectors[word])


def test_vectors_are_those_of_spacy(data_file: Callable[[str], Path]) -> None:
    spacy = pytest.importorskip("spacy")
    from spacy.vectors import Mode, Vectors

    ours = load_vectors(GOLDEN / "four.vec").subwords
    assert isinstance(ours, FloretSubwords)
    theirs = Vectors(
        strings=spacy.strings.StringStore(["cat", "naïve"]), data=np.asarray(ours.table),
        mode=Mode.floret, minn=ours.min_n, maxn=ours.max_n, hash_count=ours.hashes,
        hash_seed=ours.seed, bow=ours.begin, eow=ours.end,
    )  # fmt: skip
    for word in ("cat", "naïve"):
        np.testing.assert_allclose(theirs[word], ours.vector(word), rtol=1e-5, atol=1e-7)


def test_parts_are_named(tmp_path: Path) -> None:
    subwords = FloretSubwords(2, 3, 7, TABLE, begin="[", end="]", hashes=2, seed=1)
    parts = subwords.parts("ab")
    assert parts.ngrams[::2] == ["[ab]", "[a", "ab", "b]", "[ab", "ab]"]
    assert parts.ngrams[1::2] == parts.ngrams[::2]
    assert parts.rows.tolist() == subwords.rows("ab").tolist()
    expected = TABLE[parts.rows].mean(axis=0)
    np.testing.assert_allclose(subwords.vector("ab"), expected, rtol=1e-6)
    np.testing.assert_allclose(subwords.ngram_vector("ab]"), TABLE[parts.rows[-2:]].mean(axis=0))
    with pytest.raises(ConfigurationError, match="hashes must be 1 to 4, found 5; seed must be"):
        FloretSubwords(2, 3, 7, TABLE, hashes=5, seed=-1)


def file_of(rows: int = 7, header: str = "7 2 2 3 1 9 < >") -> bytes:
    lines = [f"{row} {a} {b} \n" for row, (a, b) in enumerate(TABLE[:rows].tolist())]
    return f"{header}\n{''.join(lines)}".encode()


def test_limit_counts_words_of_the_vocabulary(tmp_path: Path) -> None:
    path = tmp_path / "v"
    path.write_bytes(file_of())
    assert load_vectors(path, vocabulary=["b", "a", ""], limit=2).index_to_key == ("a",)
    assert "Limit counts words" in str(load_vectors(path, limit=2).report)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (file_of(6), r":8: expected rows numbered 0 to 6, found none of number 6"),
        (file_of().replace(b"\n3 ", b"\n4 "), ":5: expected rows numbered 0 to 6"),
        (file_of().replace(b"6.0", b"nan"), r"found none of number 3 .*\(line 5: expected a word"),
        (file_of(header="99999999 2 2 3 1 9 < >"), "expected rows numbered 0 to 99,999,998"),
        (file_of(header="7 0 2 3 1 9 < >"), "announces 0 numbers"),
        (file_of(header="7 2 3 2 1 9 < >"), "the header is wrong: n-grams must have"),
        (file_of(header="7 2 2 3 9 9 < >"), "the header is wrong: hashes must be 1 to 4"),
        (file_of(header="7 2 0 3 1 9 < >"), "the header is wrong: min_n must be at least 1"),
        (file_of()[:-20], "expected rows numbered 0 to 6"),
    ],
)
def test_a_table_that_is_not_whole_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "v"
    path.write_bytes(content)
    with pytest.raises(VectorFormatError, match=said):
        load_vectors(path)


def test_a_file_without_the_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "v"
    path.write_bytes(b"the 1 2\n")
    with pytest.raises(VectorFormatError, match="expected a first line of six whole numbers"):
        load_vectors(path, format="floret")


def test_every_prefix_is_refused_or_reported(tmp_path: Path) -> None:
    content = file_of()
    for size in range(len(content)):
        (tmp_path / "v").write_bytes(content[:size])
        try:
            vectors = load_vectors(tmp_path / "v")
        except VectorFormatError:
            continue
        assert vectors.report is not None
        assert vectors.report.possibly_cut
