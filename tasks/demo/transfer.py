"""The last part of the demonstration: every kind of transfer, with a number beside none.

Each kind runs on the toy world as it would on real data, by the classes that a user takes; what it
gains, and what it doesn't, stands beside what there is without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from .. import console
from ..pages import report
from . import languages as demo_transfer_languages
from . import transfer_news as demo_transfer_news
from . import transfer_reviews as demo_transfer_reviews
from .clusters import ClustersResult
from .reviews import ReviewsRun
from .transfer_row import SETTINGS, TransferRow

_MEANT = {
    "inductive": "There are labels for the texts at hand: some, or very few.",
    "transductive": "Labels are elsewhere: in another domain, in another language.",
    "unsupervised": "There are no labels at all.",
}


@dataclass(frozen=True)
class TransferResult:
    """What every kind of transfer came to.

    Attributes:
        rows: One for each, in the order of :data:`~.transfer_row.SETTINGS`.
        seconds: Time for all of it.
    """

    rows: tuple[TransferRow, ...]
    seconds: float

    @property
    def helped(self) -> int:
        """How many rows show a gain."""
        return sum(row.helps for row in self.rows)


def run(
    reviews: ReviewsRun,
    clusters: ClustersResult,
    *,
    seed: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> TransferResult:
    """Run every kind of transfer.

    Same seed, same machine: same numbers, but for times, and for the clusters', which are of
    vectors that several threads have trained.

    Args:
        reviews: What reviews gave: vectors, a classifier, a comparison.
        clusters: What news fell into.
        seed: Of texts, vectors and models.
        progress: Told what is done, rows done, and rows in all.
    """
    tell = progress or (lambda name, done, total: None)
    start = time.perf_counter()
    tell("two languages", 0, 1)
    languages = demo_transfer_languages.Languages.made(seed)
    makers = [
        *demo_transfer_reviews.rows(reviews, seed=seed),
        *demo_transfer_news.rows(languages.words, clusters, seed=seed),
        *demo_transfer_languages.rows(languages, seed=seed),
    ]
    made: list[TransferRow] = []
    for number, make in enumerate(makers):
        tell("kinds of transfer", number, len(makers))
        made.append(make())
    made.sort(key=lambda row: SETTINGS.index(row.setting))
    return TransferResult(tuple(made), time.perf_counter() - start)


def text(result: TransferResult) -> str:
    """Return the result as the command prints it."""
    cells = [
        (row.kind, row.measure, row.shown(row.without), row.shown(row.reached), row.gain)
        for row in result.rows
    ]
    head = ("transfer", "measured", "without", "with", "gain")
    return "\n".join([_headline(result), "", console.table(head, cells)])


def html(result: TransferResult) -> list[str]:
    """Return the part of the page about transfer."""
    body = [
        report.heading(
            "Every kind of transfer",
            f"{_headline(result)} Each ran on this toy world, by the class that is named, on texts "
            "that it hadn't learnt from; grey is what there is without transfer. Toy texts are "
            "made so that there is something to carry over: how much it is on real ones, "
            "docs/benchmarks.md tells.",
        )
    ]
    for setting in SETTINGS:
        body.append(f"<h3>{setting.capitalize()}</h3>")
        body.append(f'<p class="faint">{escape(_MEANT[setting])}</p>')
        cards = "".join(_card(row) for row in result.rows if row.setting == setting)
        body.append(f'<div class="cards roomier">{cards}</div>')
    return body


def _headline(result: TransferResult) -> str:
    none = [row.kind.lower() for row in result.rows if not row.helps]
    said = f"{result.helped} of {len(result.rows)} kinds of transfer gain something here"
    return f"{said}; no gain from {', '.join(none)}." if none else f"{said}."


def _card(row: TransferRow) -> str:
    most = max(row.without, row.reached, 1e-9) if row.seconds else 1.0
    bars = "".join(
        f'<div class="against"><span class="faint">{escape(by)}</span><b>{row.shown(value)}</b>'
        f'<div class="bar"><i{kind} style="width:{100 * min(value / most, 1):.1f}%"></i></div>'
        "</div>"
        for by, value, kind in (
            (row.without_by, row.without, ' class="none"'),
            (row.by, row.reached, ""),
        )
    )
    names = ", ".join(f"<code>{escape(name)}</code>" for name in row.names)
    command = f"<code>{escape(row.command)}</code>" if row.command else "in Python, no command"
    note = f" {escape(row.note)}" if row.note else ""
    gain = f'<b class="{"gain" if row.helps else "faint"}">{escape(row.gain)}</b>'
    return (
        f'<div class="card"><h3>{escape(row.kind)}</h3><p>{escape(row.told)}</p>'
        f'<p class="faint">{escape(row.measure)}</p>{bars}<p>{gain}.{note}</p>'
        f'<p class="faint">{names}<br>{command}<br>{escape(row.page)}, “{escape(row.section)}”</p>'
        "</div>"
    )
