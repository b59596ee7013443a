"""Two domains with a known shift, and two of words that only some have in common."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp


def moved_blobs(
    rows: int = 200, width: int = 6, *, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """X, y, Xt, yt: the target is the source's distribution, stretched, turned and moved."""
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(width, width)))[0]
    stretch = turn @ np.diag(rng.uniform(0.3, 3.0, width)) @ turn.T

    def draw() -> tuple[np.ndarray, np.ndarray]:
        y = rng.integers(2, size=rows)
        return rng.normal(size=(rows, width)) + np.outer(4 * y - 2, np.eye(width)[0]), y

    (X, y), (Xt, yt) = draw(), draw()
    return X, y, Xt @ stretch + rng.normal(size=width) * 5, yt


SHARED, OWN = 6, 12


def reviews(
    rows: int = 300, *, seed: int = 0, length: int = 8
) -> tuple[sp.csr_matrix, np.ndarray, sp.csr_matrix, np.ndarray]:
    """Counts of words of two domains: shared ones of either class, own ones, and neutral ones.

    Columns: SHARED for class 0, SHARED for class 1; OWN of the source for either, OWN of the target
    for either; 20 neutral words, half of them much more frequent in the target.
    """
    rng = np.random.default_rng(seed)
    groups = [SHARED, SHARED, OWN, OWN, OWN, OWN, 10, 10]
    starts = np.concatenate([[0], np.cumsum(groups)])

    def draw(domain: int) -> tuple[sp.csr_matrix, np.ndarray]:
        y = rng.integers(2, size=rows)
        table = np.zeros((rows, starts[-1]))
        for row, side in enumerate(y):
            for _ in range(length):
                kind = rng.choice(4, p=[0.25, 0.45, 0.15, 0.15])
                said = side if rng.random() < 0.85 else 1 - side
                group = [said, 2 + 2 * domain + said, 6, 6 + domain][kind]
                table[row, rng.integers(starts[group], starts[group + 1])] += 1
        return sp.csr_matrix(table), y

    X, y = draw(0)
    Xt, yt = draw(1)
    return X, y, Xt, yt


def texts(rows: int, *, seed: int = 0) -> tuple[list[str], list[str], list[str], list[str]]:
    """The same reviews as texts: source, its labels, target, its labels."""
    X, y, Xt, yt = reviews(rows, seed=seed)

    def said(table: sp.csr_matrix) -> list[str]:
        full = table.toarray().astype(int)
        return [" ".join(word(i) for i in np.repeat(np.arange(80), row)) for row in full]

    names = np.array(["bad", "good"])
    return said(X), names[y].tolist(), said(Xt), names[yt].tolist()


def word(column: int) -> str:
    """Name of a column: letters alone, so that every tokeniser leaves it whole."""
    return "w" + "abcdefghij"[column // 10] + "abcdefghij"[column % 10]
