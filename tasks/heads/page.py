"""The page and the text about heads on kept features: each beside no transfer."""

from __future__ import annotations

from html import escape

from ...models.scores import Interval
from .. import console
from ..pages import report
from .result import HeadScore, HeadsResult

_WORDS = "TF-IDF, no transfer"


def text(result: HeadsResult) -> str:
    """Return the result as the command prints it."""
    head, rows = _table(result)
    return "\n".join([console.table(head, rows), "", *_said(result), *result.notes])


def html(result: HeadsResult) -> str:
    """Return the page."""
    head, rows = _table(result)
    headline, *said = _said(result)
    shares = {one.name: one.accuracy for one in result.all} | {_WORDS: result.words}
    body = [
        f'<p class="headline">{escape(headline)}</p>',
        *(f'<p class="faint">{escape(line)}</p>' for line in (*said, *result.notes)),
        report.heading(
            "Right answers",
            "A head is a logistic regression on what a fitted model sees; nothing of the model "
            "moves. Averaged: the mean of all heads' probabilities. TF-IDF of one and two words "
            "and logistic regression carry nothing over.",
        ),
        report.score_bars(
            {name: _of(one, result) for name, one in shares.items()}, head=("head", "right / asked")
        ),
        report.heading(
            "Every head beside no transfer",
            "In brackets the 95% interval (Wilson). The gain is in points, with half the 95% "
            "interval of the difference on the same texts. Seconds of a head are those of fitting "
            "it once; features are computed once and read from then on, by other heads too.",
        ),
        report.table(head, rows),
        report.heading("How it was done"),
        report.table(("what", "value"), _how(result)),
    ]
    return report.page(f"Heads on kept features: {result.source}", body)


def _table(result: HeadsResult) -> tuple[list[str], list[list[str]]]:
    head = ["head", "layer", "numbers", "features", "in s", "head in s", "right", "gain"]
    rows = [_row(one) for one in result.all]
    own = ["", "", "", "", f"{result.words_seconds:.2f}", _share(result.words), ""]
    return head, [*rows, [_WORDS, *own]]


def _row(one: HeadScore) -> list[str]:
    found = one.features
    features = (
        ["", "", ""]
        if found is None
        else [f"{found.numbers:,}", str(found), f"{found.seconds:.2f}"]
    )
    return [
        one.name,
        one.layer,
        *features,
        f"{one.seconds:.2f}",
        _share(one.accuracy),
        str(one.gain),
    ]


def _share(found: Interval) -> str:
    return f"{found.value:.1%} ({found.low:.1%} to {found.high:.1%})"


def _said(result: HeadsResult) -> list[str]:
    best = max(result.heads, key=lambda one: one.accuracy.value)
    words = f"{result.words.value:.1%} without transfer"
    if result.average is None:
        said = f"{best.accuracy.value:.1%} right with a head on {best.name}; {words}"
    else:
        said = (
            f"{result.average.accuracy.value:.1%} right with {len(result.heads)} heads averaged, "
            f"{best.accuracy.value:.1%} with the best alone ({best.name}); {words}"
        )
    how = (
        f"tested on {result.test_texts:,} texts of {result.test}"
        if result.folds is None
        else f"each of {result.test_texts:,} texts tested by heads that learnt from the others, in "
        f"{result.folds} folds"
    )
    found = [one.features for one in result.heads if one.features is not None]
    computed, kept = sum(one.computed for one in found), sum(one.kept for one in found)
    seconds = console.duration(sum(one.seconds for one in found))
    if not computed:
        features = f"features of all texts were read from {result.cache} in {seconds}"
    else:
        read = f", of {kept:,} read" if kept else ""
        features = (
            f"features of {computed:,} texts were computed{read} in {seconds}; {result.cache} has "
            "them for the next time"
        )
    lines = [said, how, features]
    if result.saved is not None:
        lines.append(f"{result.saved}: heads that learnt from all {result.texts:,} texts")
    return lines


def _of(one: Interval, result: HeadsResult) -> tuple[int, int]:
    return round(one.value * result.test_texts), result.test_texts


def _how(result: HeadsResult) -> list[tuple[str, str]]:
    return [
        ("texts", result.reading),
        ("classes", ", ".join(result.classes)),
        *((one.name, f"{one.kind}, layer {one.layer!r}") for one in result.heads),
        ("cache", result.cache),
        ("time", console.duration(result.seconds)),
    ]
