"""What-if: what of a plan still holds for a variant of it, and what the variant changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.errors import BadInput, InputProblem
from solver.plan import Plan
from solver.problem import Floats, Ints, PairReach, Problem, Texts, Uncoverable
from solver.reduction import Bools
from solver.studies.curve import short_points
from solver.studies.nesting import bound_carries, short_before


@dataclass(frozen=True)
class Standing:
    """One side of a comparison.

    worst_primary, worst_last: the longest distance (km, or the pair table's unit) to the nearest and to the last of the
    survive + 1 sites · mean_primary: the distance to the nearest site, weighted by people ·
    unprotected_points, unprotected_people: coverage gaps and those left out on purpose.
    """

    sites: int
    objective: float
    lower_bound: float
    worst_primary: float | None
    worst_last: float | None
    mean_primary: float | None
    unprotected_points: int
    unprotected_people: float


@dataclass(frozen=True, eq=False)
class Changes:
    """From one plan to another over the same demand.

    sites_in, sites_out: candidate ids open only after, only before · moved: positions of the points whose primary site
    is another (or none) · lost, gained: positions of the points protected only before, only after · from_site,
    to_site, from_distance, to_distance: of every moved point, "" and nan where it has no site ·
    least, most: what the proofs leave open of (objective after − objective before); None when they measure
    different things.
    """

    before: Standing
    after: Standing
    sites_in: tuple[str, ...]
    sites_out: tuple[str, ...]
    moved: Ints
    from_site: Texts
    to_site: Texts
    from_distance: Floats
    to_distance: Floats
    lost: Ints
    gained: Ints
    people_moved: float
    people_lost: float
    people_gained: float
    least: float | None
    most: float | None


def changes(before: Plan, before_problem: Problem, after: Plan, after_problem: Problem) -> Changes:
    """What is different.  Raises BadInput for a plan without sites, or other demand points."""
    for plan in (before, after):
        if not plan.usable:
            raise BadInput([InputProblem("two plans with open sites", found=f"outcome {plan.outcome.value}")])
    demand = before_problem.demand
    if not np.array_equal(demand.ids, after_problem.demand.ids):
        raise BadInput([InputProblem("two plans for the same demand points", column="demand", found="other ids")])
    old, new = _primary(before), _primary(after)
    moved = np.flatnonzero(old != new)
    kept_before, kept_after = _protected(before, before_problem), _protected(after, after_problem)
    lost, gained = np.flatnonzero(kept_before & ~kept_after), np.flatnonzero(~kept_before & kept_after)
    comparable = before_problem.objective == after_problem.objective
    return Changes(
        before=_standing(before, before_problem),
        after=_standing(after, after_problem),
        sites_in=tuple(i for i in after.open_sites if i not in set(before.open_sites)),
        sites_out=tuple(i for i in before.open_sites if i not in set(after.open_sites)),
        moved=moved,
        from_site=old[moved],
        to_site=new[moved],
        from_distance=before.distance[moved, 0],
        to_distance=after.distance[moved, 0],
        lost=lost,
        gained=gained,
        people_moved=float(demand.population[moved].sum()),
        people_lost=float(demand.population[lost].sum()),
        people_gained=float(demand.population[gained].sum()),
        least=after.lower_bound - before.objective if comparable else None,
        most=after.objective - before.lower_bound if comparable else None,
    )


def carried_bound(parent: Plan, parent_problem: Problem, child_problem: Problem) -> float:
    """What the parent's bound proves for a variant: itself when every plan of the variant is one of the parent's.

    0 when that is not certain.
    """
    if not parent.usable or not _asks_no_less(child_problem, parent_problem):
        return 0.0
    short = short_before(child_problem) if child_problem.uncoverable == Uncoverable.EXEMPT else {}
    return parent.lower_bound if bound_carries(short_points(parent), short) else 0.0


def _asks_no_less(child: Problem, parent: Problem) -> bool:
    allowed = _allowed(child)
    same = {identity: j for j, identity in enumerate(parent.candidates.ids)}
    place = [same.get(identity, -1) for identity in child.candidates.ids]
    return (
        np.array_equal(child.demand.ids, parent.demand.ids)
        and child.objective == parent.objective
        and not child.partial
        and not parent.partial
        and child.survive >= parent.survive
        and child.required_ids >= parent.required_ids
        and set(child.candidates.ids[allowed]) <= set(parent.candidates.ids[_allowed(parent)])
        and set(child.shared_risk) >= set(parent.shared_risk)
        and child.entire >= parent.entire
        and _same_kind_of_reach(child, parent)
        and bool(np.all(child.reach_limit[allowed] <= parent.reach_limit[place][allowed]))
        and bool(np.all(child.site_cost[allowed] >= parent.site_cost[place][allowed]))
    )


def _same_kind_of_reach(child: Problem, parent: Problem) -> bool:
    if isinstance(child.reach, PairReach) or isinstance(parent.reach, PairReach):
        return child.reach is parent.reach
    return True


def _allowed(problem: Problem) -> Bools:
    return ~np.isin(problem.candidates.ids, list(problem.forbidden_ids))


def _primary(plan: Plan) -> Texts:
    """(n,) the id of each point's nearest open site, "" without one."""
    return np.asarray(np.array([*plan.open_sites, ""], dtype=object)[plan.servers[:, 0]])


def _protected(plan: Plan, problem: Problem) -> Bools:
    gaps = {gap.point_id for gap in plan.gaps}
    protected = np.array([identity not in gaps for identity in problem.demand.ids], dtype=bool)
    protected[plan.unprotected] = False
    return protected


def _standing(plan: Plan, problem: Problem) -> Standing:
    population = problem.demand.population
    near = plan.distance[:, 0]
    served = np.isfinite(near)
    people = float(population[served].sum())
    bare = ~_protected(plan, problem)
    return Standing(
        sites=plan.sites,
        objective=plan.objective,
        lower_bound=plan.lower_bound,
        worst_primary=float(near[served].max()) if served.any() else None,
        worst_last=float(np.nanmax(plan.distance[:, -1])) if np.isfinite(plan.distance[:, -1]).any() else None,
        mean_primary=float((near[served] * population[served]).sum() / people) if people > 0 else None,
        unprotected_points=int(bare.sum()),
        unprotected_people=float(population[bare].sum()),
    )
