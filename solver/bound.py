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
import numpy as np

from solver.coverage import Coverage, Indices
from solver.problem import Floats, Ints
from solver.reduction import Bools, Core, Reduction

SCALE = 1_000_000
ROUNDING = 1e-6
"""A bound this little above a whole number is that number (HiGHS's feasibility tolerance)."""


@dataclass(frozen=True, eq=False)
class Certificate:
    """points: (q,) demand positions with a multiplier · multiplier: (q,) y_i·SCALE > 0 · bound: in units of cost."""

    points: Ints
    multiplier: Ints
    bound: float


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


def relax(core: Core, seconds: float, stop: Callable[[], bool]) -> Relaxation | None:
    """The core's linear relaxation, None when time runs out or ``stop()`` says so.

    Interior point without crossover: 1 s where the simplex takes 12-37 s on national cores.
    """
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
    highs = highspy.Highs()
    options = {"output_flag": False, "threads": 1, "solver": "ipm", "run_crossover": "off"}
    for option, value in {**options, "time_limit": max(0.0, seconds)}.items():
        highs.setOptionValue(option, value)

    def on_event(_kind: Any, _message: str, _out: Any, told: Any, _data: Any) -> None:
        told.user_interrupt = stop()

    highs.setCallback(on_event, None)
    highs.startCallback(highspy.cb.HighsCallbackType.kCallbackIpmInterrupt)
    highs.passModel(lp)
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
    coverage: Coverage,
    requirement: Indices,
    cost: Floats,
    required: Bools,
) -> Certificate:
    """The bound that the duals of the core prove on the original rows (without them, what the forced sites prove).

    A row that forced its columns open gets the dearest of their costs as multiplier: that counts them in full.
    """
    multiplier = np.zeros(coverage.n_points, dtype=np.int64)
    if relaxation is not None:
        multiplier[reduction.rows] = np.floor(relaxation.duals * SCALE).astype(np.int64)
    for i in reduction.forcing_rows:
        columns = coverage.indices[coverage.indptr[i] : coverage.indptr[i + 1]]
        multiplier[i] = max(multiplier[i], int(np.ceil(cost[columns].max() * SCALE)))
    points = np.flatnonzero(multiplier)
    load = column_load(multiplier, coverage)
    return Certificate(points, multiplier[points], certified_bound(multiplier, requirement, load, cost, required))


def column_load(multiplier: Ints, coverage: Coverage) -> Ints:
    """(m,) Σ of the multipliers of the rows each column covers."""
    per_entry = np.repeat(multiplier, np.diff(coverage.indptr))
    load = np.zeros(coverage.n_candidates, dtype=np.int64)
    np.add.at(load, coverage.indices, per_entry)
    return load


def certified_bound(multiplier: Ints, requirement: Indices, load: Ints, cost: Floats, required: Bools) -> float:
    """The formula of this module's docstring, in integers; the result in units of cost, never below 0."""
    surplus = load - np.floor(cost * SCALE).astype(np.int64)
    paid = np.where(required, surplus, np.maximum(surplus, 0))
    total = int((requirement.astype(np.int64) * multiplier).sum()) - int(paid.sum())
    return max(0.0, total / SCALE)


def rounded_up(bound: float, whole: bool) -> float:
    """A bound on plans that all cost whole numbers may be rounded up to the next one."""
    return float(np.ceil(bound - ROUNDING)) if whole and np.isfinite(bound) else float(bound)
