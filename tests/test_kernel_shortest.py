"""Numbers to text: shortest, and read back bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import shortest as reference
from reference.guarded import Guard
from wordgraft.embeddings.kernels.shortest import NUMBER_BYTES, text_rows

_BITS = st.integers(0, 2**32 - 1).filter(lambda bits: bits >> 23 & 0xFF != 0xFF)


def written(rows: np.ndarray, words: list[str] | None = None, separator: str = " ") -> bytes:
    parts = [word.encode() for word in words or [""] * len(rows)]
    joined = np.frombuffer(b"".join(parts), np.uint8).copy()
    offsets = np.cumsum([0, *map(len, parts)])
    guard = Guard()
    room = len(joined) + len(rows) * (rows.shape[1] * NUMBER_BYTES + 2)
    out = guard.array(np.zeros(room, np.uint8))
    bits = guard.array(np.array(rows, np.float32).view(np.uint32))
    used = text_rows(bits, guard.array(joined), guard.array(offsets), ord(separator), out)
    assert guard.broken() == []
    return out[:used].tobytes()


def texts(values: np.ndarray) -> list[str]:
    return written(np.reshape(values, (-1, 1))).decode().split("\n")[:-1]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (-0.1, "-0.1"),
        (0.0001, "0.0001"),
        (0.00012345679, "0.00012345679"),
        (0.00001, "1e-05"),
        (-1.25e-5, "-1.25e-05"),
        (12.5, "12.5"),
        (16777216.0, "16777216.0"),  # the first float32 whose neighbours are two away
        (33554432.0, "33554432.0"),
        (123456789.0, "123456790.0"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"),
        (3.4028235e38, "3.4028235e+38"),
        (1.1754944e-38, "1.1754944e-38"),
        (1e-45, "1e-45"),  # the smallest
        (9.8607613e-32, "9.8607613e-32"),  # a power of two: the border below is nearer
    ],
)
def test_a_number_has_its_shortest_text(value: float, text: str) -> None:
    assert texts(np.array([value], np.float32)) == [text]


@given(st.lists(_BITS, min_size=1, max_size=20))
def test_any_number_equals_its_twin(bits: list[int]) -> None:
    values = np.array(bits, np.uint32).view(np.float32)
    assert texts(values) == [reference.number(value) for value in values]


def test_every_power_of_two_and_its_neighbours_equal_their_twin() -> None:
    powers = (2.0 ** np.arange(-149, 128)).astype(np.float32).view(np.uint32)
    around = np.unique(np.concatenate([powers - 1, powers, powers + 1]))
    values = around.astype(np.uint32).view(np.float32)
    values = values[np.isfinite(values)]
    assert texts(values) == [reference.number(value) for value in values]


def test_thousands_of_random_numbers_read_back_bit_for_bit() -> None:
    rng = np.random.default_rng(5)
    anything = rng.integers(0, 2**32, 50_000, np.uint32).view(np.float32)
    values = np.concatenate([anything[np.isfinite(anything)], rng.normal(0, 0.3, 50_000)])
    values = values.astype(np.float32)
    read = np.array(texts(values), np.float64).astype(np.float32)
    np.testing.assert_array_equal(read.view(np.uint32), values.view(np.uint32))


@pytest.mark.parametrize("separator", [" ", "\t"])
def test_rows_have_their_words_where_there_are_words(separator: str) -> None:
    rows = np.array([[1, -2.5, 0], [3e-7, 4, 1e20]], np.float32)
    for words in (["é", "b c"], ["", ""]):
        assert written(rows, words, separator) == reference.text_rows(rows, words, separator)
