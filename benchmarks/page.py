"""The tables of ``docs/benchmarks.md``, made from the newest results. Standard library only."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .records import RESULTS, ROOT, newest_rows
from .rows import GROUPS, ROWS
from .summary import SUMMARY

PAGES = ("docs/benchmarks.md", "README.md")
MISSING = "not measured yet"
BUSY = 10.0
"""Per cent of all cores: more before a row, and its times are worth little."""
_BLOCK = re.compile(
    r"(<!-- benchmarks:(?P<name>\w+) -->\n).*?(<!-- /benchmarks:(?P=name) -->)", re.S
)
_HEADINGS = {
    "training_speed": "Training alone",
    "scaling": "Workers and determinism",
    "process": "The whole process",
    "encoding": "Reading text",
    "opening": "Opening and asking",
    "neighbours": "Neighbours by the thousand",
    "storage": "Smaller vectors",
    "reading": "Reading",
    "models": "fastText's models",
    "writing": "Writing",
    "demo": "The demonstration",
    "memory": "Memory",
    "quality": "Quality",
    "subword": "Training with character n-grams",
    "networks": "Recurrent networks",
    "sentiment": "Sentiment",
    "documents": "Documents to vectors",
    "topics": "Document vectors",
    "clusters": "Clusters",
    "similarity": "Similarity of texts and documents",
    "crosslingual": "Two languages",
    "domains": "Two domains",
    "tasks": "Several tasks",
    "advice": "Advice and kept features",
    "few_labels": "Few labels, and none",
}

Results = Mapping[str, Mapping[str, Any]]


def number(value: float | None, unit: str, toward: int = 0) -> str:
    """Return a number as people read it.

    Args:
        value: The number.
        unit: Of a check.
        toward: 0 rounds to the nearest, -1 down, 1 up.
    """
    if value is None or value != value:
        return "–"
    if unit == "s" and abs(value) < 1:
        value, unit = 1000 * value, "ms"
    digits, form = _FORMS.get(unit, (2, "{} " + unit))
    if toward:
        step = 10.0**digits
        # First to the nearest of a finer grid, or 9.7 would go down to 9.69.
        fine = round(value * step, 6)
        value = (math.floor(fine) if toward < 0 else math.ceil(fine)) / step
    sign = "+" if unit == "difference" else ""
    return form.format(f"{value:{sign}.{digits}f}")


def value(check: Mapping[str, Any]) -> str:
    """Return a check's number, rounded away from its bar: 9.996 is no 10."""
    return number(check["value"], check["unit"], _toward(check))


def _toward(check: Mapping[str, Any]) -> int:
    return 0 if check["target"] is None else -1 if check["at_least"] else 1


_FORMS = {
    "x": (2, "{}×"),
    "s": (1, "{} s"),
    "ms": (1, "{} ms"),
    "MB": (0, "{} MB"),
    "%": (1, "{} %"),
    "difference": (4, "{}"),
    "score": (4, "{}"),
}
"""Unit: decimals, and how it is written; others have two and their name behind."""


def bar(check: Mapping[str, Any]) -> str:
    """Return what a check must reach."""
    unit = {"x": "×", "difference": "", "score": ""}.get(check["unit"], f" {check['unit']}")
    return f"{'≥' if check['at_least'] else '≤'} {check['target']:g}{unit}"


def summary(results: Results) -> str:
    """Return the table of what must be reached."""
    lines = ["| | must reach | measured |", "|---|---|---|"]
    lines += [
        f"| {line.title} | {line.bar} | {'; '.join(_cell(results, *c) for c in line.cells)} |"
        for line in SUMMARY
    ]
    return "\n".join(lines)


def _cell(results: Results, name: str, row: str, check: str) -> str:
    record = results.get(row)
    lead = f"{name} " if name else ""
    if record is None or record.get("status") == "skipped":
        return f"{lead}{MISSING}"
    found = next((c for c in record.get("checks", ()) if c["name"] == check), None)
    if found is None:
        return f"{lead}**FAILED**"
    mark = " **MISS**" if found["met"] is False else ""
    return f"{lead}{value(found)}{mark}"


def details(results: Results) -> str:
    """Return a section for each group, and the machines measured on."""
    parts = [_group(group, results) for group in GROUPS]
    return "\n\n".join([*parts, _environments(results)])


def _group(group: str, results: Results) -> str:
    lines = [f"### {_HEADINGS[group]}", ""]
    rows = [row for row in ROWS if row.group == group]
    compared: dict[str, None] = {}
    lines += [
        "| | wordgraft | gensim | result | must reach | | each |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        record = results.get(row.name)
        if record is None:
            lines.append(f"| {row.title} | | | {MISSING} | | | |")
        elif record["status"] == "skipped":
            lines.append(f"| {row.title} | | | skipped: {_one_line(record['error'])} | | | |")
        elif record["status"] != "ok":
            lines.append(f"| {row.title} | | | **FAILED**: {_one_line(record['error'])} | | | |")
        else:
            compared[record["compared"]] = None
            lines += [_check(row.title, check) for check in record["checks"]]
    if compared:
        lines += ["", "Compared:", "", *(f"* {text}." for text in compared)]
    return "\n".join(lines) + _busy(group, results)


def _check(title: str, check: Mapping[str, Any]) -> str:
    unit = check["unit"]
    wanted = result = ""
    if check["target"] is not None:
        wanted, result = bar(check), "met" if check["met"] else "**MISS**"
    each = ", ".join(number(one, unit, _toward(check)) for one in check["each"])
    cells = (
        f"{title}: {check['name']}",
        number(check["ours"], check["sides"]) if check["ours"] is not None else "",
        number(check["peer"], check["sides"]) if check["peer"] is not None else "",
        value(check),
        wanted,
        result,
        each,
    )
    return f"| {' | '.join(cells)} |"


def _busy(group: str, results: Results) -> str:
    """Return a warning about times that were taken beside other work."""
    if group in ("memory", "quality"):
        return ""
    found = {
        row.name: results[row.name]["busy_before_percent"]
        for row in ROWS
        if row.group == group and row.name in results
    }
    rows = [f"`{name}` ({busy:.0f} %)" for name, busy in found.items() if busy > BUSY]
    if not rows:
        return ""
    return f"\n\nThe machine was busy with other things when measuring began: {', '.join(rows)}."


def _environments(results: Results) -> str:
    seen: dict[str, list[str]] = {}
    for row in ROWS:
        record = results.get(row.name)
        if record is not None:
            seen.setdefault(_environment(record), []).append(row.name)
    lines = ["### Measured on", ""]
    if not seen:
        return "\n".join([*lines, f"({MISSING})"])
    for text, names in seen.items():
        which = "everything" if len(seen) == 1 else ", ".join(f"`{name}`" for name in names)
        lines.append(f"* {which}: {text}")
    files = sorted({record["file"] for name, record in results.items() if name in _NAMES})
    links = ", ".join(f"[{name}](../benchmarks/results/{name})" for name in files)
    return "\n".join([*lines, "", f"Results: {links}."])


_NAMES = {row.name for row in ROWS}


def _environment(record: Mapping[str, Any]) -> str:
    about = record["environment"]
    machine, versions = about["machine"], about["versions"]
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    changed = about.get("changed_files")
    state = f"commit {about['commit']}" + (" with changes not committed" if changed else "")
    return (
        f"{record['measured_at'][:10]}, {state}; {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory_gb']} GB; {machine['system']}; {told}"
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())[:160].replace("|", "/")


def filled(text: str, results: Results) -> str:
    """Return a page with its marked blocks made anew."""
    blocks = {"summary": summary, "details": details}
    return _BLOCK.sub(lambda m: f"{m[1]}{blocks[m['name']](results)}\n{m[3]}", text)


def stale(root: Path = ROOT, folder: Path = RESULTS) -> list[str]:
    """Return the pages whose tables are not what the results give."""
    results = newest_rows(folder)
    found: list[str] = []
    for name in PAGES:
        path = root / name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if filled(text, results) != text:
            found.append(name)
    return found


def write(root: Path = ROOT, folder: Path = RESULTS) -> None:
    """Make the tables of all pages anew."""
    results = newest_rows(folder)
    for name in stale(root, folder):
        path = root / name
        path.write_text(filled(path.read_text(encoding="utf-8"), results), encoding="utf-8")
