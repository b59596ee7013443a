"""Means of rows: the kernel and its slow twin, bytes at any address."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import ngrams as reference
from wordgraft.embeddings.kernels.composing import mean_rows

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="bytes are read by LLVM code: it exists only compiled"
)


@given(
    size=st.sampled_from([1, 3, 16, 17]),
    parts=st.lists(st.lists(st.integers(0, 8), max_size=5), max_size=6),
    own=st.integers(0, 1),
    skipped=st.integers(0, 3),
)
def test_kernel_equals_its_twin(size: int, parts: list[list[int]], own: int, skipped: int) -> None:
    rng = np.random.default_rng(size)
    table = rng.standard_normal((9, size)).astype(np.float32)
    memory = np.zeros(skipped + table.nbytes, np.uint8)
    memory[skipped:] = table.reshape(-1).view(np.uint8)
    data = memory[skipped:]
    data.setflags(write=False)
    starts = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    rows = np.array([row for word in parts for row in word], np.int32)
    out = np.zeros((len(parts), size), np.float32)
    out += own * rng.standard_normal(out.shape).astype(np.float32)
    expected = reference.mean_rows(table, starts.tolist(), rows.tolist(), own, out)
    mean_rows(data, starts, rows, own, out)
    np.testing.assert_allclose(out, expected, atol=1e-6)
