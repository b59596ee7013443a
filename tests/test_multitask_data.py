"""Texts of several tasks: named, read, held out; and what should be known of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from wordgraft.tasks.multitask import data as multitask_data
from wordgraft.tasks.multitask.data import named
from wordgraft.tasks.reading.data_options import DataOptions


def test_texts_that_are_tested_on_and_learnt_from_are_told(tmp_path: Path) -> None:
    sources = {name: str(tmp_path / f"{name}.csv") for name in ("mood", "topic")}
    for name, path in sources.items():
        rows = [f"{name} {n},{'ab'[n % 2]}\n" for n in range(100)]
        Path(path).write_text("text,label\n" + "".join(rows))
    mood, topic = multitask_data.read_tasks(
        sources,
        {"mood": sources["mood"]},
        data=DataOptions(),
        split=None,
        seed=0,
        problems=[],
    )
    other = replace(topic, test=mood.train)
    notes = multitask_data.leak_notes([mood, other])
    assert notes[0].startswith("mood: 100 test texts (100.00%) stand in the training part too")
    assert notes[-1].startswith("topic: 100 of its test texts are training texts of another task")


def test_names_and_values() -> None:
    problems: list[str] = []
    given = ["a=x=y", " b = z ", "c=", "=d", "a=1"]
    assert named("--task", given, value="DATA", problems=problems) == {"a": "x=y", "b": "z"}
    assert len(problems) == 3
