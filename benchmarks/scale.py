"""How much is measured: all of it, or just enough to see that the benchmark runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes of the benchmarks.

    Attributes:
        quick: Whether this is the small one, whose numbers mean nothing.
        tokens: Tokens of each corpus; ``None`` for all.
        records: Records of each raw corpus; ``None`` for all.
        repetitions: Of timed pairs.
        peer_seconds: How long one timed training of gensim should take.
        epochs: Where whole trainings are compared.
        seeds: Of trainings whose quality is compared.
        text_bytes: Size of the toy world's text in the memory benchmark.
        opening_words: Rows of the file that is opened.
        opening_size: Numbers per row.
        opening_processes: Fresh processes that open it.
        demo_words: Size of the demonstration's text; ``None`` for its default.
    """

    quick: bool
    tokens: int | None
    records: int | None
    repetitions: int
    peer_seconds: float
    epochs: int
    seeds: tuple[int, ...]
    text_bytes: int
    opening_words: int
    opening_size: int
    opening_processes: int
    demo_words: int | None


FULL = Scale(
    quick=False,
    tokens=None,
    records=None,
    repetitions=3,
    peer_seconds=9.5,
    epochs=5,
    seeds=(1, 2, 3),
    text_bytes=2_000_000_000,
    opening_words=400_000,
    opening_size=300,
    opening_processes=5,
    demo_words=None,
)
QUICK = Scale(
    quick=True,
    tokens=150_000,
    records=300,
    repetitions=1,
    peer_seconds=0.2,
    epochs=1,
    seeds=(1, 2),
    text_bytes=4_000_000,
    opening_words=5_000,
    opening_size=30,
    opening_processes=1,
    demo_words=60_000,
)
