"""``wordgraft multitask``: what Ctrl-C leaves, tasks of one table, mistakes said at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reference.commands import Run, runner
from reference.toy_texts import vectors
from wordgraft.embeddings.errors import ConfigurationError, TrainingInterrupted
from wordgraft.models.classifier import TextClassifier
from wordgraft.models.multitask import MultiTaskClassifier

from test_multitask import about  # isort: skip
from test_multitask_command import FAST, arguments, refused, table  # isort: skip

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of three tasks, and vectors."""
    folder = tmp_path_factory.mktemp("tasks")
    vectors().save(folder / "v.safetensors")
    for name, seed, kind in (("mood", 1, 1), ("topic", 2, 2), ("aside", 3, 1)):
        found = about(100, seed=seed)
        table(folder / f"{name}.jsonl", found[0], found[kind])
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys)


# --- Ctrl-C, and what fails ----------------------------------------------------------------------


PRESSED = [KeyboardInterrupt, TrainingInterrupted("x", checkpoint=None)]


@pytest.mark.parametrize("error", PRESSED)
def test_ctrl_c_before_all_is_learnt_leaves_nothing(
    run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Any
) -> None:
    def pressed(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(MultiTaskClassifier, "fit", pressed)
    done = run("multitask", "train", *arguments(place, "mood"), "--epochs", 1, "-o", tmp_path / "m")
    assert (done.code, done.err) == (130, f"wordgraft: stopped: {tmp_path / 'm'} was not written\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", PRESSED)
def test_ctrl_c_while_each_is_learnt_alone_keeps_what_all_learnt_together(
    run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Any
) -> None:
    fit = TextClassifier.fit

    def pressed(self: TextClassifier, *given: Any, **named: Any) -> TextClassifier:
        if "music" in given[1]:
            raise error
        return fit(self, *given, **named)

    monkeypatch.setattr(TextClassifier, "fit", pressed)
    given = arguments(place, "mood", "topic", "aside")
    done = run("multitask", "train", *given, "-o", tmp_path / "m", "--json")
    assert (done.code, done.out) == (130, "")
    assert done.err.startswith(f"wordgraft: stopped: {tmp_path / 'm'} was written with what was")
    kept = json.loads((tmp_path / "m" / "multitask.json").read_text(encoding="utf-8"))
    assert [one["without"] is None for one in kept["tasks"]] == [False, True, True]
    assert kept["notes"][-1] == "stopped by Ctrl-C before there was, alone: topic, aside"
    assert kept["notes"][-1] in (tmp_path / "m" / "report.html").read_text(encoding="utf-8")
    model = MultiTaskClassifier.load(tmp_path / "m" / "model", device="cpu")
    assert model.tasks_ == ("mood", "topic", "aside")


def test_a_mistake_while_one_is_learnt_alone_is_told(
    run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failed(*_: object, **__: object) -> None:
        raise ConfigurationError("too wide")

    monkeypatch.setattr(TextClassifier, "fit", failed)
    done = run("multitask", "train", *arguments(place, "mood"), "-o", tmp_path / "m")
    assert done.code == 0, done.err
    assert "mood can't be learnt alone: too wide" in done.out
    assert (tmp_path / "m" / "model").is_dir()


# --- one table, several tasks --------------------------------------------------------------------


@pytest.fixture(scope="module")
def both(place: Path) -> Path:
    """One table with the labels of two tasks."""
    texts, moods, topics = about(100, seed=5)[:3]
    rows = zip(texts, moods, topics, strict=True)
    (place / "both.csv").write_text(
        "text,mood,genre\n" + "".join(f'"{t} {i}",{m},{g}\n' for i, (t, m, g) in enumerate(rows))
    )
    return place / "both.csv"


def test_columns_of_one_table_are_several_tasks(run: Run, both: Path, tmp_path: Path) -> None:
    done = run("multitask", "train", "--task", f"a={both}", "--task", f"b={both}", "--label",
               "a=mood", "--label", "b=genre", "--text", "text", *FAST, "--no-compare", "--json",
               "-o", tmp_path / "m")  # fmt: skip
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert [one["classes"] for one in found["tasks"]] == [
        ["neg", "pos"],
        ["music", "plot", "story"],
    ]
    assert not any("of another task" in note for note in found["notes"])
    added = run("multitask", "add", tmp_path / "m", "--task", f"c={both}", "--label", "c=mood",
                "--device", "cpu", "-o", tmp_path / "more")  # fmt: skip
    assert added.code == 0, added.err


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (("mood",), "--task: 'a' and 'b' have the same texts and labels (both.csv): name a column "
         "for each, as --label a=COLUMN --label b=COLUMN, or leave one out"),
        (("mood", "c=genre"), "--label: 'c' is none of the tasks 'a', 'b'"),
        (("mood", "b="), "--label: expected COLUMN or TASK=COLUMN, found 'b='"),
        (("mood", "b=stars"), "b: both.csv: "),
    ],
)  # fmt: skip
def test_the_same_labels_are_not_learnt_twice(
    run: Run, both: Path, tmp_path: Path, labels: tuple[str, ...], said: str
) -> None:
    given = [part for one in labels for part in ("--label", one)]
    done = run("multitask", "train", "--task", f"a={both}", "--task", f"b={both}", *given, *FAST,
               "-o", tmp_path / "bad")  # fmt: skip
    assert refused(done, tmp_path)[0].startswith(f"wordgraft: {said}")


# --- said at once --------------------------------------------------------------------------------


def test_vectors_and_settings_are_looked_at_before_texts(run: Run, tmp_path: Path) -> None:
    done = run("multitask", "train", "--task", "a=gone.csv", "--vectors", "gone.bin", "--epochs", 0,
               "--embeddings", "frozen", "-o", tmp_path / "bad")  # fmt: skip
    vectors_file, epochs, data = refused(done, tmp_path)
    assert "--vectors: gone.bin: no such file" in vectors_file
    assert "epochs: expected a whole number from 1, found 0" in epochs
    assert "a: gone.csv: no such file" in data
