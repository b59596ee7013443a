"""How alike sentences are: every method on the STS Benchmark, in one run.

The method was chosen on the training and development parts (docs/similarity.md says what was
tried); the test part was scored only afterwards.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from .records import Check, Measurement
from .sentiment import trained_vectors
from .workplace import Workplace, data_file

DEFAULT = "align"
METHODS = (DEFAULT, "overlap", "mean", "idf", "sif", "usif", "max", "power")
TITLES = {"overlap": "words alone, without vectors"}
QUICK_PAIRS = 60


def measure(place: Workplace) -> Measurement:
    """Score every method on the test and the development part."""
    from wordgraft import evaluate_sts

    vectors = trained_vectors(place, "wiki")
    found = {
        part: {
            method: evaluate_sts(vectors, _file(place, part), method=method, tokenizer="default")
            for method in METHODS
        }
        for part in ("dev", "test")
    }
    ours = found["test"][DEFAULT]
    return Measurement(
        compared=(
            f"Pearson correlation of similarity with people's ratings of the {ours.pairs:,} pairs "
            "of STS Benchmark's test part; text_similarity on general vectors (wiki, D=300), with "
            "every method; the default was chosen on the training and development parts"
        ),
        cache="warm",
        figures={
            part: {
                method: {"pearson": report.pearson, "spearman": report.spearman}
                for method, report in reports.items()
            }
            for part, reports in found.items()
        },
        checks=(
            Check(name="word by word (the default)", value=ours.pearson or 0.0, unit="score",
                  target=0.64),
            *(
                Check(name=TITLES.get(method, method), unit="score",
                      value=found["test"][method].pearson or 0.0)
                for method in METHODS[1:]
            ),
            *(
                Check(name=f"{TITLES.get(method, method)}, Spearman", unit="score",
                      value=found["test"][method].spearman or 0.0)
                for method in METHODS
            ),
        ),
    )  # fmt: skip


def _file(place: Workplace, part: str) -> Path:
    path = data_file(f"sts/sts-{part}.csv.gz")
    if not place.scale.quick:
        return path
    some = place.scratch / f"sts-{part}.tsv"
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        some.write_text("".join(line for _, line in zip(range(QUICK_PAIRS), file, strict=False)))
    return some
