"""``wordgraft info``: everything that this package saves is known by it."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reference.commands import Run, runner
from reference.toy_domains import texts
from wordgraft import (
    BottleneckClassifier,
    DocumentVectorizer,
    DomainAdapter,
    FeatureCache,
    MultiTaskClassifier,
    ParagraphVectors,
    TextClassifier,
    TextClusterer,
    TextRegressor,
    WordVectors,
    ZeroShotClassifier,
)

pytestmark = pytest.mark.usefixtures("one_thread")

TEXTS, LABELS, TARGET, _ = texts(40)
KNOWN = sorted({word for text in TEXTS for word in text.split()})
VECTORS = WordVectors(KNOWN, np.random.default_rng(0).normal(size=(len(KNOWN), 6)))
FAST = {"epochs": 1, "hidden": 4, "encoder": "bag", "tokenizer": str.split}


def network(kind: Any, y: Any) -> Any:
    return kind(VECTORS, **FAST).fit(TEXTS, y)


def paragraphs() -> ParagraphVectors:
    return ParagraphVectors(vector_size=5, epochs=2, min_count=1, workers=1).fit(TEXTS)


def heads() -> BottleneckClassifier:
    space = DocumentVectorizer(VECTORS, weighting="mean", tokenizer=str.split).fit(TEXTS)
    models = [network(TextClassifier, LABELS), space]
    return BottleneckClassifier(models, layers=["embedding", "last"]).fit(TEXTS, LABELS)


def clusters() -> TextClusterer:
    return TextClusterer(VECTORS, k=2, weighting="mean", tokenizer=str.split).fit(TEXTS)


def zero_shot() -> ZeroShotClassifier:
    names = {"one": KNOWN[0], "other": " ".join(KNOWN[1:3])}
    return ZeroShotClassifier(VECTORS, classes=names, tokenizer="default").fit(TEXTS)


def adapter() -> DomainAdapter:
    own = ["none", "idf"]
    return DomainAdapter(VECTORS, ways=own, tokenizer=str.split).fit(TEXTS, LABELS, TARGET)


TASKS = {"mood": LABELS, "side": [number % 2 for number in range(len(TEXTS))]}
MODELS: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "TextClassifier": (lambda: network(TextClassifier, LABELS), ["bad, good", "epochs in"]),
    "TextRegressor": (lambda: network(TextRegressor, [1.0 * len(t) for t in TEXTS]), ["numbers"]),
    "MultiTaskClassifier": (lambda: network(MultiTaskClassifier, TASKS), ["mood: bad", "side: 1"]),
    "BottleneckClassifier": (heads, ["bad; good", "TextClassifier, embedding, 6 numbers"]),
    "DocumentVectorizer": (
        lambda: DocumentVectorizer(VECTORS, tokenizer=str.split).fit(TEXTS), ["weighting auto"],
    ),
    "TextClusterer": (clusters, ["kmeans", "weighting mean", "documents   40"]),
    "ZeroShotClassifier": (zero_shot, ["one; other", f"{KNOWN[1]} {KNOWN[2]}"]),
    "ParagraphVectors": (paragraphs, ["40", "name=default", "loss by epoch"]),
    "DomainAdapter": (adapter, ["bad; good", "none=", "idf=", "words of 6 numbers"]),
}  # fmt: skip


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, "info")


@pytest.mark.parametrize("kind", [*MODELS])
def test_every_kind_of_model_is_told(kind: str, run: Run, tmp_path: Path) -> None:
    make, said = MODELS[kind]
    (tmp_path / "result").mkdir()
    make().save(tmp_path / "result" / "model")
    told = run(tmp_path / "result")  # the model that is kept in a result
    assert told.code == 0, told.err
    for part in (kind, "MB)", "wordgraft ", *said):
        assert part in told.out
    found = json.loads(run(tmp_path / "result" / "model", "--json").out)
    assert found["kind"] == kind
    files = [path for path in (tmp_path / "result").rglob("*") if path.is_file()]
    assert found["bytes"] == sum(path.stat().st_size for path in files)
    assert found["settings"]
    config = tmp_path / "result" / "model" / "config.json"
    config.write_text(config.read_text(encoding="utf-8").replace("class", "klass"), "utf-8")
    broken = run(tmp_path / "result")
    assert (broken.code, broken.err.count("\n")) == (1, 1)


def test_kept_features_are_told(run: Run, tmp_path: Path) -> None:
    model = DocumentVectorizer(VECTORS, weighting="mean", tokenizer="default").fit(TEXTS)
    FeatureCache(tmp_path).features(model, TEXTS)
    told = run(tmp_path)
    assert "FeatureCache" in told.out
    assert "last, 40 texts of 6 numbers" in told.out
    one = json.loads(run(next(tmp_path.iterdir()), "--json").out)
    assert one["facts"] == {"layer": "last", "texts": 40, "numbers each": 6}


@pytest.mark.skipif(importlib.util.find_spec("usearch") is None, reason="needs wordgraft[ann]")
def test_a_graph_of_neighbours_is_told(run: Run, tmp_path: Path) -> None:
    VECTORS.build_index().save(tmp_path / "graph.usearch")
    told = run(tmp_path / "graph.usearch")
    assert "NeighbourIndex" in told.out
    assert f"{len(KNOWN)} vectors of 6 numbers" in told.out


def test_what_is_no_model_is_still_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"format": "of-another-house"}')
    assert run(tmp_path).code == 1
    (tmp_path / "notes.txt").write_text("no vectors\n")
    assert run(tmp_path / "notes.txt").code == 1
    assert run(tmp_path / "none").code == 1
