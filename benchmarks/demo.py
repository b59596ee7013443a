"""``wordgraft demo``: analogies of the toy world, and how long the command takes."""

from __future__ import annotations

from typing import Any

from .commands import run, wordgraft
from .records import Check, Measurement, median
from .workplace import Workplace

TIMEOUT = 600.0


def measure(place: Workplace) -> Measurement:
    """Run the command with each seed; the lowest score counts."""
    size = place.scale.demo_words
    options = [] if size is None else ["--words", str(size)]
    runs: list[dict[str, Any]] = []
    for turn, seed in enumerate((place.scale.seeds[0], *place.scale.seeds)):
        done = run(
            wordgraft("demo", "--output", place.scratch / "demo.html", "--seed", str(seed),
                      "--workers", "2", "--json", *options),
            timeout=TIMEOUT,
            environment=place.environment,
            folder=place.scratch,
        )  # fmt: skip
        if turn == 0:  # it compiled the kernels, perhaps
            continue
        told = done.json()
        total = told["analogies"]["total"]
        runs.append(
            {
                "seed": seed,
                "seconds": done.seconds,
                "correct": total["correct"],
                "asked": total["asked"],
                "skipped": total["skipped_oov"],
                "share": total["correct"] / total["asked"],
                "answer": told["answers"][0]["word"],
                "training_seconds": told["training"]["seconds"],
                "sections": {
                    section["name"]: section["correct"] / max(1, section["asked"])
                    for section in told["analogies"]["sections"]
                },
            }
        )
    shares = tuple(100 * run["share"] for run in runs)
    times = tuple(run["seconds"] for run in runs)
    return Measurement(
        compared=(
            "the command `wordgraft demo`, its default text of the toy world, two workers: share "
            "of the world's analogies answered right among all words, the lowest of the seeds "
            f"{', '.join(map(str, place.scale.seeds))}; wall clock of the process, the median"
        ),
        cache="warm",
        settings={"words": size or "default", "workers": 2},
        figures={"runs": runs},
        checks=(
            Check(name="analogies", value=min(shares), unit="%", target=95.0, each=shares),
            Check(name="wall clock", value=median(times), unit="s", each=times),
        ),
    )
