"""The page and the text about documents clustered beside others: what the others bought."""

from __future__ import annotations

from html import escape

from .. import console
from ..pages import report
from .co_cluster_result import ALONE, ClusterWay, CoCluster, CoClusterResult
from .pictures import hue, swatch

_SHADE = 55
"""Percent of colour behind a row's greatest number."""


def text(result: CoClusterResult) -> str:
    """Return the result as the command prints it."""
    rows = [
        (
            str(one.cluster),
            f"{one.documents:,}",
            f"{one.share:.1%}",
            ", ".join(term.word for term in one.terms[:6]) or one.title,
        )
        for one in result.clusters
    ]
    width = max(len(row[-1]) for row in rows)
    head = ("cluster", "documents", "share", "name".ljust(width))
    lines = [
        console.table(head, [(*row[:-1], row[-1].ljust(width)) for row in rows]),
        "",
        console.table(_head(result), [_cells(way) for way in result.ways]),
        "",
        *_said(result),
    ]
    return "\n".join(lines)


def html(result: CoClusterResult) -> str:
    """Return the page."""
    body = [
        *(f'<p class="faint">{escape(line)}</p>' for line in _said(result)),
        report.heading(
            "What the others bought",
            "The same documents by themselves, by k-means on their TF-IDF and by the same "
            "algorithm without the others, both on words that were counted in both collections; "
            "then with them. How alike clusters are to those with "
            "the others: normalised mutual information, and the share of the documents that the "
            "best matching puts elsewhere."
            + ("" if _scored(result) else " Without labels nothing says which are better."),
        ),
        report.table(_head(result), [_cells(way) for way in result.ways]),
        report.heading("Clusters", "By size."),
        _sizes(result),
        report.heading(
            f"Where they were when {ALONE}", "Clusters beside the others by clusters without them."
        ),
        _crossed(
            result,
            [str(number) for number in range(len(result.clusters[0].before))],
            [one.before for one in result.clusters],
        ),
    ]
    names = sorted({name for one in result.clusters for name in one.labels})
    if 0 < len(names) <= 24:
        body += [
            report.heading("Labels by cluster", "Shaded by the label's share of the cluster."),
            _crossed(
                result,
                names,
                [tuple(one.labels.get(name, 0) for name in names) for one in result.clusters],
            ),
        ]
    body.append(
        report.heading(
            "What they are about",
            "Words of many documents of the cluster and few of the others (class-based TF-IDF), "
            "and documents with most of these words.",
        )
    )
    body += [_card(one) for one in result.clusters]
    return report.page(f"{result.source}, clustered beside {result.beside}", body)


def _said(result: CoClusterResult) -> list[str]:
    settings = result.settings
    return [
        f"{result.source}: {result.reading}; {result.words:,} words counted, {result.common:,} of "
        f"them in both; {settings.get('word_clusters')} clusters of words, trade-off "
        f"{settings.get('trade_off')}, seed {settings.get('seed')}, "
        f"{console.duration(result.seconds)}",
        *result.notes,
    ]


def _scored(result: CoClusterResult) -> bool:
    return any(way.scores is not None for way in result.ways)


def _head(result: CoClusterResult) -> tuple[str, ...]:
    scores = ("NMI with the labels", "ARI") if _scored(result) else ()
    return ("way", "clusters", "largest", *scores, "like the last", "documents elsewhere")


def _cells(way: ClusterWay) -> tuple[str, ...]:
    scores = () if way.scores is None else (f"{way.scores.nmi:.4f}", f"{way.scores.ari:.4f}")
    return (
        way.name,
        f"{len(way.sizes)}",
        f"{max(way.sizes):,}",
        *scores,
        f"{way.shared:.4f}",
        f"{way.moved:.1%}",
    )


def _sizes(result: CoClusterResult) -> str:
    most = max(one.documents for one in result.clusters)
    rows = "".join(
        f'<tr><td class="n">{one.cluster}</td>'
        f'<td><a href="#cluster-{one.cluster}">{escape(one.title)}</a></td>'
        f'<td class="n">{one.documents:,}</td><td class="n roomy">{one.share:.1%}</td>'
        f'<td class="bar roomy"><i class="own" style="{hue(one.cluster)};width:'
        f'{one.documents / most:.1%}"></i></td></tr>'
        for one in result.clusters
    )
    head = (
        '<tr><th class="n">no.</th><th>name</th><th class="n">documents</th>'
        '<th class="n roomy">share</th><th class="roomy"></th></tr>'
    )
    return f'<div class="card wide"><table>{head}{rows}</table></div>'


def _crossed(result: CoClusterResult, names: list[str], table: list[tuple[int, ...]]) -> str:
    """Return counts of each cluster's documents, shaded by their share of it."""
    head = "".join(f'<th class="n">{escape(name)}</th>' for name in names)
    rows = [f"<tr><th>cluster</th>{head}</tr>"]
    for one, counts in zip(result.clusters, table, strict=True):
        total = sum(counts) or 1
        cells = "".join(
            f'<td class="n" style="background:color-mix(in srgb, var(--c0) '
            f'{_SHADE * count / total:.0f}%, transparent)">{count:,}</td>'
            for count in counts
        )
        rows.append(f"<tr><td>{one.cluster} {escape(one.title)}</td>{cells}</tr>")
    return f'<div class="card wide"><table>{"".join(rows)}</table></div>'


def _card(one: CoCluster) -> str:
    most = max((term.weight for term in one.terms), default=1.0)
    terms = " ".join(
        f'<span class="term" style="font-size:{0.85 + 0.5 * term.weight / most:.2f}rem" '
        f'title="in {term.documents:,} documents">{escape(term.word)}</span>'
        for term in one.terms
    )
    parts = [
        f"<h3>{swatch(one.cluster)}{one.cluster} {escape(one.title)} "
        f'<span class="faint">{one.documents:,} documents</span></h3><p>{terms}</p>'
    ]
    parts += [
        f'<p class="example"><span class="faint">{escape(name)}</span> {escape(said)}</p>'
        for name, said in one.examples
    ]
    return f'<div class="card" id="cluster-{one.cluster}">{"".join(parts)}</div>'
