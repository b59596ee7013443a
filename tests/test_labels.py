"""A column of labels becomes numbers, or its wrong rows are named."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from wordgraft.embeddings.errors import LabelledDataError
from wordgraft.tasks.classify.leaks import leaks
from wordgraft.tasks.reading import labels


@pytest.mark.parametrize(
    ("column", "names", "values"),
    [
        (["b", "a", " b "], ("a", "b"), [1, 0, 1]),
        ([10, 9, 10], ("9", "10"), [1, 0, 1]),
        (["10", "9"], ("9", "10"), [1, 0]),
        ([1.0, 0.0], ("0", "1"), [1, 0]),
        ([True, False], ("False", "True"), [1, 0]),
        ([-1, 1, 1], ("-1", "1"), [0, 1, 1]),
        ([np.int64(3), np.int64(1)], ("1", "3"), [1, 0]),
    ],
)
def test_classes_are_those_that_occur(
    column: list[Any], names: tuple[str, ...], values: list[int]
) -> None:
    found = labels.classes(column, where="w")
    assert found.names == names
    assert found.values.tolist() == values
    assert found.present.all()


@pytest.mark.parametrize("hole", [None, math.nan, "", "  "])
def test_missing_labels_are_marked(hole: Any) -> None:
    assert labels.classes(["a", hole, "b"], where="w").present.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ([0, 1, "oops", 1], r"whole numbers, but words stand in row 3 \('oops'\)"),
        (["a", "b", "a", 7], r"labels are words, but numbers stand in row 4 \('7'\)"),
        ([0, 1, 0.5], r"expected one label a row, found 0.5 \(row 3\).*kind=\"rating\""),
        ([0, [1, 2]], r"found \[1, 2\] \(row 2\).*kind=\"multilabel\""),
        ([0, {"a": 1}], r"expected one label a row, found \{'a': 1\} \(row 2\)"),
        ([-1, -1], "every label is -1, which means unlabelled"),
        ([0, 1, -1, -1], r"-1 stands beside '0', '1' in rows 3 and 4.*ignore_label=\"-1\""),
        ([None, ""], "expected labels, found none in 2 rows"),
    ],
)
def test_what_can_be_no_label_is_named_with_its_rows(column: list[Any], message: str) -> None:
    with pytest.raises(LabelledDataError, match=rf"^w: .*{message}"):
        labels.classes(column, where="w")


def test_ignored_labels_are_no_labels() -> None:
    found = labels.classes([0, -1, 1], where="w", ignore=("-1",))
    assert (found.names, found.present.tolist()) == (("0", "1"), [True, False, True])


@pytest.mark.parametrize(
    ("column", "values"),
    [([0, 1], [0, 1]), ([1, 2], [0, 1]), (["pos", "neg"], [1, 0]), ([0, "pos"], [0, 1])],
)
def test_given_names_are_reached_by_place_or_name(column: list[Any], values: list[int]) -> None:
    found = labels.classes(column, where="w", names=["neg", "pos"])
    assert (found.names, found.values.tolist()) == (("neg", "pos"), values)


def test_names_that_are_numbers_are_no_places() -> None:
    assert labels.classes([1, 2], where="w", names=["2", "1", "0"]).values.tolist() == [1, 0]


def test_a_coded_column_is_places_even_where_its_names_are_numbers() -> None:
    found = labels.classes([0, 1, -1], where="w", names=["1", "2"], coded=True)
    assert (found.values.tolist()[:2], found.present.tolist()) == ([0, 1], [True, True, False])


def test_a_label_out_of_the_names_is_named() -> None:
    with pytest.raises(LabelledDataError, match=r"one of 'neg', 'pos', found '7' \(row 3\)"):
        labels.classes([0, 1, 7], where="w", names=["neg", "pos"])


def test_ratings_are_finite_numbers() -> None:
    found = labels.ratings([1, "2.5", None, math.nan, np.float32(4)], where="w")
    assert found.values[found.present].tolist() == [1.0, 2.5, 4.0]
    with pytest.raises(LabelledDataError, match=r"a finite number a row, found 'ten' \(row 2\)"):
        labels.ratings([1, "ten"], where="w")
    with pytest.raises(LabelledDataError, match=r"found inf \(row 1\)"):
        labels.ratings([math.inf], where="w")
    with pytest.raises(LabelledDataError, match=r"found True \(row 1\)"):
        labels.ratings([True], where="w")


def test_several_labels_a_text() -> None:
    found = labels.multiple([["b", "a"], [], None, ["b"]], where="w")
    assert found.names == ("a", "b")
    assert found.values.tolist() == [[1, 1], [0, 0], [0, 0], [0, 1]]
    assert found.present.tolist() == [True, True, False, True]
    cut = labels.multiple(["b|a", "", "b"], where="w", separator="|")
    assert cut.values.tolist() == [[1, 1], [0, 0], [0, 1]]
    coded = labels.multiple([[1], [0, 1]], where="w", names=["x", "y"], coded=True)
    assert coded.values.tolist() == [[0, 1], [1, 1]]
    with pytest.raises(LabelledDataError, match=r"expected a list of labels, found 'a' \(row 2\)"):
        labels.multiple([["a"], "a"], where="w")
    with pytest.raises(LabelledDataError, match=r"among 'x', found \['y'\] \(row 2\)"):
        labels.multiple([["x"], ["y"]], where="w", names=["x"])


def test_a_column_per_label() -> None:
    found = labels.columns_of_labels({"toxic": [0, "1"], "rude": [True, 1.0]}, where="w")
    assert found.names == ("toxic", "rude")
    assert found.values.tolist() == [[0, 1], [1, 1]]
    with pytest.raises(LabelledDataError, match=r"column 'rude': expected 0 or 1 a row, found 2"):
        labels.columns_of_labels({"toxic": [0], "rude": [2]}, where="w")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([3], "row 3"),
        ([3, 1200], "rows 3 and 1,200"),
        (list(range(1, 8)), "rows 1, 2, 3, 4, 5 and 2 more"),
    ],
)
def test_rows_are_said_as_people_do(rows: list[int], said: str) -> None:
    assert labels.rows_text(rows) == said


def test_leaks_are_texts_equal_but_for_white_space_and_case() -> None:
    train = ["Good  film", "bad film", "", ["token", "list"]]
    test = ["good\nFILM", "new", " ", "Token list", "bad film!"]
    found = leaks(train, test, train_labels=[1, 0, 0, 1], test_labels=[1, 0, 0, 0, 0])
    assert found.pairs == ((0, 0), (3, 3))
    assert (found.count, found.share, found.same_label) == (2, 0.4, 1)
    assert found.examples == ("good FILM", "Token list")
    assert str(found).startswith("2 test texts (40.00%) stand in the training part too")
    assert leaks([], []).share == 0.0
    assert str(leaks(["a"], ["b"])) == "no test text stands in the training part"
