"""Who is protected by a plan."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solver.plan import Plan
from solver.problem import Problem


def protected(plan: Plan, problem: Problem) -> npt.NDArray[np.bool_]:
    """(n,) whether each point keeps a site in reach through every failure the plan is to survive.

    For a plan that is not usable: whether any plan could do so.
    """
    gaps = {gap.point_id for gap in plan.gaps}
    safe = np.array([identity not in gaps for identity in problem.demand.ids], dtype=bool)
    safe[plan.unprotected] = False
    return safe
