"""The command line: what it prints and where, how it parses, how it fails."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer.main

from reference.commands import Run, runner
from wordgraft.embeddings.encoding import EncodingProgress
from wordgraft.embeddings.errors import ConfigurationError, TrainingInterrupted
from wordgraft.embeddings.progress import TrainingProgress
from wordgraft.embeddings.vectors import WordVectors
from wordgraft.tasks import cli, console
from wordgraft.tasks.classify.compare import CompareProgress
from wordgraft.tasks.classify.comparison import Row
from wordgraft.tasks.vectors import info, query


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys)


@pytest.fixture(scope="module")
def royal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vectors made by hand: a step along one axis for royalty, along another for gender."""
    rows = {
        "man": [1.0, 0.0, 0.1, 0.0],
        "woman": [1.0, 1.0, 0.1, 0.0],
        "king": [1.0, 0.0, 1.1, 0.1],
        "queen": [1.0, 1.0, 1.1, 0.1],
        "apple": [-1.0, 0.1, 0.0, 1.0],
        "well-known": [-1.0, 0.3, 0.0, -1.0],
    }
    path = tmp_path_factory.mktemp("cli") / "royal.safetensors"
    WordVectors(
        list(rows),
        np.array(list(rows.values()), dtype=np.float32),
        counts=np.array([60, 50, 40, 30, 20, 10]),
        tokenizer={"name": "whitespace", "lower": False},
        metadata={"licence": "free"},
    ).save(path)
    return path


def commands() -> dict[str, Any]:
    """Every command by name; those of a group have its name before theirs."""
    found: dict[str, Any] = {}
    for name, command in typer.main.get_command(cli.app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found |= {name: command} if inner is None else {f"{name} {n}": c for n, c in inner.items()}
    return found


# --- asking ----------------------------------------------------------------------------------


def test_similar_prints_word_and_cosine_to_standard_output(run: Run, royal: Path) -> None:
    done = run("similar", royal, "king", "--topn", 2)
    assert (done.code, done.err) == (0, "")
    assert [line.split() for line in done.out.splitlines()] == [
        ["queen", "0.8303"],
        ["man", "0.7413"],
    ]


def test_similar_of_several_words_has_a_part_each(run: Run, royal: Path) -> None:
    done = run("similar", royal, "king", "apple", "--topn", 1)
    first, second = done.out.split("\n\n")
    assert first.splitlines()[0] == "king:"
    assert second.splitlines()[0] == "apple:"


def test_json_is_one_line_for_machines(run: Run, royal: Path) -> None:
    (answer,) = json.loads(run("similar", royal, "king", "--topn", 1, "--json").out)
    assert answer["question"] == "king"
    assert answer["neighbours"] == [
        {"word": "queen", "similarity": pytest.approx(0.8303, abs=1e-4)}
    ]


@pytest.mark.parametrize(
    "formula",
    [
        ["king", "-", "man", "+", "woman"],
        ["king", "-man", "+woman"],
        ["king - man + woman"],
        ["-man", "+king", "+woman"],
        ["+", "king", "+", "woman", "-", "man"],
        ["--", "king", "-", "man", "+", "woman"],
    ],
    ids=" ".join,
)
def test_analogy_reads_signs_however_they_are_typed(
    run: Run, royal: Path, formula: list[str]
) -> None:
    done = run("analogy", "--topn", 1, royal, *formula)
    assert (done.code, done.err) == (0, "")
    assert done.out.split()[0] == "queen"


def test_analogy_takes_options_on_either_side(run: Run, royal: Path) -> None:
    words = ["king", "-", "man", "+", "woman"]
    before = run("analogy", "--method", "3cosmul", "--topn", 1, "--json", royal, *words)
    after = run("analogy", royal, *words, "--method", "3cosmul", "--topn", 1, "--json")
    assert before == after
    assert json.loads(after.out)["neighbours"][0]["word"] == "queen"


def test_a_formula_knows_its_words_and_their_order() -> None:
    formula = query.parse_formula(["well-known", "-", "-lrb-", "+c++"])
    assert (formula.positive, formula.negative) == (["well-known", "c++"], ["-lrb-"])
    assert str(query.parse_formula(["king", "-man", "+woman"])) == "king - man + woman"
    assert str(query.parse_formula(["-man + king"])) == "- man + king"


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (["king", "man"], "expected \\+ or - before 'man', as in: king - man \\+ woman"),
        (["king", "-"], "expected a word at the end"),
        (["-king"], "nothing to add"),
        ([""], "nothing to add"),
    ],
)
def test_a_formula_that_makes_no_sense_says_how_to_write_one(
    formula: list[str], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        query.parse_formula(formula)


def test_a_mistyped_word_is_one_line_with_close_ones(run: Run, royal: Path) -> None:
    done = run("similar", royal, "quen")
    assert (done.code, done.out) == (1, "")
    assert re.fullmatch(r"wordgraft: no vector for 'quen' \(close: queen.*\)\n", done.err)


def test_info_says_what_the_file_holds(run: Run, royal: Path) -> None:
    shown = run("info", royal).out
    assert re.search(r"^words +6$", shown, flags=re.MULTILINE)
    assert re.search(r"^tokens +210$", shown, flags=re.MULTILINE)
    found = json.loads(run("info", royal, "--json").out)
    assert found["vector_size"] == 4
    assert found["tokenizer"] == {"name": "whitespace", "lower": False}
    assert found["metadata"]["licence"] == "free"
    assert found["bytes"] == royal.stat().st_size


def test_evaluate_scores_analogies_and_similarity(run: Run, royal: Path, tmp_path: Path) -> None:
    questions, rated = tmp_path / "analogies.txt", tmp_path / "pairs.tsv"
    questions.write_text(": family\nman woman king queen\nking queen man woman\nman x king y\n")
    rated.write_text("king\tqueen\t9\nking\tman\t8\nking\tapple\t1\nking\tnobody\t5\n")
    done = run("evaluate", royal, "--analogies", questions, "--similarity", rated)
    assert (done.code, done.err) == (0, "")
    assert re.search(r"^family +2 +2 +100\.0% +1$", done.out, flags=re.MULTILINE)
    assert re.search(r"^pairs +1\.0000 +0\.\d+ +3 / 4$", done.out, flags=re.MULTILINE)
    rated.write_text("nobody\tqueen\t9\n")
    assert re.search(
        r"^pairs +- +- +0 / 1$", run("evaluate", royal, "--similarity", rated).out, re.M
    )


def test_evaluate_json_holds_the_reports(run: Run, royal: Path, tmp_path: Path) -> None:
    rated = tmp_path / "pairs.tsv"
    rated.write_text("king\tqueen\t9\nking\tman\t8\nking\tapple\t1\n")
    scores = json.loads(run("evaluate", royal, "--similarity", rated, "--json").out)
    assert scores["analogies"] is None
    assert scores["similarity"][0]["spearman"] == pytest.approx(1.0)


def test_evaluate_with_nothing_to_score_on_says_so(run: Run, royal: Path) -> None:
    done = run("evaluate", royal)
    assert done.code == 1
    assert "nothing to score on: give --analogies FILE, --similarity FILE" in done.err


# --- failing ---------------------------------------------------------------------------------


def test_a_missing_file_is_one_line_and_exit_code_1(run: Run, tmp_path: Path) -> None:
    missing = tmp_path / "none.safetensors"
    done = run("similar", missing, "king")
    assert (done.code, done.out) == (1, "")
    assert done.err == f"wordgraft: {missing}: no such file or directory\n"


def test_a_damaged_file_is_one_line_and_exit_code_1(run: Run, royal: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "half.safetensors"
    damaged.write_bytes(royal.read_bytes()[:-9])
    done = run("info", damaged)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["analgy", "v", "king"], "Did you mean 'analogy'"),
        (["similar", "v", "king", "--tpn", "3"], "--topn"),
        (["similar", "v", "king", "--topn", "0"], "--topn"),
        (["similar", "v"], "WORD"),
        (["train", "corpus.txt"], "--output"),
        (["train", "c.txt", "-o", "v", "--model", "glove"], "skipgram"),
    ],
)
def test_wrong_usage_is_exit_code_2_with_a_hint(run: Run, arguments: list[str], hint: str) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert hint in done.err


def test_every_configuration_mistake_has_its_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, royal: Path
) -> None:
    def wrong(*_: object, **__: object) -> None:
        raise ConfigurationError("first mistake", "second mistake")

    monkeypatch.setattr(info, "run", wrong)
    done = run("info", royal)
    assert (done.code, done.err) == (1, "wordgraft: first mistake\nwordgraft: second mistake\n")


@pytest.mark.parametrize(
    "error", [TrainingInterrupted("stopped", checkpoint=None), KeyboardInterrupt()]
)
def test_an_interruption_is_exit_code_130(
    run: Run, monkeypatch: pytest.MonkeyPatch, royal: Path, error: BaseException
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(info, "run", interrupted)
    assert run("info", royal).code == 130


def test_our_own_mistakes_keep_their_traceback(
    monkeypatch: pytest.MonkeyPatch, royal: Path
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(info, "run", broken)
    with pytest.raises(ZeroDivisionError):
        cli.main(["info", str(royal)])


def test_a_reader_that_leaves_is_no_error(royal: Path) -> None:
    """``wordgraft ... | head -1``: no traceback, no message."""
    code = "import sys; from wordgraft.tasks.cli import main; main(sys.argv[1:])"
    words = ["king"] * 20_000  # more than a pipe holds
    command = [sys.executable, "-c", code, "similar", str(royal), *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    message = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), message) == (1, b"")


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wordgraft", "--version"], capture_output=True, text=True, check=True
    )
    assert re.fullmatch(r"wordgraft \d+\.\d+\.\d+\S*\n", done.stdout)


# --- help and documents ------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_has_help_with_examples(run: Run, name: str) -> None:
    done = run(*name.split(), "--help")
    assert done.code == 0
    assert re.search(rf"^  Examples:\n    .*\bwordgraft {name} ?", done.out, flags=re.MULTILINE)
    for parameter in commands()[name].params:
        assert parameter.help, parameter.name


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_and_option_is_documented(root: Path, name: str) -> None:
    page = (root / "docs" / "cli.md").read_text(encoding="utf-8")
    part = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", page, flags=re.MULTILINE | re.DOTALL)
    assert part, f"docs/cli.md has no part about {name}"
    known = {
        spelling
        for parameter in commands()[name].params
        if parameter.param_type_name == "option"
        for spelling in (*parameter.opts, *parameter.secondary_opts)
    }
    table = "\n".join(re.findall(r"^\| (`.*?) \|", part[1], flags=re.MULTILINE))
    assert set(re.findall(r"(?<=`)--?[a-z][a-z-]*", table)) == known


def test_the_documents_know_no_other_command(root: Path) -> None:
    page = (root / "docs" / "cli.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^## (\w[\w -]*)$", page, flags=re.MULTILINE)) == set(commands())


# --- the console -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.31, "0.3 s"), (45.4, "45 s"), (185, "3:05 min"), (7380, "2:03:00 h"), (float("inf"), "?")],
)
def test_durations_are_said_as_people_do(seconds: float, shown: str) -> None:
    assert console.duration(seconds) == shown


def test_progress_is_silent_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with console.training_progress() as progress:
        assert progress == console.Callbacks(None, None)
    assert capsys.readouterr() == ("", "")


def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Put a terminal in the place of standard error."""
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    return screen


def test_progress_of_a_comparison_is_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    with console.training_progress() as progress:
        assert progress.comparing is not None
        progress.comparing(CompareProgress(0, 20, None))
        progress.comparing(CompareProgress(1, 20, Row("staged", 9, 1, 9, 0.75, 0.7, 1.0, 0.1, 3)))
    assert "staged, 9 labels: 75.00%" in screen.getvalue()


def test_stages_of_clustering_are_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    with console.stages_progress() as silent:
        assert silent is None
    screen = terminal(monkeypatch)
    with console.stages_progress() as stages:
        assert stages is not None
        stages("clustering", 3, 4)
    assert "clustering" in screen.getvalue()
    assert "75%" in screen.getvalue()


def test_progress_is_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    with console.training_progress() as progress:
        assert progress.encoding is not None
        assert progress.training is not None
        progress.encoding(EncodingProgress(12_345, 99, 10, 20, 0.1, 5e6, finished=False))
        progress.training(TrainingProgress(2, 5, 30, 100, 2e6, 1.2345, 65.0, 0.02))
    shown = screen.getvalue()
    assert "epoch 2/5" in shown
    assert "2,000,000 words/s" in shown
    assert "loss 1.2345  1:05 min left" in shown


def test_not_a_number_is_null_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_json({"a": float("nan"), "b": np.float32(0.5), "c": [np.int64(3), Path("p")]})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": 0.5, "c": [3, "p"]}
