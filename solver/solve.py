"""The main job: from a Problem to a verified Plan.  ``solve`` below is the whole story."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from solver.bound import Relaxation, certify, rounded_up
from solver.branch import LazyRelaxation, cover_of_at_most
from solver.coverage import Coverage, build_coverage
from solver.errors import VerificationError
from solver.guided import FOR_WINDOWS, GuidedSearch, promising
from solver.in_order import FIRST_GOAL, then_second
from solver.milp import Watch, check_solver_name, is_integral, solve_core
from solver.narrowing import Narrowed, narrowed
from solver.partial.solve import solve_partial
from solver.plan import Certificate, CoverageGap, Outcome, Plan, Progress
from solver.polish import SECONDS as POLISH_SECONDS
from solver.polish import polish
from solver.problem import Ints, Objective, Problem, Uncoverable
from solver.reduction import Bools, Core, reduce
from solver.run import Limits as Limits
from solver.run import Run, Source
from solver.search import construct, improve
from solver.sifting import relax_in_rounds
from solver.verify import verify
from solver.windows import WindowSearch

MANY_STEPS = 10**9
FIRST_STEPS = 20_000
"""Local search before the relaxation: 0.3 s on conus-15k-200, 4 s on conus-5k-300."""

GUIDED_STEPS = 200_000
"""Moves of guided search whose covers do not depend on the clock (see ``Source``)."""

WINDOWS_PER_ROUND, STEPS_PER_ROUND = 20, 10_000
"""What one later round holds: windows find more than moves do, once both have stalled."""

SHORTEST_TO_POLISH_SECONDS = 5.0
"""Below this limit an unproved plan comes back as it is: setting the polish up alone takes 0.2-0.8 s of a country."""

SMALL_CORE_COLUMNS = 150
"""Cores up to this size go to the general solver, which proves them in seconds; not tuned."""


def solve(
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
    """The fewest (or cheapest) sites that keep every point in reach of k + 1 of them, verified.

    Coverage gaps come back in the plan: with ``Uncoverable.FAIL`` they make it infeasible, otherwise such a
    point is served by every candidate it has.  ``stop`` returning True ends the solve with the best plan so far.
    Progress may be told from two threads, one at a time.  Among plans of the same size ``polished`` looks for one
    whose sites are nearer to the people.  Two goals, one after the other, share the time limit.
    ``start``: candidate ids to begin from, of a plan for a like problem; ids that cannot be used are passed over.
    ``known_bound``: what is already proved about this problem, taken on trust.
    Raises BadInput for an unknown solver, VerificationError when the answer fails the independent check.
    """
    check_solver_name(solver_name)
    if problem.partial:
        return solve_partial(problem, limits, seed, solver_name, on_progress, stop, polished, start, known_bound)
    limits = limits or Limits()
    told = (seed, solver_name, on_progress, stop)
    if problem.objective not in FIRST_GOAL:
        return _protect_everyone(problem, limits, *told, polished, start, known_bound)
    stage = replace(problem, objective=FIRST_GOAL[problem.objective])
    half = Limits(limits.seconds / 2, limits.gap)
    first = _protect_everyone(stage, half, *told, False, start, known_bound)
    return then_second(problem, first, limits, *told, polished) if first.usable else first


def _protect_everyone(
    problem: Problem,
    limits: Limits,
    seed: int,
    solver_name: str,
    on_progress: Callable[[Progress], None] | None,
    stop: Callable[[], bool] | None,
    polished: bool,
    start: Iterable[str],
    known_bound: float,
) -> Plan:
    run = Run(problem, limits, on_progress, stop)
    run.tell("coverage")
    everybody = f"{len(problem.demand):,} points"
    narrow = narrowed(problem, on_share=run.tell_share("coverage", everybody))
    coverage = build_coverage(narrow.part)
    gaps = narrow.gaps(coverage)
    if gaps and problem.uncoverable == Uncoverable.FAIL:
        run.tell("done", note=f"{len(gaps)} coverage gaps")
        return _refused(problem, gaps, run, seed)
    rows = narrow.rows(coverage)
    required = np.isin(problem.candidates.ids, list(problem.required_ids))

    run.tell("reduction", note=_size(narrow, coverage))
    reduction = reduce(rows.pattern, rows.requirement, problem.site_cost, np.flatnonzero(required))
    core = reduction.core
    run.start_on(reduction)
    run.bound_all(known_bound)

    run.tell("search", note=f"core of {core.n_rows} points and {core.n_columns} candidates")
    for begun in ((), tuple(start)):
        run.cover(construct(core, np.isin(problem.candidates.ids[reduction.columns], begun)))
    certificate = certify(None, reduction, rows, problem.site_cost, required)
    run.bound_all(certificate.bound)
    relaxation = _first_search(run, core, seed) if core.n_rows else None
    if relaxation is not None:
        later = certify(relaxation, reduction, rows, problem.site_cost, required)
        certificate = max(certificate, later, key=lambda one: one.bound)
        run.bound_all(certificate.bound)
        run.bound_core(relaxation.bound)
    if core.n_rows and not run.search_finished():
        run.tell("proof")
        _search_and_prove(run, problem, core, relaxation, seed, solver_name)

    opened = reduction.lift(run.answer())
    if polished and (run.proved() or limits.seconds >= SHORTEST_TO_POLISH_SECONDS):
        run.tell("polish")
        crowd, people = narrow.crowd(rows)
        overtime = run.overtime(POLISH_SECONDS)
        opened = polish(crowd, people, problem.site_cost, opened, required, overtime)

    run.tell("verification")
    plan = _plan(narrow, coverage, np.flatnonzero(opened), gaps, run, certificate, seed)
    verdict = verify(plan, problem, run.tell_share("verification", everybody))
    if not verdict.ok:
        raise VerificationError(verdict.failures)
    run.tell("done")
    return plan


def _first_search(run: Run, core: Core, seed: int) -> Relaxation | None:
    """A fixed number of moves while the relaxation is solved beside them, then on until it is there."""
    with ThreadPoolExecutor(1, "relaxation") as beside:
        solved = beside.submit(relax_in_rounds, core, run.seconds_left(), run.must_stop, run.bound_core)
        improve(core, run.found(Source.SEARCH), seed, FIRST_STEPS, run.cover, run.must_stop)
        later = functools.partial(run.cover, source=Source.LATER)
        improve(core, run.best, seed + 1, MANY_STEPS, later, lambda: solved.done() or run.search_finished())
        return solved.result()


def _search_and_prove(
    run: Run, problem: Problem, core: Core, relaxation: Relaxation | None, seed: int, solver_name: str
) -> None:
    """Covers in this thread, bounds in another, until the gap closes or the limits end it."""
    start = run.found(Source.SEARCH)
    failure: list[BaseException] = []
    proof_over = threading.Event()

    def prove() -> None:
        try:
            own = solver_name == "HiGHS" and problem.objective == Objective.SITES
            if own and relaxation is not None and core.n_columns > SMALL_CORE_COLUMNS:
                _prove_by_counting(run, core, relaxation)
            if not run.proof_finished():
                _prove_by_milp(run, core, start, seed, solver_name)
        except BaseException as error:
            failure.append(error)
        finally:
            proof_over.set()

    prover = threading.Thread(target=prove, name="proof")
    prover.start()
    if relaxation is not None:
        _search(run, core, relaxation, seed, proof_over)
    prover.join()
    if failure:
        raise failure[0]


def _search(run: Run, core: Core, relaxation: Relaxation, seed: int, proof_over: threading.Event) -> None:
    """Guided local search: first a fixed number of moves, then exact windows and more moves until the proof is over."""

    def over() -> bool:
        return run.proof_finished() or proof_over.is_set()

    start = run.found(Source.SEARCH)
    guided = GuidedSearch(core, relaxation, start)
    guided.run(start, seed + 1, GUIDED_STEPS, run.cover, run.search_finished)
    later = functools.partial(run.cover, source=Source.LATER)
    among = promising(relaxation, FOR_WINDOWS)
    windows = WindowSearch(core, run.best, among, seed) if np.all(core.cost == 1) else None
    attempt = 2
    while not over():
        if windows is not None:
            later(windows.run(run.best, WINDOWS_PER_ROUND, over))
        guided.run(run.best, seed + attempt, STEPS_PER_ROUND, later, over)
        attempt += 1


def _prove_by_counting(run: Run, core: Core, relaxation: Relaxation) -> None:
    """Raise the bound site by site; a cover found on the way is optimal."""
    lazy = LazyRelaxation(core, relaxation, run.proof_finished)
    forced = run.objective - float(run.best.sum())
    while not run.proof_finished():
        target = round(run.bound - forced)
        complete, cover = cover_of_at_most(target, lazy, run.proof_finished)
        if not complete:
            return
        if cover is not None:
            run.cover(cover, Source.PROOF)
            return
        run.bound_core(target + 1)


def _prove_by_milp(run: Run, core: Core, start: Bools, seed: int, solver_name: str) -> None:
    """One run of the mixed-integer solver over the whole core."""
    watch = Watch(functools.partial(run.cover, source=Source.LATER), run.bound_core, run.proof_finished)
    answer = solve_core(
        core, start, watch, seconds=run.seconds_left(), gap=run.limits.gap, seed=seed, solver_name=solver_name
    )
    run.bound_core(answer.bound)
    if answer.chosen is not None:
        run.cover(answer.chosen, Source.PROOF)


def _plan(
    narrow: Narrowed,
    coverage: Coverage,
    positions: Ints,
    gaps: tuple[CoverageGap, ...],
    run: Run,
    certificate: Certificate,
    seed: int,
) -> Plan:
    problem = narrow.whole
    servers, distance = narrow.nearest(coverage, positions)
    objective = float(problem.site_cost[positions].sum())
    bound = min(run.bound, objective)
    proved = objective - bound <= 1e-9 * max(1.0, objective)
    return Plan(
        outcome=Outcome.OPTIMAL if proved else Outcome.FEASIBLE,
        open_sites=tuple(problem.candidates.ids[positions]),
        servers=servers,
        distance=distance,
        objective=objective,
        lower_bound=bound,
        certified_lower_bound=rounded_up(certificate.bound, is_integral(problem.site_cost)),
        gaps=gaps,
        survive=problem.survive,
        seconds=run.seconds(),
        seed=seed,
        certificate=certificate,
    )


def _size(narrow: Narrowed, coverage: Coverage) -> str:
    points = f"{coverage.n_points} points"
    if narrow.streamed:
        points = f"{points} of {len(narrow.whole.demand)} decide"
    return f"{points}, {len(coverage.indices)} pairs in reach"


def _refused(problem: Problem, gaps: tuple[CoverageGap, ...], run: Run, seed: int) -> Plan:
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
    )
