"""Linear maps between two spaces of words, learnt from pairs of rows. Pure functions on arrays.

A map that only turns (orthogonal) keeps every cosine within a space as it was, so that nothing a
language knows about its own words is lost on the way; one that also stretches may fit the pairs
better, and forget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from .similarity import row_norms, unit_rows

Step = Literal["unit", "center"]
STEPS: tuple[Step, ...] = get_args(Step)
_FLOOR = 1e-6  # of the widest direction's variance: narrower ones are not widened further


@dataclass(frozen=True, eq=False)
class Preparation:
    """What is done to rows before they are compared across spaces.

    Attributes:
        steps: "unit" scales rows to length 1, "center" subtracts a mean; in order.
        means: float32[D] for each step "center", of all rows that aren't zero.
    """

    steps: tuple[Step, ...]
    means: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, rows: np.ndarray, steps: Sequence[Step]) -> tuple[Preparation, np.ndarray]:
        """Learn the means of rows, and return their prepared copy too.

        Args:
            rows: float32[V, D]; rows of zeros stay zeros and count for no mean.
            steps: In order.
        """
        there = row_norms(rows) > 0.0
        means: list[np.ndarray] = []
        prepared = rows
        for step in steps:
            if step == "center":
                means.append(prepared[there].mean(axis=0, dtype=np.float64).astype(np.float32))
            prepared = _prepared(prepared, step, means, there)
        return cls(tuple(steps), tuple(means)), prepared

    def apply(self, rows: np.ndarray) -> np.ndarray:
        """Do the same to other rows float32[n, D] of that space."""
        there = row_norms(rows) > 0.0
        prepared, used = rows, 0
        for step in self.steps:
            used += step == "center"
            prepared = _prepared(prepared, step, self.means[:used], there)
        return prepared


def _prepared(
    rows: np.ndarray, step: Step, means: Sequence[np.ndarray], there: np.ndarray
) -> np.ndarray:
    if step == "unit":
        return unit_rows(rows, row_norms(rows))
    moved = rows - means[-1]
    moved[~there] = 0.0
    return moved


@dataclass(frozen=True, eq=False)
class Maps:
    """Where two spaces go: ``rows @ source`` and ``rows @ target`` lie in one space.

    Attributes:
        source: float64[D, D].
        target: float64[D, D].
    """

    source: np.ndarray
    target: np.ndarray


def turned(source: np.ndarray, target: np.ndarray) -> Maps:
    """Return the rotation (or reflection) that brings rows nearest to their partners.

    Args:
        source: float32[n, D], prepared.
        target: float32[n, D], their partners. Pairs that stand several times count as often.

    Returns:
        Maps; the target stays where it is.

    Source: Schönemann 1966, "A generalized solution of the orthogonal Procrustes problem"; Xing et
    al. 2015 for words of length 1.
    """
    left, _, right = _decomposed(source.T.astype(np.float64) @ target)
    return Maps(left @ right, np.eye(source.shape[1]))


def reweighted(source: np.ndarray, target: np.ndarray, power: float) -> Maps:
    """Return maps that turn both spaces and weigh directions by how well they agree.

    Both are whitened, turned so that directions correlate pair by pair, stretched by the
    correlations to ``power``, and given back the spread that whitening took.

    Args:
        source: float32[n, D], prepared.
        target: float32[n, D], their partners.
        power: 0 stretches nothing, 1 by the whole correlation; both sides are stretched alike.

    Source: Artetxe, Labaka and Agirre 2018 (AAAI), "Generalizing and improving bilingual word
    embedding mappings with a multi-step framework of linear transformations", steps 1 to 4.
    """
    whiten_source, colour_source = _whitening(source)
    whiten_target, colour_target = _whitening(target)
    between = whiten_source @ (source.T.astype(np.float64) @ target) @ whiten_target
    left, correlations, right = _decomposed(between)
    stretch = correlations**power
    return Maps(
        whiten_source @ left * stretch @ (left.T @ colour_source @ left),
        whiten_target @ right.T * stretch @ (right @ colour_target @ right.T),
    )


def _decomposed(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    left, values, right = np.linalg.svd(matrix)
    return left, values, right


def _whitening(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the symmetric inverse root of the rows' second moments, and the root."""
    precise = rows.astype(np.float64)
    values, axes = np.linalg.eigh(precise.T @ precise)
    roots = np.sqrt(np.maximum(values, max(float(values.max()), 1e-300) * _FLOOR))
    return axes / roots @ axes.T, axes * roots @ axes.T
