"""Distances for the verifier, by formulas of its own: the angle between unit vectors, in dense blocks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from solver.latency import EARTH_RADIUS_KM, LatencyModel
from solver.problem import Floats, Ints, LatencyReach, PairReach, Problem

Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]

TOLERANCE = 1e-6
"""Distances agree, and reach is inclusive, to a millimetre."""

BLOCK_ENTRIES = 4_000_000


def blocks(problem: Problem, points: Ints, sites: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Runs of ``points`` and the ``sites`` that may reach some of them, as positions in both; arrays stay small.

    Points on a map come neighbours together, so that most sites are out of the question for a run: those farther
    from its centre than its own extent and their reach.
    """
    order, size = np.arange(len(points)), max(1, BLOCK_ENTRIES // max(1, len(sites)))
    if not problem.by_distance or len(points) <= size:
        yield from ((order[start : start + size], np.arange(len(sites))) for start in range(0, len(points), size))
        return
    lat, lon = problem.demand.lat_deg[points], problem.demand.lon_deg[points]
    order = np.argsort(np.floor(lat) * 1000.0 + lon, kind="stable")
    vectors, reach = _site_vectors(problem, sites), problem.reach_limit[sites]
    for start in range(0, len(points), size):
        run = order[start : start + size]
        inside = _unit_vectors(lat[run], lon[run])
        centre = inside.mean(axis=0, keepdims=True)
        centre /= max(float(np.linalg.norm(centre)), 1e-9)
        extent = float(_angles(centre, inside).max())
        yield run, np.flatnonzero(_angles(centre, vectors)[0] <= extent + reach + 10 * TOLERANCE)


def allowed_columns(problem: Problem) -> Ints:
    """Positions of the candidates that are not forbidden."""
    forbidden = problem.forbidden_ids
    return np.array([j for j, identity in enumerate(problem.candidates.ids) if identity not in forbidden], np.int64)


def in_reach(problem: Problem, points: Ints, sites: Ints) -> tuple[Floats, Bools]:
    """(points, sites) distances, and whether each site serves each point."""
    candidates, own = problem.candidates, np.full(len(sites), np.inf)
    measured = isinstance(problem.reach, PairReach)
    in_km = isinstance(problem.reach, PairReach) and problem.reach.unit == "km"
    if candidates.reach_ms is not None:
        ms = candidates.reach_ms[sites]
        model = problem.latency
        own = np.where(np.isnan(ms) | in_km, own, ms if measured else _km_within(model, ms))
    if candidates.reach_km is not None and (in_km or not measured):
        own = np.where(np.isnan(candidates.reach_km[sites]), own, np.minimum(own, candidates.reach_km[sites]))
    common = _common_reach(problem, sites)
    if isinstance(problem.reach, PairReach):
        distance = _pair_distances(problem, problem.reach, points, sites)
    else:
        distance = _great_circle(problem, points, sites)
    return distance, distance <= np.where(np.isinf(own), common, own) + TOLERANCE


def _common_reach(problem: Problem, sites: Ints) -> Floats:
    """(sites,) the plan's reach from each site, by its tier's offset and farthest distance."""
    reach, candidates = problem.reach, problem.candidates
    if isinstance(reach, PairReach):
        return np.full(len(sites), reach.limit)
    common = np.full(len(sites), reach.radius_km)
    if isinstance(reach, LatencyReach) and candidates.extra_ms is not None:
        extra_ms = np.nan_to_num(candidates.extra_ms[sites])
        common = np.where(extra_ms > 0, _km_within(reach.latency, reach.network_ms - extra_ms), common)
    if candidates.most_km is not None:
        most_km = candidates.most_km[sites]
        common = np.where(most_km < common, most_km, common)
    return common


def _km_within(model: LatencyModel, ms: Floats) -> Floats:
    """How far a round trip gets in ``ms``; -1 where the network's base alone takes longer."""
    km = (ms - model.base_ms) / (model.route_factor * 1.02 / 100)
    return np.where(ms < model.base_ms, -1.0, km)


def _great_circle(problem: Problem, points: Ints, sites: Ints) -> Floats:
    """(points, sites) km, to the farthest vertex where areas must be reached entirely."""
    if problem.entire and problem.demand.areas is not None:
        return _farthest(problem, points, sites)
    vectors = _unit_vectors(problem.demand.lat_deg[points], problem.demand.lon_deg[points])
    return _angles(vectors, _site_vectors(problem, sites))


def _farthest(problem: Problem, points: Ints, sites: Ints) -> Floats:
    """(points, sites) km from each site to the farthest vertex of each area."""
    areas = problem.demand.areas
    assert areas is not None
    b = _site_vectors(problem, sites)
    distance = np.empty((len(points), len(sites)))
    for row, i in enumerate(points):
        inside = slice(areas.indptr[i], areas.indptr[i + 1])
        distance[row] = _angles(_unit_vectors(areas.lat_deg[inside], areas.lon_deg[inside]), b).max(axis=0)
    return distance


def _site_vectors(problem: Problem, sites: Ints) -> Floats:
    return _unit_vectors(problem.candidates.lat_deg[sites], problem.candidates.lon_deg[sites])


def _angles(a: Floats, b: Floats) -> Floats:
    """(len(a), len(b)) km between unit vectors."""
    cosine = a @ b.T
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    # arccos loses half its digits near 0 and 180 degrees; the two chords keep them all.
    i, j = np.nonzero(np.abs(cosine) > 0.99999)
    chord, complement = np.linalg.norm(a[i] - b[j], axis=1), np.linalg.norm(a[i] + b[j], axis=1)
    angle[i, j] = 2.0 * np.arctan2(chord, complement)
    return EARTH_RADIUS_KM * angle


def group_codes(problem: Problem, column: str, sites: Ints) -> tuple[Codes, dict[str, int]]:
    """(sites,) a number per group, from 0; sites without a group get -1.  And the numbers by group."""
    number: dict[str, int] = {}
    values = problem.candidates.attributes[column][sites]
    codes = [number.setdefault(value, len(number)) if value else -1 for value in values]
    return np.array(codes, dtype=np.int64), number


def all_in_one_group(within: Bools, codes: Codes) -> Bools:
    """(points,) whether a point has sites in reach, and all of them are of one group."""
    alone = (within & (codes < 0)).any(axis=1)
    low = np.where(within, codes, np.iinfo(np.int64).max).min(axis=1, initial=np.iinfo(np.int64).max)
    high = np.where(within, codes, -1).max(axis=1, initial=-1)
    return np.asarray(within.any(axis=1) & ~alone & (low == high))


def _unit_vectors(lat_deg: Floats, lon_deg: Floats) -> Floats:
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _pair_distances(problem: Problem, reach: PairReach, points: Ints, sites: Ints) -> Floats:
    """(points, sites) measured values; missing ones by the fallback's formula, or infinite."""
    values = np.full((len(points), len(sites)), np.inf)
    if reach.fallback is not None:
        model = reach.fallback
        values = model.base_ms + _great_circle(problem, points, sites) * (model.route_factor * 1.02 / 100)
    indptr, order = reach.by_point
    code_of = {identity: code for code, identity in enumerate(reach.demand_ids.values)}
    column_of = {identity: c for c, identity in enumerate(problem.candidates.ids[sites])}
    columns = np.array([column_of.get(identity, -1) for identity in reach.candidate_ids.values], dtype=np.int64)
    codes = np.array([code_of.get(identity, -1) for identity in problem.demand.ids[points]], dtype=np.int64)
    rows = np.flatnonzero(codes >= 0)
    sizes = indptr[codes[rows] + 1] - indptr[codes[rows]]
    within_row = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    pairs = order[np.repeat(indptr[codes[rows]], sizes) + within_row]
    row, column = np.repeat(rows, sizes), columns[reach.candidate_ids.code[pairs]]
    known = column >= 0
    values[row[known], column[known]] = reach.value[pairs[known]]
    return values
