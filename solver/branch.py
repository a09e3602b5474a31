"""Branch and bound for plans that count sites: is there a cover of at most T sites?

Asked for T = ⌈LP⌉, ⌈LP⌉ + 1, …, each "no" raises the proven bound by one site.  A fixed target makes the tree tiny:
whatever would push the relaxation above T is fixed at once.  On national instances one strong branching step on
a small relaxation proves what a general solver's root cuts need a minute for (180 sites in 2 s against 90 s).

The relaxation carries only the rows and columns that matter; the rest join when violated or priced in.  No
pruning trusts the LP solver: from its duals y ≥ 0 every bound is computed anew, over *all* columns, as

    Σ_i r_i y_i + Σ_j min over x_j in [low_j, high_j] of (1 − Σ_{i: j ∈ N(i)} y_i) x_j
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import highspy
import numpy as np

from solver.bound import Relaxation
from solver.problem import Floats, Ints
from solver.reduction import Bools, Core

EPSILON = 1e-6
LP_COLUMN_SLACK = 0.4
"""Columns of a reduced cost above this stay outside until priced in."""

ROWS_PER_ROUND = 60
CANDIDATES_AT_TOP = 10
CANDIDATES_BELOW = 4
TOP_DEPTH = 6
RELIABLE = 3
BEYOND_TARGET = 0.02
"""The simplex may end this far above the target: what it has proved by then need not be proved better."""


@dataclass
class Node:
    """Bounds on every column: low, high (columns,) of 0 or 1."""

    low: Floats
    high: Floats
    depth: int = 0

    def fixed(self, column: int, value: float) -> Node:
        low, high = self.low.copy(), self.high.copy()
        low[column] = high[column] = value
        return Node(low, high, self.depth + 1)


@dataclass
class Relaxed:
    """One relaxation: its proven bound; x is None when the node is infeasible (bound inf) or undecided (-inf)."""

    bound: float
    x: Floats | None = None
    reduced_cost: Floats | None = None


@dataclass
class Gains:
    """Pseudo-costs: what fixing a column to 0 or 1 has raised the bound by, per unit of movement."""

    total: Floats
    count: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.count = np.zeros_like(self.total)

    def learn(self, value: int, column: int, per_unit: float) -> None:
        self.total[value, column] += per_unit
        self.count[value, column] += 1

    def expected(self, value: int) -> Floats:
        known = self.count[value] > 0
        mean = self.total[value].sum() / max(1.0, self.count[value].sum())
        rates: Floats = np.where(known, self.total[value] / np.maximum(self.count[value], 1.0), mean)
        return rates

    def reliable(self, column: int) -> bool:
        return bool(self.count[:, column].min() >= RELIABLE)


class LazyRelaxation:
    """The linear relaxation of a unit-cost core, with rows and columns joining as needed."""

    def __init__(self, core: Core, start: Relaxation, stop: Callable[[], bool]) -> None:
        self.core = core
        self._requirement = core.requirement.astype(np.float64)
        self._in_lp_rows = np.zeros(core.n_rows, dtype=bool)
        self._rows: list[int] = []
        self._place = np.full(core.n_columns, -1, dtype=np.int32)
        self._columns = np.empty(0, dtype=np.int32)
        self._entry_row = np.empty(0, dtype=np.int32)
        self._entry_column = np.empty(0, dtype=np.int32)
        self._low, self._high = np.zeros(core.n_columns), np.ones(core.n_columns)
        self._target = np.inf
        highs = self._highs = highspy.Highs()
        for option, value in {"output_flag": False, "threads": 1, "presolve": "off"}.items():
            highs.setOptionValue(option, value)

        def on_event(_kind: Any, _message: str, _out: Any, told: Any, _data: Any) -> None:
            told.user_interrupt = stop()

        highs.setCallback(on_event, None)
        highs.startCallback(highspy.cb.HighsCallbackType.kCallbackSimplexInterrupt)
        self._add_rows(np.flatnonzero(start.duals > EPSILON))
        promising = np.flatnonzero(start.reduced_cost <= LP_COLUMN_SLACK)
        self._add_columns(promising if len(promising) else np.arange(core.n_columns))

    def aim(self, target: float) -> None:
        """From now on bounds above ``target`` are all alike."""
        self._target = target
        self._highs.setOptionValue("objective_bound", target + BEYOND_TARGET)

    def relax(self, node: Node, target: float) -> Relaxed:
        """Solve at ``node`` until the bound passes ``target`` or no row is violated and no column missing."""
        while True:
            relaxed = self.probe(node)
            if relaxed.bound > target or relaxed.x is None:
                return relaxed
            if self._price_in(node, relaxed):
                continue
            lack = self._requirement - np.add.reduceat(relaxed.x[self.core.indices], self.core.indptr[:-1])
            lack[self._in_lp_rows] = 0.0
            violated = np.flatnonzero(lack > EPSILON)
            if not len(violated):
                return relaxed
            self._add_rows(violated[np.argsort(-lack[violated], kind="stable")][:ROWS_PER_ROUND])

    def basis(self) -> Any:
        """Where the simplex stands."""
        return self._highs.getBasis()

    def probe(self, node: Node, basis: Any = None) -> Relaxed:
        """One run of the dual simplex at ``node``; a valid bound, but rows and columns may be missing.

        From ``basis``, if given: two probes of one node differ by two bounds, each from the node itself by one.
        """
        if basis is not None:
            self._highs.setBasis(basis)
        while True:
            self._set_bounds(node)
            status = self._run()
            if status == highspy.HighsModelStatus.kObjectiveBound:
                relaxed = self._relaxed(node)
                if relaxed.bound > self._target:
                    return relaxed
                status = self._run_to_the_end()
            if status == highspy.HighsModelStatus.kOptimal:
                return self._relaxed(node)
            if status != highspy.HighsModelStatus.kInfeasible:
                return Relaxed(-np.inf)
            missing = np.flatnonzero((self._place < 0) & (node.high > 0))
            if not len(missing):
                return Relaxed(np.inf)
            self._add_columns(missing)

    def _run(self) -> Any:
        self._highs.run()
        return self._highs.getModelStatus()

    def _run_to_the_end(self) -> Any:
        """For when HiGHS sees the target passed and its duals do not prove it."""
        self._highs.setOptionValue("objective_bound", highspy.kHighsInf)
        status = self._run()
        self.aim(self._target)
        return status

    def _relaxed(self, node: Node) -> Relaxed:
        """What the simplex has just found, and what its duals prove over all columns."""
        solution = self._highs.getSolution()
        duals = np.maximum(np.asarray(solution.row_dual), 0.0)
        load = np.bincount(self._entry_column, weights=duals[self._entry_row], minlength=self.core.n_columns)
        reduced_cost = 1.0 - load.astype(np.float64)
        bound = float(self._requirement[self._rows] @ duals)
        bound += float(np.minimum(reduced_cost * node.low, reduced_cost * node.high).sum())
        x = np.zeros(self.core.n_columns)
        x[self._columns] = np.asarray(solution.col_value)
        return Relaxed(bound, x, reduced_cost)

    def _price_in(self, node: Node, relaxed: Relaxed) -> bool:
        assert relaxed.reduced_cost is not None
        missing = np.flatnonzero((self._place < 0) & (node.high > 0) & (relaxed.reduced_cost < -EPSILON))
        self._add_columns(missing)
        return len(missing) > 0

    def _set_bounds(self, node: Node) -> None:
        changed = np.flatnonzero(((node.low != self._low) | (node.high != self._high)) & (self._place >= 0))
        if len(changed):
            place = self._place[changed]
            self._highs.changeColsBounds(len(changed), place, node.low[changed], node.high[changed])
            self._low[changed], self._high[changed] = node.low[changed], node.high[changed]

    def _add_rows(self, rows: Ints) -> None:
        if not len(rows):
            return
        core, first = self.core, len(self._rows)
        members = [core.indices[core.indptr[i] : core.indptr[i + 1]] for i in rows]
        self._in_lp_rows[rows] = True
        self._rows += rows.tolist()
        sizes = [len(member) for member in members]
        self._entry_row = np.concatenate([self._entry_row, np.repeat(np.arange(first, len(self._rows)), sizes)])
        self._entry_column = np.concatenate([self._entry_column, *members])
        inside = [self._place[member][self._place[member] >= 0] for member in members]
        starts = np.concatenate([[0], np.cumsum([len(one) for one in inside])[:-1]]).astype(np.int32)
        flat = np.concatenate(inside).astype(np.int32)
        upper = np.full(len(rows), highspy.kHighsInf)
        self._highs.addRows(len(rows), self._requirement[rows], upper, len(flat), starts, flat, np.ones(len(flat)))

    def _add_columns(self, columns: Ints) -> None:
        if not len(columns):
            return
        self._place[columns] = np.arange(len(self._columns), len(self._columns) + len(columns))
        self._columns = np.concatenate([self._columns, columns.astype(np.int32)])
        self._low[columns], self._high[columns] = 0.0, 1.0
        rank = np.full(self.core.n_columns, -1)
        rank[columns] = np.arange(len(columns))
        mine = rank[self._entry_column] >= 0
        owner, row = rank[self._entry_column[mine]], self._entry_row[mine]
        order = np.argsort(owner, kind="stable")
        starts = np.searchsorted(owner[order], np.arange(len(columns))).astype(np.int32)
        flat = row[order].astype(np.int32)
        zero, one = np.zeros(len(columns)), np.ones(len(columns))
        self._highs.addCols(len(columns), one, zero, one, len(flat), starts, flat, np.ones(len(flat)))


def cover_of_at_most(target: int, relaxation: LazyRelaxation, stop: Callable[[], bool]) -> tuple[bool, Bools | None]:
    """Search the whole tree for a cover of at most ``target`` columns.

    Returns (True, None) when there is none, (True, cover) when one is found, (False, None) when stopped.
    """
    core = relaxation.core
    limit = target + EPSILON
    relaxation.aim(limit)
    gains = Gains(np.zeros((2, core.n_columns)))
    stack = [Node(np.zeros(core.n_columns), np.ones(core.n_columns))]
    while stack:
        node = stack.pop()
        while True:
            if stop():
                return False, None
            relaxed = relaxation.relax(node, limit)
            if relaxed.bound > limit:
                break
            if relaxed.x is None:  # stopped, or the LP solver gave up: nothing is proved about this node
                return False, None
            _fix_by_reduced_cost(node, relaxed, limit)
            fractional = np.flatnonzero((relaxed.x > 1e-5) & (relaxed.x < 1 - 1e-5))
            chosen = relaxed.x > 0.5
            if not len(fractional) and core.is_cover(chosen) and chosen.sum() <= target:
                return True, chosen
            step, column = _branch(node, relaxed, fractional, relaxation, gains, limit)
            if step is Step.TIGHTENED:
                continue
            if step is Step.STUCK:
                return False, None
            if step is Step.SPLIT:
                first = 1.0 if relaxed.x[column] > 0.5 else 0.0
                stack += [node.fixed(column, 1.0 - first), node.fixed(column, first)]
            break
    return True, None


def _fix_by_reduced_cost(node: Node, relaxed: Relaxed, limit: float) -> None:
    """A column whose other bound alone would lift the relaxation above the limit stays where it is."""
    assert relaxed.reduced_cost is not None
    free = node.low < node.high
    room = limit - relaxed.bound
    node.high[free & (relaxed.reduced_cost > room)] = 0.0
    node.low[free & (relaxed.reduced_cost < -room)] = 1.0


class Step(Enum):
    """What became of a node."""

    SPLIT = "split on a column"
    PRUNED = "both values of some column are out of the question"
    TIGHTENED = "one value of some column is; the node took the other"
    STUCK = "nothing left to branch on, and nothing proved"


def _branch(
    node: Node, relaxed: Relaxed, fractional: Ints, relaxation: LazyRelaxation, gains: Gains, limit: float
) -> tuple[Step, int]:
    """Reliability branching: what to do with ``node``, and the column to split on."""
    assert relaxed.x is not None
    free = fractional if len(fractional) else np.flatnonzero(node.low < node.high)
    x = relaxed.x[free]
    down, up = gains.expected(0)[free] * x, gains.expected(1)[free] * (1 - x)
    likely = down * up + 1e-6 * np.minimum(x, 1 - x)
    tries = CANDIDATES_AT_TOP if node.depth < TOP_DEPTH else CANDIDATES_BELOW
    best, best_score = -1, -1.0
    basis = relaxation.basis()
    for k in np.argsort(-likely, kind="stable")[: 4 * tries]:
        column = int(free[k])
        if gains.reliable(column):
            score = max(down[k], 1e-4) * max(up[k], 1e-4)
        elif tries > 0:
            tries -= 1
            bounds = [relaxation.probe(node.fixed(column, float(value)), basis).bound for value in (0, 1)]
            if min(bounds) > limit:
                return Step.PRUNED, -1
            for value in (0, 1):
                if bounds[value] > limit:
                    node.low[column] = node.high[column] = 1.0 - value
                    return Step.TIGHTENED, -1
            rise = [max(bound - relaxed.bound, 0.0) for bound in bounds]
            for value, moved in ((0, x[k]), (1, 1 - x[k])):
                gains.learn(value, column, rise[value] / max(float(moved), 1e-3))
            score = max(rise[0], 1e-4) * max(rise[1], 1e-4)
        else:
            continue
        if score > best_score:
            best, best_score = column, score
    return (Step.SPLIT if best >= 0 else Step.STUCK), best
