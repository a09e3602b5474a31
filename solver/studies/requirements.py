"""What the required sites cost: the same problem without them, and the difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from solver.plan import Plan, Progress
from solver.problem import Problem
from solver.solve import Limits, solve
from solver.studies.nesting import with_sites


@dataclass(frozen=True)
class RequirementsPrice:
    """kept, new: required and other open sites of the plan · without, without_bound: objective of a plan to which
    nothing is required, and what no such plan can be below · extra: the plan's objective minus ``without`` ·
    least, most: what the proofs leave open of that difference.
    """

    kept: int
    new: int
    without: float
    without_bound: float
    extra: float
    least: float
    most: float


def price_of_requirements(
    plan: Plan,
    problem: Problem,
    limits: Limits | None = None,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> RequirementsPrice:
    """Solve the problem with nothing required, starting from ``plan``, which must be usable."""
    free_problem = replace(problem, ignore_required=True)
    free = solve(
        free_problem, limits, seed, on_progress=on_progress, stop=stop, polished=False, start=plan.open_sites
    )  # fmt: skip
    if free.objective > plan.objective:
        free = with_sites(free, free_problem, plan.open_sites) or free
    kept = len(problem.required_ids)
    return RequirementsPrice(
        kept=kept,
        new=plan.sites - kept,
        without=free.objective,
        without_bound=free.lower_bound,
        extra=plan.objective - free.objective,
        least=max(0.0, plan.lower_bound - free.objective),
        most=plan.objective - free.lower_bound,
    )
