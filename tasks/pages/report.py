"""Parts of a report: one HTML page that needs nothing else, readable by day and by night.

Every part is a function from values to markup; text is escaped here and nowhere else. Colours are
CSS variables that follow the reader's scheme, so pictures (inline SVG) follow it too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files

import numpy as np

COLOURS = 8
"""Groups a picture can tell apart by colour; more share the colour of "everything else"."""
_SENTENCE = 60  # characters from which a cell is a sentence


def page(title: str, body: Sequence[str]) -> str:
    """Return a whole page; ``body`` is markup, ``title`` is text."""
    style = files("wordgraft.tasks.pages").joinpath("report.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n" + "\n".join(body) + "\n</body>\n</html>\n"
    )


def heading(title: str, explanation: str = "") -> str:
    """Return a heading with a sentence under it."""
    said = f'\n<p class="faint">{escape(explanation)}</p>' if explanation else ""
    return f"<h2>{escape(title)}</h2>{said}"


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table; numbers stand to the right, and a float is shown with four digits.

    Columns of sentences keep room to be read in where the page is narrow: the table scrolls.
    """
    numeric = [
        all(isinstance(row[i], (int, float)) for row in rows) if rows else False
        for i in range(len(header))
    ]

    said = [any(len(str(row[i])) > _SENTENCE for row in rows) for i in range(len(header))]

    def cell(tag: str, value: object, column: int) -> str:
        text = (
            f"{value:.4f}"
            if isinstance(value, float)
            else f"{value:,}"
            if isinstance(value, int)
            else str(value)
        )
        kind = ' class="n"' if numeric[column] else ' class="said"' if said[column] else ""
        return f"<{tag}{kind}>{escape(text)}</{tag}>"

    lines = ["".join(cell("th", name, i) for i, name in enumerate(header))]
    lines += ["".join(cell("td", value, i) for i, value in enumerate(row)) for row in rows]
    return (
        '<div class="wide"><table>'
        + "".join(f"<tr>{line}</tr>" for line in lines)
        + "</table></div>"
    )


def cards(items: Mapping[str, str]) -> str:
    """Return small boxes side by side; the keys are text, the values markup."""
    inner = "".join(
        f'<div class="card"><h3>{escape(name)}</h3>{markup}</div>' for name, markup in items.items()
    )
    return f'<div class="cards">{inner}</div>'


def score_bars(
    scores: Mapping[str, tuple[int, int]], *, head: tuple[str, str] = ("section", "right / asked")
) -> str:
    """Return a table of right / asked by name, with a bar for the share.

    Args:
        scores: Right and asked by name.
        head: What the names are, and what the two numbers are.
    """
    rows: list[str] = []
    for name, (right, asked) in scores.items():
        share = f"{right / asked:.1%}" if asked else "0.0%"
        rows.append(
            f'<tr><td>{escape(name)}</td><td class="n">{right:,} / {asked:,}</td>'
            f'<td class="n">{share}</td><td class="bar"><i style="width:{share}"></i></td></tr>'
        )
    first = (
        f'<tr><th>{escape(head[0])}</th><th class="n">{escape(head[1])}</th>'
        '<th class="n">share</th><th></th></tr>'
    )
    return f'<div class="card wide"><table>{first}{"".join(rows)}</table></div>'


def curve(values: Sequence[float], *, x: str, y: str) -> str:
    """Return a line chart of ``values`` against 1, 2, 3 ..."""
    width, height, left, bottom, top, right = 640, 240, 58, 40, 14, 16
    low, high = min(values), max(values)
    margin = (high - low) * 0.1 or abs(high) * 0.1 or 1.0
    marks = ticks(low - margin, high + margin)
    low, high = min(marks[0], low - margin), max(marks[-1], high + margin)

    def at(i: int, value: float) -> tuple[float, float]:
        step = (width - left - right) / max(len(values) - 1, 1)
        return left + i * step, top + (high - value) / (high - low) * (height - top - bottom)

    parts: list[str] = []
    for mark in marks:
        _, py = at(0, mark)
        parts.append(
            f'<line class="rule" x1="{left}" x2="{width - right}" y1="{py:.1f}" y2="{py:.1f}"/>'
        )
        parts.append(
            f'<text class="tick" text-anchor="end" x="{left - 8}" y="{py + 4:.1f}">{mark:g}</text>'
        )
    points = [at(i, value) for i, value in enumerate(values)]
    path = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
    parts.append(f'<polyline points="{path}" fill="none" stroke="var(--c0)" stroke-width="2"/>')
    every = math.ceil(len(values) / 12)
    for i, ((px, py), value) in enumerate(zip(points, values, strict=True)):
        parts.append(
            f'<circle class="g0" cx="{px:.1f}" cy="{py:.1f}" r="3.5">'
            f"<title>{escape(x)} {i + 1}: {value:.4f}</title></circle>"
        )
        if i % every == 0:
            parts.append(tick(px, height - 22, str(i + 1)))
    middle = (left + width - right) / 2
    parts.append(tick(middle, height - 5, x))
    return figure(y, svg(width, height, parts, f"{y} by {x}"), kind="small")


def word_map(
    title: str,
    groups: Mapping[str, Sequence[str]],
    points: Mapping[str, tuple[float, float]],
    *,
    ties: Sequence[tuple[str, str]] = (),
    width: int = 640,
    height: int = 480,
) -> str:
    """Return a map of words as a picture: a dot each, coloured by group, with its name beside it.

    A name that would cover another one or a dot is left out; it shows when the pointer rests on
    its dot.

    Args:
        title: What the map shows.
        groups: Words by group; the first ``COLOURS`` groups have colours of their own.
        points: Where each word lies, in any unit.
        ties: Pairs of words to join by a line.
        width: Of the picture; it scales with the page.
        height: Of the picture.
    """
    places = _scaled(points, width, height)
    parts = [
        f'<line class="tie" x1="{places[a][0]:.1f}" y1="{places[a][1]:.1f}" '
        f'x2="{places[b][0]:.1f}" y2="{places[b][1]:.1f}"/>'
        for a, b in ties
    ]
    taken = [(px - 4, py - 4, px + 4, py + 4) for px, py in places.values()]
    labels: list[str] = []
    for number, words in enumerate(groups.values()):
        colour = min(number, COLOURS)
        for word in words:
            px, py = places[word]
            parts.append(
                f'<circle class="g{colour}" cx="{px:.1f}" cy="{py:.1f}" r="3.5">'
                f"<title>{escape(word)}</title></circle>"
            )
            spot = _free_spot(word, px, py, taken, width, height)
            if spot is not None:
                x, y = spot
                labels.append(
                    f'<text class="halo g{colour}" x="{x:.1f}" y="{y:.1f}">{escape(word)}</text>'
                )
    legend = "".join(
        f'<li><i class="g{min(number, COLOURS)}"></i>{escape(name)}</li>'
        for number, name in enumerate(groups)
    )
    picture = svg(width, height, parts + labels, title)
    return figure(title, f'<ul class="legend">{legend}</ul>{picture}')


def plane(vectors: np.ndarray) -> np.ndarray:
    """Return each row's place on the two main axes of the rows (PCA).

    Args:
        vectors: float32[N, D], N at least 1.

    Returns:
        float64[N, 2]. The sign of an axis is fixed: its largest entry is positive.
    """
    rows = vectors.astype(np.float64)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    rows -= rows.mean(axis=0)
    axes = np.linalg.svd(rows, full_matrices=False)[2][:2]
    axes *= np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    flat = np.zeros((len(rows), 2))
    flat[:, : len(axes)] = rows @ axes.T
    return flat


def _scaled(
    points: Mapping[str, tuple[float, float]], width: int, height: int
) -> dict[str, tuple[float, float]]:
    places = np.array(list(points.values()), dtype=np.float64)
    low, span = places.min(axis=0), np.ptp(places, axis=0)
    span[span == 0.0] = 1.0
    room = np.array([width - 110.0, height - 40.0])  # names stand to the right of their dots
    moved = (places - low) / span * room + [25.0, 20.0]
    moved[:, 1] = height - moved[:, 1]
    return {word: (float(px), float(py)) for word, (px, py) in zip(points, moved, strict=True)}


def _free_spot(
    word: str,
    px: float,
    py: float,
    taken: list[tuple[float, float, float, float]],
    width: int,
    height: int,
) -> tuple[float, float] | None:
    """Return where the name of a dot fits, and take the room; ``None`` where it doesn't."""
    long = 7.2 * len(word) + 2
    for x, y in (
        (px + 6, py + 4),
        (px - 6 - long, py + 4),
        (px - long / 2, py - 7),
        (px - long / 2, py + 16),
    ):
        box = (x, y - 10, x + long, y + 3)
        inside = box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height
        if inside and not any(
            box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
            for other in taken
        ):
            taken.append(box)
            return x, y
    return None


def ticks(low: float, high: float) -> list[float]:
    """Return four or so round numbers between ``low`` and ``high``."""
    raw = (high - low) / 4
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= raw)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(i * step, 10) for i in range(first, last + 1)]


def tick(x: float, y: float, label: str) -> str:
    """Return a faint label centred at a place of a picture."""
    return f'<text class="tick" text-anchor="middle" x="{x:.1f}" y="{y:.1f}">{escape(label)}</text>'


def svg(width: int, height: int, parts: Sequence[str], label: str) -> str:
    """Return a picture of ``parts``; ``label`` is what a reader who can't see it is told."""
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">'
        + "".join(parts)
        + "</svg>"
    )


def figure(caption: str, inner: str, *, kind: str = "wide") -> str:
    """Return a picture in a card, with a caption that is text."""
    return f'<figure class="{kind}"><figcaption>{escape(caption)}</figcaption>{inner}</figure>'
