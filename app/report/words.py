"""Numbers and outcomes in the words of a report."""

from __future__ import annotations

from solver.plan import Outcome, Plan
from solver.problem import Objective, Problem


def number(value: float | None, decimals: int = 0) -> str:
    """Thousands apart by a thin space; a dash for nothing."""
    return "–" if value is None else f"{value:,.{decimals}f}".replace(",", " ")


def headline(plan: Plan, problem: Problem) -> list[str]:
    """What the plan is and how good it provably is, sentence by sentence."""
    if plan.outcome == Outcome.INFEASIBLE:
        people = sum(gap.population for gap in plan.gaps)
        return [
            f"No plan is possible as asked: {number(len(plan.gaps))} places with {number(people)} people cannot be "
            "protected by any choice of these candidates."
        ]
    if plan.outcome == Outcome.NO_PLAN:
        return ["The limits came before the first plan."]
    told = [f"{number(plan.sites)} sites{_cost(plan, problem)}.", _proof(plan, problem)]
    if problem.survive:
        what = "any one of them fails" if problem.survive == 1 else f"any {problem.survive} of them fail at once"
        risk = f", or any one group of {' or '.join(problem.shared_risk)} fails" if problem.shared_risk else ""
        told.append(f"When {what}{risk}, every protected place still has an open site in reach.")
    people = float(problem.demand.population[plan.unprotected].sum())
    if problem.partial:
        told.append(f"{number(people)} people are left unprotected on purpose.")
    if plan.gaps:
        told.append(
            f"{number(len(plan.gaps))} places ({number(sum(gap.population for gap in plan.gaps))} people) cannot be "
            "protected by any choice of these candidates; they are served as well as they can be, and listed below."
        )
    return told


def _cost(plan: Plan, problem: Problem) -> str:
    if problem.objective in (Objective.COST, Objective.COST_THEN_SITES):
        return f" for {number(plan.objective)} USD"
    return ""


def _proof(plan: Plan, problem: Problem) -> str:
    unit = {
        Objective.SITES: "sites",
        Objective.SITES_THEN_COST: "sites",
        Objective.POPULATION: "people left unprotected",
    }.get(problem.objective, "USD")
    if plan.proved:
        return "This is proven optimal: no plan does with less."
    bound = number(plan.lower_bound)
    return f"No plan can do with fewer than {bound} {unit}; the gap to that bound is {(plan.gap or 0.0) * 100:.1f} %."
