"""The page and the text about clusters: a map, sizes, what each is about, and how good they are."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files

from .. import console
from ..pages import report
from .pictures import document_picture, hue, swatch, tree_picture
from .result import ClusterResult, ClusterRun, FoundCluster, beginning

_TREE = 120
"""Clusters that a tree has room for."""
_CLASSES = 24
"""Labels that a table of labels by cluster has room for."""
_DOT = 110
"""Characters of a document that its dot shows."""
_LISTED = 30
"""Clusters that the command prints."""


def text(result: ClusterResult) -> str:
    """Return the result as the command prints it."""
    rows = [
        (
            str(one.cluster),
            f"{one.documents:,}",
            f"{one.share:.1%}",
            _number(one.silhouette, 2),
            ", ".join(term.word for term in one.terms[:6]) or one.title,
        )
        for one in result.clusters[:_LISTED]
    ]
    width = max((len(row[-1]) for row in rows), default=0)
    named = [(*row[:-1], row[-1].ljust(width)) for row in rows]
    head = ("cluster", "documents", "share", "silhouette", "name".ljust(width))
    lines = [console.table(head, named)]
    if len(result.clusters) > _LISTED:
        lines.append(f"… and {len(result.clusters) - _LISTED:,} more, in {result.output}")
    lines += ["", *_said(result)]
    scores = result.scores
    if scores is not None:
        lines.append(
            f"against {scores.classes:,} labels of {scores.documents:,} documents: NMI "
            f"{scores.nmi:.4f}, ARI {scores.ari:.4f}, V-measure {scores.v_measure:.4f}, purity "
            f"{scores.purity:.4f}"
        )
    return "\n".join(lines)


def html(run: ClusterRun) -> str:
    """Return the page."""
    result = run.result
    clusters, titles = result.clusters, [one.title for one in result.clusters]
    many = "cluster" if len(clusters) == 1 else "clusters"
    body = [
        f'<p class="headline">{result.documents:,} documents in <b>{len(clusters):,}</b> {many}'
        "</p>",
        *(f'<p class="faint">{escape(line)}</p>' for line in _said(result)),
    ]
    if not clusters:
        body.append("<p>No cluster was found: no place is dense enough.</p>")
        return report.page(f"Clusters of {result.source}", body)
    body += [
        report.heading(
            "Map",
            "Each dot is a document, each number a cluster. Point at a dot to read it; at a "
            "cluster below the map to see it alone, and click to keep it so.",
        ),
        document_picture(run.map, titles, _dots(run)),
        *_scores(result),
        report.heading(
            "Clusters",
            "By size. The silhouette says how much nearer documents are to their own cluster than "
            "to the next: 1 is apart, 0 is between two, below 0 is on the wrong side.",
        ),
        _sizes(clusters),
        *_tree(result, titles),
        *_labels(result),
        *_choice(result),
        report.heading(
            "What they are about",
            "Words of many documents of the cluster and few of the others (class-based TF-IDF); "
            "words nearest to its centre; the documents nearest to it.",
        ),
        *(_card(one) for one in clusters),
    ]
    script = files("wordgraft.tasks.cluster").joinpath("page.js").read_text(encoding="utf-8")
    body.append(f"<script>\n{script}</script>")
    return report.page(f"Clusters of {result.source}", body)


def _said(result: ClusterResult) -> list[str]:
    lines = [
        f"{result.reading}; {result.method}, weighting {result.settings.get('weighting')}, vectors "
        f"{result.vectors or 'in memory'}, seed {result.settings.get('seed')}, "
        f"{console.duration(result.seconds)}"
    ]
    if result.no_known_word:
        lines.append(
            f"{result.no_known_word:,} documents without a known word are in no cluster (-1)"
        )
    if result.outliers:
        lines.append(f"{result.outliers:,} documents are in no cluster (-1): outliers")
    if result.choice is not None:
        lines.append(
            f"{result.choice.k:,} clusters were chosen by {result.choice.criterion} on "
            f"{result.choice.rows:,} documents; say -k for another number"
        )
    lines += list(result.notes)
    if result.silhouette is not None:
        lines.append(
            f"mean silhouette {result.silhouette:.4f} (cosine, {result.silhouette_documents:,} "
            "documents)"
        )
    return lines


def _dots(run: ClusterRun) -> list[str]:
    documents, clusters = run.documents, run.map.clusters.tolist()
    said: list[str] = []
    for place, cluster in zip(run.map.places.tolist(), clusters, strict=True):
        label = documents.labels[place] if documents.labels is not None else None
        head = f"{documents.ids[place]} · cluster {cluster}" if cluster >= 0 else "in no cluster"
        more = f" · {label}" if label is not None else ""
        said.append(f"{head}{more}: {beginning(documents.texts[place], _DOT)}")
    return said


def _scores(result: ClusterResult) -> list[str]:
    scores = result.scores
    if scores is None:
        return []
    left = f", {scores.unlabelled:,} without one left out" if scores.unlabelled else ""
    rows = [
        ("NMI", scores.nmi, "shared information; 0 by chance, 1 for the labels themselves"),
        ("ARI", scores.ari, "pairs of documents treated alike, beyond chance"),
        ("V-measure", scores.v_measure, "harmonic mean of the next two"),
        ("homogeneity", scores.homogeneity, "1 where no cluster mixes labels"),
        ("completeness", scores.completeness, "1 where no label is spread over clusters"),
        ("purity", scores.purity, "share of documents with their cluster's most frequent label"),
    ]
    return [
        report.heading(
            "Against the labels",
            f"{scores.classes:,} labels of {scores.documents:,} documents{left}. Documents in no "
            "cluster count as a cluster of their own.",
        ),
        report.table(("score", "value", "what it says"), rows),
    ]


def _sizes(clusters: Sequence[FoundCluster]) -> str:
    most = max(one.documents for one in clusters)
    rows = [
        f'<tr><td class="n">{one.cluster}</td>'
        f'<td><a href="#cluster-{one.cluster}">{escape(one.title)}</a></td>'
        f'<td class="n">{one.documents:,}</td><td class="n roomy">{one.share:.1%}</td>'
        f'<td class="n">{_number(one.silhouette, 2)}</td>'
        f'<td class="bar roomy"><i class="own" style="{hue(one.cluster)};width:'
        f'{one.documents / most:.1%}"></i></td></tr>'
        for one in clusters
    ]
    head = (
        '<tr><th class="n">no.</th><th>name</th><th class="n">documents</th>'
        '<th class="n roomy">share</th><th class="n">silhouette</th><th class="roomy"></th></tr>'
    )
    return f'<div class="card wide"><table>{head}{"".join(rows)}</table></div>'


def _tree(result: ClusterResult, titles: Sequence[str]) -> list[str]:
    if not 3 <= len(titles) <= _TREE:
        return []
    return [
        report.heading(
            "Clusters of clusters",
            "Those that are alike join first, on the right (average linkage of the centres).",
        ),
        tree_picture(result.tree, titles),
    ]


def _labels(result: ClusterResult) -> list[str]:
    names = list(dict.fromkeys(name for one in result.clusters for name in one.labels))
    if not names or len(names) > _CLASSES:
        return []
    # Labels in the order of the clusters they are most frequent in: the table is nearly diagonal.
    home = {
        name: max(range(len(result.clusters)), key=lambda i: result.clusters[i].labels.get(name, 0))
        for name in names
    }
    names.sort(key=lambda name: (home[name], name))
    head = "".join(f'<th class="n">{escape(name)}</th>' for name in names)
    rows = [f"<tr><th>cluster \\ label</th>{head}</tr>"]
    for one in result.clusters:
        total = sum(one.labels.values()) or 1
        cells = "".join(
            f'<td class="n" style="background:color-mix(in srgb, var(--c0) '
            f'{55 * one.labels.get(name, 0) / total:.0f}%, transparent)">'
            f"{one.labels.get(name, 0):,}</td>"
            for name in names
        )
        rows.append(f"<tr><td>{one.cluster} {escape(one.title)}</td>{cells}</tr>")
    return [
        report.heading("Labels by cluster", "Shaded by the label's share of the cluster."),
        f'<div class="card wide"><table>{"".join(rows)}</table></div>',
    ]


def _choice(result: ClusterResult) -> list[str]:
    choice = result.choice
    if choice is None or not choice.tried:
        return []
    rows = [
        (str(one.k), one.silhouette, _number(one.stability, 4) if one.stability else "-")
        for one in choice.tried
    ]
    return [
        report.heading(
            "Numbers of clusters tried",
            f"On {choice.rows:,} documents; {choice.k} was chosen by {choice.criterion}.",
        ),
        report.table(("clusters", "silhouette", "stability"), rows),
    ]


def _card(one: FoundCluster) -> str:
    most = max((term.weight for term in one.terms), default=1.0)
    terms = " ".join(
        f'<span class="term" style="font-size:{0.85 + 0.5 * term.weight / most:.2f}rem" '
        f'title="in {term.documents:,} documents">{escape(term.word)}</span>'
        for term in one.terms
    )
    near = ", ".join(f"{escape(word)} {cosine:.2f}" for word, cosine in one.nearest)
    parts = [
        f"<h3>{swatch(one.cluster)}{one.cluster} {escape(one.title)} "
        f'<span class="faint">{one.documents:,} documents</span></h3><p>{terms}</p>'
    ]
    if near:
        parts.append(f'<p class="faint">near the centre: {near}</p>')
    if one.labels:
        shown = list(one.labels.items())[:4]
        said = ", ".join(f"{escape(name)} {count:,}" for name, count in shown)
        more = f" and {len(one.labels) - 4} more" if len(one.labels) > 4 else ""
        parts.append(f'<p class="faint">labels: {said}{more}</p>')
    parts += [
        f'<p class="example"><span class="faint">{escape(example.id)}</span> '
        f"{escape(example.text)}</p>"
        for example in one.examples
    ]
    return f'<div class="card" id="cluster-{one.cluster}">{"".join(parts)}</div>'


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
