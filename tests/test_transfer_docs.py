"""docs/transfer.md names classes, functions and commands that are there."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest
import typer

import wordgraft
from wordgraft.tasks.cli import app

HOME = Path(wordgraft.__file__).parent
"""The package as it is tested: the checkout, or the installed wheel."""
PAGE = Path(__file__).resolve().parents[1] / "docs" / "transfer.md"


def rows() -> list[list[str]]:
    part = PAGE.read_text(encoding="utf-8").split("## Every method")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


@functools.cache
def defined() -> set[str]:
    found = {"tasks.advise.run"}
    for floor in ("embeddings", "models", "tasks"):
        for path in (HOME / floor).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
                    found.add(node.name)
    return found


@functools.cache
def group() -> object:
    return typer.main.get_command(app)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:40])
def test_classes_and_commands_of_the_table_are_there(row: list[str]) -> None:
    _, names, commands = row
    known = defined()
    for name in re.findall(r"`([\w.]+)(?:\([^`]*\))?`", names):
        assert name in known or name.rpartition(".")[0] in known, name
    for said in re.findall(r"`([^`]+)`", commands):
        command = group()
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
