"""How the points of a plan stand: protected or not, and within what reach."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solver.plan import Plan
from solver.problem import PairReach, Problem


def protected(plan: Plan, problem: Problem) -> npt.NDArray[np.bool_]:
    """(n,) whether each point keeps a site in reach through every failure the plan is to survive."""
    gaps = {gap.point_id for gap in plan.gaps}
    if not plan.usable:
        return np.array([identity not in gaps for identity in problem.demand.ids])
    return np.asarray((plan.servers >= 0).all(axis=1))


def reach_limit(problem: Problem) -> float:
    """The longest distance (km, or the pair table's unit) at which anybody can be served."""
    return problem.reach.limit if isinstance(problem.reach, PairReach) else problem.reach.radius_km
