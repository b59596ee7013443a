"""The page and the text about an evaluation: what it is worth, and where it goes wrong."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from html import escape

from ...embeddings.atomic import atomic_writer
from ...models.scores import ClassificationScores, ClassScore, MultilabelScores, RatingScores, Wrong
from .. import console
from ..pages import charts, report
from .evaluation import Evaluation

_SHOWN_CLASSES = 12
"""Classes that a confusion table has room for; more are shown by their scores alone."""


def text(evaluation: Evaluation) -> str:
    """Return the evaluation as the command prints it."""
    scores = evaluation.scores
    lines = [*_headline(evaluation), ""]
    if isinstance(scores, RatingScores):
        lines.append(f"root mean squared error {scores.rmse:.4f}")
        lines.append(f"Spearman {_number(scores.spearman)}")
        return "\n".join(lines)
    rows = [
        (
            one.name,
            f"{one.precision:.4f}",
            f"{one.recall:.4f}",
            f"{one.f1:.4f}",
            f"{one.texts:,}",
            f"{one.predicted:,}",
        )
        for one in scores.classes
    ]
    head = ("class", "precision", "recall", "F1", "texts", "predicted")
    lines.append(console.table(head, rows))
    if isinstance(scores, ClassificationScores):
        found = scores.calibration
        lines += [
            "",
            f"F1 macro {scores.f1_macro:.4f}; calibration error {found.ece:.4f}, log loss "
            f"{found.log_loss:.4f}, Brier {found.brier:.4f}",
            *(f"area under the ROC curve of {one.name}: {one.auc:.4f}" for one in scores.roc),
        ]
    for name, words in evaluation.deciding.items():
        lines.append(f"words for {name}: " + ", ".join(one.word for one in words))
    return "\n".join(lines)


def html(evaluation: Evaluation) -> str:
    """Return the page."""
    scores = evaluation.scores
    said = _headline(evaluation)
    body = [f'<p class="headline">{escape(said[0])}</p>']
    body += [f'<p class="faint">{escape(line)}</p>' for line in said[1:]]
    body.append(f'<p class="faint">{escape(str(evaluation.report))}</p>')
    if isinstance(scores, ClassificationScores):
        body += _classification(evaluation, scores)
    elif isinstance(scores, MultilabelScores):
        body += [
            report.heading(
                "Label by label", f"Predicted from a probability of {scores.threshold}."
            ),
            _classes(scores.classes),
            *_curves(scores),
        ]
    else:
        body += [
            report.heading("Errors"),
            report.table(
                ("measure", "value"),
                [
                    ("mean absolute error", _number(scores.mae)),
                    ("root mean squared error", _number(scores.rmse)),
                    ("share of the variance explained", _number(scores.r2)),
                    ("rank correlation (Spearman)", _number(scores.spearman)),
                    ("mean absolute error of the median", _number(scores.median_mae)),
                ],
            ),
            *_mistakes(evaluation, scores.most_wrong),
        ]
    return report.page(f"{evaluation.model} on {evaluation.data}", body)


def save_page(evaluation: Evaluation, path: str | os.PathLike[str]) -> None:
    """Write the page about an evaluation, whole or not at all."""
    with atomic_writer(path) as file:
        file.write(html(evaluation).encode())


def _headline(evaluation: Evaluation) -> list[str]:
    scores = evaluation.scores
    if isinstance(scores, ClassificationScores):
        lines = [
            f"accuracy {scores.accuracy}: {scores.right:,} of {scores.texts:,} texts right",
            f"always naming the most frequent class: {scores.most_frequent:.2%}",
        ]
    elif isinstance(scores, MultilabelScores):
        lines = [
            f"all labels right {scores.exact}, of {scores.texts:,} texts",
            f"F1 micro {scores.f1_micro:.4f}, macro {scores.f1_macro:.4f}",
        ]
    else:
        lines = [
            f"mean absolute error {scores.mae:.4f} over {scores.texts:,} texts",
            f"always naming the median: {scores.median_mae:.4f}",
        ]
    found = evaluation.leaks
    if found is not None:
        lines.append(str(found))
        if evaluation.clean is not None:
            lines.append(f"without them: {evaluation.clean:.4f}")
    speed = scores.texts / evaluation.seconds if evaluation.seconds else 0.0
    lines.append(f"predicted in {console.duration(evaluation.seconds)} ({speed:,.0f} texts/s)")
    return lines


def _classification(evaluation: Evaluation, scores: ClassificationScores) -> list[str]:
    parts = [report.heading("Class by class"), _classes(scores.classes)]
    if len(scores.classes) <= _SHOWN_CLASSES:
        names = [one.name for one in scores.classes]
        parts += [
            report.heading("Confusion", "Rows are what is true, columns what was predicted."),
            charts.confusion(scores.confusion, names),
        ]
    found = scores.calibration
    parts += [
        *_curves(scores),
        report.heading(
            "Is it as sure as it should be?",
            f"Expected calibration error {found.ece:.4f}, log loss {found.log_loss:.4f} nats, "
            f"Brier {found.brier:.4f}. Below the dotted line the model is too sure of itself.",
        ),
        charts.reliability(found.bins),
    ]
    if evaluation.deciding:
        parts += [
            report.heading(
                "Words that decide",
                "What a word adds to the class on average where it stands, to first order "
                "(gradient times input), over texts drawn by chance.",
            ),
            report.cards(
                {
                    name: report.table(
                        ("word", "adds", "texts"), [(w.word, w.weight, w.texts) for w in words]
                    )
                    for name, words in evaluation.deciding.items()
                }
            ),
        ]
    return [*parts, *_mistakes(evaluation, scores.most_wrong)]


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4f}"


def _curves(scores: ClassificationScores | MultilabelScores) -> list[str]:
    if not scores.roc:
        return []
    return [
        report.heading("How much is found, at what cost", "ROC; the dotted line is guessing."),
        charts.roc(scores.roc[: report.COLOURS]),
    ]


def _classes(classes: Sequence[ClassScore]) -> str:
    return report.table(
        ("class", "precision", "recall", "F1", "texts", "predicted"),
        [(c.name, c.precision, c.recall, c.f1, c.texts, c.predicted) for c in classes],
    )


def _mistakes(evaluation: Evaluation, wrong: Sequence[Wrong]) -> list[str]:
    if not wrong:
        return [report.heading("Most wrong"), "<p>No mistakes.</p>"]
    rating = isinstance(evaluation.scores, RatingScores)
    told = "Green words speak for what was predicted, red ones against it." * bool(
        evaluation.explained
    )
    parts = [report.heading("Most wrong", told)]
    for number, one in enumerate(wrong):
        sure = f"off by {one.confidence:.2f}" if rating else f"{one.confidence:.1%} sure"
        if number < len(evaluation.explained):
            found = evaluation.explained[number]
            shown = charts.marked(found.words[:400], found.weights[:400].tolist())
        else:
            shown = f"<p>{escape(one.text or '')}</p>"
        parts.append(
            f'<div class="card"><h3>{escape(one.truth)}, predicted {escape(one.predicted)} '
            f'<span class="faint">{sure}, text {one.place + 1:,}</span></h3>{shown}</div>'
        )
    return parts
