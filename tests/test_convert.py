"""``wordgraft convert`` and ``info``: any file in, any format out, nothing lost unsaid."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from reference.commands import Run, runner
from wordgraft import WordVectors, load_vectors
from wordgraft.embeddings.formats.writing import WRITERS
from wordgraft.tasks.vectors import file_commands

ROWS = np.random.default_rng(2).normal(size=(4, 3)).astype(np.float32)


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return runner(capfdbinary)


@pytest.fixture
def native(tmp_path: Path) -> Path:
    path = tmp_path / "v.safetensors"
    WordVectors(["the", "king", "new york", "café"], ROWS, counts=[9, 5, 2, 1]).save(path)
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "plain.txt"
    WordVectors(["the", "king", "café"], ROWS[:3]).save_as(path, format="word2vec")
    return path


def test_the_names_of_the_option_are_those_of_the_table() -> None:
    assert get_args(file_commands.Target) == tuple(writer.name for writer in WRITERS)


@pytest.mark.parametrize("name", ["word2vec", "glove", "fasttext", "native"])
def test_there_and_back_is_the_same(run: Run, native: Path, tmp_path: Path, name: str) -> None:
    done = run("convert", native, tmp_path / "out", "--to", name, "--unfit", "replace")
    assert (done.code, done.out) == (0, "")
    back = load_vectors(tmp_path / "out")
    spaced = "new york" if name == "native" else "new_york"
    assert back.index_to_key == ("the", "king", spaced, "café")
    np.testing.assert_array_equal(back.vectors.view(np.uint32), ROWS.view(np.uint32))
    said = done.err.splitlines()
    assert said[0].startswith(f"read {native} (native): 4 rows")
    assert said[1].startswith(f"wrote {tmp_path / 'out'} ({name}): 4 words, 3 numbers each")
    assert ("1 word changed: 'new york' as 'new_york'" in said[1]) == (name != "native")


def test_words_are_not_lost_unasked(run: Run, native: Path, tmp_path: Path) -> None:
    done = run("convert", native, tmp_path / "out.vec")
    assert (done.code, done.out) == (1, "")
    (line,) = done.err.splitlines()
    assert "fasttext can't hold words with spaces in them, found 'new york'. Choose" in line
    assert not (tmp_path / "out.vec").exists()
    done = run("convert", native, tmp_path / "out.vec", "--unfit", "skip")
    assert "1 word left out: 'new york'" in done.err
    assert len(load_vectors(tmp_path / "out.vec")) == 3


def test_json_tells_both_sides(run: Run, plain: Path, tmp_path: Path) -> None:
    done = run("convert", plain, tmp_path / "out.safetensors", "--limit", 2, "--json")
    found = json.loads(done.out)
    assert (found["read"]["rows"], found["read"]["rows_in_file"]) == (2, 3)
    assert (found["written"]["words"], found["written"]["format"]) == (2, "native")
    assert found["written"]["path"] == str(tmp_path / "out.safetensors")
    assert done.err == ""


def test_only_words_of_a_list(run: Run, plain: Path, tmp_path: Path) -> None:
    (tmp_path / "words").write_text("café\n\nzzz\nthe\n", encoding="utf-8")
    out = tmp_path / "out.safetensors"
    assert run("convert", plain, out, "--vocabulary", tmp_path / "words").code == 0
    assert load_vectors(out).index_to_key == ("the", "café")
    (tmp_path / "words").write_text("\n")
    done = run("convert", plain, out, "--vocabulary", tmp_path / "words")
    assert (done.code, "expected a word a line, found none" in done.err) == (1, True)


def test_numbers_of_a_quarter_of_the_size(run: Run, plain: Path, tmp_path: Path) -> None:
    assert run("convert", plain, tmp_path / "out.safetensors", "--dtype", "int8").code == 0
    assert load_vectors(tmp_path / "out.safetensors").storage.dtype == np.int8
    done = run("convert", plain, tmp_path / "out.vec", "--dtype", "int8")
    assert (done.code, "dtype is a matter of native files" in done.err) == (1, True)


def test_dashes_are_standard_input_and_output(
    run: Run, plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Input:
        buffer = io.BytesIO(plain.read_bytes())

    monkeypatch.setattr(sys, "stdin", Input)
    done = run("convert", "-", "-", "--to", "word2vec")
    assert done.code == 0
    assert done.out == plain.read_text(encoding="utf-8")
    done = run("convert", plain, "-", "--to", "spacy")
    assert (done.code, "standard output can't hold one" in done.err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["none.txt", "out.vec"], 1, "none.txt"),
        (["plain.txt", "out.bin"], 1, "its suffix '.bin' doesn't tell the format. Name one of"),
        (["plain.txt", "none/out.vec"], 1, "none doesn't exist. Create it"),
        (["none.txt", "none/out.vec"], 1, "none doesn't exist. Create it"),  # before reading
        (["plain.txt", "out", "--to", "pickle"], 2, "'pickle' is not one of"),
        (["plain.txt", "out.vec", "--unfit", "drop"], 2, "'drop' is not one of"),
        (["plain.txt"], 2, "Missing argument 'OUT'"),
    ],
)
def test_mistakes_are_said_and_nothing_is_written(
    run: Run,
    plain: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(plain.parent)
    done = run("convert", *arguments)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert [path.name for path in plain.parent.iterdir()] == ["plain.txt"]


def test_info_says_what_loading_found(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_text("a 1 2\nb 3 nan\na 4 5\nc 6 7\nd 8 9\n")
    done = run("info", path)
    assert (done.code, done.err) == (0, "")
    rows = {line[:13].strip(): line[13:].strip() for line in done.out.splitlines()}
    assert rows["format"] == "glove"
    assert rows["words"] == "3"
    assert rows["vector size"] == "2 (float32)"
    assert "1 duplicate" in rows["report"]
    assert "line 2: " in rows["report"]
    found = json.loads(run("info", path, "--json").out)
    assert (found["report"]["duplicates"], found["report"]["skipped_count"]) == (1, 1)
    done = run("info", path, "--strict")
    assert (done.code, f"{path}:" in done.err) == (1, True)


def test_genuine_glove_becomes_a_native_file_that_knows_queen(
    run: Run, data_file: Callable[[str], Path], tmp_path: Path
) -> None:
    source = data_file("embeddings/glove.6B.50d.subset.txt.gz")
    done = run("convert", source, tmp_path / "glove.safetensors")
    assert "(glove, gzip): 10,335 rows, 50 numbers each" in done.err
    done = run("similar", tmp_path / "glove.safetensors", "king", "--topn", 2)
    assert [line.split()[0] for line in done.out.splitlines()] == ["prince", "queen"]
