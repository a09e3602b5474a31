"""In which order to open a plan's sites: the search behind ``rollout``.

A point is *protected* from the step that opens the r-th of its sites, r = k + 1.  Wanted is the order with the least
sum over points of population × that step, and among those the least sum for the first site: the generalised
min-sum set cover problem (Azar, Gamzu, Yin 2009), NP-hard, so this is a heuristic.  Two starts (the best site or
pair first; the least missed site last), each improved by moving one site at a time to its best place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

from solver.coverage import Indices
from solver.problem import Ints

NEVER = 1 << 40
"""The step of a point that no order protects."""


WEIGHT_SCALE = 1000


@dataclass(frozen=True, eq=False)
class Served:
    """Who is served by which of ``sites`` sites: point i by ``indices[indptr[i]:indptr[i+1]]``.

    weight: (n,) people, in whole numbers of 1/WEIGHT_SCALE: sums are exact, and no two orders can take turns in
    being the better one.
    """

    indptr: Ints
    indices: Indices
    weight: Ints
    needed: int
    sites: int


def best_order(served: Served, kept: Ints) -> Ints:
    """(sites - kept,) the other sites in the order of their opening; the ``kept`` ones stand from the start."""
    new = np.setdiff1d(np.arange(served.sites), kept)
    starts = (_pairs_first(served, new), _least_missed_last(served, new))
    for position in starts:
        while _move_each(served.indptr, served.indices, served.weight, served.needed, position, len(new)):
            pass
    best = min(starts, key=lambda position: waiting(served, position))
    return np.asarray(new[np.argsort(best[new], kind="stable")])


def waiting(served: Served, position: Ints) -> tuple[int, int]:
    """Σ population × step of protection, and the same for the first site in reach.

    position: (sites,) the step at which each site opens, 0 for those that stand already.
    """
    matrix = (served.indptr, served.indices, served.weight)
    return int(_waiting(*matrix, served.needed, position)), int(_waiting(*matrix, 1, position))


def _least_missed_last(served: Served, new: Ints) -> Ints:
    position = np.zeros(served.sites, dtype=np.int64)
    count = np.diff(served.indptr)
    closed = np.ones(served.sites, dtype=bool)
    closed[new] = False
    for place in reversed(range(1, len(new) + 1)):
        protected, single = (
            _gain(served.indptr, served.indices, served.weight, count, of, served.sites) for of in (served.needed, 1)
        )
        order = np.lexsort((single[new], protected[new], closed[new]))
        site = new[order[0]]
        position[site], closed[site] = place, True
        _count(served.indptr, served.indices, site, -1, count)
    return position


def _pairs_first(served: Served, new: Ints) -> Ints:
    matrix = (served.indptr, served.indices, served.weight)
    position = np.zeros(served.sites, dtype=np.int64)
    opened = np.ones(served.sites, dtype=bool)
    opened[new] = False
    count = np.zeros(len(served.weight), dtype=np.int64)
    for standing in np.flatnonzero(opened):
        _count(*matrix[:2], standing, 1, count)
    place = 0
    while place < len(new):
        protected = _gain(*matrix, count, served.needed - 1, served.sites)
        single = _gain(*matrix, count, 0, served.sites)
        first = int(np.lexsort((-single, -protected, opened))[0])
        chosen = [first]
        if place + 2 <= len(new):
            pair, worth = _best_pair(*matrix, count, served.needed, protected, opened)
            if worth > 2 * protected[first]:
                chosen = sorted(pair, key=lambda site: (-protected[site], -single[site], site))
        for site in chosen:
            place += 1
            position[site], opened[site] = place, True
            _count(served.indptr, served.indices, site, 1, count)
    return position


@nb.njit(cache=True, nogil=True)
def _count(indptr, indices, site, change, count):  # type: ignore[no-untyped-def]
    for i in range(len(count)):
        for e in range(indptr[i], indptr[i + 1]):
            if indices[e] == site:
                count[i] += change


@nb.njit(cache=True, nogil=True)
def _gain(indptr, indices, weight, count, of, sites):  # type: ignore[no-untyped-def]
    """(sites,) the people each site serves at points that ``of`` open sites serve."""
    gain = np.zeros(sites, dtype=np.int64)
    for i in range(len(weight)):
        if count[i] == of:
            for e in range(indptr[i], indptr[i + 1]):
                gain[indices[e]] += weight[i]
    return gain


@nb.njit(cache=True, nogil=True)
def _best_pair(indptr, indices, weight, count, needed, protected, opened):  # type: ignore[no-untyped-def]
    """The two closed sites that protect most people together, and how many."""
    together = np.zeros((len(protected), len(protected)), dtype=np.int64)
    for i in range(len(weight)):
        missing = needed - count[i]
        if missing == 1 or missing == 2:
            sign = weight[i] if missing == 2 else -weight[i]
            for e in range(indptr[i], indptr[i + 1]):
                if not opened[indices[e]]:
                    for f in range(e + 1, indptr[i + 1]):
                        together[indices[e], indices[f]] += sign
    best, pair = -1, (0, 0)
    for a in range(len(protected)):
        for b in range(a + 1, len(protected)):
            if not opened[a] and not opened[b]:
                worth = protected[a] + protected[b] + together[a, b] + together[b, a]
                if worth > best:
                    best, pair = worth, (a, b)
    return pair, best


@nb.njit(cache=True, nogil=True)
def _smallest(indptr, indices, position, i, low, without):  # type: ignore[no-untyped-def]
    """The r-th and the one before of the positions of point i's sites, one site left out; -1 before the first.

    low: (r,) room to work in.
    """
    r = len(low)
    low[:] = NEVER
    for e in range(indptr[i], indptr[i + 1]):
        k = r - 1
        p = position[indices[e]]
        if indices[e] == without or p >= low[k]:
            continue
        while k > 0 and low[k - 1] > p:
            low[k] = low[k - 1]
            k -= 1
        low[k] = p
    return low[r - 1], low[r - 2] if r > 1 else -1


@nb.njit(cache=True, nogil=True)
def _waiting(indptr, indices, weight, r, position):  # type: ignore[no-untyped-def]
    total = 0
    low = np.empty(r, dtype=np.int64)
    for i in range(len(weight)):
        last, _ = _smallest(indptr, indices, position, i, low, -1)
        if last < NEVER:
            total += weight[i] * last
    return total


@nb.njit(cache=True, nogil=True)
def _cost_by_place(indptr, indices, weight, r, position, site, n):  # type: ignore[no-untyped-def]
    """(n+1,) the waiting, up to a constant, with ``site`` at place 1 … n and the others in their order.

    Others at or behind the place move back by one.  A point of the site whose other sites come (r-1)-th at b and
    r-th at c is protected at min(max(place, b + 1), c).
    """
    slope, behind = np.zeros(n + 2, dtype=np.int64), np.zeros(n + 2, dtype=np.int64)
    here = position[site]
    low = np.empty(r, dtype=np.int64)
    for i in range(len(weight)):
        c, b = _smallest(indptr, indices, position, i, low, site)
        if here < c < NEVER:
            c -= 1
        if here < b < NEVER:
            b -= 1
        mine = False
        for e in range(indptr[i], indptr[i + 1]):
            mine |= indices[e] == site
        if not mine:
            if c < NEVER:
                behind[c] += weight[i]
        elif b < NEVER:
            first, last = max(b + 1, 1), min(c, n)
            if first < last:
                slope[first] += weight[i]
                slope[last] -= weight[i]
    cost = np.zeros(n + 1, dtype=np.int64)
    for place in range(n, 0, -1):
        behind[place] += behind[place + 1]
    rate = total = 0
    for place in range(1, n + 1):
        cost[place] = total + behind[place]
        rate += slope[place]
        total += rate
    return cost


@nb.njit(cache=True, nogil=True)
def _move_each(indptr, indices, weight, r, position, n):  # type: ignore[no-untyped-def]
    """Move every site to its best place, one after the other; whether any move helped."""
    helped = False
    for site in range(len(position)):
        here = position[site]
        if here == 0:
            continue
        protected = _cost_by_place(indptr, indices, weight, r, position, site, n)
        single = _cost_by_place(indptr, indices, weight, 1, position, site, n) if r > 1 else protected
        best = here
        for place in range(1, n + 1):
            fewer = protected[place] < protected[best]
            if fewer or (protected[place] == protected[best] and single[place] < single[best]):
                best = place
        if best != here:
            helped = True
            for other in range(len(position)):
                if position[other] > here:
                    position[other] -= 1
                if other != site and position[other] >= best:
                    position[other] += 1
            position[site] = best
    return helped
