"""The best rows for many targets at once: products in register tiles, and what is kept of them.

Scores never leave the cache: a panel of rows is multiplied with eight targets, and of the products
only those that reach a target's limit are written down. A target keeps a list of candidates; when
it is full, all but the best are dropped and the limit rises.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from llvmlite import binding
from numpy.typing import NDArray

from . import kernel
from .limits import reaching_8x1, reaching_8x3
from .products import transpose
from .simd import LANES, aligned_zeros, padded
from .tiles import set_8x1, set_8x3

TARGETS = 8
"""Targets to a tile: a batch is padded to a multiple of it."""

# With 32 registers of 16 floats, 24 hold sums; elsewhere 8 of 16 floats are as many as fit.
_WIDE = bool(binding.get_host_cpu_features().get("avx512f"))
PANEL = 3 * LANES if _WIDE else LANES
"""Rows that are multiplied at a time."""

_NONE = np.float32(-np.inf)
_NEVER = np.float32(np.inf)


class Candidates(NamedTuple):
    """What a worker has found so far for Q targets, a multiple of TARGETS; C is room for each.

    Attributes:
        rows: int32[Q, C].
        scores: float32[Q, C].
        counts: int64[Q], how many; -1 where more than C were too close to tell apart.
        limits: float32[Q], what a score must reach to be written down.
        wanted: int64[Q], how many of the best must be kept, below C.
    """

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    counts: NDArray[np.int64]
    limits: NDArray[np.float32]
    wanted: NDArray[np.int64]


class Panel(NamedTuple):
    """A worker's memory for products; W is the length of a vector, padded.

    Attributes:
        lines: float32[PANEL * W], rows of length 1; the padding is zero.
        columns: float32[W * PANEL], their transpose.
        tile: float32[TARGETS * PANEL], products.
    """

    lines: NDArray[np.float32]
    columns: NDArray[np.float32]
    tile: NDArray[np.float32]


def no_candidates(wanted: NDArray[np.int64], room: int) -> Candidates:
    """Return empty lists for targets that want so many; at least 1 is kept of each."""
    targets = len(wanted)
    return Candidates(
        rows=np.zeros((targets, room), np.int32),
        scores=np.zeros((targets, room), np.float32),
        counts=np.zeros(targets, np.int64),
        limits=np.full(targets, _NONE, np.float32),
        wanted=np.maximum(wanted, 1),
    )


def new_panel(size: int) -> Panel:
    """Return memory for rows of ``size`` numbers."""
    width = padded(size)
    return Panel(
        aligned_zeros(PANEL * width),
        aligned_zeros(PANEL * width),
        aligned_zeros(TARGETS * PANEL),
    )


@kernel
def _bring_best_forward(scores, rows, count, wanted):
    """Exchange candidates until the best ``wanted`` of ``count`` stand first, in any order.

    Source: Hoare 1961, "Algorithm 65: find"; in three parts, so that equal scores cost nothing.
    """
    low, high = 0, count
    while high - low > 1:
        a, b, c = scores[low], scores[(low + high) // 2], scores[high - 1]
        pivot = max(min(a, b), min(max(a, b), c))
        # From low on are greater ones, from better on equal ones, from worse on lesser ones.
        better, place, worse = low, low, high
        while place < worse:
            score, row = scores[place], rows[place]
            if score > pivot:
                scores[place], rows[place] = scores[better], rows[better]
                scores[better], rows[better] = score, row
                better += 1
                place += 1
            elif score < pivot:
                worse -= 1
                scores[place], rows[place] = scores[worse], rows[worse]
                scores[worse], rows[worse] = score, row
            else:
                place += 1
        if wanted <= better:
            high = better
        elif wanted >= worse:
            low = worse
        else:
            return


@kernel
def drop_all_but_best(found, target, margin):
    """Keep a target's best candidates, with all that come within ``margin`` of the last of them.

    Args:
        found: Candidates, updated in place.
        target: Which.
        margin: How far two scores may be apart and still count as equal.
    """
    count, wanted = found.counts[target], found.wanted[target]
    if count <= wanted:
        return
    scores, rows = found.scores[target], found.rows[target]
    _bring_best_forward(scores, rows, count, wanted)
    last = scores[0]
    for place in range(1, wanted):
        last = min(last, scores[place])
    limit = max(found.limits[target], np.float32(last - margin))
    kept = 0
    for place in range(count):
        if scores[place] >= limit:
            scores[kept], rows[kept] = scores[place], rows[place]
            kept += 1
    found.limits[target] = limit
    found.counts[target] = kept
    if kept == len(rows):
        found.counts[target] = -1
        found.limits[target] = _NEVER


@kernel
def _write_down(found, target, line, factors, first, margin):
    """Take in the scores of a target with consecutive rows that reach its limit."""
    for column in range(len(factors)):
        # Rows without a direction have the factor 0.
        if line[column] >= found.limits[target] and factors[column] > 0:
            if found.counts[target] == found.rows.shape[1]:
                drop_all_but_best(found, target, margin)
                if line[column] < found.limits[target]:
                    continue
            place = found.counts[target]
            found.rows[target, place] = first + column
            found.scores[target, place] = line[column]
            found.counts[target] = place + 1


@kernel
def take_block(found, block, factors, first, targets, target_at, panel, margin):
    """Score a block of rows for all targets and write down what may be among the best.

    Args:
        found: Candidates, updated in place.
        block: float32[n, D], read-only.
        factors: float32[n], 1 / length of each row; 0 for rows to leave out.
        first: Number of the block's first row.
        targets: float32[Q * W], vectors of length 1, padded with zeros; Q a multiple of TARGETS.
        target_at: int64[Q], where each starts.
        panel: Memory; its lines may hold anything but in their padding.
        margin: See drop_all_but_best.
    """
    rows, size = block.shape
    width = len(panel.lines) // PANEL
    for start in range(0, rows, PANEL):
        held = min(PANEL, rows - start)
        for r in range(held):
            factor, source = factors[start + r], block[start + r]
            line = panel.lines[r * width : r * width + size]
            for k in range(size):
                line[k] = source[k] * factor
        transpose(panel.columns, panel.lines, PANEL, width)
        for target in range(0, len(target_at), TARGETS):
            if PANEL == 3 * LANES:
                set_8x3(
                    panel.tile, 0, PANEL, targets, target_at, target, panel.columns, 0, PANEL, size
                )
                reaching = reaching_8x3(panel.tile, found.limits, target)
            else:
                set_8x1(
                    panel.tile, 0, PANEL, targets, target_at, target, panel.columns, 0, PANEL, size
                )
                reaching = reaching_8x1(panel.tile, found.limits, target)
            if not reaching:
                continue
            near = factors[start : start + held]
            for t in range(TARGETS):
                if reaching >> t & 1:
                    line = panel.tile[t * PANEL : t * PANEL + held]
                    _write_down(found, target + t, line, near, first + start, margin)
