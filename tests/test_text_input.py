"""Texts to predict come from lines and tables, and none is lost or made up."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path
from typing import Any

import pytest

from wordgraft.embeddings.errors import CorpusNotFoundError, LabelledDataError
from wordgraft.tasks.reading import text_input
from wordgraft.tasks.reading.label_tables import Reading


def read(source: Any, **options: Any) -> list[Any]:
    given = {"text": None, "split": None, "how": Reading()} | options
    return [text for batch in text_input.text_batches(source, **given) for text in batch]


def test_a_line_is_a_text_and_an_empty_one_too(tmp_path: Path) -> None:
    content = "one\u0085still one\r\n\ntwo\u2028still two\nno end"
    path = tmp_path / "texts.txt"
    path.write_bytes(content.encode())
    wanted = ["one\u0085still one", "", "two\u2028still two", "no end"]
    assert read(path) == wanted
    packed = tmp_path / "texts.gz"
    packed.write_bytes(gzip.compress(content.encode()))
    assert read(packed) == wanted


def test_batches_keep_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_input, "BATCH", 3)
    path = tmp_path / "t.txt"
    path.write_text("".join(f"text {i}\n" for i in range(7)))
    batches = list(text_input.text_batches(path, text=None, split=None, how=Reading()))
    assert [len(batch) for batch in batches] == [3, 3, 1]
    assert read(path) == [f"text {i}" for i in range(7)]


def test_standard_input_may_be_json_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(b'{"body": "a\\nb", "n": 1}\n{"body": "c"}\n')

    monkeypatch.setattr(sys, "stdin", Stdin)
    assert read("-", text="body") == ["a\nb", "c"]


def test_tables_give_their_column(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('review,stars\n"a, b",5\n,3\n')
    assert read(path) == ["a, b", ""]
    assert read(path, text="stars") == ["5", "3"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"fine\ncaf\xe9\n", r"t\.txt: line 2: expected UTF-8, found byte 0xe9"),
        (b'{"text": "a"}\nplain\n', r"line 2: expected a JSON object as in the first line"),
        (b'{"text": "a"}\n{"body": "b"}\n', r"line 2: expected an object with a text in 'text'"),
        (b'{"text": 3}\n', r"line 1: expected an object with a text in 'text'"),
    ],
)
def test_what_is_no_text_is_named_with_its_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "t.txt").write_bytes(content)
    with pytest.raises(LabelledDataError, match=message):
        read(tmp_path / "t.txt")


def test_nothing_gives_nothing_and_no_file_an_error(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("")
    assert read(tmp_path / "t.txt") == []
    with pytest.raises(CorpusNotFoundError):
        read(tmp_path / "none.txt")
