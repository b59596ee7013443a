"""Text to numbers: what Python's ``float`` reads, bit for bit."""

from __future__ import annotations

import random
import re
import struct
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reference.guarded import Guard
from wordgraft.embeddings.kernels.numbers import (
    NO_NUMBER,
    NUMBER,
    TOO_LARGE,
    UNSURE,
    digits_ahead,
    eight_digits,
    read_number,
)

GRAMMAR = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def read(text: str) -> tuple[int, float, int]:
    guard = Guard()
    data = guard.array(np.frombuffer(text.encode(), np.uint8).copy())
    found = read_number(data, 0, len(data))
    assert guard.broken() == []
    return found


def float32_of(text: str) -> np.float32:
    with np.errstate(over="ignore"):
        return np.float32(float(text))


def check(text: str) -> int:
    """Compare with Python; returns what was found."""
    kind, value, behind = read(text)
    expected = float32_of(text)
    if kind == UNSURE:
        digits = re.sub(r"[eE].*|[^0-9]", "", text).lstrip("0")
        assert len(digits) > 19, text
    elif np.isfinite(expected):
        assert kind == NUMBER, text
        assert np.float32(value).tobytes() == expected.tobytes(), text
        assert value == float(text) or abs(value) < 1e-45, text  # below, zero will do
        assert behind == len(text)
    else:
        assert kind == TOO_LARGE, text
    return kind


digits = st.text("0123456789", min_size=1, max_size=25)
numbers = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "+", "-"]),
    digits,
    st.one_of(st.just(""), digits.map(".{}".format)),
    st.one_of(st.just(""), st.builds("{}{}{}".format, st.sampled_from("eE"),
                                     st.sampled_from(["", "+", "-"]), st.integers(0, 90))),
)  # fmt: skip


@given(numbers)
@example("0")
@example("-0.0")
@example("0e99999999999999999999999999")
@example("1e-99999999999999999999999999")
@example("3.4028235677973366e38")
@example("3.4028235677973367e38")
@example("1.401298464324817e-45")
@example("7.006492321624085e-46")
@example("7.006492321624086e-46")
@example("0." + "0" * 60 + "123456789")
@example("0" * 60 + "1.5")
@example("1" + "0" * 400)
@example("9007199254740993")
def test_numbers_of_the_grammar_are_what_python_reads(text: str) -> None:
    check(text)


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 20))
def test_every_way_of_writing_a_float_is_read(value: float, places: int) -> None:
    for text in (repr(value), f"{value:.17g}", f"{value:.{places}e}"):
        check(text)


@pytest.mark.parametrize("bits", [53, 24])
def test_ties_between_two_floats_are_told(bits: int) -> None:
    """Halfway numbers, written to the last digit, and one unit above and below."""
    rng = random.Random(bits)
    kinds = set()
    with localcontext() as context:
        context.prec = 800
        for _ in range(3000):
            odd = 2 * rng.randrange(2 ** (bits - 1), 2**bits) + 1
            exact = Decimal(odd) * Decimal(2) ** rng.randint(-40, 20)
            for text in (format(exact, "f"), str(exact + 1), str(exact).replace("E", "e")):
                kinds.add(check(text))
    assert kinds <= {NUMBER, UNSURE}


@given(st.integers(0, 2**32 - 1))
def test_the_shortest_text_of_a_float32_gives_it_back(bits: int) -> None:
    (value,) = struct.unpack("<f", struct.pack("<I", bits))
    if np.isfinite(value):
        assert check(str(np.float32(value))) == NUMBER


@pytest.mark.parametrize(
    "text",
    ["", "+", "-", ".5", "5.", "5.e3", "1e", "1e+", "e5", "nan", "inf", "-Infinity", "0x10",
     "1_000", "--1", "+-1", "1.2.3", "1,5", "\u0661", "1 ", " 1", "1e5.5", "1d5", "\x001"],
)  # fmt: skip
def test_anything_else_is_no_number(text: str) -> None:
    kind, _, behind = read(text) if text else (NO_NUMBER, 0.0, 0)
    assert kind == NO_NUMBER or behind < len(text.encode())
    assert not GRAMMAR.fullmatch(text)


@given(st.binary(min_size=8, max_size=8))
@example(b"12345678")
@example(b"1234567:")
@example(b"/2345678")
@example(b"12\xb34567\xb8")
def test_eight_digits_are_read_at_once(data: bytes) -> None:
    eight = np.uint64(int.from_bytes(data, "little"))
    found = re.match(rb"[0-9]*", data)
    assert found is not None
    count = digits_ahead(eight)
    assert count == found.end()
    if count:
        assert eight_digits(eight, count) == int(found[0])
