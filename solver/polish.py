"""Among equals, the best: the same number of sites, closer to the people.

Swaps one open site for a closed one of no higher cost as long as every point keeps the sites it needs and the
population-weighted distance to its k + 1 nearest sites falls.  Every swap is priced from three numbers per point
(the sum of its k + 1 nearest distances, the last of them, and the next one), so a swap costs microseconds.
"""

from __future__ import annotations

from collections.abc import Callable

import numba as nb
import numpy as np

from solver.problem import Floats
from solver.reduction import Bools, transpose
from solver.shared_risk import Rows

PASSES = 20
SECONDS = 2.0
"""What polishing may take after the time limit is spent."""


def polish(
    rows_needed: Rows,
    people: Floats,
    cost: Floats,
    opened: Bools,
    fixed: Bools,
    stop: Callable[[], bool],
) -> Bools:
    """(m,) a selection as large and no dearer than ``opened``, with people no farther from their sites.

    people: (n,) at each demand point · cost: (m,) · fixed: (m,) sites that stay.
    Same input, same answer, unless ``stop`` ends it between two sites.
    """
    coverage, needed = rows_needed.pattern, rows_needed.requirement
    population = np.where(rows_needed.risk == "", people[rows_needed.point], 0.0)
    m = coverage.n_candidates
    column_indptr, column_rows = transpose(coverage.indptr, coverage.indices, m)
    column_distance = np.empty(len(column_rows))
    _transposed_values(coverage.indptr, coverage.indices, coverage.distance, column_indptr, column_distance)
    rows = (coverage.indptr, coverage.indices, coverage.distance)
    columns = (column_indptr, column_rows, column_distance)
    opened = opened.copy()
    state = tuple(np.empty(coverage.n_points) for _ in range(3))
    _measure(*rows, needed, opened, *state)
    marks = (np.zeros(coverage.n_points), np.full(coverage.n_points, -1, dtype=np.int64))
    for _ in range(PASSES):
        swapped = False
        for site in np.flatnonzero(opened & ~fixed):
            if stop():
                return opened
            swapped |= _swap(site, *rows, *columns, needed, population, cost, opened, *state, *marks)  # type: ignore[call-arg]
        if not swapped:
            break
    return opened


@nb.njit(cache=True, nogil=True)
def _transposed_values(indptr, indices, values, column_indptr, out):  # type: ignore[no-untyped-def]
    at = column_indptr[:-1].copy()
    for i in range(len(indptr) - 1):
        for p in range(indptr[i], indptr[i + 1]):
            out[at[indices[p]]] = values[p]
            at[indices[p]] += 1


@nb.njit(cache=True, nogil=True)
def _measure_row(i, indptr, indices, distance, needed, opened, total, last, beyond):  # type: ignore[no-untyped-def]
    """Sum of the needed nearest open distances of row i, the last of them, and the next one (inf if none)."""
    k = needed[i]
    nearest = np.full(k + 1, np.inf)
    for p in range(indptr[i], indptr[i + 1]):
        if opened[indices[p]]:
            d = distance[p]
            q = k
            if d >= nearest[q]:
                continue
            while q > 0 and nearest[q - 1] > d:
                nearest[q] = nearest[q - 1]
                q -= 1
            nearest[q] = d
    total[i] = nearest[:k].sum()
    last[i] = nearest[k - 1] if k > 0 else 0.0
    beyond[i] = nearest[k]


@nb.njit(cache=True, nogil=True)
def _measure(indptr, indices, distance, needed, opened, total, last, beyond):  # type: ignore[no-untyped-def]
    for i in range(len(needed)):
        _measure_row(i, indptr, indices, distance, needed, opened, total, last, beyond)


@nb.njit(cache=True, nogil=True)
def _price(  # type: ignore[no-untyped-def]
    site, other, column_indptr, column_rows, column_distance, needed, population, last, beyond, new_distance, marked
):
    """Change of the weighted distance when ``other`` opens and ``site`` closes; inf when a point falls short."""
    change = 0.0
    for p in range(column_indptr[other], column_indptr[other + 1]):
        i = column_rows[p]
        new_distance[i], marked[i] = column_distance[p], other
        if needed[i] > 0 and column_distance[p] < last[i]:
            change += population[i] * (column_distance[p] - last[i])
    for p in range(column_indptr[site], column_indptr[site + 1]):
        i, d = column_rows[p], column_distance[p]
        if needed[i] == 0 or d > last[i]:
            continue
        arriving = new_distance[i] if marked[i] == other else np.inf
        replacement = min(beyond[i], arriving)
        if replacement == np.inf:
            return np.inf
        gained = arriving - last[i] if arriving < last[i] else 0.0
        change += population[i] * (replacement - d - gained)
    return change


@nb.njit(cache=True, nogil=True)
def _swap(  # type: ignore[no-untyped-def]
    site, indptr, indices, distance, column_indptr, column_rows, column_distance,
    needed, population, cost, opened, total, last, beyond, new_distance, marked,
):  # fmt: skip
    """Make the best swap for ``site`` if it helps; its partners all reach the point that needs it most."""
    tightest, partners = -1, np.int64(2**62)
    for p in range(column_indptr[site], column_indptr[site + 1]):
        i = column_rows[p]
        critical = needed[i] > 0 and column_distance[p] <= last[i] and beyond[i] == np.inf
        size = indptr[i + 1] - indptr[i] + (0 if critical else 2**32)
        if size < partners:
            tightest, partners = i, size
    if tightest < 0:
        return False
    best, best_change = -1, -1e-6
    for p in range(indptr[tightest], indptr[tightest + 1]):
        other = indices[p]
        if opened[other] or cost[other] > cost[site]:
            continue
        change = _price(
            site, other, column_indptr, column_rows, column_distance,
            needed, population, last, beyond, new_distance, marked,
        )  # fmt: skip
        if change < best_change:
            best, best_change = other, change
    if best < 0:
        return False
    opened[site], opened[best] = False, True
    for j in (site, best):
        for p in range(column_indptr[j], column_indptr[j + 1]):
            _measure_row(column_rows[p], indptr, indices, distance, needed, opened, total, last, beyond)
    return True
