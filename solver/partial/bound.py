"""The relaxation of partial cover: who could be protected at most, from the sites' side alone.

With n(x) the sum of x over a row and top_s(x) the sum of its s largest values, the share of a point that fractional
sites x leave unprotected is at least, for each of its rows and every s < requirement r,

    1 − (n(x) − top_s(x)) / (r − s)

and for whole x the largest of these is 1 or 0, as it should be.  (With s = 0 alone, two halves of the sites would
protect everybody: on conus-15k-200 with 150 sites that bound is 150 thousand people, this one 582 thousand.)  Each of
them is linear in x once the s largest are named, so

    unprotected(cluster)  ≥  constant + slope · x        (a cut: the sum over the cluster's points, at some x)

and a master program over x and one variable per cluster of points collects cuts until none is violated (Benders
decomposition: Cordeau, Furini, Ljubić 2019, for single cover).  No bound trusts the LP solver: it is added up anew
from multipliers of the right sign.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numba as nb
import numpy as np

from solver.partial.aim import Aim
from solver.partial.core import PartialCore
from solver.problem import Floats, Ints
from solver.reduction import Bools

CLUSTERS = 400
EVENTS = highspy.cb.HighsCallbackType
INTERRUPTS = (
    EVENTS.kCallbackSimplexInterrupt,
    EVENTS.kCallbackIpmInterrupt,
    EVENTS.kCallbackMipInterrupt,
    EVENTS.kCallbackMipLogging,
)
PER_MILLE = 1000.0
VIOLATED = 1e-4
"""A cut joins when it is violated by this many thousandths of the core's people."""

SAFETY = 1e-6
"""Thousandths of the core's people taken off a bound on people: what rounding in the cuts cannot reach."""


@dataclass(frozen=True, eq=False)
class Cut:
    """Σ_points share_p · unprotected_p + Σ_columns slope_j x_j ≥ constant, in thousandths of the core's people."""

    points: Ints
    share: Floats
    columns: Ints
    slope: Floats
    constant: float


@dataclass(frozen=True, eq=False)
class PartialRelaxation:
    """x: (columns,) a solution of the relaxation · cuts: those that prove its bound · master: to go on from there."""

    x: Floats
    cuts: tuple[Cut, ...]
    master: Master


def relax_partial(
    core: PartialCore,
    aim: Aim,
    stop: Callable[[], bool],
    on_bound: Callable[[float], None],
    on_x: Callable[[Floats], None] = lambda _: None,
) -> PartialRelaxation | None:
    """The relaxation, or as much of it as ``stop()`` allows; None before the first of the bounds it tells.

    on_x: hears of every solution on the way.
    """
    master = Master(core, aim)
    master.heed(stop)
    best = -np.inf
    while not stop() and master.add_cuts() and master.solve():
        bound = master.bound()
        if bound > best:
            best = bound
            on_bound(bound)
        on_x(master.x)
    return master.relaxation() if np.isfinite(best) else None


class Master:
    """The program over columns and clusters; people are counted in thousandths of the core's."""

    def __init__(self, core: PartialCore, aim: Aim) -> None:
        self._core, self._aim = core, aim
        self._value, self._limits = aim.value(core), aim.limits(core)
        self._total = float(core.weight.sum()) / PER_MILLE or 1.0
        self._weight = core.weight / self._total
        self._cluster = clusters(core, CLUSTERS)
        k = self._k = int(self._cluster.max(initial=-1)) + 1
        m = core.n_columns
        self._order = np.argsort(self._cluster, kind="stable")
        self._most = np.bincount(self._cluster, weights=self._weight, minlength=k)
        self._const: list[Floats] = []
        self._cut_cluster: list[Ints] = []
        self._sizes: list[Ints] = []
        self._columns: list[Any] = []
        self._slopes: list[Floats] = []
        self.x, self._theta = np.zeros(m), np.zeros(k)
        self._centre: Floats | None = None
        highs = self._highs = highspy.Highs()
        for option, value in {"output_flag": False, "threads": 1, "presolve": "off"}.items():
            highs.setOptionValue(option, value)
        none = np.empty(0, dtype=np.int32)
        people = self._value is None
        objective = np.concatenate([np.zeros(m) if self._value is None else self._value, np.full(k, float(people))])
        upper = np.concatenate([np.ones(m), self._most])
        highs.addCols(m + k, objective, np.zeros(m + k), upper, 0, np.zeros(m + k, dtype=np.int32), none, np.empty(0))
        for vector, limit in self._limits:
            highs.addRow(-highspy.kHighsInf, limit, m, np.arange(m, dtype=np.int32), vector)
        if not people:
            share = aim.target / self._total
            highs.addRow(-highspy.kHighsInf, share, k, np.arange(m, m + k, dtype=np.int32), np.ones(k))

    def heed(self, stop: Callable[[], bool], on_bound: Callable[[float], None] = lambda _: None) -> None:
        """From now on end when ``stop()`` says so, and tell the bounds of integer runs."""

        def on_event(kind: Any, _message: str, out: Any, told: Any, _data: Any) -> None:
            if kind in (EVENTS.kCallbackMipLogging, EVENTS.kCallbackMipInterrupt):
                self._tell(out.mip_dual_bound, on_bound)
            if kind != EVENTS.kCallbackMipLogging:
                told.user_interrupt = stop()

        self._highs.setCallback(on_event, None)
        for kind in INTERRUPTS:
            self._highs.startCallback(kind)

    def _tell(self, bound: float, on_bound: Callable[[float], None]) -> None:
        if np.isfinite(bound):
            on_bound((bound - SAFETY) * self._total if self._value is None else bound)

    def prove(
        self,
        start: Bools,
        stop: Callable[[], bool],
        on_bound: Callable[[float], None],
        on_selection: Callable[[Bools], None],
        seed: int,
    ) -> None:
        """Whole columns: run after run of the mixed-integer solver, each with the cuts at the last one's answer.

        Every run bounds the true problem; when an answer violates no cut, it is the best there is.
        """
        m, k = self._core.n_columns, self._k
        self.heed(stop, on_bound)
        whole = np.array([highspy.HighsVarType.kInteger] * m)
        self._highs.changeColsIntegrality(m, np.arange(m, dtype=np.int32), whole)
        options = {"presolve": "on", "random_seed": seed % 2**31, "mip_rel_gap": 0.0, "mip_abs_gap": 1e-9}
        for option, value in options.items():
            self._highs.setOptionValue(option, value)
        best = start
        while not stop():
            shares = np.bincount(self._cluster, weights=self._weight * self._core.unprotected(best), minlength=k)
            first = np.concatenate([best.astype(np.float64), shares])
            self._highs.setSolution(m + k, np.arange(m + k, dtype=np.int32), first)
            self._highs.run()
            self._tell(self._highs.getInfo().mip_dual_bound, on_bound)
            value = np.asarray(self._highs.getSolution().col_value)
            if len(value) != m + k:
                return
            self.x, self._theta = np.round(value[:m]), value[m:]
            answer = self.x > 0.5
            on_selection(answer)
            if np.isfinite(self._aim.worth(self._core, answer)):
                best = min(best, answer, key=lambda chosen: self._aim.worth(self._core, chosen))
            if not self._cut_at(self.x):
                return

    def add_cuts(self) -> bool:
        """Cut off the present solution; False when it violates nothing by more than VIOLATED.

        The cuts are taken between the solution and the centre of those before it, which halves the rounds.
        """
        added = 0
        between = [] if self._centre is None else [0.3 * self.x + 0.7 * self._centre]
        for x in (*between, self.x):
            added += self._cut_at(x)
            if added > 0.3 * self._k:
                break
        self._centre = self.x.copy() if self._centre is None else 0.7 * self._centre + 0.3 * self.x
        return added > 0

    def _cut_at(self, x: Floats) -> int:
        core, m = self._core, self._core.n_columns
        row = np.full(len(core.weight), -1, dtype=np.int64)
        tops = np.zeros(len(core.weight), dtype=np.int64)
        lack = np.zeros(len(core.weight))
        _envelope(core.indptr, core.indices, core.requirement, core.point, x, lack, row, tops)
        const, starts, columns, slopes = _slopes(
            core.indptr, core.indices, core.requirement, self._weight, self._cluster, self._order, self._k, x, row,
            tops, m,
        )  # fmt: skip
        cut = np.repeat(np.arange(self._k), np.diff(starts))
        value = const - np.bincount(cut, weights=slopes * self.x[columns], minlength=self._k)
        chosen = np.flatnonzero(value > self._theta + VIOLATED)
        if not len(chosen):
            return 0
        mine = np.isin(cut, chosen)
        sizes = np.diff(starts)[chosen]
        ends = np.cumsum(sizes)
        entries = np.insert(columns[mine].astype(np.int32), ends, (m + chosen).astype(np.int32))
        values = np.insert(slopes[mine], ends, 1.0)
        first = np.concatenate([[0], np.cumsum(sizes + 1)[:-1]]).astype(np.int32)
        upper = np.full(len(chosen), highspy.kHighsInf)
        self._highs.addRows(len(chosen), const[chosen], upper, len(entries), first, entries, values)
        self._const.append(const[chosen])
        self._cut_cluster.append(chosen)
        self._sizes.append(sizes)
        self._columns.append(columns[mine])
        self._slopes.append(slopes[mine])
        return len(chosen)

    def solve(self) -> bool:
        """One run of the simplex; False when it was interrupted or gave up."""
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return False
        solution = self._highs.getSolution()
        value, m = np.asarray(solution.col_value), self._core.n_columns
        self.x, self._theta = np.clip(value[:m], 0.0, 1.0), value[m:]
        dual = np.asarray(solution.row_dual)
        n = len(self._limits)
        self._price = np.maximum(-dual[:n], 0.0)
        self._pressure = 1.0 if self._value is None else max(0.0, -float(dual[n]))
        self._y = np.maximum(dual[n + (self._value is not None) :], 0.0)
        return True

    def bound(self) -> float:
        """What the multipliers add up to; valid for any of the right sign, whatever else is wrong with them."""
        m = self._core.n_columns
        const, cluster = np.concatenate(self._const), np.concatenate(self._cut_cluster)
        columns, slopes = np.concatenate(self._columns), np.concatenate(self._slopes)
        reduced = np.zeros(m) if self._value is None else self._value.copy()
        total = float(self._y @ const)
        for (vector, limit), paid in zip(self._limits, self._price, strict=True):
            reduced += paid * vector
            total -= paid * limit
        weights = slopes * np.repeat(self._y, np.concatenate(self._sizes))
        reduced -= np.bincount(columns, weights=weights, minlength=m)
        spare = self._pressure - np.bincount(cluster, weights=self._y, minlength=self._k)
        total += float(np.minimum(reduced, 0.0).sum() + (np.minimum(spare, 0.0) * self._most).sum())
        if self._value is None:
            return max(0.0, (total - SAFETY) * self._total)
        return max(0.0, total - self._pressure * (self._aim.target / self._total + SAFETY))

    def relaxation(self) -> PartialRelaxation:
        """The last solution, and the cuts behind it."""
        return PartialRelaxation(self.x, self._binding(self._y), self)

    def _binding(self, y: Floats) -> tuple[Cut, ...]:
        """The cuts with a positive multiplier."""
        cluster, const = np.concatenate(self._cut_cluster), np.concatenate(self._const)
        ends = np.cumsum(np.concatenate(self._sizes))
        columns, slopes = np.concatenate(self._columns), np.concatenate(self._slopes)
        members = np.split(self._order, np.cumsum(np.bincount(self._cluster, minlength=self._k))[:-1])
        cuts = []
        for c in np.flatnonzero(y > 0):
            points, entries = members[cluster[c]], slice(ends[c - 1] if c else 0, ends[c])
            cuts.append(Cut(points, self._weight[points], columns[entries], slopes[entries], float(const[c])))
        return tuple(cuts)


def clusters(core: PartialCore, limit: int) -> Ints:
    """(points,) a cluster per point: points that one column could serve, of about equal weight, some ``limit``.

    One variable for all points needs many rounds of cuts, one for each point a large program; what a cluster's points
    have in common keeps its cuts sparse.
    """
    n = len(core.weight)
    label = np.full(n, -1, dtype=np.int64)
    entry_point = core.point[core.row_of_entry]
    held = 0
    while (label < 0).any():
        waiting = core.weight * (label < 0)
        gain = np.bincount(core.indices, weights=waiting[entry_point], minlength=core.n_columns)
        column = int(gain.argmax())
        rows = core.column_rows[core.column_indptr[column] : core.column_indptr[column + 1]]
        points = core.point[rows]
        label[points[label[points] < 0]] = held
        held += 1
    size = np.bincount(entry_point, minlength=n)
    order = np.lexsort((size, label))
    cap = float(core.weight.sum()) / limit
    cluster = np.empty(n, dtype=np.int64)
    at, load, last = -1, 0.0, -1
    for i in order:
        if label[i] != last or load + core.weight[i] > cap:
            at, load, last = at + 1, 0.0, label[i]
        cluster[i] = at
        load += core.weight[i]
    return cluster


@nb.njit(cache=True, nogil=True)
def _envelope(indptr, indices, requirement, point, x, lack, row, tops):  # type: ignore[no-untyped-def]
    """Per point the largest unprotected share that any of its rows proves, that row, and its s."""
    top = np.empty(requirement.max())
    for i in range(len(requirement)):
        need = requirement[i]
        total = 0.0
        top[:] = 0.0
        for p in range(indptr[i], indptr[i + 1]):
            value = x[indices[p]]
            total += value
            if need > 1 and value > top[need - 2]:
                s = need - 2
                while s > 0 and top[s - 1] < value:
                    top[s] = top[s - 1]
                    s -= 1
                top[s] = value
        share, left_out = 1.0 - total / need, 0
        for s in range(1, need):
            total -= top[s - 1]
            if 1.0 - total / (need - s) > share:
                share, left_out = 1.0 - total / (need - s), s
        if share > lack[point[i]] + 1e-12:
            lack[point[i]], row[point[i]], tops[point[i]] = share, i, left_out


@nb.njit(cache=True, nogil=True)
def _slopes(  # type: ignore[no-untyped-def]
    indptr, indices, requirement, weight, cluster, order, n_clusters, x, row, tops, n_columns
):
    """The cut of every cluster: constant, and −slope per column as CSR."""
    const = np.zeros(n_clusters)
    starts = np.zeros(n_clusters + 1, dtype=np.int64)
    size = 1024
    columns, values = np.empty(size, dtype=np.int32), np.empty(size)
    load, touched = np.zeros(n_columns), np.empty(n_columns, dtype=np.int64)
    seen = np.zeros(n_columns, dtype=np.bool_)
    at, k = 0, 0
    for c in range(n_clusters):
        n_touched = 0
        while k < len(order) and cluster[order[k]] == c:
            i, left_out = row[order[k]], tops[order[k]]
            heavy = weight[order[k]]
            k += 1
            if i < 0:
                continue
            const[c] += heavy
            slope = heavy / (requirement[i] - left_out)
            for p in range(indptr[i], indptr[i + 1]):
                j = indices[p]
                if not seen[j]:
                    seen[j], touched[n_touched] = True, j
                    n_touched += 1
                load[j] += slope
            floor, floor_at = np.inf, -1
            for _ in range(left_out):
                largest = -1
                for p in range(indptr[i], indptr[i + 1]):
                    j = indices[p]
                    if x[j] > floor or (x[j] == floor and p <= floor_at):
                        continue
                    if largest < 0 or x[j] > x[indices[largest]]:
                        largest = p
                floor, floor_at = x[indices[largest]], largest
                load[indices[largest]] -= slope
        if at + n_touched > size:
            size = 2 * (at + n_touched)
            more_columns, more_values = np.empty(size, dtype=np.int32), np.empty(size)
            more_columns[:at], more_values[:at] = columns[:at], values[:at]
            columns, values = more_columns, more_values
        for t in range(n_touched):
            j = touched[t]
            if load[j] > 0.0:
                columns[at], values[at] = j, load[j]
                at += 1
            load[j], seen[j] = 0.0, False
        starts[c + 1] = at
    return const, starts, columns[:at].copy(), values[:at].copy()
