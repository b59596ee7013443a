"""Whether advice is right: ten cases in which all four ways are tried and held against it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .advice_cases import CASES, Case, parts
from .records import Check, Measurement, mean, read_json, write_json
from .sentiment import trained_vectors
from .workplace import Workplace

WAYS = ("frozen", "tuned", "staged", "scratch")
WITHIN = 0.01
"""Accuracy that a choice may stay behind the best way and still be right."""
TRAININGS = 2
"""How many of the seeds: all ways on all cases take the better part of an hour for each."""
SHARED: dict[str, Any] = {"tokenizer": "default", "max_length": 200}
"""Settings of every classifier: the budget is small, for it is spent forty times a seed."""


def measure(place: Workplace) -> Measurement:
    """Try all ways on all cases; count how often the advice, and "always staged", were right."""
    figures: dict[str, Any] = {}
    for case in CASES[:2] if place.scale.quick else CASES:
        figures[case.name] = judged(place, case, place.scale.seeds[:TRAININGS])
    right = [float(one["right"]) for one in figures.values()]
    always = [float(one["staged_right"]) for one in figures.values()]
    behind = [one["best"] - one["accuracies"][one["advised"]] for one in figures.values()]
    return Measurement(
        compared=(
            f"cases of {len(figures)} in which the way that wordgraft advise recommends, from the "
            "training texts and the vectors alone, stays within a point of the best of frozen, "
            f"tuned, staged and scratch on held-out texts, mean of {TRAININGS} seeds; "
            "against always staged. TextClassifier() but for max_length=200"
        ),
        cache="warm",
        figures=figures,
        checks=(
            Check(name="advice right", value=sum(right), unit="cases", target=8.0,
                  ours=sum(right), peer=sum(always), sides="cases", each=tuple(right)),
            Check(name="over always staged", value=sum(right) - sum(always), unit="cases",
                  target=1.0, each=tuple(a - b for a, b in zip(right, always, strict=True))),
            Check(name="behind the best", value=mean(behind), unit="difference",
                  each=tuple(behind)),
        ),
    )  # fmt: skip


def judged(place: Workplace, case: Case, seeds: Sequence[int]) -> dict[str, Any]:
    """Return what each way reached in a case, what was advised, and whether it was right."""
    grafts = trained_vectors(place, case.vectors)
    each = [_kept(place, case, seed, grafts) for seed in seeds]
    means = {way: mean([one["accuracies"][way] for one in each]) for way in WAYS}
    best = max(means.values())
    # Each draw is advised by itself; the advice of a case is the one most of them got.
    told = [one["advised"] for one in each]
    advised = max(dict.fromkeys(told), key=told.count)
    return {
        "advised": advised,
        "advised_each": told,
        "accuracies": means,
        "best": best,
        "right": means[advised] >= best - WITHIN,
        "staged_right": means["staged"] >= best - WITHIN,
        "measures": each[0]["measures"],
        "seeds": each,
    }


def tried(case: Case, seed: int, grafts: Any, **more: Any) -> dict[str, Any]:
    """Advise on a draw of a case and try all ways on it.

    Args:
        case: Which.
        seed: Of the draw and of the training.
        grafts: Vectors.
        more: Further settings of the classifiers.
    """
    from dataclasses import asdict

    from wordgraft import TextClassifier
    from wordgraft.tasks.advise.measuring import measure as measured
    from wordgraft.tasks.advise.rule import recommend
    from wordgraft.tasks.classify.draws import draw
    from wordgraft.tasks.reading.labelled import LabelledReport, LabelledTexts

    found = parts(case.data)
    classes = int(found.labels.max()) + 1
    rows = draw(found.labels, min(case.labels, len(found.labels)), classes=classes, seed=seed)
    texts, labels = tuple(found.texts[i] for i in rows), found.labels[rows]
    names = tuple(map(str, range(classes)))
    read = LabelledReport(len(rows), 0, 0, 0, 0, {}, (), (), ())
    data = LabelledTexts(texts, labels, names, case.name, "classes", rows + 1, read)
    advice = recommend(measured(data, grafts, tokenizer=SHARED["tokenizer"], seed=seed))
    accuracies: dict[str, float] = {}
    for way in WAYS:
        settings: dict[str, Any] = {**SHARED, **more, "embeddings": way, "seed": seed}
        model = TextClassifier(grafts, **settings).fit(texts, labels)
        accuracies[way] = float((model.predict(found.test_texts) == found.test_labels).mean())
    return {
        "advised": advice.way,
        "accuracies": accuracies,
        "measures": asdict(advice.measures),
        "test_texts": len(found.test_texts),
    }


def _kept(place: Workplace, case: Case, seed: int, grafts: Any) -> dict[str, Any]:
    key = {"seed": seed, "sources": place.state(), "quick": place.scale.quick}
    path = place.kept(f"advice-{case.name}", key)
    found = read_json(path)
    if found is None:
        quick = {"epochs": 1, "max_length": 30} if place.scale.quick else {}
        found = tried(case, seed, grafts, **quick)
        found["measures"] = {
            name: None if isinstance(value, float) and not np.isfinite(value) else value
            for name, value in found["measures"].items()
        }
        write_json(path, found)
        print(f"{case.name}, seed {seed}: {found['advised']}, {found['accuracies']}", flush=True)
    return found
