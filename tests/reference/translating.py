"""Slow twin of translating by CSLS (``embeddings/csls.py``), and two languages made by hand."""

from __future__ import annotations

import numpy as np

from wordgraft.embeddings.vectors import WordVectors


def unit(rows: np.ndarray) -> np.ndarray:
    """Return float64 rows of length 1; rows of zeros stay."""
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    return rows / np.where(lengths > 0.0, lengths, 1.0)


def neighbourhood(queries: np.ndarray, answers: np.ndarray, k: int) -> np.ndarray:
    """Return r of Conneau et al. 2018: each row's mean cosine with its k nearest."""
    there = np.abs(answers).sum(axis=1) > 0.0
    means: list[float] = []
    for query in queries:
        cosines = sorted((unit(answers[there]) @ unit(query[None])[0]).tolist(), reverse=True)[:k]
        means.append(float(np.mean(cosines)) if cosines and query.any() else 0.0)
    return np.array(means)


def csls(source: np.ndarray, target: np.ndarray, k: int) -> np.ndarray:
    """Return the whole table of CSLS, -inf where a row is zeros."""
    table = 2 * unit(source) @ unit(target).T
    table -= neighbourhood(source, target, k)[:, None] + neighbourhood(target, source, k)
    table[~source.any(axis=1)] = -np.inf
    table[:, ~target.any(axis=1)] = -np.inf
    return table


def languages(
    words: int = 240, size: int = 12, *, noise: float = 0.0, seed: int = 0, groups: int = 16
) -> tuple[WordVectors, WordVectors, tuple[tuple[str, str], ...]]:
    """Return a language, another one whose space is the first one turned, and their dictionary.

    Words lie in groups of several sizes, so that no two look alike from within. The other side's
    words are in another order, which has nothing to do with the first.

    Args:
        words: V.
        size: D.
        noise: Standard deviation of what is added to each number of the target, over that of a
            word in its group.
        seed: Of everything.
        groups: How many.
    """
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(groups, size)) * rng.uniform(0.5, 3.0, size=(groups, 1))
    weights = rng.dirichlet(np.full(groups, 0.7))
    rows = centres[rng.choice(groups, words, p=weights)] + rng.normal(size=(words, size))
    turn = np.linalg.qr(rng.normal(size=(size, size)))[0]
    other = rows @ turn + noise * rng.normal(size=rows.shape)
    order = rng.permutation(words)
    names = [f"w{i}" for i in range(words)]
    source = WordVectors(names, rows.astype(np.float32))
    target = WordVectors([f"t{i}" for i in order.tolist()], other[order].astype(np.float32))
    return source, target, tuple((name, f"t{i}") for i, name in enumerate(names))
