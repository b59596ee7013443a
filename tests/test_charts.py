"""Pictures of scores: every point inside its frame, where its numbers say."""

from __future__ import annotations

import re

import numpy as np
import pytest

from wordgraft.models.scores import ReliabilityBin
from wordgraft.models.scoring import score_classes
from wordgraft.tasks.pages import charts


def circles(markup: str) -> list[tuple[float, float]]:
    found = re.findall(r'<circle [^>]*cx="([\d.-]+)" cy="([\d.-]+)"', markup)
    return [(float(x), float(y)) for x, y in found]


@pytest.mark.parametrize("each_place", [True, False])
def test_curves_rise_to_the_right(each_place: bool) -> None:
    series = {
        "<a>": [charts.Spot(100, 0.6, 0.55, 0.65, "n"), charts.Spot(1000, 0.8, 0.79, 0.81)],
        "b": [charts.Spot(25_000, 0.9, 0.9, 0.9)],
    }
    markup = charts.curves("t", series, x="labels", each_place=each_place)
    (x1, y1), (x2, y2), (x3, y3) = circles(markup)
    assert 0 < x1 < x2 < x3 < 760
    assert 420 > y1 > y2 > y3 > 0
    assert x2 - x1 == pytest.approx((x3 - x2) * np.log(10) / np.log(25), rel=0.06)  # logarithmic
    assert "&lt;a&gt;" in markup
    assert "<a>" not in markup
    assert (">25,000</text>" in markup) == each_place
    assert (">300</text>" in markup) == (not each_place)


def test_one_point_can_be_drawn() -> None:
    spot = charts.Spot(50, 1.0, 1.0, 1.0)
    ((x, y),) = circles(charts.curves("t", {"a": [spot]}, x="labels"))
    assert 0 < x < 760
    assert 0 < y < 420


def test_roc_and_reliability_lie_in_their_frames() -> None:
    rng = np.random.default_rng(0)
    chances = rng.dirichlet(np.ones(3), size=200)
    truth = [str(rng.choice(3, p=row)) for row in chances]
    scores = score_classes(truth, chances, ["0", "1", "2"])
    markup = charts.roc(scores.roc)
    assert markup.count("<polyline") == 3
    points = [
        p.split(",") for line in re.findall(r'points="([^"]+)"', markup) for p in line.split()
    ]
    assert all(0 <= float(x) <= 480 and 0 <= float(y) <= 400 for x, y in points)
    markup = charts.reliability(scores.calibration.bins)
    assert len(circles(markup)) == len(scores.calibration.bins)
    assert charts.reliability([]).count("<circle") == 0
    (spot,) = circles(charts.reliability([ReliabilityBin(0.9, 1.0, 5, 1.0, 1.0)]))
    assert spot == (452.0, 14.0)


def test_a_confusion_shades_by_row_and_survives_an_empty_one() -> None:
    markup = charts.confusion([[3, 1], [0, 0]], ["a&b", "c"])
    assert "a&amp;b" in markup
    assert "75.0%" in markup
    assert ">-</td>" in markup
    assert "var(--c2) 45%" in markup


def test_words_are_shaded_by_their_weight() -> None:
    markup = charts.marked(["not", "<dull>", "at"], [2.0, -1.0, 0.01])
    assert 'var(--c2) 60%, transparent)" title="+2.000">not</span>' in markup
    assert 'var(--c1) 30%, transparent)" title="-1.000">&lt;dull&gt;</span>' in markup
    assert markup.endswith(" at</p>")
    assert charts.marked([], []) == "<p></p>"
    assert "span" not in charts.marked(["a"], [0.0])
