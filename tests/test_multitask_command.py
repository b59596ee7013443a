"""``wordgraft multitask``: tasks learnt together and beside each alone, a head added, refusals."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reference.commands import Ran, Run, runner
from reference.toy_texts import vectors
from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.models.classifier import TextClassifier
from wordgraft.models.multitask import MultiTaskClassifier
from wordgraft.models.task_labels import joined_tasks
from wordgraft.tasks.classify.compare import tfidf
from wordgraft.tasks.multitask import run as task
from wordgraft.tasks.reading.labelled import load_labelled

from test_multitask import UNKNOWN, about  # isort: skip

pytestmark = pytest.mark.usefixtures("one_thread")

FAST = ("--hidden", 8, "--epochs", 2, "--batch-size", 8, "--device", "cpu")


def table(path: Path, texts: list[str], labels: list[str]) -> Path:
    rows = [json.dumps({"text": t, "label": y}) for t, y in zip(texts, labels, strict=True)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of two tasks of other texts, of a third, and vectors."""
    folder = tmp_path_factory.mktemp("tasks")
    vectors().save(folder / "v.safetensors")
    for name, seed, kind in (("mood", 1, 1), ("topic", 2, 2), ("aside", 3, 1), ("others", 4, 1)):
        found = about(100, seed=seed)
        table(folder / f"{name}.jsonl", found[0], found[kind])
    (folder / "one.csv").write_text("text,label\ngood,a\nbad,a\n")
    (folder / "broken.csv").write_text('text,label\n"good\n')
    (folder / "few.csv").write_text("text,label\ngood,a\nbad,b\nfine,a\n")
    (folder / "three.csv").write_text("text,label\n" + "good,a\nbad,b\nfine,c\n" * 2)
    (folder / "many.jsonl").write_text(
        '{"text": "good", "labels": ["a", "b"]}\n{"text": "bad", "labels": ["a"]}\n'
    )
    return folder


def arguments(place: Path, *tasks: str) -> list[object]:
    chosen = [part for name in tasks for part in ("--task", f"{name}={place / name}.jsonl")]
    return [*chosen, "--vectors", place / "v.safetensors", *FAST]


@pytest.fixture(scope="module")
def trained(place: Path) -> tuple[Path, Any]:
    """A folder that the command's function wrote, and what it returned."""
    found = task.train(
        [f"{name}={place / name}.jsonl" for name in ("mood", "topic")],
        place / "together",
        vectors=str(place / "v.safetensors"),
        weights=["topic=2"],
        temperature=2.0,
        settings={"hidden": 8, "epochs": 5, "batch_size": 8, "device": "cpu"},
    )
    return place / "together", found


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys)


# --- train ---------------------------------------------------------------------------------------


def test_the_folder_has_model_numbers_and_a_page(trained: tuple[Path, Any]) -> None:
    folder, found = trained
    assert sorted(path.name for path in folder.iterdir()) == [
        "model", "multitask.json", "report.html"
    ]  # fmt: skip
    kept = json.loads((folder / "multitask.json").read_text(encoding="utf-8"))
    mood, topic = kept["tasks"]
    assert (mood["task"], mood["texts"], mood["test_texts"]) == ("mood", 80, 20)
    assert topic["classes"] == ["music", "plot", "story"]
    assert mood["accuracy"]["value"] >= 0.9
    assert mood["accuracy"]["low"] < mood["accuracy"]["value"]
    assert mood["test"] == "a fifth of mood.jsonl"
    gain = mood["accuracy"]["value"] - mood["without"]["accuracy"]["value"]
    assert mood["without"]["gain"]["value"] == pytest.approx(gain)
    assert (kept["temperature"], kept["weights"]) == (2.0, {"topic": 2.0})
    assert kept["epochs"] == len(kept["losses"]) == found.epochs
    page = (folder / "report.html").read_text(encoding="utf-8")
    for said in ("Learnt together: mood, topic", "mood, together", "mood, alone", "topic 2"):
        assert said in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_scores_are_those_of_the_classes_with_the_same_settings(
    place: Path, trained: tuple[Path, Any]
) -> None:
    folder, found = trained
    settings: dict[str, Any] = {"hidden": 8, "epochs": 5, "batch_size": 8, "device": "cpu"}
    parts = {
        name: load_labelled(place / f"{name}.jsonl").held_out(0.2, seed=0)
        for name in ("mood", "topic")
    }
    texts, y = joined_tasks({name: (own.texts, own.y) for name, (own, _) in parts.items()})
    both = MultiTaskClassifier(
        vectors(), temperature=2.0, task_weights={"topic": 2.0}, **settings
    ).fit(texts, y)
    saved = MultiTaskClassifier.load(folder / "model", device="cpu")
    for one in found.tasks:
        own, held = parts[one.task]
        alone = TextClassifier(vectors(), **settings).fit(own.texts, own.y)
        assert one.accuracy.value == both.scores(held.texts, {one.task: held.y})[one.task]
        assert one.without.accuracy.value == alone.score(held.texts, held.y)
        chances = saved.predict_proba(held.texts, task=one.task)
        np.testing.assert_allclose(chances, both.predict_proba(held.texts, task=one.task))


def test_the_command_prints_a_line_a_task(run: Run, place: Path, tmp_path: Path) -> None:
    done = run("multitask", "train", *arguments(place, "mood", "topic"), "--no-compare",
               "--test", f"mood={place / 'others.jsonl'}", "-o", tmp_path / "m")  # fmt: skip
    assert done.code == 0, done.err
    head, mood, topic, *rest = done.out.splitlines()
    assert head.split() == ["task", "texts", "classes", "tested", "on", "together"]
    assert mood.split()[:4] == ["mood", "100", "2", "100"]
    assert topic.split()[:4] == ["topic", "80", "3", "20"]
    assert "mean of 2 tasks learnt together" in rest[1]
    assert "alone" not in done.out
    assert done.err == f"report: {tmp_path / 'm' / 'report.html'}\n"
    page = (tmp_path / "m" / "report.html").read_text(encoding="utf-8")
    assert "alone</td>" not in page


def test_json_is_one_line_and_a_task_may_come_in_a_pipe(
    run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped = (place / "mood.jsonl").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped), encoding="utf-8"))
    done = run("multitask", "train", "--task", "mood=-", *arguments(place), "--epochs", 1,
               "--temperature", "inf", "-o", tmp_path / "m", "--json")  # fmt: skip
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["tasks"][0]["texts"] == 80
    assert found["temperature"] == "inf"  # JSON has no infinity
    assert MultiTaskClassifier.load(tmp_path / "m" / "model", device="cpu").temperature == np.inf


def test_a_task_of_which_no_word_is_known_does_not_cost_the_others(
    run: Run, place: Path, tmp_path: Path
) -> None:
    table(tmp_path / "x.jsonl", [f"qqq{i} www{i}" for i in range(20)], ["a", "b"] * 10)
    done = run("multitask", "train", *arguments(place, "mood"), "--task",
               f"x={tmp_path / 'x.jsonl'}", "--epochs", 1, "-o", tmp_path / "m")  # fmt: skip
    assert done.code == 0, done.err
    assert done.out.splitlines()[2].split()[-3:] == ["-", "-", "-"]
    assert "x can't be learnt alone: expected texts with words that have a vector" in done.out
    assert (tmp_path / "m" / "model").is_dir()


# --- add -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def added(trained: tuple[Path, Any], place: Path) -> Path:
    task.add(trained[0], f"aside={place / 'aside.jsonl'}", place / "more", device="cpu")
    return place / "more"


def test_a_task_added_leaves_the_others_as_they_were(
    added: Path, trained: tuple[Path, Any], place: Path, run: Run, tmp_path: Path
) -> None:
    texts = [*about(20, seed=9)[0], UNKNOWN]
    before, after = (
        MultiTaskClassifier.load(folder / "model", device="cpu") for folder in (trained[0], added)
    )
    assert after.tasks_ == ("mood", "topic", "aside")
    for name, chances in before.predict_proba(texts).items():
        assert np.array_equal(chances, after.predict_proba(texts)[name]), name
    found = json.loads((added / "multitask.json").read_text(encoding="utf-8"))
    own, held = load_labelled(place / "aside.jsonl").held_out(0.2, seed=0)
    assert (
        found["task"]["accuracy"]["value"] == after.scores(held.texts, {"aside": held.y})["aside"]
    )
    before.add_task("aside", own.texts, own.y)  # the part that wasn't held out
    found_again = before.predict_proba(texts, task="aside")
    np.testing.assert_allclose(after.predict_proba(texts, task="aside"), found_again, atol=1e-6)
    plain = tfidf(0).fit(own.texts, own.y)
    right = np.mean(plain.predict(held.texts) == held.y)
    assert found["task"]["without"]["accuracy"]["value"] == right
    assert found["before"] == ["mood", "topic"]
    assert found["head_seconds"] < found["seconds"]
    page = (added / "report.html").read_text(encoding="utf-8")
    assert "One task more: aside" in page
    assert "TF-IDF" in page
    done = run("multitask", "add", added, "--task", f"four={place / 'topic.jsonl'}",
               "--test", f"four={place / 'topic.jsonl'}", "-o", tmp_path / "m")  # fmt: skip
    assert done.code == 0, done.err
    assert "the head took" in done.out
    assert "mood, topic, aside: answered as before" in done.out


# --- what reads the folder -----------------------------------------------------------------------


def test_predict_answers_for_every_task(run: Run, added: Path, tmp_path: Path) -> None:
    texts = [*about(6, seed=9)[0], UNKNOWN]
    (tmp_path / "in.txt").write_text("\n".join(texts) + "\n")
    model = MultiTaskClassifier.load(added / "model", device="cpu")
    chances = model.predict_proba(texts)
    done = run("classify", "predict", added, tmp_path / "in.txt", "--device", "cpu")
    assert done.code == 0, done.err
    lines = [line.split("\t") for line in done.out.splitlines()]
    wanted = [
        [
            column
            for name, own in chances.items()
            for column in (f"{name}={model.classes_[name][own[i].argmax()]}", f"{own[i].max():.4f}")
        ]
        for i in range(len(texts))
    ]
    assert lines == wanted
    assert done.err.startswith("1 of 7 texts have no word")
    told = run("classify", "predict", added, tmp_path / "in.txt", "--json", "--explain")
    first, *_, last = (json.loads(line) for line in told.out.splitlines())
    assert set(first["tasks"]) == {"mood", "topic", "aside"}
    assert first["tasks"]["topic"]["probability"] == pytest.approx(chances["topic"][0].max())
    assert first["tasks"]["topic"]["probabilities"].keys() == {"music", "plot", "story"}
    assert {word for word, _ in first["tasks"]["mood"]["words"]} <= set(texts[0].split())
    assert last["unread"]
    one = run("classify", "predict", added, tmp_path / "in.txt", "--task", "topic", "--explain")
    label, chance, words = one.out.splitlines()[0].split("\t")
    assert [f"topic={label}", chance] == lines[0][2:4]
    assert words
    wrong = run("classify", "predict", added, tmp_path / "in.txt", "--task", "style")
    assert (wrong.code, wrong.err.count("\n")) == (1, 1)
    assert "has 3 tasks: expected one of 'mood', 'topic', 'aside', found 'style'" in wrong.err


def test_evaluate_scores_one_task_and_asks_which(run: Run, added: Path, place: Path) -> None:
    data = place / "others.jsonl"
    asked = run("classify", "evaluate", added, data)
    assert (asked.code, asked.err.count("\n")) == (1, 1)
    assert "has 3 tasks: expected one of 'mood', 'topic', 'aside', found none" in asked.err
    done = run("classify", "evaluate", added, data, "--task", "mood", "--json")
    found = json.loads(done.out)
    texts = load_labelled(data)
    model = MultiTaskClassifier.load(added / "model", device="cpu")
    right = model.scores(texts.texts, {"mood": texts.y})["mood"]
    assert found["scores"]["accuracy"]["value"] == pytest.approx(right)
    assert found["model"] == "more, mood"
    assert set(found["deciding"]) == {"neg", "pos"}


def test_a_model_of_one_task_has_no_others(
    run: Run, place: Path, trained: tuple[Path, Any], tmp_path: Path
) -> None:
    both = MultiTaskClassifier.load(trained[0] / "model", device="cpu")
    texts = [*about(20, seed=9)[0], UNKNOWN]
    for name in both.tasks_:
        both.only(name).save(tmp_path / name)
        kept = TextClassifier.load(tmp_path / name, device="cpu")
        wanted = both.predict_proba(texts, task=name)
        np.testing.assert_allclose(kept.predict_proba(texts), wanted, atol=1e-6)
    wrong = run("classify", "evaluate", tmp_path / "mood", place / "others.jsonl", "--task", "x")
    assert wrong.code == 1
    assert "has one task: leave 'x' out" in wrong.err


def test_info_tells_the_tasks(run: Run, added: Path) -> None:
    done = run("info", added)
    assert "MultiTaskClassifier" in done.out
    assert "topic: music, topic: plot, topic: story, aside: neg, aside: pos" in done.out


def test_a_classifier_may_begin_from_it(
    run: Run, trained: tuple[Path, Any], place: Path, tmp_path: Path
) -> None:
    done = run("classify", "train", place / "others.jsonl", "--init-from", trained[0],
               "--epochs", 1, "-o", tmp_path / "m", "--device", "cpu")  # fmt: skip
    assert done.code == 0, done.err


# --- refused -------------------------------------------------------------------------------------


def refused(done: Ran, place: Path) -> list[str]:
    assert done.code == 1
    assert "Traceback" not in done.err
    assert not (place / "bad").exists()
    return done.err.splitlines()


def test_all_mistakes_are_said_at_once_before_any_work(
    run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("work began")

    monkeypatch.setattr(MultiTaskClassifier, "fit", never)
    wrong = ["mood.jsonl", f"mood={place / 'topic.jsonl'}", f"a={place / 'nothing.csv'}",
             f"b={place / 'one.csv'}", f"c={place / 'broken.csv'}", f"d={place / 'few.csv'}",
             f"e={place / 'many.jsonl'}", f"f={place / 'three.csv'}"]  # fmt: skip
    said = [part for one in wrong for part in ("--task", one)]
    done = run("multitask", "train", *arguments(place, "mood"), *said, "--test", "style=x.csv",
               "--weight", "mood=x", "--weight", "style=1", "-o", tmp_path / "bad")  # fmt: skip
    lines = refused(done, tmp_path)
    for number, part in enumerate(
        (
            "--task: expected NAME=DATA, found 'mood.jsonl'",
            "--task: 'mood' stands there twice",
            "--weight: expected a number from 0 for 'mood', found 'x'",
            "--weight: 'style' is none of the tasks 'mood', 'a'",
            "--test: 'style' is none of the tasks 'mood', 'a'",
            "nothing.csv: no such file",
            "b: one.csv: expected at least two classes, found 'a'",
            "c: broken.csv",
            "d: few.csv: expected two texts or more of each class",
            "e: many.jsonl: expected one class for each text, found multilabel",
            "f: three.csv: expected more than 10 texts",
        )
    ):
        assert part in lines[number]
    assert len(lines) == 11


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--task", "a=-", "--task", "b=-"), "standard input (-) can be read once"),
        (("--hidden", 0), "hidden: expected a whole number from 1"),
        (("--vectors", "nothing.bin"), "nothing.bin"),
        (("--label", "stars"), "stars"),
    ],
)
def test_mistakes_of_training(
    run: Run, place: Path, tmp_path: Path, more: tuple[object, ...], said: str
) -> None:
    done = run(
        "multitask", "train", *arguments(place, "mood", "topic"), *more, "-o", tmp_path / "bad"
    )
    assert said in "\n".join(refused(done, tmp_path))


def test_mistakes_of_adding(
    run: Run, place: Path, trained: tuple[Path, Any], tmp_path: Path
) -> None:
    data = place / "aside.jsonl"
    for model, name, said in (
        (trained[0], "mood", "--task: 'mood' is there already: the model has 'mood', 'topic'"),
        (tmp_path / "none", "new", "expected the folder of a model"),
    ):
        done = run("multitask", "add", model, "--task", f"{name}={data}", "-o", tmp_path / "bad")
        (line,) = refused(done, tmp_path)
        assert said in line
    done = run("multitask", "add", trained[0], "--task", f"n={data}", "-o", trained[0])
    assert (done.code, "isn't empty" in done.err) == (1, True)
    model = MultiTaskClassifier.load(trained[0] / "model", device="cpu").only("mood")
    model.save(tmp_path / "mood")
    done = run("multitask", "add", tmp_path / "mood", "--task", f"n={data}", "-o", tmp_path / "bad")
    assert "expected a MultiTaskClassifier, found a 'TextClassifier'" in refused(done, tmp_path)[0]


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_no_draw_takes(
    run: Run, place: Path, trained: tuple[Path, Any], tmp_path: Path, seed: int
) -> None:
    data = f"new={place / 'aside.jsonl'}"
    for first in (("train",), ("add", trained[0])):
        done = run("multitask", *first, "--task", data, "--seed", seed, "-o", tmp_path / "bad")
        assert (done.code, "Invalid value for '--seed'" in done.err) == (2, True)
    with pytest.raises(ConfigurationError, match="seed: expected"):
        task.train([data], tmp_path / "bad", settings={"seed": seed})


def test_one_task_is_added_at_a_time(
    run: Run, place: Path, trained: tuple[Path, Any], tmp_path: Path
) -> None:
    given = ["multitask", "add", trained[0], "--task", f"a={place / 'aside.jsonl'}"]
    done = run(*given, "--task", f"b={place / 'topic.jsonl'}", "-o", tmp_path / "bad")
    (line,) = refused(done, tmp_path)
    assert line.startswith("wordgraft: --task: expected one task at a time, found 2: a=")
    test = ["--test", f"a={place / 'others.jsonl'}"]
    done = run(*given, *test, *test, "-o", tmp_path / "bad")
    assert refused(done, tmp_path) == ["wordgraft: --test: 'a' stands there twice"]
