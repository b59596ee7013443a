"""``wordgraft embed``: from files to files of vectors, whole or not at all."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from reference.commands import Run, runner
from wordgraft import DocumentVectorizer, WordVectors
from wordgraft.embeddings.errors import ConfigurationError, OutputError, TrainingInterrupted
from wordgraft.tasks.toys import world as toyworld
from wordgraft.tasks.vectors import embed as task
from wordgraft.tasks.vectors.embed import embed

TEXTS = list(toyworld.sentences(6_000, seed=2))[:300]
WORDS = sorted({word for text in TEXTS for word in text.lower().split()} - {"."})[::2]
VECTORS = WordVectors(WORDS, np.random.default_rng(1).standard_normal((len(WORDS), 8)))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(task, "BLOCK_DOCUMENTS", 40)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, "embed")


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    VECTORS.save(tmp_path / "v.safetensors")
    return tmp_path / "v.safetensors"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    path = tmp_path / "docs.jsonl"
    path.write_text(
        "".join(json.dumps({"id": f"n{n}", "text": t}) + "\n" for n, t in enumerate(TEXTS))
    )
    return path


def of_parquet(path: Path) -> tuple[list[str], np.ndarray]:
    table = parquet.read_table(path)
    rows = table["vector"].combine_chunks()
    return table["id"].to_pylist(), rows.flatten().to_numpy().reshape(len(table), -1)


@pytest.mark.parametrize("weighting", ["auto", "sif", "mean"])
def test_a_file_gets_the_vectors_that_python_gives(
    weighting: str, docs: Path, vectors: Path, tmp_path: Path, run: Run
) -> None:
    """In blocks, whatever they are; fitted on all, for they are few."""
    expected = DocumentVectorizer(VECTORS, weighting=weighting).fit_transform(TEXTS)
    how = ("--vectors", vectors, "--weighting", weighting)
    ran = run(docs, *how, "-o", tmp_path / "a.parquet", "--save-model", tmp_path / "space")
    assert (ran.code, ran.out) == (0, "")
    assert "300 documents" in ran.err
    ids, found = of_parquet(tmp_path / "a.parquet")
    assert ids == [f"n{n}" for n in range(300)]
    assert np.array_equal(found, expected)
    ran = run(docs, "--model", tmp_path / "space", "-o", tmp_path / "a.npy", "--json")
    told = json.loads(ran.out)
    assert (told["documents"], told["width"], told["fitted_on"]) == (300, expected.shape[1], 0)
    loaded = np.load(tmp_path / "a.npy", mmap_mode="r")
    assert (loaded.dtype, loaded.flags.aligned) == (np.float32, True)
    assert np.array_equal(loaded, expected)


def test_info_tells_what_a_fitted_vectorizer_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = DocumentVectorizer(VECTORS, weighting="sif", tokenizer=str.split).fit(TEXTS)
    model.save(tmp_path / "space")
    run = runner(capsys, "info")
    told = run(tmp_path / "space").out
    assert "DocumentVectorizer, weighting sif" in told
    assert f"fitted on   {model.report_}" in told
    found = json.loads(run(tmp_path / "space", "--json").out)
    assert (found["words"], found["width"]) == (len(WORDS), 8)
    assert found["tokenizer"]["name"] == "custom"
    (tmp_path / "space" / "vectors.safetensors").unlink()
    ran = run(tmp_path / "space")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "the folder of the model has no such file" in ran.err


def test_more_documents_than_are_fitted_on(docs: Path, vectors: Path, tmp_path: Path) -> None:
    settings = {"weighting": "sif"}
    out = tmp_path / "a.npy"
    found = embed(
        docs, out, vectors=vectors, settings=settings, fit_on=50, save_model=tmp_path / "m"
    )
    assert (found.documents, found.fitted_on) == (300, 50)
    model = DocumentVectorizer.load(tmp_path / "m")
    assert model.report_.documents == 50
    assert np.array_equal(np.load(out), model.transform(TEXTS))
    again = tmp_path / "b.npy"
    embed(docs, again, vectors=vectors, settings=settings, fit_on=50)
    assert again.read_bytes() == out.read_bytes()
    embed(docs, again, vectors=vectors, settings={**settings, "seed": 1}, fit_on=50)
    assert again.read_bytes() != out.read_bytes()


def test_a_stream_is_fitted_on_its_beginning(vectors: Path, tmp_path: Path) -> None:
    settings = {"weighting": "idf"}
    embed(iter(TEXTS), tmp_path / "a.npy", vectors=vectors, settings=settings, fit_on=50)
    model = DocumentVectorizer(VECTORS, weighting="idf").fit(TEXTS[:50])
    assert np.array_equal(np.load(tmp_path / "a.npy"), model.transform(TEXTS))


def test_lines_come_through_a_pipe(vectors: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "wordgraft", "embed", "-", "--vectors", vectors]
    text = "".join(f"{text}\n" for text in TEXTS)
    out = tmp_path / "a.parquet"
    ran = subprocess.run(
        [*command, "--weighting", "mean", "-o", out],
        input=text, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    ids, found = of_parquet(out)
    assert ids == [str(n) for n in range(1, 301)]
    assert np.array_equal(found, DocumentVectorizer(VECTORS, weighting="mean").fit_transform(TEXTS))


def test_documents_without_a_known_word_are_told(vectors: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "d.txt").write_text(f"{TEXTS[0]}\n\nxyzzy\n")
    how = (
        tmp_path / "d.txt",
        "--vectors",
        vectors,
        "--weighting",
        "mean",
        "-o",
        tmp_path / "a.npy",
    )
    ran = run(*how)
    assert "2 documents have no known word" in ran.err
    assert not np.load(tmp_path / "a.npy")[1:].any()
    (tmp_path / "a.npy").unlink()
    ran = run(*how, "--empty", "error")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "2 of 3 documents have no known word (document 1, 2, counted from 0)" in ran.err
    assert not (tmp_path / "a.npy").exists()


def test_a_tokenizer_that_does_not_fit_is_told(tmp_path: Path, run: Run) -> None:
    spec = {"name": "whitespace", "lower": False}
    WordVectors(["sun", "rain"], np.eye(2), tokenizer=spec).save(tmp_path / "v")
    (tmp_path / "d.txt").write_text("Sun, rain. sun\nRain, Sun.\n")
    how = (tmp_path / "d.txt", "--vectors", tmp_path / "v", "--weighting", "mean")
    ran = run(*how, "-o", tmp_path / "a.npy")
    assert "with 'default' 0% would be: is this raw text?" in ran.err
    assert "Warning" not in ran.err
    assert "unknown with" not in run(*how, "--tokenizer", "default", "-o", tmp_path / "a.npy").err


def left_behind(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if ".tmp" in path.name or path.suffix == ".npy"]


@pytest.mark.parametrize("suffix", [".npy", ".parquet"])
def test_a_stop_leaves_no_half_file(
    suffix: str, docs: Path, vectors: Path, tmp_path: Path, run: Run
) -> None:
    out = tmp_path / f"a{suffix}"
    calls: list[int] = []

    def press(done: int, total: int) -> None:
        calls.append(done)
        if len(calls) == 3:
            signal.raise_signal(signal.SIGINT)

    out.write_bytes(b"older")
    settings = {"weighting": "mean"}
    with pytest.raises(TrainingInterrupted, match=r"stopped: .* was not written"):
        embed(docs, out, vectors=vectors, settings=settings, fit_on=10, progress=press)
    assert len(calls) == 3
    assert out.read_bytes() == b"older"
    assert not [path for path in tmp_path.iterdir() if ".tmp" in path.name]

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task, "vector_writer", fail)
        with pytest.raises(OSError, match="No space"):
            embed(docs, out, vectors=vectors, settings=settings)
    assert out.read_bytes() == b"older"


def test_progress_is_told_in_bytes(docs: Path, vectors: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    out = tmp_path / "a.npy"
    embed(docs, out, vectors=vectors, settings={"weighting": "mean"},
          progress=lambda done, total: told.append((done, total)))  # fmt: skip
    assert len(told) == 8
    assert told[-1] == (docs.stat().st_size,) * 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "expected vectors to fit with, or a fitted model; found neither"),
        ({"vectors": "v", "model": "m"}, "a fitted model; found both"),
        ({"model": "m", "settings": {"seed": 1}}, "seed: a fitted model has its own"),
        ({"model": "m", "save_model": "n"}, "save_model: a fitted model has its own"),
        ({"vectors": "v", "fit_on": 0}, "fit_on: expected a whole number from 1"),
    ],
)
def test_options_that_contradict_each_other(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        embed("docs.txt", "a.npy", **options)


def test_places_that_can_not_be_written(docs: Path, vectors: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"expected a file ending in .parquet or .npy"):
        embed(docs, tmp_path / "a.csv", vectors=vectors)
    with pytest.raises(OutputError, match="doesn't exist"):
        embed(docs, tmp_path / "no" / "a.npy", vectors=vectors)
    with pytest.raises(OutputError, match="isn't empty"):
        embed(docs, tmp_path / "a.npy", vectors=vectors, save_model=tmp_path)
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("no.txt", "--vectors", "{v}", "-o", "a.npy"), 1, "no such file"),
        (("{docs}", "--vectors", "{v}", "-o", "a.npy", "--text", "body"), 1, "no column 'body'"),
        (("{docs}", "-o", "a.npy"), 1, "found neither"),
        (("{docs}", "--vectors", "{v}"), 2, "--output"),
        (("{docs}", "--vectors", "{v}", "-o", "a.npy", "--weighting", "best"), 2, "weighting"),
        (("{docs}", "--model", "{v}", "-o", "a.npy"), 1, "expected the folder of a model"),
    ],
)
def test_mistakes_are_one_line(
    arguments: tuple[str, ...], code: int, said: str, docs: Path, vectors: Path, run: Run,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    ran = run(*(a.format(docs=docs, v=vectors) for a in arguments))
    assert ran.code == code
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "a.npy").exists()
