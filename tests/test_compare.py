"""A comparison is fair, survives an interruption, and says what its rows say."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wordgraft.embeddings.errors import (
    CheckpointError,
    ConfigurationError,
    LabelledDataError,
    TrainingInterrupted,
)
from wordgraft.tasks.classify.compare import Classifier, CompareProgress, compare, tfidf
from wordgraft.tasks.classify.comparison import Comparison, Row, load_comparison
from wordgraft.tasks.classify.comparison_page import save_page, text
from wordgraft.tasks.classify.draws import check_sizes, draw
from wordgraft.tasks.reading.labelled import LabelledTexts, load_labelled
from wordgraft.tasks.toys import reviews as toyreviews


class Guess:
    """A classifier that remembers what it was given; better with more labels."""

    fitted: list[tuple[str, int, tuple[str, ...]]] = []  # noqa: RUF012 - emptied by each test

    def __init__(self, method: str, seed: int) -> None:
        self.method, self.seed = method, seed

    def fit(self, X: Sequence[str], y: np.ndarray) -> Guess:
        self.fitted.append((self.method, self.seed, tuple(X)))
        self.classes_ = np.unique(y)
        self.labels = len(y)
        self.history_ = [1, 2, 3]
        return self

    def predict_proba(self, X: Sequence[str]) -> np.ndarray:
        shift = {"scratch": 0, "staged": 30}.get(self.method, 10)
        right = min(50 + shift + self.labels // 4 + self.seed, 100) * len(X) // 100
        pos = np.array(["good" in text for text in X])
        pos[right:] = ~pos[right:]
        return np.stack([1.0 - pos, pos], axis=1)


def data(rows: int, name: str = "films", pos: float = 0.5) -> LabelledTexts:
    import datasets

    good = np.arange(rows) % 10 < 10 * pos
    made = datasets.Dataset.from_dict(
        {
            "text": [f"{'good' if g else 'bad'} film {i}" for i, g in enumerate(good)],
            "label": ["pos" if g else "neg" for g in good],
        }
    )
    return load_labelled(made)


@pytest.fixture(autouse=True)
def fresh() -> None:
    Guess.fitted = []


def run(**options: Any) -> Comparison:
    given: dict[str, Any] = {
        "about": {"vectors": "v"},
        "methods": ("scratch", "staged"),
        "sizes": (20, 40, "all"),
        "seeds": (1, 2),
    }
    return compare(data(200), data(100), Guess, **given | options)


# --- draws -------------------------------------------------------------------------------------


def test_draws_are_balanced_and_lie_in_each_other() -> None:
    labels = np.repeat([0, 1, 2], [500, 300, 200])
    small, large = (draw(labels, size, classes=3, seed=4) for size in (30, 101))
    assert np.bincount(labels[small]).tolist() == [10, 10, 10]
    assert sorted(np.bincount(labels[large]).tolist()) == [33, 34, 34]
    assert set(small) <= set(large)
    assert set(small) != set(draw(labels, 30, classes=3, seed=5))
    assert draw(labels, "all", classes=3, seed=1).tolist() == list(range(1000))


def test_a_class_with_few_texts_gives_all_it_has() -> None:
    labels = np.repeat([0, 1], [3, 97])
    assert np.bincount(labels[draw(labels, 20, classes=2, seed=1)]).tolist() == [3, 10]


def test_sizes_are_sorted_and_cut_at_the_whole() -> None:
    assert check_sizes((3000, 100, 100, 500), texts=500, classes=2) == (100, "all")
    assert check_sizes((8,), texts=500, classes=4) == (8,)
    for wrong in ((3,), (), ("half",), (True,)):
        with pytest.raises(ConfigurationError, match="sizes: expected numbers of labels"):
            check_sizes(wrong, texts=10, classes=2)  # type: ignore[arg-type]


# --- the comparison ----------------------------------------------------------------------------


def test_all_methods_train_on_the_same_texts() -> None:
    found = run()
    assert len(found.rows) == 12
    by_place: dict[tuple[int, int], set[tuple[str, ...]]] = {}
    for _, seed, texts in Guess.fitted:
        by_place.setdefault((seed, len(texts)), set()).add(texts)
    assert sorted(by_place) == [(1, 20), (1, 40), (1, 200), (2, 20), (2, 40), (2, 200)]
    assert all(len(sets) == 1 for sets in by_place.values())
    row = found.rows[0]
    assert (row.method, row.size, row.seed, row.labels) == ("scratch", 20, 1, 20)
    assert (row.accuracy, row.epochs) == (0.56, 3)


def test_points_are_means_over_seeds() -> None:
    points = run().points()
    assert [(p.method, p.size) for p in points[:3]] == [
        ("scratch", 20),
        ("scratch", 40),
        ("scratch", "all"),
    ]
    assert points[0].accuracy == pytest.approx(0.565)
    assert points[0].sd == pytest.approx(0.01 / math.sqrt(2))
    assert math.isnan(run(seeds=(1,)).points()[0].sd)


def test_claims_say_how_few_labels_do() -> None:
    def row(method: str, size: int, accuracy: float, seconds: float) -> Row:
        return Row(method, size, 1, size, accuracy, accuracy, seconds, 0.1, 3)

    rows = (
        row("scratch", 100, 0.6, 2),
        row("scratch", 1000, 0.8, 20),
        row("staged", 100, 0.7, 3),
        row("staged", 300, 0.81, 6),
        row("staged", 1000, 0.9, 30),
        row("frozen", 1000, 0.75, 10),
    )
    staged, frozen = Comparison({}, rows).claims()
    assert (staged.labels, staged.accuracy, staged.seconds) == (300, 0.81, 6)
    assert str(staged) == (
        "staged reaches 81.00% with 300 labels in 6.0 s; scratch needs 1,000 labels and 20.0 s "
        "for 80.00%"
    )
    assert frozen.labels is None
    assert "frozen doesn't reach the 80.00% of scratch" in str(frozen)
    assert Comparison({}, rows[2:]).claims() == []


def test_rows_are_kept_and_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = tmp_path / "rows.json"
    whole = run()
    Guess.fitted = []
    stop = Guess.fit

    def fit(self: Guess, X: Sequence[str], y: np.ndarray) -> Guess:
        if len(self.fitted) == 5:
            raise KeyboardInterrupt
        return stop(self, X, y)

    monkeypatch.setattr(Guess, "fit", fit)
    with pytest.raises(TrainingInterrupted, match=r"5 of 12 models trained; .*--resume goes on"):
        run(record=record)
    assert len(json.loads(record.read_text())["rows"]) == 5
    monkeypatch.setattr(Guess, "fit", stop)
    Guess.fitted = []
    with pytest.raises(CheckpointError, match=r"holds 5 rows.*Pass --resume"):
        run(record=record)
    seen: list[CompareProgress] = []
    found = run(record=record, resume=True, progress=seen.append)
    assert len(Guess.fitted) == 7
    assert [p.done for p in seen] == list(range(5, 13))
    assert [(r.method, r.size, r.accuracy) for r in found.rows] == [
        (r.method, r.size, r.accuracy) for r in whole.rows
    ]
    more = run(record=record, resume=True, seeds=(1, 2, 3), methods=("scratch", "staged", "tuned"))
    assert len(more.rows) == 27
    assert load_comparison(record) == more


def test_rows_of_something_else_are_never_mixed_in(tmp_path: Path) -> None:
    record = tmp_path / "rows.json"
    run(record=record)
    with pytest.raises(CheckpointError, match=r"differs in vectors \(there 'v', now 'w'\)"):
        run(record=record, resume=True, about={"vectors": "w"})
    record.write_text('{"format": 99}')
    with pytest.raises(CheckpointError, match="in format 1, found 99: another version"):
        run(record=record, resume=True)
    record.write_text("[]")
    with pytest.raises(CheckpointError, match="found something else"):
        run(record=record, resume=True)
    with pytest.raises(CheckpointError, match="nothing to resume"):
        run(record=tmp_path / "none.json", resume=True)


def test_what_can_not_be_compared_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"methods: .*'magic'.*; seeds: expected differ"):
        run(methods=("magic",), seeds=(1, 1))
    one = data(10).take(np.arange(5))
    with pytest.raises(ConfigurationError, match="at least two classes"):
        compare(one, one, Guess, about={})
    other = data(20)
    with pytest.raises(LabelledDataError, match="expected labels among 'neg', 'pos', found 'meh'"):
        compare(
            data(20),
            type(other)(**{**vars(other), "label_names": ("meh", "pos")}),
            Guess,
            about={},
            sizes=("all",),
        )


# --- what is shown -----------------------------------------------------------------------------


def test_the_text_has_a_table_of_accuracy_and_one_of_time() -> None:
    shown = text(run()).splitlines()
    assert shown[0].split() == ["accuracy", "20", "40", "all"]
    assert shown[1].split() == ["scratch", "56.50%", "±0.71", "61.50%", "±0.71", "100.00%", "±0.00"]
    assert any(line.startswith("time to train") for line in shown)


@pytest.mark.parametrize("seeds", [(1,), (1, 2)])
def test_the_page_needs_nothing_else(tmp_path: Path, seeds: tuple[int, ...]) -> None:
    save_page(run(seeds=seeds), tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert page.count("<circle") == 12
    assert "src=" not in page
    assert "href=" not in page
    assert "nan" not in page


def test_the_baseline_learns(tmp_path: Path) -> None:
    toyreviews.write_reviews(tmp_path / "train.jsonl", 400, seed=1)
    toyreviews.write_reviews(tmp_path / "test.jsonl", 200, seed=2)

    def never(method: str, seed: int) -> Classifier:
        raise AssertionError(method)

    found = compare(
        load_labelled(tmp_path / "train.jsonl"),
        load_labelled(tmp_path / "test.jsonl"),
        never,
        about={},
        methods=["tfidf"],
        sizes=[50, "all"],
        seeds=[1],
    )
    few, many = found.rows
    assert few.accuracy < many.accuracy
    assert many.accuracy > 0.85
    tokens = [("good", "film"), ("Bad", "film")]
    assert tfidf(1).fit(tokens, ["a", "b"]).predict_proba(tokens).shape == (2, 2)
