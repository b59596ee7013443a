"""Lines to rows, against the slow twin, with guards round every array."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reference import text_rows as reference
from reference.guarded import Guard
from wordgraft.embeddings.kernels.text_rows import (
    BAD,
    EMPTY,
    FEW,
    LARGE,
    LINES,
    MANY,
    ROW,
    ROWS,
    UNSURE_NUMBERS,
    join_words,
    read_rows,
)


def rows_of(text: bytes, size: int, *, room: int = 50, wrong: int = 50, most: int = 4):
    """Every line's kind, word and numbers, by the kernel; arrays of any size must do."""
    guard = Guard()
    data = guard.array(np.frombuffer(text, np.uint8).copy())
    rows = guard.array(np.zeros((room, size), np.float32))
    words, bad = guard.array(np.zeros((room, 3), int)), guard.array(np.zeros((wrong, 4), int))
    unsure, state = guard.array(np.zeros((max(most, size), 4), int)), guard.array(np.zeros(4, int))
    found: dict[int, tuple[int, bytes, list[float]]] = {}
    i = 0
    while i < len(data):
        before, i = i, read_rows(data, i, len(data), rows, words, bad, unsure, state)
        assert i > before
        for row, column, begin, end in unsure[: state[UNSURE_NUMBERS]].tolist():
            rows[row, column] = float(text[begin:end])
        for row, (begin, end, line) in enumerate(words[: state[ROWS]].tolist()):
            found[line] = (ROW, text[begin:end], rows[row].tolist())
        for kind, line, begin, end in bad[: state[BAD]].tolist():
            found[line] = (kind, b"", [])
            assert text[begin:end].rstrip(b"\n") == text.split(b"\n")[line]
    assert guard.broken() == []
    return [found.get(line, (EMPTY, b"", [])) for line in range(state[LINES])]


def expected_of(text: bytes, size: int):
    lines = text.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return [reference.row_of(line, size) for line in lines]


parts = st.sampled_from(
    [b"the", b"caf\xc3\xa9", b"a\0b", b"\xff", b"1", b"0.25", b"-1.5", b"+3.125", b"1e3", b"2E-2",
     b"12345678.5", b"0.12345678", b"0.1234567890123456", b"1.23456789012345678901234", b"nan",
     b"inf", b".5", b"5.", b"1e99", b"-4e38", b"0.00000000000000000000000000000000000000000001",
     b" ", b"  ", b"\t", b"\r", b"\n", b"\n", b"\r\n", b".", b"-", b"3.4028235e38", b"\xc2\xa0"]
)  # fmt: skip


texts = st.lists(parts, max_size=60).map(b" ".join) | st.lists(parts, max_size=40).map(b"".join)


@settings(max_examples=500)
@given(texts, st.integers(1, 3))
def test_lines_are_read_as_the_twin_reads_them(text: bytes, size: int) -> None:
    assert rows_of(text, size) == expected_of(text, size)


@given(st.lists(st.lists(parts, max_size=6).map(b" ".join), max_size=30).map(b"\n".join))
@example(b"a 1.5 2.5\nb 1.5\n. . 0.5 1.5\nb 1 2 3\n" * 4)
def test_small_arrays_change_nothing(text: bytes) -> None:
    assert rows_of(text, 2, room=1, wrong=1, most=2) == expected_of(text, 2)


def test_long_usual_rows_are_read() -> None:
    rng = np.random.default_rng(1)
    values = rng.standard_normal((40, 57)) * 10.0 ** rng.integers(-6, 1, (40, 57))
    for digits in (1, 3, 5, 7, 8, 9, 12, 15, 16, 17):
        lines = [
            f"w{row} " + " ".join(f"{value:.{digits}f}" for value in line)
            for row, line in enumerate(values)
        ]
        text = "\n".join(lines).encode() + b"\n"
        assert rows_of(text, 57) == expected_of(text, 57), digits


@pytest.mark.parametrize("text", [b"a 0.5 1.5", b"a 0.5 0.12345678", b"a 0.5 0.1234567812345678"])
def test_nothing_behind_the_array_is_read(text: bytes) -> None:
    """What lies behind would make longer numbers."""
    whole = np.frombuffer(text + b"9" * 100, np.uint8).copy()
    rows, words = np.zeros((1, 2), np.float32), np.zeros((1, 3), int)
    others = np.zeros((1, 4), int), np.zeros((2, 4), int), np.zeros(4, int)
    read_rows(whole[: len(text)], 0, len(text), rows, words, *others)
    assert rows[0].tolist() == reference.row_of(text, 2)[2]


@pytest.mark.parametrize(
    ("line", "kind", "word"),
    [
        (b"the 0.5 1.5", ROW, b"the"),
        (b". . . 0.5 1.5", ROW, b". . ."),
        (b"at name@domain.com 0.5 1.5", ROW, b"at name@domain.com"),
        (b"3 0.5 1.5", ROW, b"3"),
        (b"the\t0.5\t1.5", ROW, b"the"),
        (b"the  0.5   1.5 \r", ROW, b"the"),
        (b"  the 0.5 1.5", ROW, b"the"),
        (b"the 2 0.5 1.5", MANY, b""),
        (b"the 0.5", FEW, b""),
        (b"0.5 1.5", FEW, b""),
        (b"the 0.5 nan", FEW, b""),
        (b"the 0.5 1e39", LARGE, b""),
        (b" \t\r", EMPTY, b""),
        (b"", EMPTY, b""),
    ],
)
def test_what_a_line_is(line: bytes, kind: int, word: bytes) -> None:
    (found,) = rows_of(line + b"\n", 2)
    assert (found[0], found[1]) == (kind, word)


@given(st.lists(st.binary(max_size=9), max_size=9))
def test_words_are_joined(words: list[bytes]) -> None:
    guard = Guard()
    places = np.zeros((len(words), 2), np.int64)
    data = b"."
    for row, word in enumerate(words):
        places[row] = len(data), len(data) + len(word)
        data += word + b"."
    text = guard.array(np.zeros(sum(map(len, words)), np.uint8))
    offsets = guard.array(np.zeros(len(words) + 1, np.int64))
    content = guard.array(np.frombuffer(data, np.uint8).copy())
    join_words(content, guard.array(places), text, offsets)
    assert guard.broken() == []
    assert text.tobytes() == b"".join(words)
    assert offsets.tolist() == np.cumsum([0, *map(len, words)]).tolist()
