"""Pictures of scores: curves with error bars, ROC, reliability, confusion, words that decide.

Each is a function from values to markup, drawn as ``report.py`` draws: inline SVG in the page's
colours, every point with its numbers where the pointer rests.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from ...models.scores import ReliabilityBin, Roc
from . import report

_SHADES = 60
"""Percent of colour behind the word that counts most."""


@dataclass(frozen=True)
class Spot:
    """A point of a curve with the ends of its error bar."""

    x: float
    y: float
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True)
class _Frame:
    """Axes of a picture: where values lie in it."""

    x: tuple[float, float]
    y: tuple[float, float]
    log: bool = False
    width: int = 640
    height: int = 340

    def at(self, x: float, y: float) -> tuple[float, float]:
        low, high = (math.log(v) for v in self.x) if self.log else self.x
        share = ((math.log(x) if self.log else x) - low) / ((high - low) or 1.0)
        up = (y - self.y[0]) / ((self.y[1] - self.y[0]) or 1.0)
        return 58 + share * (self.width - 86), self.height - 44 - up * (self.height - 58)

    def axes(
        self,
        x_marks: Sequence[tuple[float, str]],
        y_marks: Sequence[tuple[float, str]],
        x_name: str,
    ) -> list[str]:
        parts: list[str] = []
        for value, label in y_marks:
            left, y = self.at(self.x[0], value)
            parts.append(
                f'<line class="rule" x1="{left:.1f}" x2="{self.width - 28}" y1="{y:.1f}" '
                f'y2="{y:.1f}"/><text class="tick" text-anchor="end" x="{left - 8:.1f}" '
                f'y="{y + 4:.1f}">{escape(label)}</text>'
            )
        for value, label in x_marks:
            parts.append(report.tick(self.at(value, self.y[0])[0], self.height - 26, label))
        parts.append(report.tick((58 + self.width - 28) / 2, self.height - 6, x_name))
        return parts

    def path(self, points: Sequence[tuple[float, float]], colour: int) -> str:
        said = " ".join("{:.1f},{:.1f}".format(*self.at(x, y)) for x, y in points)
        return f'<polyline points="{said}" fill="none" stroke="var(--c{colour})" stroke-width="2"/>'


def curves(
    title: str, series: Mapping[str, Sequence[Spot]], *, x: str, each_place: bool = True
) -> str:
    """Return shares against a number on a logarithmic axis, a line and error bars per series.

    Args:
        title: What is drawn.
        series: Points by name, by growing ``x`` above 0; ``y`` from 0 to 1. Not all empty.
        x: Name of the horizontal axis.
        each_place: Whether every place on it has its number, or powers of ten have.
    """
    spots = [spot for one in series.values() for spot in one]
    places = sorted({spot.x for spot in spots})
    low, high = min(spot.low for spot in spots), max(spot.high for spot in spots)
    marks = report.ticks(max(low - 0.01, 0.0), min(high + 0.01, 1.0) + 1e-9)
    frame = _Frame(
        (places[0] * 0.9, places[-1] * 1.1),
        (min(marks[0], low - 0.01), max(marks[-1], high + 0.005)),
        log=True,
        width=760,
        height=420,
    )
    parts = frame.axes(
        [(place, f"{place:,.6g}") for place in (places if each_place else _powers(*frame.x))],
        [(mark, f"{mark:.0%}") for mark in marks],
        x,
    )
    for number, (name, one) in enumerate(series.items()):
        colour = min(number, report.COLOURS)
        # Series stand a little beside each other, so that their error bars don't cover each other.
        nudge = 1.0 + 0.02 * (number - (len(series) - 1) / 2)
        parts.append(frame.path([(spot.x * nudge, spot.y) for spot in one], colour))
        for spot in one:
            px, py = frame.at(spot.x * nudge, spot.y)
            _, top = frame.at(spot.x, spot.high)
            _, bottom = frame.at(spot.x, spot.low)
            said = f"{name}, {spot.x:,.4g}: {spot.y:.2%} ({spot.low:.2%} to {spot.high:.2%})"
            parts.append(
                f'<line x1="{px:.1f}" x2="{px:.1f}" y1="{top:.1f}" y2="{bottom:.1f}" '
                f'stroke="var(--c{colour})" stroke-width="1.5"/>'
                f'<circle class="g{colour}" cx="{px:.1f}" cy="{py:.1f}" r="3.5"><title>'
                f"{escape(said)}{escape(' · ' + spot.note if spot.note else '')}</title></circle>"
            )
    picture = report.svg(frame.width, frame.height, parts, title)
    return report.figure(title, legend(list(series)) + picture)


def roc(found: Sequence[Roc]) -> str:
    """Return ROC curves over each other; the dotted line is guessing."""
    frame = _Frame((0.0, 1.0), (0.0, 1.0), width=480, height=400)
    marks = [(value, f"{value:.0%}") for value in (0.0, 0.25, 0.5, 0.75, 1.0)]
    parts = [
        *frame.axes(marks, marks, "false alarms: share of the others called so"),
        _guess(frame),
    ]
    names: list[str] = []
    for number, one in enumerate(found):
        colour = min(number, report.COLOURS)
        parts.append(frame.path(list(zip(one.false_alarms, one.found, strict=True)), colour))
        names.append(f"{one.name}: area {one.auc:.4f}")
    picture = report.svg(frame.width, frame.height, parts, "ROC curves")
    return report.figure("Found, share of the class", legend(names) + picture, kind="small")


def reliability(bins: Sequence[ReliabilityBin]) -> str:
    """Return accuracy against confidence; dots on the dotted line are honest, larger hold more."""
    frame = _Frame((0.0, 1.0), (0.0, 1.0), width=480, height=400)
    marks = [(value, f"{value:.0%}") for value in (0.0, 0.25, 0.5, 0.75, 1.0)]
    parts = [*frame.axes(marks, marks, "confidence of the prediction"), _guess(frame)]
    most = max((one.texts for one in bins), default=1)
    parts.append(frame.path([(one.confidence, one.accuracy) for one in bins], 0))
    for one in bins:
        px, py = frame.at(one.confidence, one.accuracy)
        said = f"{one.texts:,} texts, {one.confidence:.1%} sure, {one.accuracy:.1%} right"
        radius = 3 + 7 * math.sqrt(one.texts / most)
        parts.append(
            f'<circle class="g0" fill-opacity=".6" cx="{px:.1f}" cy="{py:.1f}" r="{radius:.1f}">'
            f"<title>{said}</title></circle>"
        )
    picture = report.svg(frame.width, frame.height, parts, "reliability")
    return report.figure("Right, share of the texts", picture, kind="small")


def confusion(table: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    """Return true classes (rows) against predicted ones, each row's share as its shade."""
    head = "".join(f'<th class="n">{escape(name)}</th>' for name in names)
    rows = [f'<tr><th>true \\ predicted</th>{head}<th class="n">found</th></tr>']
    for i, (name, row) in enumerate(zip(names, table, strict=True)):
        total = sum(row)
        cells: list[str] = []
        for j, count in enumerate(row):
            share = count / total if total else 0.0
            colour = "--c2" if i == j else "--c1"
            cells.append(f'<td class="n" style="{_shade(colour, share)}">{count:,}</td>')
        found = f"{row[i] / total:.1%}" if total else "-"
        rows.append(f'<tr><td>{escape(name)}</td>{"".join(cells)}<td class="n">{found}</td></tr>')
    return f'<div class="card wide"><table>{"".join(rows)}</table></div>'


def marked(words: Sequence[str], weights: Sequence[float], *, bold: Collection[str] = ()) -> str:
    """Return a text with its words shaded: green speaks for the prediction, red against it.

    Args:
        words: L words.
        weights: What each adds.
        bold: Words to print in bold.
    """
    most = max((abs(weight) for weight in weights), default=0.0) or 1.0
    spans: list[str] = []
    for word, weight in zip(words, weights, strict=True):
        share = abs(weight) / most
        shown = f"<b>{escape(word)}</b>" if word in bold else escape(word)
        if share < 0.05:
            spans.append(shown)
            continue
        style = _shade("--c2" if weight > 0 else "--c1", share)
        spans.append(f'<span style="{style}" title="{weight:+.3f}">{shown}</span>')
    return f"<p>{' '.join(spans)}</p>"


def legend(names: Sequence[str]) -> str:
    """Return what the colours of a picture stand for, in the order they were taken."""
    items = "".join(
        f'<li><i class="g{min(number, report.COLOURS)}"></i>{escape(name)}</li>'
        for number, name in enumerate(names)
    )
    return f'<ul class="legend">{items}</ul>'


def _powers(low: float, high: float) -> list[float]:
    """Return round numbers of a logarithmic axis: 1, 3, 10, 30 ..."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    known = [factor * 10.0**power for power in range(first, last + 1) for factor in (1, 3)]
    return [mark for mark in known if low <= mark <= high]


def _guess(frame: _Frame) -> str:
    x1, y1 = frame.at(0.0, 0.0)
    x2, y2 = frame.at(1.0, 1.0)
    return (
        f'<line class="tie" stroke-dasharray="3 4" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" '
        f'y2="{y2:.1f}"/>'
    )


def _shade(colour: str, share: float) -> str:
    return f"background:color-mix(in srgb, var({colour}) {share * _SHADES:.0f}%, transparent)"
