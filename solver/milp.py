"""The formulation, and the mixed-integer solver that proves it.  The only import of PuLP.

    minimise   Σ_j cost_j x_j
    subject to Σ_{j ∈ N(i)} x_j ≥ r_i     for every row i of the core
               x_j ∈ {0, 1}

With r_i = 1 it is the location set covering problem (Toregas et al. 1971); r_i = k + 1 makes every point survive
k site failures.  Required and forbidden sites, and all that reduction settles, are gone before this is built.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import pulp

from solver.errors import BadInput, InputProblem, shown
from solver.problem import Floats
from solver.reduction import Bools, Core

EVENTS = [
    highspy.cb.HighsCallbackType.kCallbackMipImprovingSolution,
    highspy.cb.HighsCallbackType.kCallbackMipInterrupt,
    highspy.cb.HighsCallbackType.kCallbackMipLogging,
    highspy.cb.HighsCallbackType.kCallbackSimplexInterrupt,
    highspy.cb.HighsCallbackType.kCallbackIpmInterrupt,
]


@dataclass(frozen=True, eq=False)
class MilpResult:
    """chosen: (columns,) the best cover, None without one · bound: no cover is cheaper, -inf when unknown."""

    chosen: Bools | None
    bound: float


@dataclass(frozen=True)
class Watch:
    """What a running solver tells, and how it is told to end."""

    on_cover: Callable[[Bools], None]
    on_bound: Callable[[float], None]
    stop: Callable[[], bool]


def solver_names() -> list[str]:
    """The PuLP solvers usable on this machine."""
    names: list[str] = pulp.listSolvers(onlyAvailable=True)
    return names


def check_solver_name(name: str) -> None:
    """Raise BadInput unless PuLP knows the solver and can run it here."""
    if name != "HiGHS" and name not in solver_names():
        usable = ", ".join(solver_names())
        raise BadInput([InputProblem(f"a solver that works here ({usable})", column="solver", found=shown(name))])


def formulate(core: Core) -> tuple[pulp.LpProblem, list[pulp.LpVariable]]:
    """The model above, and its variables in column order."""
    model = pulp.LpProblem("sitewright", pulp.LpMinimize)
    x = [model.add_variable(f"x{j:07d}", cat=pulp.LpBinary) for j in range(core.n_columns)]
    model.setObjective(pulp.LpAffineExpression(zip(x, core.cost.tolist(), strict=True)))
    indices = core.indices.tolist()
    for i in range(core.n_rows):
        row = [(x[j], 1) for j in indices[core.indptr[i] : core.indptr[i + 1]]]
        model.addConstraint(
            pulp.LpConstraint(pulp.LpAffineExpression(row), pulp.LpConstraintGE, rhs=int(core.requirement[i]))
        )
    return model, x


def solve_core(
    core: Core, start: Bools, watch: Watch, *, seconds: float, gap: float, seed: int, solver_name: str = "HiGHS"
) -> MilpResult:
    """Solve the core exactly within ``seconds``, starting from the cover ``start``.

    gap: relative gap at which a plan is good enough.  Ends early when ``watch.stop()`` says so.
    """
    model, x = formulate(core)
    if solver_name == "HiGHS":
        return _with_highs(model, x, core, start, watch, seconds, gap, seed)
    for variable, value in zip(x, start, strict=True):
        variable.setInitialValue(int(value))
    options: dict[str, Any] = {"msg": False, "timeLimit": max(1.0, seconds), "gapRel": gap}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # PuLP's own, about the CBC it bundles
        solver = pulp.getSolver(solver_name, **options)
    model.solve(solver)
    values = [variable.value() for variable in x]
    if any(value is None for value in values):
        return MilpResult(None, -np.inf)
    chosen = np.array(values, dtype=np.float64) > 0.5
    # PuLP's status says "Optimal" for a run that hit its time limit; only sol_status tells the truth.
    proved = model.sol_status == pulp.LpSolutionOptimal and gap == 0 and core.is_cover(chosen)
    return MilpResult(chosen, float(core.cost[chosen].sum()) if proved else -np.inf)


class _Highs(pulp.HiGHS):  # type: ignore[misc]
    """PuLP's HiGHS with a first cover handed over before it runs."""

    start: Bools

    def callSolver(self, lp: Any) -> None:
        columns = np.arange(len(self.start), dtype=np.int32)
        lp.solverModel.setSolution(len(columns), columns, self.start.astype(np.float64))
        lp.solverModel.run()


def _with_highs(
    model: pulp.LpProblem,
    x: list[pulp.LpVariable],
    core: Core,
    start: Bools,
    watch: Watch,
    seconds: float,
    gap: float,
    seed: int,
) -> MilpResult:
    whole = is_integral(core.cost)
    bound = -np.inf

    def on_event(kind: Any, message: str, out: Any, told: Any, _: Any) -> None:
        nonlocal bound
        if kind in EVENTS[3:]:
            told.user_interrupt = watch.stop()
            return
        if np.isfinite(out.mip_dual_bound) and out.mip_dual_bound > bound:
            bound = out.mip_dual_bound
            watch.on_bound(bound)
        if kind == EVENTS[0]:
            watch.on_cover(np.asarray(out.mip_solution) > 0.5)
        if kind == EVENTS[1]:
            told.user_interrupt = watch.stop()

    solver = _Highs(
        msg=False,
        threads=1,
        timeLimit=max(0.0, seconds),
        gapRel=max(gap, 0.0),
        gapAbs=1 - 1e-5 if whole else 1e-9,
        callbackTuple=(on_event, None),
        callbacksToActivate=EVENTS,
        random_seed=seed % 2**31,
    )
    solver.start = start
    model.solve(solver)
    highs = model.solverModel
    info = highs.getInfo()
    if np.isfinite(info.mip_dual_bound):
        bound = max(bound, info.mip_dual_bound)
    values = np.asarray(highs.getSolution().col_value)
    chosen = values > 0.5 if len(values) == core.n_columns else None
    return MilpResult(chosen if chosen is not None and core.is_cover(chosen) else None, float(bound))


def is_integral(cost: Floats) -> bool:
    """Whether every plan costs a whole number, so that a bound may be rounded up."""
    return bool(np.all(cost == np.round(cost))) and float(cost.sum()) < 2**40
