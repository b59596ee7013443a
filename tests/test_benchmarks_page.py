"""docs/benchmarks.md shows what the result files say, of every row, and misses as misses."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]

if not (ROOT / "benchmarks").is_dir():
    pytest.skip(
        "tests run against the installed wheel; the checkout has this test",
        allow_module_level=True,
    )


def load(name: str) -> ModuleType:
    """Import a module of ``benchmarks``, which is no part of the package, from its folder."""
    if "benchmarks" not in sys.modules:
        home = ROOT / "benchmarks"
        spec = importlib.util.spec_from_file_location(
            "benchmarks", home / "__init__.py", submodule_search_locations=[str(home)]
        )
        assert spec is not None
        assert spec.loader is not None
        sys.modules["benchmarks"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["benchmarks"])
    return importlib.import_module(f"benchmarks.{name}")


page, records, rows = load("page"), load("records"), load("rows")


def a_check(value: float, **changed: Any) -> dict[str, Any]:
    settings = {"name": "words/s", "value": value, "unit": "x", "target": 10.0}
    check = records.Check(**{**settings, "ours": 4.0, "peer": 0.4, "sides": "M words/s", **changed})
    return records.Measurement(compared="c", cache="warm", checks=(check,)).as_dict()["checks"][0]


def a_record(*checks: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {
        "status": "ok",
        "measured_at": "2026-01-02T03:04:05+00:00",
        "busy_before_percent": 1.0,
        "compared": "this with that",
        "cache": "warm",
        "checks": list(checks),
        **changed,
    }


def environment(**changed: Any) -> dict[str, Any]:
    return {
        "versions": {"python": "3.11"},
        "machine": {"cpu": "a", "cores": 2, "memory_gb": 8.0, "system": "Linux"},
        "sources": "abc",
        "commit": "def",
        "changed_files": [],
        **changed,
    }


def results(record: dict[str, Any], row: str) -> dict[str, dict[str, Any]]:
    return {row: {**record, "environment": environment(), "file": "2026-01-02-x.json"}}


SPEED = "training_speed/wiki-skipgram-100"


# --- what is checked in ------------------------------------------------------------------------


def test_the_page_is_what_the_results_give() -> None:
    assert page.stale() == [], "run: python -m benchmarks report"


def test_the_page_has_both_tables() -> None:
    text = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert re.findall(r"<!-- benchmarks:(\w+) -->", text) == ["summary", "details"]


def test_result_files_are_dated_and_say_versions_and_machine() -> None:
    found = records.result_files(records.RESULTS)
    assert set(found) == set(records.RESULTS.glob("*.json"))
    for path in found:
        content = json.loads(path.read_text(encoding="utf-8"))
        about = content["environment"]
        assert {"python", "wordgraft", "gensim", "numpy", "numba"} <= set(about["versions"])
        assert {"cpu", "cores", "memory_gb"} <= set(about["machine"])
        assert set(content["rows"]) <= {row.name for row in rows.ROWS}
        for record in content["rows"].values():
            assert record["status"] == "failed" or record["cache"]


def test_what_is_recorded_as_met_is_met() -> None:
    for record in records.newest_rows(records.RESULTS).values():
        for told in record.get("checks", ()):
            fields = {name: value for name, value in told.items() if name != "met"}
            fields["value"] = float("nan") if told["value"] is None else told["value"]
            assert records.Check(**fields).met is told["met"]


# --- what a page says --------------------------------------------------------------------------


def test_every_row_is_in_the_details_and_every_bar_in_the_summary() -> None:
    details = page.details({})
    for row in rows.ROWS:
        assert f"| {row.title} |" in details
    shown = {row for line in page.SUMMARY for _, row, _ in line.cells}
    assert shown == {row.name for row in rows.ROWS}
    assert page.summary({}).count(page.MISSING) == sum(len(line.cells) for line in page.SUMMARY)


def test_a_miss_is_marked() -> None:
    missed = results(a_record(a_check(9.99)), SPEED)
    assert "wiki 9.99× **MISS**" in page.summary(missed)
    assert "| 4.00 M words/s | 0.40 M words/s | 9.99× | ≥ 10× | **MISS** |" in page.details(missed)


def test_what_is_reached_is_not() -> None:
    met = results(a_record(a_check(10.0)), SPEED)
    assert "wiki 10.00×; IMDB" in page.summary(met)
    assert "MISS" not in page.summary(met) + page.details(met)


def test_a_number_just_below_its_bar_is_not_shown_as_the_bar() -> None:
    assert page.value(a_check(9.996)) == "9.99×"
    assert page.value(a_check(9.7)) == "9.70×"
    assert page.value(a_check(-0.01001, unit="difference", target=-0.01)) == "-0.0101"
    assert page.value(a_check(0.10001, unit="s", target=0.1, at_least=False)) == "100.1 ms"
    assert page.value(a_check(9.996, target=None)) == "10.00×"


def test_a_bar_from_above_and_a_value_that_is_none() -> None:
    assert a_check(301.0, unit="MB", target=300.0, at_least=False)["met"] is False
    assert a_check(299.0, unit="MB", target=300.0, at_least=False)["met"] is True
    nothing = a_check(float("nan"))
    assert nothing["value"] is None
    assert nothing["met"] is False
    assert "wiki – **MISS**" in page.summary(results(a_record(nothing), SPEED))


def test_a_failure_and_a_busy_machine_are_said() -> None:
    failed = results(a_record(status="failed", error="Boom: a | b"), SPEED)
    assert "wiki **FAILED**" in page.summary(failed)
    assert "**FAILED**: Boom: a / b" in page.details(failed)
    busy = results(a_record(a_check(11.0), busy_before_percent=60.0), SPEED)
    assert f"busy with other things when measuring began: `{SPEED}` (60 %)." in page.details(busy)
    assert "busy" not in page.details(results(a_record(a_check(11.0)), SPEED))


def test_only_marked_blocks_change() -> None:
    text = "a\n<!-- benchmarks:summary -->\n#stale#\n<!-- /benchmarks:summary -->\nb\n"
    made = page.filled(text, {})
    assert made.startswith("a\n<!-- benchmarks:summary -->\n| |")
    assert made.endswith("|\n<!-- /benchmarks:summary -->\nb\n")
    assert "#stale#" not in made
    assert page.filled(made, {}) == made


# --- how results are kept ----------------------------------------------------------------------


def test_a_run_goes_on_with_its_file_and_a_changed_one_begins_another(tmp_path: Path) -> None:
    store = records.Store(tmp_path, "scaling", environment())
    assert not store.has("scaling/wiki")
    store.write("scaling/wiki", a_record(a_check(1.9)))
    again = records.Store(tmp_path, "scaling", environment(commit="other"))
    assert again.path == store.path
    assert again.has("scaling/wiki")
    again.write("scaling/imdb", a_record(status="failed", error="x"))
    assert not again.has("scaling/imdb")
    assert records.Store(tmp_path, "scaling", environment()).has("scaling/wiki")


def test_what_is_measured_again_or_after_a_change_overwrites_nothing(tmp_path: Path) -> None:
    store = records.Store(tmp_path, "scaling", environment())
    store.write("scaling/wiki", a_record(a_check(1.9)))
    redone = records.Store(tmp_path, "scaling", environment(), new=True)
    redone.write("scaling/imdb", a_record(a_check(1.8)))
    assert redone.path != store.path
    assert records.Store(tmp_path, "scaling", environment()).path == redone.path
    assert records.Store(tmp_path, "scaling", environment()).has("scaling/wiki")
    other = records.Store(tmp_path, "scaling", environment(sources="changed"))
    assert other.path.name == store.path.stem + "-3.json"
    assert not other.has("scaling/wiki")


def test_the_newest_record_of_a_row_counts(tmp_path: Path) -> None:
    for number, value in enumerate((1.5, 1.9)):
        store = records.Store(tmp_path, "scaling", environment(sources=str(number)))
        at = f"2026-01-02T03:04:0{number}+00:00"
        store.write("scaling/wiki", a_record(a_check(value), measured_at=at))
    newest = records.newest_rows(tmp_path)["scaling/wiki"]
    assert newest["checks"][0]["value"] == 1.9
    assert newest["file"].endswith("-2.json")


def test_rows_are_chosen_by_group_name_or_wildcard() -> None:
    assert len(rows.chosen([])) == len(rows.ROWS)
    assert {row.group for row in rows.chosen(["encoding"])} == {"encoding"}
    assert [row.name for row in rows.chosen(["scaling/w*"])] == ["scaling/wiki"]
    with pytest.raises(ValueError, match="'speed' names no group and no row: groups are training"):
        rows.chosen(["speed"])
