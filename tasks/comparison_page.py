"""The page and the text about a comparison: one picture, and the numbers under it."""

from __future__ import annotations

import math
import os
from html import escape

from ..embeddings.atomic import atomic_writer
from ..models.scoring import wilson
from . import charts, console, report
from .comparison import BASELINE, Comparison, Point


def text(comparison: Comparison) -> str:
    """Return the comparison as the command prints it."""
    points = comparison.points()
    methods, sizes = _order(points)
    by_place = {(point.method, point.size): point for point in points}
    accuracy = [
        (method, *(_accuracy(by_place.get((method, size))) for size in sizes)) for method in methods
    ]
    times = [
        (method, *(_seconds(by_place.get((method, size))) for size in sizes)) for method in methods
    ]
    head = [str(size) for size in sizes]
    parts = [
        console.table(("accuracy", *head), accuracy),
        console.table(("time to train", *head), times),
        *(str(claim) for claim in comparison.claims()),
    ]
    return "\n\n".join(parts)


def html(comparison: Comparison) -> str:
    """Return the page."""
    points = comparison.points()
    methods, sizes = _order(points)
    about = comparison.about
    tests = int(about["test_texts"])
    series: dict[str, list[charts.Spot]] = {}
    times: dict[str, list[charts.Spot]] = {}
    for point in points:
        low, high = _bar(point, tests)
        note = f"{point.seeds} seeds, {console.duration(point.fit_seconds)} to train"
        spot = charts.Spot(point.labels, point.accuracy, low, high, note)
        series.setdefault(point.method, []).append(spot)
        times.setdefault(point.method, []).append(
            charts.Spot(max(point.fit_seconds, 1e-3), point.accuracy, low, high, note)
        )
    by_place = {(point.method, point.size): point for point in points}
    head = ("method", *(str(size) for size in sizes))
    claims = "".join(f"<li>{escape(str(claim))}</li>" for claim in comparison.claims())
    return report.page(
        f"What pretrained vectors buy: {about['train']}",
        [
            f'<p class="faint">{escape(_story(comparison, methods))}</p>',
            report.heading(
                "Less data",
                "Accuracy against number of labels. Bars are one standard deviation over the "
                "seeds, or the 95% interval of the test where there is one seed.",
            ),
            charts.curves("Accuracy on the test texts", series, x="labels"),
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
            report.table(
                head,
                [(m, *(_accuracy(by_place.get((m, size))) for size in sizes)) for m in methods],
            ),
            report.heading("Time to train", "Mean over the seeds, with reading the texts."),
            report.table(
                head, [(m, *(_seconds(by_place.get((m, size))) for size in sizes)) for m in methods]
            ),
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


def _order(points: list[Point]) -> tuple[list[str], list[int | str]]:
    by_labels = sorted(points, key=lambda point: point.labels)
    return (
        list(dict.fromkeys(point.method for point in points)),
        list(dict.fromkeys(point.size for point in by_labels)),
    )


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
