"""The temperature: the best of a fine grid, and what it does to a classifier."""

from __future__ import annotations

import numpy as np
import pytest

from reference.toy_texts import small, vectors
from wordgraft.models.calibration import temperature

pytestmark = pytest.mark.usefixtures("one_thread")


def cost(logits: np.ndarray, targets: np.ndarray, divisor: float) -> float:
    scaled = logits.astype(np.float64) / divisor
    if targets.ndim == 2:
        return float((np.logaddexp(0, scaled) - targets * scaled).mean())
    log_sums = np.log(np.exp(scaled - scaled.max(1, keepdims=True)).sum(1)) + scaled.max(1)
    return float((log_sums - scaled[np.arange(len(scaled)), targets]).mean())


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("factor", [0.3, 1.0, 6.0])
def test_no_temperature_of_a_grid_is_better(several: bool, factor: float) -> None:
    rng = np.random.default_rng(1)
    honest = rng.standard_normal((500, 3)) * 2
    if several:
        targets = (rng.random((500, 3)) < 1 / (1 + np.exp(-honest))).astype(np.int64)
    else:
        shares = np.exp(honest) / np.exp(honest).sum(1, keepdims=True)
        targets = (rng.random((500, 1)) > shares.cumsum(1)[:, :2]).sum(1)
    logits = (honest * factor).astype(np.float32)
    found = temperature(logits, targets, multilabel=several)
    grid = np.exp(np.linspace(-3, 3, 2001))
    best = min(grid, key=lambda divisor: cost(logits, targets, divisor))
    assert found == pytest.approx(best, rel=0.01)
    assert found == pytest.approx(factor, rel=0.15)


def test_calibrated_probabilities_are_softer_where_labels_are_noise() -> None:
    rng = np.random.default_rng(2)
    words = ["good", "great", "dull", "awful"]
    texts = [" ".join(rng.choice(words, 3)) for _ in range(120)]
    y = rng.integers(0, 2, 120)
    settings = {"validation_fraction": 0.4, "epochs": 6}
    plain = small(vectors(), **settings).fit(texts, y)
    honest = small(vectors(), calibrate=True, **settings).fit(texts, y)
    assert plain.temperature_ == 1.0
    assert honest.temperature_ > 1.0
    assert np.array_equal(honest.predict(texts), plain.predict(texts))
    assert honest.predict_proba(texts).max(1).mean() < plain.predict_proba(texts).max(1).mean()
