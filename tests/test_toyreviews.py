"""The reviews of the toy world are by seed, balanced, and hard in the way they say."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.tasks.reading.labelled import load_labelled
from wordgraft.tasks.toys import reviews as toyreviews
from wordgraft.tasks.toys.reviews import BLAME, KNOWN, PRAISE, reviews


def words_of(part: toyreviews.Part) -> Counter[str]:
    found = reviews(600, seed=2, part=part)
    return Counter(word for review in found for word in review.text.split())


def test_same_seed_same_reviews_and_parts_differ() -> None:
    assert reviews(20, seed=3) == reviews(20, seed=3)
    assert reviews(20, seed=3) != reviews(20, seed=4)
    assert reviews(20, seed=3) != reviews(20, seed=3, part="test")


def test_classes_are_balanced_and_ratings_agree() -> None:
    found = reviews(500, seed=1)
    assert Counter(review.label for review in found) == {"neg": 250, "pos": 250}
    assert all(1 <= r.rating <= 10 and (r.rating > 5) == (r.label == "pos") for r in found)
    assert len({review.rating for review in found}) > 6


def test_synonyms_are_met_outside_labelled_training_text_only() -> None:
    assert len(set(PRAISE) | set(BLAME)) == len(PRAISE) + len(BLAME) == 72
    train, test, unlabelled = words_of("train"), words_of("test"), words_of("unlabelled")
    rare = {*PRAISE[KNOWN:], *BLAME[KNOWN:]}
    assert not rare & set(train)
    assert rare <= set(test)
    assert min(unlabelled[word] for word in rare) >= 5


def accuracy(ngrams: int, part: toyreviews.Part) -> float:
    train, test = reviews(1000, seed=1), reviews(600, seed=7, part=part)
    model = make_pipeline(CountVectorizer(ngram_range=(1, ngrams)), LogisticRegression(C=0.3))
    model.fit([r.text for r in train], [r.label for r in train])
    return float(model.score([r.text for r in test], [r.label for r in test]))


def test_counting_words_is_not_enough() -> None:
    assert accuracy(1, "test") < 0.75
    assert accuracy(2, "train") > 0.9  # there is something to learn: pairs of words show it
    assert accuracy(2, "test") < 0.9


def test_joined_words_of_unlabelled_text_are_of_one_mind() -> None:
    side = dict.fromkeys(PRAISE, 1) | dict.fromkeys(BLAME, 0)
    for review in reviews(300, seed=5, part="unlabelled"):
        said = review.text.split()
        for before, word, after in zip(said, said[1:], said[2:], strict=False):
            if word == "and" and before in side and after in side:
                assert side[before] == side[after]


def test_files_are_json_lines_that_can_be_loaded(tmp_path: Path) -> None:
    toyreviews.write_reviews(tmp_path / "train.jsonl", 30, seed=1)
    data = load_labelled(tmp_path / "train.jsonl")
    assert data.texts == tuple(r.text for r in reviews(30, seed=1))
    assert np.array_equal(data.y, [r.label for r in reviews(30, seed=1)])
    assert load_labelled(tmp_path / "train.jsonl", kind="rating").labels.max() <= 10
    toyreviews.write_reviews(tmp_path / "unlabelled.jsonl", 5, seed=1, part="unlabelled")
    lines = (tmp_path / "unlabelled.jsonl").read_text().splitlines()
    assert [list(json.loads(line)) for line in lines] == [["text"]] * 5


@pytest.mark.parametrize(("count", "part"), [(0, "train"), (3, "dev")])
def test_nonsense_is_refused(count: int, part: str) -> None:
    with pytest.raises(ConfigurationError, match="expected count of at least 1 and a part of"):
        reviews(count, seed=1, part=part)  # type: ignore[arg-type]
