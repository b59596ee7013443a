"""The page and the text about a few labels: one picture, and the numbers under it."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from .. import console
from ..pages import charts, report
from .few_shot_cells import BASELINE, Cell

if TYPE_CHECKING:
    from .few_shot import FewShotResult

_STORY = {
    "tfidf": "no transfer: word counts and logistic regression",
    "prototypes": "nearest class mean in the space of vectors and unlabelled texts",
    "logistic": "logistic regression in that space",
    "sif": "nearest class mean of weighted means of vectors",
    "codes": "logistic regression on sparse codes of those means (self-taught learning)",
}


def text(result: FewShotResult) -> str:
    """Return the result as the command prints it."""
    head, rows = _cells(result)
    return "\n".join([console.table(head, rows), "", *_said(result)])


def html(result: FewShotResult) -> str:
    """Return the page."""
    series: dict[str, list[charts.Spot]] = {}
    for one in result.cells:
        series.setdefault(one.method, []).append(_spot(one))
    head, rows = _cells(result)
    gains = _gains(result)
    methods = list(dict.fromkeys(one.method for one in result.cells))
    return report.page(
        f"What a few labels are worth: {result.source}",
        [
            *(f'<p class="faint">{escape(line)}</p>' for line in _said(result)),
            report.heading(
                "Accuracy against labels of each class",
                "Mean over the draws; bars are one standard deviation. All methods learn from the "
                "same draws.",
            ),
            charts.curves("Accuracy on the test texts", series, x="labels of each class"),
            report.heading(
                "Accuracy", "By labels of each class: mean and standard deviation over the draws."
            ),
            report.table(head, rows),
            *(
                [
                    report.heading(
                        f"What is gained over {BASELINE}",
                        "Differences of the same draws in points, with the 95% interval of their "
                        "mean.",
                    ),
                    report.table(head, gains),
                ]
                if gains
                else []
            ),
            report.heading("What was compared"),
            report.table(("method", "what it is"), [(name, _STORY[name]) for name in methods]),
        ],
    )


def _cells(result: FewShotResult) -> tuple[list[str], list[tuple[str, ...]]]:
    sizes = list(dict.fromkeys(one.shots for one in result.cells))
    rows: dict[str, list[str]] = {}
    for one in result.cells:
        sd = "" if math.isnan(one.sd) else f" ±{100 * one.sd:.1f}"
        rows.setdefault(one.method, []).append(f"{one.mean:.1%}{sd}")
    return ["method", *map(str, sizes)], [(name, *cells) for name, cells in rows.items()]


def _gains(result: FewShotResult) -> list[tuple[str, ...]]:
    """Return differences from the baseline, draw by draw, for each other method."""
    base = {one.shots: one for one in result.cells if one.method == BASELINE}
    rows: dict[str, list[str]] = {}
    for one in result.cells:
        if not base or one.method == BASELINE:
            continue
        pairs = zip(one.accuracies, base[one.shots].accuracies, strict=True)
        gain = Cell(one.method, one.shots, tuple(a - b for a, b in pairs), 0.0)
        width = "" if math.isnan(gain.interval) else f" ±{100 * gain.interval:.1f}"
        rows.setdefault(one.method, []).append(f"{100 * gain.mean:+.1f}{width}")
    return [(name, *cells) for name, cells in rows.items()]


def _spot(one: Cell) -> charts.Spot:
    sd = 0.0 if math.isnan(one.sd) else one.sd
    note = f"{len(one.accuracies)} draws, {console.duration(one.seconds)} each"
    return charts.Spot(one.shots, one.mean, max(one.mean - sd, 0.0), min(one.mean + sd, 1.0), note)


def _said(result: FewShotResult) -> list[str]:
    return [
        f"{result.reading}; {len(result.classes)} classes, {result.draws} draws of each size, "
        f"tested on {result.test_texts:,} texts ({result.test}); vectors "
        f"{result.vectors or 'in memory'}, seed {result.settings.get('seed')}, "
        f"{console.duration(result.seconds)}",
        f"features were learnt from the {result.texts:,} texts of {result.source} without labels",
        *result.notes,
    ]
