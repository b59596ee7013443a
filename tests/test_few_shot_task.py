"""``wordgraft few-shot``: the same draws for all methods, a page, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from reference.commands import Run, runner
from wordgraft import DocumentVectorizer, PrototypeClassifier
from wordgraft.models.few_labels.features import few_features, head_of
from wordgraft.models.few_labels.self_taught import SelfTaughtFeatures
from wordgraft.tasks.few_labels import few_shot as task
from wordgraft.tasks.few_labels.few_shot_cells import Cell
from wordgraft.tasks.reading.labelled import load_labelled

from test_zero_shot import LABELS, TEXTS, VECTORS  # isort: skip


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, "few-shot")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    VECTORS.save(tmp_path / "v.safetensors")
    rows = [
        json.dumps({"text": t, "label": y}) for t, y in zip(TEXTS, LABELS.tolist(), strict=True)
    ]
    (tmp_path / "news.jsonl").write_text("\n".join(rows[:260]) + "\n")
    (tmp_path / "test.jsonl").write_text("\n".join(rows[260:]) + "\n")
    return tmp_path / "news.jsonl", tmp_path / "v.safetensors"


def test_features_are_what_they_say() -> None:
    found = few_features(TEXTS[:80], TEXTS[80:90], VECTORS, methods=task.METHODS)
    table = TfidfVectorizer(sublinear_tf=True, token_pattern=r"[^\s.,]+").fit(TEXTS[:80])
    own, other = found["tfidf"]
    assert own.shape == table.transform(TEXTS[:80]).shape
    np.testing.assert_allclose(own.sum(), table.transform(TEXTS[:80]).sum(), rtol=1e-6)
    assert other.shape == (10, own.shape[1])
    joint = DocumentVectorizer(VECTORS).fit(TEXTS[:80])
    np.testing.assert_allclose(found["prototypes"][1], joint.transform(TEXTS[80:90]))
    assert found["codes"][0].shape == (80, 128)
    own = few_features(TEXTS[:80], (), VECTORS, methods=("sif", "codes"))
    taught = few_features(
        TEXTS[:80], (), VECTORS, methods=("sif", "codes"), unlabelled=TEXTS[80:300]
    )
    sif = DocumentVectorizer(VECTORS, weighting="sif", center=True, normalize=True)
    rows = sif.fit_transform(TEXTS[:80])
    for made, learnt_on in ((own, rows), (taught, sif.transform(TEXTS[80:300]))):
        codes = SelfTaughtFeatures().fit(learnt_on).transform(rows)
        np.testing.assert_allclose(made["codes"][0], codes, atol=1e-6)
    assert isinstance(head_of("prototypes"), PrototypeClassifier)
    assert isinstance(head_of("tfidf"), LogisticRegression)


def test_draws_are_balanced_nested_and_apart_from_the_tests() -> None:
    numbers = np.repeat(np.arange(3), 30)
    drawn = list(task._draws(numbers, (5, 2), 2, 0))
    assert [size for size, _, _ in drawn] == [2, 5, 2, 5]
    (_, small, rest), (_, large, again) = drawn[:2]
    assert set(small) < set(large)
    assert np.bincount(numbers[large]).tolist() == [5, 5, 5]
    assert not set(large) & set(rest)
    assert (rest == again).all()
    assert set(drawn[2][1]) != set(small)


def test_what_is_left_is_tested_on_in_part_and_spread_is_of_a_sample(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(task, "MOST_TESTED", 7)
    ((_, rows, rest),) = task._draws(np.repeat(np.arange(3), 30), (2,), 1, 0)
    assert len(set(rest)) == 7
    assert not set(rows) & set(rest)
    assert Cell("sif", 1, (0.0, 1.0), 0.1).sd == pytest.approx(0.5**0.5)


def test_the_command(run: Run, files: tuple[Path, Path], tmp_path: Path) -> None:
    data, vectors = files
    out = tmp_path / "few.html"
    told = run(data, "--vectors", vectors, "--shots", "1,5", "--draws", 4, "--json", "-o", out)
    assert told.code == 0, told.err
    found = json.loads(told.out)
    cells = {(one["method"], one["shots"]): one for one in found["cells"]}
    assert len(cells) == 10
    assert cells["prototypes", 1]["mean"] > cells["tfidf", 1]["mean"] + 0.1
    assert cells["prototypes", 5]["mean"] > cells["prototypes", 1]["mean"]
    assert len(cells["codes", 5]["accuracies"]) == 4
    page = out.read_text()
    assert "What is gained over tfidf" in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_a_test_set_of_its_own(run: Run, files: tuple[Path, Path], tmp_path: Path) -> None:
    data, vectors = files
    told = run(data, "--vectors", vectors, "--shots", "5", "--draws", 1, "--methods", "tfidf,sif",
               "--test", tmp_path / "test.jsonl", "-o", tmp_path / "few.html")  # fmt: skip
    assert told.code == 0, told.err
    assert "tested on 100 texts (test.jsonl)" in told.out
    train, tests = load_labelled(data), load_labelled(tmp_path / "test.jsonl")
    one = task.few_shot(train, VECTORS, test=tests, shots=(5,), draws=1, methods=("sif",))
    (_, rows, _), *_ = task._draws(train.labels, (5,), 1, 0)
    own, other = few_features(train.texts, tests.texts, VECTORS, methods=("sif",))["sif"]
    head = PrototypeClassifier().fit(own[rows], train.labels[rows])
    right = head.predict(other) == tests.named_like(train.label_names).labels
    assert one.cells[0].accuracies == (right.mean(),)
    first = train.label_names[0]  # classes of a test set in which the first has no text
    kept = [line for line in (tmp_path / "test.jsonl").read_text().splitlines()
            if json.loads(line)["label"] != first]  # fmt: skip
    (tmp_path / "part.jsonl").write_text("\n".join(kept) + "\n")
    part = load_labelled(tmp_path / "part.jsonl")
    some = task.few_shot(train, VECTORS, test=part, shots=(5,), draws=1, methods=("sif",))
    there = tests.named_like(train.label_names).labels != 0
    assert some.cells[0].accuracies == (pytest.approx(right[there].mean()),)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--shots", "a"), "--shots: expected whole numbers"),
        (("--shots", "0,1"), "shots: expected different whole numbers from 1"),
        (("--methods", "svm", "--seed", -1), "methods: expected different ones of 'tfidf'"),
        (("--shots", "500"), "expected 501 texts or more of each class for 500 shots"),
        (("--label", "nothing"), "nothing"),
    ],
)
def test_mistakes(
    run: Run, files: tuple[Path, Path], tmp_path: Path, arguments: Any, said: str
) -> None:
    data, vectors = files
    told = run(data, "--vectors", vectors, *arguments, "-o", tmp_path / "few.html")
    assert told.code == 1
    assert said in told.err
    assert "Traceback" not in told.err
    assert not (tmp_path / "few.html").exists()
