"""The main job: from a Problem to a verified Plan.  ``solve`` below is the whole story."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from solver.bound import Certificate, certify, relaxation_duals, rounded_up
from solver.coverage import Coverage, Indices, build_coverage, find_gaps, nearest_open
from solver.errors import BadInput, InputProblem, VerificationError, shown
from solver.milp import Watch, check_solver_name, is_integral, solve_core
from solver.plan import CoverageGap, Outcome, Plan, Progress, relative_gap
from solver.problem import Ints, Problem, Uncoverable
from solver.reduction import Bools, Reduction, reduce
from solver.search import construct, improve
from solver.verify import verify

SEARCH_STEPS = 100_000
SEARCH_SHARE = 0.2
"""Local search before the exact solver: this many moves, and at most this share of the time limit."""


@dataclass(frozen=True)
class Limits:
    """When a solve may end short of a proof: after ``seconds``, or at a relative ``gap``."""

    seconds: float = 60.0
    gap: float = 0.0

    def __post_init__(self) -> None:
        problems = []
        if not (np.isfinite(self.seconds) and 0 < self.seconds <= 86_400 * 7):
            problems.append(
                InputProblem("seconds above 0, a week at most", column="seconds", found=shown(self.seconds))
            )
        if not (np.isfinite(self.gap) and 0 <= self.gap < 1):
            problems.append(InputProblem("a gap from 0 to below 1", column="gap", found=shown(self.gap)))
        if problems:
            raise BadInput(problems)


def solve(
    problem: Problem,
    limits: Limits | None = None,
    seed: int = 0,
    solver_name: str = "HiGHS",
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Plan:
    """The fewest (or cheapest) sites that keep every point in reach of k + 1 of them, verified.

    Coverage gaps come back in the plan: with ``Uncoverable.FAIL`` they make it infeasible, otherwise such a
    point is served by every candidate it has.  ``stop`` returning True ends the solve with the best plan so far.
    Raises BadInput for an unknown solver, VerificationError when the answer fails the independent check.
    """
    check_solver_name(solver_name)
    run = _Run(problem, limits or Limits(), on_progress, stop)
    run.tell("coverage")
    coverage = build_coverage(problem)
    gaps = find_gaps(problem, coverage)
    if gaps and problem.uncoverable == Uncoverable.FAIL:
        return run.refuse(gaps, seed)
    needed = np.minimum(coverage.candidates_in_reach, problem.sites_needed).astype(np.int32)
    required = _positions(problem)

    run.tell("reduction", note=f"{coverage.n_points} points, {len(coverage.indices)} pairs in reach")
    reduction = reduce(coverage, needed, problem.site_cost, required)
    run.start_on(reduction)

    run.tell("search", note=f"core of {reduction.core.n_rows} points and {reduction.core.n_columns} candidates")
    run.heard(construct(reduction.core))
    certificate = run.certify(coverage, needed, required)
    if not run.finished():
        run.tell("search")
        improve(reduction.core, run.best, seed, SEARCH_STEPS, run.heard, run.search_is_over)
    if not run.finished():
        run.tell("proof")
        answer = solve_core(
            reduction.core,
            run.best,
            Watch(run.heard, run.bounded, run.must_stop),
            seconds=run.seconds_left(),
            gap=run.limits.gap,
            seed=seed,
            solver_name=solver_name,
        )
        run.bounded(answer.bound)
        if answer.chosen is not None:
            run.heard(answer.chosen)

    run.tell("verification")
    plan = run.plan(reduction.lift(run.best), coverage, gaps, certificate, seed)
    verdict = verify(plan, problem)
    if not verdict.ok:
        raise VerificationError(verdict.failures)
    run.tell("done")
    return plan


class _Run:
    """The state of one solve: the clock, the best cover of the core, the best bound."""

    def __init__(
        self,
        problem: Problem,
        limits: Limits,
        on_progress: Callable[[Progress], None] | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self.problem, self.limits = problem, limits
        self._on_progress, self._stop = on_progress, stop
        self._began = time.monotonic()
        self._phase = ""
        self.whole = is_integral(problem.site_cost)
        self.objective: float | None = None
        self.bound: float = 0.0

    def seconds(self) -> float:
        return time.monotonic() - self._began

    def seconds_left(self) -> float:
        return self.limits.seconds - self.seconds()

    def must_stop(self) -> bool:
        return self.seconds_left() <= 0 or (self._stop is not None and self._stop())

    def search_is_over(self) -> bool:
        return self.must_stop() or self.finished() or self.seconds() > SEARCH_SHARE * self.limits.seconds

    def finished(self) -> bool:
        """Proved, good enough, or out of time."""
        gap = relative_gap(self.objective, self.bound)
        return (gap is not None and gap <= max(self.limits.gap, 1e-9)) or self.must_stop()

    def tell(self, phase: str, note: str = "") -> None:
        self._phase = phase
        if self._on_progress is not None:
            bound = self.bound if self.bound > 0 else None
            self._on_progress(Progress(phase, round(self.seconds(), 3), self.objective, bound, note))

    def start_on(self, reduction: Reduction) -> None:
        self._reduction = reduction
        self.best: Bools = np.zeros(reduction.core.n_columns, dtype=bool)
        self.bounded(0.0)

    def heard(self, chosen: Bools) -> None:
        """Take a cover of the core when it is the best so far."""
        objective = float(self._reduction.core.cost[chosen].sum()) + self._reduction.forced_cost
        if self.objective is None or objective < self.objective - 1e-9:
            self.objective, self.best = objective, chosen.copy()
            self.tell(self._phase)

    def bounded(self, core_bound: float) -> None:
        """Take a bound on the core when it is the best so far."""
        bound = rounded_up(core_bound + self._reduction.forced_cost, self.whole)
        if bound > self.bound:
            self.bound = bound
            self.tell(self._phase)

    def certify(self, coverage: Coverage, needed: Indices, required: Ints) -> Certificate:
        is_required = np.zeros(coverage.n_candidates, dtype=bool)
        is_required[required] = True
        core = self._reduction.core
        duals = relaxation_duals(core, self.seconds_left()) if core.n_rows else np.empty(0)
        certificate = certify(duals, self._reduction, coverage, needed, self.problem.site_cost, is_required)
        bound = rounded_up(certificate.bound, self.whole)
        if bound > self.bound:
            self.bound = bound
            self.tell(self._phase)
        return certificate

    def refuse(self, gaps: tuple[CoverageGap, ...], seed: int) -> Plan:
        self.tell("done", note=f"{len(gaps)} coverage gaps")
        nobody = np.empty((len(self.problem.demand), 0))
        return Plan(
            outcome=Outcome.INFEASIBLE,
            open_sites=(),
            servers=nobody.astype(np.int32),
            distance=nobody,
            objective=np.inf,
            lower_bound=0.0,
            certified_lower_bound=0.0,
            gaps=gaps,
            survive=self.problem.survive,
            seconds=self.seconds(),
            seed=seed,
        )

    def plan(
        self, positions: Ints, coverage: Coverage, gaps: tuple[CoverageGap, ...], certificate: Certificate, seed: int
    ) -> Plan:
        servers, distance = nearest_open(coverage, positions, self.problem.sites_needed)
        objective = float(self.problem.site_cost[positions].sum())
        bound = min(self.bound, objective)
        proved = objective - bound <= 1e-9 * max(1.0, objective)
        return Plan(
            outcome=Outcome.OPTIMAL if proved else Outcome.FEASIBLE,
            open_sites=tuple(self.problem.candidates.ids[positions]),
            servers=servers,
            distance=distance,
            objective=objective,
            lower_bound=bound,
            certified_lower_bound=rounded_up(certificate.bound, self.whole),
            gaps=gaps,
            survive=self.problem.survive,
            seconds=self.seconds(),
            seed=seed,
        )


def _positions(problem: Problem) -> Ints:
    return np.flatnonzero(np.isin(problem.candidates.ids, list(problem.required_ids)))
