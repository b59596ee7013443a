"""``wordgraft train``: from a corpus to a file, interrupted, resumed, continued."""

from __future__ import annotations

import inspect
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from wordgraft.embeddings.checkpoint import STATE_FILE
from wordgraft.embeddings.errors import (
    CheckpointError,
    ConfigurationError,
    EmptyVocabularyError,
    OutputError,
)
from wordgraft.embeddings.formats import load_vectors
from wordgraft.embeddings.word2vec import Word2Vec
from wordgraft.tasks import cli
from wordgraft.tasks.toys import world as toyworld
from wordgraft.tasks.vectors import info, train

SMALL = {"vector_size": 16, "epochs": 1, "workers": 1}
COMMAND = [sys.executable, "-m", "wordgraft", "train"]
OPTIONS = ["--vector-size", "16", "--epochs", "1", "--workers", "1"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "toy.txt"
    toyworld.write_corpus(path, words=60_000)
    return path


def test_training_writes_one_file_and_leaves_nothing_else(corpus: Path, tmp_path: Path) -> None:
    summary = train.run(corpus, tmp_path / "v.safetensors", settings=SMALL)
    assert [p.name for p in tmp_path.iterdir()] == ["v.safetensors"]
    vectors = load_vectors(tmp_path / "v.safetensors")
    assert summary.output == tmp_path / "v.safetensors"
    assert (summary.words, summary.vector_size) == vectors.vectors.shape == (len(vectors), 16)
    assert summary.epochs == 1
    assert summary.words_trained > 50_000
    assert summary.loss > 0
    assert "queen" in vectors
    assert re.search(r"^loss by epoch +\d\.\d{4}$", info.text(info.run(summary.output)), re.M)


def test_the_command_says_what_it_did_on_standard_error(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli_run([str(corpus), "-o", str(tmp_path / "v.safetensors"), *OPTIONS])
    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(
        r"v\.safetensors: [\d,]+ words, 16 numbers each; [\d,]+ words trained in ", err
    )
    cli_run([str(corpus), "-o", str(tmp_path / "w.safetensors"), *OPTIONS, "--json"])
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out)["vector_size"] == 16


def cli_run(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["train", *arguments])
    assert not left.value.code


def test_standard_input_is_a_corpus(corpus: Path, tmp_path: Path) -> None:
    for name in ("file", "piped"):
        source = str(corpus) if name == "file" else "-"
        subprocess.run(
            [*COMMAND, source, "-o", str(tmp_path / name), *OPTIONS],
            input=corpus.read_bytes(), check=True, capture_output=True,
        )  # fmt: skip
    file, piped = load_vectors(tmp_path / "file"), load_vectors(tmp_path / "piped")
    assert list(file.index_to_key) == list(piped.index_to_key)
    assert (file.vectors == piped.vectors).all()


def test_the_help_names_the_defaults_of_word2vec(capsys: pytest.CaptureFixture[str]) -> None:
    cli_run(["--help"])
    shown = " ".join(capsys.readouterr().out.partition("Options:")[2].split())
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(Word2Vec).parameters.items()
        if parameter.default not in (None, False)
    }
    assert len(defaults) >= 10
    for name, value in defaults.items():
        said = re.search(rf"--{name.replace('_', '-')} .*?\[default: (\S+)\]", shown)
        assert said, name
        assert type(value)(said[1]) == value, name


@pytest.mark.parametrize("output", ["missing/v.safetensors", "."])
def test_where_it_cant_write_is_known_before_the_corpus_is_read(
    tmp_path: Path, output: str
) -> None:
    with pytest.raises(OutputError):
        train.run(tmp_path / "no-corpus.txt", tmp_path / output, settings=SMALL)


def test_contradictions_are_told_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError,
        match=r"--train-only new needs --continue-from.*; --phrases reads .* twice",
    ):
        train.run("-", tmp_path / "v", settings=SMALL, phrases=True, train_only="new")


def test_an_unfinished_run_is_never_run_over(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "v.checkpoint").mkdir()
    with pytest.raises(CheckpointError, match="Pass --resume to finish it, or remove the folder"):
        train.run(corpus, tmp_path / "v", settings=SMALL)


def test_a_run_that_kept_nothing_leaves_nothing_to_resume(tmp_path: Path) -> None:
    (tmp_path / "rare.txt").write_text("every word here is rare\n")
    with pytest.raises(EmptyVocabularyError, match="min_count"):
        train.run(tmp_path / "rare.txt", tmp_path / "v", settings=SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["rare.txt"]


def test_phrases_are_words(corpus: Path, tmp_path: Path) -> None:
    text = corpus.read_text(encoding="utf-8") + "New york sleeps when paris wakes.\n" * 30
    (tmp_path / "t.txt").write_text(text, encoding="utf-8")
    train.run(tmp_path / "t.txt", tmp_path / "v", settings=SMALL, phrases=True)
    assert "new_york" in load_vectors(tmp_path / "v")


def test_training_continues_with_new_words(corpus: Path, tmp_path: Path) -> None:
    train.run(corpus, tmp_path / "old", settings=SMALL)
    (tmp_path / "more.txt").write_text("The zeppelin floats above the palace of the queen.\n" * 50)
    train.run(
        tmp_path / "more.txt", tmp_path / "new", settings={"epochs": 2},
        continue_from=tmp_path / "old", train_only="new",
    )  # fmt: skip
    old, new = load_vectors(tmp_path / "old"), load_vectors(tmp_path / "new")
    assert "zeppelin" not in old
    assert "zeppelin" in new
    assert set(old.index_to_key) < set(new.index_to_key)
    assert (new["queen"] == old["queen"]).all()


def test_what_was_learnt_keeps_its_shape_when_continued(corpus: Path, tmp_path: Path) -> None:
    train.run(corpus, tmp_path / "old", settings=SMALL)
    with pytest.raises(
        ConfigurationError,
        match=r"vector_size=32 contradicts .* with 16; model='cbow' contradicts",
    ):
        train.run(
            corpus, tmp_path / "new", settings={"vector_size": 32, "model": "cbow"},
            continue_from=tmp_path / "old",
        )  # fmt: skip


@pytest.fixture
def listening() -> Iterator[None]:
    """Lets child processes hear Ctrl-C even where the tests run in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def wait_for(path: Path, process: subprocess.Popen[str], *, seconds: float = 240.0) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, f"waited for {path} in vain"
        time.sleep(0.02)


@pytest.mark.usefixtures("listening")
def test_ctrl_c_keeps_a_checkpoint_and_resume_gives_the_same_bytes(tmp_path: Path) -> None:
    text = tmp_path / "toy.txt"
    toyworld.write_corpus(text, words=300_000)
    options = ["--vector-size", "48", "--epochs", "30", "--workers", "1", "--seed", "3"]
    stopped, whole = tmp_path / "stopped", tmp_path / "whole"
    folder = train.checkpoint_folder(stopped)
    process = subprocess.Popen(
        [*COMMAND, str(text), "-o", str(stopped), *options, "--checkpoint-every", "0.2"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_for(folder / STATE_FILE, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, ""), err
    assert re.fullmatch(r"wordgraft: .*interrupted.* checkpoint .*\n", err)
    assert not stopped.exists()
    for arguments in ([str(stopped), "--resume"], [str(whole)]):
        subprocess.run(
            [*COMMAND, str(text), "-o", *arguments, *options], check=True, capture_output=True
        )
    # The files differ in one thing: how long each epoch took.
    one, other = load_file(stopped), load_file(whole)
    assert one.keys() == other.keys() >= {"vectors", "context", "words"}
    for name, array in one.items():
        assert array.tobytes() == other[name].tobytes(), name
    assert not folder.exists()
