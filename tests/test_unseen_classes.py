"""Classes with labelled texts and without: what the command answers, says, and refuses."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import csv

from reference.commands import Run, runner
from wordgraft import WordVectors
from wordgraft.embeddings.errors import LabelledDataError
from wordgraft.models.few_labels.generalised import GeneralisedScores, scores_of_answers
from wordgraft.tasks.few_labels import unseen_classes as task
from wordgraft.tasks.few_labels import unseen_classes_page as page
from wordgraft.tasks.reading.documents import load_documents
from wordgraft.tasks.reading.labelled import load_labelled
from wordgraft.tasks.toys.documents import TOPICS, documents
from wordgraft.tasks.toys.words import TOPICS as TOPIC_WORDS

NEWS, OTHERS = documents(300, seed=3), documents(240, seed=4)
UNSEEN = "space"


def _vectors(noise: float = 1.2, size: int = 24) -> WordVectors:
    """Vectors in which words of a topic lie near its name, under noise."""
    rng = np.random.default_rng(0)
    rows: dict[str, np.ndarray] = {}
    for topic, groups in TOPIC_WORDS.items():
        middle = rng.standard_normal(size)
        rows[topic] = middle
        for word in " ".join(groups).split():
            rows.setdefault(word, middle + noise * rng.standard_normal(size))
    for one in NEWS:
        for word in re.findall(r"[a-z]+", one.text.lower()):
            rows.setdefault(word, rng.standard_normal(size))
    return WordVectors(list(rows), np.stack(list(rows.values())), tokenizer={"name": "default"})


VECTORS = _vectors()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("unseen")
    VECTORS.save(folder / "v.safetensors")

    def write(name: str, news: list[Any]) -> Path:
        rows = [{"id": f"n{i}", "text": one.text, "topic": one.topic} for i, one in enumerate(news)]
        path = folder / f"{name}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    seen = [one for one in OTHERS if one.topic != UNSEEN]
    return {
        "vectors": folder / "v.safetensors",
        "docs": write("docs", NEWS),
        "seen": write("seen", seen),
        "two": write("two", [one for one in seen if one.topic in TOPICS[:2]]),
        "one": write("one", [one for one in seen if one.topic == TOPICS[0]]),
        "all": write("all", OTHERS),
    }


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], files: dict[str, Path]) -> Run:
    ran = runner(capsys, "unseen-classes")
    return lambda *given: ran(*(files.get(str(one), one) for one in given), "--vectors",
                              files["vectors"])  # fmt: skip


@pytest.mark.parametrize("method", ["eszsl", "sje"])
def test_documents_of_a_class_without_labels_are_found(
    run: Run, tmp_path: Path, method: str
) -> None:
    out = tmp_path / "out"
    told = run("docs", "--labelled", "seen", "--label", "topic", "--class", UNSEEN, "--labels",
               "topic", "--method", method, "--json", "-o", out)  # fmt: skip
    assert told.code == 0, told.err
    found = json.loads(told.out)
    assert found == json.loads((out / "unseen-classes.json").read_text())
    alone, names, _, plain, ours = found["ways"]
    assert alone["scores"]["unseen"] == 0 == alone["unseen_share"]
    assert plain["scores"]["unseen"] < 0.2
    assert ours["scores"]["harmonic"] > max(plain["scores"]["harmonic"], 0.6)
    assert names["name"] == task.NAMES
    table = csv.read_csv(out / "predictions.csv").to_pydict()
    right = np.array(table["class"]) == np.array(table["label"])
    assert right.mean() == pytest.approx(ours["accuracy"])
    unseen = np.array(table["label"]) == UNSEEN
    each = [right[np.array(table["label"]) == topic].mean() for topic in TOPICS if topic != UNSEEN]
    assert right[unseen].mean() == pytest.approx(ours["scores"]["unseen"])
    assert np.mean(each) == pytest.approx(ours["scores"]["seen"])
    classes = {one["label"]: one for one in found["classes"]}
    assert list(classes)[0] == UNSEEN
    assert set(classes) == set(TOPICS)
    assert classes[UNSEEN]["labelled"] == 0
    assert sum(one["labelled"] for one in found["classes"]) == found["labelled_texts"]
    assert found["penalty"] > 0
    shown = (out / "report.html").read_text()
    assert "harmonic mean" in shown
    assert "http" not in shown.replace("http://www.w3.org", "")


def test_a_penalty_of_ones_own_and_descriptions(run: Run, tmp_path: Path) -> None:
    words = f"<i>={UNSEEN} blorp"
    told = run("docs", "--labelled", "seen", "--label", "topic", "--class", words,
               "--seen-penalty", 1000, "-o", tmp_path / "out")  # fmt: skip
    assert told.code == 0, told.err
    assert "left out, for they have no vector: blorp" in told.out
    assert "accuracy" not in told.out
    assert re.search(r"^ESZSL +100\.0%$", told.out, flags=re.MULTILINE)
    shown = (tmp_path / "out" / "report.html").read_text()
    assert "&lt;i&gt;" in shown
    assert "<i>=" not in shown
    assert "Without known labels nothing says which is best" in shown


def test_of_two_seen_classes_no_penalty_can_be_chosen(run: Run, tmp_path: Path) -> None:
    told = run("docs", "--labelled", "two", "--label", "topic", "--class", UNSEEN, "-o",
               tmp_path / "out")  # fmt: skip
    assert told.code == 0, told.err
    assert "no penalty of seen classes could be chosen (expected 3 classes or more" in told.out


def test_texts_without_a_known_word_are_told() -> None:
    texts = load_documents([*(one.text for one in NEWS), "zzz"])
    known = dataclasses.replace(texts, labels=(*(one.topic for one in NEWS), "none of them"))
    rows = [(one.text, one.topic) for one in OTHERS if one.topic != UNSEEN]
    columns = {"text": [t for t, _ in rows] + ["qqq"], "label": [y for _, y in rows] + [TOPICS[0]]}
    from datasets import Dataset

    found = task.unseen_class_documents(
        known, load_labelled(Dataset.from_dict(columns)), VECTORS, classes={UNSEEN: None}
    ).result
    notes = " ".join(found.notes)
    assert "1 documents have no known word" in notes
    assert "1 labelled texts have no known word: left out" in notes
    assert "1 documents have no label, or one that is none of the classes" in notes
    assert (found.known, found.labelled_texts) == (300, len(rows))
    worse = dataclasses.replace(found.ways[-1], scores=GeneralisedScores(0.0, 0.0, 0.0))
    told = page.text(dataclasses.replace(found, ways=(*found.ways[:-1], worse)))
    assert "(wordgraft zero-shot) is better than the answers given" in told


def test_labelled_texts_that_can_be_read_are_of_two_classes(run: Run, tmp_path: Path) -> None:
    rows = [(one.text, "one") for one in OTHERS if one.topic == TOPICS[0]][:5]
    lines = [{"text": t, "label": y} for t, y in [*rows, ("zzz", "two"), ("qqq", "two")]]
    (tmp_path / "few.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    given = (
        "docs",
        "--labelled",
        tmp_path / "few.jsonl",
        "--class",
        UNSEEN,
        "-o",
        tmp_path / "out",
    )
    described = ("--class", f"one={TOPICS[0]}", "--class", f"two={TOPICS[1]}")
    told = run(*given, *described)
    assert (told.code, told.err.count("\n")) == (1, 1)
    assert (
        "few.jsonl: expected texts of two classes or more with words that have a vector" in told.err
    )
    assert (
        "found those of 'one' alone. Left out, for no word of theirs has one: 2 of 'two'"
        in told.err
    )


def test_scores_of_answers_count_each_class_alike() -> None:
    y = np.array(["a", "a", "a", "b", "c", "c"])
    answers = np.array(["a", "a", "b", "c", "c", "a"])
    found = scores_of_answers(answers, y, seen={"a", "b"})
    assert (found.seen, found.unseen) == (pytest.approx((2 / 3 + 0) / 2), 0.5)
    assert found.harmonic == pytest.approx(2 * found.seen * 0.5 / (found.seen + 0.5))
    with pytest.raises(LabelledDataError, match="found 3 of the former and 0 of the latter"):
        scores_of_answers(answers, y, seen={"a", "b", "c"})


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--labelled", "seen", "--label", "topic", "--class", TOPICS[0]), 1, "labels of all in"),
        (("--labelled", "one", "--label", "topic", "--class", UNSEEN), 1, "two classes or more"),
        (("--labelled", "seen", "--label", "topic", "--class", "blorp"), 1, "no word of 'blorp'"),
        (("--labelled", "seen", "--label", "topic"), 2, "--class"),
        (("--class", UNSEEN), 2, "--labelled"),
        (("--labelled", "seen", "--label", "kind", "--class", UNSEEN), 1, "no column 'kind'"),
        (("--labelled", "gone.csv", "--class", UNSEEN), 1, "gone.csv: no such file"),
        (
            ("--labelled", "seen", "--label", "topic", "--class", UNSEEN, "--labels", "id"),
            1,
            "labels: expected some of the classes",
        ),
        (
            ("--labelled", "seen", "--label", "topic", "--class", UNSEEN, "--method", "knn"),
            2,
            "--method",
        ),
    ],
)
def test_mistakes_on_the_command_line(
    run: Run, tmp_path: Path, arguments: Any, code: int, said: str
) -> None:
    told = run("docs", *arguments, "-o", tmp_path / "out")
    assert told.code == code
    assert said in told.err
    assert "Traceback" not in told.err
    assert not (tmp_path / "out").exists()


def test_both_from_standard_input(run: Run, tmp_path: Path) -> None:
    told = run("-", "--labelled", "-", "--class", UNSEEN, "-o", tmp_path / "out")
    assert (told.code, "found - for both" in told.err) == (1, True)


def test_the_example_of_the_docs_runs(root: Path) -> None:
    text = (root / "docs" / "few-labels.md").read_text(encoding="utf-8")
    part = text.split("## Classes by signatures")[1].split("\n## ")[0]
    (example,) = re.findall(r"^```python\n(.*?)^```", part, re.M | re.S)
    names: dict[str, Any] = {}
    exec(compile(example, "few-labels.md", "exec"), names)
    scores = names["generalised_scores"](names["model"], names["X"], names["y"])
    plain = names["ESZSL"](names["animals"]).fit(
        names["X"][names["seen"]], names["y"][names["seen"]]
    )
    without = names["generalised_scores"](plain, names["X"], names["y"])
    assert scores.harmonic > max(without.harmonic, 0.8)
