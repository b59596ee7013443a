"""Several tasks learnt by one network, each against a network of its own."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .advice_cases import parts
from .domains import reviews
from .records import Check, Measurement, deviation, mean, read_json, write_json
from .sentiment import trained_vectors
from .workplace import Workplace

LABELS = 200
"""Of each task, where all have few; as many of each class."""
SMALL, LARGE = 100, 2000
SHARED: dict[str, Any] = {"tokenizer": "default", "max_length": 200}
"""Settings of every network: the budget is small, as it is for advice."""
AMAZON = ("books", "dvd")
TASKS = ("imdb", "sst2", "books", "agnews", "bbc")


@dataclass(frozen=True)
class Task:
    """Labelled texts to learn from, and others to test on."""

    texts: list[str]
    labels: np.ndarray
    test_texts: tuple[str, ...]
    test_labels: np.ndarray


def few_labels(place: Workplace) -> Measurement:
    """Learn five tasks of few labels, praise and topics, together and each alone."""
    return _measured(
        place, "few-labels", dict.fromkeys(TASKS, LABELS), TASKS,
        compared=(
            f"accuracy of five tasks of {LABELS} labels each (praise of films, of sentences about "
            "films, of books; topics of AG News and of BBC News), learnt by one network with a "
            "head for each, against a network for each"
        ),
    )  # fmt: skip


def beside_large(place: Workplace) -> Measurement:
    """Learn a task of few labels beside larger ones of its kind, and alone."""
    sizes = {"books": SMALL, "dvd": LARGE, "imdb": LARGE, "sst2": LARGE}
    return _measured(
        place, "beside-large", sizes, ("books",), balance=True,
        compared=(
            f"accuracy of praise of books learnt from {SMALL} labels beside {LARGE:,} each of DVDs "
            "on Amazon, of films on IMDB and of sentences about films, by one network with a head "
            "for each task, against a network for books alone; tasks met as they come (together: "
            "temperature 1), and all as often (infinity)"
        ),
    )  # fmt: skip


def _measured(
    place: Workplace,
    row: str,
    sizes: Mapping[str, int],
    judged: Sequence[str],
    *,
    compared: str,
    balance: bool = False,
) -> Measurement:
    """Compare together with alone over the seeds, task by task."""
    found = [_kept(place, row, sizes, judged, seed, balance=balance) for seed in place.scale.seeds]
    ways = ("together", *(("as often",) if balance else ()))
    checks: list[Check] = []
    for way in ways:
        gains = {task: [one[way][task] - one["alone"][task] for one in found] for task in judged}
        each = [mean([gains[task][i] for task in judged]) for i in range(len(found))]
        checks += [
            Check(name=f"{task}, {way}", value=mean(gains[task]), unit="difference",
                  ours=mean([one[way][task] for one in found]),
                  peer=mean([one["alone"][task] for one in found]), sides="accuracy",
                  each=tuple(gains[task]))
            for task in judged
        ]  # fmt: skip
        if len(judged) > 1:
            checks.append(
                Check(name=f"mean of the tasks, {way}", value=mean(each), unit="difference",
                      each=tuple(each))
            )  # fmt: skip
    return Measurement(
        compared=f"{compared}; vectors of wiki; mean of {len(found)} draws",
        cache="not used",
        settings={"labels": dict(sizes), **SHARED},
        figures={
            "runs": found,
            "deviation": {c.name: deviation(list(c.each)) for c in checks},
        },
        checks=tuple(checks),
    )


def _kept(
    place: Workplace,
    row: str,
    sizes: Mapping[str, int],
    judged: Sequence[str],
    seed: int,
    *,
    balance: bool,
) -> dict[str, Any]:
    key = {"seed": seed, "sources": place.state(), "quick": place.scale.quick, "row": row}
    path = place.kept(f"tasks-{row}", key)
    found = read_json(path)
    if found is None:
        found = _run(place, sizes, judged, seed, balance=balance)
        write_json(path, found)
        print(f"{row}, seed {seed}: {found}", flush=True)
    return found


def _run(
    place: Workplace,
    sizes: Mapping[str, int],
    judged: Sequence[str],
    seed: int,
    *,
    balance: bool,
) -> dict[str, Any]:
    """Return accuracies by way and task, and what they took."""
    from wordgraft import MultiTaskClassifier, TextClassifier, joined_tasks

    grafts = trained_vectors(place, "wiki")
    quick: dict[str, Any] = {"epochs": 1, "max_length": 30} if place.scale.quick else {}
    settings = {**SHARED, **quick, "seed": seed}
    tasks = {name: _task(name, size, seed, place) for name, size in sizes.items()}
    ways: dict[str, dict[str, float]] = {"alone": {}, "seconds": {}}
    began = time.perf_counter()
    for name in judged:
        task = tasks[name]
        model = TextClassifier(grafts, **settings).fit(task.texts, task.labels)
        ways["alone"][name] = float((model.predict(task.test_texts) == task.test_labels).mean())
    ways["seconds"]["alone"] = time.perf_counter() - began
    joined = joined_tasks({name: (task.texts, task.labels) for name, task in tasks.items()})
    for way, temperature in (("together", 1.0), *((("as often", np.inf),) if balance else ())):
        began = time.perf_counter()
        both = MultiTaskClassifier(grafts, temperature=temperature, **settings).fit(*joined)
        ways[way] = {
            name: both.score(tasks[name].test_texts, {name: tasks[name].test_labels})
            for name in judged
        }
        ways["seconds"][way] = time.perf_counter() - began
    return ways


def _task(name: str, size: int, seed: int, place: Workplace) -> Task:
    """Return a balanced draw of a task, and all its test texts."""
    from wordgraft.tasks.classify.draws import draw

    if name in AMAZON:
        texts, labels = reviews(name, place)
        order = np.random.default_rng(0).permutation(len(texts))
        held = order[: len(texts) * 4 // 5 if size < LARGE else 0]
        left = order[len(held) :]
        test_texts, test_labels = tuple(texts[i] for i in held), labels[held]
        texts, labels = [texts[i] for i in left], labels[left]
    else:
        found = parts(name)
        texts, labels = list(found.texts), found.labels
        test_texts, test_labels = found.test_texts, found.test_labels
    size = 40 if place.scale.quick else size
    classes = int(labels.max()) + 1
    rows = draw(labels, min(size, len(labels)), classes=classes, seed=seed)
    return Task([texts[i] for i in rows], labels[rows], test_texts, test_labels)
