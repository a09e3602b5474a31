"""Suggested places close the gaps they are suggested for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from solver import geodata
from solver.coverage import build_coverage
from solver.errors import BadInput
from solver.gaps import find_gaps
from solver.problem import Candidates, Demand, Problem, RadiusReach, texts
from solver.suggest import suggest_sites, with_sites

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="module")
def germany() -> tuple[Demand, Candidates]:
    demand = geodata.read_demand(DATA / "germany_demand.csv").data
    return demand, geodata.read_candidates(DATA / "germany_candidates.csv").data


@pytest.mark.parametrize(("radius_km", "survive"), [(45, 0), (60, 1), (50, 2)])
def test_with_the_suggested_places_every_gap_is_closed(
    germany: tuple[Demand, Candidates], radius_km: float, survive: int
) -> None:
    problem = Problem(*germany, RadiusReach(radius_km), survive)
    gaps = find_gaps(problem, build_coverage(problem))
    found = suggest_sites(problem, gaps, most=500)
    assert 0 < len(found) <= sum(gap.candidates_needed - gap.candidates_in_reach for gap in gaps)
    closed = replace(problem, candidates=with_sites(problem.candidates, _candidates(found)))
    assert find_gaps(closed, build_coverage(closed)) == ()
    people = [place.population for place in found]
    assert people == sorted(people, reverse=True)
    assert suggest_sites(problem, gaps, most=1) == found[:1]
    first = replace(problem, candidates=with_sites(problem.candidates, _candidates(found[:1])))
    before = {gap.point_id: gap.candidates_in_reach for gap in gaps}
    nearer = build_coverage(first).candidates_in_reach[np.isin(problem.demand.ids, list(before))]
    assert found[0].points == int((nearer > np.array(list(before.values()))).sum())


def test_no_gap_no_suggestion(germany: tuple[Demand, Candidates]) -> None:
    problem = Problem(*germany, RadiusReach(200.0))
    assert suggest_sites(problem, find_gaps(problem, build_coverage(problem)), most=10) == ()


def test_no_place_is_suggested_where_a_candidate_stands() -> None:
    demand = Demand(texts("ab"), texts("ab"), np.array([50.0, 50.0]), np.array([8.0, 8.1]), np.array([9.0, 1.0]))
    sites = Candidates(texts("s"), texts("s"), np.array([50.0]), np.array([8.0]))
    problem = Problem(demand, sites, RadiusReach(20.0), survive=1)
    found = suggest_sites(problem, find_gaps(problem, build_coverage(problem)), most=10)
    assert [(place.point_id, place.points, place.population) for place in found] == [("b", 2, 10.0)]


def test_added_sites_cost_the_median_and_keep_every_column() -> None:
    sites = Candidates(
        texts("xyz"),
        texts("XYZ"),
        np.zeros(3),
        np.arange(3.0),
        cost_usd=np.array([5.0, 100.0, 7.0]),
        power_kw=np.array([1.0, np.nan, 3.0]),
        tier=texts(["mec", "", "mec"]),
        attributes={"carrier": texts("AAB")},
    )
    more = with_sites(sites, Candidates(texts("w"), texts("W"), np.array([3.0]), np.array([4.0])))
    assert more.ids.tolist() == ["x", "y", "z", "w"]
    assert more.cost_usd is not None
    assert more.cost_usd.tolist() == [5.0, 100.0, 7.0, 7.0]
    assert more.tier is not None
    assert more.tier.tolist() == ["mec", "", "mec", ""]
    assert more.attributes["carrier"].tolist() == ["A", "A", "B", ""]
    assert more.power_kw is not None
    assert np.isnan(more.power_kw[3])
    with pytest.raises(BadInput, match="no earlier row"):
        with_sites(sites, Candidates(texts("z"), texts("Z"), np.zeros(1), np.zeros(1)))


def _candidates(found: object) -> Candidates:
    assert isinstance(found, tuple)
    return Candidates(
        texts(f"new-{place.point_id}" for place in found),
        texts(place.name for place in found),
        np.array([place.lat_deg for place in found]),
        np.array([place.lon_deg for place in found]),
    )
