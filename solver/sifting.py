"""The linear relaxation of a large core, from the few of its rows that bind.

Any part of the rows gives a valid bound, for it asks for less.  Solved for some rows, then for those that bind and
those that the answer leaves short, again and again, until nothing is short by much: on the core of ten million
points (31,611 rows) each round takes seconds where all rows at once did not end in a minute.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from solver.bound import Relaxation, relax
from solver.coverage import Indices
from solver.problem import Floats, Ints
from solver.reduction import Core, transpose

LARGE_CORE_ENTRIES = 3_000_000
"""From here on in rounds; the core of 21,408 places and 7,427 candidates at 300 km has 2.4 million."""

ROWS_PER_ROUND = 1_500
SHORT = 0.05
"""A row that lacks less than this is met: what it would add to the bound is less still."""

SPARE = 0.3
"""Rows with more than this to spare, and without a price, leave."""

LEAST_RISE = 1e-3
"""The last round is the one that moves the objective by a smaller share than this."""


def relax_in_rounds(
    core: Core, seconds: float, stop: Callable[[], bool], on_bound: Callable[[float], None]
) -> Relaxation | None:
    """``relax`` for a core of any size; of a large one the best that ``seconds`` allow, None when that is nothing.

    on_bound hears what each round proves.
    """
    if len(core.indices) < LARGE_CORE_ENTRIES:
        return relax(core, seconds, stop)
    end = time.monotonic() + seconds
    rows = np.unique(np.linspace(0, core.n_rows - 1, ROWS_PER_ROUND).astype(np.int64))
    found, objective = None, 0.0
    while True:
        part = relax(part_of(core, rows), end - time.monotonic(), stop)
        if part is None:
            return found
        duals = np.zeros(core.n_rows)
        duals[rows] = part.duals
        found = Relaxation(part.x, duals, part.reduced_cost, part.bound)
        on_bound(found.bound)
        missing: Floats = core.requirement - np.add.reduceat(part.x[core.indices], core.indptr[:-1]).astype(float)
        short = np.flatnonzero(missing > SHORT)
        risen = float(core.cost @ part.x) - objective
        objective += risen
        if len(short) == 0 or (risen < LEAST_RISE * objective and missing.max() < 1 - SHORT):
            return found
        rows = _next_rows(rows, part.duals, missing, short)


def _next_rows(rows: Ints, duals: Floats, missing: Floats, short: Ints) -> Ints:
    """Those that bind, and those most short."""
    worst = short[np.argsort(-missing[short], kind="stable")[:ROWS_PER_ROUND]]
    return np.union1d(rows[(duals > 1e-7) | (missing[rows] > -SPARE)], worst)


def part_of(core: Core, rows: Ints) -> Core:
    """The core with these rows alone, and all its columns."""
    sizes = np.diff(core.indptr)[rows]
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    entries = np.repeat(core.indptr[rows] - indptr[:-1], sizes) + np.arange(indptr[-1])
    indices: Indices = core.indices[entries]
    column_indptr, column_rows = transpose(indptr, indices, core.n_columns)
    return Core(indptr, indices, column_indptr, column_rows, core.requirement[rows], core.cost)
