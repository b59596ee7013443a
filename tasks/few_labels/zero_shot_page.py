"""The page and the text about zero-shot answers: what the classes were read as, and how they do."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from .. import console
from ..pages import charts, report

if TYPE_CHECKING:
    from .zero_shot import FoundClass, Way, ZeroShotResult


def text(result: ZeroShotResult) -> str:
    """Return the result as the command prints it."""
    rows = [
        (
            one.label,
            f"{one.documents:,}",
            f"{one.share:.1%}",
            f"{one.by_word:,}",
            ", ".join(word for word, _ in one.neighbours[:5]) or "-",
        )
        for one in result.classes
    ]
    width = max(len(row[-1]) for row in rows)
    head = ("class", "documents", "share", "with its words", "near words".ljust(width))
    lines = [
        console.table(head, [(*row[:-1], row[-1].ljust(width)) for row in rows]),
        "",
        console.table(("way", "answers", "accuracy", "macro F1"), [_cells(w) for w in result.ways]),
        "",
        *_said(result),
    ]
    return "\n".join(lines)


def html(result: ZeroShotResult) -> str:
    """Return the page."""
    names = [one.label for one in result.classes]
    most = max(one.documents for one in result.classes) or 1
    bars = "".join(
        f'<tr><td><a href="#class-{i}">{escape(one.label)}</a></td>'
        f'<td class="n">{one.documents:,}</td><td class="n">{one.share:.1%}</td>'
        f'<td class="n">{one.by_word:,}</td>'
        f'<td class="bar roomy"><i style="width:{one.documents / most:.1%}"></i></td></tr>'
        for i, one in enumerate(result.classes)
    )
    head = (
        '<tr><th>class</th><th class="n">documents</th><th class="n">share</th>'
        '<th class="n">with its words</th><th class="roomy"></th></tr>'
    )
    body = [
        "".join(f'<p class="faint">{escape(line)}</p>' for line in _said(result)),
        report.heading(
            "What the vectors bought",
            "Without transfer a document is told by the words of the class's name that stand in it "
            "(TF-IDF), and most have none; vectors know which words are near to the name; "
            "refinement learns from the unlabelled documents themselves.",
        ),
        report.table(("way", "answers", "accuracy", "macro F1"), [_cells(w) for w in result.ways]),
        report.heading("Classes", "Documents put in each, and those that have words of its name."),
        f'<div class="card wide"><table>{head}{bars}</table></div>',
    ]
    if result.confusion:
        body += [
            report.heading(
                "Against the labels", f"{result.labelled:,} documents with a known label."
            ),
            charts.confusion(result.confusion, names),
        ]
    if result.changed:
        body += [
            report.heading("Refinement", "Share of documents that changed their class, by round."),
            report.curve(list(result.changed), x="round", y="changed"),
        ]
    body.append(report.heading("What each class was read as", "And its surest documents."))
    body += [_card(i, one) for i, one in enumerate(result.classes)]
    return report.page(f"Classes without labels: {result.source}", body)


def _said(result: ZeroShotResult) -> list[str]:
    settings = result.settings
    return [
        f"{result.reading}; {len(result.classes)} classes, vectors "
        f"{result.vectors or 'in memory'}, {settings.get('neighbours')} neighbours, "
        f"{len(result.changed)} rounds, balance {settings.get('balance')}, "
        f"seed {settings.get('seed')}, {console.duration(result.seconds)}",
        *result.notes,
    ]


def _cells(way: Way) -> tuple[str, str, str, str]:
    accuracy = "-" if way.accuracy is None else f"{way.accuracy:.2%}"
    f1 = "-" if way.macro_f1 is None else f"{way.macro_f1:.4f}"
    return way.name, f"{way.answered:.1%}", accuracy, f1


def _card(number: int, one: FoundClass) -> str:
    near = ", ".join(f"{escape(word)} {cosine:.2f}" for word, cosine in one.neighbours)
    parts = [
        f"<h3>{escape(one.label)} "
        f'<span class="faint">{one.documents:,} documents</span></h3>'
        f"<p>read: {escape(', '.join(one.words))}</p>"
    ]
    if one.unknown:
        parts.append(f'<p class="faint">without a vector: {escape(", ".join(one.unknown))}</p>')
    if near:
        parts.append(f'<p class="faint">near: {near}</p>')
    parts += [
        f'<p class="example"><span class="faint">{escape(example.id)} · '
        f"{example.closeness:.0%}</span> {escape(example.text)}</p>"
        for example in one.examples
    ]
    return f'<div class="card" id="class-{number}">{"".join(parts)}</div>'
