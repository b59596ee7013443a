"""Labels to numbers: kinds, and every mistake with its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wordgraft.embeddings.errors import ConfigurationError, LabelledDataError
from wordgraft.models.targets import class_weights, classes_of, ratings_of

NAN = float("nan")


@pytest.mark.parametrize(
    ("y", "classes", "numbers"),
    [
        (["b", "a", "b"], ["a", "b"], [1, 0, 1]),
        ([3, 1, 3], [1, 3], [1, 0, 1]),
        ([1.0, 0.0], [0, 1], [1, 0]),
        ([True, False], [False, True], [1, 0]),
        (np.array(["b", "a"], object), ["a", "b"], [1, 0]),
        (("x", "y"), ["x", "y"], [0, 1]),
    ],
)
def test_classes(y: Any, classes: list[Any], numbers: list[int]) -> None:
    found = classes_of(y)
    assert not found.multilabel
    assert found.classes.tolist() == classes
    assert found.numbers.tolist() == numbers
    assert found.classes.dtype != object


def test_several_labels() -> None:
    found = classes_of([[1, 0, 1], [0, 0, 1]], label_names=["a", "b", "c"])
    assert found.multilabel
    assert found.classes.tolist() == ["a", "b", "c"]
    assert found.shares.tolist() == [0.5, 0.0, 1.0]
    assert classes_of(np.array([[True], [False]])).classes.tolist() == [0]


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (["a", "a"], r"at least two classes, found 1: 'a' in all 2 rows"),
        ([], "at least two classes, found 0"),
        (None, "found None: y is what is learnt"),
        (["a", None, "b", None], "found none in rows 1, 3: leave those texts out"),
        ([0.0, NAN, 1.0], "found none in row 1"),
        (["a", NAN], "found none in row 1"),
        ([None] * 9 + ["a"], "rows 0, 1, 2, 3, 4 and 4 more"),
        (["a", 1], "labels of one type, found int and str"),
        ([0.0, 1.5], r"found the number 1\.5 in row 1: for ratings use TextRegressor"),
        ([0.0, np.inf], "found the number inf in row 1"),
        ([["a"], ["a", "b"]], "MultiLabelBinarizer"),
        ([["a"], ["b"]], "expected 0 and 1 .* found 'a' in row 0, column 0"),
        ([[0, 1], [2, 0]], "found 2 in row 1, column 0"),
        ([[0, NAN], [1, 0]], "found none in row 0"),
        (np.zeros((2, 2, 2)), r"found an array of shape \[2, 2, 2\]"),
        (np.zeros((0, 2)), "found none"),
        (np.zeros((3, 0)), "found none"),
        ("ab", "found an array of shape"),
    ],
)
def test_wrong_classes_are_named(y: Any, said: str) -> None:
    with pytest.raises(LabelledDataError, match=said):
        classes_of(y)


def test_names_of_columns_fit() -> None:
    for names in (["a"], ["a", "a"], "ab", ["a", 3]):
        with pytest.raises(ConfigurationError, match="label_names"):
            classes_of([[0, 1], [1, 0]], label_names=names)  # type: ignore[arg-type]


def test_numbers() -> None:
    assert ratings_of([1, 2.5, 3]).tolist() == [1.0, 2.5, 3.0]
    assert ratings_of(["1", "2"]).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("y", "said"),
    [
        ([1.0, NAN], "found none in row 1"),
        ([1, None], "found none in row 1"),
        ([1.0, np.inf], "found others in row 1"),
        (["3", "good"], "found 'good' in row 1: for classes use TextClassifier"),
        ([], "found an array of shape"),
        ([[1, 2]], r"found an array of shape \[1, 2\]"),
        ([1j, 2], "expected numbers"),
    ],
)
def test_wrong_numbers_are_named(y: Any, said: str) -> None:
    with pytest.raises(LabelledDataError, match=said):
        ratings_of(y)


def test_missing_values_of_pandas_are_found() -> None:
    pandas = pytest.importorskip("pandas")
    with pytest.raises(LabelledDataError, match="found none in row 1"):
        classes_of(pandas.Series(["a", None, "b"], dtype="string"))
    with pytest.raises(LabelledDataError, match="found none in row 0"):
        ratings_of(pandas.Series([None, 2], dtype="Int64"))
    assert classes_of(pandas.Series(["b", "a"], dtype="category")).classes.tolist() == ["a", "b"]


def test_weights() -> None:
    found = classes_of(["a", "b", "b", "b"])
    assert class_weights(found, None) is None
    balanced = class_weights(found, "balanced")
    assert balanced is not None
    assert balanced.tolist() == pytest.approx([2.0, 2 / 3])
    assert (balanced.numpy()[found.numbers]).mean() == pytest.approx(1.0)
    some = class_weights(found, {"a": 3})
    assert some is not None
    assert some.tolist() == [3.0, 1.0]
    several = class_weights(classes_of([[1, 0], [0, 0], [0, 0], [0, 1]]), "balanced")
    assert several is not None
    assert several.tolist() == pytest.approx([3.0, 3.0])
    with pytest.raises(ConfigurationError) as told:
        class_weights(found, {"c": 1, "a": -1, "b": "x"})
    assert len(told.value.problems) == 3
