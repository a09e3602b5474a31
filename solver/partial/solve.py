"""Partial cover: a share of the population at the fewest sites (or lowest cost), or the most people with given means.

    protected(i) = 1  when point i has k + 1 open sites in reach, not all of one shared-risk group
    f:  minimise Σ c_j x_j   subject to  Σ_i population_i protected(i) ≥ f Σ_i population_i − PEOPLE_TOLERANCE
    p:  maximise Σ_i population_i protected(i)   subject to  Σ x_j ≤ max_sites, Σ cost_usd_j x_j ≤ max_cost_usd

With k = 0 the second is the maximal covering location problem (Church and ReVelle 1974), with k = 1 its backup form
(Hogan and ReVelle 1986).  Everything is minimised here: p counts the people left unprotected.  Points that no choice
of sites can protect are gaps; they are named, and count as unprotected.
"""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from solver.coverage import Coverage, build_coverage, nearest_open
from solver.errors import VerificationError
from solver.gaps import find_gaps
from solver.milp import Watch, check_solver_name, solve_partial_core
from solver.partial.aim import Aim, Goal
from solver.partial.bound import Cut, PartialRelaxation, relax_partial
from solver.partial.core import PartialCore, PartialReduction, reduce_partial, restricted
from solver.partial.run import PartialRun
from solver.partial.search import construct, search
from solver.plan import CoverageGap, Outcome, Plan, Progress
from solver.polish import SECONDS as POLISH_SECONDS
from solver.polish import polish
from solver.problem import Floats, Ints, Objective, Problem
from solver.reduction import Bools
from solver.run import Limits, Source
from solver.shared_risk import NO_GROUP, build_rows_of_each, only_group, risks_of
from solver.verify import verify

PEOPLE_TOLERANCE = 1e-6
FIRST_STEPS, FIRST_WORK = 20_000, 3e8
"""Exchanges on the whole core, beside the relaxation, and the entries they may touch: about a second."""

GUIDED_WORK = 3e9
"""Exchanges on the columns that the relaxation uses, whose outcome does not depend on the clock."""

LONGEST_WORK = 5e10
PROMISING = 1e-3
TELLING = 6
"""Rounds after which a relaxation's solution tells where to look; it takes 20 to 40 to settle the bound."""

MILP_ENTRIES = 300_000
"""Cores of at most so many entries go to the mixed-integer solver, which proves the small ones in seconds."""


def solve_partial(
    problem: Problem,
    limits: Limits | None = None,
    seed: int = 0,
    solver_name: str = "HiGHS",
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    polished: bool = True,
    start: Iterable[str] = (),
    known_bound: float = 0.0,
) -> Plan:
    """A verified plan for a problem that is ``partial``; the arguments are those of ``solve``.

    Infeasible when even all candidates together protect less than the share asked for.  Two goals, one after the
    other, share the time limit.
    """
    check_solver_name(solver_name)
    limits = limits or Limits()
    run = PartialRun(problem, limits, on_progress, stop)
    run.tell("coverage")
    coverage = build_coverage(problem)
    gaps = find_gaps(problem, coverage)
    people = problem.demand.population
    hopeless = np.isin(problem.demand.ids, [gap.point_id for gap in gaps])
    if math.fsum(people[~hopeless]) < least_protected(problem):
        run.tell("done", note=f"{math.fsum(people[~hopeless]):.0f} people can be protected at most")
        return _infeasible(problem, np.flatnonzero(hopeless), gaps, run, seed)
    run.tell("reduction", note=f"{coverage.n_points} points, {len(coverage.indices)} pairs in reach")
    rows = build_rows_of_each(problem, coverage, np.flatnonzero(~hopeless))
    required = np.flatnonzero(np.isin(problem.candidates.ids, list(problem.required_ids)))
    reduction = reduce_partial(rows.pattern, rows.point, rows.requirement, people, _money(problem), required)
    core = reduction.core

    begun = np.isin(problem.candidates.ids[reduction.columns], tuple(start))
    results: list[tuple[float, float]] = []
    aims = _aims(problem, reduction, math.fsum(people[hopeless]) + reduction.hopeless)
    for n, (aim, base) in enumerate(aims):
        if results:
            held = core.cost if aims[0][0].goal == Goal.COST else np.ones(core.n_columns)
            aim = aim.with_limit(aims[0][0].goal, float(held[begun].sum()))
            run.settled = results[0]
        run.aim_at(reduction, aim, base, limits.seconds * (n + 1) / len(aims))
        run.bound_all(known_bound if n == 0 else 0.0)
        run.tell("search", note=f"core of {len(core.weight)} points and {core.n_columns} candidates")
        _solve_core(run, core, aim, begun, seed, solver_name)
        begun = run.answer()
        results.append((run.objective, run.bound))

    opened = reduction.lift(begun)
    if polished:
        run.tell("polish")
        opened = _polish(problem, coverage, opened, required, run.overtime(POLISH_SECONDS))
    run.tell("verification")
    plan = _plan(problem, coverage, np.flatnonzero(opened), gaps, run, results, seed)
    verdict = verify(plan, problem)
    if not verdict.ok:
        raise VerificationError(verdict.failures)
    run.tell("done")
    return plan


def _polish(problem: Problem, coverage: Coverage, opened: Bools, required: Ints, stop: Callable[[], bool]) -> Bools:
    """As many sites, no dearer, nearer to the people protected, all of whom stay so."""
    bare = unprotected_points(problem, coverage, np.flatnonzero(opened))
    safe = np.setdiff1d(np.arange(coverage.n_points), bare)
    fixed = np.zeros(len(opened), dtype=bool)
    fixed[required] = True
    rows = build_rows_of_each(problem, coverage, safe)
    return polish(rows, problem.demand.population, _money(problem), opened, fixed, stop)


def least_protected(problem: Problem) -> float:
    """How many people a plan must protect: the fraction of all, less PEOPLE_TOLERANCE; 0 without a fraction to keep."""
    if problem.objective == Objective.POPULATION:
        return 0.0
    return problem.fraction * math.fsum(problem.demand.population) - PEOPLE_TOLERANCE


def _money(problem: Problem) -> Floats:
    """(m,) what reduction must not raise: USD where they count, else one per site.  (Numbers of sites never rise.)"""
    cost = problem.candidates.cost_usd
    if cost is None or (problem.objective in (Objective.SITES, Objective.POPULATION) and problem.max_cost_usd is None):
        return np.ones(len(problem.candidates))
    return cost


def _aims(problem: Problem, reduction: PartialReduction, lost: float) -> list[tuple[Aim, float]]:
    """What to minimise first and second, each with what its objective holds besides the core."""
    count, money = len(reduction.required), math.fsum(_money(problem)[reduction.required])
    if problem.objective == Objective.POPULATION:
        budget = np.inf if problem.max_cost_usd is None else problem.max_cost_usd - money
        most = np.inf if problem.max_sites is None else problem.max_sites - count
        return [(Aim(Goal.PEOPLE, budget=budget, most=most), lost)]
    # Half of the tolerance is left to the rounding of sums taken in another order.
    target = math.fsum(problem.demand.population) - least_protected(problem) - PEOPLE_TOLERANCE / 2 - lost
    sites, cost = (Aim(Goal.COUNT, target), float(count)), (Aim(Goal.COST, target), money)
    return {
        Objective.SITES: [sites],
        Objective.COST: [cost],
        Objective.SITES_THEN_COST: [sites, cost],
        Objective.COST_THEN_SITES: [cost, sites],
    }[problem.objective]


def _solve_core(run: PartialRun, core: PartialCore, aim: Aim, begun: Bools, seed: int, solver_name: str) -> None:
    """Search and proof of one aim, until the gap closes or the limits end it."""
    run.cover(construct(core, aim, begun))
    if not core.n_columns:
        run.bound_core(core.left_out(run.best) if aim.goal == Goal.PEOPLE else 0.0)
        return
    relaxation = _first_search(run, core, aim, seed)
    if run.search_finished():
        return
    run.tell("proof")
    first = run.found(Source.SEARCH)
    failure: list[BaseException] = []
    proof_over = threading.Event()

    def prove() -> None:
        try:
            if len(core.indices) <= MILP_ENTRIES:
                cuts = () if relaxation is None else relaxation.cuts
                _prove_by_milp(run, core, aim, first, cuts, seed, solver_name)
                proof_over.set()
            elif relaxation is not None:
                later = functools.partial(run.cover, source=Source.LATER)
                relaxation.master.prove(first, run.proof_finished, run.bound_core, later, seed)
        except BaseException as error:
            failure.append(error)
            proof_over.set()

    prover = threading.Thread(target=prove, name="proof")
    prover.start()
    _search(run, core, aim, relaxation, seed, proof_over)
    prover.join()
    if failure:
        raise failure[0]


def _first_search(run: PartialRun, core: PartialCore, aim: Aim, seed: int) -> PartialRelaxation | None:
    """A fixed number of exchanges while the relaxation is solved beside them; then where its solutions so far point."""
    seen: list[Floats] = []
    with ThreadPoolExecutor(1, "relaxation") as beside:
        solved = beside.submit(relax_partial, core, aim, run.proof_finished, run.bound_core, seen.append)
        steps = min(FIRST_STEPS, _steps(core, FIRST_WORK))
        search(core, run.found(Source.SEARCH), aim, seed, steps, run.cover, run.search_finished)
        later = functools.partial(run.cover, source=Source.LATER)
        n = 1
        while not (solved.done() or run.search_finished()):
            keep = seen[-1] > PROMISING if len(seen) >= TELLING else np.ones(core.n_columns, dtype=bool)
            _search_within(
                run, core, aim, keep, run.best, seed + n, GUIDED_WORK / 4, later,
                lambda: solved.done() or run.search_finished(),
            )  # fmt: skip
            n += 1
        return solved.result()


def _search(
    run: PartialRun,
    core: PartialCore,
    aim: Aim,
    relaxation: PartialRelaxation | None,
    seed: int,
    proof_over: threading.Event,
) -> None:
    """Rounds of annealing where the relaxation says the plan lies, each twice as long as the one before."""

    def over() -> bool:
        return run.proof_finished() or proof_over.is_set()

    later = functools.partial(run.cover, source=Source.LATER)
    keep = np.ones(core.n_columns, dtype=bool) if relaxation is None else relaxation.x > PROMISING
    first = run.found(Source.SEARCH)
    _search_within(run, core, aim, keep, first, seed + 1, GUIDED_WORK, run.cover, run.search_finished)
    work, n = GUIDED_WORK, 2
    while not over():
        _search_within(run, core, aim, keep, run.best, seed + n, work, later, over)
        work, n = min(2 * work, LONGEST_WORK), n + 1


def _search_within(
    run: PartialRun,
    core: PartialCore,
    aim: Aim,
    keep: Bools,
    best: Bools,
    seed: int,
    work: float,
    on_better: Callable[[Bools], None],
    stop: Callable[[], bool],
) -> None:
    """One round among the columns to keep and those of ``best``."""
    part = restricted(core, keep | best)
    begun = best[part.columns]
    narrowed = replace(aim, target=aim.target - part.hopeless)

    def widened(chosen: Bools) -> None:
        on_better(part.lift(chosen))

    if not np.isfinite(narrowed.worth(part.core, begun)):
        begun = construct(part.core, narrowed, begun)
        if not np.isfinite(narrowed.worth(part.core, begun)):
            return
        widened(begun)
    search(part.core, begun, narrowed, seed, _steps(part.core, work), widened, stop)


def _steps(core: PartialCore, work: float) -> int:
    """How many exchanges touch so many entries: a column opens or closes about three times in each."""
    entries = float((np.diff(core.indptr).astype(float) ** 2).sum()) / max(1, core.n_columns)
    return int(np.clip(work / (3 * entries + 10_000), 500, 4_000_000))


def _prove_by_milp(
    run: PartialRun, core: PartialCore, aim: Aim, start: Bools, cuts: tuple[Cut, ...], seed: int, solver_name: str
) -> None:
    watch = Watch(functools.partial(run.cover, source=Source.LATER), run.bound_core, run.proof_finished)
    answer = solve_partial_core(
        core,
        aim,
        start,
        watch,
        whole=run.whole,
        seconds=run.seconds_left(),
        gap=run.limits.gap,
        seed=seed,
        solver_name=solver_name,
        cuts=cuts,
    )
    if answer.chosen is not None:
        run.cover(answer.chosen, Source.PROOF)
    run.bound_core(answer.bound)


def _plan(
    problem: Problem,
    coverage: Coverage,
    positions: Ints,
    gaps: tuple[CoverageGap, ...],
    run: PartialRun,
    results: list[tuple[float, float]],
    seed: int,
) -> Plan:
    servers, distance = nearest_open(coverage, positions, problem.sites_needed)
    unprotected = unprotected_points(problem, coverage, positions)
    objectives = objectives_of(problem, positions, unprotected)
    bounds = [min(bound, value) for value, (_, bound) in zip(objectives, results, strict=True)]
    proved = all(value - bound <= 1e-9 * max(1.0, value) for value, bound in zip(objectives, bounds, strict=True))
    ordered = len(objectives) > 1
    return Plan(
        outcome=Outcome.OPTIMAL if proved else Outcome.FEASIBLE,
        open_sites=tuple(problem.candidates.ids[positions]),
        servers=servers,
        distance=distance,
        objective=objectives[0],
        lower_bound=bounds[0],
        certified_lower_bound=0.0,
        gaps=gaps,
        survive=problem.survive,
        seconds=run.seconds(),
        seed=seed,
        unprotected=unprotected,
        second_objective=objectives[1] if ordered else None,
        second_lower_bound=bounds[1] if ordered else None,
    )


def objectives_of(problem: Problem, positions: Ints, unprotected: Ints) -> list[float]:
    """What the plan minimises, first and second."""
    sites, cost = float(len(positions)), problem.candidates.cost_usd
    usd = 0.0 if cost is None else float(cost[positions].sum())
    return {
        Objective.POPULATION: [math.fsum(problem.demand.population[unprotected])],
        Objective.SITES: [sites],
        Objective.COST: [usd],
        Objective.SITES_THEN_COST: [sites, usd],
        Objective.COST_THEN_SITES: [usd, sites],
    }[problem.objective]


def unprotected_points(problem: Problem, coverage: Coverage, positions: Ints) -> Ints:
    """Demand positions with too few open sites in reach, or with all of them in one shared-risk group."""
    opened = np.zeros(coverage.n_candidates, dtype=bool)
    opened[positions] = True
    kept = opened[coverage.indices]
    indptr = np.concatenate([[0], np.cumsum(kept)])[coverage.indptr]
    served = Coverage(indptr, coverage.indices[kept], coverage.distance[kept], coverage.n_candidates)
    bare = served.candidates_in_reach < problem.sites_needed
    for risk in risks_of(problem):
        bare |= only_group(served, risk) != NO_GROUP
    return np.flatnonzero(bare)


def _infeasible(problem: Problem, hopeless: Ints, gaps: tuple[CoverageGap, ...], run: PartialRun, seed: int) -> Plan:
    nobody = np.empty((len(problem.demand), 0))
    return Plan(
        outcome=Outcome.INFEASIBLE,
        open_sites=(),
        servers=nobody.astype(np.int32),
        distance=nobody,
        objective=np.inf,
        lower_bound=0.0,
        certified_lower_bound=0.0,
        gaps=gaps,
        survive=problem.survive,
        seconds=run.seconds(),
        seed=seed,
        unprotected=hopeless,
    )
