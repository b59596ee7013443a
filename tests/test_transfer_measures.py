"""What is measured before a transfer: LogME, the distance of domains, words that are shared."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from wordgraft.embeddings.errors import LabelledDataError
from wordgraft.models.transfer_measures import (
    Evidence,
    guessed_right,
    proxy_distance,
    word_overlap,
)


def rows_of(count: int, width: int, *, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)


@pytest.mark.parametrize(("count", "width"), [(40, 6), (12, 30)])
def test_the_evidence_is_the_greatest_density_of_the_labels(count: int, width: int) -> None:
    """Marginal of y under w ~ N(0, 1/alpha), y ~ N(F w, 1/beta), maximised by another program."""
    rows = rows_of(count, width)
    classes = (rows[:, 0] + 0.5 * rows_of(count, 1, seed=1)[:, 0] > 0).astype(np.int64)

    def best(target: NDArray[np.float64]) -> float:
        def cost(logs: NDArray[np.float64]) -> float:
            alpha, beta = np.exp(logs)
            spread = rows.astype(np.float64) @ rows.T / alpha + np.eye(count) / beta
            return -float(multivariate_normal.logpdf(target, np.zeros(count), spread)) / count

        return -min(minimize(cost, start, method="Nelder-Mead").fun for start in ([0, 0], [3, 3]))

    wanted = np.mean([best((classes == one).astype(np.float64)) for one in (0, 1)])
    assert Evidence(rows).of(classes) == pytest.approx(wanted, abs=2e-3)


def test_features_that_say_more_have_more_evidence() -> None:
    classes = np.arange(90) % 3
    noise = rows_of(90, 5)
    known = noise + 2.0 * np.eye(5, dtype=np.float32)[classes]
    little = noise + 0.5 * np.eye(5, dtype=np.float32)[classes]
    scores = [Evidence(rows).of(classes) for rows in (noise, little, known)]
    assert scores == sorted(scores)
    shuffled = np.random.default_rng(0).permutation(classes)
    assert Evidence(known).of(shuffled) < scores[2] - 0.2


def test_evidence_of_one_class_is_refused() -> None:
    with pytest.raises(LabelledDataError, match="two classes at least, found 4 of 1"):
        Evidence(rows_of(4, 2)).of(np.zeros(4, np.int64))
    with pytest.raises(LabelledDataError, match="two rows at least, found 1"):
        Evidence(rows_of(1, 2))


def test_domains_that_are_the_same_or_far_apart() -> None:
    here, there = rows_of(200, 4), rows_of(150, 4, seed=1)
    assert proxy_distance(here, there) <= 0.3
    assert proxy_distance(here, there + 9) == 2.0
    shifted = there.copy()
    shifted[:, 0] += 2  # a line errs on Phi(-1) = 15.9 % of them
    assert proxy_distance(here, shifted) == pytest.approx(2 - 4 * 0.159, abs=0.2)
    with pytest.raises(LabelledDataError, match="10 texts of each, found 9 and 150"):
        proxy_distance(here[:9], there)


def test_guesses_in_folds() -> None:
    classes = np.arange(60) % 2
    rows = rows_of(60, 3)
    assert guessed_right(rows, classes, strength=30.0) < 0.75
    rows[:, 1] += 5 * classes
    assert guessed_right(rows, classes, strength=30.0) >= 0.95
    classes[0] = 2
    assert np.isnan(guessed_right(rows, classes, strength=30.0))


def test_words_that_are_shared() -> None:
    found = word_overlap({"a": 6, "b": 2, "zzz": 2}, {"a": 60, "b": 40})
    assert (found.tokens, found.types) == (10, 3)
    assert found.covered_tokens == 0.8
    assert found.covered_types == pytest.approx(2 / 3)
    assert np.isnan(word_overlap({"a": 1}, {"a", "b"}).likeness)
    with pytest.raises(LabelledDataError, match="texts with words"):
        word_overlap({}, {"a": 1})


def test_likeness_is_one_for_a_sample_of_the_same_corpus_however_small() -> None:
    rng = np.random.default_rng(0)
    corpus = {f"w{i}": int(100_000 / (i + 1)) for i in range(2000)}
    shares = np.array(list(corpus.values())) / sum(corpus.values())
    for size in (300, 3000, 30_000):
        counts = rng.multinomial(size, shares)
        own = {word: int(n) for word, n in zip(corpus, counts, strict=True) if n}
        assert word_overlap(own, corpus).likeness == pytest.approx(1.0, abs=0.08)
        turned = {word: int(n) for word, n in zip(reversed(corpus), counts, strict=True) if n}
        assert word_overlap(turned, corpus).likeness < 0.5
