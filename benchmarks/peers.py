"""All peers but CP-SAT: from a Problem to open candidate positions and a lower bound, in time."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pulp

from benchmarks.shared import NO_TIME, Answer, Clock, lifted, reach_pattern, reduced, rows_of
from solver.bound import linear_program
from solver.problem import Problem
from solver.solve import Limits, solve


def sitewright(problem: Problem, clock: Clock, seed: int) -> Answer:
    """The library's own solve."""
    plan = solve(
        problem, Limits(seconds=clock.limit_s), seed, on_progress=lambda step: clock.tell(step.incumbent, step.bound)
    )
    if not plan.usable:
        return Answer(None, plan.lower_bound, note=plan.outcome.value)
    position = {identity: j for j, identity in enumerate(problem.candidates.ids)}
    opened = np.array([position[identity] for identity in plan.open_sites], dtype=np.int64)
    return Answer(opened, plan.lower_bound, plan.certified_lower_bound)


def pulp_raw(problem: Problem, clock: Clock, seed: int, solver: str) -> Answer:
    """What a planner who knows PuLP would write: one constraint per demand point."""
    coverage, need = reach_pattern(problem)
    model = pulp.LpProblem("cover", pulp.LpMinimize)
    cost = problem.site_cost
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        x = [pulp.LpVariable(f"x{j}", cat="Binary") for j in range(coverage.n_candidates)]
        model += pulp.lpSum(c * v for c, v in zip(cost.tolist(), x, strict=True))
        for row, needed in zip(rows_of(coverage), need.tolist(), strict=True):
            if needed:
                model += pulp.lpSum(x[j] for j in row) >= needed
    left = clock.built()
    if left <= 0:
        return NO_TIME
    bound = _run_cbc(model, left) if solver == "CBC" else _run_highs(model, clock, left)
    values = [variable.value() for variable in x]
    chosen = np.array([value or 0.0 for value in values]) > 0.5
    # PuLP says "Optimal" for runs that ended by the clock; a plan is one only if it covers.
    covers = bool(np.all(np.add.reduceat(chosen[coverage.indices], coverage.indptr[:-1][need > 0]) >= need[need > 0]))
    return Answer(np.flatnonzero(chosen), bound) if covers else Answer(None, bound)


def _run_cbc(model: pulp.LpProblem, seconds: float) -> float:
    """Run PuLP's bundled CBC; its bound stands only in its log."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        log = Path(folder) / "cbc.log"
        model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=seconds, logPath=str(log)))
        text = log.read_text(errors="replace") if log.exists() else ""
    if "Result - Optimal solution found" in text:
        return _logged(text, r"^Objective value:\s+([-+.\de]+)")
    return _logged(text, r"^Lower bound:\s+([-+.\de]+)")


def _logged(text: str, pattern: str) -> float:
    found = re.findall(pattern, text, re.MULTILINE)
    return float(found[-1]) if found else -np.inf


def _run_highs(model: pulp.LpProblem, clock: Clock, seconds: float) -> float:
    solver = pulp.HiGHS(
        msg=False,
        timeLimit=seconds,
        callbackTuple=(_teller(clock), None),
        callbacksToActivate=[_IMPROVING, _LOGGING],
    )
    model.solve(solver)
    return float(model.solverModel.getInfo().mip_dual_bound)


_IMPROVING = highspy.cb.HighsCallbackType.kCallbackMipImprovingSolution
_LOGGING = highspy.cb.HighsCallbackType.kCallbackMipLogging


def _teller(clock: Clock, forced: float = 0.0) -> Callable[..., None]:
    def on_event(_kind: Any, _message: str, out: Any, _told: Any, _data: Any) -> None:
        plan = out.mip_primal_bound + forced
        clock.tell(plan if plan < 1e20 else None, out.mip_dual_bound + forced)

    return on_event


def highs_core(problem: Problem, clock: Clock, seed: int) -> Answer:
    """HiGHS without PuLP, on the core that our exact reductions leave."""
    reduction = reduced(problem)
    core = reduction.core
    lp = linear_program(core)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * core.n_columns
    left = clock.built()
    if left <= 0:
        return NO_TIME
    if core.n_columns == 0:
        return Answer(lifted(reduction, np.empty(0, dtype=bool)), reduction.forced_cost)
    highs = highspy.Highs()
    options = {"output_flag": False, "threads": 2, "random_seed": seed, "mip_rel_gap": 0.0, "time_limit": left}
    for option, value in options.items():
        highs.setOptionValue(option, value)
    highs.setCallback(_teller(clock, reduction.forced_cost), None)
    highs.startCallback(_IMPROVING)
    highs.startCallback(_LOGGING)
    highs.passModel(lp)
    highs.run()
    bound = float(highs.getInfo().mip_dual_bound) + reduction.forced_cost
    chosen = np.asarray(highs.getSolution().col_value) > 0.5
    covers = len(chosen) == core.n_columns and core.is_cover(chosen)
    return Answer(lifted(reduction, chosen) if covers else None, bound)


def spopt_lscp(problem: Problem, clock: Clock, seed: int) -> Answer:
    """spopt's LSCP over a dense matrix; points without any candidate are left out, for they make it infeasible."""
    from spopt.locate import LSCP

    coverage, need = reach_pattern(problem)
    served = np.flatnonzero(need)
    dense = np.full((len(served), coverage.n_candidates), 2.0, dtype=np.float64)
    for row, i in enumerate(served):
        dense[row, coverage.indices[coverage.indptr[i] : coverage.indptr[i + 1]]] = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        model = LSCP.from_cost_matrix(dense, 1.0)
        left = clock.built()
        if left <= 0:
            return NO_TIME
        model = model.solve(pulp.HiGHS(msg=False, timeLimit=left), results=False)
    values = np.array([variable.value() or 0.0 for variable in model.fac_vars])
    bound = float(model.problem.solverModel.getInfo().mip_dual_bound)
    chosen = values > 0.5
    covers = bool(np.all((dense[:, chosen] < 1).any(axis=1)))
    return Answer(np.flatnonzero(chosen), bound) if covers else Answer(None, bound)


RUN: dict[str, Callable[[Problem, Clock, int], Answer]] = {
    "sitewright": sitewright,
    "highs-core": highs_core,
    "pulp-highs-raw": lambda problem, clock, seed: pulp_raw(problem, clock, seed, "HiGHS"),
    "pulp-cbc-raw": lambda problem, clock, seed: pulp_raw(problem, clock, seed, "CBC"),
    "spopt": spopt_lscp,
}
