"""Parts of a report: right numbers, escaped text, pictures inside their frames."""

from __future__ import annotations

import re

import numpy as np
import pytest

from wordgraft.tasks.pages import report

GROUPS = {"low": ["a", "bb"], "high": ["ccc", "dddd"]}
POINTS = {"a": (0.0, 0.0), "bb": (1.0, 0.0), "ccc": (0.0, 5.0), "dddd": (1.0, 5.0)}


def places(markup: str) -> dict[str, tuple[float, float]]:
    found = re.findall(r'cx="([\d.]+)" cy="([\d.]+)" r="3.5"><title>(\w+)</title>', markup)
    return {word: (float(x), float(y)) for x, y, word in found}


def test_a_table_puts_numbers_to_the_right_and_escapes_text() -> None:
    markup = report.table(("word", "cosine", "n"), [("<b>&", 0.12345, 12345)])
    assert "<td>&lt;b&gt;&amp;</td>" in markup
    assert '<td class="n">0.1235</td>' in markup
    assert '<td class="n">12,345</td>' in markup


def test_a_table_of_nothing_has_its_header() -> None:
    assert report.table(("word",), []).count("<tr>") == 1


def test_bars_show_the_share_and_survive_an_unasked_section() -> None:
    markup = report.score_bars({"family": (3, 4), "none": (0, 0)})
    assert "3 / 4" in markup
    assert 'style="width:75.0%"' in markup
    assert 'style="width:0.0%"' in markup


@pytest.mark.parametrize("values", [[2.0], [0.0, 0.0], [2.3, 1.9, 1.85], list(range(1, 41))])
def test_a_curve_has_a_point_per_value_inside_its_frame(values: list[float]) -> None:
    markup = report.curve(values, x="epoch", y="loss")
    found = re.findall(r'<circle class="g0" cx="([\d.-]+)" cy="([\d.-]+)"', markup)
    assert len(found) == len(values)
    assert all(0 <= float(x) <= 640 and 0 <= float(y) <= 240 for x, y in found)
    heights = [float(y) for _, y in found]
    assert [values[i] for i in np.argsort(heights)[::-1]] == sorted(values)  # up is more


def test_a_map_keeps_left_and_up() -> None:
    found = places(report.word_map("m", GROUPS, POINTS))
    assert set(found) == set(POINTS)
    assert found["a"][0] < found["bb"][0]
    assert found["a"][1] > found["ccc"][1]
    assert all(0 < x < 640 and 0 < y < 480 for x, y in found.values())


def test_a_map_joins_the_tied() -> None:
    markup = report.word_map("m", GROUPS, POINTS, ties=[("a", "ccc"), ("bb", "dddd")])
    assert markup.count('<line class="tie"') == 2


def test_names_never_cover_each_other() -> None:
    rng = np.random.default_rng(0)
    words = [f"word{i}" for i in range(300)]
    points = {
        word: (float(x), float(y)) for word, (x, y) in zip(words, rng.random((300, 2)), strict=True)
    }
    markup = report.word_map("m", {"all": words}, points)
    shown = re.findall(r'<text class="halo g0" x="([\d.]+)" y="([\d.]+)">(\w+)</text>', markup)
    boxes = [(float(x), float(y) - 10, float(x) + 7.2 * len(w), float(y) + 3) for x, y, w in shown]
    assert 20 < len(boxes) < 300
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            apart = (
                one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]
            )
            assert apart


def test_one_word_and_words_in_one_place_can_be_drawn() -> None:
    assert places(report.word_map("m", {"g": ["a"]}, {"a": (3.0, 3.0)}))
    assert (
        len(places(report.word_map("m", {"g": ["a", "b"]}, {"a": (3.0, 3.0), "b": (3.0, 3.0)})))
        == 2
    )


def test_the_plane_is_that_of_the_two_widest_directions() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(40, 6)).astype(np.float32)
    flat = report.plane(rows)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    eigenvalues = np.linalg.eigvalsh(np.cov(unit.T.astype(np.float64)))[::-1]
    assert flat.shape == (40, 2)
    np.testing.assert_allclose(flat.var(axis=0, ddof=1), eigenvalues[:2], rtol=1e-6)
    np.testing.assert_allclose(flat.mean(axis=0), 0.0, atol=1e-12)


def test_the_plane_of_one_row_is_a_point() -> None:
    assert report.plane(np.ones((1, 3), dtype=np.float32)).tolist() == [[0.0, 0.0]]


def test_a_page_is_whole_and_escapes_its_title() -> None:
    page = report.page("a < b", ["<p>body</p>"])
    assert page.startswith("<!doctype html>")
    assert "<title>a &lt; b</title>" in page
    assert "prefers-color-scheme: dark" in page
