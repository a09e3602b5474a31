"""Coverage gaps: the points that no choice of sites can protect, and the reach that would do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.coverage import Coverage, build_coverage
from solver.latency import great_circle_km
from solver.nearby import reach_for
from solver.plan import CoverageGap
from solver.problem import Floats, Ints, LatencyReach, PairReach, Problem
from solver.shared_risk import NO_GROUP, Risk, only_group, risks_of


def find_gaps(problem: Problem, coverage: Coverage) -> tuple[CoverageGap, ...]:
    """Every point with too few candidates in reach, or with all of them in one group; in the demand file's order."""
    reached, demand = coverage.candidates_in_reach, problem.demand
    shared = np.full(len(demand), "", dtype=object)
    risks = risks_of(problem)
    for risk in risks:
        only = only_group(coverage, risk)
        for i in np.flatnonzero((only != NO_GROUP) & (shared == "")):
            shared[i] = f"{risk.column}: {risk.labels[only[i]]}"
    few = reached < problem.sites_needed
    points = np.flatnonzero(few | (shared != ""))
    smallest = _smallest_reach(problem, points, risks)
    return tuple(
        CoverageGap(
            point_id=demand.ids[i],
            name=demand.names[i],
            population=float(demand.population[i]),
            lat_deg=float(demand.lat_deg[i]),
            lon_deg=float(demand.lon_deg[i]),
            candidates_in_reach=int(reached[i]),
            candidates_needed=problem.sites_needed,
            smallest_reach=reach,
            shared_group="" if few[i] else shared[i],
        )
        for i, reach in zip(points, smallest, strict=True)
    )


def _smallest_reach(problem: Problem, points: Ints, risks: tuple[Risk, ...]) -> list[float | None]:
    """Per point, the plan's reach at which it would have enough; rounded up to the metre, None if there is none.

    A candidate with a reach of its own serves at any reach of the plan, or at none; one of a tier with an offset
    serves as if it stood that much farther away, and nobody beyond its tier's farthest distance.
    """
    allowed = np.flatnonzero(~np.isin(problem.candidates.ids, list(problem.forbidden_ids)))
    limit = problem.reach_limit
    own = ~np.isnan(problem.own_reach)
    offset_km, most_km = _tier_limits(problem)
    alike = not (own.any() or offset_km.any() or np.isfinite(most_km).any())
    if problem.by_distance and alike and not risks:
        demand, candidates = problem.demand, problem.candidates
        at_points, at_sites = (demand.lat_deg[points], demand.lon_deg[points]), candidates.lat_deg[allowed]
        needed = reach_for(*at_points, at_sites, candidates.lon_deg[allowed], problem.sites_needed)
        return [_rounded_up(km) for km in needed.tolist()]
    measured = _every_pair(problem, problem.reach) if isinstance(problem.reach, PairReach) and len(points) else None
    smallest: list[float | None] = []
    for i in points:
        if measured is not None:
            columns, distance = _pairs_of(problem, measured, int(i), allowed)
        else:
            columns, distance = allowed, _distances(problem, int(i), allowed)
        fixed = np.where(distance <= limit[columns], 0.0, np.inf)
        at = np.where(distance <= most_km[columns], distance + offset_km[columns], np.inf)
        needs = _reach_needed(np.where(own[columns], fixed, at), columns, problem.sites_needed, risks)
        smallest.append(_rounded_up(needs))
    return smallest


def _rounded_up(distance: float) -> float | None:
    return float(np.ceil(distance * 1000) / 1000) if np.isfinite(distance) else None


def _tier_limits(problem: Problem) -> tuple[Floats, Floats]:
    """(m,) the km that a tier's offset costs, and the farthest that its sites serve; measured pairs know neither."""
    candidates, m = problem.candidates, len(problem.candidates)
    offset_km, most_km = np.zeros(m), np.full(m, np.inf)
    if isinstance(problem.reach, LatencyReach) and candidates.extra_ms is not None:
        ms_per_km = float(problem.latency.rtt_ms(1.0)) - problem.latency.base_ms
        offset_km = np.nan_to_num(candidates.extra_ms) / ms_per_km
    if not isinstance(problem.reach, PairReach) and candidates.most_km is not None:
        most_km = np.where(np.isnan(candidates.most_km), np.inf, candidates.most_km)
    return offset_km, most_km


def _every_pair(problem: Problem, reach: PairReach) -> Coverage:
    """Every measured pair, whatever its value."""
    unlimited = replace(problem.candidates, reach_km=None, reach_ms=None)
    every = replace(reach, limit=np.finfo(np.float64).max, fallback=None)
    return build_coverage(replace(problem, candidates=unlimited, reach=every))


def _pairs_of(problem: Problem, measured: Coverage, point: int, allowed: Ints) -> tuple[Ints, Floats]:
    """One point's candidates and what they take: measured, or by distance where the plan has a fallback."""
    assert isinstance(problem.reach, PairReach)
    entries = slice(measured.indptr[point], measured.indptr[point + 1])
    columns, value = measured.indices[entries].astype(np.int64), measured.distance[entries]
    if problem.reach.fallback is None:
        return columns, value
    every = problem.reach.fallback.rtt_ms(_distances(problem, point, allowed))
    every[np.searchsorted(allowed, columns)] = value
    return allowed, every


def _distances(problem: Problem, point: int, columns: Ints) -> Floats:
    """(columns,) km from one point, or from its farthest vertex when areas must be reached entirely."""
    demand, lat, lon = problem.demand, problem.candidates.lat_deg[columns], problem.candidates.lon_deg[columns]
    if not (problem.entire and demand.areas is not None):
        return great_circle_km(demand.lat_deg[point], demand.lon_deg[point], lat, lon)
    vertices = slice(demand.areas.indptr[point], demand.areas.indptr[point + 1])
    vlat, vlon = demand.areas.lat_deg[vertices, None], demand.areas.lon_deg[vertices, None]
    return np.asarray(great_circle_km(vlat, vlon, lat, lon).max(axis=0))


def _reach_needed(distance: Floats, columns: Ints, sites_needed: int, risks: tuple[Risk, ...]) -> float:
    """The least reach with enough candidates, not all of one group."""
    if len(distance) < sites_needed:
        return float("inf")
    needs = float(np.partition(distance, sites_needed - 1)[sites_needed - 1])
    for risk in risks:
        codes = risk.codes[columns]
        others = (codes == NO_GROUP) | (codes != codes[np.argmin(distance)])
        needs = max(needs, float(distance[others].min(initial=np.inf)))
    return needs
