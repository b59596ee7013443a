"""Episodes: how well classes are told apart from k examples each, over many draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...embeddings.errors import ConfigurationError, LabelledDataError
from ..targets import classes_of
from .few_shot import PrototypeClassifier


@dataclass(frozen=True, eq=False)
class Episode:
    """One draw.

    Attributes:
        support: int64[ways * shots], rows to learn from.
        query: int64[m], other rows of the same classes, to be told.
    """

    support: NDArray[np.int64]
    query: NDArray[np.int64]


@dataclass(frozen=True)
class EpisodeScores:
    """What came of many episodes.

    Attributes:
        ways: Classes in an episode.
        shots: Examples of each.
        accuracies: One for each episode.
    """

    ways: int
    shots: int
    accuracies: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean accuracy."""
        return float(np.mean(self.accuracies))

    @property
    def interval(self) -> float:
        """Half the width of the 95% confidence interval of the mean, ``t sd / sqrt(episodes)``."""
        from scipy.stats import t

        n = len(self.accuracies)
        if n < 2:
            return float("nan")
        return float(t.ppf(0.975, n - 1) * np.std(self.accuracies, ddof=1) / np.sqrt(n))

    def __str__(self) -> str:
        return (
            f"{self.ways}-way {self.shots}-shot: {self.mean:.4f} ± {self.interval:.4f} "
            f"({len(self.accuracies)} episodes)"
        )


def draw_episodes(
    y: Any, *, shots: int, ways: int | None = None, queries: int = 15, episodes: int, seed: int
) -> Iterator[Episode]:
    """Yield episodes: some classes, k rows of each to learn from, others to be told.

    Args:
        y: N classes.
        shots: k.
        ways: Classes of an episode; ``None`` for all.
        queries: Rows of each class to be told, at most.
        episodes: How many.
        seed: Same seed, same episodes.

    Raises:
        ConfigurationError: A number is below 1 (``ways``: 2).
        LabelledDataError: There are fewer classes, or a class has no row beyond its k; says which.
    """
    problems = [
        f"{name}: expected a whole number from {least}, found {value!r}"
        for name, value, least in (
            ("shots", shots, 1), ("ways", 2 if ways is None else ways, 2), ("queries", queries, 1),
            ("episodes", episodes, 1), ("seed", seed, 0),
        )
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least
    ]  # fmt: skip
    if problems:
        raise ConfigurationError(*problems)
    found = classes_of(y)
    count = len(found.classes)
    if ways is not None and ways > count:
        raise LabelledDataError(f"expected {ways} classes or more, found {count}")
    sizes = np.bincount(found.numbers, minlength=count)
    if (sizes <= shots).any():
        small = [f"{found.classes[i]!s} ({sizes[i]})" for i in np.flatnonzero(sizes <= shots)[:5]]
        raise LabelledDataError(
            f"expected {shots + 1} texts or more of each class for {shots} shots and one to be "
            f"told, found fewer of {', '.join(small)}"
        )
    return _drawn(found.numbers, count, shots, ways or count, queries, episodes, seed)


def evaluate_episodes(
    X: Any,
    y: Any,
    *,
    shots: int,
    ways: int | None = None,
    queries: int = 15,
    episodes: int = 100,
    seed: int = 0,
    make: Callable[[], Any] = PrototypeClassifier,
) -> EpisodeScores:
    """Return accuracies of a classifier over episodes.

    Args:
        X: float[N, W], dense or sparse.
        y: N classes.
        shots: As :func:`draw_episodes` has it, and the others.
        ways: As there.
        queries: As there.
        episodes: As there.
        seed: As there.
        make: Makes an unfitted classifier.

    Source: Vinyals et al. 2016 (arXiv:1606.04080) for episodes.
    """
    labels = np.asarray(y)
    accuracies: list[float] = []
    drawn = draw_episodes(
        labels, shots=shots, ways=ways, queries=queries, episodes=episodes, seed=seed
    )
    classes = len(np.unique(labels)) if ways is None else ways
    for one in drawn:
        model = make().fit(X[one.support], labels[one.support])
        accuracies.append(float((model.predict(X[one.query]) == labels[one.query]).mean()))
    return EpisodeScores(classes, shots, tuple(accuracies))


def _drawn(
    numbers: NDArray[np.int64],
    count: int,
    shots: int,
    ways: int,
    queries: int,
    episodes: int,
    seed: int,
) -> Iterator[Episode]:
    rows = [np.flatnonzero(numbers == number) for number in range(count)]
    for episode in range(episodes):
        rng = np.random.default_rng([seed, episode])
        chosen = np.sort(rng.choice(count, ways, replace=False))
        orders = [rng.permutation(rows[number])[: shots + queries] for number in chosen.tolist()]
        yield Episode(
            np.concatenate([order[:shots] for order in orders]),
            np.concatenate([order[shots:] for order in orders]),
        )
