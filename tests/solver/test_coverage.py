"""Reach on the sphere: inclusive, right across the antimeridian and at the poles."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.coverage import build_coverage
from solver.errors import BadInput
from solver.latency import EARTH_RADIUS_KM, fibre_rtt_ms, great_circle_km
from solver.problem import Candidates, Demand, Problem, RadiusReach
from solver.solve import solve


def problem_at(points: list[tuple[float, float]], sites: list[tuple[float, float]], radius_km: float) -> Problem:
    def columns(places: list[tuple[float, float]]) -> dict[str, object]:
        ids = [str(i) for i in range(len(places))]
        lat, lon = np.array(places, dtype=float).T
        return {"ids": ids, "names": ids, "lat_deg": lat, "lon_deg": lon}

    demand = Demand(**columns(points), population=np.ones(len(points)))  # type: ignore[arg-type]
    return Problem(demand, Candidates(**columns(sites)), RadiusReach(radius_km), survive=0)  # type: ignore[arg-type]


def reached(problem: Problem) -> set[tuple[int, int]]:
    coverage = build_coverage(problem)
    rows = np.repeat(np.arange(coverage.n_points), np.diff(coverage.indptr))
    return set(zip(rows.tolist(), coverage.indices.tolist(), strict=True))


def test_a_degree_along_the_equator() -> None:
    assert great_circle_km(0, 0, 0, 1) == pytest.approx(EARTH_RADIUS_KM * np.pi / 180)


def test_across_the_antimeridian() -> None:
    assert reached(problem_at([(10, 179.9)], [(10, -179.9), (10, 178.0)], 25)) == {(0, 0)}


def test_at_the_pole_every_meridian_is_near() -> None:
    assert reached(problem_at([(90, 0)], [(89.9, 135), (89.9, -90), (89, 0)], 12)) == {(0, 0), (0, 1)}


def test_reach_is_inclusive() -> None:
    exactly = float(great_circle_km(50, 8, 51, 9))
    assert reached(problem_at([(50, 8)], [(51, 9)], exactly)) == {(0, 0)}
    assert reached(problem_at([(50, 8)], [(51, 9)], exactly - 0.001)) == set()


def test_half_the_globe_reaches_everything() -> None:
    assert len(reached(problem_at([(0, 0), (90, 0)], [(0, 180), (-90, 5)], 20_016))) == 4


degrees = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.lists(degrees, min_size=1, max_size=8), st.lists(degrees, min_size=1, max_size=8), st.floats(1, 20_000))
def test_the_pattern_is_what_pairwise_distances_say(
    points: list[tuple[float, float]], sites: list[tuple[float, float]], radius_km: float
) -> None:
    (plat, plon), (slat, slon) = np.array(points).T, np.array(sites).T
    distance = great_circle_km(plat[:, None], plon[:, None], slat[None], slon[None])
    if np.abs(distance - radius_km).min() > 1e-6:
        expected = set(zip(*(side.tolist() for side in np.nonzero(distance <= radius_km)), strict=True))
        assert reached(problem_at(points, sites, radius_km)) == expected


def test_the_gap_says_which_radius_would_do() -> None:
    problem = problem_at([(50, 8)], [(50, 9), (50, 12)], 10)
    (gap,) = solve(problem).gaps
    assert gap.smallest_reach == pytest.approx(float(great_circle_km(50, 8, 50, 9)), abs=0.001)
    assert reached(problem_at([(50, 8)], [(50, 9)], gap.smallest_reach or 0)) == {(0, 0)}


def test_600_miles_are_about_10_ms_round_trip() -> None:
    assert fibre_rtt_ms(600 * 1.609344) == pytest.approx(9.85, abs=0.01)


def test_more_pairs_than_memory_holds_are_refused_before_they_are_made() -> None:
    n, m = 2_000_000, 500
    ids = [str(i) for i in range(n)]
    here, there = np.zeros(n), np.zeros(m)
    demand = Demand(ids, ids, here, here, np.ones(n))  # type: ignore[arg-type]
    candidates = Candidates(ids[:m], ids[:m], there, there)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=r"about 1,000,000,000, expected at most 600,000,000 pairs in reach"):
        solve(Problem(demand, candidates, RadiusReach(1.0), fraction=0.9))
