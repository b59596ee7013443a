"""The page and the text about advice: what to do and why, the four cells, what was measured."""

from __future__ import annotations

import math
from html import escape

from .. import console
from ..pages import report
from .result import Advised, Verdict
from .rule import Cell, Measures


def text(found: Advised) -> str:
    """Return the advice as the command prints it."""
    advice, measures = found.advice, found.advice.measures
    cells = [_cell(cell, chosen=cell == advice.cell)[:-1] for cell in advice.table]
    parts = [
        f"{found.name}, {found.vectors}: {advice.way}",
        "\n".join(f"* {reason}" for reason in advice.reasons),
        "\n".join(f"{name:<26}{value:>10}  {told}" for name, value, told in _measures(measures)),
        console.table(_HEAD[:-1], cells),
        f"settings: {_settings(found)}",
    ]
    if found.verdict is not None:
        parts += [console.table(_TRIED, _trials(found.verdict)), str(found.verdict)]
    return "\n\n".join(parts)


def html(found: Advised) -> str:
    """Return the page."""
    advice, verdict = found.advice, found.verdict
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in advice.reasons)
    body = [
        f'<p class="faint">{escape(found.name)}, with vectors of {escape(found.vectors)}.</p>',
        report.heading(f"Do this: {advice.way}"),
        f"<ul>{reasons}</ul>",
        f"<p><code>TextClassifier(vectors, {escape(_settings(found))})</code></p>",
    ]
    if verdict is not None:
        body += [
            report.heading(
                "Was that right?",
                "All four ways, trained on the same texts and tested on the same held-out ones, "
                "which the advice never saw.",
            ),
            report.table(_TRIED, _trials(verdict)),
            f"<p>{escape(str(verdict))}</p>",
        ]
    body += [
        report.heading(
            "The four cells",
            "Size of the labelled data, and how like they are to what the vectors were trained on. "
            "An arrow marks the cell of these data.",
        ),
        report.table(_HEAD, [_cell(cell, chosen=cell == advice.cell) for cell in advice.table]),
        report.heading("What was measured"),
        report.table(("measured", "value", "meaning"), _measures(advice.measures)),
    ]
    return report.page(f"How to fine-tune: {found.name}", body)


_HEAD = ("cell", "way", "rates (new, carried)", "layer without training", "why")
_TRIED = ("way", "accuracy", "behind the best", "time to train")


def _settings(found: Advised) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in found.advice.settings.items())


def _cell(cell: Cell, *, chosen: bool) -> tuple[str, ...]:
    new, carried = cell.rates
    rates = f"{new:g}, {carried:g}" if carried else f"{new:g}, none"
    mark = "→ " if chosen else ""
    return f"{mark}{cell.size}, {cell.nearness}", cell.way, rates, cell.layer, cell.why


def _trials(verdict: Verdict) -> list[tuple[str, ...]]:
    return [
        (
            trial.way + (" (advised)" if trial.way == verdict.chosen else ""),
            f"{trial.accuracy:.2%}",
            f"{100 * (verdict.best_accuracy - trial.accuracy):.2f}",
            console.duration(trial.seconds),
        )
        for trial in verdict.trials
    ]


def _measures(measures: Measures) -> list[tuple[str, str, str]]:
    def number(value: float, form: str = ".3f") -> str:
        return "-" if math.isnan(value) else format(value, form)

    return [
        ("size", measures.size, f"{measures.texts:,} texts of {measures.classes} classes, "
         f"{measures.fewest:,} of the rarest, {measures.words_per_text:.0f} words each"),
        ("similarity", measures.nearness, "to what the vectors were trained on"),
        ("coverage", number(measures.covered_tokens, ".1%"),
         f"of the words have a vector, {number(measures.covered_types, '.1%')} of different ones"),
        ("likeness of words", number(measures.likeness),
         "about 1: words as often as in the vectors' corpus; - where its counts aren't known"),
        ("proxy A-distance", number(measures.distance),
         "to the source: 0 can't be told apart, 2 always; - where no source was given"),
        ("LogME", number(measures.log_evidence),
         f"of the mean vectors; {number(measures.log_evidence_chance)} with labels shuffled"),
        ("mean vectors, head alone", number(measures.frozen_right, ".1%"),
         "right, in folds: what the lowest layer is worth as it is"),
        ("TF-IDF of words", number(measures.words_right, ".1%"),
         f"right, in folds, without vectors; {number(measures.chance_right, '.1%')} by naming one "
         "class"),
    ]  # fmt: skip
