"""From everybody to the few points that decide: a plan for those is a plan for all.

Below STREAM_FROM points nothing is left out, and everything downstream works as if this file were not there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from solver.coverage import Coverage, Indices, build_coverage, nearest_open
from solver.gaps import find_gaps
from solver.nearby import nearest_in_reach
from solver.plan import CoverageGap
from solver.problem import Demand, Floats, Ints, Problem
from solver.quadtree import sorted_along_the_curve
from solver.shared_risk import Rows, build_rows, risks_of
from solver.streaming import Decisive, decisive_points

STREAM_FROM = 2_000
"""Points.  At 20,000 the core stands after 0.15 s instead of 0.35 (conus-15k-200), with the same rows."""

SAMPLE = 20_000
"""Points that stand for all others when a plan is polished; below twice as many, everybody does."""


@dataclass(frozen=True, eq=False)
class Narrowed:
    """A problem and the part of it that decides.

    part: the same problem for fewer points · points: (q,) their positions in ``whole``, ascending ·
    gap_points: positions of all coverage gaps, None when nobody was left out.
    """

    whole: Problem
    part: Problem
    points: Ints
    gap_points: Ints | None = None

    @property
    def streamed(self) -> bool:
        return self.gap_points is not None

    def rows(self, coverage: Coverage) -> Rows:
        """What the open sites must satisfy, by positions in the whole demand; ``coverage`` is that of ``part``."""
        rows = build_rows(self.part, coverage)
        return replace(rows, point=self.points[rows.point])

    def gaps(self, coverage: Coverage) -> tuple[CoverageGap, ...]:
        """Every coverage gap of the whole problem, in the order of its demand."""
        if self.gap_points is None:
            return find_gaps(self.part, coverage)
        if len(self.gap_points) == 0:
            return ()
        part = only(self.whole, self.gap_points)
        return find_gaps(part, build_coverage(part))

    def crowd(self, rows: Rows) -> tuple[Rows, Floats]:
        """Rows that hold everybody's distances, and (n,) the people each point counts for: what polishing looks at.

        Of a streamed problem, the decisive points and a sample of all: the first keep the plan one, the second tell
        whether people are nearer.
        """
        if not self.streamed:
            return rows, self.whole.demand.population
        chosen, people = sample(self.whole)
        points = np.union1d(self.points, chosen)
        part = only(self.whole, points)
        return Narrowed(self.whole, part, points).rows(build_coverage(part)), people

    def nearest(self, coverage: Coverage, opened: Ints) -> tuple[Indices, Floats]:
        """Who serves whom, for every point of the whole problem (see ``nearest_open``)."""
        if not self.streamed:
            return nearest_open(coverage, opened, self.whole.sites_needed)
        return nearest_sites(self.whole, opened, self.whole.sites_needed)


def narrowed(
    problem: Problem, also: Ints | None = None, on_share: Callable[[float], None] = lambda _: None
) -> Narrowed:
    """The points that decide, and those of ``also`` (positions); all of them when there are few or each counts.

    on_share hears how much is done.
    """
    every = Narrowed(problem, problem, np.arange(len(problem.demand)))
    if len(problem.demand) < STREAM_FROM or problem.partial or not problem.by_distance:
        return every
    found = decisive(problem, on_share)
    points = found.points if also is None else np.union1d(found.points, also)
    if len(points) == 0:
        points = np.zeros(1, dtype=np.int64)
    return Narrowed(problem, only(problem, points), points, found.gaps)


def decisive(problem: Problem, on_share: Callable[[float], None] = lambda _: None) -> Decisive:
    """``decisive_points`` of a problem whose reach is a distance between points."""
    sites, demand, candidates = allowed(problem), problem.demand, problem.candidates
    groups = np.array([risk.codes[sites] for risk in risks_of(problem)], dtype=np.int32).reshape(-1, len(sites))
    return decisive_points(
        demand.lat_deg,
        demand.lon_deg,
        candidates.lat_deg[sites],
        candidates.lon_deg[sites],
        problem.reach_limit[sites],
        problem.sites_needed,
        groups,
        on_share,
    )


def nearest_sites(problem: Problem, sites: Ints, count: int) -> tuple[Indices, Floats]:
    """The ``count`` nearest of these sites that reach each demand point (see ``nearest_in_reach``)."""
    demand, candidates = problem.demand, problem.candidates
    lat, lon, reach = candidates.lat_deg[sites], candidates.lon_deg[sites], problem.reach_limit[sites]
    return nearest_in_reach(demand.lat_deg, demand.lon_deg, lat, lon, reach, count)


def allowed(problem: Problem) -> Ints:
    """Positions of the candidates that are not forbidden."""
    return np.flatnonzero(~np.isin(problem.candidates.ids, list(problem.forbidden_ids)))


def only(problem: Problem, points: Ints) -> Problem:
    """The same problem for these demand points alone, as points."""
    whole = problem.demand
    part = Demand(
        whole.ids[points], whole.names[points], whole.lat_deg[points], whole.lon_deg[points], whole.population[points]
    )
    return replace(problem, demand=part)


def sample(problem: Problem) -> tuple[Ints, Floats]:
    """About SAMPLE points spread like the people, and (n,) what each stands for: the people around it, 0 for others."""
    keys, index_bits = sorted_along_the_curve(problem.demand.lat_deg, problem.demand.lon_deg)
    order = (keys & np.uint64(2**index_bits - 1)).astype(np.int64)
    starts = np.arange(0, len(order), max(1, len(order) // SAMPLE))
    chosen = order[np.minimum(starts + np.diff(starts, append=len(order)) // 2, len(order) - 1)]
    people = np.zeros(len(order))
    people[chosen] = np.add.reduceat(problem.demand.population[order], starts)
    return np.sort(chosen), people
