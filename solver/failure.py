"""The failure drill: when these sites fail, who moves where, and who is lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from solver.coverage import Indices, build_coverage, nearest_open
from solver.errors import BadInput, InputProblem, shown
from solver.plan import Plan
from solver.problem import Demand, Floats, Ints, PairReach, Problem, Texts


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
    """One Drill per set of failed sites.

    The plan lists each point's survive + 1 nearest sites; only points that lose all of these are looked at again.
    """
    names = np.array([*plan.open_sites, ""], dtype=object)
    downs = [(failed, np.isin(names, list(failed))) for failed in failures]
    served = _served(plan)
    exhausted = [served.exhausted(down) for _, down in downs]
    beyond = _Beyond(plan, problem, np.unique(np.concatenate([np.empty(0, dtype=np.int64), *exhausted])))
    return [
        _one(problem, failed, down, names, served, beyond, points)
        for (failed, down), points in zip(downs, exhausted, strict=True)
    ]


class _Served:
    """A plan's points by their primary site.

    order: served points, those of site 0 first · ends: (m+1,) where each site's begin · farthest: (m,) km.
    """

    def __init__(self, plan: Plan) -> None:
        self.servers, self.distance = plan.servers, plan.distance
        primary = self.servers[:, 0]
        self.order = np.argsort(primary, kind="stable")
        self.ends = np.searchsorted(primary[self.order], np.arange(plan.sites + 1))
        self.farthest = np.zeros(plan.sites)
        known = primary >= 0
        np.maximum.at(self.farthest, primary[known], self.distance[known, 0])

    def of(self, down: npt.NDArray[np.bool_]) -> Ints:
        """The points whose primary site is down, ascending."""
        parts = [self.order[self.ends[site] : self.ends[site + 1]] for site in np.flatnonzero(down[:-1])]
        return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *parts]))

    def exhausted(self, down: npt.NDArray[np.bool_]) -> Ints:
        """The points all of whose listed sites are down, and that may have more."""
        points = self.of(down)
        return np.asarray(points[down[self.servers[points]].all(axis=1) & (self.servers[points, -1] >= 0)])


@lru_cache(maxsize=2)
def _served(plan: Plan) -> _Served:
    """Kept, because one drill follows another: sorting ten million points takes longer than drilling them."""
    return _Served(plan)


class _Beyond:
    """All open sites in reach of some points, nearest first: (p, w) positions, -1 for none, and distances."""

    def __init__(self, plan: Plan, problem: Problem, points: Ints) -> None:
        self.points = points
        self.servers = np.empty((0, 1), dtype=np.int32)
        self.distance = np.empty((0, 1))
        if len(points):
            position = {identity: j for j, identity in enumerate(problem.candidates.ids)}
            opened = np.array([position[identity] for identity in plan.open_sites], dtype=np.int64)
            # A table of pairs and areas name all points; plain points can be measured by themselves.
            whole = isinstance(problem.reach, PairReach) or problem.demand.areas is not None
            coverage = build_coverage(problem if whole else replace(problem, demand=_some(problem.demand, points)))
            width = int(
                np.bincount(_rows_of_open(coverage.indptr, coverage.indices, opened), minlength=1).max(initial=0)
            )
            rows = points if whole else np.arange(len(points))
            servers, distance = nearest_open(coverage, opened, max(width, 1))
            self.servers, self.distance = servers[rows], distance[rows]

    def of(self, points: Ints) -> tuple[Indices, Floats]:
        rows = np.searchsorted(self.points, points)
        return self.servers[rows], self.distance[rows]


def _some(demand: Demand, points: Ints) -> Demand:
    return Demand(
        demand.ids[points],
        demand.names[points],
        demand.lat_deg[points],
        demand.lon_deg[points],
        demand.population[points],
    )


def _rows_of_open(indptr: Ints, indices: Indices, opened: Ints) -> Ints:
    entry = np.flatnonzero(np.isin(indices, opened))
    return np.asarray(np.searchsorted(indptr, entry, side="right") - 1)


def _one(
    problem: Problem,
    failed: tuple[str, ...],
    down: npt.NDArray[np.bool_],
    names: Texts,
    served: _Served,
    beyond: _Beyond,
    exhausted: Ints,
) -> Drill:
    point = served.of(down)
    to, to_distance = _next(served.servers[point], served.distance[point], down)
    further = np.searchsorted(point, exhausted)
    to[further], to_distance[further] = _next(*beyond.of(exhausted), down)
    return Drill(
        failed=failed,
        point=point,
        from_site=names[served.servers[point, 0]],
        to_site=names[to],
        from_distance=served.distance[point, 0],
        to_distance=to_distance,
        population=problem.demand.population[point],
        worst_before=float(served.farthest.max(initial=0.0)),
        worst_after=max(float(served.farthest[~down[:-1]].max(initial=0.0)), _longest(to_distance)),
    )


def _next(servers: Indices, distance: Floats, down: npt.NDArray[np.bool_]) -> tuple[Indices, Floats]:
    """(p,) the first listed site of each row that is up, -1 for none, and its distance, nan for none."""
    up = (servers >= 0) & ~down[servers]
    rows, column = np.arange(len(servers)), np.argmax(up, axis=1)
    some = up.any(axis=1)
    return (
        np.where(some, servers[rows, column], -1).astype(np.int32),
        np.where(some, distance[rows, column], np.nan),
    )


def _longest(distance: Floats) -> float:
    known = distance[np.isfinite(distance)]
    return float(known.max()) if len(known) else 0.0
