"""When what is known of one setting holds for another: plans of a tighter one, bounds of a looser one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from solver.coverage import build_coverage, nearest_open
from solver.narrowing import narrowed, nearest_sites
from solver.partial.solve import objectives_of, unprotected_points
from solver.plan import Outcome, Plan
from solver.problem import Problem
from solver.verify import verify


def short_before(problem: Problem) -> dict[str, int]:
    """The same of a problem that is not solved yet."""
    narrow = narrowed(problem)
    gaps = narrow.gaps(build_coverage(narrow.part))
    return {gap.point_id: gap.candidates_in_reach for gap in gaps}


def bound_carries(loose: Mapping[str, int], tight: Mapping[str, int]) -> bool:
    """Whether a bound of a looser setting (reach no shorter, k and fraction no larger) holds for a tighter one.

    It does when every point of the tighter setting asks for at least as many sites.  loose, tight: ``short_points``
    of each.  A point exempted in the tighter setting only asks for less there, so then it does not.
    """
    return all(identity in loose and loose[identity] <= in_reach for identity, in_reach in tight.items())


def with_sites(answer: Plan, problem: Problem, open_sites: Iterable[str]) -> Plan | None:
    """``answer`` to ``problem`` with other open sites, better in the first objective; its first bound is kept.

    None when the sites do not solve the problem, or a bound says that they cannot.
    """
    chosen = set(open_sites)
    positions = np.flatnonzero([identity in chosen for identity in problem.candidates.ids])
    if problem.by_distance:
        servers, distance = nearest_sites(problem, positions, problem.sites_needed)
    else:
        servers, distance = nearest_open(build_coverage(problem), positions, problem.sites_needed)
    left_out = answer.unprotected
    if problem.partial:
        left_out = unprotected_points(problem, build_coverage(problem), positions)
    objective, *second = objectives_of(problem, positions, left_out)
    proved = not second and answer.lower_bound >= objective - 1e-9 * max(1.0, objective)
    plan = replace(
        answer,
        outcome=Outcome.OPTIMAL if proved else Outcome.FEASIBLE,
        open_sites=tuple(problem.candidates.ids[positions]),
        servers=servers,
        distance=distance,
        objective=objective,
        unprotected=left_out,
        second_objective=second[0] if second else None,
        second_lower_bound=0.0 if second else None,
    )
    return plan if verify(plan, problem).ok else None
