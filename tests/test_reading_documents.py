"""Where documents come from: lines, records, tables, folders; and what is no document."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from wordgraft.embeddings.errors import CorpusError, CorpusNotFoundError, TextEncodingError
from wordgraft.tasks.reading.documents import (
    Document,
    DocumentTally,
    load_documents,
    read_documents,
)
from wordgraft.tasks.reading.label_tables import Reading

TEXTS = ("sun, rain", "", 'a "quoted" one', "line\x85separator \u2028 kept", "größe 東京")
ROWS = [{"id": f"d{n}", "text": text, "topic": "ab"[n % 2]} for n, text in enumerate(TEXTS)]


def table_file(folder: Path, suffix: str) -> Path:
    """Write the rows as a table of some kind."""
    path = folder / f"docs{suffix}"
    if suffix.startswith(".jsonl"):
        content = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
        path.write_bytes(gzip.compress(content) if suffix.endswith(".gz") else content)
    elif suffix == ".json":
        path.write_text(json.dumps(ROWS, indent=1))
    elif suffix == ".parquet":
        parquet.write_table(pa.Table.from_pylist(ROWS), path)
    else:
        sign = "\t" if suffix == ".tsv" else ","
        lines = [sign.join(ROWS[0])]
        for row in ROWS:
            text = row["text"]
            if suffix == ".csv":
                text = '"' + text.replace('"', '""') + '"'
            lines.append(sign.join([row["id"], text, row["topic"]]))
        path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".json", ".csv", ".tsv", ".parquet"])
def test_tables(suffix: str, tmp_path: Path) -> None:
    path = table_file(tmp_path, suffix)
    found = load_documents(path, label="topic")
    assert found.texts == TEXTS
    assert found.ids == tuple(row["id"] for row in ROWS)
    assert found.labels == tuple(row["topic"] for row in ROWS)
    assert (found.name, len(found)) == (path.name, 5)
    assert str(found.report) == "5 documents; 1 documents without any text"
    assert load_documents(path, id_column="topic").ids == ("a", "b", "a", "b", "a")
    assert load_documents(path, text=("id", "text")).texts[0] == "d0\nsun, rain"
    assert load_documents(path).labels is None


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
@pytest.mark.parametrize("option", ["text", "id_column", "label"])
def test_a_column_that_is_not_there(suffix: str, option: str, tmp_path: Path) -> None:
    path = table_file(tmp_path, suffix)
    said = f"no column 'body'; there are 'id', 'text', 'topic'. Name it with {option}="
    with pytest.raises(CorpusError, match=said):
        load_documents(path, **{option: "body"})  # type: ignore[arg-type]


def test_no_column_like_a_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    with pytest.raises(CorpusError, match="no column is called like a text; there are 'x', 'y'"):
        load_documents(tmp_path / "a.csv")
    found = load_documents(tmp_path / "a.csv", text="2", how=Reading(header=False))
    assert found.texts == ("y", "2")


@given(st.lists(st.text(st.characters(exclude_characters="\n\r\0\ufeff", codec="utf-8"))))
def test_lines_are_documents(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("lines") / "docs.txt"
    texts = ["first", *texts]
    path.write_bytes("".join(text + "\n" for text in texts).encode())
    found = list(read_documents(path))
    assert found == [Document(str(n), text) for n, text in enumerate(texts, 1)]
    path.write_bytes("\r\n".join(texts).encode())
    assert [one.text for one in read_documents(path)] == texts[: len(found) - (texts[-1] == "")]


def test_lines_longer_than_blocks_stay_whole(tmp_path: Path) -> None:
    texts = ["ä" * 3_000_001, "b", "", "c d " * 600_000]
    (tmp_path / "docs.txt.gz").write_bytes(gzip.compress("\n".join(texts).encode(), 1))
    assert [one.text for one in read_documents(tmp_path / "docs.txt.gz")] == texts
    (tmp_path / "wide.csv").write_text("text\n" + "x" * 200_000 + "\n")
    assert len(load_documents(tmp_path / "wide.csv").texts[0]) == 200_000


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def typed(content: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))

    typed("one\n\ntwo")
    assert load_documents("-").texts == ("one", "", "two")
    typed('{"body": "one"}\n\n{"body": "two"}\n')
    assert load_documents("-", text="body").texts == ("one", "two")
    typed("one\n")
    with pytest.raises(CorpusError, match="standard input: text='body' names a column, but"):
        load_documents("-", text="body")
    typed("")
    with pytest.raises(CorpusError, match="standard input: expected documents, found none"):
        load_documents("-")
    typed('{"text": "a"}\n{"text": 3}\n')
    with pytest.raises(CorpusError, match="row 2, column 'text': expected a text or a list"):
        load_documents("-")
    typed('{"text": "a"}\n{"title": "b"}\n')
    with pytest.raises(CorpusError, match="line 2: no field 'text', which the first record has"):
        load_documents("-")
    typed('{"text": "a"}\nb\n')
    with pytest.raises(CorpusError, match="line 2: expected one JSON object a line, found 'b'"):
        load_documents("-")


def test_records_without_a_name_have_their_number(tmp_path: Path) -> None:
    path = tmp_path / "docs.jsonl"
    path.write_text('{"id": 7, "text": "a"}\n{"id": null, "text": ["b", "c"]}\n')
    found = load_documents(path)
    assert (found.ids, found.texts) == (("7", "2"), ("a", ("b", "c")))
    assert found.report.notes == ("1 documents without an id have their number",)
    path.write_text('{"id": 7, "text": "a"}\n{"id": 7, "text": "b"}\n')
    assert load_documents(path).report.repeated_ids == 1


# --- folders ---------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in {
        "b/2.txt": b"second", "a/1.txt": b"\xef\xbb\xbffirst\nline", "a/.hidden": b"no",
        "picture.png": b"\x89PNG\0\0", "z": gzip.compress(b"packed"),
    }.items():  # fmt: skip
        path = tmp_path / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "docs"


def test_files_of_a_folder_are_documents_and_binary_ones_are_counted(folder: Path) -> None:
    found = load_documents(folder, label="label")
    assert found.ids == ("a/1.txt", "b/2.txt", "z")
    assert found.texts == ("first\nline", "second", "packed")
    assert found.labels == ("a", "b", "docs")
    assert found.report.binary == ("picture.png",)
    assert str(found.report) == "3 documents; 1 binary files left out: picture.png"
    with pytest.raises(CorpusError, match="text='body' names a column, but there are none"):
        load_documents(folder, text="body")


def test_folders_of_nothing_to_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match="empty: expected documents, found none"):
        load_documents(tmp_path / "empty")
    (tmp_path / "binary").mkdir()
    (tmp_path / "binary" / "a.png").write_bytes(b"\0")
    with pytest.raises(CorpusError, match=r"found 1 files, all of them binary, such as a\.png"):
        load_documents(tmp_path / "binary")
    (folder / "more.csv").write_text("text\na\n")
    with pytest.raises(CorpusError, match=r"found both, such as a/1\.txt and more\.csv"):
        load_documents(folder)


def test_folders_of_tables_are_read_one_after_the_other(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("text\na\n\nb\n")
    (tmp_path / "2.jsonl").write_text('{"text": "c", "id": "own"}\n')
    found = load_documents(tmp_path)
    assert (found.ids, found.texts) == (("1.csv:1", "1.csv:2", "own"), ("a", "b", "c"))


# --- what can't be read ----------------------------------------------------------------------


@pytest.mark.parametrize("source", ["no.txt", "no/folder/", "./no", "no.parquet"])
def test_paths_that_do_not_exist(source: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusNotFoundError, match="no such file or folder"):
        load_documents(tmp_path / source)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.bin", b"text\0more", "found a binary file"),
        ("a.txt", b"caf\xe9\n", r"a\.txt: expected UTF-8, found byte 0xe9"),
        ("a.txt", b"", "expected documents, found none"),
        ("a.csv", b"", "expected documents, found none"),
        ("a.csv", b"id,text\n1,a,b\n", "line 2: expected 2 values, found 3"),
        ("a.csv", b'text\n"a\n', "expected|unexpected end"),
        ("a.jsonl", b"[1]\n", "expected a JSON object, found int"),
        ("a.jsonl", b"{\n", r"line 1: expected one JSON object a line, found '\{'"),
        ("a.json", b"[{]", "expected a list of JSON objects"),
        ("a.parquet", b"text\na\n", "expected a Parquet file, found b'text' at its beginning"),
        ("a.parquet", b"PAR1" + b"x" * 50, "can't be read"),
        ("a.parquet", b"", "found an empty one"),
        ("a.txt.gz", gzip.compress(b"a" * 5000, mtime=0)[:-9], "cut off"),
    ],
)
def test_files_that_hold_no_documents(
    name: str, content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    if message == "expected|unexpected end":
        assert load_documents(tmp_path / name).texts == ("a\n",)  # the quote never ends
        return
    with pytest.raises(CorpusError, match=message):
        load_documents(tmp_path / name)


def test_other_encodings_may_be_read_and_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"caf\xe9\n")
    tally = DocumentTally()
    found = list(read_documents(tmp_path / "a.txt", errors="replace", tally=tally))
    assert (found[0].text, tally.bad_bytes) == ("caf\ufffd", 1)
    assert tally.bytes_read == tally.bytes_total == 5
    assert "1 bytes that are no UTF-8" in tally.notes()[0]
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a").write_bytes(b"caf\xe9\n")
    assert load_documents(tmp_path / "docs", errors="ignore").texts == ("caf\n",)
    with pytest.raises(TextEncodingError, match="found byte 0xe9"):
        load_documents(tmp_path / "docs")


# --- from memory -----------------------------------------------------------------------------


def test_texts_from_memory() -> None:
    found = load_documents(["a", ["b", "c"], None, Document("own", "d")])
    assert found.texts == ("a", ("b", "c"), "", "d")
    assert found.ids == ("1", "2", "3", "own")
    assert load_documents(iter(np.array(["a", "b"], object))).name.startswith("the ")
    for wrong in (b"bytes", 3):
        with pytest.raises(CorpusError, match="documents: expected a path, the name of a data set"):
            load_documents(wrong)
    with pytest.raises(CorpusError, match="row 1, column 'text': expected a text or a list"):
        load_documents([3])


def test_data_sets() -> None:
    import datasets

    made: Any = datasets.Dataset.from_list(ROWS)
    assert load_documents(made).texts == TEXTS
    assert load_documents({"train": made, "test": made}, split="test").ids[0] == "d0"
