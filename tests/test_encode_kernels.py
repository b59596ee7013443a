"""The compiled half of encoding against slow twins: chunks, sentences, eras."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import encode as reference
from wordgraft.embeddings.chunks import ChunkEncoder, WordIndex
from wordgraft.embeddings.kernels import encode as kernels
from wordgraft.embeddings.spool import TokenSpool
from wordgraft.embeddings.tokenizers import DefaultTokenizer, WhitespaceTokenizer

_BYTES = st.text(st.sampled_from(list("abé \t\n\r\v\f'.,") + ["\x1c", "\u2028", "B"])).map(
    str.encode
)


@given(text=_BYTES)
def test_scan_chunks_equals_twin_whatever_the_room(text: bytes) -> None:
    block = np.frombuffer(text, np.uint8)
    arena, offsets = np.empty(len(text) + 64, np.uint8), np.zeros(65, np.int64)
    table, ids, state = np.full(256, -1, np.int64), np.empty(3, np.int32), np.zeros(3, np.int64)
    found: list[int] = []
    at = 0
    while at < len(text):
        with np.errstate(over="ignore"):  # the hash wraps round; NumPy says so without the compiler
            at = kernels.scan_chunks(block, at, arena, offsets, table, ids, state)
        found += ids[: state[1]].tolist()
        assert state[2] == 0
    expected_ids, expected_chunks = reference.scan_chunks(text)
    assert found == expected_ids
    assert state[0] == len(expected_chunks)
    used = arena[: offsets[state[0]]].tobytes()
    assert used == b"".join(chunk + b" " for chunk in expected_chunks)


def test_scan_chunks_stops_where_nothing_fits() -> None:
    block = np.frombuffer(b"aa bb aa cc", np.uint8)
    offsets, table = np.zeros(9, np.int64), np.full(16, -1, np.int64)
    ids, state = np.empty(99, np.int32), np.zeros(3, np.int64)
    args = (np.empty(8, np.uint8), offsets, table, ids, state)
    assert kernels.scan_chunks(block, 0, *args) == 9
    assert (ids[:3].tolist(), state.tolist()) == ([0, 1, 0], [2, 3, 3])  # "cc " misses 1 byte
    few = (np.empty(99, np.uint8), np.zeros(3, np.int64), np.full(16, -1, np.int64), ids, state)
    state[:] = 0
    assert kernels.scan_chunks(block, 0, *few) == 9
    assert state.tolist() == [2, 3, 3]


@pytest.mark.parametrize("other", [b"xyz", b"abcd", b"ab"])
def test_scan_chunks_is_not_fooled_by_equal_hashes(other: bytes) -> None:
    arena = np.zeros(64, np.uint8)
    arena[: len(other)] = list(other)
    offsets, table = np.zeros(9, np.int64), np.full(16, -1, np.int64)
    offsets[1] = len(other) + 1
    with np.errstate(over="ignore"):
        abc = int(kernels._slot_hash(np.frombuffer(b"abc", np.uint8), 0, 3))
        table[abc & 15] = (abc >> 32) << 32  # chunk 0 claims the hash of abc
        ids, state = np.zeros(4, np.int32), np.array([1, 0, 0])
        block = np.frombuffer(b"abc abc", np.uint8)
        assert kernels.scan_chunks(block, 0, arena, offsets, table, ids, state) == 7
    assert ids[:2].tolist() == [1, 1]
    assert state.tolist() == [2, 2, 0]


def test_rebuilt_table_knows_every_chunk() -> None:
    text = b" ".join(b"w%d" % (i * i) for i in range(200))
    block = np.frombuffer(text, np.uint8)
    arena, offsets = np.empty(2 * len(text), np.uint8), np.zeros(500, np.int64)
    ids, state = np.empty(500, np.int32), np.zeros(3, np.int64)
    table = np.full(512, -1, np.int64)
    kernels.scan_chunks(block, 0, arena, offsets, table, ids, state)
    bigger = np.full(1024, -1, np.int64)
    with np.errstate(over="ignore"):
        kernels.rebuild_table(arena, offsets, 200, bigger)
    assert sorted((bigger[bigger >= 0] & 0xFFFFFFFF).tolist()) == list(range(200))
    kernels.scan_chunks(block, 0, arena, offsets, bigger, ids, state)
    assert ids[:200].tolist() == list(range(200))
    assert state[0] == 200


@given(chunks=st.lists(st.integers(-1, 2)))
def test_expand_chunks_equals_twin(chunks: list[int]) -> None:
    meanings = [[7], [], [3, 7, 5]]
    expected = reference.expand_chunks(chunks, meanings)
    borders, words = np.array([0, 1, 1, 4]), np.array([7, 3, 7, 5], np.int32)
    out = np.full(len(expected) + 1, 99, np.int32)
    ids = np.array(chunks, np.int32)
    assert kernels.expand_chunks(ids, borders, words, out) == len(expected)
    assert out.tolist() == [*expected, 99]
    if expected:
        short = np.full(len(expected) - 1, 99, np.int32)
        assert kernels.expand_chunks(ids, borders, words, short) == len(expected)
        assert (short == 99).all()


@given(
    ids=st.lists(st.integers(-1, 3), max_size=40),
    limit=st.integers(1, 5),
    pieces=st.integers(1, 7),
)
def test_split_sentences_equals_twin_in_any_pieces(ids: list[int], limit: int, pieces: int) -> None:
    ids = [*ids, -1]
    sentences, empty, cuts = reference.split_sentences(ids, limit)
    state, counts = np.zeros(6, np.int64), np.zeros(4, np.int64)
    tokens: list[int] = []
    ends: list[int] = []
    for start in range(0, len(ids), pieces):
        part = np.array(ids[start : start + pieces], np.int32)
        out, borders = np.empty(len(part), np.int32), np.empty(len(part), np.int64)
        taken = kernels.split_sentences(part, limit, counts, out, borders, state)
        tokens += out[:taken].tolist()
        ends += borders[: state[5]].tolist()
    assert [tokens[a:b] for a, b in zip([0, *ends], ends, strict=False)] == sentences
    assert tokens == [word for sentence in sentences for word in sentence]
    assert counts.tolist() == [tokens.count(word) for word in range(4)]
    assert state[:5].tolist() == [len(tokens), 0, 0, empty, cuts]


@given(
    lengths=st.lists(st.integers(1, 4), max_size=8),
    remap=st.lists(st.sampled_from([-1, 0, 1, 2]), min_size=3, max_size=3),
    piece=st.integers(1, 9),
    data=st.data(),
)
def test_remap_tokens_equals_twin_in_any_pieces(
    lengths: list[int], remap: list[int], piece: int, data: st.DataObject
) -> None:
    ids = st.lists(st.integers(0, 2), min_size=1, max_size=4)
    sentences = [data.draw(ids) for _ in lengths]
    tokens = np.array([word for sentence in sentences for word in sentence], np.int32)
    ends = np.cumsum([len(sentence) for sentence in sentences], dtype=np.int64)
    renamed = [[remap[w] for w in sentence if remap[w] >= 0] for sentence in sentences]
    expected = [sentence for sentence in renamed if sentence]
    moved = np.zeros(2, np.int64)
    kept: list[int] = []
    kept_ends: list[int] = [0]
    for at in range(0, len(tokens), piece):
        part = tokens[at : at + piece].copy()
        borders = ends[(ends > at) & (ends <= at + len(part))]
        out, out_borders = np.empty(len(part), np.int32), np.empty(len(borders), np.int64)
        taken, laid = kernels.remap_tokens(
            part, borders, at, np.array(remap, np.int32), moved, out, out_borders
        )
        kept += out[:taken].tolist()
        kept_ends += out_borders[:laid].tolist()
    assert [kept[a:b] for a, b in zip(kept_ends, kept_ends[1:], strict=False)] == expected
    assert moved.tolist() == [len(kept), len(kept)]


def test_each_kernel_has_one_signature() -> None:
    for name in (
        "scan_chunks",
        "expand_chunks",
        "split_sentences",
        "remap_tokens",
        "rebuild_table",
    ):
        assert len(getattr(getattr(kernels, name), "signatures", ())) <= 1, name


def test_many_chunks_grow_and_forget_without_changing_ids() -> None:
    rng = np.random.default_rng(5)
    words = [f"W{n}" * (1 + n % 7) for n in rng.integers(0, 60_000, 150_000)]
    lines = [" ".join(words[i : i + 1500]) for i in range(0, len(words), 1500)]
    results = []
    for most in (1 << 21, 1000):
        index = WordIndex()
        encoder = ChunkEncoder(WhitespaceTokenizer(lower=True), index, most_chunks=most)
        ids = [part.copy() for line in lines for part in encoder.ids(line.encode())]
        results.append((np.concatenate(ids).tolist(), list(index)))
        assert encoder.known <= (len(set(words)) if most > 1000 else 1000 + 1500)
    assert results[0] == results[1]
    expected: dict[str, int] = {}
    assert results[0][0] == [expected.setdefault(word.lower(), len(expected)) for word in words]
    assert results[0][1] == list(expected)


def test_long_chunks_and_many_tokens_in_one_chunk() -> None:
    index = WordIndex()
    encoder = ChunkEncoder(DefaultTokenizer(), index)
    text = "x" * 3_000_000 + " " + "東京" * 400_000 + " y"
    ids = np.concatenate([part.copy() for part in encoder.ids(text.encode())])
    assert len(ids) == 800_002
    assert ids[:4].tolist() == [0, 1, 2, 1]
    assert list(index)[1:] == ["東", "京", "y"]


def test_eras_of_the_spool_are_composed(tmp_path: Path) -> None:
    spool = TokenSpool(tmp_path / "t", tmp_path / "o", limit=3)
    spool.add(np.array([0, 1, 2, -1, 0, 2, 2], np.int32), words=3)
    spool.new_era(np.array([0, -1, 1], np.int32))  # 1 is dropped, 2 becomes 1
    assert spool.counts[:3].tolist() == [2, 3, 0]
    spool.add(np.array([2, 1, -1, 2], np.int32), words=3)
    spool.new_era(np.array([-1, 0, 1], np.int32))
    spool.add(np.array([1, 0, 1, 1, -1], np.int32), words=2)
    kept = spool.finish(np.array([1, 0], np.int32), offsets_out=tmp_path / "final")
    # eras in final names: first 2 -> 1, others gone; second 1 -> 1, 2 -> 0; third 0 -> 1, 1 -> 0
    assert np.fromfile(tmp_path / "t", np.int32).tolist() == [1, 1, 1, 0, 1, 0, 0, 1, 0, 0]
    assert np.fromfile(tmp_path / "final", np.int64).tolist() == [0, 1, 3, 5, 8, 10]
    assert (kept.tokens, kept.sentences) == (10, 5)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["final", "o", "t"]
