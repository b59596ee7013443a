"""docs/transfer.md names classes, functions and commands that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import typer

from wordgraft.tasks.cli import app

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "transfer.md"

if not PAGE.exists():
    pytest.skip(
        "tests run against the installed wheel; the checkout has this test",
        allow_module_level=True,
    )


def rows() -> list[list[str]]:
    part = PAGE.read_text(encoding="utf-8").split("## Every method")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def defined() -> set[str]:
    found = {"tasks.advise"}
    for floor in ("embeddings", "models", "tasks"):
        for path in (ROOT / floor).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
                    found.add(node.name)
    return found


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:40])
def test_classes_and_commands_of_the_table_are_there(row: list[str]) -> None:
    _, names, commands = row
    known = defined()
    for name in re.findall(r"`([\w.]+)(?:\([^`]*\))?`", names):
        assert name in known or name.rpartition(".")[0] in known, name
    group = typer.main.get_command(app)
    for said in re.findall(r"`([^`]+)`", commands):
        command: object = group
        for word in said.split():
            if word.startswith("--"):
                options = {o for p in command.params for o in p.opts}  # type: ignore[attr-defined]
                assert word in options, said
                break
            inside = getattr(command, "commands", {})
            if not inside:
                break
            assert word in inside, said
            command = inside[word]
