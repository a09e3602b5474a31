"""Reach turned into a sparse coverage matrix: one row per demand point, one column per candidate."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numba as nb
import numpy as np
import numpy.typing as npt

from solver.errors import BadInput, InputProblem
from solver.latency import EARTH_RADIUS_KM
from solver.problem import Demand, Floats, Ints, PairReach, Problem
from solver.reach import LONGEST_KM

Indices = npt.NDArray[np.int32]

ROUNDING_KM = 1e-9
"""Two float64 haversines of one distance differ by less than this (a micrometre)."""

MOST_PAIRS = 600_000_000
"""12 bytes each: what fits into the memory of a laptop.  Plans that need no full matrix never come near it."""

ASK_FROM_POINTS, ASKED_POINTS = 100_000, 500


@dataclass(frozen=True, eq=False)
class Coverage:
    """CSR pattern: row i's candidates are ``indices[indptr[i]:indptr[i+1]]``, ascending.

    indptr: (n+1,) · indices: (nnz,) candidate positions · distance: (nnz,) km, or the pair table's unit.
    """

    indptr: Ints
    indices: Indices
    distance: Floats
    n_candidates: int

    @property
    def n_points(self) -> int:
        return len(self.indptr) - 1

    @property
    def candidates_in_reach(self) -> Ints:
        """(n,) how many candidates reach each point."""
        return np.diff(self.indptr)


def build_coverage(problem: Problem) -> Coverage:
    """The coverage matrix of every candidate that is not forbidden."""
    allowed = ~np.isin(problem.candidates.ids, list(problem.forbidden_ids))
    if isinstance(problem.reach, PairReach):
        return _from_pairs(problem, problem.reach, allowed)
    return _within(problem, np.flatnonzero(allowed), problem.reach_limit)


def _within(problem: Problem, allowed: Ints, limit_km: Floats) -> Coverage:
    """Every pair of a point and an allowed candidate no farther apart than the candidate's limit_km: (m,)."""
    demand, candidates = problem.demand, problem.candidates
    columns = allowed[np.argsort(candidates.lat_deg[allowed], kind="stable")].astype(np.int32)
    areas = demand.areas if problem.entire else None
    lat_deg, lon_deg = demand.lat_deg, demand.lon_deg
    if len(demand) > ASK_FROM_POINTS:
        _refuse_too_many(problem, allowed, limit_km)
    if areas is not None:  # whoever reaches all of an area reaches its first corner
        lat_deg, lon_deg = areas.lat_deg[areas.indptr[:-1]], areas.lon_deg[areas.indptr[:-1]]
    indptr, indices, distance = _radius_pattern(
        np.radians(lat_deg),
        np.radians(lon_deg),
        np.radians(candidates.lat_deg[columns]),
        np.radians(candidates.lon_deg[columns]),
        columns,
        limit_km[columns],
    )
    if areas is not None:
        indptr, indices, distance = _keep_entire(
            indptr, indices, limit_km, areas.indptr, np.radians(areas.lat_deg), np.radians(areas.lon_deg),
            np.radians(candidates.lat_deg), np.radians(candidates.lon_deg),
        )  # fmt: skip
    return Coverage(indptr, indices, distance, len(candidates))


def _refuse_too_many(problem: Problem, allowed: Ints, limit_km: Floats) -> None:
    """BadInput where the pairs would not fit into memory, estimated from every so many-th point."""
    demand = problem.demand
    some = np.arange(0, len(demand), max(1, len(demand) // ASKED_POINTS))
    few = Demand(demand.ids[some], demand.names[some], demand.lat_deg[some], demand.lon_deg[some], np.ones(len(some)))
    pairs = len(_within(replace(problem, demand=few, entire=False), allowed, limit_km).indices)
    about = pairs / len(some) * len(demand)
    if about > MOST_PAIRS:
        expected = f"at most {MOST_PAIRS:,} pairs in reach: fewer points, fewer candidates or a shorter reach"
        raise BadInput([InputProblem(expected, "demand", found=f"about {about:,.0f}")])


def _from_pairs(problem: Problem, reach: PairReach, allowed: npt.NDArray[np.bool_]) -> Coverage:
    """What is measured and within its candidate's limit; and with a fallback, what is not measured but near enough."""
    n, m, limit = len(problem.demand), len(problem.candidates), problem.reach_limit
    rows, columns = reach.demand_ids.places(problem.demand.ids), reach.candidate_ids.places(problem.candidates.ids)
    keys, value = rows * m + columns, reach.value
    keep = (value <= limit[columns]) & allowed[columns]
    if reach.fallback is None:
        keys, value = keys[keep], value[keep]
    else:
        longest = np.minimum(reach.fallback.reach_km(limit), LONGEST_KM)
        near = _within(problem, np.flatnonzero(allowed & (limit >= reach.fallback.base_ms)), longest)
        near_keys = np.repeat(np.arange(n), near.candidates_in_reach) * m + near.indices
        missing = ~np.isin(near_keys, keys, assume_unique=True)
        keys = np.concatenate([keys[keep], near_keys[missing]])
        value = np.concatenate([value[keep], reach.fallback.rtt_ms(near.distance[missing])])
    order = np.argsort(keys, kind="stable")
    rows = keys[order] // m
    indptr = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=n), out=indptr[1:])
    return Coverage(indptr, (keys[order] - rows * m).astype(np.int32), value[order], m)


@nb.njit(cache=True)
def _haversine(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    h = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2.0 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(min(h, 1.0)))  # type: ignore[no-any-return]


@nb.njit(cache=True)
def _radius_pattern(plat, plon, clat, clon, columns, limit_km):  # type: ignore[no-untyped-def]
    """Candidates come sorted by latitude, each with its own limit: a point's possible servers lie in one latitude band.

    Inside the band a chord test on unit vectors (no antimeridian, no poles) discards the rest; what
    passes is measured exactly.
    """
    n = len(plat)
    x, y, z = np.cos(clat) * np.cos(clon), np.cos(clat) * np.sin(clon), np.sin(clat)
    limit = limit_km + ROUNDING_KM
    band = limit.max() / EARTH_RADIUS_KM + 1e-12 if len(limit) else 0.0
    least_cosine = np.cos(np.minimum(limit / EARTH_RADIUS_KM + 1e-12, np.pi)) - 1e-12
    indptr = np.zeros(n + 1, dtype=np.int64)
    size = max(16 * n, 1024)
    indices = np.empty(size, dtype=np.int32)
    distance = np.empty(size, dtype=np.float64)
    found = 0
    for i in range(n):
        first = np.searchsorted(clat, plat[i] - band)
        last = np.searchsorted(clat, plat[i] + band, side="right")
        if found + last - first > size:
            size = 2 * size + (last - first)
            grown_indices = np.empty(size, dtype=np.int32)
            grown_indices[:found] = indices[:found]
            indices = grown_indices
            grown_distance = np.empty(size, dtype=np.float64)
            grown_distance[:found] = distance[:found]
            distance = grown_distance
        px, py, pz = np.cos(plat[i]) * np.cos(plon[i]), np.cos(plat[i]) * np.sin(plon[i]), np.sin(plat[i])
        start = found
        for j in range(first, last):
            if px * x[j] + py * y[j] + pz * z[j] >= least_cosine[j]:
                km = _haversine(plat[i], plon[i], clat[j], clon[j])
                if km <= limit[j]:
                    indices[found] = columns[j]
                    distance[found] = km
                    found += 1
        order = np.argsort(indices[start:found])
        indices[start:found] = indices[start:found][order]
        distance[start:found] = distance[start:found][order]
        indptr[i + 1] = found
    return indptr, indices[:found].copy(), distance[:found].copy()


@nb.njit(cache=True)
def _keep_entire(indptr, indices, limit_km, first_vertex, vlat, vlon, clat, clon):  # type: ignore[no-untyped-def]
    """The pairs whose area lies in reach with its farthest vertex; that vertex's distance is the pair's.

    Great-circle distance from a site has no maximum inside an area smaller than a hemisphere, nor inside an edge.
    """
    kept = np.zeros(len(indptr), dtype=np.int64)
    new_indices, distance = np.empty_like(indices), np.empty(len(indices), dtype=np.float64)
    found = 0
    for i in range(len(indptr) - 1):
        for p in range(indptr[i], indptr[i + 1]):
            j = indices[p]
            farthest = 0.0
            for v in range(first_vertex[i], first_vertex[i + 1]):
                farthest = max(farthest, _haversine(vlat[v], vlon[v], clat[j], clon[j]))
                if farthest > limit_km[j] + ROUNDING_KM:
                    break
            if farthest <= limit_km[j] + ROUNDING_KM:
                new_indices[found], distance[found] = j, farthest
                found += 1
        kept[i + 1] = found
    return kept, new_indices[:found].copy(), distance[:found].copy()


def nearest_open(coverage: Coverage, open_positions: Ints, count: int) -> tuple[Indices, Floats]:
    """Who serves whom: the ``count`` nearest open sites of each point.

    Returns (n, count) positions into ``open_positions``, -1 where there are fewer, and their (n, count)
    distances, nan there.  Ties go to the candidate that comes first.
    """
    place = np.full(coverage.n_candidates, -1, dtype=np.int32)
    place[open_positions] = np.arange(len(open_positions), dtype=np.int32)
    entry = np.flatnonzero(place[coverage.indices] >= 0)
    row = np.searchsorted(coverage.indptr, entry, side="right") - 1
    order = np.lexsort((coverage.indices[entry], coverage.distance[entry], row))
    entry, row = entry[order], row[order]
    first = np.searchsorted(row, np.arange(coverage.n_points))
    rank = np.arange(len(row)) - first[row]
    near = rank < count
    servers = np.full((coverage.n_points, count), -1, dtype=np.int32)
    distance = np.full((coverage.n_points, count), np.nan)
    servers[row[near], rank[near]] = place[coverage.indices[entry[near]]]
    distance[row[near], rank[near]] = coverage.distance[entry[near]]
    return servers, distance
