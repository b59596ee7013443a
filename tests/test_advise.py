"""Advice: what is measured, what follows from it, whether it is judged as it was."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reference.toy_texts import plain, vectors
from wordgraft.embeddings.errors import ConfigurationError, LabelledDataError
from wordgraft.embeddings.vectors import WordVectors
from wordgraft.tasks import cli
from wordgraft.tasks.advise import rule as rule
from wordgraft.tasks.advise import run as task
from wordgraft.tasks.advise.measuring import measure
from wordgraft.tasks.advise.result import WITHIN, Verdict
from wordgraft.tasks.advise.rule import Measures, recommend
from wordgraft.tasks.classify.comparison import Comparison, Row
from wordgraft.tasks.reading.labelled import LabelledTexts, load_labelled

pytestmark = pytest.mark.usefixtures("one_thread")

WORDS = vectors()
NAN = float("nan")


def measured(**changes: Any) -> Measures:
    usual = Measures(
        texts=5000, classes=2, fewest=2500, words=10**6, words_per_text=200.0, covered_tokens=0.97,
        covered_types=0.9, likeness=0.95, distance=NAN, log_evidence=-0.4, log_evidence_chance=-0.7,
        frozen_right=0.8, words_right=0.7, chance_right=0.5,
    )  # fmt: skip
    return replace(usual, **changes)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LabelledTexts]:
    texts, labels = plain(80)
    path = tmp_path_factory.mktemp("advice") / "films.jsonl"
    records = ({"text": t, "label": y} for t, y in zip(texts, labels, strict=True))
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path, load_labelled(path)


# --- measures ------------------------------------------------------------------------------------


def test_measures_of_known_texts(data: tuple[Path, LabelledTexts]) -> None:
    found = measure(data[1], WORDS)
    words = [word for text in data[1].texts for word in str(text).split() if word != "."]
    assert (found.texts, found.classes, found.fewest) == (80, 2, 40)
    assert found.words == len(words)
    assert found.covered_tokens == pytest.approx(np.mean([word in WORDS for word in words]))
    assert np.isnan(found.likeness)  # these vectors have no counts
    assert np.isnan(found.distance)
    assert found.frozen_right >= 0.9
    assert found.words_right >= 0.9
    assert found.chance_right == 0.5
    assert found.gain > 0.2


def test_the_distance_to_a_source_and_likeness_by_counts(data: tuple[Path, LabelledTexts]) -> None:
    here = [str(text) for text in data[1].texts]
    counts: dict[str, int] = {}
    for word in " ".join(here).replace(".", "").split():
        counts[word] = counts.get(word, 0) + 1
    names = sorted(set(WORDS.index_to_key), key=lambda word: -counts.get(word, 0))
    known = WordVectors(names, WORDS[names], counts=[counts.get(word, 0) + 1 for word in names])
    near = measure(data[1], known, source=plain(80, seed=5)[0])
    assert near.likeness >= 0.8
    assert near.distance <= 0.6
    far = measure(data[1], known, source=["train train camera hall"] * 40)
    assert far.distance == 2.0
    assert near.nearness, far.nearness == ("similar", "different")


@pytest.mark.parametrize(
    ("texts", "labels", "said"),
    [
        (("zzz", "yyy"), [0, 1], "none of its 2 words has a vector"),
        (("good", "lovely"), [0, 0], "at least two classes, found 1"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    texts: tuple[str, ...], labels: list[int], said: str, data: tuple[Path, LabelledTexts]
) -> None:
    wrong = replace(data[1], texts=texts, labels=np.array(labels), rows=np.arange(2))
    with pytest.raises(LabelledDataError, match=said):
        measure(wrong, WORDS)
    with pytest.raises(LabelledDataError, match="found rating: advice is about classes"):
        measure(replace(data[1], kind="rating"), WORDS)


# --- the rule ------------------------------------------------------------------------------------


def test_every_cell_of_the_table_is_reached_and_says_why() -> None:
    cells = {(cell.size, cell.nearness) for cell in rule.TABLE}
    assert len(cells) == len(rule.TABLE) == 4
    for cell in rule.TABLE:
        found = recommend(
            measured(
                texts=rule.LARGE - (cell.size == "small"),
                likeness=rule.LIKE - (0.01 if cell.nearness == "different" else 0),
                frozen_right=NAN,
            )
        )
        assert (found.cell, found.way) == (cell, cell.way)
        assert found.settings["embeddings"] == cell.way
        assert found.reasons[0] == cell.why
        assert f"the data are {cell.size}" in found.reasons[1]
        assert f"the data are {cell.nearness}" in found.reasons[2]
        assert cell.layer in ("embedding", "encoder", "last")
    small_different = next(
        cell for cell in rule.TABLE if (cell.size, cell.nearness) == ("small", "different")
    )
    assert small_different.layer == "embedding"  # the slides: features of earlier layers


@pytest.mark.parametrize(
    ("changes", "nearness"),
    [
        ({}, "similar"),
        ({"likeness": 0.3}, "different"),
        ({"likeness": NAN}, "similar"),
        ({"likeness": 0.3, "distance": 0.5}, "similar"),
        ({"distance": 1.99}, "different"),
        ({"covered_tokens": 0.6, "distance": 0.1}, "different"),
    ],
)
def test_what_is_similar(changes: dict[str, Any], nearness: str) -> None:
    assert measured(**changes).nearness == nearness


def test_vectors_that_do_not_know_the_words_are_not_carried() -> None:
    many = recommend(measured(covered_tokens=0.3))
    assert many.way == "scratch"
    assert "only 30% of the words have a vector" in many.reasons[0]
    assert recommend(measured(covered_tokens=0.3, texts=100)).way == "tuned"
    assert recommend(measured(covered_tokens=0.3, frozen_right=NAN)).way == "scratch"
    alone = recommend(measured(frozen_right=NAN))
    assert "a single text" in alone.reasons[-1]


@pytest.mark.parametrize(
    ("frozen", "likeness", "way", "said"),
    [
        (0.66, 0.95, "tuned", "words alone say more of these labels .* by 4.0 points"),
        (0.66, 0.3, "tuned", "words used otherwise"),
        (0.75, 0.3, "staged", "worth keeping: they learn last and slowly .the cell's own way is"),
        (0.69, 0.95, "staged", "familiar words"),
    ],
)
def test_what_the_words_say_and_the_vectors_do_not_decides(
    frozen: float, likeness: float, way: str, said: str
) -> None:
    found = recommend(measured(frozen_right=frozen, words_right=0.7, likeness=likeness))
    assert found.way == found.settings["embeddings"] == way
    assert re.search(said, found.reasons[0])


# --- the verdict ---------------------------------------------------------------------------------


def test_the_verdict_is_about_means_and_one_point() -> None:
    accuracies = {"frozen": (0.80, 0.82), "tuned": (0.83, 0.82), "staged": (0.81, 0.82),
                  "scratch": (0.60, 0.70)}  # fmt: skip
    rows = tuple(
        Row(way, "all", seed, 50, value, value, 1.0, 0.1, 3)
        for way, values in accuracies.items()
        for seed, value in enumerate(values)
    )
    found = Comparison({"test_texts": 200}, rows)
    verdict = Verdict.of(found, "staged")
    assert (verdict.best, verdict.chosen, verdict.right) == ("tuned", "staged", True)
    assert verdict.best_accuracy == pytest.approx(0.825)
    assert [trial.way for trial in verdict.trials] == ["tuned", "staged", "frozen", "scratch"]
    assert not Verdict.of(found, "frozen").right
    assert "the advice was wrong" in str(Verdict.of(found, "scratch"))


# --- from files to a page ------------------------------------------------------------------------


def test_from_a_file_to_a_page(
    data: tuple[Path, LabelledTexts], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    WORDS.save(tmp_path / "v.safetensors")
    given = ["advise", str(data[0]), "--vectors", str(tmp_path / "v.safetensors")]
    with pytest.raises(SystemExit) as ended:
        cli.main([*given, "--verify", "--epochs", "1", "--device", "cpu",
                  "-o", str(tmp_path / "advice.html"), "--json"])  # fmt: skip
    assert ended.value.code == 0
    found = json.loads(capsys.readouterr().out)
    verdict = found["verdict"]
    assert {trial["way"] for trial in verdict["trials"]} == set(rule.WAYS)
    assert verdict["test_texts"] == 16
    assert verdict["chosen"] == found["advice"]["way"]
    assert verdict["right"] == (verdict["accuracy"] >= verdict["best_accuracy"] - WITHIN)
    assert found["advice"]["measures"]["size"] == "small"
    page = (tmp_path / "advice.html").read_text(encoding="utf-8")
    for said in ("Was that right?", "The four cells", "→ small, similar", "scratch", "LogME"):
        assert said in page
    assert "<script" not in page
    with pytest.raises(SystemExit):
        cli.main(given)
    plain_text = capsys.readouterr().out
    assert "proxy A-distance" in plain_text
    assert "Was that" not in plain_text


def test_mistakes_are_told_before_any_work(
    data: tuple[Path, LabelledTexts], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigurationError, match="add --verify"):
        task.advise_files(str(data[0]), vectors="none", test_split="test")
    with pytest.raises(SystemExit) as ended:
        cli.main(["advise", str(data[0]), "--vectors", "v", "--seeds", "one"])
    assert ended.value.code == 1
    assert "--seeds: expected whole numbers" in capsys.readouterr().err
