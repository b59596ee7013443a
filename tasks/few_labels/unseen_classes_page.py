"""The page and the text about classes with and without labelled texts: what either bought."""

from __future__ import annotations

from html import escape

from .. import console
from ..pages import charts, report
from .unseen_classes_result import NAMES, REFINED, NamedClass, UnseenResult, UnseenWay


def text(result: UnseenResult) -> str:
    """Return the result as the command prints it."""
    rows = [
        (
            one.label,
            f"{one.labelled:,}" if one.labelled else "unseen",
            f"{one.documents:,}",
            f"{one.share:.1%}",
            f"{one.by_names:,}",
        )
        for one in result.classes
    ]
    head = ("class", "labelled texts", "documents", "share", "by names")
    lines = [
        console.table(head, rows),
        "",
        console.table(_head(result), [_cells(way, result) for way in result.ways]),
        "",
        *_said(result),
    ]
    return "\n".join(lines)


def html(result: UnseenResult) -> str:
    """Return the page."""
    names = [one.label for one in result.classes]
    unseen = [one.label for one in result.classes if not one.labelled]
    most = max(one.documents for one in result.classes) or 1
    bars = "".join(
        f'<tr><td><a href="#class-{i}">{escape(one.label)}</a></td>'
        f'<td class="n">{f"{one.labelled:,}" if one.labelled else "unseen"}</td>'
        f'<td class="n">{one.documents:,}</td><td class="n">{one.share:.1%}</td>'
        f'<td class="n">{one.by_names:,}</td>'
        f'<td class="bar roomy"><i style="width:{one.documents / most:.1%}"></i></td></tr>'
        for i, one in enumerate(result.classes)
    )
    head = (
        '<tr><th>class</th><th class="n">labelled texts</th><th class="n">documents</th>'
        '<th class="n">share</th><th class="n">by names</th><th class="roomy"></th></tr>'
    )
    body = [
        "".join(f'<p class="faint">{escape(line)}</p>' for line in _said(result)),
        report.heading(
            "What names and labels bought",
            f"A classifier of the labelled texts can't know {', '.join(unseen)}; the names of the "
            "classes know all of them without a label, at once or refined on the documents. "
            "Answers are those of the last way: a map from documents to the vectors of the names, "
            "learnt from the labelled texts, with a penalty on the classes it was learnt from."
            + ("" if _scored(result) else " Without known labels nothing says which is best."),
        ),
        report.table(_head(result), [_cells(way, result) for way in result.ways]),
        report.heading(
            "Classes", "Documents put in each, and those that names, refined on texts, put there."
        ),
        f'<div class="card wide"><table>{head}{bars}</table></div>',
    ]
    if result.confusion:
        body += [
            report.heading("Against the labels", f"{result.known:,} documents with a known label."),
            charts.confusion(result.confusion, names),
        ]
    body.append(
        report.heading(
            "What each class was read as", "And its surest documents, with their lead in score."
        )
    )
    body += [_card(i, one) for i, one in enumerate(result.classes)]
    return report.page(f"Classes with labels and without: {result.source}", body)


def _said(result: UnseenResult) -> list[str]:
    settings = result.settings
    lines = [
        f"{result.source}: {result.reading}; vectors {result.vectors or 'in memory'}, "
        f"{settings.get('neighbours')} neighbours, penalty of seen classes {result.penalty:.4g}, "
        f"seed {settings.get('seed')}, {console.duration(result.seconds)}",
        *result.notes,
    ]
    scored = [way for way in result.ways if way.accuracy is not None]
    if scored:
        best = max(scored, key=_merit)
        if best is not scored[-1] and _merit(best) > _merit(scored[-1]):
            how = " (wordgraft zero-shot)" if best.name in (NAMES, REFINED) else ""
            lines.append(f"here {best.name!r}{how} is better than the answers given")
    return lines


def _merit(way: UnseenWay) -> float:
    return way.scores.harmonic if way.scores is not None else way.accuracy or 0.0


def _scored(result: UnseenResult) -> bool:
    return any(way.accuracy is not None for way in result.ways)


def _head(result: UnseenResult) -> tuple[str, ...]:
    scores = ("accuracy", "of seen", "of unseen", "harmonic mean") if _scored(result) else ()
    return ("way", "put in unseen", *scores)


def _cells(way: UnseenWay, result: UnseenResult) -> tuple[str, ...]:
    found = (way.name, f"{way.unseen_share:.1%}")
    if not _scored(result):
        return found
    accuracy = "-" if way.accuracy is None else f"{way.accuracy:.2%}"
    if way.scores is None:
        return (*found, accuracy, "-", "-", "-")
    three = (way.scores.seen, way.scores.unseen, way.scores.harmonic)
    return (*found, accuracy, *(f"{one:.2%}" for one in three))


def _card(number: int, one: NamedClass) -> str:
    seen = f"{one.labelled:,} labelled texts" if one.labelled else "never seen"
    parts = [
        f"<h3>{escape(one.label)} "
        f'<span class="faint">{seen}, {one.documents:,} documents</span></h3>'
        f"<p>read: {escape(', '.join(one.words))}</p>"
    ]
    if one.unknown:
        parts.append(f'<p class="faint">without a vector: {escape(", ".join(one.unknown))}</p>')
    parts += [
        f'<p class="example"><span class="faint">{escape(example.id)} · '
        f"{example.closeness:.2f}</span> {escape(example.text)}</p>"
        for example in one.examples
    ]
    return f'<div class="card" id="class-{number}">{"".join(parts)}</div>'
