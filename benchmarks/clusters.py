"""Very many documents in clusters: memory and time of the command; and categories of words."""

from __future__ import annotations

import csv
from pathlib import Path

from . import commands
from .records import Check, Measurement
from .sentiment import trained_vectors
from .workplace import Workplace, data_file

DOCUMENTS, QUICK_DOCUMENTS = 1_000_000, 4_000
CLUSTERS, SIZE = 100, 300
VECTOR_WORDS = 1_500_000
SETS = {"ap": "AP", "battig": "Battig", "essli-2008": "ESSLLI 2008"}
BAR_MB = 4000.0
TIMEOUT = 7200.0


def million(place: Workplace, *, documents: int = DOCUMENTS) -> Measurement:
    """Cluster sentences of the toy world, a million of them, with ``wordgraft cluster``.

    Args:
        place: Where and how much.
        documents: How many.
    """
    from wordgraft.tasks.toys import world as toyworld

    quick = place.scale.quick
    count = min(documents, QUICK_DOCUMENTS) if quick else documents
    text, docs = place.scratch / "world.txt", place.scratch / "docs.txt"
    vectors, output = place.scratch / "vectors.safetensors", place.scratch / "clusters"
    toyworld.write_corpus(text, words=20_000 if quick else VECTOR_WORDS, seed=1)
    _write(docs, count)
    commands.run(
        commands.wordgraft("train", text, "-o", vectors, "--vector-size", str(SIZE)),
        timeout=TIMEOUT,
        environment=place.environment,
        folder=place.scratch,
    )
    done = commands.run(
        commands.wordgraft(
            "cluster", docs, "--vectors", vectors, "-k", str(CLUSTERS), "-o", output, "--json"
        ),
        timeout=TIMEOUT,
        environment=place.environment,
        folder=place.scratch,
        watch_memory=True,
    )
    told = done.json()
    return Measurement(
        compared=(
            f"the process `wordgraft cluster -k {CLUSTERS}` on {count:,} sentences of the toy "
            f"world, a document each ({docs.stat().st_size / 1e6:.0f} MB), on its vectors with "
            f"D={SIZE}, the default recipe and method (mini-batches): highest anonymous memory "
            "and wall clock, reading, page and assignments included"
        ),
        cache="warm",
        settings={"k": CLUSTERS, "vector_size": SIZE},
        figures={
            "documents": count,
            "method": told["method"],
            "clusters": len(told["clusters"]),
            "silhouette": told["silhouette"],
            "peak_anonymous_bytes": done.peak_anonymous,
            "peak_mapped_file_bytes": done.peak_file,
            "cpu_seconds": done.cpu_seconds,
        },
        checks=(
            Check(name="peak memory", value=done.peak_anonymous / 1e6, unit="MB", target=BAR_MB,
                  at_least=False),
            Check(name="time", value=done.seconds, unit="s"),
        ),
    )  # fmt: skip


def categories(place: Workplace) -> Measurement:
    """Divide the words of categorisation sets: purity on general vectors."""
    from wordgraft.models.clusters.categorisation import evaluate_categories

    vectors = trained_vectors(place, "wiki")
    found = {title: evaluate_categories(vectors, _set(place, name)) for name, title in SETS.items()}
    return Measurement(
        compared=(
            "purity of k-means on the words of a categorisation set, as many clusters as "
            "categories, the best of ten starts, on general vectors (wiki, D=300); words without a "
            "vector or of several categories left out"
        ),
        cache="not used",
        figures={
            title: {
                "nmi": one.nmi, "words": one.words, "covered": one.covered,
                "categories": one.categories,
            }
            for title, one in found.items()
        },
        checks=tuple(
            Check(name=title, value=one.purity, unit="score") for title, one in found.items()
        ),
    )  # fmt: skip


def _write(path: Path, count: int) -> None:
    from wordgraft.tasks.toys import world as toyworld

    # A sentence has less than 16 words; what isn't needed is never made.
    said = toyworld.sentences(16 * count, seed=2)
    with path.open("w", encoding="utf-8") as file:
        for _ in range(count):
            file.write(next(said) + "\n")


def _set(place: Workplace, name: str) -> Path:
    """Return a set as lines of word and category; a row of the data without a word is no word."""
    path = place.scratch / f"{name}.tsv"
    with (
        data_file(f"categorization/{name}.csv").open(encoding="utf-8", newline="") as source,
        path.open("w", encoding="utf-8") as file,
    ):
        for row in csv.DictReader(source):
            if row["word"]:
                file.write(f"{row['word']}\t{row['category']}\n")
    return path
