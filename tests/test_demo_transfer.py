"""Rows of transfer say what was gained and where it is written; the toy world is told otherwise."""

from __future__ import annotations

import ast
import re
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import typer

import wordgraft
from wordgraft.embeddings.vectors import WordVectors
from wordgraft.tasks.cli import app
from wordgraft.tasks.demo import languages as demo_transfer_languages
from wordgraft.tasks.demo import transfer as demo_transfer
from wordgraft.tasks.demo import transfer_news as demo_transfer_news
from wordgraft.tasks.demo import transfer_reviews as demo_transfer_reviews
from wordgraft.tasks.demo.transfer_row import TransferRow
from wordgraft.tasks.toys import transfer as toytransfer
from wordgraft.tasks.toys import world as toyworld

HOME = Path(wordgraft.__file__).parent
PAGES = Path(__file__).resolve().parents[1]
MADE = (demo_transfer_languages, demo_transfer_news, demo_transfer_reviews)


def row(**changed: Any) -> TransferRow:
    given: dict[str, Any] = {
        "kind": "Kind <1>", "setting": "inductive", "told": "What?", "measure": "accuracy",
        "without": 0.5, "without_by": "none", "reached": 0.75, "by": "some", "names": ("align",),
        "page": "docs/align.md", "section": "What it does",
    }  # fmt: skip
    return TransferRow(**(given | changed))


def written() -> list[dict[str, Any]]:
    """Return what is written in each call of ``TransferRow``, where it is a constant."""
    found: list[dict[str, Any]] = []
    for module in MADE:
        tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "TransferRow":
                given: dict[str, Any] = {}
                for keyword in node.keywords:
                    if keyword.arg in {"names", "command", "page", "section"}:
                        given[keyword.arg] = ast.literal_eval(keyword.value)
                found.append(given)
    return found


@pytest.mark.parametrize(
    ("without", "reached", "helps", "gain"),
    [
        (0.5, 0.75, True, "+25 points"),
        (0.5, 0.51, True, "+1 points"),
        (0.5, 0.509, False, "no gain (+0.9 points)"),
        (0.5, 0.4, False, "no gain (-10.0 points)"),
    ],
)
def test_a_gain_is_a_point_or_more(without: float, reached: float, helps: bool, gain: str) -> None:
    made = row(without=without, reached=reached)
    assert (made.helps, made.gain) == (helps, gain)


def test_fewer_seconds_are_better() -> None:
    assert row(without=2.0, reached=0.5, seconds=True).gain == "4.0 times as fast"
    assert row(without=2.0, reached=0.5, seconds=True).helps
    assert not row(without=0.5, reached=2.0, seconds=True).helps
    assert row(seconds=True).shown(0.125) == "0.12 s"


def test_the_page_and_the_text_say_what_gained_nothing() -> None:
    rows = (row(), row(kind="Other", reached=0.3, note="A <note>."))
    result = demo_transfer.TransferResult(rows, 1.0)
    page, printed = "".join(demo_transfer.html(result)), demo_transfer.text(result)
    for said in (unescape(page), printed):
        assert "1 of 2 kinds of transfer gain something here; no gain from other." in said
        assert "no gain (-20.0 points)" in said
        assert "+25 points" in said
    assert "Kind &lt;1&gt;" in page
    assert "A &lt;note&gt;." in page
    assert 'style="width:75.0%"' in page
    assert "docs/align.md, “What it does”" in page


def test_rows_name_classes_commands_and_sections_that_are_there() -> None:
    known = {"tasks.advise.run"}
    for path in HOME.rglob("*.py"):
        if path.relative_to(HOME).parts[0] in {"embeddings", "models", "tasks"}:
            source = path.read_text(encoding="utf-8")
            known |= set(re.findall(r"^(?:class|def) (\w+)", source, re.MULTILINE))
    found = written()
    assert len(found) == 16
    for one in found:
        assert set(one["names"]) <= known
        headings = (PAGES / one["page"]).read_text(encoding="utf-8").splitlines()
        assert f"## {one['section']}" in headings, one
        command: Any = typer.main.get_command(app)
        for word in one.get("command", "").split()[1:]:
            if word.startswith("--"):
                assert word in {option for param in command.params for option in param.opts}, one
            elif hasattr(command, "commands"):
                command = command.commands[word]


def test_the_other_language_has_a_word_for_each_word() -> None:
    words = {
        word for sentence in toyworld.sentences(20_000, plain=True) for word in sentence.split()
    }
    other = {toytransfer.translated(word) for word in words}
    assert len(other) == len(words)
    assert not other & words
    assert toytransfer.translated("The King, 12!") == "khao pembo, 12!"


def test_books_are_judged_as_films_are() -> None:
    assert toytransfer.as_books("what a dull film . the trailer was dull") == (
        "what a dull book . the cover was dull"
    )


def test_riddles_leave_out_one_person() -> None:
    attributes = toytransfer.person_attributes()
    assert np.array_equal(attributes["queen"] - attributes["king"], [*[0.0] * 18, 2.0])
    for one in toytransfer.riddles(50, seed=1):
        words = one.text.split()
        assert words.count(toytransfer.SOMEBODY) == 1
        assert not set(words) & set(attributes)
        assert one.person in attributes


def test_news_give_the_same_in_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"POOL": 60, "TESTED": 50, "DRAWS": 2, "ATOMS": 8, "PASSAGES": 40, "RIDDLES": 80,
             "FEW": 30, "AUXILIARY": 60, "PAIRS": 200}  # fmt: skip
    for name, value in small.items():
        monkeypatch.setattr(demo_transfer_news, name, value)
    words = sorted({w for s in toyworld.sentences(60_000, plain=True) for w in s.split()})
    numbers = np.random.default_rng(0).normal(size=(len(words), 20)).astype(np.float32)
    vectors = WordVectors(words, numbers, tokenizer={"name": "default"})
    clusters: Any = SimpleNamespace(documents=10, nmi=0.5, nmi_tfidf=0.4)
    first, second = (
        [make() for make in demo_transfer_news.rows(vectors, clusters, seed=2)] for _ in range(2)
    )
    assert first == second
    assert len(first) == 7
