"""The page and the text about tasks learnt together: each beside no transfer."""

from __future__ import annotations

from html import escape

from .. import console
from ..pages import report
from .result import AddedResult, MultiTaskResult, TaskScore

_ALONE = "alone"
_WORDS = "TF-IDF"


def text(result: MultiTaskResult | AddedResult) -> str:
    """Return the result as the command prints it."""
    head, rows = _table(result)
    return "\n".join([console.table(head, rows), "", *_said(result), *result.notes])


def html(result: MultiTaskResult | AddedResult) -> str:
    """Return the page."""
    head, rows = _table(result)
    scores, other = _scores(result), _other(result)
    said = _said(result)
    bars: dict[str, tuple[int, int]] = {}
    for one in scores:
        bars[f"{one.task}, {_own(result)}"] = _of(one.accuracy.value, one)
        if one.without is not None:
            bars[f"{one.task}, {other}"] = _of(one.without.accuracy.value, one)
    body = [
        f'<p class="headline">{escape(said[0])}</p>',
        *(f'<p class="faint">{escape(line)}</p>' for line in (*said[1:], *result.notes)),
        report.heading("Right answers for the held-out texts", _explained(result)),
        report.score_bars(bars, head=("task", "right / asked")),
        report.heading(
            "Every task beside no transfer" if any(s.without for s in scores) else "Every task",
            "In brackets the 95% interval (Wilson). The gain is in points, with half the 95% "
            "interval of the difference on the same texts: where that is larger than the gain, "
            "other texts might say the opposite.",
        ),
        report.table(head, rows),
        report.heading("The classes"),
        report.table(
            ("task", "classes", "always the most frequent is right"),
            [(s.task, ", ".join(s.classes), f"{s.most_frequent:.1%}") for s in scores],
        ),
    ]
    if isinstance(result, MultiTaskResult) and len(result.losses) > 1:
        body += [
            report.heading("How it learnt", "Mean training loss of all tasks by epoch."),
            report.curve(result.losses, x="epoch", y="loss"),
        ]
    body += [report.heading("How it was done"), report.table(("what", "value"), _how(result))]
    return report.page(_title(result), body)


def _scores(result: MultiTaskResult | AddedResult) -> tuple[TaskScore, ...]:
    return (result.task,) if isinstance(result, AddedResult) else result.tasks


def _own(result: MultiTaskResult | AddedResult) -> str:
    return "new head" if isinstance(result, AddedResult) else "together"


def _other(result: MultiTaskResult | AddedResult) -> str:
    return _WORDS if isinstance(result, AddedResult) else _ALONE


def _table(result: MultiTaskResult | AddedResult) -> tuple[list[str], list[list[str]]]:
    compared = any(one.without for one in _scores(result))
    head = ["task", "texts", "classes", "tested on", _own(result)]
    head += [_other(result), "gain", f"seconds {_other(result)}"] if compared else []
    rows: list[list[str]] = []
    for one in _scores(result):
        found = one.accuracy
        row = [
            one.task,
            f"{one.texts:,}",
            f"{len(one.classes)}",
            f"{one.test_texts:,}",
            f"{found.value:.1%} ({found.low:.1%} to {found.high:.1%})",
        ]
        if one.without is not None:
            row += [
                f"{one.without.accuracy.value:.1%}",
                str(one.without.gain),
                f"{one.without.seconds:.1f}",
            ]
        elif compared:
            row += ["-", "-", "-"]
        rows.append(row)
    return head, rows


def _said(result: MultiTaskResult | AddedResult) -> list[str]:
    if isinstance(result, AddedResult):
        return _said_of_added(result)
    number = len(result.tasks)
    tasks = f"{number} tasks" if number > 1 else "one task"
    mean = sum(one.accuracy.value for one in result.tasks) / number
    rivals = [one.without for one in result.tasks if one.without is not None]
    took = (
        f"one network for {tasks}: {result.epochs} epochs in "
        f"{console.duration(result.train_seconds)}"
    )
    right = f"{mean:.1%} right" + (f", mean of {tasks} learnt together" if number > 1 else "")
    if len(rivals) < number:
        return [right, took]
    alone = sum(one.accuracy.value for one in rivals) / number
    seconds = sum(one.seconds for one in rivals)
    epochs = " and ".join(str(one.epochs) for one in rivals)
    return [
        f"{right}; {alone:.1%} where each is learnt alone",
        f"{took}; alone {epochs} epochs in {console.duration(seconds)}",
    ]


def _said_of_added(result: AddedResult) -> list[str]:
    one = result.task
    lines = [f"{one.task}: {one.accuracy.value:.1%} right with a head on the network as it is"]
    if one.without is not None:
        lines[0] += f"; {one.without.accuracy.value:.1%} without transfer"
        words = f"; TF-IDF and logistic regression {console.duration(one.without.seconds)}"
    else:
        words = ""
    lines.append(
        f"the head took {console.duration(result.head_seconds)}{words}; the network's own training "
        f"had taken {console.duration(result.network_seconds)}"
    )
    lines.append(f"{', '.join(result.before)}: answered as before, nothing of the network moved")
    return lines


def _explained(result: MultiTaskResult | AddedResult) -> str:
    if isinstance(result, AddedResult):
        return (
            "The new head is a logistic regression on what the network sees. Without transfer: "
            "TF-IDF of one and two words and logistic regression, on the same texts."
        )
    return (
        "Together: one network reads for all tasks, with a head for each. Alone: a classifier of "
        "the same settings that learns this task and no other, from the same texts."
    )


def _of(share: float, one: TaskScore) -> tuple[int, int]:
    return round(share * one.test_texts), one.test_texts


def _title(result: MultiTaskResult | AddedResult) -> str:
    if isinstance(result, AddedResult):
        return f"One task more: {result.task.task}"
    return f"Learnt together: {', '.join(one.task for one in result.tasks)}"


def _how(result: MultiTaskResult | AddedResult) -> list[tuple[str, str]]:
    if isinstance(result, AddedResult):
        rows = [("model", result.model), ("read", result.reading), ("tested on", result.task.test)]
    else:
        weights = ", ".join(f"{name} {value:g}" for name, value in result.weights.items())
        given = ", ".join(f"{name}={value}" for name, value in result.settings.items())
        rows = [
            ("vectors", result.vectors or "none"),
            ("temperature", str(result.temperature)),
            ("weights", weights or "1 each"),
            ("settings", given or "the defaults"),
            *(("read", one) for one in result.reading),
            *(("tested on", f"{one.task}: {one.test}") for one in result.tasks),
        ]
        rivals = [(one.task, one.without) for one in result.tasks if one.without is not None]
        rows += [(f"epochs of {name} alone", f"{one.epochs}") for name, one in rivals]
    return [*rows, ("time", console.duration(result.seconds))]
