"""The commands of classify with the models themselves; and by several processes."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from reference.commands import Run, runner
from reference.toy_texts import SIZE, plain, vectors
from wordgraft.embeddings.errors import TrainingInterrupted
from wordgraft.models.classifier import TextClassifier
from wordgraft.models.regressor import TextRegressor
from wordgraft.models.training.progress import FitProgress
from wordgraft.tasks import cli
from wordgraft.tasks.classify import run as classify
from wordgraft.tasks.toys import reviews as toyreviews

pytestmark = pytest.mark.usefixtures("one_thread")

QUICK = ["--hidden", "24", "--batch-size", "4", "--device", "cpu"]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, "classify")


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("real")
    for name, seed in (("train", 1), ("test", 2)):
        rows = [
            {
                "text": text + " film" * (i % 3 == 0),
                "label": label,
                "number": int(label == "pos"),
                "stars": 9 if label == "pos" else 2,
                "tags": [label] + ["film"] * (i % 3 == 0),
            }
            for i, (text, label) in enumerate(zip(*plain(60, seed=seed), strict=True))
        ]
        write(place / f"{name}.jsonl", rows)
    vectors(SIZE).save(place / "v.safetensors")
    (place / "t.txt").write_text("the plot is good\n\nxyzzy\nthe plot is dull\n")
    return place


@pytest.fixture(scope="module")
def model(folder: Path) -> Path:
    with pytest.raises(SystemExit) as left:
        cli.main(
            ["classify", "train", str(folder / "train.jsonl"), "-o", str(folder / "model"),
             "--vectors", str(folder / "v.safetensors"), *QUICK, "--epochs", "25"]
        )  # fmt: skip
    assert not left.value.code
    return folder / "model"


def test_reviews_become_a_model_answers_and_a_page(
    run: Run, model: Path, folder: Path, tmp_path: Path
) -> None:
    assert not Path(f"{model}.checkpoint").exists()
    done = run("predict", model, folder / "t.txt")
    assert [line.split("\t")[0] for line in done.out.splitlines()][::3] == ["pos", "neg"]
    assert done.err == (
        "2 of 4 texts have no word that the model knows: their answer is the same for all\n"
    )
    told = [
        json.loads(line)
        for line in run("predict", model, folder / "t.txt", "--json").out.splitlines()
    ]
    assert [one["unread"] for one in told] == [False, True, True, False]
    assert told[1]["probabilities"] == {"neg": 0.5, "pos": 0.5}
    explained = run("predict", model, folder / "t.txt", "--explain").out.splitlines()
    assert "good+" in explained[0]
    page = tmp_path / "report.html"
    done = run(
        "evaluate", model, folder / "test.jsonl", "--train", folder / "train.jsonl", "-o", page
    )
    assert done.code == 0
    assert page.stat().st_size > 10_000
    found = json.loads(run("evaluate", model, folder / "test.jsonl", "--json").out)
    assert found["scores"]["accuracy"]["value"] >= 0.9
    assert {one["word"] for one in found["deciding"]["pos"]} & set(toyreviews.PRAISE)


def test_info_says_what_a_model_is(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def told(*options: str) -> str:
        with pytest.raises(SystemExit):
            cli.main(["info", str(model), *options])
        return capsys.readouterr().out

    assert "classes     neg, pos\n" in told()
    found = json.loads(told("--json"))
    assert (found["kind"], found["classes"], found["epochs"]) == (
        "TextClassifier", ["neg", "pos"], found["best"],
    )  # fmt: skip
    assert found["vector_size"] == SIZE


def test_standard_input_is_answered(run: Run, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(b"the plot is good\nthe plot is dull\n")

    monkeypatch.setattr(sys, "stdin", Stdin)
    lines = run("predict", model, "-").out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["pos", "neg"]


def test_several_labels_go_by_name(run: Run, folder: Path, tmp_path: Path) -> None:
    done = run(
        "train", folder / "train.jsonl", "--label", "tags", "--vectors", folder / "v.safetensors",
        "-o", tmp_path / "m", *QUICK, "--epochs", 25, "--test", folder / "test.jsonl", "--json",
    )  # fmt: skip
    assert (done.code, done.err) == (0, "")
    trained = json.loads(done.out)
    assert sorted(trained["classes"]) == ["film", "neg", "pos"]
    assert TextClassifier.load(tmp_path / "m").classes_.tolist() == trained["classes"]
    assert trained["test"]["scores"]["exact"]["value"] >= 0.6
    (tmp_path / "t.txt").write_text("the plot is good film\n")
    assert set(run("predict", tmp_path / "m", tmp_path / "t.txt").out.strip().split("|")) == {
        "film",
        "pos",
    }
    test = ["evaluate", tmp_path / "m", folder / "test.jsonl", "--label", "tags", "--json"]
    assert json.loads(run(*test).out)["scores"]["exact"]["value"] >= 0.6


def test_classes_may_be_numbers(run: Run, folder: Path, tmp_path: Path) -> None:
    done = run(
        "train", folder / "train.jsonl", "--label", "number", "-o", tmp_path / "m", *QUICK,
        "--epochs", 25, "--test", folder / "test.jsonl", "--json",
    )  # fmt: skip
    trained = json.loads(done.out)
    assert trained["classes"] == ["0", "1"]
    assert trained["test"]["scores"]["accuracy"]["value"] >= 0.9


def test_ratings_from_end_to_end(run: Run, folder: Path, tmp_path: Path) -> None:
    train = [
        "train", folder / "train.jsonl", "--kind", "rating", "--label", "stars", "-o",
        tmp_path / "m", "--vectors", folder / "v.safetensors", *QUICK, "--epochs", 25,
    ]  # fmt: skip
    refused = run(*train, "--class-weight", "balanced", "--calibrate")
    assert refused.err.count("contradicts kind='rating'") == 2
    assert run(*train).code == 0
    assert isinstance(TextRegressor.load(tmp_path / "m"), TextRegressor)
    done = run("predict", tmp_path / "m", folder / "t.txt")
    good, empty, strange, dull = map(float, done.out.split())
    assert good > 7
    assert dull < 4
    assert empty == strange == pytest.approx(5.5)
    assert "2 of 4 texts" in done.err
    stars = ["--kind", "rating", "--label", "stars", "--json"]
    found = json.loads(run("evaluate", tmp_path / "m", folder / "test.jsonl", *stars).out)
    assert found["scores"]["mae"] < 1
    wrong = run("evaluate", tmp_path / "m", folder / "test.jsonl")
    assert "predicts ratings, but the labels" in wrong.err


def test_compare_draws_its_page(run: Run, folder: Path, tmp_path: Path) -> None:
    done = run(
        "compare", folder / "train.jsonl", "--vectors", folder / "v.safetensors", "-o",
        tmp_path / "c.html", "--sizes", "20,all", "--seeds", 1, "--epochs", 2, *QUICK, "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    rows = json.loads(done.out)["rows"]
    assert {row["method"] for row in rows} == {"scratch", "frozen", "tuned", "staged", "tfidf"}
    assert "<svg" in (tmp_path / "c.html").read_text()


def test_a_stopped_run_is_finished_with_resume(run: Run, folder: Path, tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def stop(state: FitProgress) -> None:
        if state.epoch == 3:
            signal.raise_signal(signal.SIGINT)

    settings = {"hidden": 24, "batch_size": 4, "device": "cpu", "epochs": 3}
    try:
        with pytest.raises(TrainingInterrupted, match="a checkpoint is in"):
            classify.train(
                str(folder / "train.jsonl"), tmp_path / "m", settings=settings, progress=stop,
                vectors=str(folder / "v.safetensors"),
            )  # fmt: skip
    finally:
        signal.signal(signal.SIGINT, before)
    assert not (tmp_path / "m").exists()
    command = [
        "train", folder / "train.jsonl", "--vectors", folder / "v.safetensors", *QUICK,
        "--epochs", 3, "-o",
    ]  # fmt: skip
    assert "Pass --resume to finish it" in run(*command, tmp_path / "m").err
    assert run(*command, tmp_path / "m", "--resume").code == 0
    assert run(*command, tmp_path / "whole").code == 0
    same = [TextClassifier.load(tmp_path / name).network_.state_dict() for name in ("m", "whole")]
    assert all(torch.equal(tensor, same[1][name]) for name, tensor in same[0].items())
    assert not (tmp_path / "m.checkpoint").exists()


def test_two_processes_train_one_model(folder: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2",
            "--num_machines", "1", "--main_process_port", "0", "--mixed_precision", "no",
            "--dynamo_backend", "no", "--num_cpu_threads_per_process", "1", "-m",
            "wordgraft", "classify", "train", str(folder / "train.jsonl"), "--vectors",
            str(folder / "v.safetensors"), "-o", str(tmp_path / "m"), *QUICK, "--epochs", "25",
            "--test", str(folder / "test.jsonl"), "--json",
        ],
        capture_output=True, text=True, timeout=240, check=False,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    told = json.loads(line)
    assert told["test"]["scores"]["accuracy"]["value"] >= 0.9
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m"]
    model = TextClassifier.load(tmp_path / "m")
    assert model.predict(["the plot is good", "the plot is dull"]).tolist() == ["pos", "neg"]
    # Each passage is shared: as many examples, in half as many steps of each process.
    assert model.history_.epochs[0].examples in (54, 56, 60, 62)
