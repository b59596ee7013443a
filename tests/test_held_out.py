"""Texts held out: how many, of which classes, by chance but seeded."""

from __future__ import annotations

import numpy as np
import pytest

from wordgraft.models.training.held_out import hold_out

TEXTS = np.arange(100, 200)
CLASSES = np.repeat([0, 1], [80, 20])


def test_shares_of_classes_are_kept_and_nothing_is_lost() -> None:
    left, held = hold_out(TEXTS, 0.1, classes=CLASSES, seed=1)
    assert np.array_equal(np.sort(np.concatenate([left, held])), TEXTS)
    assert np.array_equal(left, np.sort(left))
    assert CLASSES[held - 100].tolist() == [0] * 8 + [1] * 2
    assert np.array_equal(hold_out(TEXTS, 0.1, classes=CLASSES, seed=1)[1], held)
    assert not np.array_equal(hold_out(TEXTS, 0.1, classes=CLASSES, seed=2)[1], held)


@pytest.mark.parametrize(
    ("size", "fraction", "classes", "count"),
    [
        (100, 0.0, [0, 1], 0),
        (4, 0.1, [0, 1], 0),  # less than a text
        (10, 0.1, [0, 1], 2),  # one of each class
        (10, 0.1, None, 1),
        (10, 0.2, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 0),  # none would be left
        (10, 0.5, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 5),  # too rare to keep its share
        (2, 0.9, None, 0),
    ],
)
def test_how_many(size: int, fraction: float, classes: list[int] | None, count: int) -> None:
    own = None if classes is None else np.resize(classes, size)
    left, held = hold_out(np.arange(size), fraction, classes=own, seed=0)
    assert (len(held), len(left)) == (count, size - count)
