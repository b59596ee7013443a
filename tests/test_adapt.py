"""``wordgraft adapt``: classes for another domain in a folder, whole or not at all."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from reference.commands import Run, runner
from reference.pages import Reader
from reference.toy_domains import texts
from wordgraft import Word2Vec, load_vectors
from wordgraft.tasks.adapt import run as task
from wordgraft.tasks.adapt.result import ABOUT

pytestmark = pytest.mark.usefixtures("one_thread")

SOURCE, LABELS, TARGET, TRUTH = texts(90)
FAST = ("--method", "denoise", "--method", "self-training")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, "adapt")


def records(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the two domains, and vectors that can go on learning."""
    folder = tmp_path_factory.mktemp("adapt")
    pairs = zip(SOURCE, LABELS, strict=True)
    records(folder / "books.jsonl", [{"text": t, "label": y} for t, y in pairs])
    rows = [
        {"id": f"<{i}>", "text": t, "label": y if i % 3 else None}
        for i, (t, y) in enumerate(zip(TARGET, TRUTH, strict=True))
    ]
    records(folder / "dvds.jsonl", rows)
    (folder / "dvds.txt").write_text("\n".join(TARGET) + "\n", encoding="utf-8")
    model = Word2Vec(vector_size=8, min_count=1, epochs=1, workers=1, seed=1).fit(SOURCE)
    model.save(folder / "v.safetensors")
    return folder


def test_the_folder_has_answers_numbers_and_a_page(place: Path, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run(
        "--source", place / "books.jsonl", "--target", place / "dvds.jsonl",
        "--target-labels", "label", "--vectors", place / "v.safetensors", *FAST, "-o", out,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [task.PREDICTIONS, task.RESULT, task.REPORT]
    )
    with (out / task.PREDICTIONS).open(encoding="utf-8", newline="") as file:
        answers = list(csv.DictReader(file))
    assert [one["id"] for one in answers] == [f"<{i}>" for i in range(90)]
    right = [one["label"] == y for one, y in zip(answers, TRUTH, strict=True)]
    result = json.loads((out / task.RESULT).read_text())
    assert [way["name"] for way in result["ways"]] == [
        "none", "vectors", "denoise", "self-training"
    ]  # fmt: skip
    assert result["labelled"] == 60
    by_score = sorted(result["ways"], key=lambda way: -way["reverse"])
    assert result["methods"] == [way["name"] for way in by_score[:3]]
    assert "none" not in result["methods"]
    kept = [r for i, r in enumerate(right) if i % 3]
    assert result["accuracy"] == pytest.approx(sum(kept) / len(kept))
    assert all(way["accuracy"] > 0.5 for way in result["ways"])
    changed = sum(one["label"] != one["without_adaptation"] for one in answers)
    assert result["changed"] == changed
    assert all(0.5 <= float(one["probability"]) <= 1 for one in answers)
    page = (out / task.REPORT).read_text(encoding="utf-8")
    reader = Reader(page)
    assert reader.open == reader.fetched == []
    for said in ("none", "denoise", "self-training", "reverse validation", "books.jsonl"):
        assert said in page
    assert "%" in done.out
    assert f"{result['methods'][0]} *" in done.out
    assert "answer together" in done.out
    assert "report: " in done.err


def test_a_model_that_is_kept_answers_for_other_texts(
    place: Path, run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = run(
        "--source", place / "books.jsonl", "--target", place / "dvds.txt",
        "--vectors", place / "v.safetensors", *FAST, "--keep-model", "-o", out,
    )  # fmt: skip
    assert done.code == 0, done.err
    with (out / task.PREDICTIONS).open(encoding="utf-8", newline="") as file:
        answers = [(one["label"], one["probability"]) for one in csv.DictReader(file)]
    (tmp_path / "later.txt").write_text("\n".join([*TARGET[:7], "", "unheard of"]) + "\n")
    classify = runner(capsys, "classify")
    for folder in (out, out / "model"):
        later = classify("predict", folder, tmp_path / "later.txt")
        assert later.code == 0, later.err
        assert [tuple(line.split("\t")) for line in later.out.splitlines()][:7] == answers[:7]
        assert "2 of 9 texts have no word that the model knows" in later.err
    scored = classify("evaluate", out, place / "books.jsonl", "--json")
    assert json.loads(scored.out)["scores"]["texts"] == 90
    assert "expected the folder of a model" in classify("predict", tmp_path, "-").err


def test_without_labels_of_the_target_nothing_is_scored_by_them(
    place: Path, run: Run, tmp_path: Path
) -> None:
    done = run(
        "--source", place / "books.jsonl", "--target", place / "dvds.txt", "--json",
        "--method", "idf", "-o", tmp_path / "out",
    )  # fmt: skip
    found = json.loads(done.out)
    assert found["labelled"] == 0
    assert {way["accuracy"] for way in found["ways"]} == {None}
    assert found["target_texts"] == 90
    assert sum(found["predicted"].values()) == pytest.approx(1)


def test_labels_of_the_target_choose_nothing(place: Path, run: Run, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (place / "dvds.jsonl").read_text().splitlines()]
    other = {"good": "bad", "bad": "good", None: None}
    turned = [{**row, "label": other[row["label"]]} for row in rows]
    records(tmp_path / "turned.jsonl", turned)
    answers: list[str] = []
    for name in (place / "dvds.jsonl", tmp_path / "turned.jsonl"):
        out = tmp_path / f"out-{name.stem}"
        done = run(
            "--source", place / "books.jsonl", "--target", name, "--target-labels", "label",
            *FAST, "-o", out,
        )  # fmt: skip
        assert done.code == 0
        answers.append((out / task.PREDICTIONS).read_text())
    assert answers[0] == answers[1]


def test_ctrl_c_leaves_nothing(
    place: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(task, "_compared", pressed)
    out = tmp_path / "out"
    done = run("--source", place / "books.jsonl", "--target", place / "dvds.txt", *FAST, "-o", out)
    assert (done.code, list(tmp_path.iterdir())) == (130, [])
    assert f"stopped: {out} was not written" in done.err


def test_vectors_may_go_on_learning_first(place: Path, run: Run, tmp_path: Path) -> None:
    done = run(
        "--source", place / "books.jsonl", "--target", place / "dvds.txt", "--json",
        "--vectors", place / "v.safetensors", "--continue-epochs", 2, "--method", "idf",
        "-o", tmp_path / "out",
    )  # fmt: skip
    assert json.loads(done.out)["continued"] == 2


def test_a_typo_is_found_before_vectors_take_their_time(
    place: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "_continued", lambda *_, **__: pytest.fail("vectors went on first"))
    done = run(
        "--source", place / "books.jsonl", "--target", place / "dvds.txt",
        "--vectors", place / "v.safetensors", "--method", "corall", "-o", tmp_path / "out",
    )  # fmt: skip
    assert done.code == 1
    assert "found 'corall'" in done.err


def test_vectors_go_on_where_they_can(place: Path, run: Run, tmp_path: Path) -> None:
    load_vectors(place / "v.safetensors").save(tmp_path / "alone.safetensors")
    found: dict[str, Any] = {}
    for name, file, more in (
        ("can", place / "v.safetensors", ()),
        ("not asked", place / "v.safetensors", ("--continue-epochs", 0)),
        ("can't", tmp_path / "alone.safetensors", ()),
    ):
        done = run(
            "--source", place / "books.jsonl", "--target", place / "dvds.txt", "--json", *more,
            "--vectors", file, "--method", "idf", "-o", tmp_path / name,
        )  # fmt: skip
        assert done.code == 0, done.err
        found[name] = json.loads(done.out)
    assert {name: one["continued"] for name, one in found.items()} == {
        "can": 5, "not asked": 0, "can't": 0
    }  # fmt: skip
    assert found["not asked"]["ways"] == found["can't"]["ways"]
    assert found["can't"]["stayed"] == "the file holds vectors alone"
    assert [one["name"] for one in found["can"]["ways"]] == ["none", "vectors", "idf"]
    assert found["can"]["ways"][0] == found["can't"]["ways"][0]  # none has the old vectors
    asked = run(
        "--source", place / "books.jsonl", "--target", place / "dvds.txt", "--continue-epochs", 5,
        "--vectors", tmp_path / "alone.safetensors", "-o", tmp_path / "asked",
    )  # fmt: skip
    assert asked.code == 1
    assert "not what training needs to go on" in asked.err


def test_all_ways_are_known_by_what_they_do(place: Path) -> None:
    from wordgraft.models.domains.texts import text_candidates

    vectors = load_vectors(place / "v.safetensors")
    assert set(ABOUT) == set(text_candidates(vectors, original=vectors))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--method", "magic"), "expected 'auto' or one of none, idf"),
        (("--method", "auto", "--method", "idf"), "'auto' compares all ways"),
        (("--target-labels", "colour"), "'colour'"),
        (("--continue-epochs", "1"), "continue_epochs needs vectors"),
        (("--method", "vectors"), "'vectors' is the way of vectors that go on learning"),
        (("--label", "text", "--text", "label"), "as many rows of every class, found 1 of"),
    ],
)
def test_mistakes_are_one_line(
    options: tuple[str, ...], said: str, place: Path, run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = run(
        "--source", place / "books.jsonl", "--target", place / "dvds.jsonl", *options, "-o", out
    )
    assert done.code == 1
    assert said in done.err
    assert "Traceback" not in done.err
    assert not out.exists()


def test_domains_that_can_not_be_adapted_are_one_line(
    place: Path, run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (tmp_path / "other.txt").write_text("привет мир\nмир привет\nпривет привет\n", encoding="utf-8")
    source = ("--source", place / "books.jsonl", "-o", out)
    done = run(*source, "--target", tmp_path / "other.txt")
    assert done.code == 1
    assert "source and target share none of their" in done.err
    one = records(tmp_path / "one.jsonl", [{"text": t, "label": "good"} for t in SOURCE])
    done = run("--source", one, "--target", place / "dvds.txt", "-o", out)
    assert "at least two classes, found 1: 'good'" in done.err
    odd = records(tmp_path / "odd.jsonl", [{"text": "wab wac", "label": "grand"}])
    done = run(*source, "--target", odd, "--target-labels", "label")
    assert (
        "odd.jsonl: expected labels among 'bad', 'good', as in books.jsonl, found 'grand'"
        in done.err
    )
    many = records(tmp_path / "m.jsonl", [{"text": t, "label": ["a", "b"]} for t in SOURCE])
    done = run("--source", many, "--target", place / "dvds.txt", "-o", out)
    assert "expected one class for each text, found multilabel" in done.err
    assert not out.exists()
    out.mkdir()
    (out / "mine").write_text("")
    done = run(*source, "--target", place / "dvds.txt")
    assert "isn't empty" in done.err
