"""The independent judge: rechecks a plan from raw coordinates, failing every open site in turn.

Shares no code with the solver: distances come from another formula (the angle between unit vectors), counts from
dense blocks.  It runs in production on every plan before anyone sees it, and in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solver.latency import EARTH_RADIUS_KM
from solver.plan import CERTIFICATE_SCALE, Outcome, Plan
from solver.problem import Floats, Ints, PairReach, Problem, Uncoverable

TOLERANCE = 1e-6
"""Distances agree, and reach is inclusive, to a millimetre."""

BLOCK_ENTRIES = 4_000_000


@dataclass(frozen=True)
class Verification:
    """failures: one line each, empty when the plan holds · checked: how many points, sites and site failures."""

    failures: tuple[str, ...]
    points: int
    sites: int

    @property
    def ok(self) -> bool:
        return not self.failures


def verify(plan: Plan, problem: Problem) -> Verification:
    """Every reason why ``plan`` does not solve ``problem``; none means it does."""
    position = {identity: j for j, identity in enumerate(problem.candidates.ids)}
    failures = _selection_failures(plan, problem, position)
    if not failures:
        if plan.usable:
            opened = np.array([position[identity] for identity in plan.open_sites], dtype=np.int64)
            failures += _coverage_failures(plan, problem, opened)
            failures += _objective_failures(plan, problem, opened)
            failures += _certificate_failures(plan, problem)
        else:
            failures += _gap_failures(plan, problem, np.arange(len(problem.demand)))
            if plan.outcome == Outcome.INFEASIBLE and not plan.gaps:
                failures.append("the plan is called infeasible, but names no coverage gap")
    return Verification(tuple(failures), len(problem.demand), plan.sites)


def _selection_failures(plan: Plan, problem: Problem, position: dict[str, int]) -> list[str]:
    failures = [f"open site {identity} is not a candidate" for identity in plan.open_sites if identity not in position]
    if len(set(plan.open_sites)) != len(plan.open_sites):
        failures.append("a site is open twice")
    opened = set(plan.open_sites)
    failures += [f"forbidden site {identity} is open" for identity in sorted(problem.forbidden_ids & opened)]
    if plan.usable:
        failures += [f"required site {identity} is closed" for identity in sorted(problem.required_ids - opened)]
    if plan.survive != problem.survive:
        failures.append(f"the plan survives {plan.survive} failures, the problem asks for {problem.survive}")
    return failures


def _coverage_failures(plan: Plan, problem: Problem, opened: Ints) -> list[str]:
    """Counts of open sites in reach, before and after each single failure, and who serves whom."""
    need, n = problem.sites_needed, len(problem.demand)
    count = np.zeros(n, dtype=np.int64)
    sole = np.zeros(len(opened), dtype=np.int64)
    sole_point = np.full(len(opened), -1, dtype=np.int64)
    gap_ids = {gap.point_id for gap in plan.gaps}
    is_gap = np.array([identity in gap_ids for identity in problem.demand.ids], dtype=bool)
    failures: list[str] = []
    for points in _blocks(n, len(opened)):
        distance, limit = _distances(problem, points, opened)
        within = distance <= limit + TOLERANCE
        count[points] = within.sum(axis=1)
        protected = within & ~is_gap[points][:, None]
        hurt = protected & ((count[points] - 1 < need - 1)[:, None])
        sole += hurt.sum(axis=0)
        first = np.argmax(hurt, axis=0)
        sole_point = np.where((sole_point < 0) & hurt.any(axis=0), points[first], sole_point)
        failures += _assignment_failures(plan, problem, points, distance, within)
    for s in np.flatnonzero(sole):
        example = problem.demand.ids[sole_point[s]]
        left = f"{sole[s]} points have fewer than {problem.survive} sites left in reach, e.g. {example}"
        failures.append(f"when site {plan.open_sites[s]} fails, {left}")
    bare = np.flatnonzero((count < need) & ~is_gap)
    if len(bare):
        failures.append(
            f"{len(bare)} points have fewer than {need} open sites in reach, e.g. {problem.demand.ids[bare[0]]}"
        )
    failures += _gap_failures(plan, problem, np.flatnonzero((count < need) | is_gap), count)
    return failures


def _assignment_failures(
    plan: Plan, problem: Problem, points: Ints, distance: Floats, within: npt.NDArray[np.bool_]
) -> list[str]:
    """Column c of ``servers`` must be the (c+1)-th nearest open site in reach, at the distance it states."""
    need = problem.sites_needed
    if plan.servers.shape != (len(problem.demand), need) or plan.distance.shape != plan.servers.shape:
        return [f"assignments have shape {plan.servers.shape}, expected {(len(problem.demand), need)}"]
    servers, stated = plan.servers[points], plan.distance[points]
    if servers.max(initial=-1) >= plan.sites or servers.min(initial=0) < -1:
        return [f"assignments name a site beyond the {plan.sites} open ones"]
    usable = np.where(within, distance, np.inf)
    nearest = np.full((len(points), need), np.inf)
    width = min(need, usable.shape[1])
    if width:
        nearest[:, :width] = np.sort(usable, axis=1)[:, :width]
    assigned = servers >= 0
    if width:
        actual = np.where(assigned, np.take_along_axis(usable, np.maximum(servers, 0), axis=1), np.inf)
    else:
        actual = np.full(servers.shape, np.inf)
    twice = np.zeros(len(points), dtype=bool)
    for a in range(need):
        for b in range(a):
            twice |= assigned[:, a] & (servers[:, a] == servers[:, b])
    with np.errstate(invalid="ignore"):
        wrong = ~((actual == nearest) | (np.abs(actual - nearest) <= 2 * TOLERANCE))
        wrong |= assigned & ~(np.abs(stated - actual) <= 2 * TOLERANCE)
    bad = np.flatnonzero(wrong.any(axis=1) | twice)
    if not len(bad):
        return []
    return [f"{len(bad)} points are assigned to the wrong sites, e.g. {problem.demand.ids[points[bad[0]]]}"]


def _gap_failures(plan: Plan, problem: Problem, suspects: Ints, open_count: Ints | None = None) -> list[str]:
    """The list of gaps holds exactly the points with too few candidates, and each of them gets all it has."""
    allowed = np.array([identity not in problem.forbidden_ids for identity in problem.candidates.ids], dtype=bool)
    columns = np.flatnonzero(allowed)
    listed = {gap.point_id: gap for gap in plan.gaps}
    failures: list[str] = []
    for block in _blocks(len(suspects), len(columns)):
        points = suspects[block]
        distance, limit = _distances(problem, points, columns)
        reach = (distance <= limit + TOLERANCE).sum(axis=1)
        for i, in_reach in zip(points, reach, strict=True):
            identity = problem.demand.ids[i]
            gap = listed.pop(identity, None)
            if in_reach < problem.sites_needed and gap is None:
                failures.append(f"point {identity} has {in_reach} candidates in reach and is not listed as a gap")
            elif gap is not None and gap.candidates_in_reach != in_reach:
                failures.append(
                    f"gap {identity} is listed with {gap.candidates_in_reach} candidates, it has {in_reach}"
                )
            elif gap is not None and in_reach >= problem.sites_needed:
                failures.append(f"point {identity} is listed as a gap, but has {in_reach} candidates in reach")
            elif open_count is not None and gap is not None and open_count[i] < in_reach:
                failures.append(f"gap {identity} is served by {open_count[i]} of its {in_reach} candidates")
    failures += [f"gap {identity} is not a demand point with too few candidates" for identity in listed]
    if plan.usable and plan.gaps and problem.uncoverable == Uncoverable.FAIL:
        failures.append("the plan has coverage gaps, but the problem does not exempt any")
    return failures


def _objective_failures(plan: Plan, problem: Problem, opened: Ints) -> list[str]:
    actual = float(problem.site_cost[opened].sum())
    slack = 1e-6 * max(1.0, abs(actual))
    failures = []
    if abs(plan.objective - actual) > slack:
        failures.append(f"the objective is stated as {plan.objective}, it is {actual}")
    for name, bound in (("lower", plan.lower_bound), ("certified", plan.certified_lower_bound)):
        if bound > actual + slack:
            failures.append(f"the {name} bound {bound} exceeds the plan's own objective {actual}")
    if plan.outcome == Outcome.OPTIMAL and plan.lower_bound < actual - slack:
        failures.append(f"the plan is called optimal, but its bound is {plan.lower_bound} and its objective {actual}")
    return failures


def _certificate_failures(plan: Plan, problem: Problem) -> list[str]:
    """Recompute the certified bound in whole numbers: Σ r y − Σ max(0, load − cost) over all allowed sites."""
    points, multiplier = plan.certificate.points, plan.certificate.multiplier
    if len(np.unique(points)) != len(points) or multiplier.min(initial=0) < 0:
        return ["the certificate names a point twice, or has a negative multiplier"]
    if sum(multiplier.tolist()) >= 2**62:
        return ["the certificate's multipliers are too large to add up"]
    excused = {gap.point_id: gap.candidates_in_reach for gap in plan.gaps}
    needs = [excused.get(problem.demand.ids[i], problem.sites_needed) for i in points]
    forbidden, required = problem.forbidden_ids, problem.required_ids
    columns = np.array([j for j, i in enumerate(problem.candidates.ids) if i not in forbidden], dtype=np.int64)
    load = np.zeros(len(columns), dtype=np.int64)
    for block in _blocks(len(points), len(columns)):
        distance, limit = _distances(problem, points[block], columns)
        load += multiplier[block] @ (distance <= limit + TOLERANCE).astype(np.int64)
    total = sum(need * y for need, y in zip(needs, multiplier.tolist(), strict=True))
    for j, loaded in zip(columns, load.tolist(), strict=True):
        surplus = loaded - int(np.floor(problem.site_cost[j] * CERTIFICATE_SCALE))
        total -= surplus if problem.candidates.ids[j] in required else max(0, surplus)
    bound = max(0, total) / CERTIFICATE_SCALE
    whole = bool(np.all(problem.site_cost == np.round(problem.site_cost)))
    proves = float(np.ceil(bound - TOLERANCE)) if whole else bound
    failures = []
    if bound < plan.certificate.bound - TOLERANCE:
        failures.append(f"the certificate adds up to {bound}, not to {plan.certificate.bound}")
    if plan.certified_lower_bound > proves + TOLERANCE:
        failures.append(f"the certified bound {plan.certified_lower_bound} is more than the certificate's {bound}")
    return failures


def _blocks(rows: int, columns: int) -> list[Ints]:
    size = max(1, BLOCK_ENTRIES // max(1, columns))
    return [np.arange(start, min(rows, start + size)) for start in range(0, rows, size)]


def _distances(problem: Problem, points: Ints, sites: Ints) -> tuple[Floats, float]:
    """(points, sites) distances and the limit they must not exceed."""
    if isinstance(problem.reach, PairReach):
        return _pair_distances(problem, problem.reach, points, sites), problem.reach.limit
    a = _unit_vectors(problem.demand.lat_deg[points], problem.demand.lon_deg[points])
    b = _unit_vectors(problem.candidates.lat_deg[sites], problem.candidates.lon_deg[sites])
    cosine = a @ b.T
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    # arccos loses half its digits near 0 and 180 degrees; the two chords keep them all.
    i, j = np.nonzero(np.abs(cosine) > 0.99999)
    chord, complement = np.linalg.norm(a[i] - b[j], axis=1), np.linalg.norm(a[i] + b[j], axis=1)
    angle[i, j] = 2.0 * np.arctan2(chord, complement)
    return EARTH_RADIUS_KM * angle, problem.reach.radius_km


def _unit_vectors(lat_deg: Floats, lon_deg: Floats) -> Floats:
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _pair_distances(problem: Problem, reach: PairReach, points: Ints, sites: Ints) -> Floats:
    row = {problem.demand.ids[i]: r for r, i in enumerate(points)}
    column = {problem.candidates.ids[j]: c for c, j in enumerate(sites)}
    distance = np.full((len(points), len(sites)), np.inf)
    for demand_id, candidate_id, value in zip(reach.demand_ids, reach.candidate_ids, reach.value, strict=True):
        if demand_id in row and candidate_id in column:
            distance[row[demand_id], column[candidate_id]] = value
    return distance
