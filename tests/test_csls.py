"""Translations by CSLS against a slow twin: any shapes, zeros, copies, hubs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from reference import translating
from wordgraft.embeddings.csls import (
    Directions,
    drawn,
    mutual,
    neighbourhood,
    neighbourhoods,
    translations,
)


@st.composite
def two_tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Two tables of one width, with rows of zeros among them and rows alike."""
    size = draw(st.integers(1, 5))
    numbers = st.integers(-3, 3).map(float)

    def rows() -> np.ndarray:
        return draw(arrays.arrays(np.float32, (draw(st.integers(1, 9)), size), elements=numbers))

    return rows(), rows()


@given(two_tables(), st.integers(1, 4))
def test_a_neighbourhood_is_that_of_the_twin(tables: tuple[np.ndarray, np.ndarray], k: int) -> None:
    source, target = tables
    found = neighbourhood(Directions(source), Directions(target), k)
    np.testing.assert_allclose(found, translating.neighbourhood(source, target, k), atol=1e-5)


@given(two_tables(), st.integers(1, 4), st.integers(1, 4))
def test_translations_are_the_best_of_the_twins_table(
    tables: tuple[np.ndarray, np.ndarray], k: int, topn: int
) -> None:
    source, target = tables
    here, there = Directions(source), Directions(target)
    table = translating.csls(source, target, k)
    around = translating.neighbourhood(source, target, k)
    found = translations(here, there, topn, penalties=neighbourhood(there, here, k))
    for row, ranking in enumerate(found):
        wanted = np.sort(table[row][np.isfinite(table[row])])[::-1][:topn]
        np.testing.assert_allclose(ranking.scores - around[row], wanted, atol=1e-5)
        np.testing.assert_allclose(table[row][ranking.rows], wanted, atol=1e-5)


@given(two_tables(), st.integers(1, 3))
def test_pairs_are_mutual_and_all_that_must_be_are_there(
    tables: tuple[np.ndarray, np.ndarray], k: int
) -> None:
    source, target = tables
    table = translating.csls(source, target, k)
    found = mutual(Directions(source), Directions(target), neighbours=k)
    for row, column, score in zip(found.source, found.target, found.scores, strict=True):
        assert table[row, column] == pytest.approx(max(table[row]), abs=1e-5)
        assert table[row, column] == pytest.approx(max(table[:, column]), abs=1e-5)
        assert score == pytest.approx(table[row, column], abs=1e-5)
    clear = {
        (int(row), int(table[row].argmax()))
        for row in range(len(table))
        if np.isfinite(table[row]).any()
        and (table[row] > table[row].max() - 1e-4).sum() == 1
        and table[:, table[row].argmax()].argmax() == row
        and (table[:, table[row].argmax()] > table[row].max() - 1e-4).sum() == 1
    }
    assert clear <= set(zip(found.source.tolist(), found.target.tolist(), strict=True))


@given(two_tables(), st.integers(1, 3))
def test_with_nothing_left_to_chance_all_best_answers_are_drawn(
    tables: tuple[np.ndarray, np.ndarray], k: int
) -> None:
    source, target = tables
    here, there = Directions(source), Directions(target)
    table = translating.csls(source, target, k)
    around = neighbourhoods(here, there, k)
    found = drawn(here, there, around=around, share=1.0, generator=np.random.default_rng(0))
    values = np.concatenate((table.max(axis=1), table.max(axis=0)))
    np.testing.assert_allclose(found.scores, values[np.isfinite(values)], atol=1e-5)
    np.testing.assert_allclose(table[found.source, found.target], found.scores, atol=1e-5)


def test_draws_leave_out_about_the_share_and_follow_the_seed() -> None:
    rng = np.random.default_rng(0)
    here, there = (Directions(rng.normal(size=(700, 8)).astype(np.float32)) for _ in range(2))
    around = neighbourhoods(here, there, 5)

    def pairs(share: float, seed: int = 1) -> list[tuple[int, int]]:
        generator = np.random.default_rng(seed)
        found = drawn(here, there, around=around, share=share, generator=generator)
        return list(zip(found.source.tolist(), found.target.tolist(), strict=True))

    best, some = pairs(1.0), pairs(0.25)
    assert len(best) == len(some) == 1400
    assert sum(a == b for a, b in zip(best, some, strict=True)) / 1400 == pytest.approx(
        0.25, abs=0.05
    )
    assert some == pairs(0.25) != pairs(0.25, seed=2)


def test_blocks_of_rows_are_put_together() -> None:
    rng = np.random.default_rng(1)
    tables = [rng.normal(size=(rows, 6)).astype(np.float32) for rows in (1100, 90)]
    here, there = (Directions(table) for table in tables)
    around = neighbourhoods(here, there, 3)
    found = drawn(here, there, around=around, share=1.0, generator=rng)
    table = 2 * here.rows @ there.rows.T - around[0][:, None] - around[1]
    rows = np.concatenate((np.arange(1100), table.argmax(axis=0)))
    np.testing.assert_array_equal(found.source, rows)
    np.testing.assert_array_equal(found.target, np.r_[table.argmax(axis=1), np.arange(90)])


def test_a_hub_is_not_everybodys_translation() -> None:
    """Words near to each other's partner, but nearer to a word in the middle of all."""
    rng = np.random.default_rng(3)
    source = translating.unit(rng.normal(size=(40, 30)) + 4 * np.eye(30)[0])
    target = source + 1.2 * translating.unit(rng.normal(size=(40, 30)))
    target[0] = translating.unit(source.sum(axis=0, keepdims=True))[0]
    here, there = Directions(source.astype(np.float32)), Directions(target.astype(np.float32))
    nearest = [one.rows[0] for one in translations(here, there, 1)]
    penalties = neighbourhood(there, here, 10)
    corrected = [one.rows[0] for one in translations(here, there, 1, penalties=penalties)]
    right = np.arange(40)
    assert np.mean(corrected == right) > np.mean(nearest == right)
    assert np.count_nonzero(np.array(corrected) == 0) < np.count_nonzero(np.array(nearest) == 0)
