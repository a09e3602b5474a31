"""When what is known of one setting holds for another: plans of a tighter one, bounds of a looser one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from solver.coverage import build_coverage, nearest_open
from solver.plan import Outcome, Plan
from solver.problem import Problem
from solver.verify import verify


def bound_carries(loose: Mapping[str, int], tight: Mapping[str, int]) -> bool:
    """Whether a bound of a looser setting (reach no shorter, k and fraction no larger) holds for a tighter one.

    It does when every point of the tighter setting asks for at least as many sites.  loose, tight: ``short_points``
    of each.  A point exempted in the tighter setting only asks for less there, so then it does not.
    """
    return all(identity in loose and loose[identity] <= in_reach for identity, in_reach in tight.items())


def with_sites(answer: Plan, problem: Problem, open_sites: Iterable[str]) -> Plan | None:
    """``answer`` to ``problem`` with other open sites, its bounds kept; None when they do not solve the problem.

    None also when the problem protects a part of the people only: who is left out would have to be chosen anew.
    """
    if problem.partial:
        return None
    chosen = set(open_sites)
    positions = np.flatnonzero([identity in chosen for identity in problem.candidates.ids])
    servers, distance = nearest_open(build_coverage(problem), positions, problem.sites_needed)
    objective = float(problem.site_cost[positions].sum())
    proved = answer.lower_bound >= objective - 1e-9 * max(1.0, objective)
    plan = replace(
        answer,
        outcome=Outcome.OPTIMAL if proved else Outcome.FEASIBLE,
        open_sites=tuple(problem.candidates.ids[positions]),
        servers=servers,
        distance=distance,
        objective=objective,
    )
    return plan if verify(plan, problem).ok else None
