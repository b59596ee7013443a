"""How the numbers in ``embeddings/kernels/logistic.py`` were found; run it to see them again.

A rational function x P(x^2) / Q(x^2), P of degree 6 and Q of degree 3, is fitted to tanh on
[0, BOUND] by linearised least squares, reweighted by the last denominator (Sanathanan & Koerner
1963) and towards equal errors (Lawson 1961). At BOUND tanh is 1 - 3e-8, which float32 rounds to 1.
"""

from __future__ import annotations

import numpy as np

BOUND = 9.0


def fit(top: int = 6, bottom: int = 3, rounds: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Return the coefficients of P and Q, lowest power first; Q's first is 1."""
    x = BOUND * (1.0 - np.cos(np.linspace(0.0, np.pi, 4001)[1:])) / 2.0
    y, want = (x / BOUND) ** 2, np.tanh(x)
    over = x[:, None] * y[:, None] ** np.arange(top + 1)
    under = want[:, None] * y[:, None] ** np.arange(1, bottom + 1)
    weight, denominator, best, kept = np.ones_like(x), np.ones_like(x), np.inf, None
    for _ in range(rounds):
        scale = np.sqrt(weight) / denominator
        solved, *_ = np.linalg.lstsq(
            np.hstack([over, -under]) * scale[:, None], want * scale, rcond=None
        )
        p, q = solved[: top + 1], np.concatenate([[1.0], solved[top + 1 :]])
        denominator = y[:, None] ** np.arange(bottom + 1) @ q
        error = np.abs(over @ p / denominator - want)
        if error.max() < best:
            best, kept = error.max(), (p.copy(), q.copy())
        weight *= error / error.mean() + 1e-3
        weight /= weight.mean()
    assert kept is not None
    powers = BOUND ** (-2.0 * np.arange(max(top, bottom) + 1))
    return kept[0] * powers[: top + 1], kept[1] * powers[: bottom + 1]


if __name__ == "__main__":
    p, q = fit()
    x = np.linspace(0, BOUND, 1_000_001).astype(np.float32)
    y = x * x
    top = np.polyval(p[::-1].astype(np.float32), y) * x
    error = np.abs(top / np.polyval(q[::-1].astype(np.float32), y) - np.tanh(x.astype(np.float64)))
    print("P", *(f"{c:.9e}" for c in p))  # noqa: T201
    print("Q", *(f"{c:.9e}" for c in q))  # noqa: T201
    print("largest error in float32", error.max())  # noqa: T201
