"""Rechecks what a plan claims to achieve: its objectives, their bounds, and whom it leaves out on purpose."""

from __future__ import annotations

import math

import numpy as np

from solver.plan import Outcome, Plan
from solver.problem import Ints, Objective, Problem
from solver.verify_reach import TOLERANCE, Bools

SECOND = (Objective.SITES_THEN_COST, Objective.COST_THEN_SITES)


def objective_failures(plan: Plan, problem: Problem, opened: Ints, bare: Bools) -> list[str]:
    """Objectives as stated and as they are; no bound above the plan's own value; "optimal" only where they meet.

    bare: (n,) demand points without protection.
    """
    actual, second = _objectives(problem, opened, bare)
    failures = _one_objective("objective", plan.objective, plan.lower_bound, actual, plan.outcome)
    if plan.certified_lower_bound > actual + _slack(actual):
        failures.append(f"the certified bound {plan.certified_lower_bound} exceeds the plan's own objective {actual}")
    if second is None:
        if plan.second_objective is not None or plan.second_lower_bound is not None:
            failures.append("the plan states a second objective, the problem has one only")
    elif plan.second_objective is None or plan.second_lower_bound is None:
        failures.append("the problem has a second objective, the plan states none")
    else:
        failures += _one_objective(
            "second objective", plan.second_objective, plan.second_lower_bound, second, plan.outcome
        )
    return failures


def _one_objective(name: str, stated: float, bound: float, actual: float, outcome: Outcome) -> list[str]:
    failures = []
    if abs(stated - actual) > _slack(actual):
        failures.append(f"the {name} is stated as {stated}, it is {actual}")
    if bound > actual + _slack(actual):
        failures.append(f"the lower bound {bound} exceeds the plan's own {name} {actual}")
    if outcome == Outcome.OPTIMAL and bound < actual - _slack(actual):
        failures.append(f"the plan is called optimal, but its bound is {bound} and its {name} {actual}")
    return failures


def _objectives(problem: Problem, opened: Ints, bare: Bools) -> tuple[float, float | None]:
    sites = float(len(opened))
    usd = 0.0 if problem.candidates.cost_usd is None else math.fsum(problem.candidates.cost_usd[opened])
    if problem.objective == Objective.POPULATION:
        return math.fsum(problem.demand.population[bare]), None
    if problem.objective == Objective.SITES_THEN_COST:
        return sites, usd
    if problem.objective == Objective.COST_THEN_SITES:
        return usd, sites
    return (usd if problem.objective == Objective.COST else sites), None


def partial_failures(plan: Plan, problem: Problem, opened: Ints, bare: Bools) -> list[str]:
    """The list of unprotected points is exactly who is; the share protected, sites and cost are as asked for."""
    failures = []
    if not np.array_equal(plan.unprotected, np.flatnonzero(bare)):
        wrong = np.setxor1d(plan.unprotected, np.flatnonzero(bare))
        example = problem.demand.ids[wrong[0]] if len(wrong) and wrong[0] < len(problem.demand) else "a point twice"
        failures.append(f"the list of unprotected points is wrong about {len(wrong)} points, e.g. {example}")
    people = problem.demand.population
    protected, total = math.fsum(people[~bare]), math.fsum(people)
    if problem.objective != Objective.POPULATION and protected < problem.fraction * total - TOLERANCE:
        failures.append(f"{protected} of {total} people are protected, less than {problem.fraction} of them")
    if problem.max_sites is not None and len(opened) > problem.max_sites:
        failures.append(f"{len(opened)} sites are open, at most {problem.max_sites} may be")
    if problem.max_cost_usd is not None and problem.candidates.cost_usd is not None:
        usd = math.fsum(problem.candidates.cost_usd[opened])
        if usd > problem.max_cost_usd + _slack(usd):
            failures.append(f"the open sites cost {usd} USD, at most {problem.max_cost_usd} may be spent")
    return failures


def infeasible_failures(plan: Plan, problem: Problem) -> list[str]:
    """An infeasible plan names why: some gap, and with a fraction gaps of so many people that it cannot be reached."""
    if not plan.gaps:
        return ["the plan is called infeasible, but names no coverage gap"]
    people = problem.demand.population
    lost = math.fsum(gap.population for gap in plan.gaps)
    if problem.partial and math.fsum(people) - lost >= problem.fraction * math.fsum(people):
        return [f"the plan is called infeasible, but {problem.fraction} of the people can be protected"]
    return []


def _slack(value: float) -> float:
    return TOLERANCE * max(1.0, abs(value))
