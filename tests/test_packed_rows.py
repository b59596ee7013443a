"""Vectors of two bytes or one a number: what is lost, what is refused, what is never unpacked."""

from __future__ import annotations

import multiprocessing
import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nst

from reference import halves
from wordgraft import WordVectors, evaluate_similarity, load_vectors
from wordgraft.embeddings import packed_rows
from wordgraft.embeddings.arrayfile import write_arrays
from wordgraft.embeddings.errors import ConfigurationError, VectorFormatError
from wordgraft.embeddings.formats.native import write_native
from wordgraft.embeddings.packed_rows import PackedRows, head, pack, row_blocks, unpacked

PACKED: tuple[Any, ...] = ("float16", "int8")
ROWS = np.random.default_rng(4).standard_normal((300, 21)).astype(np.float32)
ROWS[[7, 200]] = 0.0
WORDS = [f"w{i}" for i in range(300)]


def shapes() -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(1, 40), st.integers(1, 30))


@pytest.fixture(params=PACKED)
def packed(request: pytest.FixtureRequest) -> WordVectors:
    return WordVectors(WORDS, pack(ROWS, request.param))


# --- numbers ---------------------------------------------------------------------------------


def test_every_float16_number_is_widened_exactly() -> None:
    bits = np.arange(1 << 16, dtype=np.uint16)
    found = PackedRows(bits.view(np.float16).reshape(-1, 16))[:].ravel()
    expected = np.array([halves.widen(b) for b in bits.tolist()], np.float32)
    np.testing.assert_array_equal(found, expected)
    assert np.signbit(found[0x8000])


@given(shape=shapes(), seed=st.integers(0, 2**32 - 1))
def test_int8_is_multiplied_as_the_slow_twin_does(shape: tuple[int, int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(-128, 128, shape, np.int8)
    scale = (rng.random(shape[0]) * 10.0 ** rng.integers(-40, 30)).astype(np.float32)
    np.testing.assert_array_equal(PackedRows(values, scale)[:], halves.multiply(values, scale))


@given(rows=nst.arrays(np.float32, shapes(), elements=st.floats(-1e4, 1e4, width=32)))
def test_int8_loses_half_a_step_of_its_row_at_most(rows: np.ndarray) -> None:
    found = pack(rows, "int8")
    assert isinstance(found, PackedRows)
    peak = np.abs(rows).max(axis=1, keepdims=True).astype(np.float64)
    assert (np.abs(found[:].astype(np.float64) - rows) <= peak / 127 * 0.5001 + 1e-44).all()
    assert (found[:][(rows == 0).all(axis=1)] == 0).all()


@given(shape=shapes(), power=st.integers(-3, 3), seed=st.integers(0, 99))
def test_float16_keeps_three_digits(shape: tuple[int, int], power: int, seed: int) -> None:
    rows = np.random.default_rng(seed).standard_normal(shape) * 10.0**power
    rows = np.where(np.abs(rows) < 1e-4, 1e-4, rows).astype(np.float32)
    np.testing.assert_allclose(unpacked(pack(rows, "float16")), rows, rtol=2.0**-11)


def test_packing_what_is_packed() -> None:
    small = pack(ROWS, "int8")
    assert pack(small, "int8") is small
    assert pack(ROWS, "float32") is ROWS
    np.testing.assert_array_equal(pack(small, "float32"), unpacked(small))
    again = pack(pack(small, "float16"), "int8")
    np.testing.assert_allclose(unpacked(again), unpacked(small), atol=2e-3)


@pytest.mark.parametrize("dtype", PACKED)
def test_blocks_are_the_whole(dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_rows, "_BLOCK_BYTES", 4 * 21 * 7)
    table = pack(ROWS, dtype)
    assert isinstance(table, PackedRows)
    parts = list(row_blocks(table))
    assert [part.stop - part.start for part, _ in parts] == [7] * 42 + [6]
    np.testing.assert_array_equal(np.concatenate([rows for _, rows in parts]), table[:])
    few = head(table, 9)
    assert isinstance(few, PackedRows)
    assert few.shape == (9, 21)
    np.testing.assert_array_equal(few[3], table[np.array([3])][0])
    np.testing.assert_array_equal(table.take(np.array([5, 2]))[:], table[np.array([5, 2])])


@pytest.mark.parametrize(
    ("values", "scale", "message"),
    [
        (np.zeros((2, 3), np.int8), None, r"found int8\[2, 3\] with no scale"),
        (np.zeros((2, 3), np.float16), np.ones(2, np.float32), r"float16\[2, 3\] with a scale"),
        (np.zeros(3, np.float16), None, r"found float16\[3\]"),
        (np.zeros((2, 3), np.int8), np.ones(3, np.float32), r"float32\[2\], found float32\[3\]"),
        (np.zeros((2, 3), np.int8), np.ones(2), r"a scale float32\[2\], found float64\[2\]"),
    ],
)
def test_refuses_what_is_no_packed_table(values: Any, scale: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PackedRows(values, scale)


@pytest.mark.parametrize("number", [7e4, 1e-5, -65505.0])
def test_float16_refuses_rows_it_would_lose(number: float) -> None:
    rows = ROWS.copy()
    rows[40] = 0.0
    rows[40, 3] = number
    with pytest.raises(ValueError, match=r"float16 can't hold row 40: .* 6.1e-05 and 65504, found"):
        pack(rows, "float16")
    assert unpacked(pack(rows, "int8"))[40, 3] == pytest.approx(number, rel=1e-6)


def test_refuses_other_types() -> None:
    with pytest.raises(ConfigurationError, match="one of float32, float16, int8, found 'int4'"):
        pack(ROWS, "int4")  # pyright: ignore


# --- as vectors ------------------------------------------------------------------------------


def test_look_ups_and_questions_unpack_only_what_they_read(
    packed: WordVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = packed.storage
    assert isinstance(table, PackedRows)
    plain = WordVectors(WORDS, table[:])
    read: list[int] = []
    take = PackedRows.__getitem__

    def counted(self: PackedRows, rows: Any) -> np.ndarray:
        found = take(self, rows)
        read.append(1 if found.ndim == 1 else len(found))
        return found

    monkeypatch.setattr(PackedRows, "__getitem__", counted)
    monkeypatch.setattr(packed_rows, "_BLOCK_BYTES", 4 * 21 * 50)
    np.testing.assert_array_equal(packed["w3"], plain["w3"])
    np.testing.assert_array_equal(packed[["w3", "w9"]], plain[["w3", "w9"]])
    assert packed.similarity("w3", "w9") == plain.similarity("w3", "w9")
    assert max(read) <= 2
    np.testing.assert_array_equal(packed.norms, plain.norms)
    assert packed.most_similar("w3") == plain.most_similar("w3")
    assert packed.most_similar(["w3", "w9"], ["w4"]) == plain.most_similar(["w3", "w9"], ["w4"])
    assert packed.most_similar_cosmul("w3", "w9") == plain.most_similar_cosmul("w3", "w9")
    np.testing.assert_array_equal(packed.distances("w3"), plain.distances("w3"))
    np.testing.assert_array_equal(packed.unit(), plain.unit())
    assert packed.closer_than("w3", "w9") == plain.closer_than("w3", "w9")
    assert max(read) <= 50
    assert packed.most_similar_batch(WORDS[:7]) == plain.most_similar_batch(WORDS[:7])
    np.testing.assert_array_equal(packed.vectors, plain.vectors)
    assert packed.vectors is packed.vectors
    assert not packed["w3"].flags.writeable


def test_the_type_is_told(packed: WordVectors) -> None:
    assert repr(packed) == f"WordVectors(300 words x 21 in {packed.storage.dtype})"


@pytest.mark.parametrize("dtype", PACKED)
@pytest.mark.parametrize("mmap", [True, False])
def test_files_keep_the_type(tmp_path: Path, dtype: Any, *, mmap: bool) -> None:
    vectors = WordVectors(WORDS, pack(ROWS, dtype), counts=np.arange(300, 0, -1))
    vectors.save(tmp_path / "v")
    again = load_vectors(tmp_path / "v", mmap=mmap)
    assert again.storage.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(again.vectors, vectors.vectors)
    assert again.most_similar("w3") == vectors.most_similar("w3")
    again.save(tmp_path / "w")
    assert (tmp_path / "v").read_bytes() == (tmp_path / "w").read_bytes()
    few = load_vectors(tmp_path / "v", mmap=mmap, limit=5)
    assert isinstance(few.storage, PackedRows)
    np.testing.assert_array_equal(few.vectors, vectors.vectors[:5])


def test_workers_get_them_packed(packed: WordVectors, tmp_path: Path) -> None:
    packed.save(tmp_path / "v")
    other = load_vectors(tmp_path / "v", dtype="int8")
    # Nothing of this module is called there: a new process need not be able to import it.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        there = [packed, load_vectors(tmp_path / "v"), other]
        dtypes = pool.map(operator.attrgetter("storage.dtype"), there)
        rows = pool.map(operator.itemgetter("w3"), there)
    assert dtypes == [packed.storage.dtype, packed.storage.dtype, other.storage.dtype]
    np.testing.assert_array_equal(rows, [packed["w3"], packed["w3"], other["w3"]])


def test_int8_takes_a_quarter(tmp_path: Path) -> None:
    rows = np.random.default_rng(1).standard_normal((2000, 300)).astype(np.float32)
    large = WordVectors([f"w{i}" for i in range(2000)], rows)
    for name, dtype in (("a", "float32"), ("b", "float16"), ("c", "int8")):
        large.quantize(dtype).save(tmp_path / name)
    sizes = [(tmp_path / name).stat().st_size for name in "abc"]
    assert sizes[1] / sizes[0] == pytest.approx(0.5, abs=0.01)
    assert sizes[2] / sizes[0] == pytest.approx(0.25, abs=0.015)


def test_scores_of_genuine_vectors_stay(data_file: Callable[[str], Path]) -> None:
    vectors = load_vectors(data_file("embeddings/GoogleNews-8000-300d.bin.gz"))
    pairs = data_file("wordsim/EN-WS-353-ALL.txt")
    expected = evaluate_similarity(vectors, pairs).spearman
    assert expected is not None
    for dtype in PACKED:
        found = evaluate_similarity(vectors.quantize(dtype), pairs).spearman
        assert found == pytest.approx(expected, abs=0.005)


def test_the_safetensors_library_reads_it(tmp_path: Path) -> None:
    import safetensors

    table = pack(ROWS, "int8")
    WordVectors(WORDS, table).save(tmp_path / "v")
    with safetensors.safe_open(tmp_path / "v", "numpy") as file:
        values, scale = file.get_tensor("vectors"), file.get_tensor("scale")
    np.testing.assert_array_equal(values * scale[:, None], unpacked(table))


def test_numbers_that_are_not_finite_are_found(tmp_path: Path) -> None:
    values = ROWS.astype(np.float16)
    values[9, 2] = np.inf
    with pytest.raises(ValueError, match="found nan in row 9, column 2"):
        WordVectors(WORDS, PackedRows(values))
    with pytest.raises(ValueError, match="'vectors' has NaN or an infinite number in row 9"):
        write_native(tmp_path / "v", words=WORDS, vectors=PackedRows(values))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scale": None}, "vectors of int8 without the array 'scale': vectors of int8 need one"),
        ({"scale": np.ones(2, np.float32)}, "scale must be 3 finite numbers from 0"),
        ({"scale": np.array([1, -1, 1], np.float32)}, "scale must be 3 finite numbers from 0"),
        ({"scale": np.ones(3)}, r"'scale' must be float32 with 1 axes, found float64\[3\]"),
        ({"vectors": np.ones((3, 2), np.float16)}, "vectors of float16 with the array 'scale'"),
        ({"vectors": np.ones((3, 2), np.int16)}, r"float16 or int8 with 2 axes, found int16\[3"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, change: Any, message: str) -> None:
    arrays = {
        "offsets": np.arange(4),
        "words": np.frombuffer(b"abc", np.uint8),
        "scale": np.ones(3, np.float32),
        "vectors": np.ones((3, 2), np.int8),
    }
    held = {name: array for name, array in (arrays | change).items() if array is not None}
    order = dict(sorted(held.items(), key=lambda item: -item[1].dtype.itemsize))
    write_arrays(tmp_path / "v", order, metadata={"wordgraft": '{"format_version": 1}'})
    with pytest.raises(VectorFormatError, match=message):
        load_vectors(tmp_path / "v")
