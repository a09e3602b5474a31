"""What is left to decide when only a part of the population must be protected.

A point is protected when every one of its rows has the open sites it requires: one row for the k + 1 sites in
reach and, with shared-risk groups, one for each group whose failure could take them all.  The rules, repeated until
none applies:

required   sites that are open in any case are taken out; a row needs as many fewer.  A point without an unmet row
           left is protected whatever else is decided.
hopeless   a point with a row that needs more columns than it has left is never protected: it only counts as such.
nobody     a point of population 0 changes neither the people protected nor the cost: it is dropped.
merged     points with the same rows are protected together or not at all: one point, their weights added.
columns    column j goes when at least max{r_i : i ∈ rows(j)} remaining columns d have rows(j) ⊆ rows(d) at no higher
           cost.  Proof: take any plan that opens j.  If such a d is closed, open d in place of j: no row has fewer
           open columns, cost and number of sites do not rise.  If all of them are open, close j: each of its rows
           keeps r_i of them.  Either way everybody protected stays protected.  With groups the subsets are over all
           rows, those of the groups included, so the same proof holds.

What does *not* carry over from full cover: a row without a column to spare forces nothing open, because its point
may stay unprotected; and a row implied by another still carries its own people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

from solver.coverage import Coverage, Indices
from solver.problem import Floats, Ints
from solver.reduction import Bools, end_dominated, transpose


@dataclass(frozen=True, eq=False)
class PartialCore:
    """Points that may or may not be protected, and the columns that decide it.

    indptr, indices: CSR by row · column_indptr, column_rows: the transpose · requirement: (rows,) ≥ 1 ·
    point: (rows,) whose row it is, ascending · weight: (points,) people > 0 · cost: (columns,).
    """

    indptr: Ints
    indices: Indices
    column_indptr: Ints
    column_rows: Indices
    requirement: Ints
    point: Ints
    weight: Floats
    cost: Floats

    @property
    def n_rows(self) -> int:
        return len(self.requirement)

    @property
    def n_columns(self) -> int:
        return len(self.cost)

    def unprotected(self, chosen: Bools) -> Bools:
        """(points,) who has an unmet row under a selection of columns."""
        count = np.bincount(self.row_of_entry[chosen[self.indices]], minlength=self.n_rows)
        bare = np.zeros(len(self.weight), dtype=bool)
        bare[self.point[count < self.requirement]] = True
        return bare

    def left_out(self, chosen: Bools) -> float:
        """People of the core without protection under a selection."""
        return float(self.weight[self.unprotected(chosen)].sum())

    @property
    def row_of_entry(self) -> Ints:
        return np.repeat(np.arange(self.n_rows), np.diff(self.indptr))


@dataclass(frozen=True, eq=False)
class PartialReduction:
    """The core, its columns as candidate positions, the sites open in any case, and the people without hope.

    hopeless: people who are unprotected in every plan that uses the core's columns only (and so in some best plan).
    """

    core: PartialCore
    columns: Ints
    required: Ints
    hopeless: float
    n_candidates: int

    def lift(self, chosen: Bools) -> Bools:
        """(candidates,) the open sites of a core selection."""
        opened = np.zeros(self.n_candidates, dtype=bool)
        opened[self.required] = True
        opened[self.columns[chosen]] = True
        return opened


def reduce_partial(
    rows: Coverage, point: Ints, requirement: Ints | Indices, population: Floats, cost: Floats, required: Ints
) -> PartialReduction:
    """Shrink the problem to its core.

    rows: one row per condition, forbidden sites left out · point: (rows,) the demand point of each row, ascending ·
    requirement: (rows,) · population: (n,) · cost: (m,) ≥ 0 · required: positions of the sites that stay open.
    """
    m = rows.n_candidates
    alive = np.ones(m, dtype=bool)
    alive[required] = False
    fixed = ~alive
    entry_row = np.repeat(np.arange(len(requirement)), np.diff(rows.indptr))
    need = requirement - np.bincount(entry_row, weights=fixed[rows.indices], minlength=len(requirement)).astype(int)
    weight = population.astype(np.float64)
    hopeless = 0.0
    columns = np.arange(m)
    indptr, indices = rows.indptr, rows.indices
    while True:
        indptr, indices, point, need, columns = _without_columns(indptr, indices, point, need, columns, alive)
        lost = np.zeros(len(weight), dtype=bool)
        lost[point[np.diff(indptr) < need]] = True
        hopeless += float(weight[lost].sum())
        keep = (need > 0) & ~lost[point] & (weight[point] > 0)
        indptr, indices, point, need = _only_rows(indptr, indices, point, need, keep)
        indptr, indices, point, need, weight = _merged(indptr, indices, point, need, weight)
        column_indptr, column_rows = transpose(indptr, indices, len(columns))
        alive = np.diff(column_indptr) > 0
        end_dominated(indptr, indices, column_indptr, column_rows, need, cost[columns], alive)
        if alive.all():
            break
    core = PartialCore(indptr, indices, column_indptr, column_rows, need, point, weight, cost[columns])
    return PartialReduction(core, columns, np.asarray(required, dtype=np.int64), hopeless, m)


def restricted(core: PartialCore, keep: Bools) -> PartialReduction:
    """The core without the other columns, reduced again."""
    kept = keep[core.indices]
    row = core.row_of_entry[kept]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=core.n_rows))]).astype(np.int64)
    part = Coverage(indptr, core.indices[kept], np.empty(0), core.n_columns)
    nothing = np.empty(0, dtype=np.int64)
    return reduce_partial(part, core.point, core.requirement, core.weight, core.cost, nothing)


def _without_columns(
    indptr: Ints, indices: Indices, point: Ints, need: Ints, columns: Ints, alive: Bools
) -> tuple[Ints, Indices, Ints, Ints, Ints]:
    """The rows with dead columns left out and the living ones renumbered."""
    number = np.cumsum(alive, dtype=np.int32) - np.int32(1)
    kept = alive[indices]
    row = np.repeat(np.arange(len(need)), np.diff(indptr))[kept]
    pointers = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(need)))]).astype(np.int64)
    return pointers, number[indices[kept]], point, need, columns[alive]


def _only_rows(
    indptr: Ints, indices: Indices, point: Ints, need: Ints, keep: Bools
) -> tuple[Ints, Indices, Ints, Ints]:
    sizes = np.diff(indptr)
    pointers = np.concatenate([[0], np.cumsum(sizes[keep])]).astype(np.int64)
    return pointers, indices[np.repeat(keep, sizes)], point[keep], need[keep]


def _merged(
    indptr: Ints, indices: Indices, point: Ints, need: Ints, weight: Floats
) -> tuple[Ints, Indices, Ints, Ints, Floats]:
    """One point in place of all those with equal rows, in the order of their first.

    A 64-bit key brings likely twins together; they merge when their rows are equal, entry by entry.
    """
    points, first_row, number = np.unique(point, return_index=True, return_inverse=True)
    ends = np.append(first_row[1:], len(point))
    key = _keys(indptr, indices, need, first_row, ends)
    order = np.argsort(key, kind="stable")
    leader = _leaders(indptr, indices, need, first_row, ends, key, order)
    total = np.zeros(len(points))
    np.add.at(total, leader, weight[points])
    leads = leader == np.arange(len(points))
    renumbered = np.cumsum(leads) - 1
    keep = leads[number]
    pointers, entries, _, kept_need = _only_rows(indptr, indices, point, need, keep)
    return pointers, entries, renumbered[number[keep]], kept_need, total[leads]


@nb.njit(cache=True)
def _keys(indptr, indices, need, first_row, ends):  # type: ignore[no-untyped-def]
    keys = np.empty(len(first_row), dtype=np.uint64)
    for i in range(len(first_row)):
        key = np.uint64(1469598103934665603)
        for r in range(first_row[i], ends[i]):
            key = (key ^ np.uint64(need[r] + 1000003)) * np.uint64(1099511628211)
            for p in range(indptr[r], indptr[r + 1]):
                key = (key ^ np.uint64(indices[p])) * np.uint64(1099511628211)
        keys[i] = key
    return keys


@nb.njit(cache=True)
def _leaders(indptr, indices, need, first_row, ends, key, order):  # type: ignore[no-untyped-def]
    """Per point the first point with the same rows; ``order`` sorts by key, points of equal key by position."""
    leader = np.arange(len(first_row))
    for a in range(len(order)):
        one = order[a]
        for b in range(a - 1, -1, -1):
            other = order[b]
            if key[other] != key[one]:
                break
            if leader[other] == other and _same(indptr, indices, need, first_row, ends, one, other):
                leader[one] = other
                break
    return leader


@nb.njit(cache=True)
def _same(indptr, indices, need, first_row, ends, one, other):  # type: ignore[no-untyped-def]
    if ends[one] - first_row[one] != ends[other] - first_row[other]:
        return False
    for k in range(ends[one] - first_row[one]):
        r, s = first_row[one] + k, first_row[other] + k
        if need[r] != need[s] or indptr[r + 1] - indptr[r] != indptr[s + 1] - indptr[s]:
            return False
        for p in range(indptr[r + 1] - indptr[r]):
            if indices[indptr[r] + p] != indices[indptr[s] + p]:
                return False
    return True
