"""One goal after the other: among the plans with the fewest sites the cheapest, or among the cheapest the smallest.

The first goal is solved as if it were alone, with value v.  Then

    minimise Σ second_j x_j   subject to everybody's cover and Σ first_j x_j ≤ v

Reduction: every rule but the one for columns looks at cover alone.  A column may go for others no dearer in *both*
goals: the proof in ``solver/reduction.py`` exchanges it for one of them, which then raises neither sum.  As one goal
counts sites, 1 for each, "no dearer in both" is "no dearer in USD", whichever comes first.  The first plan's sites
are kept in the core, so that the search begins from it.

Search: local search on second + M · first, M from large to small; what breaks the limit is passed over.
Bound: for any M ≥ 0 a bound B(M) on covers at second + M · first gives B(M) − M v.  The best M is where the
relaxation spends just v; then the mixed-integer solver takes over, with the limit as one more row.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from solver.bound import Relaxation, relax
from solver.coverage import build_coverage
from solver.errors import VerificationError
from solver.guided import GuidedSearch
from solver.milp import Held, Watch, is_integral, solve_core
from solver.narrowing import narrowed
from solver.plan import Outcome, Plan, Progress
from solver.polish import SECONDS as POLISH_SECONDS
from solver.polish import polish
from solver.problem import Floats, Objective, Problem
from solver.reduction import Bools, Core, reduce
from solver.run import Limits, Run, Source
from solver.search import improve
from solver.verify import verify

FIRST_GOAL = {Objective.SITES_THEN_COST: Objective.SITES, Objective.COST_THEN_SITES: Objective.COST}
FIRST_STEPS = 20_000
STEPS_PER_ROUND = 40_000
PRICES = 12
"""Tries for the best M; each halves what is left to find."""

SLACK = 1e-9


class SecondRun(Run):
    """Best cover by the second goal among those that keep the first."""

    def begin(self, lift: Callable[[Bools], Bools], second: Floats, held: Held, base: float) -> None:
        """second: (columns,) · held: the first goal over the columns · base: the second goal of forced sites."""
        self._lift, self._second, self.held, self._base = lift, second, held, base
        self._whole = is_integral(np.append(second, base))
        self.best = np.zeros(len(second), dtype=bool)
        self.bound_all(base)

    def _worth(self, chosen: Bools) -> float:
        if float(self.held.vector[chosen].sum()) > self.held.limit:
            return float(np.inf)
        return float(self._second[chosen].sum()) + self._base

    def bound_core(self, core_bound: float) -> None:
        """Take a bound on the second goal of covers of the core that keep the first."""
        self.bound_all(core_bound + self._base)


def then_second(
    problem: Problem,
    first: Plan,
    limits: Limits,
    seed: int,
    solver_name: str,
    on_progress: Callable[[Progress], None] | None,
    stop: Callable[[], bool] | None,
    polished: bool,
) -> Plan:
    """The best plan by the second goal that is as good as ``first`` by the first; with what is left of the limits.

    Optimal when both goals are proved.  Raises VerificationError when the answer fails the independent check.
    """
    seconds = max(0.1, limits.seconds - first.seconds)
    run = SecondRun(problem, Limits(seconds, limits.gap), _later(on_progress, first.seconds), stop)
    run.settled = (first.objective, first.lower_bound)
    run.tell("second goal")
    narrow = narrowed(problem)
    coverage = build_coverage(narrow.part)
    rows = narrow.rows(coverage)
    usd = problem.candidates.cost_usd
    assert usd is not None
    ones = np.ones(len(usd))
    goals = (ones, usd) if problem.objective == Objective.SITES_THEN_COST else (usd, ones)
    required = np.isin(problem.candidates.ids, list(problem.required_ids))
    opened = np.isin(problem.candidates.ids, list(first.open_sites))
    reduction = reduce(rows.pattern, rows.requirement, usd, np.flatnonzero(required), keep=opened)
    forced, columns = reduction.forced, reduction.columns
    limit = float(goals[0][opened].sum() - goals[0][forced].sum())
    held = Held(goals[0][columns], limit + SLACK * max(1.0, first.objective))
    run.begin(reduction.lift, goals[1][columns], held, float(goals[1][forced].sum()))
    core = replace(reduction.core, cost=goals[1][columns])
    run.cover(opened[columns])
    if core.n_rows:
        _search_and_prove(run, core, seed, solver_name)
    else:
        run.bound_core(0.0)

    opened = reduction.lift(run.answer())
    if polished:
        crowd, people = narrow.crowd(rows)
        opened = polish(crowd, people, usd, opened, required, run.overtime(POLISH_SECONDS))
    positions = np.flatnonzero(opened)
    servers, distance = narrow.nearest(coverage, positions)
    objective, second = (float(goal[positions].sum()) for goal in goals)
    bounds = (min(first.lower_bound, objective), min(run.bound, second))
    proved = all(v - b <= 1e-9 * max(1.0, v) for v, b in zip((objective, second), bounds, strict=True))
    plan = replace(
        first,
        outcome=Outcome.OPTIMAL if proved else Outcome.FEASIBLE,
        open_sites=tuple(problem.candidates.ids[positions]),
        servers=servers,
        distance=distance,
        objective=objective,
        lower_bound=bounds[0],
        seconds=first.seconds + run.seconds(),
        second_objective=second,
        second_lower_bound=bounds[1],
    )
    verdict = verify(plan, problem)
    if not verdict.ok:
        raise VerificationError(verdict.failures)
    run.tell("done")
    return plan


def _later(on_progress: Callable[[Progress], None] | None, seconds: float) -> Callable[[Progress], None] | None:
    """Progress on the clock of the whole solve."""
    if on_progress is None:
        return None
    return lambda progress: on_progress(replace(progress, seconds=round(progress.seconds + seconds, 3)))


def _search_and_prove(run: SecondRun, core: Core, seed: int, solver_name: str) -> None:
    start = run.found(Source.SEARCH)
    improve(_weighed(core, run.held, _dominant(core, run.held)), start, seed, FIRST_STEPS, run.cover, run.must_stop)
    relaxation = _best_price(run, core)
    if run.search_finished():
        return
    failure: list[BaseException] = []
    over = threading.Event()

    def prove() -> None:
        watch = Watch(functools.partial(run.cover, source=Source.LATER), run.bound_core, run.proof_finished)
        try:
            answer = solve_core(
                core, start, watch, seconds=run.seconds_left(), gap=run.limits.gap, seed=seed,
                solver_name=solver_name, held=run.held,
            )  # fmt: skip
            if answer.chosen is not None:
                run.cover(answer.chosen, Source.PROOF)
            run.bound_core(answer.bound)
        except BaseException as error:
            failure.append(error)
        finally:
            over.set()

    prover = threading.Thread(target=prove, name="proof")
    prover.start()
    _search(run, core, relaxation, seed, over)
    prover.join()
    if failure:
        raise failure[0]


def _search(run: SecondRun, core: Core, relaxation: Relaxation | None, seed: int, proof_over: threading.Event) -> None:
    """Rounds of local search at ever lower M, where the relaxation says the plan lies."""

    def over() -> bool:
        return run.proof_finished() or proof_over.is_set()

    price = _dominant(core, run.held)
    spread = float(core.cost.max()) / max(float(run.held.vector.min()), SLACK)
    later = functools.partial(run.cover, source=Source.LATER)
    attempt = 1
    while not over():
        for weight in (price, 10 * spread, 2 * spread):
            weighed = _weighed(core, run.held, weight)
            on_better, stop = (run.cover, run.search_finished) if attempt <= 3 else (later, over)
            if relaxation is None:
                improve(weighed, run.best, seed + attempt, STEPS_PER_ROUND, on_better, stop)
            else:
                guided = GuidedSearch(weighed, relaxation, run.best)
                guided.run(run.best, seed + attempt, STEPS_PER_ROUND, on_better, stop)
            attempt += 1


def _dominant(core: Core, held: Held) -> float:
    """An M at which nothing in the second goal is worth the least step of the first."""
    step = 1.0 if is_integral(held.vector) else max(float(held.vector.max()), 1.0) * 1e-3
    return 1.0 + float(core.cost.sum()) / step


def _weighed(core: Core, held: Held, price: float) -> Core:
    return replace(core, cost=core.cost + price * held.vector)


def _best_price(run: SecondRun, core: Core) -> Relaxation | None:
    """Bounds from relaxations at second + M · first; returns the one that spends just what is held."""
    low, high, best = 0.0, np.inf, None
    price = float(core.cost.mean()) / max(float(run.held.vector.mean()), SLACK)
    best_bound = -np.inf
    for _ in range(PRICES):
        relaxed = relax(_weighed(core, run.held, price), run.seconds_left(), run.proof_finished)
        if relaxed is None:
            break
        bound = relaxed.bound - price * run.held.limit
        if bound > best_bound:
            best, best_bound = relaxed, bound
            run.bound_core(bound)
        if float(run.held.vector @ relaxed.x) > run.held.limit:
            low = price
        else:
            high = price
        price = 4 * price + SLACK if np.isinf(high) else (low + high) / 2
        if np.isfinite(high) and high - low <= 1e-3 * high:
            break
    return best
