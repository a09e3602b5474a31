"""The independent judge: rechecks a plan from raw coordinates, failing every open site in turn.

Shares no code with the solver: distances come from another formula (the angle between unit vectors), counts from
dense blocks.  It runs in production on every plan before anyone sees it, and in the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from solver.plan import Outcome, Plan
from solver.problem import Floats, Ints, Problem, Uncoverable
from solver.verify_certificate import certificate_failures
from solver.verify_goals import infeasible_failures, objective_failures, partial_failures
from solver.verify_reach import TOLERANCE, Bools, all_in_one_group, allowed_columns, blocks, group_codes, in_reach


@dataclass(frozen=True)
class Verification:
    """failures: one line each, empty when the plan holds · checked: how many points, sites and site failures."""

    failures: tuple[str, ...]
    points: int
    sites: int

    @property
    def ok(self) -> bool:
        return not self.failures


def verify(plan: Plan, problem: Problem, on_share: Callable[[float], None] = lambda _: None) -> Verification:
    """Every reason why ``plan`` does not solve ``problem``; none means it does.  on_share hears how much is done."""
    position = {identity: j for j, identity in enumerate(problem.candidates.ids)}
    failures = _selection_failures(plan, problem, position)
    if not failures:
        if plan.usable:
            opened = np.array([position[identity] for identity in plan.open_sites], dtype=np.int64)
            found, bare = _coverage_failures(plan, problem, opened, on_share)
            failures += found + objective_failures(plan, problem, opened, bare)
            failures += certificate_failures(plan, problem)
        else:
            failures += _gap_failures(plan, problem, np.arange(len(problem.demand)))
            failures += infeasible_failures(plan, problem) if plan.outcome == Outcome.INFEASIBLE else []
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


def _coverage_failures(
    plan: Plan, problem: Problem, opened: Ints, on_share: Callable[[float], None]
) -> tuple[list[str], Bools]:
    """Counts of open sites in reach, before and after each single failure, and who serves whom.

    Also returns (n,) who is without protection.
    """
    need, n = problem.sites_needed, len(problem.demand)
    count = np.zeros(n, dtype=np.int64)
    sole = np.zeros(len(opened), dtype=np.int64)
    sole_point = np.full(len(opened), -1, dtype=np.int64)
    gap_ids = {gap.point_id for gap in plan.gaps}
    is_gap = np.fromiter((identity in gap_ids for identity in problem.demand.ids), dtype=bool, count=n)
    excused = is_gap.copy()
    if problem.partial:
        excused[plan.unprotected[plan.unprotected < n]] = True
    failures: list[str] = []
    seen = 0
    groups = {column: group_codes(problem, column, opened) for column in problem.shared_risk}
    one_group = {column: np.zeros(n, dtype=bool) for column in groups}
    for points, near in blocks(problem, np.arange(n), opened):
        distance, within = in_reach(problem, points, opened[near])
        count[points] = within.sum(axis=1)
        for column, (codes, _) in groups.items():
            one_group[column][points] = all_in_one_group(within, codes[near])
        protected = within & ~excused[points][:, None]
        hurt = protected & ((count[points] - 1 < need - 1)[:, None])
        sole[near] += hurt.sum(axis=0)
        new = hurt.any(axis=0) & (sole_point[near] < 0)
        sole_point[near[new]] = points[np.argmax(hurt[:, new], axis=0)]
        failures += _assignment_failures(plan, problem, points, near, distance, within)
        seen += len(points)
        on_share(seen / n)
    for s in np.flatnonzero(sole):
        example = problem.demand.ids[sole_point[s]]
        left = f"{sole[s]} points have fewer than {problem.survive} sites left in reach, e.g. {example}"
        failures.append(f"when site {plan.open_sites[s]} fails, {left}")
    short = np.flatnonzero((count < need) & ~excused)
    if len(short):
        failures.append(
            f"{len(short)} points have fewer than {need} open sites in reach, e.g. {problem.demand.ids[short[0]]}"
        )
    at_risk = np.logical_or.reduce([np.zeros(n, dtype=bool), *one_group.values()])
    bare = (count < need) | at_risk
    suspects = np.flatnonzero(bare | is_gap)
    if problem.partial:
        failures += _gap_failures(plan, problem, suspects) + partial_failures(plan, problem, opened, bare)
        return failures, bare
    failures += _gap_failures(plan, problem, suspects, count)
    for column, alone in one_group.items():
        failures += _group_failures(problem, column, np.flatnonzero(alone))
    if len(plan.unprotected):
        failures.append("the plan leaves points out on purpose, the problem asks for all of them")
    return failures, bare


def _group_failures(problem: Problem, column: str, suspects: Ints) -> list[str]:
    """Points all of whose open sites are of one group, although there are candidates outside it."""
    columns = allowed_columns(problem)
    codes, _ = group_codes(problem, column, columns)
    wrong: list[int] = []
    for block, near in blocks(problem, suspects, columns):
        _, within = in_reach(problem, suspects[block], columns[near])
        wrong += suspects[block][~all_in_one_group(within, codes[near])].tolist()
    if not wrong:
        return []
    return [
        f"when one group of {column} fails, {len(wrong)} points lose every site, e.g. {problem.demand.ids[wrong[0]]}"
    ]


def _assignment_failures(
    plan: Plan, problem: Problem, points: Ints, near: Ints, distance: Floats, within: Bools
) -> list[str]:
    """Column c of ``servers`` must be the (c+1)-th nearest open site in reach, at the distance it states.

    near: positions of the open sites that ``distance`` and ``within`` are about; no other reaches these points.
    """
    need = problem.sites_needed
    if plan.servers.shape != (len(problem.demand), need) or plan.distance.shape != plan.servers.shape:
        return [f"assignments have shape {plan.servers.shape}, expected {(len(problem.demand), need)}"]
    servers, stated = plan.servers[points], plan.distance[points]
    if servers.max(initial=-1) >= plan.sites or servers.min(initial=0) < -1:
        return [f"assignments name a site beyond the {plan.sites} open ones"]
    place = np.full(plan.sites + 1, len(near))
    place[near] = np.arange(len(near))
    usable = np.column_stack([np.where(within, distance, np.inf), np.full(len(points), np.inf)])
    nearest = np.full((len(points), need), np.inf)
    width = min(need, usable.shape[1])
    nearest[:, :width] = np.sort(usable, axis=1)[:, :width]
    assigned = servers >= 0
    actual = np.take_along_axis(usable, place[servers], axis=1)
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
    """The list of gaps holds exactly the points nobody can protect; those with too few candidates get all they have."""
    columns, need = allowed_columns(problem), problem.sites_needed
    listed = {gap.point_id: gap for gap in plan.gaps}
    failures: list[str] = []
    groups = [group_codes(problem, column, columns)[0] for column in problem.shared_risk]
    for block, near in blocks(problem, suspects, columns):
        points = suspects[block]
        _, within = in_reach(problem, points, columns[near])
        alone = (all_in_one_group(within, codes[near]) for codes in groups)
        shared = np.logical_or.reduce([np.zeros(len(points), bool), *alone])
        for i, in_reach_count, one_group in zip(points, within.sum(axis=1), shared, strict=True):
            identity = problem.demand.ids[i]
            gap = listed.pop(identity, None)
            expected = "fewer than it needs" if in_reach_count < need else "all in one group" if one_group else ""
            if expected and gap is None:
                failures.append(
                    f"point {identity} has {in_reach_count} candidates in reach, {expected}, and is not listed as a gap"
                )
            elif gap is not None and gap.candidates_in_reach != in_reach_count:
                failures.append(
                    f"gap {identity} is listed with {gap.candidates_in_reach} candidates, it has {in_reach_count}"
                )
            elif gap is not None and not expected:
                failures.append(f"point {identity} is listed as a gap, but has {in_reach_count} candidates in reach")
            elif open_count is not None and gap is not None and open_count[i] < min(in_reach_count, need):
                failures.append(f"gap {identity} is served by {open_count[i]} of its {in_reach_count} candidates")
    failures += [f"gap {identity} is not a demand point with too few candidates" for identity in listed]
    if plan.usable and plan.gaps and problem.uncoverable == Uncoverable.FAIL and not problem.partial:
        failures.append("the plan has coverage gaps, but the problem does not exempt any")
    return failures
