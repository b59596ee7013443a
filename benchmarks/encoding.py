"""Speed of reading: text to numbers."""

from __future__ import annotations

import time
from pathlib import Path

from .records import Check, Measurement, median
from .workplace import Workplace, raw_file


def measure(place: Workplace, *, corpus: str, tokenizer: str, target: float) -> Measurement:
    """Measure ``encode``, the one pass from text to vocabulary and token file.

    Args:
        place: Where and how much.
        corpus: "wiki" or "imdb" for a file of tokens; "raw:wiki", "raw:enwiki" or "raw:imdb" for
            the data folder's own files, compressed as they are.
        tokenizer: "whitespace" or "default".
        target: Least million words/s.
    """
    from wordgraft import Corpus
    from wordgraft.embeddings.encoding import encode

    name = corpus.removeprefix("raw:")
    if corpus == name:
        path = place.corpus(name).path
    else:
        path = raw_file(name, place.scratch, limit=place.scale.records)

    def once() -> dict[str, float]:
        began, cpu = time.perf_counter(), time.process_time()
        encoded = encode(Corpus(path, tokenizer=tokenizer), place.scratch / "encoded")
        seconds = time.perf_counter() - began
        return {
            "seconds": seconds,
            "cpu_seconds": time.process_time() - cpu,
            "tokens_read": encoded.report.tokens_read,
            "tokens_kept": encoded.report.tokens_kept,
            "types": encoded.report.types_read,
            "words_per_second": encoded.report.tokens_read / seconds,
        }

    _warm_up(place.scratch, tokenizer)
    runs = [once() for _ in range(place.scale.repetitions)]
    speeds = tuple(run["words_per_second"] / 1e6 for run in runs)
    return Measurement(
        compared=(
            "words read per second by encode(): one pass from text to vocabulary and token file, "
            "unpacking, JSON and tokenising included; min_count 5; the median. A single process; "
            "files in the page cache"
        ),
        cache="warm",
        settings={"tokenizer": tokenizer, "min_count": 5},
        figures={"bytes_on_disk": _size(path), "runs": runs},
        checks=(
            Check(
                name="words/s",
                value=median(speeds),
                unit="M words/s",
                target=target,
                each=speeds,
            ),
        ),
    )


def _warm_up(scratch: Path, tokenizer: str) -> None:
    """Load or compile the kernels on a little text."""
    from wordgraft import Corpus
    from wordgraft.embeddings.encoding import encode

    little = scratch / "little.txt"
    little.write_text("to be, or not to be: that is the question\n" * 50, encoding="utf-8")
    encode(Corpus(little, tokenizer=tokenizer), scratch / "encoded")


def _size(path: Path) -> int:
    files = [path] if path.is_file() else list(path.iterdir())
    return sum(file.stat().st_size for file in files)
