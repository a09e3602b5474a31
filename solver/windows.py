"""Exact re-optimisation of one part of the map: frees some neighbouring sites and asks whether fewer would do.

Local search stalls where an improvement needs a dozen sites to move at once.  A window of open sites is small
enough to be decided exactly by the same branch and bound that proves the bounds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from solver.bound import relax
from solver.branch import LazyRelaxation, cover_of_at_most
from solver.coverage import Coverage
from solver.drift import drift
from solver.problem import Ints
from solver.reduction import Bools, Core, reduce

FIRST_SIZE, LARGEST_SIZE = 30, 100
WINDOWS_PER_SIZE = 100
SECONDS_PER_WINDOW = 2.0
SWAPS_PER_SITE = 2
"""How often each open site is offered a swap between two windows; 0.3 finds less, 20 no more."""


class WindowSearch:
    """Windows around random open sites; they grow while they are decided in time, and shrink when they are not.

    Between two windows the plan drifts to another of the same size.  Reaches 183 sites on conus-15k-200 within
    seconds where local search stays at 184, 604 on conus-5k-100 within half a minute where it stays at 608.  For
    cores of equal costs; what it finds depends on the clock.

    promising: (columns,) the closed sites a window may open.
    """

    def __init__(self, core: Core, start: Bools, promising: Bools, seed: int) -> None:
        self._core = core
        self._promising = promising
        self._cover = start
        self._random = np.random.default_rng(seed)
        self._size = min(float(FIRST_SIZE), max(6.0, start.sum() / 4))

    def run(self, best: Bools, windows: int, stop: Callable[[], bool]) -> Bools:
        """The best cover after so many windows, from ``best`` when it is better than where the last run ended."""
        if best.sum() < self._cover.sum():
            self._cover = best
        for _ in range(windows):
            if stop():
                break
            swaps = SWAPS_PER_SITE * int(self._cover.sum())
            cover = drift(self._core, self._cover, swaps, int(self._random.integers(2**32)))
            window = around(self._core, cover, int(self._random.choice(np.flatnonzero(cover))), int(self._size))
            end = time.monotonic() + SECONDS_PER_WINDOW
            among = self._promising | cover
            better = shrink(self._core, cover, window, among, lambda end=end: stop() or time.monotonic() > end)  # type: ignore[misc]
            self._cover = cover if better is None else better
            if time.monotonic() > end:
                self._size = max(4.0, self._size * 0.95)
            else:
                self._size = min(LARGEST_SIZE, self._size + 10 / WINDOWS_PER_SIZE)
        return self._cover


def around(core: Core, best: Bools, centre: int, size: int) -> Ints:
    """The ``size`` open columns nearest to open column ``centre``, by steps over shared rows, then rows shared."""
    taken = np.zeros(core.n_columns, dtype=bool)
    taken[centre] = True
    rows = np.zeros(core.n_rows, dtype=bool)
    while taken.sum() < size:
        for j in np.flatnonzero(taken):
            rows[core.column_rows[core.column_indptr[j] : core.column_indptr[j + 1]]] = True
        inside = np.repeat(rows, np.diff(core.indptr))
        shared = np.bincount(core.indices[inside], minlength=core.n_columns)
        shared[~best | taken] = 0
        nearest = np.argsort(-shared, kind="stable")[: max(1, min(size - int(taken.sum()), 6))]
        nearest = nearest[shared[nearest] > 0]
        if not len(nearest):
            break
        taken[nearest] = True
    return np.flatnonzero(taken)


def shrink(core: Core, best: Bools, window: Ints, among: Bools, stop: Callable[[], bool]) -> Bools | None:
    """A cover with one column less than ``best``, where columns of the window give way to others ``among`` which
    it may be; None when there is none or ``stop()`` came first.  For cores of equal costs."""
    kept = best.copy()
    kept[window] = False
    have = np.add.reduceat(kept[core.indices], core.indptr[:-1], dtype=np.int64)
    need = core.requirement - have
    rows = np.flatnonzero(need > 0)
    free = ~kept & among
    sizes = np.diff(core.indptr)[rows]
    entries = np.concatenate([core.indices[core.indptr[i] : core.indptr[i + 1]] for i in rows])
    entry_row = np.repeat(np.arange(len(rows)), sizes)[free[entries]]
    indptr = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum(np.bincount(entry_row, minlength=len(rows)), out=indptr[1:])
    part = Coverage(indptr, entries[free[entries]], np.empty(0), core.n_columns)
    reduction = reduce(part, need[rows].astype(np.int32), core.cost, np.empty(0, dtype=np.int64))
    target = len(window) - 1 - len(reduction.forced)
    if target < 0:
        return None
    chosen = np.zeros(reduction.core.n_columns, dtype=bool)
    if reduction.core.n_rows:
        relaxation = relax(reduction.core, 10.0, stop)
        if relaxation is None or relaxation.bound > target + 1e-6:
            return None
        _, found = cover_of_at_most(target, LazyRelaxation(reduction.core, relaxation, stop), stop)
        if found is None:
            return None
        chosen = found
    better: Bools = kept | reduction.lift(chosen)
    return better
