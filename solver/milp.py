"""The formulation, and the mixed-integer solver that proves it.  The only import of PuLP.

    minimise   Σ_j cost_j x_j
    subject to Σ_{j ∈ N(i)} x_j ≥ r_i     for every row i of the core
               x_j ∈ {0, 1}

With r_i = 1 it is the location set covering problem (Toregas et al. 1971); r_i = k + 1 makes every point survive
k site failures.  Required and forbidden sites, and all that reduction settles, are gone before this is built.

When a part of the population may stay unprotected, z_p = 1 stands for a point p that does:

    minimise   Σ_j value_j x_j,  or  Σ_p weight_p z_p
    subject to Σ_{j ∈ N(i)} x_j + r_i z_p ≥ r_i     for every row i of every point p
               Σ_p weight_p z_p ≤ target,  and what the aim limits
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
from solver.partial.aim import Aim, Goal
from solver.partial.bound import PER_MILLE, SAFETY, Cut
from solver.partial.core import PartialCore
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


@dataclass(frozen=True, eq=False)
class Held:
    """Σ_j vector_j x_j ≤ limit: a first goal that must not get worse.  vector: (columns,)"""

    vector: Floats
    limit: float


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


def formulate(core: Core, held: Held | None = None) -> tuple[pulp.LpProblem, list[pulp.LpVariable]]:
    """The model above, and its variables in column order; with what is held, one row more."""
    model = pulp.LpProblem("sitewright", pulp.LpMinimize)
    x = [model.add_variable(f"x{j:07d}", cat=pulp.LpBinary) for j in range(core.n_columns)]
    model.setObjective(pulp.LpAffineExpression(zip(x, core.cost.tolist(), strict=True)))
    if held is not None:
        row = pulp.LpAffineExpression(zip(x, held.vector.tolist(), strict=True))
        model.addConstraint(pulp.LpConstraint(row, pulp.LpConstraintLE, rhs=held.limit))
    indices = core.indices.tolist()
    for i in range(core.n_rows):
        members = [(x[j], 1) for j in indices[core.indptr[i] : core.indptr[i + 1]]]
        model.addConstraint(
            pulp.LpConstraint(pulp.LpAffineExpression(members), pulp.LpConstraintGE, rhs=int(core.requirement[i]))
        )
    return model, x


def solve_core(
    core: Core,
    start: Bools,
    watch: Watch,
    *,
    seconds: float,
    gap: float,
    seed: int,
    solver_name: str = "HiGHS",
    held: Held | None = None,
) -> MilpResult:
    """Solve the core exactly within ``seconds``, starting from the cover ``start``.

    gap: relative gap at which a plan is good enough · held: a sum that the cover must not exceed.
    Ends early when ``watch.stop()`` says so.
    """
    model, x = formulate(core, held)
    if solver_name == "HiGHS":
        gap_abs = 1 - 1e-5 if is_integral(core.cost) else 1e-9
        values, bound = _with_highs(model, start, watch, seconds, gap, gap_abs, seed)
        chosen = None if values is None else values[: core.n_columns] > 0.5
        return MilpResult(chosen if chosen is not None and core.is_cover(chosen) else None, bound)
    chosen, proved = _with_other(model, x, start, seconds, gap, solver_name)
    if chosen is None or not core.is_cover(chosen):
        return MilpResult(None, -np.inf)
    return MilpResult(chosen, float(core.cost[chosen].sum()) if proved else -np.inf)


def solve_partial_core(
    core: PartialCore,
    aim: Aim,
    start: Bools,
    watch: Watch,
    *,
    whole: bool,
    seconds: float,
    gap: float,
    seed: int,
    solver_name: str = "HiGHS",
    cuts: tuple[Cut, ...] = (),
) -> MilpResult:
    """Solve a core of partial cover exactly within ``seconds``, from a selection ``start`` that keeps to the aim.

    whole: every selection is worth a whole number · cuts: valid rows that tighten the relaxation.  Bounds on people
    are safe by SAFETY.
    """
    model, x = formulate_partial(core, aim, cuts)
    scale = PER_MILLE / float(core.weight.sum()) if aim.goal == Goal.PEOPLE else 1.0
    first = np.concatenate([start, core.unprotected(start)])

    def people(bound: float) -> float:
        return (bound - SAFETY) / scale if aim.goal == Goal.PEOPLE else bound

    scaled = Watch(
        lambda values: watch.on_cover(values[: core.n_columns]), lambda bound: watch.on_bound(people(bound)), watch.stop
    )
    if solver_name == "HiGHS":
        gap_abs = 0.5 * scale if whole else 1e-9
        values, bound = _with_highs(model, first, scaled, seconds, gap, gap_abs, seed)
        return MilpResult(None if values is None else values[: core.n_columns] > 0.5, people(bound))
    chosen, proved = _with_other(model, x, first, seconds, gap, solver_name)
    chosen = None if chosen is None else chosen[: core.n_columns]
    worth = np.inf if chosen is None else aim.worth(core, chosen)
    return MilpResult(chosen, worth if proved and np.isfinite(worth) else -np.inf)


def formulate_partial(
    core: PartialCore, aim: Aim, cuts: tuple[Cut, ...] = ()
) -> tuple[pulp.LpProblem, list[pulp.LpVariable]]:
    """The model of partial cover, and its variables: columns, then points, as PuLP sorts them: by name.

    People are counted in thousandths of the core's, so that no coefficient dwarfs a solver's tolerances.
    """
    model = pulp.LpProblem("sitewright", pulp.LpMinimize)
    x = [model.add_variable(f"x{j:07d}", cat=pulp.LpBinary) for j in range(core.n_columns)]
    z = [model.add_variable(f"z{p:07d}", cat=pulp.LpBinary) for p in range(len(core.weight))]
    scale = PER_MILLE / float(core.weight.sum())
    people = pulp.LpAffineExpression(zip(z, (core.weight * scale).tolist(), strict=True))
    value = aim.value(core)
    if value is None:
        model.setObjective(people)
    else:
        model.setObjective(pulp.LpAffineExpression(zip(x, value.tolist(), strict=True)))
        model.addConstraint(pulp.LpConstraint(people, pulp.LpConstraintLE, rhs=aim.target * scale))
    for vector, limit in aim.limits(core):
        row = pulp.LpAffineExpression(zip(x, vector.tolist(), strict=True))
        model.addConstraint(pulp.LpConstraint(row, pulp.LpConstraintLE, rhs=limit))
    for cut in cuts:
        left = zip((z[p] for p in cut.points), cut.share.tolist(), strict=True)
        served = zip((x[j] for j in cut.columns), cut.slope.tolist(), strict=True)
        row = pulp.LpAffineExpression([*left, *served])
        model.addConstraint(pulp.LpConstraint(row, pulp.LpConstraintGE, rhs=cut.constant))
    indices = core.indices.tolist()
    for i, (point, need) in enumerate(zip(core.point.tolist(), core.requirement.tolist(), strict=True)):
        entries = [(x[j], 1) for j in indices[core.indptr[i] : core.indptr[i + 1]]]
        row = pulp.LpAffineExpression([*entries, (z[point], need)])
        model.addConstraint(pulp.LpConstraint(row, pulp.LpConstraintGE, rhs=need))
    return model, x + z


def _with_other(
    model: pulp.LpProblem, variables: list[pulp.LpVariable], start: Bools, seconds: float, gap: float, solver_name: str
) -> tuple[Bools | None, bool]:
    """Values above one half, None without a solution; and whether they are proved best."""
    for variable, value in zip(variables, start, strict=True):
        variable.setInitialValue(int(value))
    options: dict[str, Any] = {"msg": False, "timeLimit": max(1.0, seconds), "gapRel": gap}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # PuLP's own, about the CBC it bundles
        solver = pulp.getSolver(solver_name, **options)
    model.solve(solver)
    values = [variable.value() for variable in variables]
    if any(value is None for value in values):
        return None, False
    # PuLP's status says "Optimal" for a run that hit its time limit; only sol_status tells the truth.
    proved = model.sol_status == pulp.LpSolutionOptimal and gap == 0
    return np.array(values, dtype=np.float64) > 0.5, proved


class _Highs(pulp.HiGHS):  # type: ignore[misc]
    """PuLP's HiGHS with a first cover handed over before it runs."""

    start: Bools

    def callSolver(self, lp: Any) -> None:
        columns = np.arange(len(self.start), dtype=np.int32)
        lp.solverModel.setSolution(len(columns), columns, self.start.astype(np.float64))
        lp.solverModel.run()


def _with_highs(
    model: pulp.LpProblem, start: Bools, watch: Watch, seconds: float, gap: float, gap_abs: float, seed: int
) -> tuple[Floats | None, float]:
    """The best solution's values (None without one), and the best bound."""
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
        gapAbs=gap_abs,
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
    return values if len(values) == len(start) else None, float(bound)


def is_integral(cost: Floats) -> bool:
    """Whether every plan costs a whole number, so that a bound may be rounded up."""
    return bool(np.all(cost == np.round(cost))) and float(cost.sum()) < 2**40
