"""Exact reductions: a small core with the same optimum, and the way back.

Rules, each with its own switch, repeated until none applies.  r_i is what row i still needs:

forced     |N(i)| = r_i                            → every column of N(i) is open; r falls by one where it serves
rows       N(i') ⊆ N(i) and r_i' ≥ r_i             → row i is implied by row i'
columns    rows(j) ⊆ rows(d), cost d ≤ cost j,
           for at least max{r_i : i ∈ rows(j)}
           remaining columns d                     → column j is never needed

Why "at least r" columns and not one: with one dominator the textbook rule is wrong as soon as r > 1, for j
may be wanted as the second cover.  With r dominators it is right: a plan that opens j either leaves one
dominator closed (open it in place of j) or opens them all, and then every row of j is covered without j.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt

from solver.coverage import Coverage, Indices
from solver.problem import Floats, Ints

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Rules:
    """Which rules apply; each is exact alone and with the others."""

    forced: bool = True
    rows: bool = True
    columns: bool = True


@dataclass(frozen=True, eq=False)
class Core:
    """A covering problem in both orientations: minimise cost·x, every row i needs ``requirement[i]`` columns.

    indptr, indices: CSR by row · column_indptr, column_rows: the transpose · requirement: (rows,) ≥ 1 ·
    cost: (columns,)
    """

    indptr: Ints
    indices: Indices
    column_indptr: Ints
    column_rows: Indices
    requirement: Indices
    cost: Floats

    @property
    def n_rows(self) -> int:
        return len(self.requirement)

    @property
    def n_columns(self) -> int:
        return len(self.cost)

    def is_cover(self, chosen: Bools) -> bool:
        """Whether the chosen columns meet every requirement."""
        counts = np.add.reduceat(chosen[self.indices], self.indptr[:-1], dtype=np.int64) if self.n_rows else 0
        return bool(np.all(counts >= self.requirement))


@dataclass(frozen=True, eq=False)
class Reduction:
    """The core, which original rows and columns it kept, and the columns already known to be open.

    forcing_rows: original rows that had no column to spare, and so opened all they had.
    """

    core: Core
    rows: Ints
    columns: Ints
    forced: Ints
    forcing_rows: Ints
    n_candidates: int
    forced_cost: float

    def lift(self, chosen: Bools) -> Bools:
        """(candidates,) the sites of a core selection, forced sites included."""
        opened = np.zeros(self.n_candidates, dtype=bool)
        opened[self.forced] = True
        opened[self.columns[chosen]] = True
        return opened


def reduce(
    coverage: Coverage,
    requirement: Indices,
    cost: Floats,
    required: Ints,
    rules: Rules | None = None,
    keep: Bools | None = None,
) -> Reduction:
    """Shrink the problem to its core.

    requirement: (n,) how many open sites each point needs, at most its candidates in reach ·
    cost: (m,) ≥ 0 · required: positions of the sites that are open whatever happens · keep: (m,) sites that stay
    candidates of the core, so that a plan made of them is a plan of the core.
    """
    rules = rules or Rules()
    m = coverage.n_candidates
    need = requirement.astype(np.int32)
    column_alive = np.ones(m, dtype=bool)
    forced = np.zeros(m, dtype=bool)
    forced[required] = True
    column_alive[required] = False
    for j in required:
        need -= _rows_with(coverage, int(j)).astype(np.int32)
    rows = np.arange(coverage.n_points)
    indptr, indices = coverage.indptr, coverage.indices
    columns = np.arange(m)
    forcing_rows: list[Ints] = []
    while True:
        row_alive = need > 0
        rows, columns, need, indptr, indices = _compact(rows, columns, need, indptr, indices, row_alive, column_alive)
        row_alive, column_alive = np.ones(len(rows), dtype=bool), np.ones(len(columns), dtype=bool)
        before = (len(rows), len(columns))
        column_indptr, column_rows = transpose(indptr, indices, len(columns))
        if rules.forced:
            tight = np.diff(indptr) == need
            if tight.any():
                forcing_rows.append(rows[tight])
                forced[columns[_force(indptr, indices, column_indptr, column_rows, need, column_alive)]] = True
                continue
        if rules.rows:
            _dominate_rows(indptr, indices, column_indptr, column_rows, need, row_alive)
        if rules.columns:
            _dominate_columns(indptr, indices, column_indptr, column_rows, need, row_alive, column_alive, cost[columns])
            if keep is not None:
                column_alive |= keep[columns]
        if (int(row_alive.sum()), int(column_alive.sum())) == before:
            break
        need = np.where(row_alive, need, 0).astype(np.int32)
    core = Core(indptr, indices, column_indptr, column_rows, need, cost[columns])
    opened = np.flatnonzero(forced)
    forcing = np.concatenate(forcing_rows) if forcing_rows else np.empty(0, dtype=np.int64)
    return Reduction(core, rows, columns, opened, np.sort(forcing), m, float(cost[opened].sum()))


def undominated_rows(coverage: Coverage, requirement: Indices) -> Bools:
    """(rows,) the rows that no other row implies (of equal ones, the first)."""
    alive = np.ones(coverage.n_points, dtype=bool)
    column_indptr, column_rows = transpose(coverage.indptr, coverage.indices, coverage.n_candidates)
    _dominate_rows(coverage.indptr, coverage.indices, column_indptr, column_rows, requirement, alive)
    return alive


def transpose(indptr: Ints, indices: Indices, n_columns: int) -> tuple[Ints, Indices]:
    """CSR → CSC: (columns+1,) pointers and the ascending rows of each column."""
    out: tuple[Ints, Indices] = _transpose(indptr, indices, n_columns)
    return out


def _rows_with(coverage: Coverage, column: int) -> Bools:
    rows = np.zeros(coverage.n_points, dtype=bool)
    where = np.flatnonzero(coverage.indices == column)
    rows[np.searchsorted(coverage.indptr, where, side="right") - 1] = True
    return rows


def _compact(
    rows: Ints, columns: Ints, need: Indices, indptr: Ints, indices: Indices, row_alive: Bools, column_alive: Bools
) -> tuple[Ints, Ints, Indices, Ints, Indices]:
    """What is left when dead rows and columns are dropped and the living ones renumbered."""
    new_column = np.full(len(columns), -1, dtype=np.int32)
    new_column[column_alive] = np.arange(int(column_alive.sum()), dtype=np.int32)
    sizes = np.diff(indptr)
    entry_alive = np.repeat(row_alive, sizes) & column_alive[indices]
    row_of_entry = np.repeat(np.arange(len(rows)), sizes)[entry_alive]
    kept = np.bincount(row_of_entry, minlength=len(rows))[row_alive]
    pointers = np.zeros(len(kept) + 1, dtype=np.int64)
    np.cumsum(kept, out=pointers[1:])
    return rows[row_alive], columns[column_alive], need[row_alive], pointers, new_column[indices[entry_alive]]


@nb.njit(cache=True)
def _transpose(indptr, indices, n_columns):  # type: ignore[no-untyped-def]
    pointers = np.zeros(n_columns + 1, dtype=np.int64)
    for j in indices:
        pointers[j + 1] += 1
    pointers = np.cumsum(pointers)
    at = pointers[:-1].copy()
    rows = np.empty(len(indices), dtype=np.int32)
    for i in range(len(indptr) - 1):
        for p in range(indptr[i], indptr[i + 1]):
            rows[at[indices[p]]] = i
            at[indices[p]] += 1
    return pointers, rows


@nb.njit(cache=True)
def _force(indptr, indices, column_indptr, column_rows, need, column_alive):  # type: ignore[no-untyped-def]
    """Open every column of each row that has none to spare; lowers ``need``, ends ``column_alive``."""
    opened = np.zeros(len(column_alive), dtype=np.bool_)
    for i in range(len(indptr) - 1):
        if indptr[i + 1] - indptr[i] == need[i]:
            for p in range(indptr[i], indptr[i + 1]):
                opened[indices[p]] = True
    newly = np.flatnonzero(opened)
    for j in newly:
        column_alive[j] = False
        for p in range(column_indptr[j], column_indptr[j + 1]):
            need[column_rows[p]] -= 1
    return newly


@nb.njit(cache=True)
def _contains(pointers, entries, small, large):  # type: ignore[no-untyped-def]
    """Whether list ``small`` is a subset of list ``large`` (both ascending)."""
    q, end = pointers[large], pointers[large + 1]
    p, stop = pointers[small], pointers[small + 1]
    while p < stop:
        if stop - p > end - q:
            return False
        wanted = entries[p]
        while q < end and entries[q] < wanted:
            q += 1
        if q == end or entries[q] != wanted:
            return False
        p += 1
        q += 1
    return True


@nb.njit(cache=True)
def _dominate_rows(indptr, indices, column_indptr, column_rows, need, row_alive):  # type: ignore[no-untyped-def]
    """Small rows first; whatever contains row i also lies in the shortest column of row i."""
    n = len(indptr) - 1
    sizes = indptr[1:] - indptr[:-1]
    for i in np.argsort(sizes * 16 - need, kind="mergesort"):
        if not row_alive[i]:
            continue
        rarest = indices[indptr[i]]
        for p in range(indptr[i], indptr[i + 1]):
            j = indices[p]
            if column_indptr[j + 1] - column_indptr[j] < column_indptr[rarest + 1] - column_indptr[rarest]:
                rarest = j
        for p in range(column_indptr[rarest], column_indptr[rarest + 1]):
            other = column_rows[p]
            if other == i or not row_alive[other] or sizes[other] < sizes[i] or need[other] > need[i]:
                continue
            if _contains(indptr, indices, i, other):
                row_alive[other] = False
    return n


@nb.njit(cache=True)
def _dominate_columns(  # type: ignore[no-untyped-def]
    indptr, indices, column_indptr, column_rows, need, row_alive, column_alive, cost
):
    """Columns are compared on the rows still alive, so dead rows are dropped from the lists first."""
    m = len(column_indptr) - 1
    pointers = np.zeros(m + 1, dtype=np.int64)
    entries = np.empty(len(column_rows), dtype=np.int32)
    at = 0
    for j in range(m):
        for p in range(column_indptr[j], column_indptr[j + 1]):
            if row_alive[column_rows[p]]:
                entries[at] = column_rows[p]
                at += 1
        pointers[j + 1] = at
    end_dominated(indptr, indices, pointers, entries, need, cost, column_alive)


@nb.njit(cache=True)
def end_dominated(indptr, indices, pointers, entries, need, cost, alive):  # type: ignore[no-untyped-def]
    """End ``alive`` for columns without rows or with enough remaining dominators; small ones first, ties by index.

    indptr, indices: candidates by row · pointers, entries: rows by column.
    """
    sizes = pointers[1:] - pointers[:-1]
    for j in np.argsort(sizes, kind="mergesort"):
        if not alive[j]:
            continue
        if sizes[j] == 0:
            alive[j] = False
            continue
        wanted, shortest = 0, entries[pointers[j]]
        for p in range(pointers[j], pointers[j + 1]):
            i = entries[p]
            wanted = max(wanted, need[i])
            if indptr[i + 1] - indptr[i] < indptr[shortest + 1] - indptr[shortest]:
                shortest = i
        dominators = 0
        for p in range(indptr[shortest], indptr[shortest + 1]):
            other = indices[p]
            if other == j or not alive[other] or sizes[other] < sizes[j] or cost[other] > cost[j]:
                continue
            if _contains(pointers, entries, j, other):
                dominators += 1
                if dominators == wanted:
                    alive[j] = False
                    break
