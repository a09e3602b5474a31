"""Lower bounds: the linear relaxation, and a certificate that needs no trust in floating point.

For any multipliers y_i ≥ 0 on the demand rows, every plan costs at least

    Σ_i r_i y_i  −  Σ_j max(0, Σ_{i: j ∈ N(i)} y_i − cost_j)          (required sites: without the max)

because x_j ≤ 1.  With y and cost scaled by SCALE and rounded to integers (cost downwards) the sum is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numba as nb
import numpy as np

from solver.plan import CERTIFICATE_SCALE as SCALE
from solver.plan import Certificate
from solver.problem import Floats, Ints
from solver.reduction import Bools, Core, Reduction
from solver.shared_risk import Rows

ASCENT_ENTRIES = 500_000_000
"""What the ascent may look at: a second.  National instances settle long before; on ten million points the next
hundred seconds would win 0.01 sites."""

ROUNDING = 1e-6
"""A bound this little above a whole number is that number (HiGHS's feasibility tolerance)."""


@dataclass(frozen=True, eq=False)
class Relaxation:
    """A solution of a core's linear relaxation, exact enough to guide and to bound, not a vertex.

    x: (columns,) in [0, 1] · duals: (rows,) ≥ 0 · reduced_cost: (columns,) cost − Σ duals of its rows ·
    bound: what the duals prove: no cover of the core is cheaper.
    """

    x: Floats
    duals: Floats
    reduced_cost: Floats
    bound: float


def linear_program(core: Core) -> highspy.HighsLp:
    """The core's linear relaxation as HiGHS takes it: 0 ≤ x ≤ 1, one row per core row."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = core.n_columns, core.n_rows
    lp.col_cost_ = core.cost
    lp.col_lower_, lp.col_upper_ = np.zeros(core.n_columns), np.ones(core.n_columns)
    lp.row_lower_ = core.requirement.astype(np.float64)
    lp.row_upper_ = np.full(core.n_rows, highspy.kHighsInf)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = core.indptr.astype(np.int32)
    lp.a_matrix_.index_ = core.indices
    lp.a_matrix_.value_ = np.ones(len(core.indices))
    return lp


def relax(core: Core, seconds: float, stop: Callable[[], bool]) -> Relaxation | None:
    """The core's linear relaxation, None when time runs out or ``stop()`` says so.

    Interior point without crossover: 1 s where the simplex takes 12-37 s on national cores.
    """
    highs = highspy.Highs()
    options = {"output_flag": False, "threads": 1, "solver": "ipm", "run_crossover": "off"}
    for option, value in {**options, "time_limit": max(0.0, seconds)}.items():
        highs.setOptionValue(option, value)

    def on_event(_kind: Any, _message: str, _out: Any, told: Any, _data: Any) -> None:
        told.user_interrupt = stop()

    highs.setCallback(on_event, None)
    highs.startCallback(highspy.cb.HighsCallbackType.kCallbackIpmInterrupt)
    highs.passModel(linear_program(core))
    highs.run()
    solution = highs.getSolution()
    x, duals = np.asarray(solution.col_value), np.asarray(solution.row_dual, dtype=np.float64)
    # Without crossover a tiny relaxation may end as "unknown"; any duals ≥ 0 are good for a bound.
    ended = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kUnknown)
    complete = len(x) == core.n_columns and len(duals) == core.n_rows
    if highs.getModelStatus() not in ended or not complete or not np.all(np.isfinite(np.concatenate([x, duals]))):
        return None
    duals = np.maximum(duals, 0.0)
    weights = np.repeat(duals, np.diff(core.indptr))
    load = np.bincount(core.indices, weights=weights, minlength=core.n_columns)
    reduced_cost = core.cost - load
    bound = float(core.requirement @ duals + np.minimum(reduced_cost, 0.0).sum())
    return Relaxation(np.clip(x, 0.0, 1.0), duals, reduced_cost, bound)


def certify(
    relaxation: Relaxation | None,
    reduction: Reduction,
    rows: Rows,
    cost: Floats,
    required: Bools,
) -> Certificate:
    """Integer multipliers on the original rows, and the bound they prove.

    They start from the core's duals; a row that forced its columns open gets the dearest of their costs, which
    counts them in full.  What the reductions shifted between rows is then won back by integer ascent: within
    0.001 sites of the relaxation on every national instance, in 0.03 s.
    """
    coverage, requirement = rows.pattern, rows.requirement
    scaled_cost = scaled(cost)
    multiplier = np.zeros(coverage.n_points, dtype=np.int64)
    if relaxation is not None:
        multiplier[reduction.rows] = np.floor(relaxation.duals * SCALE).astype(np.int64)
    for i in reduction.forcing_rows:
        columns = coverage.indices[coverage.indptr[i] : coverage.indptr[i + 1]]
        multiplier[i] = max(multiplier[i], int(scaled_cost[columns].max()))
    load = _load(coverage.indptr, coverage.indices, multiplier, coverage.n_candidates)
    _ascend(coverage.indptr, coverage.indices, requirement, scaled_cost, required, multiplier, load, ASCENT_ENTRIES)
    surplus = load - scaled_cost
    paid = int(np.where(required, surplus, np.maximum(surplus, 0)).sum())
    total = int((requirement.astype(np.int64) * multiplier).sum()) - paid
    used = np.flatnonzero(multiplier)
    bound = max(0.0, total / SCALE)
    return Certificate(rows.point[used], multiplier[used], bound, rows.risk[used], rows.group[used])


def scaled(cost: Floats) -> Ints:
    """Costs in units of 1/SCALE, rounded down: a plan can only cost more."""
    return np.floor(cost * SCALE).astype(np.int64)


@nb.njit(cache=True, nogil=True)
def _load(indptr, indices, multiplier, n_candidates):  # type: ignore[no-untyped-def]
    load = np.zeros(n_candidates, dtype=np.int64)
    for i in np.flatnonzero(multiplier):
        for p in range(indptr[i], indptr[i + 1]):
            load[indices[p]] += multiplier[i]
    return load


@nb.njit(cache=True, nogil=True)
def _ascend(indptr, indices, requirement, cost, required, multiplier, load, budget):  # type: ignore[no-untyped-def]
    """Raise or lower one multiplier at a time as long as the bound rises: the bound is concave and piecewise linear.

    budget: how many entries to look at before any multipliers will do.
    """
    rising = True
    while rising:
        rising = False
        for i in range(len(requirement)):
            first, last = indptr[i], indptr[i + 1]
            while last > first:
                budget -= last - first
                if budget < 0:
                    return
                tight = over = 0
                up, down = np.int64(2**62), multiplier[i]
                for p in range(first, last):
                    j = indices[p]
                    spare = cost[j] - load[j]
                    tight += required[j] or spare <= 0
                    over += required[j] or spare < 0
                    if not required[j] and spare > 0:
                        up = min(up, spare)
                    if not required[j] and spare < 0:
                        down = min(down, -spare)
                if tight < requirement[i] and up < 2**62:
                    step = up
                elif over > requirement[i] and down > 0:
                    step = -down
                else:
                    break
                rising = True
                multiplier[i] += step
                for p in range(first, last):
                    load[indices[p]] += step


def rounded_up(bound: float, whole: bool) -> float:
    """A bound on plans that all cost whole numbers may be rounded up to the next one."""
    return float(np.ceil(bound - ROUNDING)) if whole and np.isfinite(bound) else float(bound)
