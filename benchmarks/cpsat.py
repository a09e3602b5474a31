"""OR-Tools CP-SAT, raw and on the core.

A module of its own because ortools and highspy each bring a libhighs, and cannot be loaded into one process
(undefined symbols, ortools 9.15 and highspy 1.15, in either order).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from ortools.sat.python import cp_model

from benchmarks.shared import NO_TIME, Answer, Clock, Selection, lifted, reach_pattern, reduced, rows_of
from solver.problem import Floats, Problem


def cpsat_raw(problem: Problem, clock: Clock, seed: int) -> Answer:
    """CP-SAT with one constraint per demand point."""
    coverage, need = reach_pattern(problem)
    chosen, bound, note = _cpsat(rows_of(coverage), need.tolist(), problem.site_cost, clock, seed, 0.0)
    return Answer(None if chosen is None else np.flatnonzero(chosen), bound, note=note)


def cpsat_core(problem: Problem, clock: Clock, seed: int) -> Answer:
    """CP-SAT on the core that our exact reductions leave."""
    reduction = reduced(problem)
    core = reduction.core
    rows = [row.tolist() for row in np.split(core.indices, core.indptr[1:-1])] if core.n_rows else []
    chosen, bound, note = _cpsat(rows, core.requirement.tolist(), core.cost, clock, seed, reduction.forced_cost)
    return Answer(None if chosen is None else lifted(reduction, chosen), bound, note=note)


def _cpsat(
    rows: list[list[int]], need: list[int], cost: Floats, clock: Clock, seed: int, forced: float
) -> tuple[Selection | None, float, str]:
    model = cp_model.CpModel()
    x = [model.new_bool_var("") for _ in range(len(cost))]
    for row, needed in zip(rows, need, strict=True):
        if needed == 1:
            model.add_at_least_one(x[j] for j in row)
        elif needed:
            model.add(cp_model.LinearExpr.sum([x[j] for j in row]) >= needed)
    model.minimize(cp_model.LinearExpr.weighted_sum(x, [int(c) for c in cost]))
    left = clock.built()
    if left <= 0:
        return None, -np.inf, NO_TIME.note

    class Told(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            clock.tell(self.objective_value + forced, self.best_objective_bound + forced)

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 2
    solver.parameters.max_time_in_seconds = left
    solver.parameters.random_seed = seed
    status = solver.solve(model, Told())
    bound = float(solver.best_objective_bound) + forced
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None, bound, solver.status_name(status).lower()
    return np.array([solver.boolean_value(v) for v in x], dtype=bool), bound, ""


RUN: dict[str, Callable[[Problem, Clock, int], Answer]] = {"cpsat-core": cpsat_core, "cpsat-raw": cpsat_raw}
