"""The page and the text about an alignment: what it brought over none, and words to look at."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from ...embeddings.vectors import WordVectors
from .. import console
from ..pages import report
from .result import ALIGNED, UNALIGNED, AlignResult, AlignRun, Example, Tested, WordPairs

_SHOWN_PAIRS = 20
"""Pairs that a map of words has room for."""
_LEAD = 60
"""First rows that no map shows: words like "the", which lie in the middle of all."""
_HEAD = ("", "P@1 nearest", "P@1 CSLS", "P@5 nearest", "P@5 CSLS")


def text(result: AlignResult) -> str:
    """Return the result as the command prints it."""
    lines = [_seeds_said(result), _rounds_said(result)]
    if result.tests:
        lines += ["", console.table(_HEAD, [_cells(one) for one in result.tests]), ""]
        lines.append(_asked(result))
    lines += ["", *(_example_line(one) for one in result.examples[:10])]
    return "\n".join(lines)


def html(run: AlignRun) -> str:
    """Return the page."""
    result = run.result
    source, target = result.names
    body = [f'<p class="headline">{_headline(result)}</p>']
    body += [f'<p class="faint">{escape(line)}</p>' for line in _story(result)]
    if result.tests:
        body += [
            report.heading(
                "Words that find their translation",
                "Share of the words to test on whose best answer, or one of whose five best, "
                "among all words of the other side is one of their translations.",
            ),
            report.table(_HEAD, [_cells(one) for one in result.tests]),
        ]
    maps = _maps(run)
    if maps:
        body += [
            report.heading(
                "Words and their translations",
                "The two directions in which these words differ most. A line joins a pair: the "
                "shorter, the better the spaces lie on each other.",
            ),
            f'<div class="maps">{maps}</div>',
        ]
    body += [
        report.heading("Examples", "From the frequent to the rare, with the three best answers."),
        report.table(
            (source, target, "expected", ""), [_example_cells(one) for one in result.examples]
        ),
        report.heading(
            "Turns", "In each, maps were learnt from pairs, and pairs were found by the maps."
        ),
        report.table(("turn", "pairs", "mean cosine"), _turns(result)),
        report.heading("How it was done"),
        report.table(("what", "value"), _how(result)),
    ]
    return report.page(f"{source} and {target} in one space", body)


def _headline(result: AlignResult) -> str:
    best = _test(result, ALIGNED)
    if best is None or best.report.csls.at_1 is None:
        pairs = result.rounds[-1].pairs
        return f"{pairs:,} pairs of words hold the two spaces together"
    none = _test(result, UNALIGNED)
    before = none.report.csls.at_1 if none is not None else None
    return f"<b>{best.report.csls.at_1:.1%}</b> of the words find their translation" + (
        f"; without alignment {before:.1%}" if before is not None else ""
    )


def _test(result: AlignResult, name: str) -> Tested | None:
    return next((one for one in result.tests if one.name == name), None)


def _story(result: AlignResult) -> list[str]:
    words = " and ".join(
        f"{count:,} words of {path or name}"
        for count, path, name in zip(
            result.words, (result.source, result.target), result.names, strict=True
        )
    )
    lines = [f"{words}, {result.vector_size} numbers each. {_seeds_said(result)}"]
    if result.tests:
        lines.append(_asked(result))
    return [*lines, *result.notes]


def _seeds_said(result: AlignResult) -> str:
    seeds = result.seeds
    if seeds.kind == "unsupervised":
        return "Begun without any pair, by how words lie to each other."
    parts: list[str] = []
    if seeds.given:
        left_out = [
            f"{number:,} {why}"
            for number, why in (
                (seeds.unknown_source, f"with a word that {result.names[0]} doesn't have"),
                (seeds.unknown_target, f"with a translation that {result.names[1]} doesn't have"),
                (seeds.without_direction, "with a vector of zeros"),
            )
            if number
        ]
        told = f" (left out: {', '.join(left_out)})" if left_out else ""
        parts.append(f"{seeds.used:,} of {seeds.given:,} pairs of the dictionary{told}")
    if "identical" in seeds.kind:
        parts.append(f"{seeds.identical:,} words written alike")
    return f"Begun with {' and '.join(parts)}."


def _rounds_said(result: AlignResult) -> str:
    first, last = result.rounds[0], result.rounds[-1]
    return (
        f"{len(result.rounds)} turns in {console.duration(result.seconds)}: from {first.pairs:,} "
        f"pairs (mean cosine {first.cosine:.3f}) to {last.pairs:,} ({last.cosine:.3f})."
    )


def _asked(result: AlignResult) -> str:
    found = result.tests[0].report
    return (
        f"Tested on {found.asked:,} of {found.words:,} words of {result.test}; the others, or all "
        "of their translations, have no vector."
    )


def _cells(one: Tested) -> tuple[str, ...]:
    found = one.report
    shares = (found.nearest.at_1, found.csls.at_1, found.nearest.at_5, found.csls.at_5)
    return (one.name, *("-" if share is None else f"{share:.1%}" for share in shares))


def _turns(result: AlignResult) -> list[tuple[int, int, float]]:
    rounds = result.rounds
    step = max(1, -(-len(rounds) // 20))
    places = sorted({*range(0, len(rounds), step), len(rounds) - 1})
    return [(place + 1, rounds[place].pairs, rounds[place].cosine) for place in places]


def _how(result: AlignResult) -> list[tuple[str, str]]:
    said = {
        name: ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        for name, value in result.settings.items()
        if value is not None
    }
    return [*said.items(), ("time of learning", console.duration(result.seconds))]


def _example_cells(one: Example) -> tuple[str, ...]:
    return (one.word, ", ".join(one.found), ", ".join(one.expected), "right" if one.right else "")


def _example_line(one: Example) -> str:
    answers = f"{one.word}: {', '.join(one.found) or '-'}"
    if one.right is None:
        return answers
    return (
        f"{answers}  (right)" if one.right else f"{answers}  ({', '.join(one.expected)} expected)"
    )


def _maps(run: AlignRun) -> str:
    """Return pictures of some pairs before and after."""
    pairs = _pairs_to_show(run)
    if len(pairs) < 2:
        return ""
    before, after = (run.source, run.target), (run.alignment.source, run.alignment.target)
    titles = (f"{UNALIGNED}", f"{ALIGNED}")
    return "".join(
        _map(title, run.result.names, pairs, sides)
        for title, sides in zip(titles, (before, after), strict=True)
    )


def _map(
    title: str, names: Sequence[str], pairs: WordPairs, sides: tuple[WordVectors, WordVectors]
) -> str:
    words = [[pair[side] for pair in pairs] for side in (0, 1)]
    rows = [side.unit()[side.rows_of(own)] for side, own in zip(sides, words, strict=True)]
    points = report.plane(np.concatenate(rows)).tolist()
    places = dict(zip([*words[0], *words[1]], map(tuple, points), strict=True))
    return report.word_map(title, dict(zip(names, words, strict=True)), places, ties=pairs)


def _pairs_to_show(run: AlignRun) -> WordPairs:
    """Choose pairs of different words, each word once, from the frequent to the rare."""
    index, others = run.source.key_to_index, run.target.key_to_index
    taken: set[str] = set()
    chosen: list[tuple[str, str]] = []
    known = [p for p in run.pairs if p[0] in index and p[1] in others]
    lead = _LEAD if len(known) > 4 * _SHOWN_PAIRS else 0
    for pair in sorted(known, key=lambda pair: index[pair[0]] + others[pair[1]]):
        if taken.isdisjoint(pair) and pair[0] != pair[1] and index[pair[0]] >= lead:
            taken.update(pair)
            chosen.append(pair)
    step = max(1, min(len(chosen), 10 * _SHOWN_PAIRS) // _SHOWN_PAIRS)
    return tuple(chosen[::step][:_SHOWN_PAIRS])
