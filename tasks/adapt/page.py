"""The page and the text about an adaptation: every way of adapting beside none."""

from __future__ import annotations

from html import escape

from .. import console
from ..pages import report
from .result import AdaptResult, AdaptRun, Way

_PLAIN = "none"


def text(result: AdaptResult) -> str:
    """Return the result as the command prints it."""
    shares = ", ".join(f"{name} {share:.1%}" for name, share in result.predicted.items())
    return "\n\n".join(
        [
            console.table(_head(result), [_cells(one, result) for one in result.ways]),
            _headline(result),
            f"{result.target_texts:,} texts: {shares}; {result.changed:,} have another class than "
            "without adaptation",
            *([_going_on(result)] if _going_on(result) else []),
        ]
    )


def html(run: AdaptRun) -> str:
    """Return the page."""
    result = run.result
    body = [
        f'<p class="headline">{escape(_headline(result))}</p>',
        f'<p class="faint">{escape(_story(result))}</p>',
        report.heading(
            "What reverse validation says",
            "A classifier is adapted to the target and names its classes; from these names it is "
            "adapted back to the source. How many of the source's held-out labels come back says "
            "how well it went, without a label of the target.",
        ),
        report.score_bars(
            {
                one.name: (round(one.reverse * result.source_texts), result.source_texts)
                for one in result.ways
            },
            head=("way", "came back / held out"),
        ),
        report.heading("Every way beside none", _explained(result)),
        report.table(
            [*_head(result), "what it does"],
            [[*_cells(one, result), one.about] for one in result.ways],
        ),
        report.heading("Answers for the target"),
        report.table(
            ("class", "share of the answers"),
            [(name, f"{share:.1%}") for name, share in result.predicted.items()],
        ),
    ]
    if run.changes:
        body += [
            report.heading(
                "Texts that adapting sees otherwise",
                f"{result.changed:,} of {result.target_texts:,} texts have another class than "
                "without adaptation; these are the surest of them.",
            ),
            report.table(
                ("without", "adapted", "sure", "text"),
                [
                    (one.before, one.after, f"{one.probability:.0%}", one.text)
                    for one in run.changes
                ],
            ),
        ]
    body += [
        report.heading("How it was done"),
        report.table(("what", "value"), _how(result)),
    ]
    return report.page(f"From {result.source} to {result.target}", body)


def _headline(result: AdaptResult) -> str:
    best, none = result.way(result.methods[0]), result.way(_PLAIN)
    if best is none:
        said = (
            f"No way is better than no adaptation: reverse validation gives it {none.reverse:.1%}"
        )
    elif len(result.methods) == 1:
        said = (
            f"{best.name} is the best of {len(result.ways)} ways: reverse validation gives it "
            f"{best.reverse:.1%}, no adaptation {none.reverse:.1%}"
        )
    else:
        said = (
            f"{_listed(result.methods)} answer together: reverse validation gives the best of them "
            f"{best.reverse:.1%}, no adaptation {none.reverse:.1%}"
        )
    if result.accuracy is None or none.accuracy is None:
        return said
    return f"{said}; on the target's labels {result.accuracy:.1%} and {none.accuracy:.1%}"


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]])


def _story(result: AdaptResult) -> str:
    vectors = f", with the vectors of {result.vectors}" if result.vectors else ""
    said = (
        f"Learnt from {result.source_texts:,} labelled texts of {result.source} and "
        f"{result.target_texts:,} texts of {result.target} without labels{vectors}."
    )
    going_on = _going_on(result)
    return f"{said} {going_on[0].upper()}{going_on[1:]}." if going_on else said


def _going_on(result: AdaptResult) -> str:
    """Return whether vectors went on learning, as a sentence without its dot; "" without any."""
    if result.continued:
        return (
            f"the vectors went on learning for {result.continued} passes over the texts of both; "
            "none has them as they were"
        )
    return f"the vectors stayed as they were: {result.stayed}" if result.stayed else ""


def _explained(result: AdaptResult) -> str:
    said = (
        "Those with a star answer together. Source: accuracy on held-out texts of the source, "
        "which hardly tells what happens in the target. Shares far from those of the source are a "
        "bad sign, unless the target's classes are known to be so."
    )
    if result.labelled:
        said += (
            f" Target: accuracy on its {result.labelled:,} labelled texts, by which nothing was "
            "chosen."
        )
    return said


def _head(result: AdaptResult) -> list[str]:
    shares = [f"{name} in target" for name in result.classes]
    scored = ["target"] if result.labelled else []
    return ["way", "reverse", "±", "source", *(shares if len(shares) <= 4 else []), *scored]


def _cells(one: Way, result: AdaptResult) -> list[str]:
    chosen = " *" if one.name in result.methods else ""
    shares = [f"{share:.1%}" for share in one.shares] if len(one.shares) <= 4 else []
    scored = [f"{one.accuracy:.2%}"] if one.accuracy is not None else []
    scores = [f"{one.reverse:.2%}", f"{100 * one.deviation:.2f}", f"{one.source:.2%}"]
    return [one.name + chosen, *scores, *shares, *scored]


def _how(result: AdaptResult) -> list[tuple[str, str]]:
    return [
        ("source", result.source),
        ("target", result.target),
        ("vectors", result.vectors or "none"),
        ("answers by", ", ".join(result.methods)),
        ("read", result.reading),
        ("time", console.duration(result.seconds)),
    ]
