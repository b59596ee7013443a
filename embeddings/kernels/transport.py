"""Moving mass at the least cost, exactly: the distance between two documents as sets of words."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import kernel
from .rows import fill_row, keep_less

_FAR = np.float32(np.inf)
_OPEN = -1.0


class TransportScratch(NamedTuple):
    """Memory for up to n places that have mass and m that want it.

    Attributes:
        flow: int64[n * m], what goes from where to where.
        supply: int64[n], mass that is still there.
        demand: int64[m], mass that is still wanted.
        from_price: float64[n], what leaving a place costs, so far.
        to_price: float64[m], what reaching one costs.
        cheapest: float64[m], of the ways found from the present place; below 0 where there can be
            no cheaper one.
        before: int64[m], the place that the way comes from.
        found: float64[m], what it costs where there can be no cheaper one; below 0 elsewhere.
        reached: int64[n], places that the ways lead through, in the order they were reached.
        reached_by: int64[n], the wanting place by which each was.
        reached_at: float64[n], the cost of the way there; below 0 for places not reached.
    """

    flow: NDArray[np.int64]
    supply: NDArray[np.int64]
    demand: NDArray[np.int64]
    from_price: NDArray[np.float64]
    to_price: NDArray[np.float64]
    cheapest: NDArray[np.float64]
    before: NDArray[np.int64]
    found: NDArray[np.float64]
    reached: NDArray[np.int64]
    reached_by: NDArray[np.int64]
    reached_at: NDArray[np.float64]


def transport_scratch(sources: int, targets: int) -> TransportScratch:
    """Return memory for so many places."""
    return TransportScratch(
        flow=np.zeros(sources * targets, np.int64),
        supply=np.zeros(sources, np.int64),
        demand=np.zeros(targets, np.int64),
        from_price=np.zeros(sources),
        to_price=np.zeros(targets),
        cheapest=np.zeros(targets),
        before=np.zeros(targets, np.int64),
        found=np.zeros(targets),
        reached=np.zeros(sources, np.int64),
        reached_by=np.zeros(sources, np.int64),
        reached_at=np.zeros(sources),
    )


@kernel
def _widen(costs, from_price, at, source, m, x):
    """Look at the ways that go on from a place which was reached at a cost.

    Without a branch, so that it is done for several places at a time; ``cheapest`` below 0 is less
    than any cost, and stays.
    """
    prices, cheapest, before = x.to_price[:m], x.cheapest[:m], x.before[:m]
    line = costs[:m]
    for j in range(m):
        cost = at + max(0.0, line[j] - from_price - prices[j])
        better = cost < cheapest[j]
        cheapest[j] = cost if better else cheapest[j]
        before[j] = source if better else before[j]


@kernel
def _next(m, x):
    """Return the place that is reached at the least cost, among those not done."""
    cheapest = x.cheapest[:m]
    least = np.inf
    for j in range(m):
        least = min(least, cheapest[j] if cheapest[j] >= 0.0 else np.inf)
    for j in range(m):
        if cheapest[j] == least:
            return j
    return 0


@kernel
def _cheapest_way(costs, source, demand, n, m, x):
    """Find the cheapest way from a place to one that still wants mass; prices follow.

    Ways go forward to any place that wants mass, and back from one that has got some to where it
    came from.

    Returns:
        The wanting place at its end.

    Source: Dijkstra's search with potentials, as in Jonker and Volgenant 1987, "A shortest
    augmenting path algorithm for dense and sparse linear assignment problems", for masses.
    """
    for j in range(m):
        x.cheapest[j] = np.inf
        x.found[j] = _OPEN
    for i in range(n):
        x.reached_at[i] = _OPEN
    x.reached[0], x.reached_at[source] = source, 0.0
    count = 1
    _widen(costs[source], x.from_price[source], 0.0, source, m, x)
    while True:
        end = _next(m, x)
        at = x.cheapest[end]
        if demand[end] > 0:
            break
        x.found[end] = at
        x.cheapest[end] = _OPEN
        for i in range(n):
            if x.reached_at[i] < 0.0 and x.flow[i * m + end] > 0:
                x.reached[count], x.reached_by[i], x.reached_at[i] = i, end, at
                count += 1
                _widen(costs[i], x.from_price[i], at, i, m, x)
    for k in range(count):
        i = x.reached[k]
        x.from_price[i] += at - x.reached_at[i]
    for j in range(m):
        if x.found[j] >= 0.0:
            x.to_price[j] -= at - x.found[j]
    return end


@kernel
def _room_of_way(source, end, supply, demand, m, x):
    """Return how much fits a way: what is there, what is wanted, what can be taken back."""
    most = min(supply[source], demand[end])
    j = end
    while True:
        i = x.before[j]
        if i == source:
            return most
        j = x.reached_by[i]
        most = min(most, x.flow[i * m + j])


@kernel
def least_cost(costs, supply, demand, limit, x):
    """Return the least cost of moving all mass from where it is to where it is wanted.

    Masses are whole numbers: so they come out even, and the search ends. At any time the prices
    bound the cost from below (they are a solution of the dual programme).

    Args:
        costs: float64[n, m], of a unit; not negative.
        supply: int64[n], mass there.
        demand: int64[m], mass wanted, as much as there is.
        limit: Give up when the cost is known to be above it.
        x: TransportScratch; ``flow`` has the moves afterwards, row after row.

    Returns:
        The least cost; infinity where it was given up.

    Source: successive shortest paths, Edmonds and Karp 1972, "Theoretical improvements in
    algorithmic efficiency for network flow problems", section 1.
    """
    n, m = costs.shape
    for k in range(n * m):
        x.flow[k] = 0
    for j in range(m):
        x.to_price[j] = 0.0
    for i in range(n):
        x.from_price[i] = costs[i, 0]
        for j in range(1, m):
            x.from_price[i] = min(x.from_price[i], costs[i, j])
        x.supply[i] = supply[i]
    for j in range(m):
        x.demand[j] = demand[j]
    for source in range(n):
        while x.supply[source] > 0:
            end = _cheapest_way(costs, source, x.demand, n, m, x)
            bound = 0.0
            for i in range(n):
                bound += supply[i] * x.from_price[i]
            for j in range(m):
                bound += demand[j] * x.to_price[j]
            if bound > limit:
                return np.inf
            mass = _room_of_way(source, end, x.supply, x.demand, m, x)
            x.supply[source] -= mass
            x.demand[end] -= mass
            j = end
            while True:
                i = x.before[j]
                x.flow[i * m + j] += mass
                if i == source:
                    break
                j = x.reached_by[i]
                x.flow[i * m + j] -= mass
    total = 0.0
    for i in range(n):
        for j in range(m):
            total += costs[i, j] * x.flow[i * m + j]
    return total


@kernel
def relaxed_costs(ids, masses, offsets, table, nearest, width, own, wanted, best, out, back):
    """Bound the costs of moving a query to documents from below, by either side alone.

    Each word moves to the nearest of the other side, whether that is wanted there or not: the
    query's words to those of a document, and these to the query's.

    Args:
        ids: int32[T], different words of the documents.
        masses: float32[T], their masses; 1 in each document.
        offsets: int64[N + 1], borders of the documents.
        table: float32[U * W], the distance of each word to the query's words; W is their number
            padded.
        nearest: float32[U], the least of each row.
        width: W.
        own: float32[W], masses of the query's words; 0 for the padding.
        wanted: How many words the query has.
        best: float32[W]; overwritten.
        out: float32[N], added to: what moving the query's words costs at least.
        back: float32[N], overwritten: what moving the documents' costs.

    Source: Kusner et al. 2015, section 4.2, "relaxed word moving distance".
    """
    for document in range(out.shape[0]):
        start, stop = offsets[document], offsets[document + 1]
        fill_row(best, 0, (), _FAR, width)
        returned = 0.0
        for i in range(start, stop):
            word = np.int64(ids[i])
            keep_less(best, 0, (table, word * width), np.float32(1), width)
            returned += np.float64(masses[i]) * np.float64(nearest[word])
        moved = 0.0
        for k in range(wanted):
            moved += np.float64(own[k]) * np.float64(best[k])
        out[document] += np.float32(moved)
        back[document] = np.float32(returned)
