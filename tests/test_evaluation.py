"""An evaluation says what a model is worth, what leaked, and which words decide."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest
import torch

from wordgraft.embeddings.errors import ConfigurationError, LabelledDataError
from wordgraft.models.indexing import TextIndexer
from wordgraft.models.networks.batching import collate
from wordgraft.models.networks.network import NetworkSettings, TextNetwork
from wordgraft.models.scores import ClassificationScores, MultilabelScores, RatingScores
from wordgraft.tasks.classify.evaluation import evaluate
from wordgraft.tasks.classify.evaluation_page import save_page, text
from wordgraft.tasks.reading.labelled import LabelledTexts, load_labelled


class Bag:
    """A classifier made by hand: "good" speaks for pos, "bad" for neg, by the same amount."""

    def __init__(self) -> None:
        matrix = np.zeros((6, 1), dtype=np.float32)
        matrix[2:4, 0] = 1.0, -1.0
        self.network_ = TextNetwork(matrix, 2, NetworkSettings(encoder="bag", pooling="mean"))
        self.indexer_ = TextIndexer(["good", "bad", "film", "a"])
        self.max_length = 50
        self.classes_ = np.array(["neg", "pos"])
        with torch.no_grad():
            self.network_.head.weight[:] = torch.tensor([[-3.0], [3.0]])
            self.network_.head.bias.zero_()

    def predict_proba(self, X: Sequence[Any]) -> np.ndarray:
        self.network_.eval()
        with torch.no_grad():
            indexed = self.indexer_(X)
            return self.network_(collate(indexed, range(len(indexed)))).softmax(1).numpy()


def data(columns: dict[str, list[Any]], **options: Any) -> LabelledTexts:
    return load_labelled(datasets.Dataset.from_dict(columns), **options)


@pytest.fixture
def films() -> LabelledTexts:
    return data(
        {
            "text": ["a good film", "a bad film", "good good bad", "bad <b>", "good", "a film"],
            "label": ["pos", "neg", "neg", "neg", "pos", "pos"],
        }
    )


def check_page(path: Path) -> str:
    page = path.read_text(encoding="utf-8")

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert not {"src", "href"} & {name for name, _ in attrs}
            assert tag not in {"script", "b"}

    Reader().feed(page)
    assert "nan" not in page
    return page


def test_a_classifier_is_scored_and_explained(films: LabelledTexts, tmp_path: Path) -> None:
    found = evaluate(Bag(), films, name="bag")
    assert isinstance(found.scores, ClassificationScores)
    assert found.scores.right == 4
    assert {w.place for w in found.scores.most_wrong} == {2, 5}
    assert [(w.word, w.texts) for w in found.deciding["pos"]] == [("good", 3)]
    first = found.explained[0]
    assert first.words == ("good", "good", "bad")
    assert (np.sign(first.weights) == [1, 1, -1]).all()
    shown = text(found)
    assert "accuracy 66.67%" in shown
    assert "always naming the most frequent class: 50.00%" in shown
    save_page(found, tmp_path / "p.html")
    page = check_page(tmp_path / "p.html")
    assert page.count("<svg") == 2
    assert "Green words speak for what was predicted" in page
    json.dumps(found.to_json(), allow_nan=False)


def test_deciding_words_need_several_texts() -> None:
    many = data({"text": ["a good film"] * 5 + ["bad bad film"] * 4, "label": [1] * 5 + [0] * 4})
    model = Bag()
    model.classes_ = np.array([0, 1])
    found = evaluate(model, many)
    assert [(w.word, w.texts) for w in found.deciding["1"]] == [("good", 5)]
    assert [(w.word, w.texts) for w in found.deciding["0"]] == [("bad", 4)]


def test_leaks_are_told_and_scores_without_them(films: LabelledTexts) -> None:
    train = data({"text": ["GOOD good  bad", "other"], "label": ["neg", "pos"]})
    found = evaluate(Bag(), films, train=train)
    assert found.leaks is not None
    assert found.leaks.pairs == ((0, 2),)
    assert found.clean == pytest.approx(4 / 5)
    assert "1 test texts (16.67%) stand in the training part too" in text(found)
    assert "without them: 0.8000" in text(found)
    assert found.to_json()["leaks"]["count"] == 1


def test_any_classifier_can_be_scored(films: LabelledTexts, tmp_path: Path) -> None:
    from wordgraft.tasks.classify.compare import tfidf

    found = evaluate(tfidf(0).fit(films.texts, films.y), films, name="tfidf")
    assert (found.explained, found.deciding) == ((), {})
    save_page(found, tmp_path / "p.html")
    check_page(tmp_path / "p.html")


def test_several_labels_and_ratings_are_scored(tmp_path: Path) -> None:
    class Labels:
        classes_ = np.array(["x", "y"])

        def predict_proba(self, X: Sequence[str]) -> np.ndarray:
            return np.array([[0.9, 0.1]] * len(X))

    class Ratings:
        def predict(self, X: Sequence[str]) -> np.ndarray:
            return np.array([5.0] * len(X))

    several = evaluate(Labels(), data({"text": ["a", "b"], "label": [["x"], ["y", "x"]]}))
    assert isinstance(several.scores, MultilabelScores)
    assert several.scores.exact.value == 0.5
    ratings = data({"text": ["a", "b"], "rating": [4, 9]}, kind="rating")
    rated = evaluate(Ratings(), ratings, train=data({"text": ["A"], "label": [0]}))
    assert isinstance(rated.scores, RatingScores)
    assert (rated.scores.mae, rated.clean) == (2.5, 4.0)
    for number, found in enumerate((several, rated)):
        assert text(found)
        save_page(found, tmp_path / f"{number}.html")
        check_page(tmp_path / f"{number}.html")
        json.dumps(found.to_json(), allow_nan=False)


def test_what_does_not_fit_is_told(films: LabelledTexts) -> None:
    with pytest.raises(ConfigurationError, match=r"predicts classes, but .* were read as rating"):
        evaluate(Bag(), data({"text": ["a"], "rating": [3]}, kind="rating"))
    with pytest.raises(LabelledDataError, match="found 'meh' in 1 texts"):
        evaluate(Bag(), data({"text": ["a", "b"], "label": ["meh", "pos"]}))
