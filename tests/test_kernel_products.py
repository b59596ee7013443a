"""The products against NumPy: exactly, on whole numbers; what must stay is compared too."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reference import products as reference
from reference.guarded import Guard
from wordgraft.embeddings.kernels import kernel, products, simd
from wordgraft.embeddings.kernels import rows as rows_
from wordgraft.embeddings.kernels.simd import LANES

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="register tiles are LLVM code: they exist only compiled"
)

_WIDTHS = st.integers(1, 20).map(lambda n: n * LANES)
_ROWS = st.integers(0, 13)
_SEEDS = st.integers(0, 10**6)


class Case:
    """Draws arrays of whole numbers, of which no sum of products is rounded, between margins."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.guard = Guard()

    def floats(self, size: int) -> np.ndarray:
        return self.guard.array(self.random.integers(-9, 10, size).astype(np.float32))

    def offsets(self, rows: int, limit: int) -> np.ndarray:
        """Return int64[rows] from 0 to ``limit``."""
        return self.guard.array(self.random.integers(0, limit + 1, rows))

    def places(self, rows: int, width: int) -> np.ndarray:
        """Return int64[rows], places of rows that meet only where they are the same."""
        return self.offsets(rows, max(1, rows // 2)) * (width + 3)

    def check(self, name: str, dst: np.ndarray, *args: object) -> None:
        """Call kernel and twin; all of ``dst`` must be equal, and no margin touched."""
        arrays = [a for a in args if isinstance(a, np.ndarray)]
        inputs = [a.copy() for a in arrays]
        expected = getattr(reference, name)(dst, *args)
        getattr(products, name)(dst, *args)
        np.testing.assert_array_equal(dst, expected)
        assert self.guard.broken() == []
        for before, after in zip(inputs, arrays, strict=True):
            np.testing.assert_array_equal(before, after)


@given(rows=_ROWS, width=_WIDTHS, a_step=st.integers(1, 4), seed=_SEEDS)
@example(rows=7, width=112, a_step=1, seed=0)
@example(rows=5, width=320, a_step=3, seed=0)
def test_add_rows_equals_numpy(rows: int, width: int, a_step: int, seed: int) -> None:
    case = Case(seed)
    deepest = 11
    depths = case.offsets(rows, deepest)
    at = case.places(rows, width)
    a, a_starts = case.floats(40 + deepest * a_step), case.offsets(rows, 40)
    b_at, b_firsts = case.offsets(5 + deepest, 3 * width), case.offsets(rows, 5)
    b = case.floats(4 * width)
    dst = case.floats((rows + 2) * (width + 3))
    case.check("add_rows", dst, at, rows, a, a_starts, a_step, b, b_at, b_firsts, depths, width)


@given(
    rows=_ROWS,
    depth=st.integers(0, 33),
    width=_WIDTHS,
    layout=st.sampled_from(["rows", "columns", "one row", "strided"]),
    gap=st.integers(0, 5),
    seed=_SEEDS,
)
@example(rows=6, depth=24, width=304, layout="columns", gap=0, seed=0)
@example(rows=7, depth=12, width=112, layout="columns", gap=0, seed=0)
@example(rows=9, depth=1, width=16, layout="rows", gap=2, seed=0)
def test_add_product_equals_numpy(
    rows: int, depth: int, width: int, layout: str, gap: int, seed: int
) -> None:
    case = Case(seed)
    a_row, a_step = {
        "rows": (depth + gap, 1),
        "columns": (1, rows + gap),
        "one row": (0, 1),
        "strided": (3 * depth + gap, 3),
    }[layout]
    at = case.places(rows, width)
    a, b_at = case.floats(1 + rows * a_row + depth * a_step), case.offsets(depth, 3 * width)
    b, dst = case.floats(4 * width), case.floats((rows + 2) * (width + 3))
    case.check("add_product", dst, at, rows, a, a_row, a_step, b, b_at, depth, width)


@pytest.mark.parametrize("rows", [2, 3, 4, 5, 8, 9])
@pytest.mark.parametrize("name", ["add_rows", "add_product"])
def test_rows_with_one_destination_are_all_added(name: str, rows: int) -> None:
    width, depth = 48, 3
    a, b = np.ones(rows * depth, np.float32), np.ones(depth * width, np.float32)
    dst, at = np.zeros(width, np.float32), np.zeros(rows, np.int64)
    b_at = np.arange(depth) * width
    if name == "add_rows":
        nowhere, depths = np.zeros(rows, np.int64), np.full(rows, depth)
        products.add_rows(dst, at, rows, a, nowhere, 1, b, b_at, nowhere, depths, width)
    else:
        products.add_product(dst, at, rows, a, depth, 1, b, b_at, depth, width)
    np.testing.assert_array_equal(dst, rows * depth)


@given(rows=st.integers(0, 19), columns=_WIDTHS, depth=st.integers(0, 33), seed=_SEEDS)
@example(rows=24, columns=32, depth=112, seed=0)
def test_set_product_equals_numpy(rows: int, columns: int, depth: int, seed: int) -> None:
    case = Case(seed)
    a, a_at = case.floats(50 + depth), case.offsets(rows, 50)
    b, dst = case.floats(depth * columns), case.floats(rows * columns + 7)
    case.check("set_product", dst, a, a_at, rows, b, columns, depth)


@given(rows=_ROWS, width=_WIDTHS, seed=_SEEDS)
@example(rows=1, width=16, seed=0)
def test_dot_rows_equals_numpy_and_writes_nothing_else(rows: int, width: int, seed: int) -> None:
    case = Case(seed)
    most = 11
    counts = case.offsets(rows, most)
    room = case.guard.array((case.random.permutation(rows) * (most + 2)).astype(np.int64))
    a, a_at = case.floats(30 + width), case.offsets(rows, 30)
    b, b_at, b_firsts = (
        case.floats(4 * width),
        case.offsets(5 + most, 3 * width),
        case.offsets(rows, 5),
    )
    out = case.floats(rows * (most + 2))
    case.check("dot_rows", out, room, a, a_at, b, b_at, b_firsts, counts, rows, width)


@given(rows=_ROWS, columns=_ROWS, width=_WIDTHS, seed=_SEEDS)
@example(rows=13, columns=6, width=112, seed=0)
@example(rows=3, columns=7, width=48, seed=0)
def test_dot_product_equals_numpy(rows: int, columns: int, width: int, seed: int) -> None:
    case = Case(seed)
    a, a_at = case.floats(2 * width), case.offsets(rows, width)
    b, b_at = case.floats(3 * width), case.offsets(columns, 2 * width)
    out = case.floats(rows * columns + 7)
    case.check("dot_product", out, a, a_at, rows, b, b_at, columns, width)


@given(
    rows=_ROWS, columns=st.integers(0, 2 * products.MOST_EXCHANGED + 1), width=_WIDTHS, seed=_SEEDS
)
@example(rows=11, columns=6, width=112, seed=0)
@example(rows=3, columns=11, width=48, seed=0)
def test_exchange_equals_numpy(rows: int, columns: int, width: int, seed: int) -> None:
    """Both of its results; where one passage can't take all, from a copy of the rows."""
    case = Case(seed)
    a, b, change = (case.floats(40 * width) for _ in range(3))
    to_a, b_at, to_change = (
        case.guard.array(case.random.permutation(40)[:count] * width)
        for count in (rows, columns, columns)
    )
    old = a if columns <= products.MOST_EXCHANGED else case.guard.array(a.copy())
    args = (to_a, old, to_a, rows, b, b_at, change, to_change, columns)
    factors = case.floats(rows * columns)
    expected = reference.exchange(a, *args, factors, width)
    products.exchange(a, *args, factors, width)
    np.testing.assert_array_equal(a, expected[0])
    np.testing.assert_array_equal(change, expected[1])
    assert case.guard.broken() == []


@given(rows=st.integers(0, 4).map(lambda n: n * LANES), width=_WIDTHS, seed=_SEEDS)
@example(rows=32, width=48, seed=0)
def test_transpose_equals_numpy(rows: int, width: int, seed: int) -> None:
    case = Case(seed)
    src, dst = case.floats(rows * width), case.floats(rows * width + 7)
    case.check("transpose", dst, src, rows, width)


@pytest.mark.parametrize(
    "name", ["add_rows", "add_product", "set_product", "dot_rows", "dot_product"]
)
def test_products_of_real_numbers_are_as_good_as_float32_can_be(name: str) -> None:
    """On numbers that are rounded: no product may lose more than its terms' rounding."""
    random, width, depth = np.random.default_rng(3), 304, 24
    a, b = (random.normal(size=n).astype(np.float32) for n in (depth * width, width * width))
    dst, at = np.zeros(width, np.float32), np.zeros(1, np.int64)
    b_at = np.arange(width) * width
    args: tuple[object, ...] = {
        "add_rows": (at, 1, a, at, 1, b, b_at, at, np.array([depth]), width),
        "add_product": (at, 1, a, depth, 1, b, b_at, depth, width),
        "set_product": (a, at, 1, b, width, depth),
        "dot_rows": (at, a, at, b, b_at, at, np.array([width]), 1, width),
        "dot_product": (a, at, 1, b, b_at, width, width),
    }[name]
    expected = getattr(reference, name)(dst.astype(np.float64), *args)
    getattr(products, name)(dst, *args)
    np.testing.assert_allclose(dst, expected, atol=3e-7 * width**0.5 * 4)


@kernel
def _row_operations(out, width, a, b, c, d, factor):
    """Fill six rows of ``out`` by the six row operations."""
    rows_.copy_row(out, 0, (a, 1), factor, width)
    rows_.set_sum(out, width, (a, 1, b, 2), factor, width)
    rows_.set_between(out, 2 * width, (a, 1, b, 2, c, 3, d, 4), factor, width)
    rows_.add_scaled(out, 3 * width, (a, 1), factor, width)
    rows_.add_difference(out, 4 * width, (a, 1, b, 2), factor, width)
    rows_.fill_row(out, 5 * width, (), factor, width)
    rows_.prefetch_row(a, 1, width)
    rows_.prefetch_row_to_write(out, 0, width)


@given(width=_WIDTHS, factor=st.sampled_from([0, 1, -2, 0.5]), seed=_SEEDS)
def test_row_operations_equal_numpy(width: int, factor: float, seed: int) -> None:
    case = Case(seed)
    a, b, c, d = (case.floats(offset + width) for offset in (1, 2, 3, 4))
    out = case.floats(6 * width)
    x, y, z, u, old = a[1:], b[2:], c[3:], d[4:], out.copy().reshape(6, width)
    expected = [
        x * factor,
        x + y,
        (x - y - (z - u)) * factor,
        old[3] + x * factor,
        old[4] + x - y * factor,
        np.full(width, factor),
    ]
    _row_operations(out, width, a, b, c, d, np.float32(factor))
    np.testing.assert_array_equal(out.reshape(6, width), expected)
    assert case.guard.broken() == []


@pytest.mark.parametrize("size", [0, 1, 16, 100])
def test_padded_and_aligned(size: int) -> None:
    assert [simd.padded(n) for n in (0, 1, 16, 17, 100)] == [0, 16, 16, 32, 112]
    zeros = simd.aligned_zeros(size)
    assert (zeros.dtype, zeros.shape, zeros.any()) == (np.float32, (size,), False)
    assert zeros.ctypes.data % (4 * LANES) == 0 or size == 0
    assert zeros.flags.c_contiguous
