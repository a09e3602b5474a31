"""The failure drill: when these sites fail, who moves where, and who is lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from solver.coverage import Indices, build_coverage, nearest_open
from solver.errors import BadInput, InputProblem, shown
from solver.plan import Plan
from solver.problem import Floats, Ints, Problem, Texts


@dataclass(frozen=True, eq=False)
class Drill:
    """What happens to the points whose primary site fails.

    point: (a,) demand positions · from_site, to_site: (a,) candidate ids, "" in to_site when the point is lost ·
    from_distance, to_distance: (a,) km (or the pair table's unit), nan when lost · population: (a,) people.
    worst_before, worst_after: the longest distance to the serving site over all points still served.
    """

    failed: tuple[str, ...]
    point: Ints
    from_site: Texts
    to_site: Texts
    from_distance: Floats
    to_distance: Floats
    population: Floats
    worst_before: float
    worst_after: float

    @property
    def points_moved(self) -> int:
        return int(np.sum(self.to_site != ""))

    @property
    def points_lost(self) -> int:
        return int(np.sum(self.to_site == ""))

    @property
    def population_moved(self) -> float:
        return float(self.population[self.to_site != ""].sum())

    @property
    def population_lost(self) -> float:
        return float(self.population[self.to_site == ""].sum())


def drill(plan: Plan, problem: Problem, failed_ids: Iterable[str]) -> Drill:
    """Fail these open sites together.  Raises BadInput for an id that is not an open site."""
    failed = tuple(dict.fromkeys(failed_ids))
    opened = set(plan.open_sites)
    unknown = [
        InputProblem("the id of an open site", column="failed", found=shown(i)) for i in failed if i not in opened
    ]
    if unknown:
        raise BadInput(unknown)
    return drill_each(plan, problem, [failed])[0]


def drill_each(plan: Plan, problem: Problem, failures: Iterable[tuple[str, ...]]) -> list[Drill]:
    """One Drill per set of failed sites; the distances are computed once for all."""
    position = {identity: j for j, identity in enumerate(problem.candidates.ids)}
    opened = np.array([position[identity] for identity in plan.open_sites], dtype=np.int64)
    coverage = build_coverage(problem)
    width = int(np.bincount(_rows_of_open(coverage.indptr, coverage.indices, opened), minlength=1).max(initial=0))
    servers, distance = nearest_open(coverage, opened, max(width, 1))
    return [_one(plan, problem, failed, servers, distance) for failed in failures]


def _rows_of_open(indptr: Ints, indices: Indices, opened: Ints) -> Ints:
    entry = np.flatnonzero(np.isin(indices, opened))
    return np.asarray(np.searchsorted(indptr, entry, side="right") - 1)


def _one(plan: Plan, problem: Problem, failed: tuple[str, ...], servers: Indices, distance: Floats) -> Drill:
    down = np.isin(np.array([*plan.open_sites, ""], dtype=object), list(failed))
    alive = (servers >= 0) & ~down[np.maximum(servers, 0)]
    primary = servers[:, 0]
    point = np.flatnonzero((primary >= 0) & down[np.maximum(primary, 0)])
    next_column = np.argmax(alive, axis=1)
    served = alive.any(axis=1)
    rows = np.arange(len(servers))
    to = np.where(served, servers[rows, next_column], -1)
    to_distance = np.where(served, distance[rows, next_column], np.nan)
    names = np.array([*plan.open_sites, ""], dtype=object)
    return Drill(
        failed=failed,
        point=point,
        from_site=names[primary[point]],
        to_site=names[to[point]],
        from_distance=distance[point, 0],
        to_distance=to_distance[point],
        population=problem.demand.population[point],
        worst_before=_longest(distance[:, 0]),
        worst_after=_longest(to_distance),
    )


def _longest(distance: Floats) -> float:
    known = distance[np.isfinite(distance)]
    return float(known.max()) if len(known) else 0.0
