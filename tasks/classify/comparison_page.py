"""The page and the text about a comparison: one picture, and the numbers under it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from html import escape

from ...embeddings.atomic import atomic_writer
from ...models.scoring import wilson
from .. import console
from ..pages import charts, report
from .comparison import BASELINE, Comparison, Point


def text(comparison: Comparison) -> str:
    """Return the comparison as the command prints it."""
    parts = [
        accuracy_text(comparison),
        console.table(*_cells(comparison, "time to train", _seconds)),
        *(str(claim) for claim in comparison.claims()),
    ]
    return "\n\n".join(parts)


def accuracy_text(comparison: Comparison) -> str:
    """Return methods in rows and numbers of labels in columns, as the command prints them."""
    return console.table(*_cells(comparison, "accuracy", _accuracy))


def accuracy_table(comparison: Comparison) -> str:
    """Return the same as markup."""
    return report.table(*_cells(comparison, "method", _accuracy))


def accuracy_picture(comparison: Comparison) -> str:
    """Return accuracy against number of labels."""
    tests = int(comparison.about["test_texts"])
    series: dict[str, list[charts.Spot]] = {}
    for point in comparison.points():
        series.setdefault(point.method, []).append(_spot(point, point.labels, tests))
    return charts.curves("Accuracy on the test texts", series, x="labels")


def html(comparison: Comparison) -> str:
    """Return the page."""
    about = comparison.about
    times: dict[str, list[charts.Spot]] = {}
    for point in comparison.points():
        spot = _spot(point, max(point.fit_seconds, 1e-3), int(about["test_texts"]))
        times.setdefault(point.method, []).append(spot)
    claims = "".join(f"<li>{escape(str(claim))}</li>" for claim in comparison.claims())
    return report.page(
        f"What pretrained vectors buy: {about['train']}",
        [
            f'<p class="faint">{escape(_story(comparison, list(times)))}</p>',
            report.heading(
                "Less data",
                "Accuracy against number of labels. Bars are one standard deviation over the "
                "seeds, or the 95% interval of the test where there is one seed.",
            ),
            accuracy_picture(comparison),
            report.heading(
                "Less time", "Accuracy against seconds of training: further left and up is better."
            ),
            charts.curves(
                "Accuracy on the test texts",
                {name: sorted(spots, key=lambda spot: spot.x) for name, spots in times.items()},
                x="seconds to train",
                each_place=False,
            ),
            report.heading(f"What others need to do as well as {BASELINE} with most labels"),
            f"<ul>{claims}</ul>" if claims else "<p>Nothing to compare with yet.</p>",
            report.heading("Accuracy", "Mean over the seeds and their standard deviation."),
            accuracy_table(comparison),
            report.heading("Time to train", "Mean over the seeds, with reading the texts."),
            report.table(*_cells(comparison, "method", _seconds)),
            report.heading("How it was done"),
            report.table(
                ("what", "value"),
                [(name, _said(value)) for name, value in about.items() if value is not None],
            ),
        ],
    )


def save_page(comparison: Comparison, path: str | os.PathLike[str]) -> None:
    """Write the page about a comparison, whole or not at all."""
    with atomic_writer(path) as file:
        file.write(html(comparison).encode())


def _story(comparison: Comparison, methods: list[str]) -> str:
    about = comparison.about
    seeds = len({row.seed for row in comparison.rows})
    return (
        f"{', '.join(methods)}: {len(comparison.rows)} models, trained on balanced draws from "
        f"{about['train_texts']:,} labelled texts with {seeds} seeds, the same draws for every "
        f"method, and tested on the same {about['test_texts']:,} texts ({about['test']})."
    )


def _cells(
    comparison: Comparison, corner: str, said: Callable[[Point | None], str]
) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return the head of a table of methods by numbers of labels, and its rows."""
    points = comparison.points()
    by_labels = sorted(points, key=lambda point: point.labels)
    sizes = list(dict.fromkeys(point.size for point in by_labels))
    found = {(point.method, point.size): point for point in points}
    methods = dict.fromkeys(point.method for point in points)
    rows = [(method, *(said(found.get((method, size))) for size in sizes)) for method in methods]
    return [corner, *map(str, sizes)], rows


def _spot(point: Point, x: float, tests: int) -> charts.Spot:
    low, high = _bar(point, tests)
    note = f"{point.seeds} seeds, {console.duration(point.fit_seconds)} to train"
    return charts.Spot(x, point.accuracy, low, high, note)


def _bar(point: Point, tests: int) -> tuple[float, float]:
    if math.isnan(point.sd):
        found = wilson(round(point.accuracy * tests), tests)
        return found.low, found.high
    return max(point.accuracy - point.sd, 0.0), min(point.accuracy + point.sd, 1.0)


def _accuracy(point: Point | None) -> str:
    if point is None:
        return "-"
    return f"{point.accuracy:.2%}" + ("" if math.isnan(point.sd) else f" ±{100 * point.sd:.2f}")


def _seconds(point: Point | None) -> str:
    return "-" if point is None else console.duration(point.fit_seconds)


def _said(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={item!r}" for name, item in value.items()) or "defaults"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)
