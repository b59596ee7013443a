"""Ten heads on features of a fitted network: kept on disk, against computed for every head."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from .records import Check, Measurement, median
from .sentiment import balanced, imdb_reviews, trained_vectors
from .workplace import Workplace

TEXTS, HEADS, LEARNT = 2000, 10, 500


def measure(place: Workplace) -> Measurement:
    """Fit ten heads on the same reviews, with and without a cache, in turns."""
    from wordgraft import TextClassifier
    from wordgraft.models.bottleneck import BottleneckClassifier
    from wordgraft.models.feature_cache import FeatureCache

    train, _ = imdb_reviews(place)
    quick = place.scale.quick
    some = train.take(balanced(train.labels, 100 if quick else TEXTS, seed=0))
    learnt = train.take(balanced(train.labels, 60 if quick else LEARNT, seed=1))
    model = TextClassifier(trained_vectors(place, "imdb"), embeddings="frozen", epochs=1, seed=0)
    model.fit(learnt.texts, learnt.labels)
    tasks = _tasks(some.texts)

    def heads(cache: Any) -> float:
        began = time.perf_counter()
        for labels in tasks:
            BottleneckClassifier(model, cache=cache).fit(some.texts, labels)
        return time.perf_counter() - began

    kept: list[float] = []
    anew: list[float] = []
    for turn in range(place.scale.repetitions):
        cache = FeatureCache(place.scratch / f"features-{turn}")
        kept.append(heads(cache))  # the first head computes, nine find
        assert (cache.report.computed, cache.report.kept) == (1, HEADS - 1)
        anew.append(heads(None))
    ratios = [b / a for a, b in zip(kept, anew, strict=True)]
    return Measurement(
        compared=(
            f"time of {HEADS} logistic regressions, each for other labels, on what a frozen GRU of "
            f"96 sees of {len(some):,} reviews of IMDB: with an empty FeatureCache, which the "
            "first one fills, over computing the features for each"
        ),
        cache="warm",
        figures={"kept": kept, "anew": anew},
        checks=(
            Check(name="recomputing over cached", value=median(ratios), unit="x", target=5.0,
                  ours=median(kept), peer=median(anew), sides="s", each=tuple(ratios)),
        ),
    )  # fmt: skip


def _tasks(texts: tuple[str, ...]) -> list[np.ndarray]:
    """Return labels of ten questions about the same texts: which words stand in them."""
    words = ("love", "worst", "acting", "plot", "music", "book", "funny", "boring", "war", "old")
    lower = [text.lower() for text in texts]
    found = [np.array([int(word in text) for text in lower]) for word in words]
    for labels in found:
        labels[0], labels[1] = 0, 1  # both classes, however few texts
    return found
