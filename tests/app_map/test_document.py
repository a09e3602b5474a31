"""The map document says exactly what the plan says, in columns."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from app.map.bounds import bounds_around
from app.map.document import map_document
from solver.inputs import Areas
from solver.plan import Plan
from solver.problem import Candidates, Demand, PairReach, Problem, RadiusReach
from solver.solve import Limits, solve

Drawn = tuple[Plan, Problem]


def test_every_site_gap_and_distance_of_the_plan_is_in_the_document(exempt: Drawn) -> None:
    plan, problem = exempt
    document = _as_sent(plan, problem)
    assert document["sites"]["id"] == list(plan.open_sites)
    assert len(document["unused"]["id"]) == len(problem.candidates) - plan.sites
    assert document["gaps"]["id"] == [gap.point_id for gap in plan.gaps]
    assert document["gaps"]["smallest_reach"] == [gap.smallest_reach for gap in plan.gaps]
    assert document["gaps"]["shared_group"] == [gap.shared_group for gap in plan.gaps]
    assert document["demand"]["id"] == list(problem.demand.ids)
    assert np.array_equal(np.array(document["demand"]["servers"]).T, plan.servers)
    distance = np.array(document["demand"]["distance"], dtype=float).T
    assert np.allclose(distance, plan.distance, atol=1e-4, equal_nan=True)
    assert document["plan"]["lower_bound"] == plan.lower_bound
    assert document["sites"]["status"].count("required") == 1


def test_the_document_is_columns_and_stays_near_a_megabyte(exempt: Drawn) -> None:
    plan, problem = exempt
    document = _as_sent(plan, problem)
    places = len(problem.demand)
    for name in ("id", "name", "lon", "lat", "population"):
        assert len(document["demand"][name]) == places
    assert len(json.dumps(document, separators=(",", ":"))) < 100 * places


def test_an_infeasible_plan_is_its_gaps_and_candidates(infeasible: Drawn) -> None:
    plan, problem = infeasible
    document = _as_sent(plan, problem)
    assert document["plan"]["outcome"] == "infeasible"
    assert len(document["gaps"]["id"]) == len(plan.gaps) > 0
    assert document["sites"]["id"] == []
    assert document["demand"]["servers"] == []
    assert len(document["unused"]["id"]) == len(problem.candidates)


def test_reach_by_a_table_of_pairs_carries_the_pairs_of_open_sites() -> None:
    demand = Demand(["p", "q"], ["P", "Q"], [50.0, 51.0], [8.0, 9.0], [10.0, 20.0])
    candidates = Candidates(["a", "b", "c"], ["A", "B", "C"], [50.0, 50.5, 51.0], [8.0, 8.5, 9.0])
    pairs = [("p", "a", 1.0), ("p", "b", 4.0), ("q", "b", 2.0), ("q", "a", 3.0), ("q", "c", 9.0)]
    points, sites, values = zip(*pairs, strict=True)
    problem = Problem(demand, candidates, PairReach(points, sites, values, limit=5.0, unit="ms"))
    document = _as_sent(solve(problem, Limits(seconds=5.0)), problem)
    assert document["reach"]["unit"] == "ms"
    assert document["sites"]["id"] == ["a", "b"]
    assert document["links"] == {"start": [0, 2, 4], "site": [0, 1, 1, 0], "distance": [1.0, 4.0, 2.0, 3.0]}


def test_the_box_is_narrow_across_the_antimeridian(across_the_antimeridian: Drawn) -> None:
    west, south, east, north = _as_sent(*across_the_antimeridian)["bounds"]
    assert west == pytest.approx(178.44, abs=0.5)
    assert east == pytest.approx(360 - 171.76, abs=0.5)
    assert south < -18.14 < -13.83 < north


@pytest.mark.parametrize(
    ("lat", "lon", "box"),
    [
        ([50.0], [8.0], [7.98, 49.98, 8.02, 50.02]),
        ([90.0, -90.0], [0.0, 0.0], [-0.02, -85.0, 0.02, 85.0]),
        ([0.0, 0.0], [-180.0, 180.0], [179.98, -0.02, 180.02, 0.02]),
        ([0.0, 0.0, 0.0], [-120.0, 0.0, 120.0], [-124.8, -0.02, 124.8, 0.02]),
    ],
)
def test_the_box_of_odd_sets_of_points(lat: list[float], lon: list[float], box: list[float]) -> None:
    assert bounds_around(np.array(lat), np.array(lon)) == pytest.approx(box)


def _as_sent(plan: Plan, problem: Problem) -> dict[str, Any]:
    """Through strict JSON: neither nan nor NumPy types may be left."""
    document: dict[str, Any] = json.loads(json.dumps(map_document(plan, problem, "T"), allow_nan=False))
    return document


def test_what_the_plan_leaves_unprotected_and_who_shares_a_risk_is_told() -> None:
    """Five places in a row, sites on all; one site serves everybody near it, and the far place may be left out."""
    lon = np.array([8.0, 8.1, 8.2, 8.3, 12.0])
    demand = Demand(list("pqrst"), list("PQRST"), np.full(5, 50.0), lon, [10.0, 10.0, 10.0, 10.0, 1.0])
    candidates = Candidates(
        list("abcde"),
        list("ABCDE"),
        np.full(5, 50.0),
        lon,
        reach_km=[30.0, np.nan, np.nan, np.nan, np.nan],
        attributes={"carrier": ["x", "x", "y", "", "z"], "kind": ["k"] * 5, "serial": list("12345")},
    )
    problem = Problem(
        demand, candidates, RadiusReach(25.0), fraction=0.9, shared_risk=("serial",), required=tuple("abcd")
    )
    document = _as_sent(solve(problem, Limits(seconds=5.0)), problem)
    assert document["demand"]["unprotected"] == [4]
    assert document["sites"]["id"] == list("abcd")
    assert document["sites"]["reach"] == [30, 25, 25, 25]
    assert document["sites"]["groups"] == {"serial": list("1234"), "carrier": ["x", "x", "y", ""]}
    assert document["sites"]["population"] == [10, 10, 10, 10]
    assert document["reach"] == {"limit": 30, "unit": "km", "base_ms": 0.0, "rtt_ms_per_km": pytest.approx(0.0102)}


def test_areas_reached_entirely_carry_the_distances_to_their_farthest_points() -> None:
    areas = Areas([0, 2, 3], [50.0, 50.0, 51.0], [8.0, 8.4, 9.0])
    demand = Demand(["p", "q"], ["P", "Q"], [50.0, 51.0], [8.2, 9.0], [10.0, 20.0], areas)
    candidates = Candidates(["a", "b", "c"], ["A", "B", "C"], [50.0, 50.5, 51.0], [8.0, 8.5, 9.0])
    problem = Problem(demand, candidates, RadiusReach(150.0), entire=True)
    plan = solve(problem, Limits(seconds=5.0))
    links = _as_sent(plan, problem)["links"]
    assert links["start"] == [0, 2, 4]
    assert links["distance"][:2] == [pytest.approx(value, abs=1e-4) for value in plan.distance[0]]
    assert links["site"][:2] == plan.servers[0].tolist()
    only = map_document(plan, problem, most=1)["links"]
    assert only == {"start": [0, 2], "site": links["site"][2:], "distance": links["distance"][2:]}


def test_points_that_come_as_tiles_are_counted_and_not_listed(exempt: Drawn) -> None:
    plan, problem = exempt
    document = json.loads(json.dumps(map_document(plan, problem, tiled=True), allow_nan=False))
    whole = _as_sent(plan, problem)
    assert document["demand"]["size"] == len(problem.demand)
    assert document["demand"]["total_population"] == problem.demand.population.sum()
    assert document["demand"]["id"] == document["demand"]["servers"] == []
    assert document["sites"] == whole["sites"]
    assert sum(document["sites"]["places"]) == int((plan.servers[:, 0] >= 0).sum())


def test_a_file_of_too_many_points_holds_the_largest(exempt: Drawn) -> None:
    plan, problem = exempt
    document = json.loads(json.dumps(map_document(plan, problem, most=100), allow_nan=False))
    people = problem.demand.population
    assert len(document["demand"]["id"]) == 100
    assert min(document["demand"]["population"]) >= np.sort(people)[-100]
    rows = [int(np.flatnonzero(problem.demand.ids == identity)[0]) for identity in document["demand"]["id"]]
    assert document["demand"]["servers"][1] == plan.servers[rows, 1].tolist()
    left = {document["demand"]["id"][point] for point in document["demand"]["unprotected"]}
    assert left == {gap.point_id for gap in plan.gaps} & set(document["demand"]["id"])
