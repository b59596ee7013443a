"""The commands of classify: what they hand on, print, write and refuse. A stand-in learns."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reference.commands import Run, runner
from wordgraft.embeddings.errors import CheckpointError, LabelledDataError, TrainingInterrupted
from wordgraft.embeddings.vectors import WordVectors
from wordgraft.models.training.progress import FitEpoch, FitHistory
from wordgraft.tasks.classify import prediction
from wordgraft.tasks.classify import run as classify
from wordgraft.tasks.classify.compare import tfidf
from wordgraft.tasks.toys import reviews as toyreviews


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, "classify")


class Learner:
    """Takes what TextClassifier takes; learns by TF-IDF; is remembered instead of saved."""

    made: list[dict[str, Any]] = []  # noqa: RUF012 - emptied by each test
    saved: dict[str, Learner] = {}  # noqa: RUF012

    def __init__(self, **settings: Any) -> None:
        self.made.append(settings)

    def fit(self, X: Any, y: Any, *, checkpoint: Any, resume: bool, progress: Any) -> Learner:
        self.inner: Any = tfidf(0).fit(X, y)
        self.classes_ = self.inner.classes_
        self.checkpoint, self.resumed = checkpoint, resume
        epoch = FitEpoch(1, "head", 0.5, 0.7, 0.5, 0.8125, 10, 100, 1.0, 0.1, {})
        self.history_ = FitHistory((epoch,), 1, ("head",), ())
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        return self.inner.predict_proba(X)

    def save(self, folder: Any) -> None:
        Path(folder).mkdir()
        self.saved[str(folder)] = self


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    Learner.made, Learner.saved = [], {}
    monkeypatch.setattr(classify, "_estimator", lambda kind: Learner)

    def load(path: Any, *, device: str | None = None) -> Learner:
        return Learner.saved[str(path)]

    monkeypatch.setattr(classify, "load_model", load)
    monkeypatch.setattr(prediction, "load_model", load)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    toyreviews.write_reviews(tmp_path / "train.jsonl", 300, seed=1)
    toyreviews.write_reviews(tmp_path / "test.jsonl", 100, seed=2)
    WordVectors(["good", "bad"], np.eye(2, dtype=np.float32)).save(tmp_path / "v.safetensors")
    return tmp_path


@pytest.fixture
def model(run: Run, folder: Path) -> Path:
    assert run("train", folder / "train.jsonl", "-o", folder / "m").code == 0
    return folder / "m"


# --- train -------------------------------------------------------------------------------------


def test_train_hands_options_on_and_says_what_it_did(run: Run, folder: Path) -> None:
    done = run(
        "train", folder / "train.jsonl", "--vectors", folder / "v.safetensors", "-o", folder / "m",
        "--embeddings", "tuned", "--hidden", 7, "--no-bidirectional", "--seed", 3,
        "--test", folder / "test.jsonl",
    )  # fmt: skip
    assert done.code == 0
    (settings,) = Learner.made
    assert isinstance(settings.pop("vectors"), WordVectors)
    assert settings == {"embeddings": "tuned", "hidden": 7, "bidirectional": False, "seed": 3}
    assert done.err.splitlines()[0] == "train.jsonl: 300 rows; neg: 150, pos: 150"
    assert "300 texts, 1 epochs in" in done.err
    assert "81.25% held out" in done.err
    assert done.out.startswith("accuracy ")
    learnt = Learner.saved[str(folder / "m")]
    assert learnt.checkpoint == Path(f"{folder / 'm'}.checkpoint")


def test_train_json_is_one_line(run: Run, folder: Path) -> None:
    done = run(
        "train", folder / "train.jsonl", "-o", folder / "m",
        "--test", folder / "test.jsonl", "--json",
    )  # fmt: skip
    found = json.loads(done.out)
    assert (found["texts"], found["classes"], found["valid_accuracy"]) == (
        300,
        ["neg", "pos"],
        0.8125,
    )
    assert found["test"]["leaks"]["count"] == 0
    assert done.err == ""


def test_train_finds_out_before_work_what_can_not_go_well(run: Run, folder: Path) -> None:
    (folder / "full").mkdir()
    (folder / "full" / "file").write_text("")
    done = run("train", folder / "train.jsonl", "-o", folder / "full")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "isn't empty" in done.err
    done = run("train", folder / "train.jsonl", "-o", folder / "m", "--resume")
    assert "nothing to resume" in done.err
    (folder / "m.checkpoint").mkdir()
    done = run("train", folder / "train.jsonl", "-o", folder / "m")
    assert "holds an unfinished run. Pass --resume" in done.err
    assert Learner.made == []
    assert run("train", folder / "train.jsonl", "-o", folder / "m", "--resume").code == 0
    assert Learner.saved[str(folder / "m")].resumed
    assert not (folder / "m.checkpoint").exists()


def test_wrong_labels_are_one_line_with_their_rows(run: Run, folder: Path) -> None:
    (folder / "bad.csv").write_text("text,label\na,1\nb,0\nc,oops\n")
    done = run("train", folder / "bad.csv", "-o", folder / "m")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "words stand in row 3 ('oops')" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "d.csv"],
        ["train", "d.csv", "-o", "m", "--kind", "x"],
        ["compare", "d", "-o", "c"],
        ["tune"],
    ],
)
def test_wrong_usage_is_exit_code_2(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")


# --- predict -----------------------------------------------------------------------------------


def test_predict_answers_line_by_line(run: Run, model: Path, folder: Path) -> None:
    (folder / "t.txt").write_text("what a good plot\n\nwhat a bad plot\n")
    lines = run("predict", model, folder / "t.txt").out.splitlines()
    labels = [line.split("\t")[0] for line in lines]
    assert (labels[0], labels[2], len(lines)) == ("pos", "neg", 3)
    assert all(0.5 <= float(line.split("\t")[1]) <= 1 for line in lines)
    out = run("predict", model, folder / "t.txt", "--json").out
    first, *_ = map(json.loads, out.splitlines())
    assert first["label"] == "pos"
    assert first["probability"] == first["probabilities"]["pos"]


def test_predict_reads_standard_input(
    run: Run, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stdin:
        buffer = io.BytesIO(b'{"text": "what a good plot"}\n{"text": "what a bad plot"}\n')

    monkeypatch.setattr(sys, "stdin", Stdin)
    lines = run("predict", model).out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["pos", "neg"]


def test_predict_of_several_labels_joins_them(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Labels:
        classes_ = np.array(["rude", "toxic"])
        multilabel_ = True

        def predict_proba(self, X: Any) -> np.ndarray:
            return np.array([[0.6, 0.7]] * len(X))

    class Stars:
        def predict(self, X: Any) -> np.ndarray:
            return np.array([7.25] * len(X))

    (folder / "t.txt").write_text("x\n")
    monkeypatch.setattr(prediction, "load_model", lambda *_, **__: Labels())
    assert run("predict", "m", folder / "t.txt").out == "rude|toxic\n"
    assert run("predict", "m", folder / "t.txt", "--threshold", 0.65).out == "toxic\n"
    monkeypatch.setattr(prediction, "load_model", lambda *_, **__: Stars())
    assert run("predict", "m", folder / "t.txt").out == "7.25\n"


# --- evaluate ----------------------------------------------------------------------------------


def test_evaluate_prints_and_writes_a_page(run: Run, model: Path, folder: Path) -> None:
    page = folder / "report.html"
    done = run(
        "evaluate", model, folder / "test.jsonl", "--train", folder / "train.jsonl", "-o", page
    )
    assert done.code == 0
    assert "no test text stands in the training part" in done.out
    assert done.err == f"report: {page}\n"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    found = json.loads(run("evaluate", model, folder / "test.jsonl", "--json").out)
    assert found["scores"]["texts"] == 100
    assert found["leaks"] is None


def test_labels_a_model_never_saw_are_refused(run: Run, model: Path, folder: Path) -> None:
    (folder / "other.csv").write_text("text,label\na,1\nb,0\n")
    done = run("evaluate", model, folder / "other.csv")
    assert (done.code, done.out) == (1, "")
    assert "expected labels among 'neg', 'pos', found '0', '1' in 2 texts" in done.err
    named = ["--label-names", "neg", "--label-names", "pos"]
    assert run("evaluate", model, folder / "other.csv", *named).code == 0


# --- compare -----------------------------------------------------------------------------------


def test_compare_writes_page_and_rows(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Learner.fit

    def fit(self: Learner, X: Any, y: Any) -> Learner:
        return plain(self, X, y, checkpoint=None, resume=False, progress=None)

    monkeypatch.setattr(Learner, "fit", fit)
    arguments: list[object] = [
        "compare", folder / "train.jsonl", "--vectors", folder / "v.safetensors",
        "-o", folder / "c.html", "--sizes", "40,all", "--seeds", "1,2", "--hidden", 5,
    ]  # fmt: skip
    done = run(*arguments, "--methods", "scratch,tfidf")
    assert done.code == 0
    assert done.out.split()[:3] == ["accuracy", "40", "all"]
    assert (folder / "c.html").exists()
    rows = json.loads((folder / "c.json").read_text())
    assert len(rows["rows"]) == 8
    assert (rows["about"]["train_texts"], rows["about"]["test_texts"]) == (240, 60)
    assert {(s["embeddings"], s["seed"], s["hidden"]) for s in Learner.made} == {
        ("scratch", 1, 5),
        ("scratch", 2, 5),
    }
    assert "Pass --resume" in run(*arguments).err
    made = len(Learner.made)
    again = run(*arguments, "--methods", "scratch,staged,tfidf", "--resume", "--json")
    assert len(json.loads(again.out)["rows"]) == 12
    assert len(Learner.made) == made + 4
    other = run(*arguments[:-1], 6, "--resume")
    assert "holds rows of another comparison: it differs in settings" in other.err


def test_compare_refuses_what_are_no_numbers(run: Run, folder: Path) -> None:
    arguments = ["compare", folder / "train.jsonl", "--vectors", "v", "-o", folder / "c.html"]
    done = run(*arguments, "--seeds", "one")
    assert (done.code, done.err) == (
        1,
        "wordgraft: --seeds: expected whole numbers with commas between them, found 'one'\n",
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (LabelledDataError("x"), 1),
        (CheckpointError("x"), 1),
        (TrainingInterrupted("x", checkpoint=None), 130),
    ],
)
def test_errors_have_their_exit_codes(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(classify, "evaluate_files", fail)
    assert run("evaluate", "m", "d").code == code
